//! What a context declares that no service is made from, so that nothing a model says is lost on the way to other formats.

use crate::Origin;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// A declaration, or what a declaration says beyond its place in the model: the version of an entity, the domain of a
/// role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct Element {
    /// `Resource`, `Relation`, `Metric`, … as the language writes it.
    pub keyword: String,
    /// Its name.
    pub name: String,
    /// From doc comments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// What it says: canonical texts by what they are about, e.g. `unit`, `expression`, `@threshold`, `field total`.
    pub facets: BTreeMap<String, String>,
    /// Where it is declared.
    #[serde(skip)]
    pub origin: Origin,
}

impl Element {
    /// Whether the model holds the declaration elsewhere, and this is only what else it says.
    pub fn is_remark(&self) -> bool {
        matches!(self.keyword.as_str(), "Entity" | "Role" | "Policy" | "record" | "enum" | "operation")
    }
}
