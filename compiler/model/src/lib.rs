//! The typed, resolved intermediate representation: every decision about meaning, made once.

use serde::Serialize;

/// Everything the specs say, resolved.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Model {}

impl Model {
    /// RFC 8785 canonical JSON: the compiler's public, versioned artifact.
    pub fn canonical_json(&self) -> Vec<u8> {
        b"{}".to_vec()
    }

    /// Lower-case hex SHA-256 of [`Model::canonical_json`].
    pub fn digest(&self) -> String {
        String::new()
    }
}
