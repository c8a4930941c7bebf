//! How names of specs are written in what is emitted. Nothing from a spec reaches emitted text except through here or
//! as a quoted literal.

use crate::rust::code::Ident;

/// Words that cannot be used as a raw identifier either.
const NEVER_RAW: &[&str] = &["self", "Self", "super", "crate", "_"];

/// Strict and reserved keywords of Rust 2024, sorted.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Types and traits that emitted code calls by their bare names, so that no type of a spec may have them; sorted.
const TAKEN: &[&str] = &[
    "Appended",
    "Arc",
    "Box",
    "Bytes",
    "Call",
    "Clone",
    "Connector",
    "Consumer",
    "Copy",
    "Decimal",
    "Default",
    "Delivery",
    "Deserialize",
    "Digest",
    "Drop",
    "Err",
    "Event",
    "EventHandler",
    "Evidence",
    "EvidenceEvent",
    "Fact",
    "Failure",
    "FailureKind",
    "From",
    "Identity",
    "Into",
    "Iterator",
    "Migration",
    "Module",
    "None",
    "Ok",
    "Operation",
    "OperationSpec",
    "Option",
    "Parsed",
    "Pattern",
    "Quantity",
    "Rejection",
    "Result",
    "Row",
    "Send",
    "Serialize",
    "Services",
    "Sized",
    "Some",
    "SqlValue",
    "StoreError",
    "String",
    "Subject",
    "Sync",
    "Timestamp",
    "ToOwned",
    "ToString",
    "Truth",
    "TryFrom",
    "TryInto",
    "Tx",
    "Unit",
    "UnitOfWork",
    "Uuid",
    "Validate",
    "Value",
    "Vec",
    "Verdict",
    "Violations",
];

fn is_keyword(text: &str) -> bool {
    // No keyword is longer, and most names are.
    text.len() <= "abstract".len() && KEYWORDS.binary_search(&text).is_ok()
}

/// A Rust identifier for exactly this text: raw if it is a keyword, with a `_` behind it if it may not be raw.
pub fn ident(text: &str) -> Ident {
    if NEVER_RAW.contains(&text) {
        Ident::new(format!("{text}_"))
    } else if is_keyword(text) {
        Ident::new(format!("r#{text}"))
    } else {
        Ident::new(text)
    }
}

/// The identifier of a field, function or module: `PlaceOrder` and `place order` as `place_order`.
pub fn snake(name: &str) -> Ident {
    ident(&snake_text(name))
}

/// The identifier of a type: `place_order` as `PlaceOrder`, `result` as `Result_`.
pub fn pascal(name: &str) -> Ident {
    ident(&type_text(name))
}

/// The identifier of an enum's variant, which is only ever named behind its enum.
pub fn variant(name: &str) -> Ident {
    ident(&pascal_text(name))
}

/// See [`pascal`].
pub fn type_text(name: &str) -> String {
    let text = pascal_text(name);
    if TAKEN.binary_search(&text.as_str()).is_ok() { format!("{text}_") } else { text }
}

/// See [`snake`].
pub fn snake_text(name: &str) -> String {
    if is_snake(name) {
        return name.to_owned();
    }
    let mut text = String::with_capacity(name.len() + 4);
    each_letter(name, |letter, begins_word| {
        if begins_word && !text.is_empty() {
            text.push('_');
        }
        put_small(&mut text, letter);
    });
    or_unnamed(text, "unnamed")
}

/// Whether a name is written like this already, as most are.
fn is_snake(name: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9'));
    name.split('_').all(word)
}

fn put_small(text: &mut String, letter: char) {
    match letter.is_ascii() {
        true => text.push(letter.to_ascii_lowercase()),
        false => text.extend(letter.to_lowercase()),
    }
}

/// The words of a name, each with a capital.
pub fn pascal_text(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    each_letter(name, |letter, begins_word| {
        let mut small = letter.to_lowercase();
        match small.next().filter(|_| begins_word) {
            Some(first) if first.is_ascii() => text.push(first.to_ascii_uppercase()),
            Some(first) => text.extend(first.to_uppercase().chain(small)),
            None => put_small(&mut text, letter),
        }
    });
    let text = or_unnamed(text, "Unnamed");
    if text.starts_with(char::is_numeric) { format!("N{text}") } else { text }
}

fn or_unnamed(text: String, unnamed: &str) -> String {
    if text.is_empty() { unnamed.to_owned() } else { text }
}

/// The letters and numbers of a name, and whether a word begins with each: borders are everything that is neither, and a
/// capital behind a small letter or in front of one.
fn each_letter(name: &str, mut take: impl FnMut(char, bool)) {
    let mut before: Option<char> = None;
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let last = before.replace(letter);
        if !letter.is_alphanumeric() {
            continue;
        }
        let begins = last.is_none_or(|last| {
            let after_small = last.is_lowercase() || last.is_numeric();
            let ends_run = last.is_uppercase() && letters.peek().is_some_and(|next| next.is_lowercase());
            !last.is_alphanumeric() || (letter.is_uppercase() && (after_small || ends_run))
        });
        take(letter, begins);
    }
}

/// The name of a crate: the slug of its context with `_` for `-`, and one behind a keyword: crates have no raw names.
pub fn crate_ident(slug: &str) -> Ident {
    let text = slug.replace('-', "_");
    if is_keyword(&text) { ident(&format!("{text}_")) } else { ident(&text) }
}

/// A quoted SQL identifier; both engines double the quote within.
pub fn sql(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The unquoted name of an entity's table: `orders_order`.
pub fn table_name(slug: &str, entity: &str) -> String {
    format!("{}_{}", snake_text(slug), snake_text(entity))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_words_in_every_style() {
        for name in ["PlaceOrder", "place_order", "place order", "Place-Order"] {
            assert_eq!(snake_text(name), "place_order");
            assert_eq!(pascal_text(name), "PlaceOrder");
        }
        for name in ["_place__order_", "place_order", "PLACE_ORDER", "place.order"] {
            assert_eq!((snake_text(name), snake_text(&snake_text(name))), ("place_order".into(), "place_order".into()));
        }
        assert_eq!((snake_text("__"), snake_text("a1_2")), ("unnamed".into(), "a1_2".into()));
        assert_eq!(snake_text("HTTPRequest"), "http_request");
        assert_eq!((pascal_text("HTTPRequest"), pascal_text("E1a2B")), ("HttpRequest".into(), "E1a2B".into()));
        assert_eq!(snake_text("Sha256"), "sha256");
        assert_eq!((snake_text("_"), pascal_text("")), ("unnamed".into(), "Unnamed".into()));
        assert_eq!((snake_text("2 laps"), pascal_text("2 laps")), ("2_laps".into(), "N2Laps".into()));
        assert_eq!(pascal_text("ǆep straße"), "ǄepStraße");
    }

    #[test]
    fn lists_that_are_searched_are_sorted() {
        assert!(KEYWORDS.is_sorted() && TAKEN.is_sorted());
    }

    #[test]
    fn keywords_become_identifiers_that_compile() {
        assert_eq!(ident("type").to_string(), "r#type");
        assert_eq!((crate_ident("match").to_string(), crate_ident("x-y").to_string()), ("match_".into(), "x_y".into()));
        assert_eq!(ident("self").to_string(), "self_");
        assert_eq!((pascal("result").to_string(), pascal("Self").to_string()), ("Result_".into(), "Self_".into()));
        assert_eq!(sql("a\"b"), "\"a\"\"b\"");
    }
}
