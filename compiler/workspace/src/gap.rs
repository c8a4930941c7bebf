//! What is specified and not yet true: reads what the comparison in [`seac_emit::gap`] needs.

use crate::disk::OnDisk;
use crate::load::{LoadError, MAX_FILE_BYTES};
use crate::path;
use crate::reconcile::{Action, FindingKind, Plan};
use crate::{Compilation, Workspace};
use seac_emit::gap::{Baseline, Disk, Drift, Evidence, Report};
use seac_emit::{EmitError, FileSet, Zone};
use seac_syntax::{Code, Severity};
use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

/// Mistakes that leave a hole in the design but not in what the rest of it means: what is there can still be compared.
const HOLES: &[Code] = &[Code::Ports, Code::Events, Code::NoteDangling, Code::NoteKindMismatch];

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum GapError {
    /// The file system failed.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A template of the user cannot be rendered, or a bug of ours.
    #[error(transparent)]
    Emit(#[from] EmitError),
}

/// Compares the specs of a workspace with what stands on its disk.
///
/// # Errors
/// If the file system fails, or by a bug of ours.
pub fn report(
    workspace: &Workspace,
    compilation: &Compilation,
    baseline: Option<&Baseline>,
) -> Result<Report, GapError> {
    let files = if is_whole(compilation) { Some(compilation.emit()?) } else { None };
    let disk = read(workspace, compilation, files.as_ref())?;
    let evidence =
        Evidence { model: &compilation.model, files: files.as_ref(), output: &workspace.config.output, disk: &disk };
    Ok(Report::new(&evidence, baseline))
}

/// Whether the mistakes in the specs, if there are any, are among those that the report itself lists.
pub fn is_whole(compilation: &Compilation) -> bool {
    let mut errors = compilation.diagnostics.iter().filter(|finding| finding.severity == Severity::Error);
    errors.all(|finding| HOLES.contains(&finding.code)) && seac_emit::not_yet(&compilation.model).is_empty()
}

fn read(workspace: &Workspace, compilation: &Compilation, files: Option<&FileSet>) -> Result<Disk, LoadError> {
    let mut disk = Disk::default();
    let empty = FileSet::default();
    let files = files.unwrap_or(&empty);
    let compared = compilation.compare(workspace, files, false)?;
    disk.generated = compared.disk.manifest.is_some();
    if !files.is_empty() {
        disk.drift = drift(&compared.plan, &compared.disk.entries);
    }
    let ours = |path: &str| files.get(path).is_some_and(|file| file.zone == Zone::Gen);
    rust_files(&workspace.output().join("crates"), "crates", &mut disk.written)?;
    disk.written.retain(|path, _| is_test(path) || (path.contains("/src/") && !path::in_gen(path) && !ours(path)));
    rust_files(&workspace.root.join("tests"), "tests", &mut disk.tests)?;
    Ok(disk)
}

/// `crates/<context>/tests/…`
fn is_test(path: &str) -> bool {
    path.split('/').nth(2) == Some("tests")
}

fn drift(plan: &Plan, entries: &BTreeMap<String, OnDisk>) -> BTreeMap<String, Drift> {
    let mut drift = BTreeMap::new();
    for step in &plan.steps {
        let found = match (&step.action, entries.get(&step.path)) {
            (Action::Create(_), _) => Drift::Missing,
            (Action::Replace(_), Some(OnDisk::File(old))) => Drift::Outdated(String::from_utf8_lossy(old).into_owned()),
            (Action::Remove, _) => Drift::Orphan { edited: false },
            _ => continue,
        };
        drift.insert(step.path.clone(), found);
    }
    for finding in &plan.findings {
        let found = match finding.kind {
            FindingKind::Edited { .. } => Drift::Edited,
            FindingKind::StaleEdited { .. } => Drift::Orphan { edited: true },
            FindingKind::Foreign | FindingKind::InTheWay { .. } => Drift::Foreign,
            // What keeps a file from being written is for `seac generate` to say.
            FindingKind::Path(_)
            | FindingKind::Outside { .. }
            | FindingKind::OutputOutside
            | FindingKind::Clash { .. } => continue,
        };
        drift.insert(finding.path.clone(), found);
    }
    drift
}

/// The Rust files below a folder, by path with `prefix` in front. Build output, hidden folders and links are passed by,
/// and so is what is no text.
fn rust_files(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) -> Result<(), LoadError> {
    let failed = |source| LoadError::Read { path: folder.to_path_buf(), source };
    let entries = match fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(()),
        entries => entries.map_err(failed)?,
    };
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let (name, kind) = (entry.file_name().to_string_lossy().into_owned(), entry.file_type().map_err(failed)?);
        let path = format!("{prefix}/{name}");
        if kind.is_dir() && !name.starts_with('.') && !entry.path().join("CACHEDIR.TAG").exists() {
            rust_files(&entry.path(), &path, found)?;
        } else if kind.is_file() && name.ends_with(".rs") && entry.metadata().map_err(failed)?.len() <= MAX_FILE_BYTES {
            let bytes = fs::read(entry.path()).map_err(failed)?;
            found.extend(String::from_utf8(bytes).ok().map(|text| (path, text)));
        }
    }
    Ok(())
}
