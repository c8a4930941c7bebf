//! Operations that run on events.

use async_trait::async_trait;

use super::EventHandler;
use crate::canonical::CanonicalError;
use crate::event::Event;
use crate::operation::{FailureKind, Operation, Rejection, UnitOfWork, pipeline};

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
    async fn handle(&self, event: &Event, uow: &mut UnitOfWork<'_>) -> Result<(), Rejection> {
        let input = (self.input)(event);
        // Trying again will not make it readable: such an event goes to the dead letters at once.
        let input = input
            .map_err(|error| Rejection::new(FailureKind::InputValidation, "unreadable_event", error.to_string()))?;
        pipeline::react(&self.operation, input, uow).await
    }
}
