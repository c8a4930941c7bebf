//! What the last run has seen and left. If all of that is as it was, there is nothing to do, and nothing has to be
//! analysed or emitted to know it; if only some contexts are, the others alone are emitted.
//!
//! A memo is a note of this machine, in `.seac`, about one `seac` and one state of specs and output. It is never trusted
//! further than it goes: the specs, the settings, the compiler and every file of the output are compared by content.

use crate::digest::sha256;
use crate::disk::{self, OnDisk};
use crate::load::{LoadError, Loaded};
use crate::manifest::{self, Zone};
use crate::reconcile::Plan;
use crate::seen::Seen;
use crate::{Workspace, path};
use rayon::prelude::*;
use seac_emit::Selection;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

const FILE: &str = "memo";
/// Stands in the place of the inputs of a run that has to say again what it said.
const FINDINGS: &str = "-";

/// What a run has left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memo {
    /// The digest of its [`inputs`], or [`FINDINGS`].
    inputs: String,
    /// The key of every context (see [`seac_emit::keys`]).
    keys: BTreeMap<String, String>,
    /// The files, by path.
    rows: Vec<Row>,
}

/// Files that are as the last run left them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unchanged {
    /// The contexts they are of, if not all is unchanged.
    pub contexts: BTreeSet<String>,
    /// How many belong to the compiler.
    pub generated: usize,
    /// How many belong to the user.
    pub kept: usize,
}

/// A file of the output.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    sha256: String,
    zone: Zone,
    path: String,
}

/// Keeps what a run has left: the files of a `plan` that was applied, the keys of the contexts, and, of a run without
/// findings, a digest of its [`inputs`]. A memo that cannot be written is no loss.
pub fn remember(workspace: &Workspace, inputs: Option<&str>, keys: &BTreeMap<String, String>, plan: &Plan) {
    let text = || {
        let manifest = plan.left.as_ref()?;
        let digest = match &plan.manifest {
            Some(written) => sha256(written),
            None => sha256(&disk::read_manifest(&workspace.output()).ok()??),
        };
        let inputs = inputs.unwrap_or(FINDINGS);
        let mut text = format!("{}\n{digest}\n{inputs}\n{}\n", compiler()?, keys.len());
        for (slug, key) in keys {
            writeln!(text, "{key} {slug}").ok()?;
        }
        for output in &manifest.outputs {
            let zone = if output.zone == Zone::Ext { "ext" } else { "gen" };
            writeln!(text, "{} {zone} {}", output.sha256, output.path).ok()?;
        }
        Some(text)
    };
    let state = workspace.state();
    if let Some(text) = text().filter(|_| fs::create_dir_all(&state).is_ok()) {
        drop(fs::write(state.join(FILE), text));
    }
}

impl Memo {
    /// The memo of the last run of this `seac`, if the manifest is the one that run wrote.
    ///
    /// # Errors
    /// If the file system fails.
    pub fn read(workspace: &Workspace) -> Result<Option<Self>, LoadError> {
        let Ok(text) = fs::read_to_string(workspace.state().join(FILE)) else { return Ok(None) };
        let output = workspace.output();
        let mut lines = text.lines();
        if compiler().as_deref() != lines.next() || disk::is_outside(&workspace.root, &output) {
            return Ok(None);
        }
        let manifest = disk::read_manifest(&output)?.map(|bytes| sha256(&bytes));
        Ok(if manifest.is_some() && manifest.as_deref() == lines.next() { Self::parse(lines) } else { None })
    }

