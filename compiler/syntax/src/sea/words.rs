//! Words and literals: the tables of keywords, and the values of strings, numbers and times.

use super::lexer::escape_length;
use crate::text::Text;

/// What a mapping or a projection is for.
pub const TARGETS: &[&str] = &["calm", "kg", "sbvr", "protobuf"];

/// The keywords that begin a declaration, as they are written in documentation.
pub const DECLARATIONS: &[&str] = &[
    "Dimension",
    "Unit",
    "Entity",
    "Resource",
    "Flow",
    "Pattern",
    "Role",
    "role_binding",
    "Relation",
    "Instance",
    "Policy",
    "ConceptChange",
    "Metric",
    "Mapping",
    "Projection",
    "record",
    "enum",
    "operation",
    "Cell",
    "SystemDependency",
    "Runtime",
    "Tool",
    "DependencySet",
    "Service",
    "Mount",
    "Endpoint",
    "NetworkFlow",
    "Credential",
];

/// The keys a file header knows.
pub(crate) const HEADER_KEYS: &[&str] = &["namespace", "version", "owner", "profile"];

/// The words that begin a clause of an operation, in canonical order.
pub const CLAUSES: &[&str] = &[
    "intent",
    "direction",
    "actor",
    "access",
    "input",
    "output",
    "state",
    "effect",
    "transaction",
    "failure",
    "emits",
    "idempotency",
    "concurrency",
    "evidence",
    "lifecycle",
];

/// The constraints of a field.
pub const CONSTRAINTS: &[&str] =
    &["min_length", "max_length", "min_items", "max_items", "min", "max", "exclusive_min", "exclusive_max", "pattern"];

/// Collections an expression can range over.
pub const COLLECTIONS: &[&str] = &["flows", "entities", "resources", "instances", "relations", "entity_instances"];

/// The entry of `table` that `word` is, whatever its case.
pub(crate) fn canonical(table: &[&'static str], word: &str) -> Option<&'static str> {
    table.iter().copied().find(|known| known.eq_ignore_ascii_case(word))
}

/// The value of a string token, quotes included. Wrong escapes were reported by the lexer and stay as written.
pub(crate) fn string_value(token: &str) -> Text {
    let mut rest = token.strip_prefix('"').unwrap_or(token);
    let mut value = Text::default();
    loop {
        let plain = rest.find(['\\', '"']).unwrap_or(rest.len());
        value.push_str(&rest[..plain]);
        rest = &rest[plain..];
        if !rest.starts_with('\\') {
            return value;
        }
        let (length, valid) = escape_length(rest);
        push_escape(&mut value, &rest[..length], valid);
        rest = &rest[length..];
    }
}

fn push_escape(value: &mut Text, escape: &str, valid: bool) {
    match escape.as_bytes().get(1) {
        Some(b'n') if valid => value.push('\n'),
        Some(b'r') if valid => value.push('\r'),
        Some(b't') if valid => value.push('\t'),
        Some(b'u') if valid => {
            let digits = escape.trim_start_matches("\\u{").trim_end_matches('}');
            unicode_escape(digits).into_iter().for_each(|c| value.push(c));
        }
        Some(_) if valid => value.push_str(&escape[1..]),
        _ => value.push_str(escape),
    }
}

/// The character of `\u{digits}`.
pub(crate) fn unicode_escape(digits: &str) -> Option<char> {
    if digits.is_empty() || digits.len() > 6 {
        return None;
    }
    u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
}

/// The value of a raw string token. Line ends are LF whatever the checkout made of them, so that a model means the
/// same on every machine.
pub(crate) fn raw_string_value(token: &str) -> Text {
    let body = token.strip_prefix("\"\"\"").unwrap_or(token);
    let body = body.strip_suffix("\"\"\"").unwrap_or(body);
    body.replace("\r\n", "\n").replace('\r', "\n").into()
}

/// A decimal in canonical form: no `_`, no superfluous zeros, no `-0`, no leading `+`.
///
/// Digits are only moved, never computed with, so that every decimal stays exact.
pub fn normalise_number(text: &str) -> String {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits: String = digits.chars().filter(|c| *c != '_').collect();
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let mut number = String::with_capacity(digits.len() + 1);
    if negative && !(whole.is_empty() && fraction.is_empty()) {
        number.push('-');
    }
    number.push_str(if whole.is_empty() { "0" } else { whole });
    if !fraction.is_empty() {
        number.push('.');
        number.push_str(fraction);
    }
    number
}

/// Whether a string is a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeShape {
    /// It does not look like one.
    No,
    /// It looks like one, but there is no such day or hour.
    Unreal,
    /// `2025-12-31T23:59:59Z`: a real date with an offset.
    Real,
}

/// Tells a time from other strings by its shape: `YYYY-MM-DDThh:mm:ss[.fraction](Z|±hh:mm)`.
pub(crate) fn time_shape(text: &str) -> TimeShape {
    match time_numbers(text) {
        None => TimeShape::No,
        Some(numbers) if is_real(numbers) => TimeShape::Real,
        Some(_) => TimeShape::Unreal,
    }
}

/// Year, month, day, hour, minute, second, offset hours, offset minutes.
fn time_numbers(text: &str) -> Option<[u32; 8]> {
    let (moment, rest) = text.split_at_checked(19)?;
    let [year, month, day, hour, minute, second] = digits_by_shape(moment, "####-##-##T##:##:##")?;
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => {
            let behind = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if behind.len() == fraction.len() {
                return None;
            }
            behind
        }
        None => rest,
    };
    let [offset_hour, offset_minute] = match rest {
        "Z" => [0, 0],
        _ => digits_by_shape(rest.strip_prefix(['+', '-'])?, "##:##")?,
    };
    Some([year, month, day, hour, minute, second, offset_hour, offset_minute])
}

