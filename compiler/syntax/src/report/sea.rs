//! Messages about SEA-DSL.

use super::{Expected, Found, alternatives, shown};
use crate::diagnostic::{Applicability, Code, Diagnostic, Edit};
use crate::source::{Span, Spanned};
use crate::text::Text;

/// The token fits nothing the grammar allows here.
pub(crate) fn unexpected(span: Span, expected: &[Expected], found: &Found<'_>) -> Diagnostic {
    let mut words: Vec<String> = Vec::new();
    for word in expected.iter().map(|expected| expected.words()) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    let wanted = alternatives(words);
    let what = if found.eof { found.text.to_owned() } else { shown(found.text) };
    let finding = Diagnostic::new(
        Code::SeaSyntax,
        format!("expected {wanted}, found {what}"),
        span,
        format!("expected {wanted}"),
    );
    let replacement = if found.line_start { None } else { requoted(expected, found.text) };
    match replacement {
        Some((title, text)) => finding.with_fix(title, span, text, Applicability::MaybeIncorrect),
        None => finding,
    }
}

/// Quotes put on or taken off a name, if that is what was asked for.
fn requoted(expected: &[Expected], found: &str) -> Option<(&'static str, String)> {
    let is_word = |text: &str| {
        text.starts_with(|c: char| c == '_' || c.is_alphabetic())
            && text.chars().all(|c| c == '_' || c.is_alphanumeric())
    };
    if expected.contains(&Expected::Text) && is_word(found) {
        return Some(("put the name in quotes", format!("\"{found}\"")));
    }
    let bare = found.strip_prefix('"')?.strip_suffix('"')?;
    let names = expected.iter().any(|expected| matches!(expected, Expected::Thing(thing) if thing.contains("name")));
    (names && is_word(bare)).then(|| ("write the name without quotes", bare.to_owned()))
}

