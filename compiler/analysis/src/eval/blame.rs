//! Why a policy is violated: the elements that break it, and the smallest binding that does.
//!
//! Runs only for violated policies, so it may look at everything again.

use super::machine::Machine;
use super::value::{Value, Why};
use crate::expr::{Node, NodeKind, Source};
use crate::sea::world::Element;
use seac_syntax::Span;
use seac_syntax::sea::ast::Quantifier;
use std::rc::Rc;

/// The most offending elements that are kept; all are counted.
const MAX_OFFENDERS: usize = 100;

/// What breaks a policy.
#[derive(Debug, Default)]
pub struct Blame<'n> {
    /// Elements that break it, by name.
    pub offenders: Vec<Element>,
    /// How many there are.
    pub count: usize,
    /// The smallest binding of variables that suffices.
    pub witness: Vec<(&'n str, Element)>,
    /// Values that parts of the expression have under that binding.
    pub values: Vec<Offence>,
}

/// A part of the expression, and what it comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offence {
    /// The part.
    pub span: Span,
    /// Its value, or what is special about it.
    pub text: String,
}

impl<'n> Machine<'n> {
    /// Explains why `node` evaluates to `actual`.
    pub fn blame(&mut self, node: &'n Node<'n>, actual: bool) -> Blame<'n> {
        let mut blame = Blame::default();
        self.walk(node, actual, &mut blame);
        blame
    }

    fn walk(&mut self, node: &'n Node<'n>, actual: bool, blame: &mut Blame<'n>) {
        match &node.kind {
            NodeKind::Not(inner) => self.walk(inner, !actual, blame),
            // All parts of a true `and` and of a false `or` matter; otherwise those that decide it.
            NodeKind::And(parts) | NodeKind::Or(parts) => {
                for part in parts {
                    if matches!(self.eval(part), Value::Bool(value) if value == actual) {
                        self.walk(part, actual, blame);
                    }
                }
            }
            NodeKind::Quantified { quantifier, name, slot, source, body, .. } => {
                self.walk_quantified(node, (*quantifier, name), (*slot, *source), body, actual, blame);
            }
            NodeKind::GroupBy { .. } => self.walk_groups(node, actual, blame),
            NodeKind::Compare(_, left, right) => {
                self.note(left, blame);
                self.note(right, blame);
            }
            NodeKind::Matches(inner, _) | NodeKind::HasRole(inner, _) => self.note(inner, blame),
            NodeKind::Const(_) => {}
            _ => self.note(node, blame),
        }
    }

    /// Notes the value of a part, unless it stands there anyway.
    fn note(&mut self, node: &'n Node<'n>, blame: &mut Blame<'n>) {
        if matches!(node.kind, NodeKind::Const(_)) {
            return;
        }
        let text = format!("this is {}", self.eval(node).show(self.world));
        let offence = Offence { span: node.span, text };
        if !blame.values.contains(&offence) {
            blame.values.push(offence);
        }
    }

    fn walk_quantified(
        &mut self,
        node: &'n Node<'n>,
        (quantifier, name): (Quantifier, &'n str),
        (slot, source): (u32, Source),
        body: &'n Node<'n>,
        actual: bool,
        blame: &mut Blame<'n>,
    ) {
        // A false `forall` has elements whose body is false, a true `exists` one whose body is true.
        let wanted = quantifier != Quantifier::Forall;
        let items = self.items(source);
        let mut found = Vec::new();
        for at in 0..items.len() {
            if !self.step() {
                return;
            }
            self.bind(slot, items.get(at));
            match self.eval(body) {
                Value::Bool(value) if value == wanted => found.push(items.get(at)),
                Value::Unknown(cause) if cause.why == Why::Limit => return,
                _ => {}
            }
        }
        let explained = (quantifier == Quantifier::Forall) != actual || quantifier == Quantifier::ExistsUnique;
        if !explained || found.is_empty() {
            let text = format!("{} of {} satisfy it", if wanted { 0 } else { items.len() }, items.len());
            blame.values.push(Offence { span: node.span, text });
            return;
        }
        found.sort_by(|a, b| self.world.order(*a, *b));
        blame.count += found.len();
        let room = MAX_OFFENDERS.saturating_sub(blame.offenders.len());
        blame
            .offenders
            .extend(found.iter().copied().filter(|e| !is_known(&blame.offenders, e)).take(room).collect::<Vec<_>>());
        let needed = if quantifier == Quantifier::ExistsUnique && !actual { 2 } else { 1 };
        for element in found.iter().take(needed) {
            blame.witness.push((name, *element));
        }
        self.bind(slot, found[0]);
        self.walk(body, wanted, blame);
    }

    fn walk_groups(&mut self, node: &'n Node<'n>, actual: bool, blame: &mut Blame<'n>) {
        let NodeKind::GroupBy { group, body, .. } = &node.kind else { return };
        let Ok((kind, (groups, _))) = self.groups(node) else { return };
        let mut failing = Vec::new();
        for (key, items) in groups {
            self.bind_group(*group, kind, Rc::from(items.as_slice()));
            if matches!(self.eval(body), Value::Bool(value) if value == actual) {
                failing.push((key.value().show(self.world), items));
            }
        }
        failing.sort();
        let Some((key, items)) = failing.into_iter().next() else { return };
        blame.values.push(Offence { span: node.span, text: format!("the group of {key}") });
        let mut elements: Vec<Element> = items.iter().map(|index| Element::new(kind, *index)).collect();
        elements.sort_by(|a, b| self.world.order(*a, *b));
        blame.count += elements.len();
        let room = MAX_OFFENDERS.saturating_sub(blame.offenders.len());
        blame.offenders.extend(elements.into_iter().take(room));
        self.bind_group(*group, kind, Rc::from(items));
        self.walk(body, actual, blame);
    }
}

fn is_known(known: &[Element], element: &Element) -> bool {
    known.len() < MAX_OFFENDERS && known.contains(element)
}
