//! Messages about SDS YAML and the front matter of notes.

use super::{alternatives, shown};
use crate::diagnostic::{Applicability, Code, Diagnostic};
use crate::source::{Span, Spanned};
use crate::text::Text;
use crate::yaml::{Entry, Node};

// YAML.

/// The YAML itself cannot be read on.
pub(crate) fn yaml_syntax(span: Span, info: &str) -> Diagnostic {
    Diagnostic::new(Code::SdsYaml, format!("this is not valid YAML: {info}"), span, "cannot be read from here on")
}

/// `---` a second time.
pub(crate) fn several_documents(span: Span) -> Diagnostic {
    Diagnostic::new(Code::SdsYaml, "a file holds one document", span, "a second one begins here")
        .with_help("put it into a file of its own")
}

/// `? [a, b] : c`.
pub(crate) fn yaml_key(span: Span) -> Diagnostic {
    Diagnostic::new(Code::SdsYaml, "a key must be a word", span, "a list or a mapping cannot be a key")
}

/// `*name`.
pub(crate) fn yaml_alias(span: Span) -> Diagnostic {
    Diagnostic::new(Code::SdsYaml, "aliases are not allowed", span, "stands for something written elsewhere")
        .with_why("a specification says what it means where it is read, and cannot grow when it is expanded")
        .with_help("write the value here")
}

/// `!tag`.
pub(crate) fn yaml_tag(span: Span) -> Diagnostic {
    Diagnostic::new(Code::SdsYaml, "tags are not allowed", span, "has a tag")
        .with_help("remove the tag; quotes make a string of anything")
}

/// A key written twice in one mapping.
pub(crate) fn duplicate_key(key: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::SdsDuplicateKey, format!("the key {} is written twice", shown(key)), span, "the second time")
        .with_secondary(first, "the first time; this value is used")
}

/// Brackets or indentation beyond the limit.
pub(crate) fn yaml_too_deep(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::new(Code::SdsLimit, format!("nested more than {limit} levels deep"), span, "one level too many")
}

/// A text beyond the limit.
pub(crate) fn yaml_too_large(span: Span, size: usize, limit: usize) -> Diagnostic {
    let message = format!("the file has {size} bytes, the limit is {limit}");
    Diagnostic::new(Code::SdsLimit, message, span, "nothing was read")
}

/// More values than the limit.
pub(crate) fn too_many_nodes(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::new(Code::SdsLimit, format!("more than {limit} values in one file"), span, "not read from here on")
}

// SDS.

/// The rest of the findings is left out.
pub(crate) fn too_many_sds_findings(span: Span, limit: usize) -> Diagnostic {
    let message = format!("more than {limit} findings, the rest is left out");
    Diagnostic::new(Code::SdsLimit, message, span, "not shown up to here")
}

/// A value of another shape.
pub(crate) fn wrong_type(span: Span, expected: &str, found: &Node) -> Diagnostic {
    let found = found.description();
    Diagnostic::new(Code::SdsWrongType, format!("expected {expected}, found {found}"), span, format!("this is {found}"))
}

/// A number, or a word like `true`, where a string is wanted.
pub(crate) fn unquoted(span: Span, text: &str, found: &Node) -> Diagnostic {
    wrong_type(span, "a string", found).with_fix(
        "put it in quotes",
        span,
        format!("\"{text}\""),
        Applicability::MaybeIncorrect,
    )
}

/// A key the format does not know here.
pub(crate) fn unknown_key(key: &Spanned<Text>, what: &str, known: &[&str]) -> Diagnostic {
    let message = format!("{} is no key of {what}", shown(&key.value));
    let keys = known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    let finding = Diagnostic::new(Code::SdsUnknownKey, message, key.span, "unknown key");
    let suggested = finding.with_suggestion(&key.value, key.span, known.iter().copied());
    if suggested.fixes.is_empty() { suggested.with_help(format!("the keys here are {keys}")) } else { suggested }
}

/// A word outside of a closed set.
pub(crate) fn unknown_word(word: &Spanned<Text>, what: &str, known: &[&str]) -> Diagnostic {
    let wanted = alternatives(known.iter().map(|word| format!("`{word}`")).collect());
    let message = format!("{} is not known as {what}", shown(&word.value));
    Diagnostic::new(Code::SdsUnknownWord, message, word.span, format!("expected {wanted}")).with_suggestion(
        &word.value,
        word.span,
        known.iter().copied(),
    )
}

/// A step with arguments it does not take, or without those it needs.
pub(crate) fn step_arguments(step: &Spanned<Text>, has_arguments: bool) -> Diagnostic {
    let needs = if has_arguments { "takes no arguments" } else { "needs arguments" };
    let label = if has_arguments { "write the bare word" } else { "expected `: …` behind it" };
    Diagnostic::new(Code::SdsWrongType, format!("the step {} {needs}", shown(&step.value)), step.span, label)
}

