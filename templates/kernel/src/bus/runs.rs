//! Operations that run on events.

use async_trait::async_trait;

use super::EventHandler;
use crate::auth::Identity;
use crate::event::Event;
use crate::operation::{Call, FailureKind, Operation, Recording, Rejection, UnitOfWork};
use crate::validate::{Validate as _, Violations};

pub(super) struct Runs<O: Operation> {
    pub(super) durable: String,
    pub(super) operation: O,
    pub(super) input: fn(&Event) -> Result<O::Input, Rejection>,
}

#[async_trait]
impl<O: Operation> EventHandler for Runs<O> {
    async fn handle(&self, event: &Event, uow: &mut UnitOfWork<'_>) -> Result<(), Rejection> {
        let call = Call {
            input: (self.input)(event)?,
            identity: Identity::service(&self.durable),
            correlation_id: event.correlationid.clone(),
            received_at: uow.now(),
        };
        let mut violations = Violations::new();
        call.input.validate(&mut violations);
        if !violations.is_empty() {
            return Err(Rejection::input(O::SPEC.code_for(FailureKind::InputValidation), violations));
        }
        for verdict in self.operation.preconditions(&call) {
            uow.require(verdict)?;
        }
        let prepared = self.operation.prepare(&call, uow.services()).await?;
        self.operation.execute(&call, &prepared, uow).await?;
        match (O::SPEC.recording, uow.appended()) {
            (Recording::Always, None) => {
                Err(Rejection::internal("an operation finished without an entry in the ledger"))
            }
            _ => Ok(()),
        }
    }
}