    fn parse<'a>(mut lines: impl Iterator<Item = &'a str>) -> Option<Self> {
        let inputs = lines.next()?.to_owned();
        let contexts: usize = lines.next()?.parse().ok()?;
        let key = |line: &str| line.split_once(' ').map(|(key, slug)| (slug.to_owned(), key.to_owned()));
        let keys: Option<BTreeMap<String, String>> = lines.by_ref().take(contexts).map(key).collect();
        let rows: Option<Vec<Row>> = lines.map(Row::parse).collect();
        Some(Self { inputs, keys: keys?, rows: rows? })
    }

    /// The whole output, if specs and output are as a run without findings saw and left them.
    ///
    /// # Errors
    /// If the file system fails.
    pub fn unchanged(&self, workspace: &Workspace, inputs: &str) -> Result<Option<Unchanged>, LoadError> {
        if self.inputs != inputs {
            return Ok(None);
        }
        let Some(changed) = self.changed(workspace, &Selection::default(), &Seen::default())? else { return Ok(None) };
        Ok(changed.is_empty().then(|| self.count(|_| true)))
    }

    /// The contexts whose files would be made from the same and are as they were left.
    ///
    /// # Errors
    /// If the file system fails.
    pub fn untouched(
        &self,
        workspace: &Workspace,
        keys: &BTreeMap<String, String>,
        seen: &Seen,
    ) -> Result<Unchanged, LoadError> {
        let same = self.keys.iter().filter(|(slug, key)| keys.get(*slug) == Some(key));
        let candidates: BTreeSet<String> = same.map(|(slug, _)| slug.clone()).collect();
        let selection = Selection::Only(candidates.clone());
        let Some(changed) = self.changed(workspace, &selection, seen)? else { return Ok(Unchanged::default()) };
        let touched = |slug: &String| {
            let context = Selection::Only(BTreeSet::from([slug.clone()]));
            changed.iter().any(|path| context.has_path(path))
        };
        let contexts: BTreeSet<String> = candidates.into_iter().filter(|slug| !touched(slug)).collect();
        let selection = Selection::Only(contexts.clone());
        Ok(Unchanged { contexts, ..self.count(|path| selection.has_path(path)) })
    }

    /// The paths in `selection` where something else stands than was left, strangers in `gen` folders included; nothing if
    /// there is no output.
    fn changed(
        &self,
        workspace: &Workspace,
        selection: &Selection,
        seen: &Seen,
    ) -> Result<Option<Vec<String>>, LoadError> {
        let Some(root) = disk::real(&workspace.output())? else { return Ok(None) };
        let rows: Vec<&Row> = self.rows.iter().filter(|row| selection.has_path(&row.path)).collect();
        let stand: Result<Vec<bool>, LoadError> = rows.par_iter().map(|row| row.stands(&root, seen)).collect();
        let fallen = rows.iter().zip(stand?).filter(|(_, stands)| !stands).map(|(row, _)| row.path.clone());
        let mut changed: Vec<String> = fallen.collect();
        let mut in_gen = BTreeSet::new();
        disk::list_gen(&root, "", &mut in_gen)?;
        let known: BTreeSet<&str> = rows.iter().map(|row| row.path.as_str()).collect();
        changed.extend(in_gen.into_iter().filter(|path| selection.has_path(path) && !known.contains(path.as_str())));
        Ok(Some(changed))
    }

    fn count(&self, has_path: impl Fn(&str) -> bool) -> Unchanged {
        let rows = || self.rows.iter().filter(|row| has_path(&row.path));
        let kept = rows().filter(|row| row.zone == Zone::Ext).count();
        Unchanged { generated: rows().count() - kept, kept, contexts: BTreeSet::new() }
    }
}

/// A digest of everything that was read, and of what was refused.
pub fn inputs(workspace: &Workspace, loaded: &Loaded) -> String {
    let mut text = format!("{:?}\n{:?}\n", workspace.config_text, loaded.findings);
    for ((_, file), digest) in loaded.sources.iter().zip(&loaded.digests) {
        let _ = writeln!(text, "{digest} {}", file.path);
    }
    for (path, template) in &loaded.templates {
        let _ = writeln!(text, "{} {path}", sha256(template.as_bytes()));
    }
    sha256(text.as_bytes())
}

/// Which compiler this is: every build is written anew.
fn compiler() -> Option<String> {
    let own = std::env::current_exe().ok()?;
    let metadata = fs::metadata(&own).ok()?;
    let written = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{} {} {}", env!("CARGO_PKG_VERSION"), metadata.len(), written.as_nanos()))
}

impl Row {
    fn parse(line: &str) -> Option<Self> {
        let (sha256, rest) = line.split_once(' ')?;
        let (zone, path) = rest.split_once(' ')?;
        let zone = if zone == "ext" { Zone::Ext } else { Zone::Gen };
        let row = || Self { sha256: sha256.to_owned(), zone, path: path.to_owned() };
        (path::confined(path).is_ok() && path != manifest::FILE).then(row)
    }

    /// Whether the file is there: the user's as it likes, the compiler's with the same bytes.
    fn stands(&self, root: &Path, seen: &Seen) -> Result<bool, LoadError> {
        let full = root.join(&self.path);
        if self.zone == Zone::Gen && seen.is_same(&full, &self.sha256) {
            return Ok(true);
        }
        let stands = self.is_there(root)?;
        if self.zone == Zone::Gen && stands {
            seen.add(full, &self.sha256);
        }
        Ok(stands)
    }

    fn is_there(&self, root: &Path) -> Result<bool, LoadError> {
        Ok(match disk::look(root, &self.path)? {
            Some(OnDisk::File(bytes)) => self.zone == Zone::Ext || sha256(&bytes) == self.sha256,
            Some(OnDisk::Link) => self.zone == Zone::Ext,
            _ => false,
        })
    }
}
