//! Diagrams as values: who uses whom, what moves, which states there are, and how one use case runs. Mermaid and D2 print
//! them.

use super::{Kind, Options};
use crate::file_set::Origin;
use crate::{origin, sorted};
use seac_model::{
    CompareOp, Context, Effect, Fact, Literal, Modality, Model, Operation, Step, Ty, TypeId, TypedExpr, TypedExprKind,
    ValueSource,
};
use std::collections::{BTreeMap, BTreeSet};

/// A diagram, and what it is made from.
pub struct Diagram {
    /// The name of its file, without the extension.
    pub name: String,
    /// What it shows.
    pub shape: Shape,
    /// Where that is declared.
    pub origins: Vec<Origin>,
    /// What of the model it shows: kinds and ids.
    pub shows: Vec<(Kind, String)>,
}

/// What a diagram shows.
pub enum Shape {
    /// Boxes and arrows.
    Graph(Graph),
    /// States; the first is where it begins.
    States(Graph),
    /// Messages between parties, in order.
    Sequence(Sequence),
}

/// Boxes, arrows and what is written on them.
#[derive(Default)]
pub struct Graph {
    /// Labels of the boxes; an arrow names them by their place.
    pub nodes: Vec<String>,
    places: BTreeMap<String, usize>,
    /// From, to, and what is written on the arrow.
    pub edges: Vec<(usize, usize, String)>,
}

/// Parties and what they say to each other.
#[derive(Default)]
pub struct Sequence {
    /// Labels of the parties.
    pub parties: Vec<String>,
    /// From, to, what is said, and whether it is an answer.
    pub messages: Vec<(usize, usize, String, bool)>,
}

impl Graph {
    fn node(&mut self, label: &str) -> usize {
        *self.places.entry(label.to_owned()).or_insert_with(|| {
            self.nodes.push(label.to_owned());
            self.nodes.len() - 1
        })
    }

    fn edge(&mut self, from: &str, to: &str, label: impl Into<String>) {
        let (from, to) = (self.node(from), self.node(to));
        self.edges.push((from, to, label.into()));
    }
}

fn place(labels: &mut Vec<String>, label: &str) -> usize {
    labels.iter().position(|known| known == label).unwrap_or_else(|| {
        labels.push(label.to_owned());
        labels.len() - 1
    })
}

impl Sequence {
    fn say(&mut self, from: &str, to: &str, what: impl Into<String>) {
        let (from, to) = (place(&mut self.parties, from), place(&mut self.parties, to));
        self.messages.push((from, to, what.into(), false));
    }

    fn answer(&mut self, from: &str, to: &str, what: impl Into<String>) {
        let (from, to) = (place(&mut self.parties, from), place(&mut self.parties, to));
        self.messages.push((from, to, what.into(), true));
    }
}

/// Every diagram of what is projected.
pub fn all(model: &Model, options: &Options) -> Vec<Diagram> {
    let mut all = vec![contexts(model, options)];
    for (slug, context) in options.contexts(model) {
        all.extend(flows(slug, context));
        all.extend(states(slug, context));
        all.extend(context.operations.iter().map(|(name, operation)| sequence(slug, context, name, operation)));
    }
    all
}

/// The context map: who uses whose concepts, and who acts on whose events.
fn contexts(model: &Model, options: &Options) -> Diagram {
    let (mut graph, mut shows) = (Graph::default(), Vec::new());
    for (slug, context) in options.contexts(model) {
        graph.node(slug);
        shows.push((Kind::Context, slug.clone()));
        context.uses.iter().for_each(|used| graph.edge(slug, used, "uses"));
        for (name, consumer) in &context.consumers {
            graph.edge(&consumer.event.context, slug, format!("{}: {name}", consumer.event.name));
            shows.push((Kind::Consumer, format!("{slug}.{name}")));
        }
    }
    let origins = sorted(options.contexts(model).map(|(_, context)| &context.origin));
    Diagram { name: "contexts".to_owned(), shape: Shape::Graph(graph), origins, shows }
}

