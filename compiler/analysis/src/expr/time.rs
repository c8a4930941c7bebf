//! Times, and lengths of time as numbers.

use super::number;
pub use seac_syntax::sea::time::{Instant, time_of_day, unit_seconds};

/// The seconds in so many units of so many seconds each; none if that is no whole number above 0.
pub fn seconds(count: &str, unit_seconds: i64) -> Option<i64> {
    let seconds = number::multiply(number::parse(count)?, unit_seconds.into())?;
    i64::try_from(seconds).ok().filter(|seconds| *seconds > 0)
}
