//! Triples with places, and the model that they are.

use super::{FIRST, MAX_DEPTH, NIL, REST, TYPE, VOCABULARY};
use crate::report;
use seac_syntax::yaml::{Entry, Node, NodeKind, Scalar, ScalarValue, Style, typed};
use seac_syntax::{Diagnostic, FileId, Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};

/// What is said of things, by their names: IRIs, and `_:` with a label.
#[derive(Debug, Default)]
pub struct Graph {
    things: BTreeMap<String, Thing>,
    /// How many things without a name there are.
    pub blanks: usize,
}

/// What is said of a thing.
#[derive(Debug)]
struct Thing {
    /// Where something is first said of it.
    span: Span,
    properties: Vec<(String, Term)>,
}

/// The object of a triple.
#[derive(Clone, Debug)]
pub struct Term {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: TermKind,
}

/// The kinds of object.
#[derive(Clone, Debug, PartialEq)]
pub enum TermKind {
    /// A thing, by its name.
    Thing(String),
    /// A value.
    Value(Scalar),
    /// A collection.
    List(Vec<Term>),
}

impl PartialEq for Term {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Term {
    /// A thing.
    pub fn thing(name: impl Into<String>, span: Span) -> Self {
        Self { span, kind: TermKind::Thing(name.into()) }
    }

    /// A literal; of the types that are no texts, we have whole numbers and truth values.
    pub fn literal(text: String, ty: &str, span: Span) -> Self {
        let is_typed = matches!(ty.strip_prefix(super::XSD), Some("integer" | "boolean"));
        let value = if is_typed { typed(&text) } else { ScalarValue::String };
        Self { span, kind: TermKind::Value(Scalar { value, text, style: Style::Quoted }) }
    }

    fn name(&self) -> Option<&str> {
        match &self.kind {
            TermKind::Thing(name) => Some(name),
            _ => None,
        }
    }
}

impl Graph {
    /// Says something of a thing; `span` is where. A graph is a set: what was said before is not said again.
    pub fn say(&mut self, thing: &str, span: Span, property: String, term: Term) {
        let thing = self.things.entry(thing.to_owned()).or_insert_with(|| Thing { span, properties: Vec::new() });
        let same = |(known, said): &(String, Term)| *known == property && said.name().is_some() && *said == term;
        if !thing.properties.iter().rev().take(1).any(same) {
            thing.properties.push((property, term));
        }
    }

    fn terms<'g>(&'g self, thing: &str, property: &str) -> impl Iterator<Item = &'g Term> {
        let properties = self.things.get(thing).into_iter().flat_map(|thing| &thing.properties);
        properties.filter(move |(known, _)| *known == property).map(|(_, term)| term)
    }

    /// The model, as a tree, and what keeps the graph from being one.
    pub fn model(&self, file: FileId) -> (Option<Node>, Vec<Diagnostic>) {
        let class = format!("{VOCABULARY}Model");
        let is_model = |name: &&String| self.terms(name, TYPE).any(|term| term.name() == Some(&class));
        let models: Vec<&String> = self.things.keys().filter(is_model).collect();
        let nothing = Span::new(file, 0, 0);
        match models.as_slice() {
            [model] => {
                let mut reader = Reader { graph: self, used: BTreeSet::new(), depth: 0, findings: Vec::new() };
                let node = reader.object(model, nothing);
                (node, reader.findings)
            }
            [] => (None, vec![report::graph(nothing, "nothing in it is a `seac:Model`")]),
            [_, second, ..] => {
                let span = self.things.get(*second).map_or(nothing, |thing| thing.span);
                (None, vec![report::graph(span, "this is the second `seac:Model` in it")])
            }
        }
    }
}

struct Reader<'g> {
    graph: &'g Graph,
    /// Things that were met: a tree has each of them once.
    used: BTreeSet<&'g str>,
    depth: usize,
    findings: Vec<Diagnostic>,
}

impl<'g> Reader<'g> {
    fn fail<T>(&mut self, span: Span, why: &str) -> Option<T> {
        self.findings.push(report::graph(span, why));
        None
    }

