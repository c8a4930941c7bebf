//! Moments in time.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::store::{SqlValue, Value, ValueError};

/// A moment in UTC with microsecond precision.
///
/// The text form is RFC 3339 with fixed width, `2026-11-22T09:30:00.000000Z`, so that text order is time order. Any offset
/// is accepted on input; digits beyond microseconds are cut off. Years run from 0000 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

/// A text that is not a moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an RFC 3339 time with an offset, such as \"2026-11-22T09:30:00Z\"")]
pub struct ParseTimestampError;

impl Timestamp {
    /// The present moment by this machine's clock. Emitted code asks its unit of work instead.
    pub fn now() -> Self {
        Self::checked(Utc::now()).unwrap_or(Self(DateTime::UNIX_EPOCH))
    }

    /// Microseconds since 1970-01-01T00:00:00Z; `None` outside the years 0000 to 9999.
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).and_then(Self::checked)
    }

    /// A moment that is known to be one, as constants of a specification are; 1970-01-01T00:00:00Z for any other number.
    pub fn at_micros(micros: i64) -> Self {
        Self::from_micros(micros).unwrap_or(Self(DateTime::UNIX_EPOCH))
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn micros(&self) -> i64 {
        self.0.timestamp_micros()
    }

    /// This moment and some time on, staying within the year 9999.
    pub fn saturating_add(self, by: Duration) -> Self {
        let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.micros().saturating_add(by)).unwrap_or(self)
    }

    /// Time passed since `earlier`; zero if `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.micros().saturating_sub(earlier.micros())).unwrap_or(0))
    }

    pub(crate) fn checked(moment: DateTime<Utc>) -> Option<Self> {
        // Through microseconds, so that a leap second becomes the second after it.
        let moment = DateTime::from_timestamp_micros(moment.timestamp_micros())?;
        (0..=9999).contains(&moment.year()).then_some(Self(moment))
    }
}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let moment = DateTime::parse_from_rfc3339(text).map_err(|_| ParseTimestampError)?;
        Self::checked(moment.with_timezone(&Utc)).ok_or(ParseTimestampError)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // By hand: every ledger entry is written, hashed and verified through this.
        let (date, time) = (self.0.date_naive(), self.0.time());
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        digits(&mut text[0..4], date.year().unsigned_abs());
        digits(&mut text[5..7], date.month());
        digits(&mut text[8..10], date.day());
        digits(&mut text[11..13], time.hour());
        digits(&mut text[14..16], time.minute());
        digits(&mut text[17..19], time.second());
        digits(&mut text[20..26], time.nanosecond() / 1_000);
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// Right-aligned decimal digits, over zeros.
fn digits(place: &mut [u8], mut number: u32) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = deserializer.deserialize_str(TextVisitor("an RFC 3339 time"))?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl SqlValue for Timestamp {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn from_value(value: &Value) -> Result<Self, ValueError> {
        value.canonical()
    }
}

/// Accepts strings only, and says what was expected when something else comes.
pub(super) struct TextVisitor(pub &'static str);

impl serde::de::Visitor<'_> for TextVisitor {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_fixed_width_and_is_utc() {
        let moment: Timestamp = "2026-11-22T11:30:00.1234567+02:00".parse().unwrap();
        assert_eq!(moment.to_string(), "2026-11-22T09:30:00.123456Z");
        let moment: Timestamp = "2026-11-22T09:30:00Z".parse().unwrap();
        assert_eq!(moment.to_string(), "2026-11-22T09:30:00.000000Z");
        assert_eq!("2016-12-31T23:59:60Z".parse::<Timestamp>().unwrap().to_string(), "2017-01-01T00:00:00.000000Z");
    }

    proptest::proptest! {
        #[test]
        fn text_round_trips_and_agrees_with_chrono(micros in -62_167_219_200_000_000i64..=253_402_300_799_999_999) {
            let moment = Timestamp::from_micros(micros).unwrap();
            let text = moment.to_string();
            proptest::prop_assert_eq!(&text, &moment.0.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string());
            proptest::prop_assert_eq!(text.parse::<Timestamp>(), Ok(moment));
        }
    }

    #[test]
    fn moments_that_do_not_exist_are_refused() {
        for bad in ["2026-02-30T00:00:00Z", "2026-11-22T09:30:00", "2026-11-22", "9999-12-31T23:59:59-01:00", "now"] {
            assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
        }
    }
}