/// A line begins with a word that begins nothing.
pub(crate) fn unknown_declaration(word: &Spanned<Text>, known: &[&'static str]) -> Diagnostic {
    let written = shown(&word.value);
    Diagnostic::new(
        Code::SeaSyntax,
        format!("{written} does not begin a declaration"),
        word.span,
        "expected a declaration",
    )
    .with_suggestion(&word.value, word.span, known.iter().copied())
}

/// `enum E { }`
pub(crate) fn empty_enum(open: Span, name: &Spanned<Text>) -> Diagnostic {
    let message = format!("the enum {} has no members", shown(&name.value));
    Diagnostic::new(Code::SeaSyntax, message, open, "expected a member (`open = \"OPEN\"`)")
}

/// `kye id: string`
pub(crate) fn word_before_field(word: &Spanned<String>) -> Diagnostic {
    let message = format!("expected `key` or the name of a field, found {}", shown(&word.value));
    Diagnostic::new(Code::SeaSyntax, message, word.span, "only `key` stands in front of a name").with_suggestion(
        &word.value,
        word.span,
        ["key"],
    )
}

/// `name: string,`
pub(crate) fn comma_behind_field(span: Span) -> Diagnostic {
    Diagnostic::new(Code::SeaSyntax, "there is no comma between fields", span, "not needed").with_fix(
        "remove the comma",
        span,
        "",
        Applicability::MachineApplicable,
    )
}

/// A word in an operation that begins no clause.
pub(crate) fn unknown_clause(word: &Spanned<Text>, known: &[&'static str]) -> Diagnostic {
    let written = shown(&word.value);
    Diagnostic::new(Code::SeaSyntax, format!("{written} does not begin a clause"), word.span, "expected a clause")
        .with_suggestion(&word.value, word.span, known.iter().copied())
}

/// `@word` at the head of a file that is no header key.
pub(crate) fn unknown_header_key(key: &Spanned<Text>, known: &[&'static str]) -> Diagnostic {
    let wanted = alternatives(known.iter().map(|key| format!("`@{key}`")).collect());
    Diagnostic::new(
        Code::SeaSyntax,
        format!("{} is no header key", shown(&format!("@{}", key.value))),
        key.span,
        format!("expected {wanted}"),
    )
    .with_suggestion(&key.value, key.span, known.iter().copied())
}

/// `word<…>` that is no type.
pub(crate) fn unknown_generic(word: &Spanned<Text>) -> Diagnostic {
    let message = format!("{} takes no type in angle brackets", shown(&word.value));
    Diagnostic::new(Code::SeaSyntax, message, word.span, "expected `quantity`, `ref` or `list`").with_suggestion(
        &word.value,
        word.span,
        ["quantity", "ref", "list"],
    )
}

/// The file, or another declaration, begins before the brace was closed.
pub(crate) fn unclosed_brace(span: Span, open: Span) -> Diagnostic {
    Diagnostic::new(Code::SeaSyntax, "a closing `}` is missing", span.at_start(), "expected `}` before this")
        .with_secondary(open, "opened here")
}

/// `a = b = c`.
pub(crate) fn chained_comparison(span: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::SeaSyntax, "comparisons do not chain", span, "a second comparison")
        .with_secondary(first, "the first one")
        .with_help("join two comparisons with `and`, or put one in parentheses")
}

/// `a = not b`.
pub(crate) fn misplaced_not(span: Span) -> Diagnostic {
    Diagnostic::new(Code::SeaSyntax, "`not` cannot stand behind this operator", span, "binds looser than the operator")
        .with_help("put the negation in parentheses: `(not …)`")
}

/// An operator of another language.
pub(crate) fn foreign_operator(span: Span, written: &str, word: &str) -> Diagnostic {
    Diagnostic::new(Code::SeaSyntax, format!("`{written}` is no operator of SEA"), span, format!("write `{word}`"))
        .with_fix(format!("write `{word}`"), span, word, Applicability::MachineApplicable)
}

/// Brackets, `not` and `-` inside each other beyond the limit.
pub(crate) fn nested_too_deep(span: Span, limit: u32) -> Diagnostic {
    Diagnostic::new(
        Code::SeaNesting,
        format!("nested more than {limit} levels deep"),
        span,
        "this would be one level too many",
    )
    .with_help("split the expression, or remove parentheses that are not needed")
}

/// A text beyond the limit.
pub(crate) fn file_too_large(span: Span, size: usize, limit: usize) -> Diagnostic {
    Diagnostic::new(
        Code::SeaTooLarge,
        format!("the file has {size} bytes, the limit is {limit}"),
        span,
        "nothing was read",
    )
    .with_help("split the model into modules and import them")
}

/// The rest of the findings is left out.
pub(crate) fn too_many_findings(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::new(
        Code::SeaTooManyFindings,
        format!("more than {limit} findings, the rest is left out"),
        span,
        "not shown up to here",
    )
}

/// The line ends inside a string.
pub(crate) fn unclosed_string(span: Span) -> Diagnostic {
    Diagnostic::new(Code::SeaString, "the string is not closed", span, "expected `\"` before the line ends")
        .with_help("close the string, or use `\"\"\"…\"\"\"` for text over several lines")
}

/// The file ends inside a raw string.
pub(crate) fn unclosed_raw_string(span: Span) -> Diagnostic {
    Diagnostic::new(Code::SeaString, "the raw string is not closed", span, "no `\"\"\"` follows")
}

/// A tab or NUL in a string.
pub(crate) fn control_character(span: Span, c: char) -> Diagnostic {
    let escape = match c {
        '\t' => "\\t".to_owned(),
        c => format!("\\u{{{:x}}}", u32::from(c)),
    };
    Diagnostic::new(
        Code::SeaString,
        format!("the control character U+{:04X} cannot stand in a string", u32::from(c)),
        span,
        format!("write `{escape}`"),
    )
    .with_fix(format!("write `{escape}`"), span, escape, Applicability::MachineApplicable)
}

/// A backslash with something behind it that is no escape.
pub(crate) fn unknown_escape(span: Span, written: &str) -> Diagnostic {
    let message = format!("{} is no escape", shown(written));
    let finding = Diagnostic::new(Code::SeaString, message, span, "expected `\\\\ \\\" \\n \\r \\t` or `\\u{1F600}`");
    if written.starts_with("\\u") {
        return finding.with_help("write one to six hex digits of a Unicode character in braces");
    }
    finding.with_fix("double the backslash", span, format!("\\{written}"), Applicability::MaybeIncorrect)
}

/// `1__0`, `1e5`, `5kg`.
pub(crate) fn malformed_number(span: Span, written: &str) -> Diagnostic {
    let message = format!("{} is no number", shown(written));
    let finding = Diagnostic::new(Code::SeaNumber, message, span, "expected digits, as in `1_500` or `0.25`");
    let digits = written.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(written.len());
    let (amount, unit) = written.split_at(digits);
    if unit.chars().all(char::is_alphabetic) && !unit.is_empty() && !unit.starts_with(['e', 'E', 'x']) {
        let quantity = format!("{amount} \"{unit}\"");
        return finding.with_fix("write the unit in quotes", span, quantity, Applicability::MaybeIncorrect);
    }
    finding
}

/// `"2025-02-30T00:00:00Z"`.
pub(crate) fn unreal_time(text: &Spanned<Text>) -> Diagnostic {
    let message = format!("{} looks like a time, but there is no such moment", shown(&text.value));
    Diagnostic::new(Code::SeaTime, message, text.span, "no such day, hour or offset")
}

/// `optional` behind the constraints or the default of a field, whose type ends at `behind_type`.
pub fn late_optional(span: Span, behind_type: Span) -> Diagnostic {
    let finding = Diagnostic::new(Code::SeaSyntax, "`optional` stands right behind the type", span, "too late")
        .with_secondary(behind_type, "it belongs here");
    let edits = vec![
        Edit { span: behind_type, replacement: " optional".to_owned() },
        Edit { span, replacement: String::new() },
    ];
    finding.with_edits("move it there", edits, Applicability::MachineApplicable)
}
