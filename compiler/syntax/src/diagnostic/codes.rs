//! The table of diagnostic codes: the one place where a code, its severity and its explanation stand.

use super::Severity;
use serde::{Serialize, Serializer};

/// What `seac explain` says about a code.
pub struct CodeInfo {
    /// The stable name, e.g. `SEA001`.
    pub name: &'static str,
    /// Default severity.
    pub severity: Severity,
    /// One line: what the rule is.
    pub title: &'static str,
    /// The long form: why the rule exists and what to do.
    pub explanation: &'static str,
    /// A small input that breaks the rule.
    pub failing: &'static str,
    /// The same input, mended.
    pub mended: &'static str,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $severity:ident, $title:literal,
        $explanation:literal, failing $failing:literal, mended $mended:literal;)*) => {
        /// A stable diagnostic code. `SEA…` are about SEA-DSL, `SDS…` about SDS YAML, `JOIN…` about the two together,
        /// `GEN…` about generation and the workspace on disk.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $title] $variant,)* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Code] = &[$(Code::$variant),*];

            /// The row of the table.
            pub fn info(self) -> &'static CodeInfo {
                match self {
                    $(Code::$variant => &CodeInfo {
                        name: $name, severity: Severity::$severity, title: $title,
                        explanation: $explanation, failing: $failing, mended: $mended,
                    },)*
                }
            }
        }
    };
}

codes! {
    SeaSyntax = "SEA001", Error, "the text does not follow the SEA grammar",
        "The parser met something it cannot read. It names what it expected there, skips to the next declaration and goes on, so that one run shows every independent mistake.",
        failing "Entity Customer", mended "Entity \"Customer\"";
}

impl Code {
    /// The stable name, e.g. `SEA001`.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// The severity it has unless a profile says otherwise.
    pub fn severity(self) -> Severity {
        self.info().severity
    }

    /// The code with this name, in either case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name().eq_ignore_ascii_case(name))
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
