//! The plan of an operation: what it does, step by step, and where every value comes from.

use crate::contract::{self, direction_at};
use crate::expr::assignable;
use crate::operations::Builder;
use crate::report;
use seac_model::{
    Concurrency, Direction, Effect, Entity, Fact, Field, OperationKind, Record, Step, Ty, TypeId, TypedExprKind,
    ValueSource,
};
use seac_syntax::sds::ast::{StepKind, Text, UseCase};
use seac_syntax::sea::ast::Expr;
use seac_syntax::{Diagnostic, Span};
use std::collections::BTreeMap;

/// Columns of the ledger that queries can filter by and show.
pub fn ledger_columns() -> BTreeMap<String, Ty> {
    let columns = [
        ("sequence", Ty::Int),
        ("event_id", Ty::Uuid),
        ("source", Ty::String),
        ("source_event_id", Ty::String),
        ("type", Ty::String),
        ("actor", Ty::String),
        ("action", Ty::String),
        ("outcome", Ty::String),
        ("subject_type", Ty::String),
        ("subject_id", Ty::String),
        ("context", Ty::String),
        ("occurred_at", Ty::Timestamp),
        ("recorded_at", Ty::Timestamp),
        ("correlation_id", Ty::String),
        ("payload_digest", Ty::String),
        ("previous_hash", Ty::String),
        ("leaf_hash", Ty::String),
        ("payload", Ty::Json),
    ];
    columns.into_iter().map(|(name, ty)| (name.to_owned(), ty)).collect()
}

/// What is known by name while the plan runs.
#[derive(Clone)]
struct Known<'a> {
    input: &'a Record,
    entity: Option<&'a Entity>,
    digests: Vec<String>,
    /// Outbound queries, each with what it answers.
    answers: Vec<(String, &'a Record)>,
    sequence: bool,
}

/// The steps of an operation: those of its use case, or what its contract implies.
pub fn plan(
    builder: &Builder<'_>,
    effect: &Effect,
    input: &Record,
    entity: Option<&Entity>,
    concurrency: &Concurrency,
    out: &mut Vec<Diagnostic>,
) -> Vec<Step> {
    let name = &builder.contract.name.value;
    let use_case = builder.input.sds.use_cases.iter().find(|use_case| use_case.handles.value == *name);
    let mut known = Known { input, entity, digests: Vec::new(), answers: Vec::new(), sequence: false };
    let mut steps = Vec::new();
    let mut set: Option<&[(Text, Expr)]> = None;
    let mut persists = false;
    let about = |id: &TypeId, written: &Text| *id.name == *written.value;
    let is_part = |written: &Text| builder.contract.parts.iter().any(|(_, part)| part.value == written.value);
    if let Some(use_case) = use_case {
        order(use_case, out);
        for step in &use_case.steps {
            if let StepKind::Persist { entity: written, set: values } = &step.kind {
                if effect.entity().is_some_and(|id| about(id, written)) {
                    persists = true;
                    set = Some(values);
                } else if !is_part(written) {
                    persists = true;
                    out.push(report::persists_other(written.span, &written.value));
                }
            }
            if let StepKind::Call { port, method, when } = &step.kind {
                if let Some(when) = when {
                    out.push(report::not_emitted_yet(when.span, "`call` steps with conditions"));
                }
                if effect.entity().is_none() || matches!(effect, Effect::ListsEntities { .. }) {
                    out.push(report::listing_calls(port.span));
                } else if let Some((step, answer)) = call(builder, &known, port, method, out) {
                    steps.push(step);
                    known.answers.push((method.value.to_string(), answer));
                }
            }
            if let StepKind::StoreBlob { from, into, digest } = &step.kind {
                steps.extend(store_blob(builder, input, from, into, digest, out));
                known.digests.push(digest.value.to_string());
            }
        }
    }
    let changes = matches!(effect, Effect::Creates { .. } | Effect::Mutates { .. });
    if changes {
        if let Some(use_case) = use_case.filter(|_| !persists) {
            out.push(report::never_persists(use_case.handles.span, name));
        }
        let fields = state(builder, effect, &known, concurrency, set.unwrap_or_default(), out);
        steps.push(Step::Persist { fields });
    }
    steps.push(evidence(builder, use_case, effect, &known, out));
    known.sequence = true;
    publish(builder, use_case, &known, &mut steps, out);
    steps
}

