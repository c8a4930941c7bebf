//! Diagnostic codes; their table is generated from the compiler's own specs.

pub use crate::generated::codes::Code;

use super::Severity;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// What `seac explain` says about a code.
#[derive(Clone, Copy, Debug)]
pub struct CodeInfo<'a> {
    /// The stable name, e.g. `SEA001`.
    pub name: &'a str,
    /// Default severity.
    pub severity: Severity,
    /// One line: what the rule is.
    pub title: &'a str,
    /// The long form: why the rule exists and what to do.
    pub explanation: &'a str,
    /// A small, complete input that breaks the rule: one text, or several files, each behind a line `--- path`. A line
    /// `--- path -> target` is a symbolic link, `--- path * 1001` so many files with their number for `#`, `=== command`
    /// something that is done in between, `\\xE4` a raw byte.
    pub failing: &'a str,
    /// The same input, mended.
    pub mended: &'a str,
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

    /// Whether the rest of a file, or of a declaration, was not read.
    pub fn breaks_off(self) -> bool {
        use Code::{SdsLimit, SdsYaml, SeaNesting, SeaString, SeaSyntax, SeaTooLarge, SeaTooManyFindings};
        matches!(self, SeaSyntax | SeaNesting | SeaTooLarge | SeaString | SeaTooManyFindings | SdsYaml | SdsLimit)
    }

    /// Whether some of a file was not read, so that what stands there is missing elsewhere.
    pub fn leaves_unread(self) -> bool {
        self.breaks_off() || matches!(self, Code::SdsDuplicateKey | Code::SdsUnknownKey | Code::SdsWrongType)
    }

    /// The code with this name, in either case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name().eq_ignore_ascii_case(name))
    }
}

impl JsonSchema for Code {
    fn schema_name() -> Cow<'static, str> {
        "Code".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = Self::ALL.iter().map(|code| code.name()).collect();
        json_schema!({ "description": "A stable code; `seac explain CODE` tells more.", "enum": names })
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
