//! Kinds of gap; their table is generated from the compiler's own specs.

pub use crate::generated_tables::gap_kinds::Kind;

use serde::{Deserialize, Serialize, Serializer};

/// How much a gap weighs, heaviest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// What is promised does not hold, and nobody would notice.
    Critical,
    /// What is promised does not hold.
    High,
    /// It may hold, but nothing shows it.
    Medium,
    /// Worth closing.
    Low,
}

impl Severity {
    /// All of them, heaviest first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }

    /// The next lighter one.
    pub fn lighter(self) -> Self {
        match self {
            Self::Critical => Self::High,
            Self::High => Self::Medium,
            Self::Medium | Self::Low => Self::Low,
        }
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}
