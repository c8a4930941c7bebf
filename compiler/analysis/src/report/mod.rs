//! The words of every finding of the analysis. Nothing else in this crate builds messages.

mod evaluation;
mod expressions;
mod instances;
mod lists;
mod modules;
pub mod trace;

pub use evaluation::*;
pub use expressions::*;
pub use instances::*;
pub use lists::*;
pub use modules::*;

use seac_model::{Direction, FlowKind, TypeId};
use seac_syntax::sea::ast::Name;
use seac_syntax::{Applicability, Code, Diagnostic, Span};

pub fn unknown<'a>(what: &str, name: &str, span: Span, known: impl IntoIterator<Item = &'a str>) -> Diagnostic {
    Diagnostic::new(Code::UnknownName, format!("there is no {what} `{name}`"), span, "not declared")
        .with_suggestion(name, span, known)
}

pub fn ambiguous(name: &str, span: Span, first: (&TypeId, Span), second: (&TypeId, Span)) -> Diagnostic {
    Diagnostic::new(Code::AmbiguousName, format!("`{name}` can mean two things here"), span, "which one?")
        .with_secondary(first.1, format!("`{}`", first.0))
        .with_secondary(second.1, format!("`{}`", second.0))
        .with_fix(format!("write `{}`", first.0), span, first.0.to_string(), Applicability::MaybeIncorrect)
        .with_fix(format!("write `{}`", second.0), span, second.0.to_string(), Applicability::MaybeIncorrect)
}

/// A query lists entities that are called like what every service has.
pub fn ledger_or_entity(span: Span, slug: &str, entity: Span) -> Diagnostic {
    let message = "`readModel: Ledger` is the ledger of the service, not the entity of this name";
    Diagnostic::new(Code::AmbiguousName, message, span, "the ledger, whose rows are records")
        .with_secondary(entity, "the entity")
        .with_why("every service keeps a ledger of what was done, and a query names it by this word")
        .with_fix(
            format!("write `{slug}.Ledger` to list the entity"),
            span,
            format!("{slug}.Ledger"),
            Applicability::MaybeIncorrect,
        )
}

pub fn declared_twice(what: &str, name: &str, span: Span, first_what: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::DeclaredTwice, format!("the {what} `{name}` is declared twice"), span, "declared again")
        .with_secondary(first, format!("first declared here, as {first_what}"))
        .with_why("a concept has one home, so that there is one place to change it")
}

pub fn wire_is_a_name(span: Span, wire: &str, other: Span) -> Diagnostic {
    let message = format!("the text `{wire}` is the name of another member");
    Diagnostic::new(Code::DeclaredTwice, message, span, "could mean two members")
        .with_secondary(other, "the other member")
}

pub fn record_name_taken(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::DeclaredTwice, format!("the name `{name}` is taken"), span, "needs a record of that name")
        .with_why("input and output in an SDS become records called after the operation")
        .with_help(format!("rename the operation, or what is called `{name}`"))
}

pub fn second_design(span: Span, first: Span, slug: &str) -> Diagnostic {
    Diagnostic::new(Code::DeclaredTwice, format!("the context `{slug}` has two designs"), span.at_start(), "the second")
        .with_secondary(first.at_start(), "the first")
}

pub fn model_without_design(span: Span, slug: &str) -> Diagnostic {
    let message = format!("the context `{slug}` has a model but no design");
    Diagnostic::new(Code::ContextName, message, span, "this is never built")
        .with_help(format!("add `specs/{slug}/{slug}.sds.yaml`"))
}

pub fn context_name(span: Span, name: &str, slug: &str) -> Diagnostic {
    let message = format!("the context is called `{name}` here, but its folder is `{slug}`");
    Diagnostic::new(Code::ContextName, message, span, "differs from the folder").with_fix(
        format!("write `{slug}`"),
        span,
        slug,
        Applicability::MaybeIncorrect,
    )
}

pub fn namespace(span: Span, name: &str, slug: &str) -> Diagnostic {
    let expected = format!("system.{slug}");
    let message = format!("the namespace of this context is `{expected}`, not `{name}`");
    Diagnostic::new(Code::ContextName, message, span, "differs from the folder").with_fix(
        format!("write `{expected}`"),
        span,
        format!("\"{expected}\""),
        Applicability::MaybeIncorrect,
    )
}

