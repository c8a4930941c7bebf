//! CloudEvents 1.0 over HTTP: attributes in headers (binary mode), in the body (structured mode), several at once (batched).
//! Whatever the mode, a parser sees the structured form.

use axum::http::{HeaderMap, header::CONTENT_TYPE};
use serde_json::{Map, Value};

use super::{Unpacked, Unreadable, event, header};
use crate::types::Timestamp;

/// Attributes that every event has.
const REQUIRED: [&str; 4] = ["specversion", "id", "source", "type"];

pub(super) fn unpack(redacted: &[&str], headers: &HeaderMap, body: &[u8], received_at: Timestamp) -> Vec<Unpacked> {
    let media = header(headers, CONTENT_TYPE.as_str()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let structured = |value| checked(value, redacted, received_at);
    match media.as_str() {
        "application/cloudevents+json" => match serde_json::from_slice(body) {
            Ok(value) => vec![structured(value)],
            Err(error) => vec![unreadable(headers, format!("not JSON: {error}"), body)],
        },
        "application/cloudevents-batch+json" => match serde_json::from_slice::<Vec<Value>>(body) {
            Ok(values) => values.into_iter().map(structured).collect(),
            Err(error) => vec![unreadable(headers, format!("not a list in JSON: {error}"), body)],
        },
        _ => match binary(headers, &media, body) {
            Ok(value) => vec![structured(value)],
            Err(reason) => vec![unreadable(headers, reason, body)],
        },
    }
}

/// The structured form of a message in binary mode.
fn binary(headers: &HeaderMap, media: &str, body: &[u8]) -> Result<Value, String> {
    let mut attributes = Map::new();
    for (name, value) in headers {
        let Some(attribute) = name.as_str().strip_prefix("ce-") else { continue };
        let text = value.to_str().map_err(|_| format!("the header {name} is no text"))?;
        attributes
            .insert(attribute.to_owned(), decoded(text).ok_or_else(|| format!("the header {name} is no text"))?.into());
    }
    if let Some(written) = header(headers, CONTENT_TYPE.as_str()) {
        attributes.insert("datacontenttype".to_owned(), written.into());
    }
    if !body.is_empty() {
        let (member, data) = data(media, body)?;
        attributes.insert(member.to_owned(), data);
    }
    Ok(Value::Object(attributes))
}

/// What is not JSON is carried as text of its bytes, as in the structured form.
fn data(media: &str, body: &[u8]) -> Result<(&'static str, Value), String> {
    use base64::Engine as _;
    if media.is_empty() || media.ends_with("/json") || media.ends_with("+json") {
        return serde_json::from_slice(body).map(|data| ("data", data)).map_err(|error| format!("not JSON: {error}"));
    }
    Ok(("data_base64", base64::engine::general_purpose::STANDARD.encode(body).into()))
}

/// Header values are percent-encoded; what is not, is taken as it stands.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = (*first == b'%').then(|| after.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

fn checked(value: Value, redacted: &[&str], received_at: Timestamp) -> Unpacked {
    let text = |name: &str| value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let event_type = text("type").unwrap_or_default().to_owned();
    let missing = REQUIRED.into_iter().find(|name| text(name).is_none());
    let unknown = text("specversion").filter(|version| *version != "1.0");
    let reason = match (missing, unknown) {
        (Some(name), _) => Some(format!("no CloudEvents attribute {name}")),
        (_, Some(version)) => Some(format!("CloudEvents {version} is not read")),
        _ => None,
    };
    let id = text("source").zip(text("id")).map(|(source, id)| identity(source, id));
    let without = reason.clone().unwrap_or_else(|| "no usable source and id".to_owned());
    event(id.filter(|_| reason.is_none()), event_type, value, redacted, received_at, || without)
}

/// Only source and id together tell events apart. The first `#` stands between them.
fn identity(source: &str, id: &str) -> String {
    format!("{}#{id}", source.replace('%', "%25").replace('#', "%23"))
}

fn unreadable(headers: &HeaderMap, reason: String, body: &[u8]) -> Unpacked {
    let event_type = header(headers, "ce-type").unwrap_or_default();
    Unreadable { delivery_id: None, event_type, reason, body: body.to_vec() }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const MOMENT: i64 = 1_000_000;

    fn read(headers: &[(&str, &str)], body: &str) -> Vec<Unpacked> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(axum::http::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        unpack(&["/data/secret"], &map, body.as_bytes(), Timestamp::at_micros(MOMENT))
    }

    fn one(headers: &[(&str, &str)], body: &str) -> Result<(String, String, Value), String> {
        let mut found = read(headers, body);
        assert_eq!(found.len(), 1);
        match found.remove(0) {
            Unpacked::Delivery(delivery) => Ok((delivery.delivery_id, delivery.event_type, delivery.body)),
            Unpacked::Unreadable(unreadable) => Err(unreadable.reason),
        }
    }

    const BINARY: [(&str, &str); 5] = [
        ("ce-specversion", "1.0"),
        ("ce-type", "com.example.someevent"),
        ("ce-time", "2018-04-05T03:56:24Z"),
        ("ce-id", "1234-1234-1234"),
        ("ce-source", "/mycontext/subcontext"),
    ];

    /// The scenarios of the CloudEvents conformance suite for the HTTP binding (Apache-2.0), and that both modes are one.
    #[test]
    fn both_modes_are_read_alike() {
        let data = r#"{"message": "Hello World!", "secret": "x"}"#;
        for media in ["application/json", "application/json; charset=utf-8"] {
            let want = json!({
                "specversion": "1.0", "type": "com.example.someevent", "time": "2018-04-05T03:56:24Z",
                "id": "1234-1234-1234", "source": "/mycontext/subcontext", "datacontenttype": media,
                "data": {"message": "Hello World!", "secret": "[redacted]"},
            });
            let id = "/mycontext/subcontext#1234-1234-1234".to_owned();
            let want = Ok((id, "com.example.someevent".to_owned(), want));
            let mut headers = BINARY.to_vec();
            headers.push(("content-type", media));
            assert_eq!(one(&headers, data), want);
            let mut body = want.clone().unwrap().2;
            body["data"]["secret"] = "y".into();
            for structured in ["application/cloudevents+json", "application/cloudevents+json; charset=utf-8"] {
                assert_eq!(one(&[("content-type", structured)], &body.to_string()), want);
            }
            let batch = json!([body, {"specversion": "1.0"}]).to_string();
            let found = read(&[("content-type", "application/cloudevents-batch+json")], &batch);
            assert!(matches!(&found[..], [Unpacked::Delivery(_), Unpacked::Unreadable(_)]));
        }
    }

    #[test]
    fn what_is_no_event_is_told_with_its_reason() {
        let without = |name: &str| BINARY.into_iter().filter(|(header, _)| *header != name).collect::<Vec<_>>();
        for name in ["specversion", "id", "source", "type"] {
            let reason = one(&without(&format!("ce-{name}")), "{}").unwrap_err();
            assert_eq!(reason, format!("no CloudEvents attribute {name}"));
        }
        let mut old = without("ce-specversion");
        old.push(("ce-specversion", "0.3"));
        assert_eq!(one(&old, "{}").unwrap_err(), "CloudEvents 0.3 is not read");
        assert!(one(&BINARY, "{").unwrap_err().starts_with("not JSON"));
        let batch = [("content-type", "application/cloudevents-batch+json")];
        assert!(one(&batch, "{}").unwrap_err().starts_with("not a list"));
        let long = json!({"specversion": "1.0", "type": "t", "source": "s", "id": "i".repeat(300)}).to_string();
        let structured = [("content-type", "application/cloudevents+json")];
        assert_eq!(one(&structured, &long).unwrap_err(), "no usable source and id");
    }

    #[test]
    fn headers_are_percent_encoded_and_other_data_is_carried_as_bytes() {
        let mut headers = BINARY.to_vec();
        headers.extend([("ce-subject", "Euro%20%E2%82%AC%2"), ("content-type", "text/plain")]);
        let (_, _, body) = one(&headers, "hello").unwrap();
        assert_eq!((&body["subject"], &body["data_base64"]), (&json!("Euro \u{20ac}%2"), &json!("aGVsbG8=")));
        assert_ne!(identity("a#b", "c"), identity("a", "b#c"));
    }
}
