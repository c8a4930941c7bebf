//! Policies: typed, evaluated in the order of their names, explained where they are violated.

use super::environment::{Derivations, ModelEnvironment};
use super::modules::Graph;
use super::names::Names;
use super::result::{Binding, ModelResult, Note, Offender, PolicyResult, Verdict};
use super::world::{Element, World};
use super::{Options, lints, metrics};
use crate::eval::{Blame, Cause, Machine, Value, Why};
use crate::expr::check::{Checker, Memos};
use crate::expr::{Node, Type};
use crate::lint::Profile;
use crate::report;
use seac_syntax::sea::ast::{self, DeclarationKind as D, Expr, ExprKind, Modality, PolicyKind};
use seac_syntax::{Diagnostic, Span};
use std::collections::{BTreeMap, BTreeSet};

/// What policies are decided with.
pub struct Stage<'s, 'a> {
    pub graph: &'a Graph<'a>,
    pub closure: &'s [usize],
    pub names: &'s Names<'a>,
    pub world: &'s World<'a>,
    /// Policies that govern operations.
    pub governing: &'s BTreeSet<String>,
    pub options: &'s Options,
    /// Whether the model is to be evaluated, and has no error so far: what has errors is typed only.
    pub sound: bool,
    pub profile: Profile,
}

/// A policy and its typed expression.
pub struct Checked<'a> {
    pub policy: &'a ast::Policy,
    pub namespace: &'a str,
    pub module: usize,
    pub node: Node<'a>,
}

impl Checked<'_> {
    /// What it demands; an obligation, if it does not say.
    pub fn modality(&self) -> Modality {
        self.policy.modality.as_ref().map_or(Modality::Obligation, |modality| modality.value)
    }

    /// What it is for; a constraint, if it does not say.
    pub fn kind(&self) -> PolicyKind {
        self.policy.kind.as_ref().map_or(PolicyKind::Constraint, |kind| kind.value)
    }

    /// Higher first; 0, if it does not say.
    pub fn priority(&self) -> &str {
        self.policy.priority.as_ref().map_or("0", |priority| priority.value.as_str())
    }
}

/// Types and evaluates everything that a model demands and measures.
pub fn run<'a>(stage: &Stage<'_, 'a>, result: &mut ModelResult, out: &mut Vec<Diagnostic>) {
    let mut memos = Memos::default();
    let written = stage.policies();
    let (derived, nodes) = derivations(stage, &written, &mut memos, out);
    let mut checked = Vec::with_capacity(written.len());
    let mut computed = 0;
    for (policy, module, namespace) in &written {
        let environment = ModelEnvironment::new(stage.world, stage.names, *module, &derived);
        let is_derivation = policy.kind.as_ref().is_some_and(|kind| kind.value == PolicyKind::Derivation);
        let node = if is_derivation {
            // They were typed in the order in which they are written here.
            let node = nodes.get(computed).cloned().flatten();
            computed += 1;
            node.unwrap_or_else(|| Node::error(policy.expression.span))
        } else {
            Checker::new(&environment, scope(*module), &mut memos, out).condition(&policy.expression)
        };
        checked.push(Checked { policy, namespace, module: *module, node });
    }
    let measured = metrics::check(stage, &derived, &mut memos, out);
    lints::run(stage, &checked, out);
    let now = stage.options.now.map(|clock| clock.0);
    let mut machine = Machine::new(stage.world, now, memos.len(), &nodes, stage.options.max_steps);
    for policy in &checked {
        result.policies.push(stage.decide(policy, &mut machine, out));
    }
    for metric in &measured {
        result.metrics.push(metrics::evaluate(stage, metric, &mut machine, out));
    }
}

/// Names mean the same in all expressions of a module.
pub fn scope(module: usize) -> u32 {
    u32::try_from(module).unwrap_or(u32::MAX)
}

type Written<'a> = (&'a ast::Policy, usize, &'a str);

