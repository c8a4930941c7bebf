//! `seac check --fix`: make the sure fixes, look again, until there is nothing left to mend.

use crate::exit::{Exit, Failure};
use crate::terminal;
use seac_syntax::diagnostic::fix::{Mended, mend};
use seac_syntax::{Diagnostic, FileId, Sources};
use seac_workspace::inputs::write;
use similar::TextDiff;
use std::path::PathBuf;

/// A fix may make another one possible, but not for ever: two rules that undo each other must not hang the command.
const ROUNDS: usize = 16;

/// Where findings point into, and where the texts are written back to.
pub struct Checked<'a> {
    /// The texts.
    pub sources: &'a Sources,
    /// The findings, in the order in which they are shown.
    pub diagnostics: &'a [Diagnostic],
    /// The file of a text; `None` for one that is not to be changed.
    pub path: &'a dyn Fn(FileId) -> Option<PathBuf>,
}

/// What `--dry-run` prints: the changes of the first round as a patch.
pub fn preview(checked: &Checked<'_>) -> Exit {
    let mended = mended(checked);
    for (file, text) in &mended.texts {
        let source = checked.sources.get(*file);
        let (from, to) = (format!("a/{}", source.path), format!("b/{}", source.path));
        terminal::print(&TextDiff::from_lines(&source.text, text).unified_diff().header(&from, &to).to_string());
    }
    if mended.fixes.is_empty() { Exit::Clean } else { Exit::Findings }
}

/// Runs `check` and mends what it finds, until it finds nothing that can be mended. Says how many fixes were made.
pub fn until_done<C>(
    mut check: impl FnMut() -> Result<C, Failure>,
    view: impl Fn(&C, &mut dyn FnMut(&Checked<'_>) -> Result<usize, Failure>) -> Result<usize, Failure>,
) -> Result<(C, usize), Failure> {
    let mut total = 0;
    for _ in 0..ROUNDS {
        let result = check()?;
        let made = view(&result, &mut write_all)?;
        total += made;
        if made == 0 {
            return Ok((result, total));
        }
    }
    Ok((check()?, total))
}

fn mended<'a>(checked: &Checked<'a>) -> Mended<'a> {
    mend(checked.sources, checked.diagnostics, |file| (checked.path)(file).is_some())
}

fn write_all(checked: &Checked<'_>) -> Result<usize, Failure> {
    let mended = mended(checked);
    for (file, text) in &mended.texts {
        let Some(path) = (checked.path)(*file) else { continue };
        write(&path, text).map_err(|error| Failure::outside(format!("cannot write {}", path.display()), &error))?;
    }
    for (diagnostic, fix) in &mended.fixes {
        let source = checked.sources.get(diagnostic.primary.span.file);
        let at = source.position(diagnostic.primary.span.start);
        let code = diagnostic.code.name();
        terminal::status("Fixed", &format!("{}:{}:{} {code}: {}", source.path, at.line, at.column, fix.title));
    }
    Ok(mended.fixes.len())
}