pub fn mismatch(span: Span, expected: &str, found: &str) -> Diagnostic {
    Diagnostic::new(Code::TypeMismatch, format!("expected {expected}, found {found}"), span, format!("this is {found}"))
}

pub fn not_comparable(span: Span, left: (Span, &str), right: (Span, &str)) -> Diagnostic {
    let message = format!("{} and {} cannot be compared like this", left.1, right.1);
    Diagnostic::new(Code::TypeMismatch, message, span, "no such comparison")
        .with_secondary(left.0, format!("this is {}", left.1))
        .with_secondary(right.0, format!("this is {}", right.1))
}

pub fn unit_redefined(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::UnitMismatch, format!("the unit `{name}` has another meaning already"), span, "differs")
        .with_why("a unit means the same in every context, or amounts could not be handed on")
}

pub fn base_dimension(span: Span, base: &str, dimension: &str) -> Diagnostic {
    let message = format!("`{base}` is a unit of {dimension}");
    Diagnostic::new(Code::UnitMismatch, message, span, "of another dimension")
        .with_why("a unit and its base measure the same, or a factor between them would say nothing")
}

pub fn unit_factor(span: Span, factor: &str) -> Diagnostic {
    let message = format!("a unit cannot be {factor} times another one");
    Diagnostic::new(Code::UnitMismatch, message, span, "must be more than zero")
}

pub fn unit_circle(span: Span, name: &str) -> Diagnostic {
    let message = format!("the unit `{name}` is built on itself");
    Diagnostic::new(Code::UnitMismatch, message, span, "in a circle")
        .with_help("end the chain in a unit that is its own base")
}

pub fn unit_mismatch(span: Span, from: &str, to: &str) -> Diagnostic {
    let message = format!("an amount in {from} cannot be taken for one in {to}");
    Diagnostic::new(Code::UnitMismatch, message, span, "no conversion leads there")
        .with_why("amounts convert within a dimension, and currencies never: there is no rate that holds")
}

pub fn bad_regex(span: Span, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::BadRegex, format!("this regular expression cannot be used: {reason}"), span, "here")
        .with_why("expressions run in linear time; look-around and back-references do not exist")
}

pub fn not_in_an_operation(span: Span) -> Diagnostic {
    let message = "this cannot be decided while one operation runs";
    Diagnostic::new(Code::NotInOperation, message, span, "needs the whole model")
        .with_why("a policy that governs an operation sees its input, its state, the caller and the time")
}

/// What the decision point of an operation has no words for yet.
pub fn not_asked_in_an_operation(span: Span, what: &str) -> Diagnostic {
    let message = format!("{what} cannot be asked while an operation runs");
    Diagnostic::new(Code::NotInOperation, message, span, "not decided there yet")
        .with_help("let the input say it, as a field of its own, and compare that")
}

pub fn no_state_yet(span: Span) -> Diagnostic {
    Diagnostic::new(Code::NotInOperation, "there is no state here", span, "read before it exists")
        .with_help("bind the policy at postcondition, or use the input")
}

pub fn too_many_digits(span: Span) -> Diagnostic {
    Diagnostic::new(Code::TooManyDigits, "this number cannot be kept exactly", span, "more than 28 digits")
}

pub fn constraint_does_not_fit(span: Span, name: &str, ty: &str) -> Diagnostic {
    Diagnostic::new(Code::BadConstraint, format!("`{name}` says nothing about {ty}"), span, "does not fit the type")
}

pub fn constraint_value(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::BadConstraint, format!("`{name}` needs a number here"), span, "not such a number")
}

pub fn constraint_twice(span: Span, name: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::BadConstraint, format!("`{name}` is given twice"), span, "given again")
        .with_secondary(first, "the first one")
}

/// Two constraints of a field, with the second one's place.
pub fn constraints_exclude(span: Span, second: &str, first: (&str, Span)) -> Diagnostic {
    let message = format!("no value satisfies `{}` and `{second}`", first.0);
    Diagnostic::new(Code::BadConstraint, message, span, "leaves nothing").with_secondary(first.1, "beside this")
}

