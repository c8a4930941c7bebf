//! `connectors`: transports, verification, and the pure functions that make events of payloads.

use super::ast::*;
use super::reader::{Map, Reader, is_pointer};
use super::shape::Shape;
use super::{shapes, words};
use crate::report;
use crate::yaml::{Node, NodeKind};

impl Reader<'_> {
    pub(super) fn connector(&mut self, node: &Node) -> Option<Connector> {
        let map = self.map(node, &shapes::CONNECTOR)?;
        let name = self.text(map, "name");
        let transport = self.submap(map, "transport", &shapes::TRANSPORT);
        let webhook = transport.and_then(|transport| self.webhook(transport.get("webhook")?));
        let poll = transport.and_then(|transport| self.poll(transport.get("poll")?));
        let redact = self.list(map, "redact", Self::pointer);
        let cases = self.list(map, "parse", Self::parse_case);
        let otherwise = self.text(map, "otherwise");
        let examples = self.list(map, "examples", Self::connector_example);
        Some(Connector { span: map.span, name: name?, webhook, poll, redact, cases, otherwise, examples })
    }

    fn webhook(&mut self, node: &Node) -> Option<Webhook> {
        let map = self.map(node, &shapes::WEBHOOK)?;
        let path = self.text(map, "path");
        let verify = map.get("verify").and_then(|node| self.verify(node));
        let envelope = map.get("envelope").and_then(|node| self.word(node, "an envelope", words::ENVELOPES));
        let items = map.get("items").and_then(|node| self.pointer(node));
        let (delivery_id, event_type) = (self.spot(map, "deliveryId"), self.spot(map, "eventType"));
        let challenge = self.submap(map, "challenge", &shapes::CHALLENGE);
        let challenge = challenge.and_then(|map| Some((self.text(map, "header")?, self.text(map, "member")?)));
        Some(Webhook { span: map.span, path: path?, verify, envelope, items, delivery_id, event_type, challenge })
    }

    fn verify(&mut self, node: &Node) -> Option<Verify> {
        let map = self.map(node, &shapes::VERIFY)?;
        match (map.get("hmacSha256"), map.get("token"), map.entries) {
            (Some(_), Some(_), [first, second, ..]) => {
                self.diagnostics.push(report::exclusive_keys(&first.key, &second.key));
                None
            }
            (Some(hmac), _, _) => self.header_secret(hmac, &shapes::HMAC).map(Verify::Hmac),
            (_, Some(token), _) => self.header_secret(token, &shapes::TOKEN).map(Verify::Token),
            _ => {
                self.diagnostics.push(report::missing_one_of(node.span, &["hmacSha256", "token"]));
                None
            }
        }
    }

    fn header_secret(&mut self, node: &Node, shape: &Shape) -> Option<HeaderSecret> {
        let map = self.map(node, shape)?;
        let (header, prefix, secret) = (self.text(map, "header"), self.text(map, "prefix"), self.secret(map, "secret"));
        Some(HeaderSecret { span: map.span, header: header?, prefix, secret: secret? })
    }

    /// A header or a JSON pointer.
    fn spot(&mut self, map: Map<'_>, key: &str) -> Option<Spot> {
        let node = map.get(key)?;
        match &node.kind {
            NodeKind::Scalar(scalar) if scalar.text.starts_with('/') => self.pointer(node).map(Spot::Pointer),
            _ => self.header(map, key).map(Spot::Header),
        }
    }

    fn poll(&mut self, node: &Node) -> Option<Poll> {
        let map = self.map(node, &shapes::POLL)?;
        let address = self.secret(map, "address");
        let path = self.text(map, "path");
        let query = map.get("query").map(|node| self.entries(node, "a mapping from parameters to values"));
        let query = query.unwrap_or_default().iter();
        let query = query.filter_map(|entry| Some((entry.key.clone(), self.scalar(&entry.value)?))).collect();
        let auth = map.get("auth").and_then(|node| self.header_secret(node, &shapes::TOKEN));
        let (every, timeout) = (self.duration_at(map, "every"), self.duration_at(map, "timeout"));
        let order = map.get("order").and_then(|node| self.word(node, "an order", words::POLL_ORDERS));
        let items = map.get("items").and_then(|node| self.pointer(node));
        let delivery_id = map.get("deliveryId").and_then(|node| self.pointer(node));
        let event_type = map.get("eventType").and_then(|node| self.pointer(node));
        let time = map.get("time").and_then(|node| self.pointer(node));
        let next = map.get("next").and_then(|node| self.poll_next(node));
        let since = map.get("since").and_then(|node| self.poll_since(node));
        let total = self.spot(map, "total");
        let detail = map.get("detail").and_then(|node| self.poll_detail(node));
        Some(Poll {
            span: map.span,
            address: address?,
            path,
            query,
            auth,
            every: every?,
            timeout,
            order,
            items,
            delivery_id: delivery_id?,
            event_type: event_type?,
            time,
            next,
            since,
            total,
            detail,
        })
    }

    fn poll_next(&mut self, node: &Node) -> Option<PollNext> {
        if !matches!(node.kind, NodeKind::Mapping(_)) {
            return self.word(node, "a way to the next page", words::NEXT_WORDS).map(PollNext::Word);
        }
        let map = self.map(node, &shapes::POLL_CURSOR)?;
        let (at, parameter) = (map.get("at").and_then(|node| self.pointer(node)), self.text(map, "parameter"));
        Some(PollNext::Cursor(at?, parameter?))
    }

    fn poll_since(&mut self, node: &Node) -> Option<PollSince> {
        let map = self.map(node, &shapes::POLL_SINCE)?;
        let (parameter, lookback) = (self.text(map, "parameter"), self.duration_at(map, "lookback"));
        let overlap = self.duration_at(map, "overlap");
        Some(PollSince { span: map.span, parameter, lookback: lookback?, overlap })
    }

    fn poll_detail(&mut self, node: &Node) -> Option<(Text, Option<Text>)> {
        let map = self.map(node, &shapes::POLL_DETAIL)?;
        let by = map.get("by").and_then(|node| self.pointer(node));
        let body = map.get("body").and_then(|node| self.pointer(node));
        Some((by?, body))
    }

    fn connector_example(&mut self, node: &Node) -> Option<ConnectorExample> {
        let map = self.map(node, &shapes::CONNECTOR_EXAMPLE)?;
        let mut text = |key| self.text(map, key);
        let (name, event_type, body, becomes) = (text("name"), text("eventType"), text("body"), text("becomes"));
        let (subject, actor, outcome) = (text("subject"), text("actor"), text("outcome"));
        let (occurred_at, reason) = (text("occurredAt"), text("reason"));
        let (name, event_type, body, becomes) = (name?, event_type?, body?, becomes?);
        let span = map.span;
        Some(ConnectorExample { span, name, event_type, body, becomes, subject, actor, outcome, occurred_at, reason })
    }

    fn parse_case(&mut self, node: &Node) -> Option<ParseCase> {
        let map = self.map(node, &shapes::PARSE_CASE)?;
        let when = map.get("when").map(|node| self.conditions(node)).unwrap_or_default();
        let event = self.submap(map, "event", &shapes::PARSED_EVENT)?;
        let ty = self.text(event, "type");
        let case = (
            event.get("occurredAt").and_then(|node| self.extract(node)),
            event.get("actor").and_then(|node| self.reference(node)),
            event.get("subject").and_then(|node| self.reference(node)),
            event.get("outcome").and_then(|node| self.extract(node)),
            self.texts(event, "controls"),
            self.attributes(event),
        );
        let (occurred_at, actor, subject, outcome, controls, attributes) = case;
        Some(ParseCase { span: map.span, when, ty: ty?, occurred_at, actor, subject, outcome, controls, attributes })
    }

    /// `eventType` or a JSON pointer, and what it must equal.
    fn conditions(&mut self, node: &Node) -> Vec<(Text, Scalar)> {
        let mut conditions = Vec::new();
        for entry in self.entries(node, "a mapping from `eventType` or JSON pointers to values") {
            let key = entry.key.value.as_str();
            if key != "eventType" && (key.is_empty() || !is_pointer(key)) {
                self.diagnostics.push(report::malformed_condition(&entry.key));
            } else if let Some(value) = self.scalar(&entry.value) {
                conditions.push((entry.key.clone(), value));
            }
        }
        conditions
    }

    fn attributes(&mut self, event: Map<'_>) -> Vec<(Text, Extract)> {
        let Some(node) = event.get("attributes") else { return Vec::new() };
        let entries = self.entries(node, "a mapping from attributes to JSON pointers");
        entries.iter().filter_map(|entry| Some((entry.key.clone(), self.extract(&entry.value)?))).collect()
    }

    fn reference(&mut self, node: &Node) -> Option<Reference> {
        let map = self.map(node, &shapes::REFERENCE)?;
        let id = map.get("id").and_then(|node| self.extract(node));
        let (ty, display) = (self.text(map, "type"), map.get("display").and_then(|node| self.extract(node)));
        Some(Reference { span: map.span, id: id?, ty, display })
    }

    /// A JSON pointer or one function. Nesting is bounded by the YAML reader.
    fn extract(&mut self, node: &Node) -> Option<Extract> {
        let NodeKind::Mapping(entries) = &node.kind else {
            let pointer = self.pointer(node)?;
            return Some(Extract { span: node.span, kind: ExtractKind::Pointer(pointer.value.to_string()) });
        };
        let map = self.map(node, &shapes::EXTRACT)?;
        let functions: Vec<_> =
            entries.iter().filter(|entry| ["const", "coalesce", "map", "join"].contains(&&*entry.key.value)).collect();
        let [function] = functions[..] else {
            match functions[..] {
                [first, second, ..] => self.diagnostics.push(report::exclusive_keys(&first.key, &second.key)),
                _ => self.diagnostics.push(report::missing_one_of(node.span, &["const", "coalesce", "map", "join"])),
            }
            return None;
        };
        let kind = match function.key.value.as_str() {
            "const" => ExtractKind::Const(self.scalar(&function.value)?),
            "coalesce" => ExtractKind::Coalesce(self.list(map, "coalesce", Self::extract)),
            "map" => self.extract_map(&function.value)?,
            _ => {
                let parts = self.list(map, "join", Self::extract);
                let Some(with) = map.get("with") else {
                    self.diagnostics.push(report::missing_keys(node.span, entries, &["with"], "join"));
                    return None;
                };
                ExtractKind::Join { parts, with: self.string(with)? }
            }
        };
        Some(Extract { span: node.span, kind })
    }

    fn extract_map(&mut self, node: &Node) -> Option<ExtractKind> {
        let map = self.map(node, &shapes::EXTRACT_MAP)?;
        let from = map.get("from").and_then(|node| self.extract(node));
        let cases = map.get("cases").map(|node| self.text_pairs(node, "a mapping of cases")).unwrap_or_default();
        let default = self.text(map, "default");
        Some(ExtractKind::Map { from: Box::new(from?), cases, default })
    }
}
