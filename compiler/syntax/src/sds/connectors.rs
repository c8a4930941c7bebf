//! `connectors`: transports, verification, and the pure functions that make events of payloads.

use super::ast::*;
use super::reader::{Map, Reader, is_pointer};
use super::shapes;
use crate::report;
use crate::yaml::{Node, NodeKind};

impl Reader<'_> {
    pub(super) fn connector(&mut self, node: &Node) -> Option<Connector> {
        let map = self.map(node, &shapes::CONNECTOR)?;
        let name = self.text(map, "name");
        let transport = self.submap(map, "transport", &shapes::TRANSPORT);
        let webhook = transport.and_then(|transport| self.webhook(transport.get("webhook")?));
        let redact = self.list(map, "redact", Self::pointer);
        let cases = self.list(map, "parse", Self::parse_case);
        let otherwise = self.text(map, "otherwise");
        Some(Connector { span: map.span, name: name?, webhook, redact, cases, otherwise })
    }

    fn webhook(&mut self, node: &Node) -> Option<Webhook> {
        let map = self.map(node, &shapes::WEBHOOK)?;
        let path = self.text(map, "path");
        let verify = self.submap(map, "verify", &shapes::VERIFY);
        let verify = verify.and_then(|verify| self.hmac(verify.get("hmacSha256")?));
        let (delivery_id, event_type) = (self.header(map, "deliveryId"), self.header(map, "eventType"));
        Some(Webhook { span: map.span, path: path?, verify, delivery_id, event_type })
    }

    fn hmac(&mut self, node: &Node) -> Option<HmacVerify> {
        let map = self.map(node, &shapes::HMAC)?;
        let (header, prefix, secret) = (self.text(map, "header"), self.text(map, "prefix"), self.secret(map, "secret"));
        Some(HmacVerify { span: map.span, header: header?, prefix, secret: secret? })
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
