//! Times, and lengths of time as numbers.

use super::number;
pub use seac_syntax::sea::time::{Instant, is_real, time_of_day, unit_seconds};

/// Why a number of units is no length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadLength {
    /// Not a whole number of seconds above 0.
    NotWhole,
    /// More than so many of the unit, which is the most.
    TooLong(i64),
}

/// The seconds in so many units of so many seconds each.
pub fn seconds(count: &str, unit_seconds: i64) -> Result<i64, BadLength> {
    let most = i64::MAX / unit_seconds;
    let Some(count) = number::parse(count).filter(|count| *count <= most.into()) else {
        return Err(BadLength::TooLong(most));
    };
    let seconds = number::multiply(count, unit_seconds.into()).filter(|seconds| seconds.is_integer());
    let seconds = seconds.and_then(|seconds| i64::try_from(seconds).ok());
    seconds.filter(|seconds| *seconds > 0).ok_or(BadLength::NotWhole)
}