/// The steps of an operation that others carry out: what is recorded and announced once they have answered. No use case
/// can say otherwise.
pub fn elsewhere(
    builder: &Builder<'_>,
    input: &Record,
    output: &Record,
    entity: Option<&Entity>,
    out: &mut Vec<Diagnostic>,
) -> Vec<Step> {
    let name = &builder.contract.name.value;
    let use_cases = builder.input.sds.use_cases.iter().filter(|use_case| use_case.handles.value == *name);
    let said = direction_at(builder.input, name);
    out.extend(use_cases.map(|use_case| report::outbound_handled(use_case.handles.span, name, said)));
    let key = entity.map(|entity| entity.key.clone()).unwrap_or_default();
    let (fields, origin) = (output.fields.clone(), output.origin.clone());
    let answer = Entity { doc: None, key: key.clone(), fields, origin };
    let mut known = Known { input, entity: Some(&answer), digests: Vec::new(), answers: Vec::new(), sequence: false };
    let subject = named_source(&known, &key).map(|(source, _)| source);
    let evidence = format!("{}.{name}", builder.input.slug);
    let mut steps =
        vec![Step::AppendEvidence { evidence, subject, identity_from_input: false, time_from_input: false }];
    known.sequence = true;
    publish(builder, None, &known, &mut steps, out);
    steps
}

/// A question to others, asked before the transaction, and what they answer.
fn call<'b>(
    builder: &'b Builder<'_>,
    known: &Known<'_>,
    port: &Text,
    method: &Text,
    out: &mut Vec<Diagnostic>,
) -> Option<(Step, &'b Record)> {
    let ports = &builder.input.sds.outbound_ports;
    let Some(declared) = ports.iter().find(|known| known.name.value == port.value) else {
        out.push(report::unknown("outbound port", &port.value, port.span, ports.iter().map(|p| p.name.value.as_str())));
        return None;
    };
    let contract = builder.contracts.get(method.value.as_str());
    let Some(contract) = contract.filter(|_| declared.operations.iter().any(|name| name.value == method.value)) else {
        let operations = declared.operations.iter().map(|name| name.value.as_str());
        out.push(report::unknown("operation of this port", &method.value, method.span, operations));
        return None;
    };
    if contract.direction != Direction::Outbound || contract.kind != OperationKind::Query {
        out.push(report::not_asked(method.span, &method.value, direction_at(builder.input, &method.value)));
        return None;
    }
    let record = |fields, suffix| {
        let slug = builder.input.slug.as_str();
        let id = contract::record_id(contract, fields, suffix, builder.scope, slug, &mut Vec::new())?;
        builder.model.record(&id)
    };
    let (asked, answer) = (record(&contract.input, "Input")?, record(&contract.output, "Output")?);
    // Before the transaction there is no state.
    let before = Known { entity: None, ..known.clone() };
    let input = project(&asked.fields, &before, method.span, &method.value, out);
    let (operation, port) = (method.value.to_string(), port.value.to_string());
    Some((Step::Call { operation, port, input }, answer))
}

