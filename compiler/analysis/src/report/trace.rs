//! Findings about traceability.

use seac_model::{NoteKind, Status};
use seac_syntax::{Applicability, Code, Diagnostic, Span};

pub fn dangling<'a>(span: Span, id: &str, known: impl IntoIterator<Item = &'a str>) -> Diagnostic {
    Diagnostic::new(Code::NoteDangling, format!("there is no note `{id}`"), span, "leads nowhere")
        .with_suggestion(id, span, known)
}

pub fn repeated(span: Span, id: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::NoteRepeated, format!("`{id}` is referred to twice"), span, "again")
        .with_secondary(first, "first here")
}

pub fn other_kind(span: Span, id: &str, wanted: NoteKind) -> Diagnostic {
    let (is, key) = match wanted {
        NoteKind::Prd => ("a decision", "satisfiesAdrs"),
        NoteKind::Adr => ("a requirement", "satisfiesPrds"),
    };
    Diagnostic::new(Code::NoteKindMismatch, format!("`{id}` is {is}"), span, "of the other kind")
        .with_help(format!("name it in `{key}`"))
}

pub fn status(span: Span, written: &str) -> Diagnostic {
    let words = Status::ALL.map(Status::word);
    let near = seac_syntax::diagnostic::nearest(written, words);
    let list = words.map(|word| format!("`{word}`")).join(", ");
    let finding = Diagnostic::new(Code::NoteStatus, format!("`{written}` is no status"), span, "not known");
    match near {
        Some(word) => finding.with_fix(format!("write `{word}`"), span, word, Applicability::MaybeIncorrect),
        None => finding.with_help(format!("the words are {list}")),
    }
}

pub fn over(span: Span, id: &str, status: &str) -> Diagnostic {
    Diagnostic::new(Code::NoteOver, format!("`{id}` is {status}"), span, "builds on what no longer holds")
        .with_help("refer to what holds in its place, or change what was built on it")
}

pub fn unsatisfied(span: Span, id: &str, kind: NoteKind) -> Diagnostic {
    let (message, help) = match kind {
        NoteKind::Prd => (format!("no design satisfies `{id}`"), "name it in `satisfiesPrds` of the design"),
        NoteKind::Adr => {
            (format!("nobody follows `{id}`"), "name it in `satisfiesAdrs` of a design or `satisfies` of a requirement")
        }
    };
    Diagnostic::new(Code::NoteUnsatisfied, message, span, "accepted, and not answered").with_help(help)
}
