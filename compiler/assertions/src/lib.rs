//! SEA models as sets of assertions, and back.
//!
//! An [`Assertion`] is one [`Claim`] (subject, predicate, object) with what is known about it: where it comes from, how
//! sure it is, what a reviewer decided. [`read`] reads sets from JSON, YAML and CSV, [`select`] takes out what is
//! accepted and refuses contradictions, [`emit`] makes a model of claims, [`extract`] takes one apart; what can be said
//! at all is the table of [`vocabulary`], generated from the compiler's own specs. This crate is pure: it sees texts,
//! not files, and no clock.

pub mod assertion;
pub mod check;
mod comments;
pub mod date;
pub mod edit;
pub mod emit;
pub mod extract;
#[rustfmt::skip]
#[path = "gen/mod.rs"]
mod generated;
pub mod import;
pub mod object;
pub mod read;
mod report;
pub mod schema;
pub mod select;
pub mod subject;
pub mod vocabulary;
pub mod write;

pub use assertion::{Assertion, Claim, Object, Status};
pub use subject::Subject;
