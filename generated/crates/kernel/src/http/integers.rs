//! Integers as JSON Schema understands them: `2.0` and `20e-1` are the integer 2.
//!
//! Clients whose language has one kind of number write integers so, and what follows a published schema is not refused. The
//! numbers are made over as text: no binary floating point is involved.

use std::borrow::Cow;

/// The digits of the longest integer that fields have.
const DIGITS: usize = 19;

/// The same JSON with every whole number written as plain digits. Texts are left alone, and so is everything that is no
/// whole number or too large for one.
pub(super) fn plain(json: &[u8]) -> Cow<'_, [u8]> {
    let in_number = |pair: &[u8]| pair[0].is_ascii_digit() && matches!(pair[1], b'.' | b'e' | b'E');
    if !json.windows(2).any(in_number) {
        return Cow::Borrowed(json);
    }
    let (mut plain, mut rest) = (Vec::with_capacity(json.len()), json);
    while let Some(first) = rest.first() {
        let length = match first {
            b'"' => text_length(rest),
            b'-' | b'0'..=b'9' => rest.iter().position(|byte| !in_numbers(*byte)).unwrap_or(rest.len()),
            _ => 1,
        };
        let (token, behind) = rest.split_at(length);
        match whole(token) {
            Some(number) => plain.extend_from_slice(number.as_bytes()),
            None => plain.extend_from_slice(token),
        }
        rest = behind;
    }
    Cow::Owned(plain)
}

fn in_numbers(byte: u8) -> bool {
    byte.is_ascii_digit() || b"+-.eE".contains(&byte)
}

/// How long the text is that begins here, its quotes among it.
fn text_length(json: &[u8]) -> usize {
    let mut escaped = false;
    let end = json.iter().skip(1).position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.map_or(json.len(), |end| end + 2)
}

/// A whole number that is not written as plain digits, so written.
fn whole(token: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(token).ok().filter(|text| text.contains(['.', 'e', 'E']) && !text.contains('"'))?;
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (sign, digits) = mantissa.strip_prefix('-').map_or(("", mantissa), |digits| ("-", digits));
    let (before, behind) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{before}{behind}");
    let significant = all.trim_end_matches('0').trim_start_matches('0').len();
    if significant == 0 {
        return Some("0".to_owned());
    }
    // Where the point would stand, counted from the first digit.
    let exponent: i64 = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?;
    let point = usize::try_from(i64::try_from(before.len()).ok()?.checked_add(exponent)?).ok()?;
    let (number, fraction) = all.split_at(point.min(all.len()));
    let leading = number.len() - number.trim_start_matches('0').len();
    let fits = fraction.bytes().all(|digit| digit == b'0') && (1..=DIGITS).contains(&(point - leading));
    let zeros = "0".repeat(if fits { point - number.len() } else { 0 });
    fits.then(|| format!("{sign}{}{zeros}", &number[leading..]))
}

#[cfg(test)]
mod tests {
    use super::plain;
    use proptest::prelude::*;

    #[test]
    fn whole_numbers_become_digits_and_all_else_stays() {
        for (given, wanted) in [
            (r#"{"a":2.0,"b":-30.00}"#, r#"{"a":2,"b":-30}"#),
            ("[1e3,1.5E+1,20e-1,0.0,-0.0,0e9]", "[1000,15,2,0,0,0]"),
            ("9.223372036854775807e18", "9223372036854775807"),
            ("[1.5,1e-1,0.1,1e40,1e99999999999999999999]", "[1.5,1e-1,0.1,1e40,1e99999999999999999999]"),
            (r#"{"1.0":"2.0 \" 3.0","b":"\\","c":1.0}"#, r#"{"1.0":"2.0 \" 3.0","b":"\\","c":1}"#),
            (r#""1.0"#, r#""1.0"#),
        ] {
            assert_eq!(std::str::from_utf8(&plain(given.as_bytes())).unwrap(), wanted);
        }
    }

    proptest! {
        #[test]
        fn an_integer_is_the_same_however_it_is_written(number: i64, zeros in 0usize..5) {
            let fraction = format!("{number}.{}", "0".repeat(zeros + 1));
            let text = number.to_string();
            prop_assert_eq!(&*plain(fraction.as_bytes()), text.as_bytes());
            let (sign, digits) = text.strip_prefix('-').map_or(("", &*text), |digits| ("-", digits));
            let scientific = format!("{sign}{}.{}e{}", &digits[..1], &digits[1..], digits.len() - 1);
            if digits.len() > 1 {
                prop_assert_eq!(&*plain(scientific.as_bytes()), text.as_bytes());
            }
        }

        #[test]
        fn nothing_that_is_sent_makes_it_fail(bytes: Vec<u8>, number in "[-+0-9.eE]{0,24}") {
            let _ = (plain(&bytes), plain(number.as_bytes()));
        }
    }
}
