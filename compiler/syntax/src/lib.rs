//! Text to trees, never failing: every reader returns what it understood together with diagnostics for the rest.
//!
//! Two languages are read here: SEA-DSL ([`sea`]) and SDS YAML ([`sds`]). Both carry byte-exact [`Span`]s on every
//! node. This crate is pure: it sees text, not files.

pub mod diagnostic;
pub mod frontmatter;
#[rustfmt::skip]
#[path = "gen/mod.rs"]
mod generated;
mod report;
pub mod sds;
pub mod sea;
pub mod source;
mod text;
pub mod yaml;

pub use diagnostic::{Applicability, Code, Diagnostic, Edit, Fix, Label, Severity};
pub use source::{FileId, Position, SourceFile, Sources, Span, Spanned};
pub use text::Text;