/// What moves between whom in a context.
fn flows(slug: &str, context: &Context) -> Option<Diagram> {
    let (mut graph, mut shows) = (Graph::default(), Vec::new());
    for (name, flow) in &context.flows {
        let quantity = flow.quantity.as_ref().map(|quantity| format!(" ({quantity})")).unwrap_or_default();
        graph.edge(&flow.from, &flow.to, format!("{}{quantity}", flow.resource));
        shows.push((Kind::Flow, format!("{slug}.flow {name}")));
        for end in [&flow.from, &flow.to] {
            let kind = if context.entities.contains_key(end) { Kind::Entity } else { Kind::Role };
            shows.push((kind, format!("{slug}.{end}")));
        }
    }
    let origins = sorted(context.flows.values().map(|flow| &flow.origin));
    let shape = Shape::Graph(graph);
    (!context.flows.is_empty()).then(|| Diagram { name: format!("{slug}/flows"), shape, origins, shows })
}

/// For each field of an entity that holds a member of an enum: its members, and which operation leads from which to which.
fn states(slug: &str, context: &Context) -> Vec<Diagram> {
    let mut all = Vec::new();
    for (name, entity) in &context.entities {
        for field in &entity.fields {
            let Ty::Enum(id) = &field.ty else { continue };
            let Some(declared) = context.enums.get(&id.name).filter(|_| id.context == slug) else { continue };
            let mut graph = Graph::default();
            let first = field.default.as_deref().and_then(member);
            // The first state is where it begins.
            for name in first.into_iter().chain(declared.members.iter().map(|member| member.name.as_str())) {
                graph.node(name);
            }
            let members: Vec<&str> = declared.members.iter().map(|member| member.name.as_str()).collect();
            for (operation, from, to) in changes(&TypeId::new(slug, name.as_str()), context, &field.name, &members) {
                graph.edge(from, to, operation);
            }
            all.push(Diagram {
                name: format!("{slug}/states/{name}.{}", field.name),
                shape: Shape::States(graph),
                origins: vec![origin(&field.origin), origin(&declared.origin)],
                shows: vec![
                    (Kind::Enum, id.to_string()),
                    (Kind::Entity, format!("{slug}.{name}")),
                    (Kind::Field, format!("{slug}.{name}.{}", field.name)),
                ],
            });
        }
    }
    all
}

/// The operations that put a certain member into a field: from which members, and to which.
fn changes<'c>(
    entity: &TypeId,
    context: &'c Context,
    field: &str,
    members: &[&'c str],
) -> Vec<(&'c str, &'c str, &'c str)> {
    let mut all = Vec::new();
    for (name, operation) in &context.operations {
        if !matches!(&operation.effect, Effect::Mutates { entity: changed } if changed == entity) {
            continue;
        }
        let sources = operation.steps.iter().filter_map(|step| match step {
            Step::Persist { fields } => fields.get(field),
            _ => None,
        });
        for to in sources.filter_map(|source| match source {
            ValueSource::Expression { expression } => member(expression),
            _ => None,
        }) {
            let from = required(operation, field);
            let from = members.iter().copied().filter(|member| from.is_none_or(|from| from == *member));
            all.extend(from.filter(|from| *from != to).map(|from| (name.as_str(), from, to)));
        }
    }
    all
}

fn member(expression: &TypedExpr) -> Option<&str> {
    match &expression.kind {
        TypedExprKind::Literal(Literal::Member(member)) => Some(member),
        _ => None,
    }
}

/// The member that a policy of an operation wants to find in a field.
fn required<'o>(operation: &'o Operation, wanted: &str) -> Option<&'o str> {
    let obligations = operation.policies.iter().filter(|policy| policy.modality == Modality::Obligation);
    obligations
        .filter_map(|policy| match &policy.expression.kind {
            TypedExprKind::Compare(CompareOp::Eq, left, right) => match (&left.kind, &right.kind) {
                (TypedExprKind::Fact(Fact::State { field, .. }), _) if field == wanted => member(right),
                (_, TypedExprKind::Fact(Fact::State { field, .. })) if field == wanted => member(left),
                _ => None,
            },
            _ => None,
        })
        .next()
}