pub fn nested_list(span: Span) -> Diagnostic {
    Diagnostic::new(Code::TypeMismatch, "lists do not nest", span, "a list of lists")
        .with_help("declare a record that holds the inner list")
}

pub fn no_key(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::EntityKey, format!("the entity `{name}` has fields but no key"), span, "needs a key")
        .with_help("mark one required `uuid` or `string` field as `key`")
}

pub fn second_key(span: Span, first: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::EntityKey, format!("the entity `{name}` has two keys"), span, "the second")
        .with_secondary(first, "the first")
}

pub fn key_type(span: Span, key: &str) -> Diagnostic {
    let message = format!("the key `{key}` must be a required `uuid` or `string`");
    Diagnostic::new(Code::EntityKey, message, span, "cannot tell one from another")
}

/// `key` in a record; other compilers read it, and it says nothing.
pub fn key_of_record(span: Span) -> Diagnostic {
    let finding = Diagnostic::new(Code::EntityKey, "a record has no key", span, "says nothing").with_fix(
        "remove it",
        span,
        "",
        Applicability::MaybeIncorrect,
    );
    Diagnostic { severity: seac_syntax::Severity::Warning, ..finding }
}

pub fn clause_repeated(span: Span, word: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::OperationClause, format!("`{word}` is given twice"), span, "again")
        .with_secondary(first, "first given here")
}

pub fn clause_missing(span: Span, name: &str, word: &str) -> Diagnostic {
    Diagnostic::new(Code::OperationClause, format!("`{name}` has no `{word}`"), span, format!("add `{word} …`"))
}

pub fn word(span: Span, written: &str, words: &[&str]) -> Diagnostic {
    let list = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    Diagnostic::new(Code::UnknownWord, format!("`{written}` is none of {list}"), span, "not a word of the language")
        .with_suggestion(written, span, words.iter().copied())
}

/// A projection says nothing of a kind of element.
pub fn unmapped(span: Span, projection: &str, kind: &str) -> Diagnostic {
    let message = format!("the mapping of `{projection}` has no row for `{kind}`");
    Diagnostic::new(Code::SdsMissingKey, message, span, format!("say what becomes of `{kind}`, or why it is lost"))
}

