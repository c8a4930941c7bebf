//! Canonical JSON (RFC 8785) and SHA-256 digests.
//!
//! Everything that is hashed is first brought into this one form, so that two parties who hold the same value hold the
//! same bytes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Why a value has no canonical form, for instance a map with keys that are not strings.
#[derive(Debug, Clone, thiserror::Error)]
#[error("no canonical JSON form: {0}")]
pub struct CanonicalError(String);

impl From<serde_json::Error> for CanonicalError {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}

/// The RFC 8785 bytes of a value.
///
/// # Errors
/// When the value cannot be expressed as JSON at all.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let value = serde_json::to_value(value).map_err(|e| CanonicalError(e.to_string()))?;
    value_to_vec(&value)
}

fn value_to_vec(value: &Value) -> Result<Vec<u8>, CanonicalError> {
    serde_json_canonicalizer::to_vec(&Lossless(value)).map_err(|e| CanonicalError(e.to_string()))
}

/// The RFC 8785 text of a JSON value, without a copy of it.
///
/// # Errors
/// Never, as far as is known; the signature leaves room for serde.
pub fn value_to_string(value: &Value) -> Result<String, CanonicalError> {
    String::from_utf8(value_to_vec(value)?).map_err(|e| CanonicalError(e.to_string()))
}

/// The RFC 8785 text of a value.
///
/// # Errors
/// When the value cannot be expressed as JSON at all.
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String, CanonicalError> {
    String::from_utf8(to_vec(value)?).map_err(|e| CanonicalError(e.to_string()))
}

/// The SHA-256 digest of a value's canonical bytes.
///
/// # Errors
/// When the value cannot be expressed as JSON at all.
pub fn digest<T: Serialize + ?Sized>(value: &T) -> Result<Digest, CanonicalError> {
    Ok(Digest::of(&to_vec(value)?))
}

/// RFC 8785 numbers are IEEE 754 doubles. Integers beyond ±(2^53 − 1) would be rounded silently, so they become strings,
/// as the RFC recommends (section 3.2.2.3 and appendix D).
struct Lossless<'v>(&'v Value);

impl Serialize for Lossless<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const SAFE: u64 = (1 << 53) - 1;
        match self.0 {
            Value::Number(n) => {
                let exact = n.as_u64().is_some_and(|u| u <= SAFE)
                    || n.as_i64().is_some_and(|i| i.unsigned_abs() <= SAFE)
                    || n.is_f64();
                if exact { n.serialize(serializer) } else { serializer.collect_str(n) }
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(Lossless)),
            Value::Object(map) => serializer.collect_map(map.iter().map(|(key, value)| (key, Lossless(value)))),
            other => other.serialize(serializer),
        }
    }
}

/// A SHA-256 digest. Its text form is 64 lower-case hexadecimal digits, which `sha256sum` prints too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The leaf hash of RFC 6962 section 2.1: `SHA-256(0x00 || bytes)`.
    pub fn leaf(bytes: &[u8]) -> Self {
        Self(evidence_log::merkle::leaf_hash(bytes))
    }

    /// The digest that these 32 bytes are.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The all-zero value that stands before the first entry of a chain.
    pub const ZERO: Self = Self([0; 32]);

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 64 hexadecimal digits.
    pub fn to_hex(&self) -> String {
        self.to_string()
    }
}

/// Decodes hexadecimal digits of either case; `None` for anything else.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes()
        .chunks_exact(2)
        .map(|pair| {
            let high = char::from(pair[0]).to_digit(16)?;
            let low = char::from(pair[1]).to_digit(16)?;
            u8::try_from(high * 16 + low).ok()
        })
        .collect()
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0u8; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair[0] = HEX[usize::from(byte >> 4)];
            pair[1] = HEX[usize::from(byte & 15)];
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not a digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 lower-case hexadecimal digits")]
pub struct ParseDigestError;

impl FromStr for Digest {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        fn nibble(digit: u8) -> Option<u8> {
            match digit {
                b'0'..=b'9' => Some(digit - b'0'),
                b'a'..=b'f' => Some(digit - b'a' + 10),
                _ => None,
            }
        }
        let mut bytes = [0u8; 32];
        if text.len() != 64 {
            return Err(ParseDigestError);
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let (high, low) = (nibble(pair[0]).ok_or(ParseDigestError)?, nibble(pair[1]).ok_or(ParseDigestError)?);
            *byte = high << 4 | low;
        }
        Ok(Self(bytes))
    }
}

impl crate::store::SqlValue for Digest {
    fn to_value(&self) -> crate::store::Value {
        crate::store::Value::Text(self.to_hex())
    }

    fn from_value(value: &crate::store::Value) -> Result<Self, crate::store::ValueError> {
        value.text()?.parse().map_err(|e: ParseDigestError| crate::store::ValueError::new(e.to_string()))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_and_numbers_shortest() {
        let value: Value = serde_json::from_str(r#"{"b":1.50,"a":[1e2,"\u20ac"],"é":null}"#).unwrap();
        assert_eq!(to_string(&value).unwrap(), r#"{"a":[100,"€"],"b":1.5,"é":null}"#);
    }

    #[test]
    fn integers_beyond_doubles_stay_exact() {
        let value: Value = serde_json::from_str("[9007199254740991,9007199254740993,-9007199254740993]").unwrap();
        assert_eq!(to_string(&value).unwrap(), r#"[9007199254740991,"9007199254740993","-9007199254740993"]"#);
    }

    #[test]
    fn the_leaf_hash_of_nothing_is_rfc_6962s() {
        let hex = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
        assert_eq!(Digest::leaf(b"").to_hex(), hex);
        assert_eq!(hex.parse::<Digest>().unwrap().to_hex(), hex);
        assert!(hex.to_uppercase().parse::<Digest>().is_err());
    }
}
