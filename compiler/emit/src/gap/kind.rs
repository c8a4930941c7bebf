//! The table of kinds: the one place where a kind of gap, its weight and its explanation stand.

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

macro_rules! kinds {
    ($($variant:ident = $word:literal, $severity:ident, $title:literal, $explanation:literal;)*) => {
        /// A kind of gap.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $(#[doc = $title] $variant,)* }

        impl Kind {
            /// Every kind, in the order of the table.
            pub const ALL: &'static [Kind] = &[$(Kind::$variant),*];

            /// The stable name, e.g. `port-without-adapter`.
            pub fn word(self) -> &'static str {
                match self { $(Kind::$variant => $word,)* }
            }

            /// How much it weighs, unless the element says otherwise.
            pub fn severity(self) -> Severity {
                match self { $(Kind::$variant => Severity::$severity,)* }
            }

            /// What it is, in a few words.
            pub fn title(self) -> &'static str {
                match self { $(Kind::$variant => $title,)* }
            }

            /// Why it matters.
            pub fn explanation(self) -> &'static str {
                match self { $(Kind::$variant => $explanation,)* }
            }
        }
    };
}

kinds! {
    NotEmitted = "not-emitted", High, "Specified, but not emitted",
        "The specs declare it, and nothing in the output folder comes from it in the form the specs have now.";
    MissingExtension = "missing-extension", High, "Extension code is missing",
        "The design leaves a part to code of yours, and that code is not there.";
    StubExtension = "stub-extension", High, "Extension code is a stub",
        "The code is there and would panic when it is called.";
    PortWithoutAdapter = "port-without-adapter", High, "Port without adapter",
        "The context needs something from outside, and nothing answers that need.";
    NotWired = "not-wired", High, "Adapter not wired",
        "The code exists, but the context does not hand it to the cell, so it never runs.";
    EventWithoutPublisher = "event-without-publisher", Medium, "Event nobody publishes",
        "Whoever waits for the event waits in vain.";
    EventWithoutConsumer = "event-without-consumer", Low, "Event nobody consumes",
        "The event is published for nobody these specs know of.";
    PolicyNeverEnforced = "policy-never-enforced", High, "Policy never enforced",
        "The rule is written down and no operation is governed by it. A rule that is not enforced is worse than none.";
    InvariantWithoutProbe = "invariant-without-probe", Medium, "Invariant without probe",
        "Nothing checks whether it holds, so nobody would notice if it did not.";
    InvariantWithoutRunbook = "invariant-without-runbook", Medium, "Invariant without complete runbook",
        "When it does not hold, people have to invent what to do.";
    NoteDangling = "note-dangling", High, "Reference to a note that does not exist",
        "The design claims to answer something nobody can read.";
    NoteOver = "note-over", Medium, "Built on a note that no longer holds",
        "The decision or requirement was superseded, rejected or deprecated, and something still builds on it.";
    NoteUnsatisfied = "note-unsatisfied", Medium, "Accepted, but not answered",
        "A requirement that no design answers, or a decision that nobody follows, is a promise.";
    UntestedOperation = "untested-operation", Medium, "Operation without test",
        "No test says that it covers the operation.";
    UntestedFailure = "untested-failure", Low, "Failure path without test",
        "No test says that it covers this declared failure.";
    UntestedCase = "untested-case", Medium, "Connector case without test",
        "No test says that it covers this case of the parser.";
    CoversNothing = "covers-nothing", Low, "Test covers something that is not specified",
        "The mark on the test names an element that does not exist, so what was meant stays open.";
    EditedFile = "edited-file", High, "Generated file edited by hand",
        "The file no longer says what the specs say, and the edit would be lost with the next run.";
    ForeignFile = "foreign-file", Medium, "Written file inside a generated zone",
        "It is easily taken for generated code, and is not part of what the specs say.";
    OrphanFile = "orphan-file", Low, "Generated file no longer asked for",
        "The specs no longer describe it.";
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}