/// A rule of a mapping begins with a word that is no kind of declaration.
pub fn mapping_rule(span: Span, written: &str, known: &[&'static str]) -> Diagnostic {
    Diagnostic::new(Code::UnknownWord, format!("`{written}` is no kind of declaration"), span, "nothing has this kind")
        .with_suggestion(written, span, known.iter().copied())
}

pub fn anonymous_governed(span: Span, mode: Span) -> Diagnostic {
    let message = "nobody known cannot be governed by a policy";
    Diagnostic::new(Code::OperationAccess, message, span, "has no identity to decide on")
        .with_secondary(mode, "asks who calls")
        .with_help("write `access public`, or name a role as actor")
}

/// `access public by P …`
pub fn public_governed(mode: Span, binding: Span) -> Diagnostic {
    Diagnostic::new(Code::OperationAccess, "what is public is governed by no policy", mode, "open to everybody")
        .with_secondary(binding, "a policy all the same")
        .with_fix("write `policy_governed`", mode, "policy_governed", Applicability::MaybeIncorrect)
}

pub fn other_state(span: Span, effect: &str, state: &str, place: Span) -> Diagnostic {
    let message = format!("the effect is on `{effect}`, the state is `{state}`");
    Diagnostic::new(Code::OperationEffect, message, span, "another entity").with_secondary(place, "the state")
}

pub fn transaction_does_not_fit(span: Span, wanted: &str, verb: Span) -> Diagnostic {
    Diagnostic::new(Code::OperationEffect, "this transaction does not fit the effect", span, "does not fit")
        .with_secondary(verb, "the effect")
        .with_fix(format!("write `{wanted}`"), span, wanted, Applicability::MachineApplicable)
}

pub fn idempotency_does_not_fit(span: Span, verb: Span) -> Diagnostic {
    Diagnostic::new(Code::OperationEffect, "only what reads needs no idempotency", span, "does not fit")
        .with_secondary(verb, "the effect")
        .with_help("write `idempotency keyed_by field`, with a required field of the input")
}

/// An effect on an entity that does not belong to the one the operation is about, or that has one already.
pub fn other_aggregate(span: Span, entity: &str, root: &str, again: bool) -> Diagnostic {
    if again {
        let message = format!("`{entity}` has an effect already");
        return Diagnostic::new(Code::OperationEffect, message, span, "the second one");
    }
    let message = format!("`{entity}` does not belong to `{root}`");
    Diagnostic::new(Code::OperationEffect, message, span, "of another aggregate")
        .with_why("one transaction changes one aggregate: an entity, and those that refer to it")
        .with_help(format!("give `{entity}` a required field of type `ref<{root}>`, or write another operation"))
}

/// A part refers to the entity it belongs to by several fields.
pub fn belongs_by_several(span: Span, part: &str, root: &str, references: &[&seac_model::Field]) -> Diagnostic {
    let names: Vec<String> = references.iter().map(|field| format!("`{}`", field.name)).collect();
    let message = format!("`{part}` refers to `{root}` by {}", names.join(" and by "));
    Diagnostic::new(Code::OperationEffect, message, span, "belongs to it by which of them?")
        .with_why("a part is guarded by what it belongs to: the field that says so must not be a guess")
        .with_help(format!("make all but one of them optional, or keep the `{root}` besides it as plain text"))
}

/// A part changes, and the entity it belongs to is only read.
pub fn part_without_root(span: Span, part: &str, root: &str) -> Diagnostic {
    let message = format!("`{part}` changes, so `{root}` has to change with it");
    Diagnostic::new(Code::OperationEffect, message, span, "what it belongs to is only read")
        .with_why("the version or the key of the whole is what tells concurrent changes of its parts")
}

/// A use case for an operation that others carry out.
pub fn outbound_handled(span: Span, name: &str, said: Option<Span>) -> Diagnostic {
    let message = format!("`{name}` is outbound, so there are no steps here");
    direction_shown(Diagnostic::new(Code::Steps, message, span, "others carry it out"), said)
        .with_help("take the use case out, or write `direction internal`")
}

/// A port for what the context carries out itself.
pub fn not_outbound(span: Span, name: &str, said: Option<Span>) -> Diagnostic {
    let message = format!("`{name}` is not outbound, so nobody else carries it out");
    direction_shown(Diagnostic::new(Code::Ports, message, span, "carried out here"), said)
        .with_help("take it out of the port, or write `direction outbound`")
}

/// Two ports for one operation.
pub fn carried_out_twice(span: Span, name: &str, first: &str) -> Diagnostic {
    let message = format!("`{name}` is carried out behind the port `{first}` already");
    Diagnostic::new(Code::Ports, message, span, "two ports").with_help("leave it behind one of them")
}

/// `http` of an adapter that does not speak it.
pub fn adapter_without_http(span: Span) -> Diagnostic {
    Diagnostic::new(Code::Ports, "only adapters of kind `http` are called over HTTP", span, "never read")
        .with_help("take it out, or write `kind: http`")
}

/// A step calls what it cannot ask.
pub fn not_asked(span: Span, name: &str, said: Option<Span>) -> Diagnostic {
    let message = format!("`{name}` is no outbound query, so no step can ask it");
    direction_shown(Diagnostic::new(Code::Steps, message, span, "not asked before the transaction"), said)
        .with_why(
            "a step asks before the transaction, which may still fail: only what changes nothing may be asked then",
        )
        .with_help("let a consumer run a command on an event that this operation publishes")
}

/// A call of a listing.
pub fn listing_calls(span: Span) -> Diagnostic {
    Diagnostic::new(Code::Steps, "a query over a read model asks nobody else", span, "has no place for an answer")
}

pub fn no_effect(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::OperationEffect, format!("`{name}` has no effect and no read model"), span, "does nothing")
        .with_help("add `effect: { creates: Entity }`, or `readModel:` to a query")
}

pub fn foreign_state(span: Span, id: &str) -> Diagnostic {
    Diagnostic::new(Code::OperationEffect, format!("`{id}` is the state of another context"), span, "not ours")
        .with_why("a context owns its state; others call its operations or follow its events")
}

pub fn foreign_policy(span: Span, id: &str) -> Diagnostic {
    Diagnostic::new(Code::OperationEffect, format!("`{id}` is a policy of another context"), span, "not ours")
        .with_help("declare the policy where the operation is")
}

