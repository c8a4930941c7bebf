//! The core schema of YAML 1.2, with exact numbers.

use crate::sea::normalise_number;

/// What a scalar is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScalarValue {
    /// `null`, `~`, nothing at all.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// An exact decimal in canonical form.
    Number(String),
    /// Everything else; the text stands beside it.
    String,
}

/// An exponent beyond this makes a number nobody means; it stays a string.
const MAX_EXPONENT: i32 = 100;

/// The type of a plain scalar.
pub fn typed(text: &str) -> ScalarValue {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => ScalarValue::Null,
        "true" | "True" | "TRUE" => ScalarValue::Bool(true),
        "false" | "False" | "FALSE" => ScalarValue::Bool(false),
        _ => number(text).map_or(ScalarValue::String, ScalarValue::Number),
    }
}

fn number(text: &str) -> Option<String> {
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8);
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (sign, digits) = match mantissa.as_bytes().first()? {
        b'-' => ("-", &mantissa[1..]),
        b'+' => ("", &mantissa[1..]),
        _ => ("", mantissa),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let empty = whole.is_empty() && fraction.is_empty();
    if empty || !all_digits(whole) || !all_digits(fraction) || exponent.abs() > MAX_EXPONENT {
        return None;
    }
    Some(normalise_number(&format!("{sign}{}", shifted(whole, fraction, exponent))))
}

fn radix(digits: &str, radix: u32) -> Option<String> {
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u128::from_str_radix(digits, radix).ok().map(|value| value.to_string())
}

/// Moves the decimal point.
fn shifted(whole: &str, fraction: &str, exponent: i32) -> String {
    let places = exponent.unsigned_abs() as usize;
    let zeros = "0".repeat(places);
    if exponent >= 0 {
        let digits = format!("{fraction}{zeros}");
        return format!("{whole}{}.{}", &digits[..places], &digits[places..]);
    }
    let digits = format!("{zeros}{whole}");
    let point = digits.len() - places;
    format!("{}.{}{fraction}", &digits[..point], &digits[point..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_schema_types_plain_scalars_and_keeps_numbers_exact() {
        let number = |text: &str| ScalarValue::Number(text.to_owned());
        assert_eq!(typed("~"), ScalarValue::Null);
        assert_eq!(typed("TRUE"), ScalarValue::Bool(true));
        assert_eq!(typed("yes"), ScalarValue::String);
        assert_eq!(typed("0.10"), number("0.1"));
        assert_eq!(typed("012"), number("12"));
        assert_eq!(typed("-.5"), number("-0.5"));
        assert_eq!(typed("1."), number("1"));
        assert_eq!(typed("1.25e3"), number("1250"));
        assert_eq!(typed("12.5e-3"), number("0.0125"));
        assert_eq!(typed("0xff"), number("255"));
        assert_eq!(typed("0o17"), number("15"));
        for text in ["1.0.0", "1_000", "1e", "e5", ".", "-", "0x", ".inf", ".nan", "12h", "1e999999999999", "0x-1"] {
            assert_eq!(typed(text), ScalarValue::String, "{text}");
        }
    }
}
