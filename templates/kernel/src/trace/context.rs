//! Which trace a call belongs to: <https://www.w3.org/TR/trace-context/>.

use axum::http::HeaderMap;

use crate::types::Uuid;

/// The header that carries it.
pub(crate) const HEADER: &str = "traceparent";

tokio::task_local! {
    static CURRENT: Context;
}

/// A span's place in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Context {
    pub(crate) trace: [u8; 16],
    pub(crate) span: [u8; 8],
    /// The span of the caller, if it has one.
    pub(crate) parent: Option<[u8; 8]>,
    /// Whether whoever began the trace wants it to be kept.
    pub(crate) sampled: bool,
}

impl Context {
    /// A new span in the caller's trace; in a trace of its own if there is none, or none that follows the standard.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut given = headers.get_all(HEADER).iter();
        let parent = given.next().and_then(|value| parse(value.to_str().ok()?)).filter(|_| given.next().is_none());
        Self::below(parent)
    }

    /// A new span in the trace of what caused it, as an event tells of it; in a trace of its own if it tells of none.
    pub(crate) fn caused_by(traceparent: Option<&str>) -> Self {
        Self::below(traceparent.and_then(parse))
    }

    fn below(parent: Option<([u8; 16], [u8; 8], bool)>) -> Self {
        let mut span = [0; 8];
        // The last bytes of it are random, and not all zero but once in 2^62.
        span.copy_from_slice(&Uuid::new_v4().as_bytes()[8..]);
        match parent {
            Some((trace, parent, sampled)) => Self { trace, span, parent: Some(parent), sampled },
            None => Self { trace: *Uuid::new_v4().as_bytes(), span, parent: None, sampled: true },
        }
    }

    /// What others are told who are called from within.
    pub(crate) fn header(&self) -> String {
        format!("00-{}-{}-{:02x}", hex(&self.trace), hex(&self.span), u8::from(self.sampled))
    }
}

/// Runs something within a span.
pub(crate) async fn within<F: Future>(context: Context, work: F) -> F::Output {
    CURRENT.scope(context, work).await
}

/// The span that this runs within.
pub(crate) fn current() -> Option<Context> {
    CURRENT.try_with(|context| *context).ok()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn parse(text: &str) -> Option<([u8; 16], [u8; 8], bool)> {
    let mut parts = text.split('-');
    let version: [u8; 1] = bytes(parts.next()?)?;
    let (trace, span): ([u8; 16], [u8; 8]) = (bytes(parts.next()?)?, bytes(parts.next()?)?);
    let [flags]: [u8; 1] = bytes(parts.next()?)?;
    // Later versions may have more behind it; this one may not, and 255 is no version.
    let ends = version == [0] && parts.next().is_none() || (1..255).contains(&version[0]);
    let real = trace != [0; 16] && span != [0; 8];
    (ends && real).then_some((trace, span, flags & 1 == 1))
}

/// So many bytes as lower-case hexadecimal digits.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if text.len() != 2 * N || !text.bytes().all(digit) {
        return None;
    }
    let mut all = [0; N];
    for (place, byte) in all.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Context {
        let headers = values.iter().map(|value| (HEADER.parse().unwrap(), value.parse().unwrap()));
        Context::of(&headers.collect())
    }

    #[test]
    fn the_callers_trace_goes_on() {
        let context = of(&["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"]);
        assert_eq!(hex(&context.trace), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(context.parent.map(|span| hex(&span)).as_deref(), Some("00f067aa0ba902b7"));
        assert!(!context.sampled && context.header().ends_with("-00"));
        assert_eq!(parse(&context.header()), Some((context.trace, context.span, false)));
        assert!(of(&["cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-later"]).parent.is_some());
    }

    #[test]
    fn what_does_not_follow_the_standard_begins_a_new_one() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        for bad in [
            &["00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"][..],
            &["00-00000000000000000000000000000000-00f067aa0ba902b7-01"],
            &["00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"],
            &["ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"],
            &["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"],
            &["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"],
            &[good, good],
            &["\u{e9}"],
            &[],
        ] {
            let context = of(bad);
            assert!(context.parent.is_none() && context.sampled && context.trace != of(bad).trace, "{bad:?}");
        }
    }
}