/// Required keys that were not written. The whole mapping would be a long span: its first key stands for it.
pub(crate) fn missing_keys(span: Span, entries: &[Entry], keys: &[&str], what: &str) -> Diagnostic {
    let span = entries.first().map_or(span, |entry| entry.key.span);
    let names = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    let message = match keys.len() {
        1 => format!("the key {names} is missing"),
        _ => format!("the keys {names} are missing"),
    };
    Diagnostic::new(Code::SdsMissingKey, message, span, format!("{what} needs {names}"))
}

/// A mapping that must have one of several keys.
pub(crate) fn missing_one_of(span: Span, keys: &[&str]) -> Diagnostic {
    let wanted = alternatives(keys.iter().map(|key| format!("`{key}`")).collect());
    Diagnostic::new(Code::SdsMissingKey, format!("expected one of {wanted}"), span, "none of them is here")
}

/// Two keys that exclude each other.
pub(crate) fn exclusive_keys(first: &Spanned<Text>, second: &Spanned<Text>) -> Diagnostic {
    let message = format!("`{}` and `{}` exclude each other", first.value, second.value);
    Diagnostic::new(Code::SdsUnknownKey, message, second.span, "remove one of the two")
        .with_secondary(first.span, "the other one")
}

/// `5` or `5 seconds`.
pub(crate) fn malformed_duration(span: Span, text: &str) -> Diagnostic {
    let message = format!("{} is no duration", shown(text));
    Diagnostic::new(Code::SdsDuration, message, span, "expected a whole number with `ms`, `s`, `m`, `h` or `d`")
}

/// A pointer without its `/`, or with an unknown escape.
pub(crate) fn malformed_pointer(text: &Spanned<Text>) -> Diagnostic {
    let message = format!("{} is no JSON pointer", shown(&text.value));
    let finding = Diagnostic::new(Code::SdsPointer, message, text.span, "expected `/name/name`");
    if text.value.starts_with('/') {
        return finding.with_help("write `~0` for `~` and `~1` for `/` inside a name");
    }
    finding.with_help(format!("write `/{0}` for a member, or `{{ const: {0} }}` for the word itself", text.value))
}

/// A key of `when` that is neither.
pub(crate) fn malformed_condition(key: &Spanned<Text>) -> Diagnostic {
    let message = format!("{} is neither `eventType` nor a JSON pointer", shown(&key.value));
    Diagnostic::new(Code::SdsPointer, message, key.span, "expected `eventType` or `/name/name`").with_suggestion(
        &key.value,
        key.span,
        ["eventType"],
    )
}

/// A header named without `header:`.
pub(crate) fn malformed_header_ref(text: &Spanned<Text>) -> Diagnostic {
    let message = format!("{} is no reference to a header", shown(&text.value));
    Diagnostic::new(Code::SdsHeader, message, text.span, "expected `header:X-Name`")
}

/// A secret that is written out. The message does not repeat it: messages end up in logs.
pub(crate) fn not_a_secret_ref(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::SdsSecret,
        "a secret is only ever referred to",
        span,
        "expected `env:NAME` or `file:path`; the value is not shown",
    )
    .with_why("specifications are committed and copied; whoever reads one must not learn a secret")
    .with_help("put the value into the environment and write `env:NAME`")
}

// Notes.

/// A note that does not begin with front matter.
pub(crate) fn no_front_matter(span: Span) -> Diagnostic {
    Diagnostic::new(Code::NoteFrontMatter, "the note has no front matter", span, "expected `---`, keys and `---`")
}

/// Front matter without an id.
pub(crate) fn note_without_id(span: Span) -> Diagnostic {
    Diagnostic::new(Code::NoteFrontMatter, "the note has no `id`", span, "expected `id: ADR-001` in here")
}

/// A value of the front matter that is no string.
pub(crate) fn note_value(span: Span, found: &Node) -> Diagnostic {
    let message = format!("expected a string, found {}", found.description());
    Diagnostic::new(Code::NoteFrontMatter, message, span, "a string is expected here")
}

/// A value object is text of a form, a record or an enum.
pub(crate) fn two_forms(span: Span, second: &str, first: &str) -> Diagnostic {
    let message = format!("a value object has `{first}` or `{second}`, not both");
    Diagnostic::new(Code::SdsWrongType, message, span, "makes it something else")
        .with_why("`pattern` makes it text of that form, `fields` a record, `members` an enum")
        .with_help(format!("remove `{second}` or `{first}`, or make two value objects of it"))
}
