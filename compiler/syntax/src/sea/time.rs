//! Instants, times of day and lengths of time, as the language writes them.

use super::words::{self, TimeShape};
use std::fmt;

/// A moment: seconds since 1970-01-01T00:00:00Z, and nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    /// Whole seconds, negative before 1970.
    pub seconds: i64,
    /// What is left, below one second.
    pub nanos: u32,
}

/// Seconds of a day.
pub const DAY: i64 = 86_400;

impl Instant {
    /// Reads an RFC 3339 time with an offset; none if it is no such time, on no day of the calendar or finer than nanoseconds.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |from: usize, len: usize| -> Option<i64> {
            let digits = text.get(from..from + len)?;
            digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
        };
        let mark = |at: usize, marks: &[u8]| text.as_bytes().get(at).is_some_and(|b| marks.contains(b));
        let shaped = mark(4, b"-") && mark(7, b"-") && mark(10, b"Tt ") && mark(13, b":") && mark(16, b":");
        let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
        let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
        if !shaped || !(1..=12).contains(&month) || day < 1 || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        if day > i64::from(crate::sea::words::days_of_month(u32::try_from(year).ok()?, u32::try_from(month).ok()?)) {
            return None;
        }
        let mut rest = text.get(19..)?;
        let mut nanos = 0;
        if let Some(fraction) = rest.strip_prefix('.') {
            let len = fraction.bytes().take_while(u8::is_ascii_digit).count();
            let digits = fraction[..len].trim_end_matches('0');
            if len == 0 || digits.len() > 9 {
                return None;
            }
            nanos = format!("{digits:0<9}").parse().ok()?;
            rest = &fraction[len..];
        }
        let offset = offset(rest)?;
        let seconds = days(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset;
        Some(Self { seconds, nanos })
    }

    /// Seconds since midnight, UTC.
    pub fn second_of_day(self) -> u32 {
        u32::try_from(self.seconds.rem_euclid(DAY)).unwrap_or(0)
    }

    /// The moment so many seconds earlier.
    pub fn minus_seconds(self, seconds: i64) -> Self {
        Self { seconds: self.seconds.saturating_sub(seconds), ..self }
    }
}

/// `Z`, `+01:30`, `-08:00`, in seconds.
fn offset(text: &str) -> Option<i64> {
    if matches!(text, "Z" | "z") {
        return Some(0);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let small = |part: &str| (part.len() == 2).then(|| part.parse::<u32>().ok()).flatten();
    Some(sign * (i64::from(small(hours)?) * 3600 + i64::from(small(minutes)?) * 60))
}

/// Days from 1970-01-01 to a day of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// RFC 3339, UTC, the fraction only where there is one.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.seconds.div_euclid(DAY) + 719_468;
        let era = day.div_euclid(146_097);
        let day_of_era = day.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let date = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        let second = self.seconds.rem_euclid(DAY);
        write!(f, "{year:04}-{month:02}-{date:02}")?;
        write!(f, "T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)?;
        if self.nanos > 0 {
            write!(f, ".{}", format!("{:09}", self.nanos).trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

/// `09:00` or `09:00:30` as seconds since midnight; `24:00` is the end of the day.
pub fn time_of_day(text: &str) -> Option<u32> {
    let mut parts = text.split(':').map(|part| {
        let plain = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| part.parse::<u32>().ok()).flatten()
    });
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    let total = hour * 3600 + minute * 60 + second;
    (parts.next().is_none() && minute < 60 && second < 60 && total <= 86_400).then_some(total)
}

/// Whether a text of the shape of a time names a day of the calendar and an hour of the day.
pub fn is_real(text: &str) -> bool {
    words::time_shape(text) == TimeShape::Real
}

/// How many seconds a duration unit has; months and years have no fixed length.
pub fn unit_seconds(unit: &str) -> Option<i64> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "s" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3600,
        "d" | "day" | "days" => DAY,
        _ => return None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn offsets_name_the_same_moment() {
        let (a, b) = (Instant::parse("2025-01-01T10:00:00Z"), Instant::parse("2025-01-01T11:00:00+01:00"));
        assert!(a.is_some() && a == b);
        assert!(Instant::parse("2025-01-01T10:00:00") < a);
        assert_eq!(Instant::parse("1970-01-01T00:00:00.5Z"), Some(Instant { seconds: 0, nanos: 500_000_000 }));
    }

    #[test]
    fn what_is_printed_reads_as_the_same() {
        for text in ["1969-12-31T23:59:59Z", "2000-02-29T12:30:01.25Z", "2099-12-31T00:00:00Z", "0001-03-01T00:00:00Z"]
        {
            assert_eq!(Instant::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn days_have_times() {
        assert_eq!(time_of_day("09:30"), Some(34_200));
        assert_eq!(time_of_day("24:00"), Some(86_400));
        assert_eq!(time_of_day("24:01"), None);
        assert_eq!(time_of_day("9:00"), None);
    }
}