/// Where the fields of an entity come from that belongs to another one, which `reference` names. A new one refers to
/// the state that the operation is about, unless the input says to what.
pub fn part(
    builder: &Builder<'_>,
    effect: &Effect,
    input: &Record,
    entity: &Entity,
    (reference, root): (&str, &TypeId),
    out: &mut Vec<Diagnostic>,
) -> BTreeMap<String, ValueSource> {
    let writes = matches!(effect, Effect::Creates { .. } | Effect::Mutates { .. });
    if builder.contract.direction == Direction::Outbound || !writes {
        return BTreeMap::new();
    }
    let creates = matches!(effect, Effect::Creates { .. });
    let Some(id) = effect.entity() else { return BTreeMap::new() };
    let known =
        Known { input, entity: builder.model.entity(root), digests: Vec::new(), answers: Vec::new(), sequence: false };
    let set = part_set(builder, &id.name);
    let version = builder.version_of(&id.name);
    // The version that was seen is that of the root, and no value of a part.
    let seen = match &builder.contract.concurrency.as_ref().map(|written| &written.value) {
        Some(contract::Concurrency::OptimisticVersion(field)) => Some(field.value.as_str()),
        _ => None,
    };
    let mut sources = BTreeMap::new();
    for field in &entity.fields {
        let given = input.fields.iter().find(|given| given.name == field.name && Some(&*given.name) != seen);
        let assigned = set.iter().find(|(name, _)| name.value == field.name);
        let source = match (assigned, given) {
            (Some((_, expr)), _) => assigned_source(builder, &known, expr, field, false, out),
            _ if !creates && version == Some(&*field.name) => {
                Some(ValueSource::NextVersion { field: field.name.clone() })
            }
            _ if !creates && field.name == entity.key => None,
            (_, Some(given)) => input_source(builder, given, field, out),
            _ if !creates => None,
            _ if field.name == reference => {
                let key = builder.model.entity(root).map(|root| root.key.clone()).unwrap_or_default();
                Some(ValueSource::State { field: key, optional: false })
            }
            _ => created_without(builder, entity, field, out),
        };
        sources.extend(source.map(|source| (field.name.clone(), source)));
    }
    for (name, _) in set {
        if !entity.fields.iter().any(|field| *field.name == *name.value) {
            out.push(report::unknown("field", &name.value, name.span, entity.fields.iter().map(|f| f.name.as_str())));
        }
    }
    sources
}

/// What the use case gives a part of the effect.
fn part_set<'a>(builder: &'a Builder<'_>, part: &str) -> &'a [(Text, Expr)] {
    let name = &builder.contract.name.value;
    let use_cases = builder.input.sds.use_cases.iter().filter(|use_case| use_case.handles.value == *name);
    let mut steps = use_cases.flat_map(|use_case| &use_case.steps);
    let set = steps.find_map(|step| match &step.kind {
        StepKind::Persist { entity, set } if entity.value == part => Some(set.as_slice()),
        _ => None,
    });
    set.unwrap_or_default()
}

/// Authority before effects: `authorize` first, then `validate`, then everything else.
fn order(use_case: &UseCase, out: &mut Vec<Diagnostic>) {
    let place = |kind: &StepKind| use_case.steps.iter().position(|step| step.kind == *kind);
    let expected = [StepKind::Authorize, StepKind::Validate];
    for (i, kind) in expected.iter().enumerate() {
        if place(kind) != Some(i) {
            let span = use_case.steps.get(i).map_or(use_case.handles.span, |step| step.span);
            let word = if i == 0 { "authorize" } else { "validate" };
            out.push(report::step_order(span, word, i + 1));
            return;
        }
    }
}

fn store_blob(
    builder: &Builder<'_>,
    input: &Record,
    from: &Text,
    into: &Text,
    digest: &Text,
    out: &mut Vec<Diagnostic>,
) -> Option<Step> {
    let Some(field) = input.fields.iter().find(|field| *field.name == *from.value) else {
        let known = input.fields.iter().map(|field| field.name.as_str());
        out.push(report::unknown("input field", &from.value, from.span, known));
        return None;
    };
    if field.ty != Ty::Bytes || field.optional {
        out.push(report::mismatch(from.span, "bytes", &field.ty.to_string()));
        return None;
    }
    let ports = &builder.input.sds.outbound_ports;
    let port = ports.iter().find(|port| port.name.value == into.value);
    if port.is_none_or(|port| port.kind.as_ref().is_none_or(|kind| kind.value != "blobStore")) {
        out.push(report::unknown("blob store", &into.value, into.span, ports.iter().map(|p| p.name.value.as_str())));
        return None;
    }
    Some(Step::StoreBlob {
        from: from.value.to_string(),
        into: into.value.to_string(),
        digest: digest.value.to_string(),
    })
}

