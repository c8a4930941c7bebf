//! What the last run has seen and left: if all of that is as it was, there is nothing to do, and nothing has to be
//! analysed or emitted to know it.
//!
//! A memo is a note of this machine, in `.seac`, about one `seac` and one state of specs and output. It is never trusted
//! further than it goes: the specs, the settings, the compiler and every file of the output are compared by content.

use crate::digest::sha256;
use crate::disk::{self, OnDisk};
use crate::load::{LoadError, Loaded};
use crate::manifest::{self, Manifest};
use crate::{Workspace, path};
use rayon::prelude::*;
use seac_emit::Zone;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::time::UNIX_EPOCH;

const FILE: &str = "memo";

/// How many files a run left as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unchanged {
    /// Files of the compiler.
    pub generated: usize,
    /// Files of the user.
    pub kept: usize,
}

/// Keeps what a run without findings has read (a digest of its [`inputs`]) and left. A memo that cannot be written is no loss.
pub fn remember(workspace: &Workspace, inputs: &str) {
    let text = || {
        let bytes = disk::read_manifest(&workspace.output()).ok()??;
        let manifest = Manifest::parse(&bytes).ok()?;
        let mut text = format!("{}\n{inputs}\n{}\n", compiler()?, sha256(&bytes));
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

/// Whether specs, compiler and output are as the last run without findings saw and left them.
///
/// # Errors
/// If the file system fails.
pub fn unchanged(workspace: &Workspace, inputs: &str) -> Result<Option<Unchanged>, LoadError> {
    let Ok(memo) = fs::read_to_string(workspace.state().join(FILE)) else { return Ok(None) };
    let mut lines = memo.lines();
    let head = [lines.next(), lines.next()];
    let output = workspace.output();
    if compiler().is_none_or(|seac| head != [Some(seac.as_str()), Some(inputs)])
        || disk::is_outside(&workspace.root, &output)
    {
        return Ok(None);
    }
    let manifest = disk::read_manifest(&output)?;
    if manifest.map(|bytes| sha256(&bytes)).as_deref() != lines.next() {
        return Ok(None);
    }
    let rows: Option<Vec<Row<'_>>> = lines.map(Row::parse).collect();
    let Some(rows) = rows else { return Ok(None) };
    let Some(root) = disk::real(&output)? else { return Ok(None) };
    let same: Result<Vec<bool>, LoadError> = rows.par_iter().map(|row| row.stands(&root)).collect();
    let mut in_gen = BTreeSet::new();
    disk::list_gen(&root, "", &mut in_gen)?;
    let known: BTreeSet<&str> = rows.iter().map(|row| row.path).collect();
    let whole = same?.into_iter().all(|same| same) && in_gen.iter().all(|path| known.contains(path.as_str()));
    let kept = rows.iter().filter(|row| row.zone == Zone::Ext).count();
    Ok(whole.then_some(Unchanged { generated: rows.len() - kept, kept }))
}

/// A digest of everything that was read, and of what was refused.
pub fn inputs(workspace: &Workspace, loaded: &Loaded) -> String {
    let mut text = format!("{:?}\n{:?}\n", workspace.config_text, loaded.findings);
    for (_, file) in loaded.sources.iter() {
        let _ = writeln!(text, "{} {}", sha256(file.text.as_bytes()), file.path);
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

struct Row<'a> {
    sha256: &'a str,
    zone: Zone,
    path: &'a str,
}

impl<'a> Row<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (sha256, rest) = line.split_once(' ')?;
        let (zone, path) = rest.split_once(' ')?;
        let zone = if zone == "ext" { Zone::Ext } else { Zone::Gen };
        (path::confined(path).is_ok() && path != manifest::FILE).then_some(Self { sha256, zone, path })
    }

    /// Whether the file is there: the user's as it likes, the compiler's with the same bytes.
    fn stands(&self, root: &std::path::Path) -> Result<bool, LoadError> {
        Ok(match disk::look(root, self.path)? {
            Some(OnDisk::File(bytes)) => self.zone == Zone::Ext || sha256(&bytes) == self.sha256,
            Some(OnDisk::Link) => self.zone == Zone::Ext,
            _ => false,
        })
    }
}
