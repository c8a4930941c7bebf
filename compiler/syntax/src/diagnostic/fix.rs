//! Fixes that need no judgement, made on the texts.

use super::{Applicability, Diagnostic, Edit, Fix};
use crate::source::{FileId, Sources};
use std::collections::BTreeMap;

/// What can be mended in one go.
#[derive(Debug, Default)]
pub struct Mended<'d> {
    /// The new texts of the files that change.
    pub texts: BTreeMap<FileId, String>,
    /// The fixes that were made, with their findings, in the order of the findings.
    pub fixes: Vec<(&'d Diagnostic, &'d Fix)>,
}

/// Makes the machine-applicable fixes of `diagnostics` in files that `may_change`. Of two fixes that touch each other
/// the first is made; the other has to wait for the next round, because its finding may be another one by then.
pub fn mend<'d>(sources: &Sources, diagnostics: &'d [Diagnostic], may_change: impl Fn(FileId) -> bool) -> Mended<'d> {
    let mut mended = Mended::default();
    let mut taken: BTreeMap<FileId, BTreeMap<u32, &Edit>> = BTreeMap::new();
    for diagnostic in diagnostics {
        let sure = |fix: &&Fix| fix.applicability == Applicability::MachineApplicable && !fix.edits.is_empty();
        let Some(fix) = diagnostic.fixes.iter().find(sure) else { continue };
        let free = |edit: &Edit| {
            may_change(edit.span.file) && taken.get(&edit.span.file).is_none_or(|edits| is_free(edits, edit))
        };
        if fix.edits.iter().all(free) && apart(&fix.edits) {
            for edit in &fix.edits {
                taken.entry(edit.span.file).or_default().insert(edit.span.start, edit);
            }
            mended.fixes.push((diagnostic, fix));
        }
    }
    for (file, edits) in taken {
        mended.texts.insert(file, edited(&sources.get(file).text, edits.into_values()));
    }
    mended
}

/// Whether an edit touches none of those taken, by the place they begin at.
fn is_free(edits: &BTreeMap<u32, &Edit>, edit: &Edit) -> bool {
    let before = edits.range(..=edit.span.start).next_back();
    let after = edits.range(edit.span.start..).next();
    before.is_none_or(|(start, other)| other.span.end <= edit.span.start && *start < edit.span.start)
        && after.is_none_or(|(start, _)| edit.span.end <= *start && edit.span.start < *start)
}

/// Whether the edits of one fix touch each other: then it is not one we can trust.
fn apart(edits: &[Edit]) -> bool {
    let mut spans: Vec<_> = edits.iter().map(|edit| edit.span).collect();
    spans.sort_unstable();
    spans.windows(2).all(|pair| pair[0].file != pair[1].file || pair[0].end <= pair[1].start && pair[0] != pair[1])
}

/// The text with edits made, which come in order and do not touch.
fn edited<'e>(text: &str, edits: impl Iterator<Item = &'e Edit>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        let range = edit.span.range();
        out.push_str(text.get(at..range.start).unwrap_or_default());
        out.push_str(&edit.replacement);
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::source::Span;

    fn finding(file: FileId, start: usize, end: usize, text: &str, applicability: Applicability) -> Diagnostic {
        let span = Span::new(file, start, end);
        Diagnostic::new(Code::SeaSyntax, "wrong", span, "").with_fix("mend it", span, text, applicability)
    }

    #[test]
    fn sure_fixes_are_made_and_never_two_in_one_place() {
        let mut sources = Sources::default();
        let file = sources.add("a", "0123456789");
        let other = sources.add("b", "0123456789");
        let sure = Applicability::MachineApplicable;
        let findings = [
            finding(file, 2, 4, "X", sure),
            finding(file, 3, 5, "no", sure),
            finding(file, 2, 2, "no", sure),
            finding(file, 4, 4, "+", sure),
            finding(file, 4, 4, "no", sure),
            finding(file, 6, 7, "no", Applicability::MaybeIncorrect),
            finding(file, 9, 10, "", sure),
            finding(other, 0, 1, "no", sure),
        ];
        let mended = mend(&sources, &findings, |id| id == file);
        assert_eq!(mended.texts.into_values().collect::<Vec<_>>(), ["01X+45678"]);
        assert_eq!(mended.fixes.len(), 3);
    }
}
