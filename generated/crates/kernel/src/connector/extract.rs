//! The closed set of functions that emitted parsers are made of. All are pure; a missing value stays missing.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Map, Value};

use super::Actor;
use crate::types::{Decimal, Timestamp};

/// A value that was found, or nothing.
pub type Extracted = Option<Value>;

/// The value a JSON pointer points at; `null` counts as nothing.
pub fn pointer(body: &Value, pointer: &str) -> Extracted {
    body.pointer(pointer).filter(|value| !value.is_null()).cloned()
}

/// A fixed value.
pub fn constant(value: impl Into<Value>) -> Extracted {
    Some(value.into())
}

/// The first value that is there.
pub fn coalesce(candidates: impl IntoIterator<Item = Extracted>) -> Extracted {
    candidates.into_iter().flatten().next()
}

/// A word of the source in words of the specification; `otherwise` for words the table does not have.
pub fn map(value: Extracted, table: &[(&str, &str)], otherwise: Option<&str>) -> Extracted {
    let word = text(value)?;
    let found = table.iter().find(|(from, _)| *from == word).map(|(_, to)| *to);
    found.or(otherwise).map(Value::from)
}

/// The texts with a separator between them; nothing if one is missing.
pub fn join(parts: impl IntoIterator<Item = Extracted>, separator: &str) -> Extracted {
    let parts: Option<Vec<String>> = parts.into_iter().map(text).collect();
    parts.map(|parts| Value::from(parts.join(separator)))
}

/// The value as text: strings as they are, numbers and booleans in JSON's spelling. Lists and objects are not text.
pub fn text(value: Extracted) -> Option<String> {
    match value? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// The value as a moment: RFC 3339 with any offset, `2026-11-22 09:30:00 +0100`, `2026-11-22 09:30:00 UTC`, the same without
/// either (it is UTC then), or a number of seconds or milliseconds since 1970 (from 100 000 000 000 on they are milliseconds).
pub fn time(value: Extracted) -> Option<Timestamp> {
    match value? {
        Value::String(text) => time_from_text(text.trim()),
        Value::Number(number) => time_from_number(&number),
        _ => None,
    }
}

/// The value as a boolean; also the texts `true` and `false`.
pub fn boolean(value: Extracted) -> Option<bool> {
    match value? {
        Value::Bool(flag) => Some(flag),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// The value as an exact number; also a text that is one.
pub fn number(value: Extracted) -> Option<Decimal> {
    text(value)?.parse().ok()
}

/// Somebody of a kind, if there is an id.
pub fn actor(kind: &str, id: Extracted, display: Extracted) -> Option<Actor> {
    text(id).map(|id| Actor { id, kind: kind.to_owned(), display: text(display) })
}

/// The members that are there, for an event's attributes.
pub fn attributes<'a>(members: impl IntoIterator<Item = (&'a str, Extracted)>) -> Map<String, Value> {
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn time_from_text(text: &str) -> Option<Timestamp> {
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    if let Ok(local) = NaiveDateTime::parse_from_str(text.strip_suffix(" UTC").unwrap_or(text), "%Y-%m-%d %H:%M:%S%.f")
    {
        return Timestamp::checked(local.and_utc());
    }
    let moment = DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f %z").ok()?;
    Timestamp::checked(moment.with_timezone(&Utc))
}

fn time_from_number(number: &serde_json::Number) -> Option<Timestamp> {
    const MILLISECONDS_FROM: f64 = 1e11;
    let unit: i64 = if number.as_f64()?.abs() >= MILLISECONDS_FROM { 1_000 } else { 1_000_000 };
    if let Some(whole) = number.as_i64() {
        return Timestamp::from_micros(whole.checked_mul(unit)?);
    }
    // Through the decimal text, so that a fraction of a second is not blurred.
    let exact = number.to_string().parse::<Decimal>().ok()?.checked_mul(Decimal::from(unit))?;
    let whole = exact.to_string();
    Timestamp::from_micros(whole.split('.').next()?.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_in_the_forms_sources_use() {
        for (value, want) in [
            (json!("2026-11-22T10:30:00+01:00"), "2026-11-22T09:30:00.000000Z"),
            (json!("2026-11-22 10:30:00 +0100"), "2026-11-22T09:30:00.000000Z"),
            (json!("2013-12-03 17:23:34 UTC"), "2013-12-03T17:23:34.000000Z"),
            (json!("2020-11-25 21:27:03.496000000"), "2020-11-25T21:27:03.496000Z"),
            (json!(1_763_803_800), "2025-11-22T09:30:00.000000Z"),
            (json!(1_763_803_800_123_i64), "2025-11-22T09:30:00.123000Z"),
            (json!(1_763_803_800.5), "2025-11-22T09:30:00.500000Z"),
        ] {
            assert_eq!(time(Some(value.clone())).map(|t| t.to_string()).as_deref(), Some(want), "{value}");
        }
        for value in [json!("yesterday"), json!("2026-11-22T10:30:00"), json!(true), json!(1e300)] {
            assert_eq!(time(Some(value.clone())), None, "{value}");
        }
    }

    #[test]
    fn missing_stays_missing() {
        let body = json!({"a": null, "b": {"c": 7}, "s": "merged"});
        assert_eq!(pointer(&body, "/a"), None);
        assert_eq!(coalesce([pointer(&body, "/a"), pointer(&body, "/b/c")]), Some(json!(7)));
        assert_eq!(join([pointer(&body, "/b/c"), constant("x")], "/"), Some(json!("7/x")));
        assert_eq!(join([pointer(&body, "/a"), constant("x")], "/"), None);
        assert_eq!(map(pointer(&body, "/s"), &[("merged", "success")], None), Some(json!("success")));
        assert_eq!(map(constant("other"), &[("merged", "success")], Some("unknown")), Some(json!("unknown")));
        assert_eq!(number(pointer(&body, "/b/c")), Some(Decimal::from(7)));
        assert_eq!(attributes([("a", pointer(&body, "/a")), ("c", pointer(&body, "/b/c"))]).len(), 1);
    }
}