pub fn no_state(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::OperationEffect, format!("`{name}` has no fields"), span, "no state to work on")
}

pub fn key_not_in_input(span: Span, key: &str, entity: &str) -> Diagnostic {
    let message = format!("the input does not say which `{entity}` is meant");
    Diagnostic::new(Code::OperationEffect, message, span, format!("add `{key}` to the input"))
}

pub fn one_list(span: Span, name: &str) -> Diagnostic {
    let message = format!("the output of `{name}` must have one list of rows");
    Diagnostic::new(Code::OperationEffect, message, span, "a query over a read model")
}

pub fn idempotency_key(span: Span, name: &str) -> Diagnostic {
    let message = format!("`{name}` cannot tell calls apart");
    Diagnostic::new(Code::OperationIdempotency, message, span, "must be a required scalar of the input")
}

/// Doing it twice makes two entities.
pub fn inherent_without_key(span: Span, operation: &str, key: &str) -> Diagnostic {
    let message = format!("doing `{operation}` twice makes two entities");
    Diagnostic::new(Code::OperationIdempotency, message, span, "a repeat is not harmless")
        .with_why("the key and every unique field are made anew on each call, so a repeated one meets nothing")
        .with_help(format!("write `idempotency keyed_by field`, or let the input give `{key}` or another unique field"))
}

pub fn concurrency_does_not_fit(span: Span) -> Diagnostic {
    Diagnostic::new(Code::OperationConcurrency, "this does not fit the effect", span, "does not fit")
        .with_help("creates: unique_key; mutates: optimistic_version; reads: read_snapshot")
}

pub fn version_field(span: Span, name: &str) -> Diagnostic {
    let message = format!("`{name}` must be a required int of both input and entity");
    Diagnostic::new(Code::OperationConcurrency, message, span, "the version that was seen")
}

pub fn failure_repeated(span: Span, code: &str) -> Diagnostic {
    Diagnostic::new(Code::FailurePath, format!("the failure `{code}` is declared twice"), span, "again")
}

pub fn failure_path(span: Span, kind: &str) -> Diagnostic {
    let message = format!("this operation can fail with {kind}, but no failure is declared for it");
    Diagnostic::new(Code::FailurePath, message, span, format!("add `failure … for {kind} \"…\"`"))
        .with_why("callers and auditors rely on the declared codes: a path without one could not be told apart")
}

pub fn failure_path_ambiguous(span: Span, kind: &str, codes: &[String]) -> Diagnostic {
    let message = format!("{kind} could be answered with any of: {}", codes.join(", "));
    Diagnostic::new(Code::FailurePath, message, span, "every path has one code")
}

pub fn no_source(span: Span, field: &str, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::NoSource, format!("nothing says what `{field}` is: {reason}"), span, "a required field")
        .with_help(format!("add `{field}` to the input, a default to the field, or `set: {{ {field}: … }}`"))
}

pub fn same_name_other_type(span: Span, field: &str, from: &str, to: &str) -> Diagnostic {
    Diagnostic::new(Code::TypeMismatch, format!("`{field}` is {from} here and {to} there"), span, "types differ")
        .with_why("fields are carried over by name, so the same name must mean the same type")
}

pub fn output_without_source(span: Span, field: &str, target: &str) -> Diagnostic {
    let message = format!("nothing gives `{field}` of `{target}` its value");
    Diagnostic::new(Code::NoSource, message, span, "no state, input, digest or sequence of that name")
        .with_help(format!("add `{field}` to the entity or to the input, or take it out of `{target}`"))
}

pub fn optional_without_source(span: Span, field: &str, target: &str) -> Diagnostic {
    let message = format!("nothing ever gives `{field}` of `{target}` a value");
    Diagnostic::new(Code::NeverThere, message, span, "no state, input, digest or sequence of that name")
        .with_why("it is optional, so all works without it; but who asks for it waits in vain")
        .with_help(format!("add `{field}` to the entity or to the input, or take it out of `{target}`"))
}

pub fn persists_other(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::Steps, format!("the operation's effect is not on `{name}`"), span, "another entity")
}

