//! OTLP's `ExportTraceServiceRequest` as Protobuf: the few messages and fields that are needed of
//! <https://github.com/open-telemetry/opentelemetry-proto>, written by hand; the tests read it with the project's own classes.

use std::time::{SystemTime, UNIX_EPOCH};

use super::Span;

/// `STATUS_CODE_ERROR`.
const ERROR: u64 = 2;

/// A message that is being written.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(u8::try_from(number & 0x7f).unwrap_or_default() | 0x80);
            number >>= 7;
        }
        self.0.push(u8::try_from(number).unwrap_or_default());
    }

    fn number(mut self, field: u64, number: u64) -> Self {
        self.varint(field << 3);
        self.varint(number);
        self
    }

    fn fixed(mut self, field: u64, number: u64) -> Self {
        self.varint(field << 3 | 1);
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    fn bytes(mut self, field: u64, bytes: &[u8]) -> Self {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    fn message(self, field: u64, message: &Self) -> Self {
        self.bytes(field, &message.0)
    }

    /// A `KeyValue` with a text.
    fn attribute(self, field: u64, key: &str, value: &str) -> Self {
        let value = Self::default().bytes(1, value.as_bytes());
        self.message(field, &Self::default().bytes(1, key.as_bytes()).message(2, &value))
    }
}

/// The request that carries these spans.
pub(super) fn request(spans: &[Span], model: &str) -> Vec<u8> {
    let resource = Message::default()
        .attribute(1, "service.name", "cell")
        .attribute(1, "service.version", env!("CARGO_PKG_VERSION"))
        .attribute(1, "cell.model", model);
    let scope = Message::default().bytes(1, b"kernel").bytes(2, env!("CARGO_PKG_VERSION").as_bytes());
    let all = spans.iter().fold(Message::default().message(1, &scope), |all, one| all.message(2, &span(one)));
    Message::default().message(1, &Message::default().message(1, &resource).message(2, &all)).0
}

fn span(span: &Span) -> Message {
    let context = &span.context;
    let mut message = Message::default().bytes(1, &context.trace).bytes(2, &context.span);
    if let Some(parent) = &context.parent {
        message = message.bytes(4, parent);
    }
    message = message
        .bytes(5, span.name.as_bytes())
        .number(6, span.kind as u64)
        .fixed(7, nanoseconds(span.begun))
        .fixed(8, nanoseconds(span.ended));
    message = span.attributes.iter().fold(message, |message, (key, value)| message.attribute(9, key, value));
    if span.failed { message.message(15, &Message::default().number(3, ERROR)) } else { message }
}

/// Since 1970.
fn nanoseconds(moment: SystemTime) -> u64 {
    let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
