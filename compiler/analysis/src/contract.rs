//! One form for the two ways of writing an operation: SEA's `operation` and the SDS's `cqrs.commands` and `queries`.

use crate::listing;
use crate::load::{ContextInput, origin};
use crate::names::{Kind, Scope};
use crate::report;
use crate::types::{Lowering, Shared, doc, patterns};
use seac_model::{Direction, Model, OperationKind, Record, TypeId};
use seac_syntax::sds::ast as sds;
use seac_syntax::sds::ast::Text;
use seac_syntax::sea::ast::{self as sea, ClauseKind, DeclarationKind};
use seac_syntax::{Diagnostic, Sources, Span, Spanned};
use std::collections::BTreeMap;

/// The contract of an operation, as written.
pub struct Contract<'a> {
    pub name: &'a Text,
    pub span: Span,
    pub kind: OperationKind,
    pub intent: Option<String>,
    pub direction: Direction,
    /// The role that acts; none if anybody may.
    pub actor: Option<&'a Text>,
    pub input: Option<Fields<'a>>,
    pub output: Option<Fields<'a>>,
    /// `creates`, `mutates` or `reads`, and the entity.
    pub effect: Option<WrittenEffect<'a>>,
    /// Those on other entities, which belong to the first.
    pub parts: Vec<WrittenEffect<'a>>,
    pub policies: Vec<Binding<'a>>,
    pub failures: Vec<(&'a Text, &'a [Text], &'a Text)>,
    pub idempotency: Option<Spanned<Idempotency<'a>>>,
    pub concurrency: Option<Spanned<Concurrency<'a>>>,
    pub emits: Vec<&'a Text>,
    pub read_model: Option<&'a Text>,
    pub page: Option<&'a sds::Page>,
}

/// A verb and the entity it is about.
pub type WrittenEffect<'a> = (Spanned<Verb>, &'a Text);

/// The fields of an input or output: a declared record, or fields in place.
pub enum Fields<'a> {
    Named(&'a Text),
    Inline(&'a [sds::Field]),
}

/// What an operation does to its entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Creates,
    Mutates,
    Reads,
}

/// A policy that governs the operation.
pub struct Binding<'a> {
    pub policy: &'a Text,
    pub at: &'a Text,
    pub fails_with: &'a Text,
}

/// How repetition is recognised, as written.
pub enum Idempotency<'a> {
    KeyedBy { fields: &'a [Text], expires_after: Option<u64> },
    Inherent,
}

/// How concurrent changes are recognised, as written.
pub enum Concurrency<'a> {
    UniqueKey(&'a Text),
    OptimisticVersion(&'a Text),
    ReadSnapshot,
}

/// The contracts of a context by name.
pub type Contracts<'a> = BTreeMap<&'a str, Contract<'a>>;

/// Collects the contracts of a context from both languages.
pub fn collect<'a>(input: &'a ContextInput, out: &mut Vec<Diagnostic>) -> Contracts<'a> {
    let mut contracts = Contracts::new();
    for declaration in input.sea.iter().flat_map(|file| &file.declarations) {
        if let DeclarationKind::Operation(operation) = &declaration.kind {
            let contract = from_sea(operation, declaration, out);
            contracts.entry(&operation.name.value).or_insert(contract);
        }
    }
    let sds = input.sds.commands.iter().map(|c| (c, OperationKind::Command));
    for (operation, kind) in sds.chain(input.sds.queries.iter().map(|q| (q, OperationKind::Query))) {
        let contract = from_sds(operation, kind, out);
        contracts.entry(&operation.name.value).or_insert(contract);
    }
    contracts
}

fn from_sea<'a>(
    operation: &'a sea::Operation,
    declaration: &sea::Declaration,
    out: &mut Vec<Diagnostic>,
) -> Contract<'a> {
    let mut contract = empty(&operation.name, declaration.span, OperationKind::Command);
    contract.intent = doc(declaration.docs.as_deref());
    let mut seen: Vec<(&'static str, Span)> = Vec::new();
    for clause in &operation.clauses {
        let word = clause_word(&clause.kind);
        let repeatable =
            matches!(clause.kind, ClauseKind::Failure { .. } | ClauseKind::Emits(_) | ClauseKind::Effect { .. });
        match seen.iter().find(|(known, _)| *known == word) {
            Some((_, first)) if !repeatable => out.push(report::clause_repeated(clause.span, word, *first)),
            _ => sea_clause(&mut contract, clause, out),
        }
        seen.push((word, clause.span));
    }
    for word in REQUIRED.iter().copied() {
        if !seen.iter().any(|(known, _)| *known == word) {
            out.push(report::clause_missing(operation.name.span, &operation.name.value, word));
        }
    }
    agreement(operation, out);
    about_state(&mut contract, operation);
    if contract.effect.as_ref().is_some_and(|(verb, _)| verb.value == Verb::Reads) {
        contract.kind = OperationKind::Query;
    }
    contract
}