pub fn never_persists(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::Steps, format!("`{name}` has an effect, but no step persists it"), span, "add `persist`")
}

pub fn step_order(span: Span, word: &str, place: usize) -> Diagnostic {
    Diagnostic::new(Code::Steps, format!("step {place} must be `{word}`"), span, "not yet")
        .with_why("authority comes before everything, and nothing is done with input that is not valid")
}

pub fn never_published(span: Span, event: &str) -> Diagnostic {
    Diagnostic::new(Code::Events, format!("`{event}` is declared but never published"), span, "add `publish`")
}

pub fn event_without_route(span: Span, event: &str) -> Diagnostic {
    let message = format!("the event `{event}` has no route");
    Diagnostic::new(Code::Events, message, span, format!("add `{{ event: {event}, subject: … }}` to messageBus.routes"))
}

pub fn consumer_input(span: Span, field: &str, event: &str) -> Diagnostic {
    let message = format!("`{event}` does not carry `{field}`, which this operation needs");
    Diagnostic::new(Code::Events, message, span, "no such field in the payload")
}

pub fn adapter_does_not_fit(span: Span, kind: &str) -> Diagnostic {
    Diagnostic::new(Code::Ports, format!("`{kind}` cannot answer this port"), span, "another kind of port")
}

pub fn port_adapters(span: Span, name: &str, count: usize) -> Diagnostic {
    let message = format!("the port `{name}` has {count} adapters");
    Diagnostic::new(Code::Ports, message, span, "needs exactly one")
}

pub fn no_repository(span: Span, entity: &str, operation: &str) -> Diagnostic {
    let message = format!("`{operation}` keeps `{entity}`, but no outbound port is `for: {entity}`");
    Diagnostic::new(Code::Ports, message, span, "add a port and its adapter")
}

pub fn http_base(span: Span, base: &str) -> Diagnostic {
    Diagnostic::new(Code::HttpPath, format!("`{base}` is no path"), span, "letters, digits, `-`, `_` and `/`, from `/`")
}

pub fn path_taken(span: Span, path: &str, first: Span) -> Diagnostic {
    Diagnostic::new(Code::HttpPath, format!("two things listen on `{path}`"), span, "the second")
        .with_secondary(first, "the first")
}

pub fn still_declared(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(
        Code::Evolution,
        format!("`{name}` cannot have another name now: it is still declared"),
        span,
        "declared",
    )
    .with_help("remove the declaration, or this line")
}

pub fn renamed_across(span: Span, from: &str, to: &str) -> Diagnostic {
    let message = format!("`{from}` cannot become `{to}`: a field stays a field, an entity an entity");
    Diagnostic::new(Code::Evolution, message, span, "another kind of thing")
        .with_help("write `Entity: Entity` or `Entity.field: Entity.field`")
}

pub fn connector_incomplete(span: Span, key: &str) -> Diagnostic {
    Diagnostic::new(Code::ConnectorCase, format!("this connector has no `{key}`"), span, format!("add `{key}`"))
        .with_why("a delivery that is not signed, or cannot be told from another, is no evidence")
}

pub fn connector_ambiguous(span: Span, why: &str) -> Diagnostic {
    Diagnostic::new(
        Code::ConnectorCase,
        format!("this connector says two things: {why}"),
        span,
        "remove or correct this",
    )
}

pub fn case_unreachable(span: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::ConnectorCase, "this case is never reached", span, "asks for more than an earlier case")
        .with_secondary(first, "this case comes first")
}

pub fn not_emitted_yet(span: Span, what: &str) -> Diagnostic {
    Diagnostic::new(Code::NotSupported, format!("{what} cannot be emitted yet"), span, "would not be carried out")
        .with_why("a rule that is written down and not enforced is worse than none")
}

pub fn not_checked_yet(span: Span, what: &str) -> Diagnostic {
    let mut diagnostic = not_emitted_yet(span, what);
    diagnostic.severity = seac_syntax::Severity::Warning;
    diagnostic
}

