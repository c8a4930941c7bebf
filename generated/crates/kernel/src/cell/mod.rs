//! A cell: modules put together, opened on a data directory, served, inspected.

mod cli;
mod doctor;
mod ledger_cli;
mod module;
mod node;
mod remote;
mod stores;
mod token_cli;
mod witness_cli;

use std::process::ExitCode;
use std::sync::Arc;

use crate::auth::DevIssuerError;
use crate::blob::{BlobError, CollectError};
use crate::bus::BusError;
use crate::clock::{Clock, SystemClock};
use crate::config::ConfigError;
use crate::ledger::{self, LedgerError};
use crate::read_model::{self, ReadModelError};
use crate::store::{Migration, StoreError};

pub use module::Module;
pub use node::Node;

/// The modules of one binary.
pub struct Cell {
    model_hash: String,
    modules: Vec<Module>,
    clock: Arc<dyn Clock>,
}

impl Cell {
    /// A cell built from the model with this hash.
    pub fn new(model_hash: impl Into<String>) -> Self {
        Self { model_hash: model_hash.into(), modules: Vec::new(), clock: Arc::new(SystemClock) }
    }

    /// Adds a context.
    #[must_use]
    pub fn module(mut self, module: Module) -> Self {
        self.modules.push(module);
        self
    }

    /// Replaces the clock, for tests.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Runs the command line of this process.
    pub fn main(self) -> ExitCode {
        cli::main(self)
    }

    /// Its outbound ports, each by context and port.
    fn outbound(&self) -> Vec<&'static str> {
        self.modules.iter().flat_map(|module| module.outbound).copied().collect()
    }

    /// Its tables that are made of events.
    fn read_models(&self) -> Vec<read_model::Shared> {
        self.modules.iter().flat_map(|module| &module.read_models).cloned().collect()
    }

    fn migrations(&self) -> Vec<Migration> {
        let own = kernel_migrations();
        own.into_iter().chain(self.modules.iter().flat_map(|module| module.migrations.iter().copied())).collect()
    }
}

/// The kernel's own schema, in order.
pub(crate) fn kernel_migrations() -> [Migration; 10] {
    let (bus, connector) = (crate::bus::log::SCHEMA, crate::connector::SCHEMA);
    let (page, access, read_model) = (crate::page::SCHEMA, ACCESS, read_model::SCHEMA);
    [
        ledger::SCHEMA,
        RUNTIME,
        ledger::LOG_SCHEMA,
        ledger::REDACTION_SCHEMA,
        ledger::GUARD_SCHEMA,
        bus,
        connector,
        page,
        access,
        read_model,
    ]
}

const RUNTIME: Migration = Migration {
    context: "kernel",
    number: 2,
    name: "runtime",
    sqlite: include_str!("../../migrations/sqlite/0002_runtime.sql"),
    postgres: include_str!("../../migrations/postgres/0002_runtime.sql"),
    checks: &[],
    released: true,
};

/// Service tokens, attempts that are counted, and duties that nobody may have together.
const ACCESS: Migration = Migration {
    context: "kernel.access",
    number: 1,
    name: "access",
    sqlite: include_str!("../../migrations/sqlite/access_0001_access.sql"),
    postgres: include_str!("../../migrations/postgres/access_0001_access.sql"),
    checks: &[],
    released: true,
};

/// Why a cell does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CellError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The modules do not fit together: a bug in what was emitted or wired.
    #[error("{0}")]
    Wiring(String),
    /// The development issuer refuses.
    #[error(transparent)]
    DevIssuer(#[from] DevIssuerError),
    /// The store does not open.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The blob store does not open.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The broker's configuration leads nowhere.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A read model does not follow its events.
    #[error(transparent)]
    ReadModel(#[from] ReadModelError),
    /// The address is taken, or another system call failed.
    #[error("{0}")]
    Outside(String),
}

impl From<CollectError> for CellError {
    fn from(error: CollectError) -> Self {
        match error {
            CollectError::Store(error) => Self::Store(error),
            CollectError::Blob(error) => Self::Blob(error),
        }
    }
}

impl CellError {
    /// 2 for usage and configuration, 3 for the outside world.
    fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::Wiring(_) | Self::DevIssuer(DevIssuerError::NotLoopback(_)) => 2,
            _ => 3,
        }
    }
}