/// Types of the derivations, and their expressions; those that depend on each other come in that order.
fn derivations<'a>(
    stage: &Stage<'_, 'a>,
    written: &[Written<'a>],
    memos: &mut Memos,
    out: &mut Vec<Diagnostic>,
) -> (Derivations<'a>, Vec<Option<Node<'a>>>) {
    let is_derivation = |policy: &ast::Policy| policy.kind.as_ref().is_some_and(|k| k.value == PolicyKind::Derivation);
    let all: Vec<&Written<'a>> = written.iter().filter(|(policy, ..)| is_derivation(policy)).collect();
    let index = all.iter().enumerate().map(|(at, (policy, ..))| (policy.name.value.as_str(), at)).collect();
    let mut derived = Derivations { index, types: vec![None; all.len()] };
    let mut nodes: Vec<Option<Node<'a>>> = vec![None; all.len()];
    for at in order(&all, &derived.index, out) {
        let (policy, module, _) = all[at];
        let environment = ModelEnvironment::new(stage.world, stage.names, *module, &derived);
        let node = Checker::new(&environment, scope(*module), memos, out).typed(&policy.expression);
        let ty = if node.has_error() { Type::Error } else { node.ty.clone() };
        nodes[at] = Some(node);
        derived.types[at] = Some(ty);
    }
    (derived, nodes)
}

/// Derivations, each behind those it names. Those in a circle are reported and left out.
fn order(all: &[&Written<'_>], index: &BTreeMap<&str, usize>, out: &mut Vec<Diagnostic>) -> Vec<usize> {
    let mut needs: Vec<BTreeSet<usize>> = Vec::with_capacity(all.len());
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); all.len()];
    for (at, (policy, ..)) in all.iter().enumerate() {
        let mut named: BTreeSet<usize> = BTreeSet::new();
        mentions(&policy.expression, &mut |word| {
            named.extend(index.get(word));
        });
        named.iter().for_each(|need| needed_by[*need].push(at));
        needs.push(named);
    }
    let mut ready: BTreeSet<usize> = (0..all.len()).filter(|at| needs[*at].is_empty()).collect();
    let mut ordered = Vec::with_capacity(all.len());
    while let Some(at) = ready.pop_first() {
        ordered.push(at);
        for user in &needed_by[at] {
            needs[*user].remove(&at);
            if needs[*user].is_empty() {
                ready.insert(*user);
            }
        }
    }
    for at in (0..all.len()).filter(|at| !needs[*at].is_empty()) {
        let name = &all[at].0.name;
        out.push(report::derivation_cycle(name.span, &name.value));
    }
    ordered
}

/// Calls `f` with the first word of every path in an expression.
fn mentions<'e>(expr: &'e Expr, f: &mut dyn FnMut(&'e str)) {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Instance { .. } | ExprKind::Role(_) | ExprKind::Missing => {}
        ExprKind::Path(path) => f(&path[0].value),
        ExprKind::Or(parts) | ExprKind::And(parts) => parts.iter().for_each(|part| mentions(part, f)),
        ExprKind::Not(inner) | ExprKind::Negate(inner) | ExprKind::Cast { expr: inner, .. } => mentions(inner, f),
        ExprKind::Compare { left, right, .. } => {
            mentions(left, f);
            mentions(right, f);
        }
        ExprKind::Sum { first, rest } => {
            mentions(first, f);
            rest.iter().for_each(|(_, part)| mentions(part, f));
        }
        ExprKind::Product { first, rest } => {
            mentions(first, f);
            rest.iter().for_each(|(_, part)| mentions(part, f));
        }
        ExprKind::Aggregate(aggregate) => {
            aggregate.filter.iter().chain(&aggregate.projection).for_each(|part| mentions(part, f));
        }
        ExprKind::Quantified { body, .. } => mentions(body, f),
        ExprKind::GroupBy { filter, key, body, .. } => {
            filter.iter().for_each(|filter| mentions(filter, f));
            mentions(key, f);
            mentions(body, f);
        }
    }
}

