//! What has to happen so that the output folder is what the specs say: a pure decision over three values — what shall
//! be ([`FileSet`]), what is ([`Disk`]), and what the last run left ([`Manifest`]).

#[cfg(test)]
mod tests;

use crate::digest::sha256;
use crate::disk::{Disk, OnDisk};
use crate::manifest::{self, Manifest};
use crate::path::{self, Wrong};
use seac_emit::{FileSet, OutputFile, Zone};
use seac_syntax::Code;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The decision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// One step for every path that is generated now or was before, sorted by path.
    pub steps: Vec<Step>,
    /// The new manifest, if it differs from the one on disk. It is written last.
    pub manifest: Option<Vec<u8>>,
    /// What that manifest says, or the one on disk if it is the same.
    pub left: Option<Manifest>,
    /// What a person has to decide. While one of them [blocks](Finding::blocks), nothing may be applied.
    pub findings: Vec<Finding>,
}

/// What happens to one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Relative to the output folder.
    pub path: String,
    /// What happens.
    pub action: Action,
}

/// What can happen to a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing is there: write these bytes.
    Create(Arc<[u8]>),
    /// Something else is there: replace it by these bytes.
    Replace(Arc<[u8]>),
    /// It is as it shall be: leave it, modification time included.
    Unchanged,
    /// It is the user's: leave it.
    Keep,
    /// It is ours, unedited, and no longer wanted.
    Remove,
    /// A finding stands in the way.
    Refuse,
}

/// A path on which compiler and user disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Relative to the output folder.
    pub path: String,
    /// What is the matter.
    pub kind: FindingKind,
}

/// What can be the matter with a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FindingKind {
    /// A generated file was edited by hand.
    Edited {
        /// What stands there.
        disk: Arc<[u8]>,
        /// What would replace it.
        new: Arc<[u8]>,
    },
    /// A file that is no longer generated was edited by hand.
    StaleEdited {
        /// What stands there.
        disk: Arc<[u8]>,
    },
    /// A file in a `gen` folder that no run has made. It is left alone.
    Foreign,
    /// Something that no run has made stands where a file is generated.
    InTheWay {
        /// What it is, in words.
        what: String,
        /// Whether `--overwrite` may replace it.
        replaceable: bool,
    },
    /// The path leads out of the output folder or is impossible on some system.
    Path(Wrong),
    /// The way to the path is a symlink that leaves the output folder.
    Outside {
        /// The link.
        link: String,
    },
    /// The output folder itself is outside the workspace; the path is empty.
    OutputOutside,
    /// Two generated files are one on some system.
    Clash {
        /// The other.
        other: String,
    },
}

impl Finding {
    /// Whether nothing may be written while it stands.
    pub fn blocks(&self) -> bool {
        self.kind != FindingKind::Foreign
    }

    /// The code it is reported with.
    pub fn code(&self) -> Code {
        match self.kind {
            FindingKind::Edited { .. } => Code::GenEdited,
            FindingKind::StaleEdited { .. } => Code::GenStaleEdited,
            FindingKind::Foreign => Code::GenForeign,
            FindingKind::InTheWay { .. } => Code::GenInTheWay,
            FindingKind::Path(_) | FindingKind::Outside { .. } | FindingKind::OutputOutside => Code::GenPath,
            FindingKind::Clash { .. } => Code::GenClash,
        }
    }
}

impl Plan {
    /// Whether the output folder is exactly what the specs say.
    pub fn is_clean(&self) -> bool {
        !self.changes() && self.findings.is_empty()
    }

    /// Whether applying would change anything.
    pub fn changes(&self) -> bool {
        self.manifest.is_some() || self.steps.iter().any(|step| step.action.changes())
    }

    /// Whether a finding forbids applying.
    pub fn blocked(&self) -> bool {
        self.findings.iter().any(Finding::blocks)
    }

    /// How many steps do what `matches` asks for.
    pub fn count(&self, matches: impl Fn(&Action) -> bool) -> usize {
        self.steps.iter().filter(|step| matches(&step.action)).count()
    }
}

impl Action {
    /// Whether it changes something on disk.
    pub fn changes(&self) -> bool {
        matches!(self, Self::Create(_) | Self::Replace(_) | Self::Remove)
    }
}

/// Decides. With `overwrite`, edits in generated files are thrown away instead of being refused; files that no run has
/// made are never removed.
pub fn reconcile(files: &FileSet, disk: &Disk, old: Option<&Manifest>, new: Manifest, overwrite: bool) -> Plan {
    let mut decision = Decision { disk, old: index(old), overwrite, plan: Plan::default() };
    if disk.outside {
        decision.plan.findings.push(Finding { path: String::new(), kind: FindingKind::OutputOutside });
    }
    decision.refuse_clashes(files);
    for (path, file) in files.iter() {
        decision.wanted(path, file);
    }
    let stale: Vec<_> =
        decision.old.iter().filter(|(path, _)| files.get(path).is_none()).map(|(p, l)| (*p, *l)).collect();
    for (path, last) in stale {
        decision.stale(path, last);
    }
    decision.foreign(files);
    let mut plan = decision.plan;
    let bytes = new.to_bytes();
    plan.manifest = (disk.manifest.as_ref() != Some(&bytes)).then_some(bytes);
    plan.left = Some(new);
    plan.steps.sort_by(|a, b| a.path.cmp(&b.path));
    plan.findings.sort_by(|a, b| a.path.cmp(&b.path));
    plan
}

