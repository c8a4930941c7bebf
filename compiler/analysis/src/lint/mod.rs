//! Lints: rules that a profile makes heavier or lighter. They are declared in the compiler's own specs; the enums that are
//! generated of them are matched here and in [`crate::sea`], so that one without a check does not compile.

pub mod flow;

pub use crate::generated::lints::Profile;

use seac_syntax::sea::ast::{HeaderItem, SeaFile};
use seac_syntax::{Code, Diagnostic, Severity};

/// The profiles that the head of a model names.
pub fn named_profiles(file: &SeaFile) -> impl Iterator<Item = &HeaderItem> {
    file.header.iter().filter(|item| item.key.value.eq_ignore_ascii_case("profile"))
}

/// Whether the head of a model asks for the strict profile, whatever the workspace does.
pub fn asks_for_strict(file: &SeaFile) -> bool {
    named_profiles(file).any(|item| item.value.value == "strict")
}

/// Runs a check and gives what it finds the weight that the profile says; does nothing if it is not looked for.
pub fn at(code: Code, level: Option<Severity>, out: &mut Vec<Diagnostic>, check: impl FnOnce(&mut Vec<Diagnostic>)) {
    let Some(severity) = level else { return };
    let mut found = Vec::new();
    check(&mut found);
    debug_assert!(found.iter().all(|finding| finding.code == code), "a lint finds what it is declared to find");
    out.extend(found.into_iter().map(|finding| Diagnostic { severity, ..finding }));
}