impl<'a> Stage<'_, 'a> {
    /// The policies that are about the model, by namespace and name.
    fn policies(&self) -> Vec<Written<'a>> {
        let mut policies = Vec::new();
        for at in self.closure {
            let module = &self.graph.modules[*at];
            for declaration in &module.tree.declarations {
                if let D::Policy(policy) = &declaration.kind
                    && !self.governing.contains(policy.name.value.as_str())
                {
                    policies.push((policy.as_ref(), *at, module.namespace.as_str()));
                }
            }
        }
        policies.sort_by(|a, b| (a.2, &a.0.name.value, a.0.name.span).cmp(&(b.2, &b.0.name.value, b.0.name.span)));
        policies
    }

    fn decide<'n>(
        &'n self,
        checked: &'n Checked<'a>,
        machine: &mut Machine<'n>,
        out: &mut Vec<Diagnostic>,
    ) -> PolicyResult {
        let mut result = blank(checked);
        if !self.sound || checked.node.has_error() {
            return result;
        }
        let value = machine.run(&checked.node);
        let (kind, modality) = (checked.kind(), checked.modality());
        if !matches!(value, Value::Unknown(_)) {
            result.value = Some(value.show(self.world));
        }
        result.verdict = match (value, modality) {
            (Value::Unknown(cause), _) => self.unknown(checked, cause, &mut result, out),
            (_, _) if kind == PolicyKind::Derivation => Verdict::Computed,
            (Value::Bool(true), Modality::Permission) => Verdict::Granted,
            (_, Modality::Permission) => Verdict::NotGranted,
            (Value::Bool(true), Modality::Obligation) | (Value::Bool(false), Modality::Prohibition) => {
                Verdict::Satisfied
            }
            (value, _) => {
                let actual = matches!(value, Value::Bool(true));
                let blame = machine.blame(&checked.node, actual);
                self.violated(checked, blame, &mut result, out);
                Verdict::Violated
            }
        };
        result
    }

    fn violated(&self, checked: &Checked<'a>, blame: Blame<'_>, result: &mut PolicyResult, out: &mut Vec<Diagnostic>) {
        let offender =
            |element: &Element| Offender { label: self.world.label(*element), span: self.world.span(*element) };
        result.offenders = blame.offenders.iter().map(offender).collect();
        result.offender_count = blame.count;
        let binding = |(variable, element): &(&str, Element)| Binding {
            variable: (*variable).to_owned(),
            element: offender(element),
        };
        result.witness = blame.witness.iter().map(binding).collect();
        result.values = blame.values.into_iter().map(|value| Note { span: value.span, text: value.text }).collect();
        let words: Vec<String> =
            result.witness.iter().map(|b| format!("{} = {}", b.variable, b.element.label)).collect();
        let values: Vec<(Span, String)> = result.values.iter().map(|note| (note.span, note.text.clone())).collect();
        let offenders: Vec<(String, Span)> = result.offenders.iter().map(|o| (o.label.clone(), o.span)).collect();
        out.push(report::policy_violated(&report::Violation {
            name: &checked.policy.name.value,
            span: checked.policy.name.span,
            prohibits: checked.modality() == Modality::Prohibition,
            rationale: checked.policy.rationale.as_ref().map(|text| text.value.as_str()),
            values: &values,
            offenders: &offenders,
            count: result.offender_count,
            witness: (!words.is_empty()).then(|| words.join(", ")),
        }));
    }

    fn unknown(
        &self,
        checked: &Checked<'a>,
        cause: Cause<'_>,
        result: &mut PolicyResult,
        out: &mut Vec<Diagnostic>,
    ) -> Verdict {
        let name = &checked.policy.name;
        let fact = cause.describe(self.world);
        result.missing = Some(Note { span: cause.node.span, text: fact.clone() });
        // What is only computed or granted demands nothing, so nothing is broken while it is unknown.
        let demands = checked.kind() != PolicyKind::Derivation && checked.modality() != Modality::Permission;
        match cause.why {
            Why::Limit => {
                out.push(report::evaluation_limit(&name.value, name.span, self.options.max_steps));
                return Verdict::NotEvaluated;
            }
            Why::NoClock => out.push(report::no_clock(&name.value, name.span, cause.node.span)),
            _ if demands => {
                let element = cause.element.map(|element| (self.world.label(element), self.world.span(element)));
                let (asked, remedy) = (cause.node.span, cause.remedy(self.world));
                let fact = report::MissingFact { words: fact, asked, element, remedy };
                out.push(report::policy_unknown(&name.value, name.span, fact));
            }
            _ => {}
        }
        Verdict::Unknown
    }
}

fn blank(checked: &Checked<'_>) -> PolicyResult {
    PolicyResult {
        name: checked.policy.name.value.to_string(),
        namespace: checked.namespace.to_owned(),
        span: checked.policy.name.span,
        kind: checked.kind(),
        modality: checked.modality(),
        priority: checked.priority().to_owned(),
        verdict: Verdict::NotEvaluated,
        value: None,
        offenders: Vec::new(),
        offender_count: 0,
        witness: Vec::new(),
        values: Vec::new(),
        missing: None,
    }
}