/// An inbound port exposes what others do not call.
pub fn not_inbound_exposed(span: Span, name: &str, direction: Direction, said: Option<Span>) -> Diagnostic {
    let (word, label) = match direction {
        Direction::Outbound => ("outbound", "the context itself calls it"),
        _ => ("internal", "only the context itself runs it"),
    };
    let message = format!("`{name}` is {word}, so no inbound port can expose it");
    direction_shown(Diagnostic::new(Code::HttpPath, message, span, label), said)
        .with_help("take it out of the port, or write `direction inbound`")
}

/// Shows the clause that gives an operation its direction.
fn direction_shown(finding: Diagnostic, said: Option<Span>) -> Diagnostic {
    match said {
        Some(said) => finding.with_secondary(said, "said here"),
        None => finding,
    }
}

pub fn reserved_context(span: Span, slug: &str) -> Diagnostic {
    Diagnostic::new(Code::ContextName, format!("no context can be called `{slug}`"), span, "taken in what is emitted")
}

pub fn context_slug(span: Span, slug: &str) -> Diagnostic {
    let message = format!("`{slug}` is no name for a context");
    Diagnostic::new(Code::ContextName, message, span, "small letters, digits and `-`, from a letter")
}

pub fn cqrs_kind(span: Span) -> Diagnostic {
    let message = "`@cqrs` needs a kind";
    Diagnostic::new(Code::FlowJoin, message, span, "`{ \"kind\": \"command\" | \"query\" | \"event\" }`")
}

pub fn flow_kind(span: Span, element: &str, kind: FlowKind, declared: Option<Span>) -> Diagnostic {
    let message = format!("`{element}` is of another kind than this flow");
    let finding = Diagnostic::new(Code::FlowJoin, message, span, "kinds differ");
    let kind = match kind {
        FlowKind::Command => "a command",
        FlowKind::Query => "a query",
        FlowKind::Event => "an event",
    };
    match declared {
        Some(declared) => finding.with_secondary(declared, format!("declared here, {kind}")),
        None => finding,
    }
}

pub fn without_flow(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::FlowJoin, format!("`{name}` has no flow"), span, "every operation and event is one flow")
        .with_help(format!("add `Flow \"…\" @cqrs {{ \"kind\": …, \"element\": \"{name}\" }} from … to …`"))
}

pub fn flow_without_cqrs(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::FlowWithoutCqrs, format!("`{name}` does not say what it stands for"), span, "no `@cqrs`")
        .with_why("what goes along a flow is observed by the command, query or event that it stands for")
        .with_help("add `@cqrs { \"kind\": \"command\" | \"query\" | \"event\", \"element\": … }`, or remove the flow")
}

pub fn cqrs_elsewhere(span: Span) -> Diagnostic {
    Diagnostic::new(Code::CqrsElsewhere, "`@cqrs` says nothing here", span, "this is no flow")
        .with_why("only flows stand for commands, queries and events")
        .with_fix("remove it", span, "", Applicability::MaybeIncorrect)
}

/// `text` is what is missing, behind the annotation at `cqrs`.
pub fn flow_annotation_missing(code: Code, flow: &Name, cqrs: Span, text: &str) -> Diagnostic {
    let key = text.split(' ').next().unwrap_or_default();
    Diagnostic::new(code, format!("`{}` has no `{key}`", flow.value), flow.span, "does not say it")
        .with_why("who reads the model alone does not see what the design says")
        .with_fix(format!("add `{text}`"), cqrs.at_end(), format!(" {text}"), Applicability::MachineApplicable)
}

pub fn flow_disagrees(span: Span, key: &str, flow: &str, right: Option<&String>) -> Diagnostic {
    let message = format!("`@{key}` of `{flow}` is not what is declared");
    let finding = Diagnostic::new(Code::FlowDisagrees, message, span, "declared otherwise")
        .with_why("the declaration is what is built, and the model would tell something else");
    match right {
        Some(right) => finding.with_fix(format!("write `{right}`"), span, right, Applicability::MaybeIncorrect),
        None => finding.with_help(format!("remove `@{key}`")),
    }
}

/// Says in a finding how many others may follow from it.
pub fn left_out(cause: &mut Diagnostic, count: usize) {
    let note = match count {
        1 => "1 finding that may follow from this is not shown".to_owned(),
        _ => format!("{count} findings that may follow from this are not shown"),
    };
    cause.why = Some(cause.why.take().map_or_else(|| note.clone(), |why| format!("{why}; {note}")));
}
