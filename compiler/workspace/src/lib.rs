//! The outside world: the only crate that touches the file system.
//!
//! The way of a run: [`Workspace::open`] finds the root and its configuration, [`load`](load::load) reads the specs,
//! [`compile`](compile::compile) analyses them, [`snapshot`](disk::snapshot) reads what is on disk,
//! [`reconcile`](reconcile::reconcile) decides (purely) what has to happen to it, and [`apply`](apply::apply) makes it
//! so, all or nothing. `check`, `generate --check`, `--diff` and the tests are the same chain stopped at different points.
//!
//! What a user got wrong is a [`Diagnostic`](seac_syntax::Diagnostic), built in [`report`]; `Err` means that the outside
//! world failed.

pub mod apply;
pub mod buf;
pub mod compile;
pub mod config;
pub mod diff;
pub mod digest;
pub mod discover;
pub mod disk;
pub mod emit_sea;
pub mod gap;
pub mod git;
#[rustfmt::skip]
#[path = "gen/mod.rs"]
mod generated;
pub mod history;
pub mod inputs;
pub mod load;
pub mod lock;
pub mod manifest;
pub mod memo;
pub mod models;
pub mod own;
pub mod package;
pub mod path;
pub mod project;
pub mod provenance;
pub mod reconcile;
pub mod report;
pub mod scaffold;
pub mod seen;
pub mod templates;
pub mod verify;

pub use apply::{ApplyError, apply};
pub use compile::{Compilation, Session, UnknownContext, compile};
pub use config::Config;
pub use discover::Workspace;
pub use load::LoadError;
pub use manifest::Manifest;
pub use reconcile::{Action, Finding, Plan, Step, reconcile};
