//! What benchmarks append to the ledger.

use kernel::ledger::{NewEntry, Outcome, Subject};
use kernel::types::{Timestamp, Uuid};
use serde_json::json;

/// An entry as operations make them.
pub fn entry() -> NewEntry {
    let now = Timestamp::now();
    NewEntry {
        source: "bench".to_owned(),
        source_event_id: None,
        event_type: "orders.placed".to_owned(),
        actor: "alice".to_owned(),
        subject: Subject::new("Order", Uuid::now_v7()),
        action: "orders.PlaceOrder".to_owned(),
        outcome: Outcome::Success,
        occurred_at: now,
        recorded_at: now,
        context: "orders".to_owned(),
        controls: vec!["CM-3".to_owned()],
        correlation_id: Some(Uuid::now_v7().to_string()),
        parser: None,
        payload: json!({"decision": {"outcome": "allow", "reasons": []}, "number": "AB-1", "operation": "orders.PlaceOrder"}),
    }
}