/// Where each field of the written entity comes from: what the use case sets, a digest, the input field of the same
/// name, the default, nothing if it is optional, a new id for a key that nobody gives.
fn state(
    builder: &Builder<'_>,
    effect: &Effect,
    known: &Known<'_>,
    concurrency: &Concurrency,
    set: &[(Text, Expr)],
    out: &mut Vec<Diagnostic>,
) -> BTreeMap<String, ValueSource> {
    let Some(entity) = known.entity else { return BTreeMap::new() };
    let creates = matches!(effect, Effect::Creates { .. });
    let names = || entity.fields.iter().map(|field| field.name.as_str());
    for (name, _) in set {
        if !entity.fields.iter().any(|field| *field.name == *name.value) {
            out.push(report::unknown("field", &name.value, name.span, names()));
        }
    }
    let mut sources = BTreeMap::new();
    for field in &entity.fields {
        let assigned = set.iter().find(|(name, _)| name.value == field.name);
        let version = matches!(concurrency, Concurrency::OptimisticVersion { field: v } if *v == field.name);
        let source = if let Some((_, expr)) = assigned {
            assigned_source(builder, known, expr, field, creates, out)
        } else if version {
            Some(ValueSource::NextVersion { field: field.name.clone() })
        } else if !creates && field.name == entity.key {
            None
        } else if known.digests.contains(&field.name) {
            Some(ValueSource::Digest { name: field.name.clone() })
        } else if let Some(input) = known.input.fields.iter().find(|f| f.name == field.name) {
            input_source(builder, input, field, out)
        } else if let Some((source, from)) = answer(known, &field.name) {
            answer_source(builder, source, from, field, out)
        } else if creates {
            created_without(builder, entity, field, out)
        } else {
            None
        };
        sources.extend(source.map(|source| (field.name.clone(), source)));
    }
    sources
}

fn assigned_source(
    builder: &Builder<'_>,
    known: &Known<'_>,
    expr: &Expr,
    field: &Field,
    creates: bool,
    out: &mut Vec<Diagnostic>,
) -> Option<ValueSource> {
    let state = known.entity.filter(|_| !creates);
    let expression = builder.with_facts(known.input, state, |facts| facts.value(expr, &field.ty, out))?;
    Some(ValueSource::Expression { expression: Box::new(expression) })
}

fn input_source(builder: &Builder<'_>, input: &Field, field: &Field, out: &mut Vec<Diagnostic>) -> Option<ValueSource> {
    if !assignable(&input.ty, &field.ty) {
        let (from, to) = (input.ty.to_string(), field.ty.to_string());
        out.push(report::same_name_other_type(builder.contract.name.span, &field.name, &from, &to));
        return None;
    }
    if input.optional && !field.optional && field.default.is_none() {
        out.push(report::no_source(builder.contract.name.span, &field.name, "its input field is optional"));
        return None;
    }
    Some(ValueSource::Input { field: field.name.clone(), optional: input.optional })
}

/// What an outbound query has answered under this name.
fn answer<'k>(known: &'k Known<'_>, name: &str) -> Option<(ValueSource, &'k Field)> {
    known.answers.iter().find_map(|(operation, answer)| {
        let field = answer.fields.iter().find(|field| field.name == name)?;
        let (operation, optional) = (operation.clone(), field.optional);
        Some((ValueSource::Answer { operation, field: field.name.clone(), optional }, field))
    })
}

fn answer_source(
    builder: &Builder<'_>,
    source: ValueSource,
    from: &Field,
    field: &Field,
    out: &mut Vec<Diagnostic>,
) -> Option<ValueSource> {
    input_source(builder, from, field, out).map(|_| source)
}

fn created_without(
    builder: &Builder<'_>,
    entity: &Entity,
    field: &Field,
    out: &mut Vec<Diagnostic>,
) -> Option<ValueSource> {
    if let Some(default) = &field.default {
        return Some(ValueSource::Expression { expression: default.clone() });
    }
    if field.optional {
        return Some(ValueSource::Absent);
    }
    if field.name == entity.key && field.ty == Ty::Uuid {
        return Some(ValueSource::NewUuid);
    }
    out.push(report::no_source(builder.contract.name.span, &field.name, "no input, default or step gives it a value"));
    None
}

