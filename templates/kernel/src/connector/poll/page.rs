//! One answer of a source: its items, and where the next page is. Pure.

use axum::http::{HeaderMap, Uri, header};
use serde_json::Value;

use super::super::{Next, Poll, Spot, extract};
use crate::types::Timestamp;

/// What a page says of the whole.
pub(super) struct Page {
    pub(super) items: Vec<Value>,
    pub(super) next: Option<String>,
    pub(super) total: Option<u64>,
}

/// The address of the first page of a round.
pub(super) fn first(poll: &Poll, address: &str, since: Option<Timestamp>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(poll.query);
    if let (Some(parameter), Some(since)) = (poll.since.and_then(|since| since.parameter), since) {
        // Sources may not know finer parts of a second than these.
        let micros = since.micros();
        let whole = Timestamp::at_micros(micros - micros.rem_euclid(1_000)).to_string();
        query.append_pair(parameter, &whole.replace("000Z", "Z"));
    }
    with_query(&format!("{}{}", address.trim_end_matches('/'), poll.path), &query.finish())
}

/// The address of a summary's delivery.
pub(super) fn detail(poll: &Poll, address: &str, by: &str) -> String {
    let by: String = form_urlencoded::byte_serialize(by.as_bytes()).collect();
    format!("{}{}/{by}", address.trim_end_matches('/'), poll.path)
}

fn with_query(url: &str, query: &str) -> String {
    if query.is_empty() { url.to_owned() } else { format!("{url}?{query}") }
}

/// Reads an answer to `url`.
///
/// # Errors
/// When it is not what was declared.
pub(super) fn read(poll: &Poll, url: &str, headers: &HeaderMap, body: &[u8]) -> Result<Page, String> {
    let mut body: Value = serde_json::from_slice(body).map_err(|error| format!("the answer is not JSON: {error}"))?;
    let next = match poll.next {
        None => None,
        Some(Next::Link) => next_link(url, headers)?,
        Some(Next::Cursor { at, parameter }) => extract::text(extract::pointer(&body, at))
            .filter(|cursor| !cursor.is_empty())
            .map(|cursor| replaced(url, parameter, &cursor)),
    };
    let total = match poll.total {
        None => None,
        Some(Spot::Header(name)) => headers.get(name).and_then(|value| value.to_str().ok()?.parse().ok()),
        Some(Spot::Pointer(pointer)) => body.pointer(pointer).and_then(Value::as_u64),
    };
    match body.pointer_mut(poll.items).map(Value::take) {
        Some(Value::Array(items)) => Ok(Page { items, next, total }),
        _ => Err(format!("the answer has no list at \"{}\"", poll.items)),
    }
}

/// The address with one parameter set.
fn replaced(url: &str, parameter: &str, value: &str) -> String {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let others = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != parameter);
    let query =
        form_urlencoded::Serializer::new(String::new()).extend_pairs(others).append_pair(parameter, value).finish();
    with_query(path, &query)
}

/// The target of `rel="next"`. It has to be at the same place: the request for it carries what lets this in.
fn next_link(url: &str, headers: &HeaderMap) -> Result<Option<String>, String> {
    let values = headers.get_all(header::LINK).iter().filter_map(|value| value.to_str().ok());
    let Some(target) = values.flat_map(links).find(|link| link.is_next()).map(|link| link.target) else {
        return Ok(None);
    };
    let target = if target.starts_with('/') && !target.starts_with("//") {
        format!("{}{target}", origin(url).unwrap_or_default())
    } else {
        target.to_owned()
    };
    if origin(&target).is_some() && origin(&target) == origin(url) {
        return Ok(Some(target));
    }
    Err("the next page is said to be at another place".to_owned())
}

/// Scheme, host and port.
pub(super) fn origin(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let scheme = uri.scheme_str()?.to_ascii_lowercase();
    let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    Some(format!("{scheme}://{}:{port}", uri.host()?.to_ascii_lowercase()))
}

struct Link<'v> {
    target: &'v str,
    parameters: &'v str,
}

impl Link<'_> {
    fn is_next(&self) -> bool {
        self.parameters.split(';').filter_map(|parameter| parameter.split_once('=')).any(|(name, value)| {
            let mut words = value.trim().trim_matches('"').split_ascii_whitespace();
            name.trim().eq_ignore_ascii_case("rel") && words.any(|word| word.eq_ignore_ascii_case("next"))
        })
    }
}

/// The links of one header (RFC 8288). A comma within `<>` is part of an address.
fn links(value: &str) -> Vec<Link<'_>> {
    let mut links = Vec::new();
    let mut rest = value;
    while let Some((target, after)) = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>')) {
        let end = after.find(",").filter(|end| after.get(*end..).is_some_and(|tail| tail.contains('<')));
        let (parameters, tail) = after.split_at(end.unwrap_or(after.len()));
        links.push(Link { target, parameters });
        rest = tail;
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(values: &[&str]) -> Result<Option<String>, String> {
        let headers = values.iter().map(|value| (header::LINK, value.parse().unwrap())).collect();
        next_link("https://a.example/api/v1/logs?limit=2", &headers)
    }

    #[test]
    fn the_next_page_is_found_where_sources_say() {
        let at = |url: &str| Ok(Some(url.to_owned()));
        // Okta sends one header for each link, GitHub one for all.
        let own = "<https://a.example/api/v1/logs?limit=2>; rel=\"self\"";
        let after = "<https://a.example/api/v1/logs?after=1,2>; rel=\"next\"";
        assert_eq!(next(&[own, after]), at("https://a.example/api/v1/logs?after=1,2"));
        let github = "<https://a.example/x?cursor=v1_9>; rel=\"next\", <https://a.example/x>; rel=\"last\"";
        assert_eq!(next(&[github]), at("https://a.example/x?cursor=v1_9"));
        assert_eq!(next(&["</x?p=2>; title=\"y\"; rel=\"last next\""]), at("https://a.example:443/x?p=2"));
        assert_eq!(next(&["<https://A.example:443/x>; REL=next"]), at("https://A.example:443/x"));
        for none in [vec![], vec![own], vec!["nonsense"], vec!["<https://a.example/x>; rel=\"prev\""]] {
            assert_eq!(next(&none), Ok(None), "{none:?}");
        }
        for elsewhere in ["https://b.example/x", "http://a.example/x", "https://a.example:8443/x", "//b.example/x", "x"]
        {
            assert!(next(&[&format!("<{elsewhere}>; rel=\"next\"")]).is_err(), "{elsewhere}");
        }
    }

    #[test]
    fn a_cursor_is_set_among_the_other_parameters() {
        let url = "https://a.example/x?limit=2&cursor=a%20b&q=%26";
        assert_eq!(replaced(url, "cursor", "c=d"), "https://a.example/x?limit=2&q=%26&cursor=c%3Dd");
        assert_eq!(replaced("https://a.example/x", "cursor", "1"), "https://a.example/x?cursor=1");
    }
}
