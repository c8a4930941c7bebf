//! What must not be stored is taken out before anything is.

use serde_json::Value;

/// What stands in place of a redacted value.
pub const REDACTED: &str = "[redacted]";

/// Replaces what the JSON pointers (RFC 6901) point at. A segment `*` stands for every item or member. Pointers that point at
/// nothing change nothing.
pub fn redact(body: &mut Value, pointers: &[&str]) {
    for pointer in pointers {
        let segments: Vec<String> =
            pointer.split('/').skip(1).map(|segment| segment.replace("~1", "/").replace("~0", "~")).collect();
        if !segments.is_empty() {
            redact_at(body, &segments);
        }
    }
}

fn redact_at(value: &mut Value, segments: &[String]) {
    let Some((first, rest)) = segments.split_first() else {
        if !value.is_null() {
            *value = Value::String(REDACTED.to_owned());
        }
        return;
    };
    match value {
        Value::Object(map) if first == "*" => map.values_mut().for_each(|item| redact_at(item, rest)),
        Value::Array(items) if first == "*" => items.iter_mut().for_each(|item| redact_at(item, rest)),
        Value::Object(map) => {
            if let Some(item) = map.get_mut(first) {
                redact_at(item, rest);
            }
        }
        Value::Array(items) => {
            if let Some(item) = first.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                redact_at(item, rest);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pointers_and_wildcards() {
        let mut body =
            json!({"a": {"mail": "x", "keep": 1}, "list": [{"mail": "y"}, {"mail": "z"}, 3], "a/b": "s", "n": null});
        redact(&mut body, &["/a/mail", "/list/*/mail", "/a~1b", "/not/there", "/n", ""]);
        assert_eq!(
            body,
            json!({"a": {"mail": REDACTED, "keep": 1}, "list": [{"mail": REDACTED}, {"mail": REDACTED}, 3], "a/b": REDACTED, "n": null})
        );
    }
}