/// The effect on the state is the one that the others belong to, wherever it stands.
fn about_state(contract: &mut Contract<'_>, operation: &sea::Operation) {
    let state = operation.clauses.iter().find_map(|clause| match &clause.kind {
        ClauseKind::State(entity) => Some(entity.value.as_str()),
        _ => None,
    });
    let on_state = contract.parts.iter().position(|(_, entity)| Some(entity.value.as_str()) == state);
    if let (Some(first), Some(at)) = (&mut contract.effect, on_state)
        && Some(first.1.value.as_str()) != state
    {
        std::mem::swap(first, &mut contract.parts[at]);
    }
}

/// Where a model gives an operation its direction; designs have no word for it.
pub fn direction_at(input: &ContextInput, name: &str) -> Option<Span> {
    let mut operations =
        input.sea.iter().flat_map(|file| &file.declarations).filter_map(|declaration| match &declaration.kind {
            DeclarationKind::Operation(operation) => Some(operation),
            _ => None,
        });
    let operation = operations.find(|operation| operation.name.value == name)?;
    operation.clauses.iter().find(|clause| matches!(clause.kind, ClauseKind::Direction(_))).map(|clause| clause.span)
}

/// What every operation says.
const REQUIRED: &[&str] = &[
    "intent",
    "direction",
    "actor",
    "access",
    "input",
    "output",
    "state",
    "effect",
    "transaction",
    "failure",
    "idempotency",
    "concurrency",
    "evidence",
    "lifecycle",
];

/// Clauses that must fit each other: actor and access, effect and state, effect and transaction.
fn agreement(operation: &sea::Operation, out: &mut Vec<Diagnostic>) {
    let public = operation.clauses.iter().find_map(|clause| match &clause.kind {
        ClauseKind::Access { mode, bindings } if mode.value == "public" => Some((mode, bindings.first()?)),
        _ => None,
    });
    if let Some((mode, binding)) = public {
        out.push(report::public_governed(mode.span, binding.span));
    }
    let (mut anonymous, mut governed, mut state, mut transaction) = (None, None, None, None);
    let (mut idempotency, mut effects) = (None, Vec::new());
    for clause in &operation.clauses {
        match &clause.kind {
            ClauseKind::Actor(actor) if actor.value == "anonymous" => anonymous = Some(actor),
            ClauseKind::Access { mode, .. } if mode.value == "policy_governed" => governed = Some(mode),
            ClauseKind::State(entity) => state = Some(entity),
            ClauseKind::Effect { verb, entity } => effects.push((verb, entity)),
            ClauseKind::Transaction(word) => transaction = Some(word),
            ClauseKind::Idempotency { mode, .. } => idempotency = Some(mode),
            _ => {}
        }
    }
    if let (Some(actor), Some(mode)) = (anonymous, governed) {
        out.push(report::anonymous_governed(actor.span, mode.span));
    }
    let Some((first, entity)) = effects.first() else { return };
    if let Some(state) = state.filter(|state| effects.iter().all(|(_, entity)| entity.value != state.value)) {
        out.push(report::other_state(entity.span, &entity.value, &state.value, state.span));
    }
    let verb = effects.iter().map(|(verb, _)| verb).find(|verb| verb.value != "reads").unwrap_or(first);
    if let Some(mode) = idempotency.filter(|mode| mode.value == "not_applicable" && verb.value != "reads") {
        out.push(report::idempotency_does_not_fit(mode.span, verb.span));
    }
    let wanted = if verb.value == "reads" { "read_only" } else { "single_aggregate" };
    if let Some(word) = transaction.filter(|word| word.value != wanted) {
        out.push(report::transaction_does_not_fit(word.span, wanted, verb.span));
    }
}

