//! What no service is made from: kept in a model as canonical texts by what they are about.

use super::Context;
use crate::assertion::Object;
use crate::import::part;
use crate::import::tree::{entries, get, items, text, text_of};
use crate::subject::{Subject, quoted};
use seac_syntax::Span;
use seac_syntax::sea::ast::{DeclarationKind, LiteralKind};
use seac_syntax::yaml::{Entry, Node};
use seac_syntax::{FileId, Text, sea};
use std::collections::BTreeMap;

impl Context<'_, '_> {
    pub(super) fn elements(&mut self) {
        let mut seen: BTreeMap<[&str; 2], u32> = BTreeMap::new();
        for element in items(get(self.node, "elements")) {
            let [Some(keyword), Some(name)] = ["keyword", "name"].map(|key| text_of(element, key)) else { continue };
            let number = seen.entry([keyword, name]).and_modify(|number| *number += 1).or_insert(1);
            self.element(element, keyword, name, *number);
        }
    }

    /// Several things may have one name: this is the how-manieth.
    fn element(&mut self, node: &Node, keyword: &str, name: &str, number: u32) {
        let subject = match keyword {
            "role_binding" => match Subject::parse(&format!("{keyword} {name}")) {
                Ok(subject) => {
                    self.proposals.text(&subject, "declared", "true", node.span);
                    subject
                }
                Err(_) => return,
            },
            _ if crate::vocabulary::subject(keyword, None).is_none() => return,
            _ => self.declare(keyword, name, node.span),
        };
        let subject = numbered(subject, number);
        self.doc(&subject, node);
        let mut annotations: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
        for facet in entries(get(node, "facets")) {
            match facet.key.value.strip_prefix('@') {
                Some(key) => annotations.entry(unnumbered(key).0).or_default().push(facet),
                None => self.facet(&subject, facet),
            }
        }
        for (key, facets) in annotations {
            self.annotation(&subject, key, &facets);
        }
    }

    /// Several annotations with one key are one claim.
    fn annotation(&mut self, subject: &Subject, key: &str, facets: &[&Entry]) {
        let Some(span) = facets.first().map(|facet| facet.value.span) else { return };
        let texts: Vec<&str> = facets.iter().filter_map(|facet| text(&facet.value)).collect();
        let of_entity = subject.whole.kind.name == "Entity";
        match (key, texts.as_slice()) {
            ("replaces", [replaced]) if of_entity => self.replaces(subject, replaced, span),
            ("changes", [changes]) if of_entity => {
                self.proposals.propose(subject, "changes", Object::List(list(changes)), span);
            }
            _ => self.proposals.text(subject, &format!("@{key}"), texts.join(&format!(" @{key} ")), span),
        }
    }

    /// `"Name"`, perhaps with ` v1.0.0` behind it.
    fn replaces(&mut self, subject: &Subject, text: &str, span: Span) {
        let (name, rest) = leading(text);
        self.proposals.text(subject, "replaces", name, span);
        if let Some(version) = rest.strip_prefix(" v") {
            self.proposals.text(subject, "replaced version", version, span);
        }
    }

    fn facet(&mut self, subject: &Subject, facet: &Entry) {
        let (path, span) = (facet.key.value.as_str(), facet.value.span);
        let value = text(&facet.value).unwrap_or_default();
        match subject.whole.kind.name {
            "Instance" if path.starts_with("field ") => {
                let (name, number) = unnumbered(&path["field ".len()..]);
                let value_of = numbered(part(subject, "value", name), number);
                self.proposals.text(&value_of, "is", value, span);
            }
            "Mapping" | "Projection" if path != "for" => self.rule(subject, path, value, span),
            // What nobody says.
            "Resource" if path == "unit" && value == "units" => {}
            _ => self.proposals.text(subject, path, value, span),
        }
    }

    /// `Entity "Plant"`, ` ->` with its target, ` field key` with its value.
    fn rule(&mut self, subject: &Subject, path: &str, value: &str, span: Span) {
        let Some((kind, quoted)) = path.split_once(' ') else { return };
        let (name, rest) = leading(quoted);
        let (rest, number) = if rest.starts_with(" #") { ("", unnumbered(rest).1) } else { unnumbered(rest) };
        let rules = crate::vocabulary::subject("rule", Some(subject.whole.kind.name));
        let Some(rules) = rules else { return };
        let rule = numbered(subject.with_part(rules, vec![kind.into(), name]), number);
        match rest {
            "" => self.proposals.text(&rule, "declared", "true", span),
            " ->" => self.proposals.text(&rule, "to", value, span),
            field => {
                let key = field.strip_prefix(" field ").unwrap_or(field);
                self.proposals.text(&rule, &format!("@{key}"), value, span);
            }
        }
    }

    pub(super) fn flows(&mut self) {
        let mut seen: BTreeMap<[&str; 3], u32> = BTreeMap::new();
        for entry in entries(get(self.node, "flows")) {
            let node = &entry.value;
            let names = ["resource", "from", "to"].map(|key| text_of(node, key).unwrap_or_default());
            let number = seen.entry(names).and_modify(|number| *number += 1).or_insert(1);
            let kind = crate::import::kind("Flow", None);
            let flow = numbered(Subject::whole(kind, names.map(Text::from).to_vec()), *number);
            self.proposals.text(&flow, "declared", "true", node.span);
            if let (Some(kind), Some(element)) = (text_of(node, "kind"), text_of(node, "element")) {
                let cqrs = format!("{{ \"kind\": {}, \"element\": {} }}", quoted(kind), quoted(element));
                self.proposals.text(&flow, "@cqrs", cqrs, node.span);
            }
            self.member(&flow, "quantity", node, "quantity");
            let mut annotations: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
            for facet in entries(get(node, "annotations")) {
                let key = facet.key.value.strip_prefix('@').unwrap_or(&facet.key.value);
                annotations.entry(unnumbered(key).0).or_default().push(facet);
            }
            for (key, facets) in annotations {
                self.annotation(&flow, key, &facets);
            }
        }
    }
}

/// A subject as the how-manieth with its names.
fn numbered(mut subject: Subject, number: u32) -> Subject {
    subject.part.as_mut().unwrap_or(&mut subject.whole).ordinal = number;
    subject
}

/// A path without ` #2` behind it, and the number.
fn unnumbered(path: &str) -> (&str, u32) {
    path.rsplit_once(" #").and_then(|(path, number)| Some((path, number.parse().ok()?))).unwrap_or((path, 1))
}

/// The text in quotes at the beginning, and what stands behind it.
fn leading(text: &str) -> (Text, &str) {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, letter)| {
        let ends = *letter == '"' && !escaped;
        escaped = *letter == '\\' && !escaped;
        ends
    });
    let (quoted, rest) = text.split_at(end.map_or(text.len(), |(at, _)| at + 1));
    (list(&format!("[{quoted}]")).into_iter().next().unwrap_or_default(), rest)
}

/// The texts of `["a", "b"]`.
fn list(text: &str) -> Vec<Text> {
    let (tree, _) = sea::parse(FileId(0), &format!("record r {{ f: string default {text} }}"));
    let Some(DeclarationKind::Record(record)) = tree.declarations.first().map(|declared| &declared.kind) else {
        return Vec::new();
    };
    match record.fields.first().and_then(|field| Some(&field.default.as_ref()?.kind)) {
        Some(LiteralKind::Array(items)) => items
            .iter()
            .filter_map(|item| match &item.kind {
                LiteralKind::String(text) | LiteralKind::Time(text) => Some(text.clone()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}
