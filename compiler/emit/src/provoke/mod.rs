//! Calls that lead to the declared failures of an operation, worked out from its spec.
//!
//! [`course`] says how a call would end, [`search`] looks for a call that ends in a certain way, [`paths`] goes through
//! the failures. What cannot be worked out is said, with the reason, and never made up.

mod course;
mod eval;
mod paths;
mod sample;
mod search;

use crate::scope::Scope;
use seac_model::{FailureKind, Field, Operation};
use serde_json::Value as Json;
use std::collections::BTreeMap;

pub use paths::of;

/// Payloads of an event, as JSON: the field `by` has one of a few keys, all others what they may have.
pub fn told(scope: &Scope<'_>, payload: &[Field], by: &str, key: &Field) -> Option<Vec<String>> {
    let samples = sample::Samples { scope };
    let plain = samples.object(payload)?;
    let keys = samples.of(key, 0, &[]);
    let told = keys.into_iter().take(3).map(|key| {
        let with_key = Object::from_iter(plain.clone().into_iter().chain([(by.to_owned(), key)]));
        serde_json::to_string(&with_key).unwrap_or_default()
    });
    Some(told.collect())
}

/// The moment at which everything happens, in microseconds since 1970: that of the kernel's `testing`.
const NOW: i64 = 1_767_268_800_000_000;
/// Who calls.
const ACTOR: &str = "alice";
/// Who calls in their place.
pub const OTHER_ACTOR: &str = "bob";

/// Members by name.
pub type Object = BTreeMap<String, Json>;

/// A test of one path through an operation.
pub struct Test {
    /// The declared failure that it leads to; the operation itself if there is none.
    pub code: Option<String>,
    /// Tells tests of one failure apart.
    pub name: String,
    /// What happens, as a sentence without a full stop.
    pub doc: String,
    /// Entities that are there before, each with its type.
    pub given: Vec<(String, Object)>,
    /// Whether the blob store fails.
    pub without_blobs: bool,
    /// The calls: all but the last go well.
    pub calls: Vec<Call>,
    /// What the caller has done before, to which thing.
    pub apart: Option<Apart>,
    /// The kind of refusal; the last call goes well if there is none.
    pub refused: Option<FailureKind>,
}

/// A duty that is kept apart from another one: the calls are those of the test's operation, and go well for anybody else.
pub struct Apart {
    /// The other operation, by its qualified name.
    pub other: String,
    /// The kind of thing, and its key.
    pub thing: (String, Json),
    /// The qualified name of the operation itself.
    pub own: String,
}

/// One call.
#[derive(Clone)]
pub struct Call {
    /// The subject.
    pub subject: &'static str,
    /// Qualified roles.
    pub roles: Vec<String>,
    /// What goes in.
    pub input: Object,
}

/// A declared failure that no test leads to.
pub struct Open {
    /// Its code.
    pub code: String,
    /// Why, as a sentence without a full stop.
    pub why: String,
}

/// What was found out about one operation.
#[derive(Default)]
pub struct Paths {
    /// Tests, by failure.
    pub tests: Vec<Test>,
    /// Failures without one, by code.
    pub open: Vec<Open>,
}

/// The operations of a context that callers can reach, each with the tests of its paths.
pub fn all<'a>(scope: &'a Scope<'a>) -> impl Iterator<Item = (&'a String, &'a Operation, Paths)> {
    scope.context.operations.iter().map(move |(name, operation)| (name, operation, of(scope, operation)))
}

/// Standard base64 of this many zero bytes.
fn base64(length: usize) -> String {
    let (whole, rest) = (length / 3, length % 3);
    let tail = ["", "AA==", "AAA="][rest];
    format!("{}{tail}", "AAAA".repeat(whole))
}

/// A moment as RFC 3339, in whole seconds.
fn time_text(micros: i64) -> String {
    let seconds = micros.div_euclid(1_000_000);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days since 1970 as a date of the Gregorian calendar: years begin in March, so that leap days come last.
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = era * 400 + year_of_era + year;
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_they_are_read() {
        for text in ["2026-01-01T12:00:00Z", "1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "1999-12-31T00:00:01Z"] {
            assert_eq!(eval::micros(text).map(time_text).as_deref(), Some(text));
        }
        assert_eq!(time_text(NOW), "2026-01-01T12:00:00Z");
    }

    #[test]
    fn bytes_have_the_length_that_is_asked_for() {
        assert_eq!([0, 1, 2, 3, 4].map(base64), ["", "AA==", "AAA=", "AAAA", "AAAAAA=="]);
    }

    #[test]
    fn a_text_is_found_for_a_pattern() {
        for pattern in ["^[A-Z]{3}-[0-9]{4}$", "^(?:a|b){1,3}\u{e9}?$", "\\d+'", ".", "^\"#*\\\\$", "^[0-9a-f]{64}$"] {
            let text = sample::matching(pattern, 0).expect(pattern);
            assert!(regex::Regex::new(pattern).expect("a pattern").is_match(&text), "{pattern}: {text}");
        }
    }
}
