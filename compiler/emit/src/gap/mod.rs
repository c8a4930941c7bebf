//! What is specified and not yet true: the specs, compared with what stands on disk.
//!
//! Pure: the reading of files stands in `seac-workspace`, which hands in values. [`collect`] finds the gaps, [`Trend`]
//! compares them with an earlier run, [`markdown`] and [`html`] show them.

mod coverage;
mod design;
mod extension;
mod html;
mod kind;
mod markdown;
mod trace;
mod tree;
mod trend;

pub use html::html;
pub use kind::{Kind, Severity};
pub use markdown::markdown;
pub use trend::{BASELINE_FORMAT, Baseline, Trend, Unreadable};

use crate::FileSet;
use seac_model::{Context, Model, Origin};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Everything the comparison looks at.
pub struct Evidence<'a> {
    /// What the specs say.
    pub model: &'a Model,
    /// What they ask for; none where they cannot be emitted.
    pub files: Option<&'a FileSet>,
    /// The name of the output folder, relative to the root.
    pub output: &'a str,
    /// What stands on disk.
    pub disk: &'a Disk,
}

/// What stands on disk, as far as it matters here.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    /// Whether anything was generated before.
    pub generated: bool,
    /// Where the output folder and the specs disagree, by path relative to the output folder.
    pub drift: BTreeMap<String, Drift>,
    /// Rust files of the emitted crates that are not the compiler's, by path relative to the output folder: extension
    /// code and tests.
    pub written: BTreeMap<String, String>,
    /// Rust files of the workspace's own `tests/`, by path relative to the root.
    pub tests: BTreeMap<String, String>,
}

/// How a path in the output folder can differ from what the specs ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drift {
    /// Asked for, and not there.
    Missing,
    /// As an earlier run left it; holds the text that stands there.
    Outdated(String),
    /// Changed by hand.
    Edited,
    /// Made by an earlier run, and no longer asked for.
    Orphan {
        /// Changed by hand since.
        edited: bool,
    },
    /// Not made by any run.
    Foreign,
}

/// One thing that is specified and not true, or true and not specified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// Stable: a function of kind and element.
    pub id: String,
    /// What kind of gap it is.
    pub kind: Kind,
    /// How much it weighs.
    pub severity: Severity,
    /// What it is about: `SDS-003/CollectEvidence`, the id of a note, or a path.
    pub element: String,
    /// The bounded context, if it belongs to one.
    pub context: Option<String>,
    /// What is the matter, as a sentence without a full stop.
    pub message: String,
    /// Where the spec says so, or the file it is about.
    pub place: Place,
    /// What would close it, as a sentence without a full stop.
    pub closes: String,
}

/// A place in a file; line and column are 0 where the file as a whole is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Path relative to the root, or `seac:/…` for an embedded package.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

impl From<&Origin> for Place {
    fn from(origin: &Origin) -> Self {
        Self { file: origin.file.to_string(), line: origin.line, column: origin.column }
    }
}

impl Place {
    fn file(path: impl Into<String>) -> Self {
        Self { file: path.into(), line: 0, column: 0 }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.file),
            line => write!(f, "{}:{line}:{}", self.file, self.column),
        }
    }
}

impl Gap {
    fn new(kind: Kind, element: impl Into<String>, place: Place, message: String, closes: String) -> Self {
        let element = element.into();
        let id = format!("{}:{element}", kind.word());
        Self { id, kind, severity: kind.severity(), element, context: None, message, place, closes }
    }

    fn in_context(self, slug: &str) -> Self {
        Self { context: Some(slug.to_owned()), ..self }
    }

    fn weighing(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }
}

/// The gaps of one run, and what they were found in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Version of this form, [`BASELINE_FORMAT`].
    pub format: u32,
    /// Digest of the model.
    pub model: String,
    /// Whether the output folder was compared; not so if the specs cannot be emitted as they are.
    pub compared: bool,
    /// Titles of the contexts, by slug.
    pub contexts: BTreeMap<String, String>,
    /// How many gaps of each severity there are; every severity is named.
    pub counts: BTreeMap<Severity, usize>,
    /// The gaps: heaviest first, then by element and kind.
    pub gaps: Vec<Gap>,
    /// What has changed since the baseline, if one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trend: Option<Trend>,
}

impl Report {
    /// Looks for every kind of gap.
    pub fn new(evidence: &Evidence<'_>, baseline: Option<&Baseline>) -> Self {
        let gaps = collect(evidence);
        let mut counts: BTreeMap<Severity, usize> = Severity::ALL.into_iter().map(|severity| (severity, 0)).collect();
        for gap in &gaps {
            *counts.entry(gap.severity).or_default() += 1;
        }
        let contexts = evidence.model.contexts.iter();
        Self {
            format: BASELINE_FORMAT,
            model: evidence.model.digest(),
            compared: evidence.files.is_some(),
            contexts: contexts.map(|(slug, context)| (slug.clone(), context.title.clone())).collect(),
            counts,
            trend: baseline.map(|baseline| Trend::new(baseline, &gaps)),
            gaps,
        }
    }

    /// Whether a gap weighs at least this much; with a baseline only new gaps count.
    pub fn fails(&self, limit: Severity) -> bool {
        let counts = |gap: &&Gap| self.trend.as_ref().is_none_or(|trend| trend.new.contains(&gap.id));
        self.gaps.iter().filter(counts).any(|gap| gap.severity <= limit)
    }
}

/// Finds the gaps, heaviest first.
pub fn collect(evidence: &Evidence<'_>) -> Vec<Gap> {
    let mut gaps = design::gaps(evidence.model);
    gaps.extend(trace::gaps(evidence.model));
    gaps.extend(extension::gaps(evidence));
    gaps.extend(coverage::gaps(evidence));
    // An element that is known to be incomplete is not also reported as not emitted.
    let known: BTreeSet<String> = gaps.iter().map(|gap| gap.element.clone()).collect();
    gaps.extend(tree::gaps(evidence, &known));
    gaps.sort_by(|a, b| {
        (a.severity, &a.context, &a.element, a.kind).cmp(&(b.severity, &b.context, &b.element, b.kind))
    });
    gaps.dedup_by(|a, b| a.id == b.id);
    gaps
}

/// The contexts that are written here; those of packages are finished by whoever ships them.
fn own(model: &Model) -> impl Iterator<Item = (&String, &Context)> {
    model.contexts.iter().filter(|(_, context)| !context.origin.file.starts_with("seac:"))
}

/// `SDS-003/CollectEvidence`.
fn element(context: &Context, name: &str) -> String {
    format!("{}/{name}", context.sds_id)
}