/// How a call runs: who calls, which policies decide, what is kept, and who hears of it.
fn sequence(slug: &str, context: &Context, name: &str, operation: &Operation) -> Diagram {
    let mut sequence = Sequence::default();
    let mut shows = vec![
        (Kind::Operation, format!("{slug}.{name}")),
        (Kind::Record, operation.input.to_string()),
        (Kind::Record, operation.output.to_string()),
    ];
    let roles: Vec<&str> = operation.roles.iter().map(|role| role.name.as_str()).collect();
    let caller = if roles.is_empty() { "anybody".to_owned() } else { roles.join(" or ") };
    shows.extend(operation.roles.iter().map(|role| (Kind::Role, role.to_string())));
    sequence.say(&caller, slug, format!("{name} {}", operation.input.name));
    for policy in &operation.policies {
        sequence.say(slug, slug, format!("{} or {}", policy.policy.name, policy.code));
        shows.push((Kind::Policy, policy.policy.to_string()));
    }
    let carried_out = crate::rust::outbound::port_of(context, name);
    if let Some(port) = carried_out {
        sequence.say(slug, port, format!("carry out {name}"));
        shows.push((Kind::OutboundPort, format!("{slug}.{port}")));
    }
    if let Some(entity) = operation.effect.entity().filter(|_| carried_out.is_none()) {
        let verb = match &operation.effect {
            Effect::Creates { .. } => "create",
            Effect::Mutates { .. } => "change",
            Effect::Reads { .. } => "read",
            Effect::ListsEntities { .. } | Effect::ListsLedger { .. } => "list",
        };
        sequence.say(slug, &entity.name, verb);
        shows.push((Kind::Entity, entity.to_string()));
    }
    for step in &operation.steps {
        match step {
            Step::StoreBlob { from, into, .. } => {
                sequence.say(slug, into, format!("store {from}"));
                shows.push((Kind::OutboundPort, format!("{slug}.{into}")));
            }
            Step::Call { operation, port, .. } => {
                sequence.say(slug, port, format!("ask {operation}"));
                shows.push((Kind::OutboundPort, format!("{slug}.{port}")));
            }
            Step::Persist { .. } => {}
            Step::AppendEvidence { evidence, .. } => sequence.say(slug, "ledger", format!("append {evidence}")),
            Step::Publish { event, .. } => {
                sequence.say(slug, "bus", format!("publish {}", event.name));
                shows.push((Kind::Event, event.to_string()));
            }
        }
    }
    sequence.answer(slug, &caller, operation.output.name.clone());
    let origins = vec![origin(&operation.origin)];
    Diagram { name: format!("{slug}/operations/{name}"), shape: Shape::Sequence(sequence), origins, shows }
}

/// What is shown by some diagram.
pub fn shown(diagrams: &[Diagram]) -> BTreeSet<(Kind, &str)> {
    diagrams.iter().flat_map(|diagram| &diagram.shows).map(|(kind, id)| (*kind, id.as_str())).collect()
}

/// Notes every element of the kinds that diagrams show, and that none does.
pub fn losses(model: &Model, options: &Options, diagrams: &[Diagram], page: &mut super::Page) {
    let shown = shown(diagrams);
    let why: BTreeMap<Kind, &str> = BTreeMap::from([
        (Kind::Entity, "No flow, operation or state is about it."),
        (Kind::Role, "It is at no end of a flow and calls nothing."),
        (Kind::Policy, "It governs no operation."),
        (Kind::Event, "No operation publishes it."),
        (Kind::Enum, "No entity has it as a state."),
        (Kind::Record, "No operation takes it or answers with it."),
        (Kind::Field, "It is no state."),
        (Kind::OutboundPort, "No step of an operation goes to it by name."),
    ]);
    for element in super::elements(model, options) {
        let Some(why) = why.get(&element.kind) else { continue };
        if !shown.contains(&(element.kind, element.id.as_str())) {
            page.losses.add(element.kind, element.id, super::fidelity::ALL, *why);
        }
    }
}