fn empty(name: &Text, span: Span, kind: OperationKind) -> Contract<'_> {
    Contract {
        name,
        span,
        kind,
        intent: None,
        direction: Direction::Inbound,
        actor: None,
        input: None,
        output: None,
        effect: None,
        parts: Vec::new(),
        policies: Vec::new(),
        failures: Vec::new(),
        idempotency: None,
        concurrency: None,
        emits: Vec::new(),
        read_model: None,
        page: None,
    }
}

fn clause_word(kind: &ClauseKind) -> &'static str {
    match kind {
        ClauseKind::Intent(_) => "intent",
        ClauseKind::Direction(_) => "direction",
        ClauseKind::Actor(_) => "actor",
        ClauseKind::Access { .. } => "access",
        ClauseKind::Input(_) => "input",
        ClauseKind::Output(_) => "output",
        ClauseKind::State(_) => "state",
        ClauseKind::Effect { .. } => "effect",
        ClauseKind::Transaction(_) => "transaction",
        ClauseKind::Failure { .. } => "failure",
        ClauseKind::Emits(_) => "emits",
        ClauseKind::Idempotency { .. } => "idempotency",
        ClauseKind::Concurrency { .. } => "concurrency",
        ClauseKind::Evidence(_) => "evidence",
        ClauseKind::Lifecycle(_) => "lifecycle",
    }
}

fn sea_clause<'a>(contract: &mut Contract<'a>, clause: &'a sea::Clause, out: &mut Vec<Diagnostic>) {
    match &clause.kind {
        ClauseKind::Intent(text) => contract.intent = Some(text.value.to_string()),
        ClauseKind::Direction(word) => {
            expect_word(word, &["inbound", "outbound", "internal"], out);
            contract.direction = match word.value.as_str() {
                "outbound" => Direction::Outbound,
                "internal" => Direction::Internal,
                _ => Direction::Inbound,
            };
        }
        ClauseKind::Actor(role) => contract.actor = (role.value != "anonymous").then_some(role),
        ClauseKind::Access { mode, bindings } => {
            expect_word(mode, &["public", "policy_governed"], out);
            let binding =
                |b: &'a sea::PolicyBinding| Binding { policy: &b.policy, at: &b.at, fails_with: &b.fails_with };
            contract.policies = bindings.iter().map(binding).collect();
        }
        ClauseKind::Input(name) => contract.input = Some(Fields::Named(name)),
        ClauseKind::Output(name) => contract.output = Some(Fields::Named(name)),
        ClauseKind::State(_) => {}
        ClauseKind::Effect { verb, entity } => {
            let written = verb_of(verb, out).map(|verb| (verb, entity));
            match &contract.effect {
                None => contract.effect = written,
                Some(_) => contract.parts.extend(written),
            }
        }
        ClauseKind::Transaction(word) => expect_word(word, &["single_aggregate", "read_only"], out),
        ClauseKind::Failure { code, kinds, meaning } => contract.failures.push((code, kinds, meaning)),
        ClauseKind::Emits(event) => contract.emits.push(event),
        ClauseKind::Idempotency { mode, key, .. } => {
            contract.idempotency =
                idempotency(mode, key.as_ref().map(std::slice::from_ref).unwrap_or_default(), None, out);
        }
        ClauseKind::Concurrency { mode, field } => contract.concurrency = concurrency(mode, field.as_ref(), out),
        ClauseKind::Evidence(word) => expect_word(word, &["operation_trace"], out),
        ClauseKind::Lifecycle(word) => expect_word(word, &["synchronous_request_response"], out),
    }
}

fn from_sds<'a>(operation: &'a sds::Operation, kind: OperationKind, out: &mut Vec<Diagnostic>) -> Contract<'a> {
    let mut contract = empty(&operation.name, operation.span, kind);
    contract.intent = doc(operation.doc.as_ref());
    contract.actor = operation.actor.as_ref().filter(|actor| actor.value != "anonymous");
    contract.input = Some(Fields::Inline(&operation.input));
    contract.output = Some(Fields::Inline(&operation.output));
    let mut effects =
        operation.effects.iter().filter_map(|(verb, entity)| verb_of(verb, out).map(|verb| (verb, entity)));
    contract.effect = effects.next();
    contract.parts = effects.collect();
    let binding = |b: &'a sds::PolicyBinding| Binding { policy: &b.policy, at: &b.at, fails_with: &b.fails_with };
    contract.policies = operation.policies.iter().map(binding).collect();
    contract.failures = operation.failures.iter().map(|f| (&f.code, f.kinds.as_slice(), &f.meaning)).collect();
    contract.idempotency = operation.idempotency.as_ref().and_then(|written| {
        idempotency(&written.mode, &written.arguments, written.expires_after.as_ref().map(|d| d.value), out)
    });
    contract.concurrency =
        operation.concurrency.as_ref().and_then(|(mode, field)| concurrency(mode, field.as_ref(), out));
    contract.emits = operation.emits.iter().collect();
    contract.read_model = operation.read_model.as_ref();
    contract.page = operation.page.as_ref();
    contract
}

