//! How a command ends: exit codes, errors that are no findings, and bugs of ours.

pub use crate::generated::exit::Exit;

use seac_emit::EmitError;
use seac_workspace::history::ReleaseError;
use seac_workspace::lock::LockError;
use seac_workspace::{ApplyError, LoadError};
use std::error::Error;
use std::io;

/// Why a command could not do its work.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What failed, without a full stop.
    pub message: String,
    /// Why, from near to far.
    pub causes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
}

impl Failure {
    /// A failure without a cause.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), causes: Vec::new(), help: None }
    }

    /// A program or the file system failed.
    pub fn outside(message: impl Into<String>, error: &io::Error) -> Self {
        Self { causes: vec![error.to_string()], ..Self::new(Exit::Outside, message) }
    }

    /// Says what to do.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn of(exit: Exit, error: &dyn Error) -> Self {
        let causes =
            std::iter::successors(error.source(), |cause: &&dyn Error| (*cause).source()).map(ToString::to_string);
        Self { causes: causes.collect(), ..Self::new(exit, error.to_string()) }
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        match &error {
            LoadError::NoSpecs { .. } => Self::of(Exit::Usage, &error)
                .with_help("go to a workspace, name one with `--root`, or make one with `seac new NAME`"),
            LoadError::NotARoot { .. } => {
                Self::of(Exit::Usage, &error).with_help("`--root` takes the folder that contains `specs`")
            }
            LoadError::Read { .. } => Self::of(Exit::Outside, &error),
        }
    }
}

impl From<ApplyError> for Failure {
    fn from(error: ApplyError) -> Self {
        match &error {
            ApplyError::Blocked => bug(&error.to_string()),
            ApplyError::ReadOnly { .. } => Self::of(Exit::Outside, &error).with_help("make it writable and run again"),
            _ => Self::of(Exit::Outside, &error),
        }
    }
}

impl From<ReleaseError> for Failure {
    fn from(error: ReleaseError) -> Self {
        Self::of(Exit::Outside, &error)
    }
}

impl From<LockError> for Failure {
    fn from(error: LockError) -> Self {
        let failure = Self::of(Exit::Outside, &error);
        match error {
            LockError::Held { .. } => failure.with_help("wait until it has ended, then run again"),
            LockError::Io { .. } => failure,
        }
    }
}

impl From<EmitError> for Failure {
    fn from(error: EmitError) -> Self {
        match error {
            // Ours are rendered in every test, so it is one of the workspace.
            EmitError::Template(template) => {
                Self::new(Exit::Findings, template.to_string()).with_help("`seac generate --check` shows the place")
            }
            other => bug(&other.to_string()),
        }
    }
}

const PLEASE: &str =
    "this is a bug of seac, not of your specs; please report it with this text and, if you can, the specs";

/// Something that must not happen did.
pub fn bug(message: &str) -> Failure {
    Failure::new(Exit::Bug, message).with_help(PLEASE)
}

/// Lets a panic end with a text a user can do something with; its exit code is 101.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let text = payload.downcast_ref::<&str>().copied();
        let what = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
        let place = panic.location().map(|place| format!("{}:{}", place.file(), place.line())).unwrap_or_default();
        let text = format!("seac {} panicked at {place}: {what}", env!("CARGO_PKG_VERSION"));
        crate::terminal::failure(&bug(&text));
    }));
}