fn evidence(
    builder: &Builder<'_>,
    use_case: Option<&UseCase>,
    effect: &Effect,
    known: &Known<'_>,
    out: &mut Vec<Diagnostic>,
) -> Step {
    let declared = use_case.and_then(|use_case| {
        use_case.steps.iter().find_map(|step| match &step.kind {
            StepKind::AppendEvidence { ty, subject } => Some((ty.value.to_string(), subject.as_ref())),
            _ => None,
        })
    });
    let has = |name: &str, ty: Ty| known.input.fields.iter().any(|f| f.name == name && f.ty == ty && !f.optional);
    let (evidence, subject) = match declared {
        Some((evidence, subject)) => (evidence, subject.and_then(|name| any_source(known, name, out))),
        None => {
            let key = known.entity.filter(|_| !matches!(effect, Effect::ListsEntities { .. }));
            let key = key.and_then(Entity::key_field);
            let source = key.map(|key| ValueSource::State { field: key.name.clone(), optional: false });
            (format!("{}.{}", builder.input.slug, builder.contract.name.value), source)
        }
    };
    Step::AppendEvidence {
        evidence,
        subject,
        identity_from_input: has("source", Ty::String) && has("source_event_id", Ty::String),
        time_from_input: has("occurred_at", Ty::Timestamp),
    }
}

fn any_source(known: &Known<'_>, name: &Text, out: &mut Vec<Diagnostic>) -> Option<ValueSource> {
    let found = named_source(known, &name.value).map(|(source, _)| source);
    if found.is_none() {
        let fields = known.entity.map(|entity| entity.fields.as_slice()).unwrap_or_default();
        let names = known.input.fields.iter().chain(fields).map(|field| field.name.as_str());
        out.push(report::unknown("field", &name.value, name.span, names));
    }
    found
}

/// What a name stands for once the effect is done: the state, the input, a digest, the sequence.
fn named_source<'k>(known: &'k Known<'_>, name: &str) -> Option<(ValueSource, Option<&'k Field>)> {
    let state = known.entity.and_then(|entity| entity.fields.iter().find(|field| field.name == name));
    if let Some(field) = state {
        let source = ValueSource::State { field: name.to_owned(), optional: field.optional };
        return Some((source, Some(field)));
    }
    if let Some(field) = known.input.fields.iter().find(|field| field.name == name) {
        let source = ValueSource::Input { field: name.to_owned(), optional: field.optional };
        return Some((source, Some(field)));
    }
    if known.digests.iter().any(|digest| digest == name) {
        return Some((ValueSource::Digest { name: name.to_owned() }, None));
    }
    if let Some((source, field)) = answer(known, name) {
        return Some((source, Some(field)));
    }
    (name == "sequence" && known.sequence).then_some((ValueSource::Sequence, None))
}

fn publish(
    builder: &Builder<'_>,
    use_case: Option<&UseCase>,
    known: &Known<'_>,
    steps: &mut Vec<Step>,
    out: &mut Vec<Diagnostic>,
) {
    let emits = &builder.contract.emits;
    let published: Vec<&Text> = match use_case {
        Some(use_case) => use_case
            .steps
            .iter()
            .filter_map(|step| match &step.kind {
                StepKind::Publish(event) => Some(event),
                _ => None,
            })
            .collect(),
        None => emits.clone(),
    };
    for event in &published {
        if !emits.iter().any(|declared| declared.value == event.value) {
            let known = emits.iter().map(|declared| declared.value.as_str());
            out.push(report::unknown("emitted event", &event.value, event.span, known));
        }
    }
    for event in emits {
        if !published.iter().any(|name| name.value == event.value) {
            out.push(report::never_published(event.span, &event.value));
            continue;
        }
        let context = builder.model.contexts.get(&builder.input.slug);
        let Some(declared) = context.and_then(|context| context.events.get(event.value.as_str())) else { continue };
        let payload = project(&declared.payload, known, event.span, &event.value, out);
        steps.push(Step::Publish { event: TypeId::new(&builder.input.slug, &*event.value), payload });
    }
}

/// Where the fields of the written entity come from, if the plan writes one.
pub fn persisted(steps: &[Step]) -> Option<&BTreeMap<String, ValueSource>> {
    steps.iter().find_map(|step| match step {
        Step::Persist { fields } => Some(fields),
        _ => None,
    })
}

