//! Running an operation because an event came in.

use async_trait::async_trait;

use super::EventHandler;
use crate::canonical::CanonicalError;
use crate::event::Event;
use crate::operation::{FailureKind, Operation, Rejection, UnitOfWork, pipeline};

/// Runs an operation of the context for each event: what a specification declares as a consumer.
///
/// The specification itself is the authority, so the cell acts as a service with the operation's roles. Everything else
/// is as for any caller: the input is validated, policies are decided, the effect has its entry in the ledger.
pub struct Reaction<O, F> {
    operation: O,
    input: F,
}

impl<O, F> Reaction<O, F>
where
    O: Operation,
    F: Fn(&Event) -> Result<O::Input, CanonicalError> + Send + Sync + 'static,
{
    /// Runs `operation` with the input that `input` makes of an event.
    pub fn new(operation: O, input: F) -> Self {
        Self { operation, input }
    }
}

#[async_trait]
impl<O, F> EventHandler for Reaction<O, F>
where
    O: Operation,
    F: Fn(&Event) -> Result<O::Input, CanonicalError> + Send + Sync + 'static,
{
    async fn handle(&self, event: &Event, uow: &mut UnitOfWork<'_>) -> Result<(), Rejection> {
        let input = (self.input)(event)
            .map_err(|error| Rejection::new(FailureKind::InputValidation, "unreadable_event", error.to_string()))?;
        pipeline::react(&self.operation, input, uow).await
    }
}
