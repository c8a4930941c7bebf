//! What a context hands over.

use std::sync::Arc;

use crate::bus::Consumer;
use crate::connector::Connector;
use crate::http::{Endpoint, Mounted};
use crate::invariant::Invariant;
#[cfg(feature = "embedded")]
use crate::operation::OperationSpec;
use crate::operation::{Operation, OperationKind};
use crate::read_model::{self, ReadModel};
use crate::store::Migration;

/// A bounded context, ready to be put into a cell.
pub struct Module {
    pub(super) name: &'static str,
    pub(super) migrations: &'static [Migration],
    pub(super) roles: Vec<&'static str>,
    pub(super) operations: Vec<(String, Arc<dyn Endpoint>)>,
    pub(super) connectors: Vec<Arc<Connector>>,
    pub(super) consumers: Vec<Consumer>,
    pub(super) read_models: Vec<read_model::Shared>,
    pub(super) invariants: Vec<Invariant>,
    pub(super) outbound: &'static [&'static str],
    pub(super) openapi: Option<&'static str>,
    pub(super) wiring: Vec<String>,
}

impl Module {
    /// An empty context.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            migrations: &[],
            roles: Vec::new(),
            operations: Vec::new(),
            connectors: Vec::new(),
            consumers: Vec::new(),
            read_models: Vec::new(),
            invariants: Vec::new(),
            outbound: &[],
            openapi: None,
            wiring: Vec::new(),
        }
    }

    /// Its schema, in order.
    #[must_use]
    pub fn migrations(mut self, migrations: &'static [Migration]) -> Self {
        self.migrations = migrations;
        self
    }

    /// The qualified roles it declares.
    #[must_use]
    pub fn roles(mut self, roles: &'static [&'static str]) -> Self {
        self.roles = roles.to_vec();
        self
    }

    /// Mounts a command at `POST path`.
    #[must_use]
    pub fn command<O: Operation>(self, path: &str, operation: O) -> Self {
        self.operation(path, operation, OperationKind::Command)
    }

    /// Mounts a query at `GET path`.
    #[must_use]
    pub fn query<O: Operation>(self, path: &str, operation: O) -> Self {
        self.operation(path, operation, OperationKind::Query)
    }

    /// Mounts a connector: a webhook receiver at its own path, a poller, or both.
    #[must_use]
    pub fn connector(mut self, connector: Connector) -> Self {
        self.connectors.push(Arc::new(connector));
        self
    }

    /// Adds a consumer of events.
    #[must_use]
    pub fn consumer(mut self, mut consumer: Consumer) -> Self {
        consumer.context = self.name.to_owned();
        self.consumers.push(consumer);
        self
    }

    /// Adds a table that is made of events.
    #[must_use]
    pub fn read_model(mut self, model: impl ReadModel) -> Self {
        self.read_models.push(Arc::new(model));
        self
    }

    /// Adds what must always hold.
    #[must_use]
    pub fn invariant(mut self, invariant: Invariant) -> Self {
        self.invariants.push(invariant);
        self
    }

    /// The outbound ports whose addresses the configuration has to give, each by context and port.
    #[must_use]
    pub fn outbound(mut self, ports: &'static [&'static str]) -> Self {
        self.outbound = ports;
        self
    }

    /// Its OpenAPI document, as JSON.
    #[must_use]
    pub fn openapi(mut self, document: &'static str) -> Self {
        self.openapi = Some(document);
        self
    }

    fn operation<O: Operation>(mut self, path: &str, operation: O, kind: OperationKind) -> Self {
        if O::SPEC.kind != kind {
            let name = O::SPEC.qualified();
            self.wiring.push(format!("{name} is a {:?} and cannot be mounted as a {kind:?}", O::SPEC.kind));
        }
        self.operations.push((path.to_owned(), Arc::new(Mounted::new(operation))));
        self
    }

    /// The same context where nothing else is: nothing drives it but calls, and foreign roles are its own.
    #[cfg(feature = "embedded")]
    pub(crate) fn alone(mut self) -> Self {
        let foreign = self.operations.iter().flat_map(|(_, operation)| operation.spec().roles);
        self.roles.extend(foreign);
        Self {
            connectors: Vec::new(),
            consumers: Vec::new(),
            read_models: Vec::new(),
            invariants: Vec::new(),
            openapi: None,
            ..self
        }
    }

    /// The operations that have a route, each with its path.
    #[cfg(feature = "embedded")]
    pub(crate) fn routes(&self) -> Vec<(OperationSpec, String)> {
        self.operations.iter().map(|(path, operation)| (operation.spec(), path.clone())).collect()
    }

    /// Its tables that are made of events.
    #[cfg(feature = "embedded")]
    pub(crate) fn read_models(&self) -> &[read_model::Shared] {
        &self.read_models
    }

    /// The outbound ports that the configuration has to know.
    #[cfg(feature = "embedded")]
    pub(crate) fn destinations(&self) -> &'static [&'static str] {
        self.outbound
    }
}
