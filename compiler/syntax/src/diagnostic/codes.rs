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
    SeaNesting = "SEA002", Error, "brackets are nested too deep",
        "Expressions and values may be nested at most 128 levels deep, counting parentheses, brackets, `not` and unary `-`. The limit keeps every tool that reads a model within a small, fixed stack; nobody writes such an expression by hand. Long chains of `and`, `or`, `+` and `*` do not nest and have no limit.",
        failing "Policy p as: ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((true))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))",
        mended "Policy p as: (true)";
    SeaTooLarge = "SEA003", Error, "the file is too large",
        "A file may have at most 16 MiB. Split the model into modules: `import { A } from \"./a.sea\"`.",
        failing "(any text of more than 16777216 bytes)", mended "Entity \"Customer\"";
    SeaString = "SEA004", Error, "a string is not well formed",
        "A string stands on one line between quotes and knows the escapes `\\\\ \\\" \\n \\r \\t` and `\\u{…}` with one to six hex digits; control characters are written as escapes. A backslash in a regular expression is doubled. `\"\"\"…\"\"\"` is raw: it may span lines and knows no escapes.",
        failing "Pattern \"Digit\" matches \"\\d\"", mended "Pattern \"Digit\" matches \"\\\\d\"";
    SeaNumber = "SEA005", Error, "a number is not well formed",
        "A number is digits with an optional fraction: `12`, `0.25`, `1_500`. A single `_` may stand between digits. There is no exponent, because decimals are exact; a unit is a string behind the number.",
        failing "Policy p as: quantity < 5kg", mended "Policy p as: quantity < 5 \"kg\"";
    SeaTime = "SEA006", Error, "a time names a moment that does not exist",
        "A string of the shape `2025-12-31T23:59:59Z` is a time. Its date must be in the calendar, its hour below 24, its minute and second below 60, and it always has an offset, so that it means the same moment everywhere.",
        failing "Policy p as: f.at before \"2025-02-30T00:00:00Z\"",
        mended "Policy p as: f.at before \"2025-02-28T00:00:00Z\"";
    SeaTooManyFindings = "SEA007", Error, "the file has too many findings to show",
        "After 1000 findings in one file the rest is left out. Such a file is rarely a model with mistakes; more often it is no model at all.",
        failing "(any text with more than 1000 mistakes)", mended "Entity \"Customer\"";
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
