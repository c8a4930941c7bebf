//! `seac check --fix`: make the sure fixes, look again, until there is nothing left to mend.

use super::Checked;
use crate::exit::{Exit, Failure};
use crate::terminal;
use seac_syntax::FileId;
use seac_syntax::diagnostic::fix::{Mended, mend};
use seac_workspace::inputs::write;
use similar::TextDiff;
use std::path::PathBuf;

/// A fix may make another one possible, but not for ever: two rules that undo each other must not hang the command.
const ROUNDS: usize = 16;

impl Checked {
    /// The file of a text, if it is one that may be mended: not embedded, not generated, not standard input.
    fn file(&self, file: FileId) -> Option<PathBuf> {
        let path = &self.sources.get(file).path;
        let is_spec = path.ends_with(".sea") || path.starts_with("specs/");
        let path = self.root.join(&**path);
        (is_spec && path.is_file()).then_some(path)
    }

    fn mended(&self) -> Mended<'_> {
        mend(&self.sources, &self.shown, |file| self.file(file).is_some())
    }
}

/// What `--dry-run` prints: the changes of the first round as a patch.
pub fn preview(checked: &Checked) -> Exit {
    let mended = checked.mended();
    for (file, text) in &mended.texts {
        let source = checked.sources.get(*file);
        let (from, to) = (format!("a/{}", source.path), format!("b/{}", source.path));
        terminal::print(&TextDiff::from_lines(&source.text, text).unified_diff().header(&from, &to).to_string());
    }
    if mended.fixes.is_empty() { Exit::Clean } else { Exit::Findings }
}

/// Runs `check` and mends what it finds, until it finds nothing that can be mended.
pub fn until_done(check: impl Fn() -> Result<Checked, Failure>) -> Result<Checked, Failure> {
    for _ in 0..ROUNDS {
        let checked = check()?;
        let mended = checked.mended();
        if mended.fixes.is_empty() {
            return Ok(checked);
        }
        make(&checked, &mended)?;
    }
    check()
}

/// Writes the new texts and says what was mended.
fn make(checked: &Checked, mended: &Mended<'_>) -> Result<(), Failure> {
    for (file, text) in &mended.texts {
        let Some(path) = checked.file(*file) else { continue };
        write(&path, text).map_err(|error| Failure::outside(format!("cannot write {}", path.display()), &error))?;
    }
    for (diagnostic, fix) in &mended.fixes {
        let source = checked.sources.get(diagnostic.primary.span.file);
        let at = source.position(diagnostic.primary.span.start);
        let code = diagnostic.code.name();
        terminal::status("Fixed", &format!("{}:{}:{} {code}: {}", source.path, at.line, at.column, fix.title));
    }
    Ok(())
}