/// The numbers in `text` where `shape` has `#`; every other character must be the same in both.
fn digits_by_shape<const N: usize>(text: &str, shape: &str) -> Option<[u32; N]> {
    if text.len() != shape.len() {
        return None;
    }
    let mut numbers = [0; N];
    let mut index = 0;
    for (c, wanted) in text.bytes().zip(shape.bytes()) {
        if wanted == b'#' && c.is_ascii_digit() {
            numbers[index] = numbers[index] * 10 + u32::from(c - b'0');
        } else if c == wanted && c != b'#' {
            index += 1;
        } else {
            return None;
        }
    }
    Some(numbers)
}

/// How many days a month has; none if there is no such month.
pub(crate) fn days_of_month(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    }
}

fn is_real([year, month, day, hour, minute, second, offset_hour, offset_minute]: [u32; 8]) -> bool {
    (1..=days_of_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60
        && offset_hour < 24
        && offset_minute < 60
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lose_what_does_not_change_them_and_keep_every_digit_that_does() {
        for (written, canonical) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.00", "0"),
            ("007", "7"),
            ("1_500.50", "1500.5"),
            ("-12.0", "-12"),
            ("0.100", "0.1"),
            (
                "79228162514264337593543950335.0000000000000000000000001",
                "79228162514264337593543950335.0000000000000000000000001",
            ),
        ] {
            assert_eq!(normalise_number(written), canonical);
        }
    }

    #[test]
    fn a_time_needs_an_offset_and_a_day_that_exists() {
        assert_eq!(time_shape("2024-02-29T00:00:00Z"), TimeShape::Real);
        assert_eq!(time_shape("2025-12-31T23:59:59.123+05:30"), TimeShape::Real);
        assert_eq!(time_shape("2025-02-29T00:00:00Z"), TimeShape::Unreal);
        assert_eq!(time_shape("2025-01-01T24:00:00Z"), TimeShape::Unreal);
        assert_eq!(time_shape("2025-01-01T00:00:00"), TimeShape::No);
        assert_eq!(time_shape("2025-01-01"), TimeShape::No);
        assert_eq!(time_shape("zwölf-Uhr-und-mehr-Ö"), TimeShape::No);
    }

    #[test]
    fn escapes_become_the_characters_they_stand_for() {
        assert_eq!(string_value(r#""a\\\"\n\u{1F600}é""#), "a\\\"\n😀é");
        assert_eq!(raw_string_value("\"\"\"a\\n\r\nb\"\"\""), "a\\n\nb");
    }
}
