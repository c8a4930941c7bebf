//! Model to files. Pure: the same [`Model`](seac_model::Model) gives the same bytes, whatever the machine.

pub mod file_set;

pub use file_set::{Clash, FileSet, Origin, OutputFile, Zone};

use seac_model::Model;

/// What went wrong while emitting: always a bug of ours or of a shadowed template, never of a spec.
#[derive(Debug, thiserror::Error)]
pub enum EmitError {
    /// Two producers of one path.
    #[error("two producers of {path}: {first} and {second}")]
    Clash {
        /// The path both want.
        path: String,
        /// The template that came first.
        first: String,
        /// The template that came second.
        second: String,
    },
    /// A template failed to render.
    #[error("template {template}, line {line}: {message}")]
    Template {
        /// Its name.
        template: String,
        /// Its line.
        line: usize,
        /// What the engine says.
        message: String,
    },
    /// Rust text that does not parse.
    #[error("{path} is no Rust: {message}")]
    Rust {
        /// The file that was to be.
        path: String,
        /// What `syn` says.
        message: String,
    },
}

/// Everything the model says shall exist.
///
/// # Errors
/// See [`EmitError`].
pub fn emit(model: &Model) -> Result<FileSet, EmitError> {
    let _ = model;
    Ok(FileSet::default())
}
