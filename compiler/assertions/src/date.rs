//! Days of the calendar, for validity. No clock is ever read.

use seac_syntax::sea::time::Instant;
use std::fmt;

/// A day, `2026-03-02`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(String);

impl Day {
    /// Reads a day; none if there is no such day.
    pub fn parse(text: &str) -> Option<Self> {
        // Of this shape only are days in the order of their texts.
        let shape = text.len() == 10 && text.is_ascii();
        (shape && Instant::parse(&format!("{text}T00:00:00Z")).is_some()).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Day;

    #[test]
    fn days_exist() {
        assert!(Day::parse("2024-02-29") < Day::parse("2024-03-01"));
        for text in ["2025-02-29", "2025-2-2", "today", "2025-01-01T", ""] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }
}
