//! What the language has and the emitted runtime has not: sound specs that are refused when they are to be built, so
//! that nothing is left out silently.

use seac_model::{Direction, Model, Operation, Origin};

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
    let contexts = model.contexts.values();
    let operations = contexts.flat_map(|context| &context.operations);
    operations.filter_map(|(name, operation)| outbound(name, operation)).collect()
}

fn outbound(name: &str, operation: &Operation) -> Option<NotYet> {
    (operation.direction == Direction::Outbound).then(|| NotYet {
        what: format!("`{name}` is outbound, and outbound operations cannot be emitted yet"),
        missing: "an outbound port keeps entities or bytes; there is no kind of port that carries out an operation, and \
                  no step that calls one",
        instead: format!("leave `{name}` out of the context that is built, and call from your own code"),
        origin: operation.origin.clone(),
    })
}
