//! Calls of the demo's operations.

use base64::Engine as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::http::{Answer, Call};
use crate::node::Node;

/// An order that can be placed.
pub fn order(order_id: Uuid, client_order_id: &str) -> Value {
    json!({
        "order_id": order_id,
        "client_order_id": client_order_id,
        "sku": "ABC-1234",
        "item_count": 2,
        "total": {"amount": "99.50", "unit": "USD"},
    })
}

/// A piece of evidence that can be collected.
pub fn evidence(source: &str, source_event_id: &str, content: &[u8]) -> Value {
    json!({
        "source": source,
        "source_event_id": source_event_id,
        "kind": "log",
        "content": base64::engine::general_purpose::STANDARD.encode(content),
        "occurred_at": "2026-01-01T00:00:00Z",
    })
}

impl Node {
    /// Places an order.
    pub fn place(&self, token: &str, order: &Value) -> Call {
        self.post("/orders/place-order").token(token).json(order)
    }

    /// Approves an order.
    #[track_caller]
    pub fn approve(&self, token: &str, order_id: Uuid, approval_id: &str, version: i64) -> Answer {
        let approval = json!({"order_id": order_id, "approval_id": approval_id, "version": version});
        self.post("/orders/approve-order").token(token).json(&approval).send()
    }

    /// Reads an order.
    #[track_caller]
    pub fn read_order(&self, token: &str, order_id: Uuid) -> Answer {
        self.get(&format!("/orders/read-order?order_id={order_id}")).token(token).send()
    }

    /// Submits evidence.
    pub fn collect(&self, token: &str, evidence: &Value) -> Call {
        self.post("/evidence/collect-evidence").token(token).json(evidence)
    }
}