/// What the last run left at a path.
#[derive(Clone, Copy)]
struct Last<'a> {
    sha256: &'a str,
    zone: Zone,
}

fn index(old: Option<&Manifest>) -> BTreeMap<&str, Last<'_>> {
    let outputs = old.map(|manifest| manifest.outputs.as_slice()).unwrap_or_default();
    outputs.iter().map(|o| (o.path.as_str(), Last { sha256: &o.sha256, zone: o.zone.into() })).collect()
}

struct Decision<'a> {
    disk: &'a Disk,
    old: BTreeMap<&'a str, Last<'a>>,
    overwrite: bool,
    plan: Plan,
}

impl Decision<'_> {
    fn step(&mut self, path: &str, action: Action) {
        self.plan.steps.push(Step { path: path.into(), action });
    }

    fn refuse(&mut self, path: &str, kind: FindingKind) {
        self.plan.findings.push(Finding { path: path.into(), kind });
        self.step(path, Action::Refuse);
    }

    fn refuse_clashes(&mut self, files: &FileSet) {
        let paths = files.iter().map(|(path, _)| path);
        for (path, other) in path::collisions(paths) {
            let kind = FindingKind::Clash { other: other.into() };
            self.plan.findings.push(Finding { path: path.into(), kind });
        }
    }

    fn wanted(&mut self, path: &str, file: &OutputFile) {
        if path.eq_ignore_ascii_case(manifest::FILE) {
            return self.refuse(path, FindingKind::Clash { other: manifest::FILE.into() });
        }
        if let Err(wrong) = path::confined(path) {
            return self.refuse_path(path, wrong);
        }
        match self.disk.entries.get(path) {
            None => self.step(path, Action::Create(file.bytes.clone())),
            Some(OnDisk::File(disk)) => self.over_file(path, file, disk),
            Some(OnDisk::Link) if file.zone == Zone::Ext => self.step(path, Action::Keep),
            Some(OnDisk::Link) => self.in_the_way(path, file, "a symlink", true),
            Some(OnDisk::Folder) => self.in_the_way(path, file, "a folder", false),
            Some(OnDisk::Special) => self.in_the_way(path, file, "no ordinary file", false),
            Some(OnDisk::BehindFile(at)) => self.in_the_way(path, file, &format!("the file `{at}`"), false),
            Some(OnDisk::Outside(link)) => self.refuse(path, FindingKind::Outside { link: link.clone() }),
        }
    }

    /// A folder that cannot be called like this is told once, not for every file in it.
    fn refuse_path(&mut self, path: &str, wrong: path::Wrong) {
        let culprit = path::culprit(path);
        let told =
            |finding: &Finding| matches!(finding.kind, FindingKind::Path(_)) && path::culprit(&finding.path) == culprit;
        match self.plan.findings.iter().any(told) {
            true => self.step(path, Action::Refuse),
            false => self.refuse(path, FindingKind::Path(wrong)),
        }
    }

    fn in_the_way(&mut self, path: &str, file: &OutputFile, what: &str, replaceable: bool) {
        if replaceable && self.overwrite {
            return self.step(path, Action::Replace(file.bytes.clone()));
        }
        self.refuse(path, FindingKind::InTheWay { what: what.into(), replaceable });
    }

    fn over_file(&mut self, path: &str, file: &OutputFile, disk: &Arc<[u8]>) {
        let last = self.old.get(path).copied();
        let ours_untouched = last.is_some_and(|last| last.sha256 == sha256(disk));
        let replace = || Action::Replace(file.bytes.clone());
        match (file.zone, last.map(|last| last.zone)) {
            _ if *disk == file.bytes => {
                let unchanged = if file.zone == Zone::Ext { Action::Keep } else { Action::Unchanged };
                self.step(path, unchanged);
            }
            // What was generated and becomes the user's starts from the new scaffold, unless it was edited.
            (Zone::Ext, Some(Zone::Gen)) if ours_untouched => self.step(path, replace()),
            (Zone::Ext, _) => self.step(path, Action::Keep),
            (Zone::Gen, _) if ours_untouched || self.overwrite => self.step(path, replace()),
            (Zone::Gen, Some(_)) => {
                self.refuse(path, FindingKind::Edited { disk: disk.clone(), new: file.bytes.clone() });
            }
            (Zone::Gen, None) => self.in_the_way(path, file, "a file that no run of seac has made", true),
        }
    }

    fn stale(&mut self, path: &str, last: Last<'_>) {
        if last.zone == Zone::Ext || path.eq_ignore_ascii_case(manifest::FILE) {
            return;
        }
        match self.disk.entries.get(path) {
            Some(OnDisk::File(disk)) if self.overwrite || last.sha256 == sha256(disk) => {
                self.step(path, Action::Remove)
            }
            Some(OnDisk::File(disk)) => self.refuse(path, FindingKind::StaleEdited { disk: disk.clone() }),
            // Gone, or no longer a file of ours.
            _ => {}
        }
    }

    fn foreign(&mut self, files: &FileSet) {
        let known = |path: &&String| files.get(path).is_some() || self.old.contains_key(path.as_str());
        let foreign: Vec<_> = self.disk.in_gen.iter().filter(|path| !known(path)).cloned().collect();
        self.plan.findings.extend(foreign.into_iter().map(|path| Finding { path, kind: FindingKind::Foreign }));
    }
}
