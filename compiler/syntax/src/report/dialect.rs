//! Messages about what only we understand, and about names that only look equal.

use crate::diagnostic::{Applicability, Code, Diagnostic, Severity};
use crate::source::{Span, Spanned};
use crate::text::Text;

fn extension(span: Span, what: &str, instead: &str) -> Diagnostic {
    Diagnostic::new(
        Code::SeaExtension,
        format!("{what} are an extension of seac"),
        span,
        "the reference compiler does not read this",
    )
    .with_help(instead)
}

/// The reference reads it, but does not do with it what we do.
fn weaker(span: Span, what: &str, instead: &str) -> Diagnostic {
    let message = format!("{what} have no meaning to the reference compiler");
    let mut finding = Diagnostic::new(Code::SeaExtension, message, span, "read and ignored").with_help(instead);
    finding.severity = Severity::Info;
    finding
}

/// `/// …`.
pub(crate) fn doc_comment(span: Span) -> Diagnostic {
    weaker(span, "doc comments", "nothing is lost: for the reference it is a comment")
}

/// `offset` of a unit.
pub(crate) fn unit_offset(span: Span) -> Diagnostic {
    extension(span, "units with an offset", "convert the values, and declare units that differ by a factor only")
}

/// `to "B" @tx`.
pub(crate) fn late_annotation(span: Span, to: Span) -> Diagnostic {
    extension(span, "annotations behind `to`", "write it in front of `from`; `seac fmt` moves it there")
        .with_secondary(to, "behind this")
}

/// `@cqrs` and the like.
pub(crate) fn typed_annotation(key: &Spanned<Text>) -> Diagnostic {
    weaker(key.span, &format!("`@{}` annotations", key.value), "say the same in the SDS, where other tools can see it")
}

/// `bytes`, `json`.
pub(crate) fn extended_type(name: &Spanned<Text>) -> Diagnostic {
    let instead = match name.value.as_str() {
        "bytes" => "write `string`, and put the bytes into it as base64",
        _ => "write `string`, and put the JSON into it as text",
    };
    extension(name.span, &format!("fields of the type `{}`", name.value), instead)
}

/// `emits Event`.
pub(crate) fn emits(span: Span) -> Diagnostic {
    extension(span, "`emits` clauses", "declare the event as a flow")
}

/// `direction outbound`.
pub(crate) fn direction(word: &Spanned<Text>) -> Diagnostic {
    let what = format!("operations with `direction {}`", word.value);
    extension(word.span, &what, "write `direction inbound`, and the call to the outside as a flow")
}

/// A second `effect`.
pub(crate) fn second_effect(span: Span) -> Diagnostic {
    extension(span, "operations with several effects", "write one operation for each effect")
}

/// `at invariant`, `at postcondition`.
pub(crate) fn late_policy(moment: &Spanned<Text>) -> Diagnostic {
    let what = format!("policies enforced at `{}`", moment.value);
    extension(moment.span, &what, "write a policy over the input, `at precondition`")
}

/// `failure … for dependency`.
pub(crate) fn failure_kind(kind: &Spanned<Text>) -> Diagnostic {
    extension(
        kind.span,
        &format!("failures for `{}`", kind.value),
        "leave it out, and answer with `policy` or `missing_state`",
    )
}

/// `a.b.c`.
pub(crate) fn long_path(span: Span) -> Diagnostic {
    extension(
        span,
        "paths of more than two names",
        "compare with a member of the object itself, as in `f.to = \"Warehouse\"`",
    )
}

/// Two names that look the same, and how to write both; none if they would then be one name of two things.
pub(crate) fn unnormalised_name(span: Span, other: Span, name: &str, normal: Option<String>) -> Diagnostic {
    let message = format!("{} is another name than the one that looks the same", super::shown(name));
    let finding =
        Diagnostic::new(Code::SeaNormalForm, message, span, "other bytes").with_secondary(other, "this one").with_why(
            "a letter with an accent can be written as one character or as two; names are compared by their bytes",
        );
    match normal {
        Some(normal) => {
            finding.with_fix("write it in the composed form (NFC)", span, normal, Applicability::MachineApplicable)
        }
        None => finding.with_help("both are declared, and written alike they would be one name: rename one of them"),
    }
}
