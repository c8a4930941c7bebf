//! When a source may be asked again, by what its answer says. Pure.

use std::time::Duration;

use axum::http::{HeaderMap, header};
use chrono::DateTime;

use crate::types::Timestamp;

/// No source is waited for longer than this before it is asked again.
const LONGEST: Duration = Duration::from_secs(3600);
/// The pause after the first failure; each further one is twice as long.
const FIRST: Duration = Duration::from_secs(1);
/// The longest pause of a back-off.
const LAST: Duration = Duration::from_secs(300);

/// What an answer is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is what was asked for.
    Good,
    /// Ask later: after this time, or with back-off.
    Later(Option<Duration>),
    /// What was asked for is not there.
    Gone,
    /// Asking again will not help by itself.
    Refused,
}

/// What an answer with this status and these headers is.
pub(super) fn verdict(status: u16, headers: &HeaderMap, now: Timestamp) -> Verdict {
    match status {
        200..=299 => Verdict::Good,
        429 => Verdict::Later(retry_after(headers, now).or_else(|| until_reset(headers, now))),
        // GitHub says so when too much was asked.
        403 if headers.contains_key(header::RETRY_AFTER) || is_used_up(headers) => {
            Verdict::Later(retry_after(headers, now).or_else(|| until_reset(headers, now)))
        }
        408 | 425 | 500..=599 => Verdict::Later(retry_after(headers, now)),
        400 | 404 | 410 | 422 => Verdict::Gone,
        _ => Verdict::Refused,
    }
}

/// How long to wait after a good answer, because nothing is left of what may be asked.
pub(super) fn rest(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    if is_used_up(headers) { until_reset(headers, now) } else { None }
}

/// The pause after as many failures in a row.
pub(super) fn back_off(failures: u32) -> Duration {
    FIRST.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(LAST)
}

fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds).min(LONGEST));
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    Some(Timestamp::from_micros(date.timestamp_micros())?.since(now).min(LONGEST))
}

/// GitHub and Okta name the header differently.
fn limit<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let value = ["x-ratelimit-", "x-rate-limit-", "ratelimit-"]
        .into_iter()
        .find_map(|prefix| headers.get(format!("{prefix}{name}")));
    value?.to_str().ok().map(str::trim)
}

fn is_used_up(headers: &HeaderMap) -> bool {
    limit(headers, "remaining").is_some_and(|left| left == "0")
}

/// The reset is a moment, in seconds since 1970; the source's clock may be a little behind ours.
fn until_reset(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let seconds: i64 = limit(headers, "reset")?.parse().ok()?;
    let reset = Timestamp::from_micros(seconds.checked_mul(1_000_000)?)?;
    Some((reset.since(now) + Duration::from_secs(1)).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn sources_say_when_they_may_be_asked_again() {
        let now: Timestamp = "2015-10-21T07:28:00Z".parse().unwrap();
        let later = |seconds| Verdict::Later(Some(Duration::from_secs(seconds)));
        for (status, given, want) in [
            (200, headers(&[]), Verdict::Good),
            (429, headers(&[("retry-after", "7")]), later(7)),
            (429, headers(&[("retry-after", "Wed, 21 Oct 2015 07:28:30 GMT")]), later(30)),
            (429, headers(&[("retry-after", "9999999")]), later(3600)),
            (429, headers(&[("x-rate-limit-reset", "1445412490")]), later(11)),
            (429, headers(&[("retry-after", "soon")]), Verdict::Later(None)),
            (403, headers(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1445412490")]), later(11)),
            (403, headers(&[("x-ratelimit-remaining", "5")]), Verdict::Refused),
            (503, headers(&[("retry-after", "2")]), later(2)),
            (500, headers(&[]), Verdict::Later(None)),
            (404, headers(&[]), Verdict::Gone),
            (401, headers(&[]), Verdict::Refused),
            (302, headers(&[]), Verdict::Refused),
        ] {
            assert_eq!(verdict(status, &given, now), want, "{status} {given:?}");
        }
        let left = |left| headers(&[("x-rate-limit-remaining", left), ("x-rate-limit-reset", "1445412490")]);
        assert_eq!((rest(&left("0"), now), rest(&left("1"), now)), (Some(Duration::from_secs(11)), None));
    }

    #[test]
    fn pauses_grow_and_end() {
        let pauses: Vec<u64> = [1, 2, 3, 8, 9, 10, u32::MAX].map(|failures| back_off(failures).as_secs()).to_vec();
        assert_eq!(pauses, [1, 2, 4, 128, 256, 300, 300]);
    }
}
