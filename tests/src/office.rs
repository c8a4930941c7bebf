//! The example `billing`, with those whom it calls.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::binaries::billing;
use crate::elsewhere::{Elsewhere, Reaction};
use crate::http::Answer;
use crate::node::{Node, Place};

/// A running node, a clerk who calls it, and others whom it calls.
pub struct Office {
    /// Its data.
    pub place: Place,
    /// The node.
    pub node: Node,
    /// The clerk's token.
    pub clerk: String,
    /// Knows what customers are good for: 1,000 EUR.
    pub bureau: Elsewhere,
    /// Mails letters.
    pub printer: Elsewhere,
}

impl Office {
    /// A new one; all whom it calls answer.
    #[track_caller]
    pub fn open() -> Self {
        let limit = json!({ "credit_limit": { "amount": "1000", "unit": "EUR" } });
        let bureau = Elsewhere::start(move |_, _| Reaction::Answer(200, limit.clone()));
        let printer = Elsewhere::start(|asked, _| {
            let tracking = json!({ "invoice_id": asked.body["invoice_id"], "tracking": "T-1" });
            Reaction::Answer(200, tracking)
        });
        let place = Place::new().with_node(&billing().node);
        let node = start(&place, &bureau, &printer);
        let clerk = place.token("cleo", &["billing.Clerk"]);
        Self { place, node, clerk, bureau, printer }
    }

    /// Starts the node again, where it was.
    #[track_caller]
    pub fn restart(&mut self) {
        self.node.kill();
        self.node = start(&self.place, &self.bureau, &self.printer);
    }

    /// Calls a command as the clerk.
    #[track_caller]
    pub fn call(&self, operation: &str, input: &Value) -> Answer {
        self.node.post(&format!("/billing/{operation}")).token(&self.clerk).json(input).send()
    }

    /// Asks a query as the clerk.
    #[track_caller]
    pub fn ask(&self, question: &str) -> Answer {
        self.node.get(&format!("/billing/{question}")).token(&self.clerk).send()
    }

    /// Issues an invoice over 10 EUR: the invoice and its line.
    #[track_caller]
    pub fn issued(&self, number: &str) -> (Uuid, Uuid) {
        let (invoice, line) = (Uuid::new_v4(), Uuid::new_v4());
        self.call("issue-invoice", &invoice_of(invoice, number, line)).with(200);
        (invoice, line)
    }
}

fn start(place: &Place, bureau: &Elsewhere, printer: &Elsewhere) -> Node {
    let bureau = format!("outbound.billing.rating_bureau.url={}/ratings", bureau.url());
    let printer = format!("outbound.billing.print_shop.url={}", printer.url());
    place.start_with(&["--set", &bureau, "--set", &printer])
}

/// An invoice over 10 EUR that can be issued.
pub fn invoice_of(invoice: Uuid, number: &str, line: Uuid) -> Value {
    json!({
        "invoice_id": invoice, "number": number, "customer": "Ada", "line_id": line,
        "text": format!("line of {number}"), "amount": { "amount": "10", "unit": "EUR" },
    })
}