/// Whether a value is there and the same when the same is asked again.
pub fn repeats(source: &ValueSource) -> bool {
    match source {
        ValueSource::Input { optional, .. } => !optional,
        ValueSource::Digest { .. } => true,
        ValueSource::Expression { expression } => {
            let (mut given, mut changes) = (false, false);
            expression.visit(&mut |part| match &part.kind {
                TypedExprKind::Fact(Fact::Input { optional: false, .. }) => given = true,
                TypedExprKind::Fact(Fact::Now | Fact::Input { .. }) => changes = true,
                _ => {}
            });
            given && !changes
        }
        _ => false,
    }
}

/// Same-name projection: every field of the target has a source of its type.
fn project(
    fields: &[Field],
    known: &Known<'_>,
    span: Span,
    target: &str,
    out: &mut Vec<Diagnostic>,
) -> BTreeMap<String, ValueSource> {
    let mut sources = BTreeMap::new();
    for field in fields {
        match named_source(known, &field.name) {
            Some((source, from)) => {
                let ty = from.map_or_else(|| free_type(&source, field), |from| from.ty.clone());
                let narrower = from.is_some_and(|from| from.optional) && !field.optional;
                if !assignable(&ty, &field.ty) {
                    out.push(report::same_name_other_type(span, &field.name, &ty.to_string(), &field.ty.to_string()));
                } else if narrower {
                    out.push(report::no_source(span, &field.name, "its source is optional"));
                } else {
                    sources.insert(field.name.clone(), source);
                }
            }
            None if field.optional => {
                out.push(report::optional_without_source(span, &field.name, target));
                sources.insert(field.name.clone(), ValueSource::Absent);
            }
            None => out.push(report::output_without_source(span, &field.name, target)),
        }
    }
    sources
}

/// The type of a value that no field declares: the sequence is a number, a digest takes the form it is stored in.
fn free_type(source: &ValueSource, target: &Field) -> Ty {
    if *source == ValueSource::Sequence { Ty::Int } else { target.ty.clone() }
}

/// Where each field of the output comes from.
pub fn output(
    builder: &Builder<'_>,
    effect: &Effect,
    output: &Record,
    entity: Option<&Entity>,
    steps: &[Step],
    out: &mut Vec<Diagnostic>,
) -> BTreeMap<String, ValueSource> {
    let span = builder.contract.name.span;
    if let Effect::ListsEntities { rows, .. } | Effect::ListsLedger { rows, .. } = effect {
        let mut sources = BTreeMap::new();
        for field in &output.fields {
            if field.name == *rows {
                sources.insert(field.name.clone(), ValueSource::Rows);
            } else if field.name == "next" && field.optional {
                sources.insert(field.name.clone(), ValueSource::NextCursor);
            } else {
                out.push(report::output_without_source(span, &field.name, &builder.contract.name.value));
            }
        }
        return sources;
    }
    let Some(input) = builder.contract.input.as_ref().and_then(|_| input_record(builder)) else {
        return BTreeMap::new();
    };
    let digests = steps
        .iter()
        .filter_map(|step| match step {
            Step::StoreBlob { digest, .. } => Some(digest.clone()),
            _ => None,
        })
        .collect();
    let answers = steps.iter().filter_map(|step| match step {
        Step::Call { operation, .. } => Some((operation.clone(), answer_of(builder, operation)?)),
        _ => None,
    });
    let known = Known { input, entity, digests, answers: answers.collect(), sequence: true };
    project(&output.fields, &known, span, &builder.contract.name.value, out)
}

fn answer_of<'a>(builder: &'a Builder<'_>, operation: &str) -> Option<&'a Record> {
    let contract = builder.contracts.get(operation)?;
    let slug = builder.input.slug.as_str();
    let id = contract::record_id(contract, &contract.output, "Output", builder.scope, slug, &mut Vec::new())?;
    builder.model.record(&id)
}

fn input_record<'a>(builder: &'a Builder<'_>) -> Option<&'a Record> {
    let contract = builder.contract;
    let slug = builder.input.slug.as_str();
    let id = crate::contract::record_id(contract, &contract.input, "Input", builder.scope, slug, &mut Vec::new())?;
    builder.model.record(&id)
}
