//! Formats that models are projected to.

/// A format.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Projection {
    /// As it is typed, e.g. `json-schema`.
    pub name: String,
    /// What it is called.
    pub title: String,
    /// What it makes of a model, in one line.
    pub doc: String,
    /// How the names of its files end, without a dot in front.
    pub extension: String,
    /// Which edition of which standard it follows.
    pub standard: String,
    /// What its output is held against in the tests.
    pub validator: String,
    /// What can be chosen.
    pub options: Vec<ProjectionOption>,
    /// What becomes of each kind of element.
    pub mapping: Vec<Row>,
}

/// Something that can be chosen.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct ProjectionOption {
    /// As it is typed.
    pub name: String,
    /// What it takes.
    pub ty: OptionType,
    /// What holds where it is not given, as it would be typed.
    pub default: Option<String>,
    /// What it is for.
    pub doc: String,
}

/// What an option takes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OptionType {
    /// `true` or `false`.
    Flag,
    /// A text.
    Text,
    /// One of these.
    Words(Vec<String>),
}

/// What becomes of some kinds of element.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// The kinds.
    pub elements: Vec<String>,
    /// What they become; none if they become nothing.
    pub becomes: Option<String>,
    /// What of them is lost, and why.
    pub lost: Option<String>,
}
