//! JSON-LD 1.1 with places, as far as its contexts are prefixes: that is how `seac project` writes it, and what others
//! make of it when they expand or flatten it.

use super::graph::{Graph, Term, TermKind};
use super::{TYPE, XSD};
use crate::import::tree::{entries, get, items, text};
use crate::report;
use seac_syntax::yaml::{Node, NodeKind, ScalarValue};
use seac_syntax::{Diagnostic, FileId, sea};
use std::collections::BTreeMap;

/// Reads a document.
///
/// # Errors
/// What is wrong with it.
pub fn parse(file: FileId, source: &str) -> Result<Graph, Vec<Diagnostic>> {
    let root = crate::import::json(file, source, "JSON-LD")?;
    let mut reader = Reader { prefixes: BTreeMap::new(), graph: Graph::default(), findings: Vec::new() };
    reader.top(&root);
    reader.findings.truncate(sea::MAX_FINDINGS);
    if reader.findings.is_empty() { Ok(reader.graph) } else { Err(reader.findings) }
}

struct Reader<'n> {
    prefixes: BTreeMap<&'n str, &'n str>,
    graph: Graph,
    findings: Vec<Diagnostic>,
}

impl<'n> Reader<'n> {
    fn fail(&mut self, node: &Node, why: &str) {
        self.findings.push(report::unreadable(node.span, "JSON-LD of a model", why));
    }

    /// A document: one thing, or several.
    fn top(&mut self, node: &'n Node) {
        match &node.kind {
            NodeKind::Sequence(things) => things.iter().for_each(|thing| self.top(thing)),
            NodeKind::Mapping(members) => {
                get(node, "@context").into_iter().for_each(|context| self.context(context));
                match get(node, "@graph") {
                    Some(graph) if members.iter().all(|member| matches!(&*member.key.value, "@context" | "@graph")) => {
                        let things = items(Some(graph));
                        things.iter().for_each(|thing| drop(self.thing(thing)));
                    }
                    _ => drop(self.thing(node)),
                }
            }
            _ => self.fail(node, "an object was expected here"),
        }
    }

    fn context(&mut self, node: &'n Node) {
        if !matches!(node.kind, NodeKind::Mapping(_)) {
            return self.fail(node, "of a context, only prefixes are read");
        }
        for entry in entries(Some(node)) {
            match text(&entry.value).or_else(|| get(&entry.value, "@id").and_then(text)) {
                Some(iri) => drop(self.prefixes.insert(&entry.key.value, iri)),
                None => self.fail(&entry.value, "of a context, only prefixes are read"),
            }
        }
    }

    fn iri(&self, name: &str) -> String {
        let expanded = name.split_once(':').and_then(|(prefix, local)| Some((self.prefixes.get(prefix)?, local)));
        expanded.map_or_else(|| name.to_owned(), |(iri, local)| format!("{iri}{local}"))
    }

    /// What is said of a thing; its name.
    fn thing(&mut self, node: &'n Node) -> String {
        let name = get(node, "@id").and_then(text).map(|id| self.iri(id));
        let name = name.unwrap_or_else(|| self.graph.blank());
        for entry in entries(Some(node)) {
            let values = match &entry.value.kind {
                NodeKind::Sequence(values) => values.as_slice(),
                _ => std::slice::from_ref(&entry.value),
            };
            match entry.key.value.as_str() {
                "@type" => {
                    for value in values {
                        let class = text(value).map(|class| Term::thing(self.iri(class), value.span));
                        class.into_iter().for_each(|class| self.graph.say(&name, node.span, TYPE.to_owned(), class));
                    }
                }
                "@id" | "@context" => {}
                key if key.starts_with('@') => self.fail(&entry.value, &format!("`{key}` is not read")),
                key => {
                    let property = self.iri(key);
                    for value in values {
                        let term = self.term(value);
                        term.into_iter().for_each(|term| self.graph.say(&name, node.span, property.clone(), term));
                    }
                }
            }
        }
        name
    }

    fn term(&mut self, node: &'n Node) -> Option<Term> {
        let span = node.span;
        match &node.kind {
            NodeKind::Scalar(scalar) => match &scalar.value {
                ScalarValue::String => Some(Term::literal(scalar.text.clone(), "", span)),
                ScalarValue::Null => None,
                value => Some(Term {
                    span,
                    kind: TermKind::Value(seac_syntax::yaml::Scalar { value: value.clone(), ..scalar.clone() }),
                }),
            },
            NodeKind::Mapping(_) if get(node, "@value").is_some() => self.literal(node),
            NodeKind::Mapping(_) if get(node, "@list").is_some() => {
                let list = items(get(node, "@list")).iter().filter_map(|item| self.term(item)).collect();
                Some(Term { span, kind: TermKind::List(list) })
            }
            NodeKind::Mapping(_) => {
                let name = self.thing(node);
                Some(Term::thing(name, span))
            }
            _ => {
                self.fail(node, "a value was expected here");
                None
            }
        }
    }

    fn literal(&mut self, node: &'n Node) -> Option<Term> {
        let ty = get(node, "@type").and_then(text).map(|ty| self.iri(ty)).unwrap_or_default();
        match get(node, "@value").map(|value| &value.kind) {
            Some(NodeKind::Scalar(scalar)) => {
                let ty = match &scalar.value {
                    ScalarValue::Bool(_) => format!("{XSD}boolean"),
                    ScalarValue::Number(_) => format!("{XSD}integer"),
                    _ => ty,
                };
                Some(Term::literal(scalar.text.clone(), &ty, node.span))
            }
            _ => {
                self.fail(node, "`@value` is a text, a number or a truth value");
                None
            }
        }
    }
}
