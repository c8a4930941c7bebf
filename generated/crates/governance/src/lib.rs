//! Governance
//!
//! This file is yours: seac wrote it once and never touches it again. Everything in `gen/` is the compiler's.

#[path = "gen/mod.rs"]
mod generated;

pub use generated::*;
