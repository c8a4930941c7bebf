//! Exact decimal numbers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::store::{SqlValue, Value, ValueError};

/// An exact decimal number with up to 28 significant digits. No binary floating point is involved anywhere.
///
/// Its text form is canonical: no exponent, no plus sign, no superfluous zero, never `-0`. Equal numbers have equal text, so
/// digests and unique keys agree with equality. JSON accepts strings only, because a JSON number may have passed through
/// a double on its way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(rust_decimal::Decimal);

/// Why a text is not a decimal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseDecimalError {
    /// Something other than `-`, digits, one point, digits.
    #[error("expected a decimal number such as \"12.50\"")]
    Shape,
    /// More digits than can be kept exactly.
    #[error("too many digits: at most 28 significant digits can be kept exactly")]
    Range,
}

/// The longest text taken, in characters: what the longest canonical one has. The emitted schemas say the same.
const LENGTH: usize = "-0.".len() + 28;

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self(rust_decimal::Decimal::ZERO);

    /// `mantissa × 10^-scale`, for constants in emitted code: `Decimal::new(1250, 2)` is 12.5.
    ///
    /// What cannot be represented gives zero; the compiler never emits it.
    pub fn new(mantissa: i128, scale: u32) -> Self {
        Self(rust_decimal::Decimal::try_from_i128_with_scale(mantissa, scale).unwrap_or_default().normalize())
    }

    /// The sum, or `None` beyond the range.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self::canonical)
    }

    /// The difference, or `None` beyond the range.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self::canonical)
    }

    /// The product, or `None` beyond the range.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        self.0.checked_mul(other.0).map(Self::canonical)
    }

    /// The quotient to 28 significant digits, or `None` for a zero divisor or beyond the range.
    pub fn checked_div(self, other: Self) -> Option<Self> {
        self.0.checked_div(other.0).map(Self::canonical)
    }

    fn canonical(value: rust_decimal::Decimal) -> Self {
        Self(value.normalize())
    }
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Self {
        Self(value.into())
    }
}

impl FromStr for Decimal {
    type Err = ParseDecimalError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) => (whole, fraction),
            None => (digits, "0"),
        };
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(fraction) {
            return Err(ParseDecimalError::Shape);
        }
        if text.len() > LENGTH {
            return Err(ParseDecimalError::Range);
        }
        // Zeros that say nothing must not count against the 28 digits.
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let sign = if text.starts_with('-') { "-" } else { "" };
        let compact = format!("{sign}{}.{}", if whole.is_empty() { "0" } else { whole }, fraction);
        rust_decimal::Decimal::from_str_exact(compact.trim_end_matches('.'))
            .map(Self::canonical)
            .map_err(|_| ParseDecimalError::Range)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.normalize().fmt(f)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = deserializer.deserialize_str(super::timestamp::TextVisitor("a decimal number as a JSON string"))?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl SqlValue for Decimal {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn from_value(value: &Value) -> Result<Self, ValueError> {
        value.canonical()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_canonical() {
        for (given, want) in
            [("12.50", "12.5"), ("-0", "0"), ("-0.00", "0"), ("007", "7"), ("100", "100"), ("0.10", "0.1")]
        {
            assert_eq!(given.parse::<Decimal>().unwrap().to_string(), want);
        }
    }

    #[test]
    fn only_plain_numbers_are_accepted() {
        for bad in ["", "-", "+1", "1e5", "1.", ".5", "1_000", " 1", "١", "NaN", "--1", "1.2.3"] {
            assert_eq!(bad.parse::<Decimal>(), Err(ParseDecimalError::Shape), "{bad:?}");
        }
        assert_eq!("0.00000000000000000000000000001".parse::<Decimal>(), Err(ParseDecimalError::Range));
        assert_eq!("1".repeat(40).parse::<Decimal>(), Err(ParseDecimalError::Range));
        assert_eq!("0".repeat(32).parse::<Decimal>(), Err(ParseDecimalError::Range));
        assert!("-0.0000000000000000000000000001".parse::<Decimal>().is_ok());
        assert!("1234567890123456789012345678".parse::<Decimal>().is_ok());
    }

    #[test]
    fn json_numbers_are_refused() {
        let error = serde_json::from_str::<Decimal>("12.5").unwrap_err().to_string();
        assert!(error.contains("JSON string"), "{error}");
    }

    proptest! {
        #[test]
        fn text_round_trips(mantissa in any::<i64>(), scale in 0u32..=28) {
            let value = Decimal::new(i128::from(mantissa), scale);
            let text = value.to_string();
            let back: Decimal = text.parse().unwrap();
            prop_assert_eq!(back, value);
            prop_assert_eq!(back.to_string(), text.clone());
            prop_assert!(!text.contains('e') && text != "-0");
            prop_assert!(!text.contains('.') || !text.ends_with('0'));
        }
    }
}
