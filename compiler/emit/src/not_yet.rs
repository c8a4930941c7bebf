//! What the language says and a service cannot be built of: sound specs that are refused when they are to be built, so
//! that nothing is left out silently.

use crate::rust::outbound;
use seac_model::{Context, Direction, Model, Operation, Origin};

/// Something that cannot be emitted yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotYet {
    /// The element and what it asks for, in words.
    pub what: String,
    /// What is missing for it.
    pub missing: &'static str,
    /// What to write until then.
    pub instead: String,
    /// Where it is declared.
    pub origin: Origin,
}

/// Everything of a model that cannot be emitted yet.
pub fn not_yet(model: &Model) -> Vec<NotYet> {
    let operations = |context| operations(context).into_iter();
    model.contexts.values().flat_map(operations).collect()
}

fn operations(context: &Context) -> Vec<NotYet> {
    let left_out = context.operations.iter().filter(|(_, operation)| operation.direction == Direction::Outbound);
    left_out
        .filter(|(name, _)| outbound::port_of(context, name).is_none())
        .map(|(name, operation)| nowhere(name, operation))
        .collect()
}

fn nowhere(name: &str, operation: &Operation) -> NotYet {
    NotYet {
        what: format!("`{name}` is outbound, and nothing says who carries it out"),
        missing: "no outbound port has it among its `operations`",
        instead: format!("add a port with `operations: [{name}]` and its adapter, or leave `{name}` out"),
        origin: operation.origin.clone(),
    }
}
