//! What has changed since an earlier run.

use super::{Gap, Severity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Version of the JSON form of a report; grows when a reader of the old form could be misled by the new one.
pub const BASELINE_FORMAT: u32 = 1;

/// What is needed of an earlier report to compare with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    gaps: Vec<Known>,
}

/// A gap of an earlier run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Its id.
    pub id: String,
    /// How much it weighed.
    pub severity: Severity,
    /// What was the matter.
    pub message: String,
}

/// Why a baseline cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not a report.
    #[error("it is no gap report in JSON: {0}")]
    Shape(String),
    /// Written by a later `seac`.
    #[error("it has format {0}, this seac knows {BASELINE_FORMAT}")]
    Format(u32),
}

impl Baseline {
    /// Reads a report that an earlier run printed as JSON.
    ///
    /// # Errors
    /// If it is not one.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        #[derive(Deserialize)]
        struct Written {
            gaps: Vec<Known>,
        }
        let shape = |error: serde_json::Error| Unreadable::Shape(error.to_string());
        let version: Version = serde_json::from_str(text).map_err(shape)?;
        if version.format != BASELINE_FORMAT {
            return Err(Unreadable::Format(version.format));
        }
        let written: Written = serde_json::from_str(text).map_err(shape)?;
        Ok(Self { gaps: written.gaps })
    }
}

/// New, closed and still open gaps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trend {
    /// How many gaps the baseline had.
    pub before: usize,
    /// Ids of gaps that the baseline did not have, sorted.
    pub new: BTreeSet<String>,
    /// Gaps that only the baseline had, by id.
    pub closed: Vec<Known>,
    /// How many gaps both have.
    pub open: usize,
}

impl Trend {
    /// Compares by id: a gap that only moved is still the same one.
    pub fn new(baseline: &Baseline, gaps: &[Gap]) -> Self {
        let before: BTreeSet<&str> = baseline.gaps.iter().map(|gap| gap.id.as_str()).collect();
        let now: BTreeSet<&str> = gaps.iter().map(|gap| gap.id.as_str()).collect();
        let mut closed: Vec<Known> =
            baseline.gaps.iter().filter(|gap| !now.contains(gap.id.as_str())).cloned().collect();
        closed.sort_by(|a, b| a.id.cmp(&b.id));
        Self {
            before: before.len(),
            new: now.difference(&before).map(|id| (*id).to_owned()).collect(),
            closed,
            open: now.intersection(&before).count(),
        }
    }
}