    fn object(&mut self, name: &'g str, span: Span) -> Option<Node> {
        let Some(thing) = self.graph.things.get(name) else {
            return self.fail(span, "nothing is said of this");
        };
        if !self.used.insert(name) {
            return self.fail(span, "this is part of something else already");
        }
        if self.depth >= MAX_DEPTH {
            return self.fail(span, "things are nested too deep");
        }
        self.depth += 1;
        let mut members: Vec<(&str, Vec<&'g Term>)> = Vec::new();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for (property, term) in &thing.properties {
            let Some(member) = property.strip_prefix(VOCABULARY) else { continue };
            let place = *places.entry(member).or_insert(members.len());
            match members.get_mut(place) {
                Some((_, terms)) => terms.push(term),
                None => members.push((member, vec![term])),
            }
        }
        let members = members.into_iter().filter(|(member, _)| !matches!(*member, "called" | "holds"));
        let mut entries = Vec::new();
        for (member, terms) in members {
            let key = Spanned::new(member.into(), terms.first().map_or(span, |term| term.span));
            entries.extend(self.member(&terms).map(|value| Entry { key, value }));
        }
        self.depth -= 1;
        Some(Node { span: thing.span, kind: NodeKind::Mapping(entries), complete: true })
    }

    /// What stands behind a property: one value, or the entries of a map.
    fn member(&mut self, terms: &[&'g Term]) -> Option<Node> {
        let first = *terms.first()?;
        let called = |term: &&'g Term| term.name().and_then(|name| self.called(name));
        if called(&first).is_none() {
            return match terms {
                [term] => self.value(term),
                [_, second, ..] => self.fail(second.span, "here is a second value"),
                [] => None,
            };
        }
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen = BTreeSet::new();
        for term in terms {
            let Some((thing, key)) = term.name().and_then(|name| Some((name, self.called(name)?))) else {
                return self.fail(term.span, "among things with `seac:called`, this has none");
            };
            if !seen.insert(key) {
                return self.fail(term.span, "another one is called like this");
            }
            let held: Vec<&'g Term> = self.graph.terms(thing, &format!("{VOCABULARY}holds")).collect();
            let value = match held.as_slice() {
                [] => self.object(thing, term.span),
                held => self.member(held),
            };
            entries.extend(value.map(|value| Entry { key: Spanned::new(key.into(), term.span), value }));
        }
        Some(Node { span: first.span, kind: NodeKind::Mapping(entries), complete: true })
    }

    /// What an entry of a map is called.
    fn called(&self, thing: &str) -> Option<&'g str> {
        match &self.graph.terms(thing, &format!("{VOCABULARY}called")).next()?.kind {
            TermKind::Value(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    fn value(&mut self, term: &'g Term) -> Option<Node> {
        let node = |kind| Some(Node { span: term.span, kind, complete: true });
        match &term.kind {
            TermKind::Value(scalar) => node(NodeKind::Scalar(scalar.clone())),
            TermKind::List(items) => self.list(term.span, items),
            TermKind::Thing(name) => match name.strip_prefix(VOCABULARY) {
                Some("none") => {
                    let none = Scalar { value: ScalarValue::Null, text: String::new(), style: Style::Plain };
                    node(NodeKind::Scalar(none))
                }
                Some("empty") => node(NodeKind::Mapping(Vec::new())),
                _ if name == NIL => node(NodeKind::Sequence(Vec::new())),
                _ if self.graph.terms(name, FIRST).next().is_some() => self.chain(name, term.span),
                _ => self.object(name, term.span),
            },
        }
    }

    fn list(&mut self, span: Span, items: impl IntoIterator<Item = &'g Term>) -> Option<Node> {
        if self.depth >= MAX_DEPTH {
            return self.fail(span, "things are nested too deep");
        }
        self.depth += 1;
        let items = items.into_iter().filter_map(|item| self.value(item)).collect();
        self.depth -= 1;
        Some(Node { span, kind: NodeKind::Sequence(items), complete: true })
    }

    /// A collection in single triples.
    fn chain(&mut self, first: &'g str, span: Span) -> Option<Node> {
        let mut items = Vec::new();
        let mut at = first;
        while at != NIL {
            let item = self.graph.terms(at, FIRST).next();
            let rest = self.graph.terms(at, REST).next().and_then(Term::name);
            let (Some(item), Some(rest), true) = (item, rest, self.used.insert(at)) else {
                return self.fail(span, "this collection has no end");
            };
            items.push(item);
            at = rest;
        }
        self.list(span, items)
    }
}
