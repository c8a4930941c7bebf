//! The messages of this crate. Nothing else builds message texts.

use crate::diagnostic::{Applicability, Code, Diagnostic};
use crate::source::{Span, Spanned};
use crate::yaml::{Entry, Node};

/// What the SEA parser asked for at a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// This very word or sign.
    Word(&'static str),
    /// Something described in words.
    Thing(&'static str),
    /// A string literal.
    Text,
    /// `v1.2.3`.
    Version,
}

impl Expected {
    fn words(self) -> String {
        match self {
            Self::Word(word) => format!("`{word}`"),
            Self::Thing(thing) => thing.to_owned(),
            Self::Text => "a string in quotes".to_owned(),
            Self::Version => "a version (`v1.0.0`)".to_owned(),
        }
    }
}

/// What stands there instead.
pub(crate) struct Found<'t> {
    pub text: &'t str,
    /// The text is over, and `text` says how.
    pub eof: bool,
    /// It begins a line, so it rather belongs to what follows than to what was asked for.
    pub line_start: bool,
}

/// More than this of a token is not repeated in a message.
const SHOWN: usize = 40;

fn shown(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    let cut: String = line.chars().take(SHOWN).flat_map(visible).collect();
    if cut.len() < text.len() { format!("`{cut}…`") } else { format!("`{cut}`") }
}

/// Control and bidirectional characters are shown by number: they would change how the message itself reads.
fn visible(c: char) -> Vec<char> {
    let hidden =
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if hidden { format!("U+{:04X}", u32::from(c)).chars().collect() } else { vec![c] }
}

/// `a`, `a or b`, `a, b or c`.
fn alternatives(mut words: Vec<String>) -> String {
    let last = words.pop().unwrap_or_default();
    if words.is_empty() { last } else { format!("{} or {last}", words.join(", ")) }
}

// SEA-DSL.

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
pub(crate) fn unknown_declaration(word: &Spanned<String>, known: &[&'static str]) -> Diagnostic {
    let written = shown(&word.value);
    Diagnostic::new(
        Code::SeaSyntax,
        format!("{written} does not begin a declaration"),
        word.span,
        "expected a declaration",
    )
    .with_suggestion(&word.value, word.span, known.iter().copied())
}

/// A word in an operation that begins no clause.
pub(crate) fn unknown_clause(word: &Spanned<String>, known: &[&'static str]) -> Diagnostic {
    let written = shown(&word.value);
    Diagnostic::new(Code::SeaSyntax, format!("{written} does not begin a clause"), word.span, "expected a clause")
        .with_suggestion(&word.value, word.span, known.iter().copied())
}

/// `@word` at the head of a file that is no header key.
pub(crate) fn unknown_header_key(key: &Spanned<String>, known: &[&'static str]) -> Diagnostic {
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
pub(crate) fn unknown_generic(word: &Spanned<String>) -> Diagnostic {
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
pub(crate) fn unreal_time(text: &Spanned<String>) -> Diagnostic {
    let message = format!("{} looks like a time, but there is no such moment", shown(&text.value));
    Diagnostic::new(Code::SeaTime, message, text.span, "no such day, hour or offset")
}

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
pub(crate) fn unknown_key(key: &Spanned<String>, what: &str, known: &[&str]) -> Diagnostic {
    let message = format!("{} is no key of {what}", shown(&key.value));
    let keys = known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    let finding = Diagnostic::new(Code::SdsUnknownKey, message, key.span, "unknown key");
    let suggested = finding.with_suggestion(&key.value, key.span, known.iter().copied());
    if suggested.fixes.is_empty() { suggested.with_help(format!("the keys here are {keys}")) } else { suggested }
}

/// A word outside of a closed set.
pub(crate) fn unknown_word(word: &Spanned<String>, what: &str, known: &[&str]) -> Diagnostic {
    let wanted = alternatives(known.iter().map(|word| format!("`{word}`")).collect());
    let message = format!("{} is not known as {what}", shown(&word.value));
    Diagnostic::new(Code::SdsUnknownWord, message, word.span, format!("expected {wanted}")).with_suggestion(
        &word.value,
        word.span,
        known.iter().copied(),
    )
}

/// A step with arguments it does not take, or without those it needs.
pub(crate) fn step_arguments(step: &Spanned<String>, has_arguments: bool) -> Diagnostic {
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
pub(crate) fn exclusive_keys(first: &Spanned<String>, second: &Spanned<String>) -> Diagnostic {
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
pub(crate) fn malformed_pointer(text: &Spanned<String>) -> Diagnostic {
    let message = format!("{} is no JSON pointer", shown(&text.value));
    let finding = Diagnostic::new(Code::SdsPointer, message, text.span, "expected `/name/name`");
    if text.value.starts_with('/') {
        return finding.with_help("write `~0` for `~` and `~1` for `/` inside a name");
    }
    finding.with_help(format!("write `/{0}` for a member, or `{{ const: {0} }}` for the word itself", text.value))
}

/// A key of `when` that is neither.
pub(crate) fn malformed_condition(key: &Spanned<String>) -> Diagnostic {
    let message = format!("{} is neither `eventType` nor a JSON pointer", shown(&key.value));
    Diagnostic::new(Code::SdsPointer, message, key.span, "expected `eventType` or `/name/name`").with_suggestion(
        &key.value,
        key.span,
        ["eventType"],
    )
}

/// A header named without `header:`.
pub(crate) fn malformed_header_ref(text: &Spanned<String>) -> Diagnostic {
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
