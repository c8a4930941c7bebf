//! What a table of keys is made of.

/// What a mapping is, in words, and the keys it may have.
pub struct Shape {
    /// Its name in the JSON Schema.
    pub name: &'static str,
    /// With an article, as messages say it.
    pub what: &'static str,
    /// In the order of the documentation.
    pub keys: &'static [Key],
}

/// One key of a mapping.
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// Whether nothing can be generated without it.
    pub required: bool,
    /// What it takes.
    pub ty: Ty,
    /// What it is for.
    pub doc: &'static str,
    /// What holds where it is not written, as JSON.
    pub default: Option<&'static str>,
}

/// What a value can be.
pub enum Ty {
    /// A string.
    Text,
    /// A word of a closed vocabulary.
    Word(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A whole number from 0.
    Count,
    /// `250ms`, `5s`, `2m`, `12h`, `30d`.
    Duration,
    /// A JSON pointer.
    Pointer,
    /// `header:X-Name`.
    Header,
    /// `env:NAME` or `file:path`.
    Secret,
    /// A type of SEA; a `?` behind it makes it optional.
    Type,
    /// An expression of SEA.
    Expression,
    /// A string, a number, a truth value or nothing.
    Scalar,
    /// A JSON pointer, or a function.
    Extract,
    /// A mapping with the keys of a shape.
    Map(&'static Shape),
    /// A mapping that has exactly one of the keys of a shape.
    OneKey(&'static Shape),
    /// A mapping with free keys.
    Free(&'static Ty),
    /// A list.
    List(&'static Ty),
    /// Either of two forms.
    Either(&'static Ty, &'static Ty),
}

impl Shape {
    /// The keys that must be there.
    pub fn required(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().filter(|key| key.required).map(|key| key.name)
    }

    /// All keys.
    pub fn known(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.name)
    }
}
