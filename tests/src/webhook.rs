//! Deliveries as GitHub sends them.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::http::Call;
use crate::node::Node;

/// The secret that nodes under test share with GitHub.
pub const SECRET: &str = "it's a secret to everybody";

/// The value of `X-Hub-Signature-256`.
pub fn signature(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length will do");
    mac.update(body);
    let tag = mac.finalize().into_bytes();
    format!("sha256={}", tag.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

impl Node {
    /// A delivery that is signed with the true secret.
    pub fn delivery(&self, event: &str, id: &str, body: &[u8]) -> Call {
        self.delivery_signed(event, id, body, &signature(SECRET, body))
    }

    /// A delivery with any signature.
    pub fn delivery_signed(&self, event: &str, id: &str, body: &[u8], signature: &str) -> Call {
        self.post("/ingest/github")
            .header("Content-Type", "application/json")
            .header("X-GitHub-Event", event)
            .header("X-GitHub-Delivery", id)
            .header("X-Hub-Signature-256", signature)
            .body(body)
    }
}
