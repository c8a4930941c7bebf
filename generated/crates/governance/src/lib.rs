//! Governance
//!
//! This file is yours: seac wrote it once and never touches it again. Everything in `gen/` is the compiler's.

// `cargo fmt` leaves the compiler's files as they are.
#[rustfmt::skip]
#[path = "gen/mod.rs"]
mod generated;

pub use generated::*;
