//! Operations that run on events.

use std::any::TypeId;

use async_trait::async_trait;

use super::{EventHandler, Prepared};
use crate::canonical::CanonicalError;
use crate::event::Event;
use crate::operation::pipeline::{self, Ready};
use crate::operation::{FailureKind, Operation, Origin, Rejection, UnitOfWork};
use crate::services::Services;

/// Runs an operation of the context for each event: what a specification declares as a consumer.
///
/// The specification itself is the authority, so the cell acts as a service with the operation's roles. Everything else
/// is as for any caller: the input is validated, policies are decided, the effect has its entry in the ledger.
pub(super) struct Runs<O: Operation> {
    pub(super) operation: O,
    pub(super) input: fn(&Event) -> Result<O::Input, CanonicalError>,
}

#[async_trait]
impl<O: Operation> EventHandler for Runs<O> {
    fn prepares(&self) -> bool {
        TypeId::of::<O::Prepared>() != TypeId::of::<()>()
    }

    async fn prepare(&self, event: &Event, origin: &Origin, services: &Services) -> Result<Prepared, Rejection> {
        let input = (self.input)(event);
        // Trying again will not make it readable: such an event goes to the dead letters at once.
        let input = input
            .map_err(|error| Rejection::new(FailureKind::InputValidation, "unreadable_event", error.to_string()))?;
        Ok(Box::new(pipeline::ready(&self.operation, input, origin, services).await?))
    }

    async fn handle(&self, _: &Event, prepared: &Prepared, uow: &mut UnitOfWork<'_>) -> Result<(), Rejection> {
        let ready = prepared.downcast_ref::<Ready<O>>();
        let ready = ready.ok_or_else(|| Rejection::internal("an event was prepared by another handler"))?;
        pipeline::react(&self.operation, ready, uow).await
    }
}