fn expect_word(written: &Text, words: &[&str], out: &mut Vec<Diagnostic>) {
    if !words.contains(&written.value.as_str()) {
        out.push(report::word(written.span, &written.value, words));
    }
}

fn verb_of(written: &Text, out: &mut Vec<Diagnostic>) -> Option<Spanned<Verb>> {
    expect_word(written, &["creates", "mutates", "reads"], out);
    let verb = match written.value.as_str() {
        "creates" => Verb::Creates,
        "mutates" => Verb::Mutates,
        "reads" => Verb::Reads,
        _ => return None,
    };
    Some(Spanned::new(verb, written.span))
}

fn idempotency<'a>(
    mode: &Text,
    fields: &'a [Text],
    expires_after: Option<u64>,
    out: &mut Vec<Diagnostic>,
) -> Option<Spanned<Idempotency<'a>>> {
    let value = match (mode.value.as_str(), fields) {
        ("keyed_by" | "keyedBy", [_, ..]) => Idempotency::KeyedBy { fields, expires_after },
        ("inherent" | "not_applicable" | "notApplicable", _) => Idempotency::Inherent,
        _ => {
            expect_word(mode, &["keyed_by", "inherent", "not_applicable"], out);
            return None;
        }
    };
    Some(Spanned::new(value, mode.span))
}

fn concurrency<'a>(
    mode: &Text,
    field: Option<&'a Text>,
    out: &mut Vec<Diagnostic>,
) -> Option<Spanned<Concurrency<'a>>> {
    let value = match (mode.value.as_str(), field) {
        ("unique_key" | "uniqueKey", Some(field)) => Concurrency::UniqueKey(field),
        ("optimistic_version" | "optimisticVersion", Some(field)) => Concurrency::OptimisticVersion(field),
        ("read_snapshot" | "readSnapshot", _) => Concurrency::ReadSnapshot,
        _ => {
            expect_word(mode, &["unique_key", "optimistic_version", "read_snapshot"], out);
            return None;
        }
    };
    Some(Spanned::new(value, mode.span))
}

/// Declares the records of inputs and outputs that are written in place, as `<Operation>Input` and `<Operation>Output`.
pub fn records(
    sources: &Sources,
    input: &ContextInput,
    contracts: &Contracts<'_>,
    scope: &Scope,
    shared: &Shared,
    model: &mut Model,
    out: &mut Vec<Diagnostic>,
) {
    let patterns = patterns(input, &mut Vec::new());
    let Some(context) = model.contexts.get_mut(&input.slug) else { return };
    let lowering = Lowering { sources, scope, slug: &input.slug, shared, patterns: &patterns };
    for contract in contracts.values() {
        for (fields, suffix) in [(&contract.input, "Input"), (&contract.output, "Output")] {
            let Some(Fields::Inline(fields)) = fields else { continue };
            let name = format!("{}{suffix}", contract.name.value);
            if scope.declares_type(&input.slug, &name) {
                out.push(report::record_name_taken(contract.name.span, &name));
                continue;
            }
            let mut fields = lowering.sds_fields(fields, out);
            if suffix == "Input" {
                listing::constrain(contract, &mut fields);
            }
            let record = Record { doc: None, fields, origin: origin(sources, contract.span) };
            context.records.insert(name, record);
        }
    }
}

/// The record that an operation takes or answers with.
pub fn record_id(
    contract: &Contract<'_>,
    fields: &Option<Fields<'_>>,
    suffix: &str,
    scope: &Scope,
    slug: &str,
    out: &mut Vec<Diagnostic>,
) -> Option<TypeId> {
    match fields.as_ref()? {
        Fields::Inline(_) => Some(TypeId::new(slug, format!("{}{suffix}", contract.name.value))),
        Fields::Named(name) => {
            let found = scope.resolve(slug, &name.value, name.span, &[Kind::Record]);
            found.map_err(|diagnostic| out.push(*diagnostic)).ok().map(|(id, _)| id)
        }
    }
}
