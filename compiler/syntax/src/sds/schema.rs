//! The JSON Schema of the format, generated from the compiler's own specs like the keys that the reader reads by.

use serde_json::Value;

/// The schema as text.
pub const TEXT: &str = include_str!("../gen/sds.schema.json");

/// The JSON Schema 2020-12 of `.sds.yaml` files.
///
/// # Panics
/// Never: a test reads it.
pub fn schema() -> Value {
    serde_json::from_str(TEXT).expect("the generated schema is JSON")
}
