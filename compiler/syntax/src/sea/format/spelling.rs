//! One spelling for every token that can be spelt in several ways.

use crate::sea::lexer::Kind;
use crate::sea::print;
use crate::sea::words;

/// The canonical spelling of a token, if it is not what is written. Words are taken for keywords here; the tree says
/// later which of them are names.
pub(super) fn canonical(kind: Kind, written: &str) -> Option<Box<str>> {
    let spelling = match kind {
        Kind::Ident if written.bytes().any(|b| b.is_ascii_uppercase()) => written.to_ascii_lowercase(),
        Kind::Number => number(written),
        Kind::Str => {
            let mut text = String::new();
            print::string(&mut text, &words::string_value(written));
            text
        }
        Kind::RawStr if written.contains('\r') => written.replace("\r\n", "\n").replace('\r', "\n"),
        _ => return None,
    };
    (spelling != written).then(|| spelling.into())
}

/// No leading zeros; if there is a `_` at all, one in front of every three digits. The digits of the fraction stay: who
/// writes `10.50` means a price.
fn number(written: &str) -> String {
    let (whole, fraction) = written.split_once('.').map_or((written, None), |(whole, rest)| (whole, Some(rest)));
    let grouped = whole.contains('_');
    let digits: String = whole.chars().filter(|c| *c != '_').collect();
    let digits = digits.trim_start_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if grouped && index > 0 && (digits.len() - index) % 3 == 0 {
            text.push('_');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.extend(fraction.chars().filter(|c| *c != '_'));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_spelling() {
        for (written, canonical) in
            [("007", "7"), ("1_5_00", "1_500"), ("1500", "1500"), ("00", "0"), ("10.50", "10.50"), ("1_0.2_5", "10.25")]
        {
            assert_eq!(number(written), canonical);
        }
    }

    #[test]
    fn strings_are_escaped_only_where_they_must_be() {
        assert_eq!(canonical(Kind::Str, r#""\u{40}é\\""#).as_deref(), Some(r#""@é\\""#));
        assert_eq!(canonical(Kind::Str, r#""a""#), None);
    }
}
