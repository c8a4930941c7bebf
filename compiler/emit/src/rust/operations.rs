//! `gen/operations.rs`: commands and queries, each carrying out its plan.

use super::store::{Repository, after, repositories};
use super::{Types, doc, expr, made_from};
use crate::names;
use crate::scope::Scope;
use proc_macro2::{Ident, Literal as Token, TokenStream};
use quote::quote;
use seac_model::{
    BoundPolicy, Concurrency, Effect, Entity, Fact, FailureKind, Field, Idempotency, Literal, Operation, OperationKind,
    Stage, Step, Ty, TypeId, TypedExprKind, ValueSource,
};
use std::collections::BTreeMap;

/// All operations of a context.
pub fn emit(scope: &Scope<'_>) -> TokenStream {
    let Scope { slug, context, .. } = *scope;
    let repositories = repositories(slug, context);
    let operations = context.operations.iter().map(|(name, operation)| {
        let repository = repositories
            .iter()
            .find(|repository| operation.effect.entity().is_some_and(|id| id.name == repository.name));
        Emitter { scope, slug, name, operation, repository, types: Types { slug } }.emit()
    });
    let uses = if context.operations.is_empty() {
        quote!()
    } else {
        quote! {
            #[allow(unused_imports, reason = "which of them are needed depends on the spec")]
            use super::{events::*, policies, ports::*, types::*};
            #[allow(unused_imports, reason = "which of them are needed depends on the spec")]
            use kernel::prelude::*;
            #[allow(unused_imports, reason = "which of them are needed depends on the spec")]
            use std::sync::Arc;
        }
    };
    quote! {
        #![doc = " Operations: what can be asked of this context, and exactly what happens then."]
        #uses
        #(#operations)*
    }
}

/// The type that carries out an operation.
pub fn type_name(name: &str) -> Ident {
    names::pascal(name)
}

struct Emitter<'a> {
    scope: &'a Scope<'a>,
    slug: &'a str,
    name: &'a str,
    operation: &'a Operation,
    repository: Option<&'a Repository<'a>>,
    types: Types<'a>,
}

impl Emitter<'_> {
    fn emit(&self) -> TokenStream {
        let ident = type_name(self.name);
        let intent = doc(self.operation.intent.as_deref(), &format!("The operation `{}`.", self.name));
        let input = self.types.path(&self.operation.input);
        let output = self.types.path(&self.operation.output);
        let spec = self.spec();
        let key = self.idempotency_key();
        let preconditions = self.preconditions();
        let (prepared_ty, prepare) = self.prepare();
        let execute = self.execute();
        let fields = self.repository.map(|repository| {
            let port = names::pascal(repository.port);
            let doc_text = super::store::port_doc(repository.port);
            quote!({ #doc_text pub repository: Arc<dyn #port> })
        });
        let structure = match fields {
            Some(fields) => quote!(pub struct #ident #fields),
            None => quote!(pub struct #ident;),
        };
        let mark = made_from(&self.operation.origin);
        quote! {
            #mark
            #intent
            #structure

            #mark
            #[async_trait]
            impl Operation for #ident {
                const SPEC: OperationSpec = #spec;
                type Input = #input;
                type Output = #output;
                type Prepared = #prepared_ty;
                #key
                #preconditions
                #prepare
                #execute
            }
        }
    }

    fn spec(&self) -> TokenStream {
        let (slug, name) = (self.slug, self.name);
        let kind = match self.operation.kind {
            OperationKind::Command => quote!(command),
            OperationKind::Query => quote!(query),
        };
        let roles: Vec<String> = self.operation.roles.iter().map(TypeId::to_string).collect();
        let roles = (!roles.is_empty()).then(|| quote!(.roles(&[#(#roles),*])));
        let failures = self.operation.failures.declared.iter().map(|(code, failure)| {
            let kinds = failure.kinds.iter().map(|kind| failure_kind(*kind));
            let meaning = failure.meaning.as_str();
            quote!(Failure { code: #code, kinds: &[#(#kinds),*], meaning: #meaning })
        });
        let failures = quote!(.failures(&[#(#failures),*]));
        let not_permitted = self.operation.failures.code_for.get(&FailureKind::Policy);
        let not_permitted = not_permitted.map(|code| quote!(.not_permitted(#code)));
        let flow = self.operation.flow.as_ref().and_then(|flow| self.scope.context(slug)?.flows.get(flow));
        let flow = flow.map(|flow| {
            let id = flow.concept_id.as_str();
            quote!(.flow(#id))
        });
        let ttl = match &self.operation.idempotency {
            Idempotency::KeyedBy { expires_after: Some(millis), .. } => {
                quote!(.idempotency_ttl(std::time::Duration::from_millis(#millis)))
            }
            _ => quote!(),
        };
        // Queries are recorded as commands are: who looked at what is evidence, too.
        let recording = (self.operation.kind == OperationKind::Query).then(|| quote!(.recorded()));
        quote!(OperationSpec::#kind(#slug, #name) #roles #failures #not_permitted #flow #ttl #recording)
    }

    fn idempotency_key(&self) -> Option<TokenStream> {
        let Idempotency::KeyedBy { fields, .. } = &self.operation.idempotency else { return None };
        let parts = fields.iter().map(|field| {
            let name = names::snake(field);
            match self.input_field(field).map(|field| &field.ty) {
                Some(Ty::String | Ty::Ref(_)) => quote!(input.#name.as_str()),
                Some(Ty::Value(_)) => quote!(input.#name.as_str()),
                _ => quote!(input.#name.to_string().as_str()),
            }
        });
        let key = match fields.as_slice() {
            [only] if self.input_field(only).is_some_and(|field| matches!(field.ty, Ty::Int | Ty::Uuid)) => {
                let name = names::snake(only);
                quote!(input.#name.to_string())
            }
            [_] => quote!(#(#parts)*.to_owned()),
            _ => quote!([#(#parts),*].join("\u{1f}")),
        };
        Some(quote! {
            fn idempotency_key(&self, input: &Self::Input) -> Option<String> {
                Some(#key)
            }
        })
    }

    fn input_field(&self, name: &str) -> Option<&Field> {
        self.scope.record(&self.operation.input)?.fields.iter().find(|field| field.name == name)
    }

    fn entity(&self) -> Option<&Entity> {
        self.scope.entity(self.operation.effect.entity()?)
    }

    /// Policies that need no state are decided before anything is touched.
    fn preconditions(&self) -> Option<TokenStream> {
        let early: Vec<TokenStream> = self
            .policies(|policy| policy.stage == Stage::Precondition && !policy.expression.reads_state())
            .map(|policy| self.policy_call(policy, None))
            .collect();
        (!early.is_empty()).then(|| {
            quote! {
                fn preconditions(&self, call: &Call<Self::Input>) -> Vec<Verdict> {
                    vec![#(#early),*]
                }
            }
        })
    }

    fn policies(&self, wanted: impl Fn(&BoundPolicy) -> bool) -> impl Iterator<Item = &BoundPolicy> {
        self.operation.policies.iter().filter(move |policy| wanted(policy))
    }

    fn policy_call(&self, policy: &BoundPolicy, state: Option<TokenStream>) -> TokenStream {
        let (module, name) = (names::snake(self.name), names::snake(&policy.policy.name));
        let state = state.filter(|_| policy.expression.reads_state()).map(|state| quote!(, #state));
        quote!(policies::#module::#name(call #state))
    }

    fn require(&self, policies: impl Iterator<Item = TokenStream>) -> TokenStream {
        quote!(#(uow.require(#policies)?;)*)
    }

    fn blobs(&self) -> Vec<(&str, &str)> {
        let steps = self.operation.steps.iter();
        steps
            .filter_map(|step| match step {
                Step::StoreBlob { from, digest, .. } => Some((from.as_str(), digest.as_str())),
                _ => None,
            })
            .collect()
    }

    fn blob_index(&self, digest: &str) -> Token {
        let position = self.blobs().iter().position(|(_, known)| *known == digest);
        Token::usize_unsuffixed(position.unwrap_or_default())
    }

    /// Bytes are stored before the transaction: a crash in between leaves bytes that nothing refers to, never a
    /// reference to bytes that are not there.
    fn prepare(&self) -> (TokenStream, TokenStream) {
        let blobs = self.blobs();
        if blobs.is_empty() {
            let prepare = quote! {
                async fn prepare(&self, _call: &Call<Self::Input>, _services: &Services) -> Result<(), Rejection> {
                    Ok(())
                }
            };
            return (quote!(()), prepare);
        }
        let dependency = self.operation.failures.code_for.get(&FailureKind::Dependency).map(|code| {
            let meaning = self.meaning(code);
            quote!(.map_err(|error| Rejection::blob(error, #code, #meaning)))
        });
        let puts = blobs.iter().map(|(from, _)| {
            let from = names::snake(from);
            quote!(services.blobs.put(call.input.#from.as_slice()).await #dependency?)
        });
        let count = Token::usize_unsuffixed(blobs.len());
        let prepare = quote! {
            async fn prepare(&self, call: &Call<Self::Input>, services: &Services) -> Result<Self::Prepared, Rejection> {
                Ok([#(#puts),*])
            }
        };
        (quote!([kernel::canonical::Digest; #count]), prepare)
    }

    fn meaning(&self, code: &str) -> &str {
        self.operation.failures.declared.get(code).map_or("", |failure| failure.meaning.as_str())
    }

    fn execute(&self) -> TokenStream {
        let body = match &self.operation.effect {
            Effect::Creates { .. } => self.create(),
            Effect::Mutates { .. } => self.mutate(),
            Effect::Reads { .. } => self.read(),
            Effect::ListsEntities { rows, limit, .. } => self.list_entities(rows, *limit),
            Effect::ListsLedger { rows, row, filters, limit } => self.list_ledger(rows, row, filters, *limit),
        };
        let call = if super::uses(&body, "call") { quote!(call) } else { quote!(_call) };
        let prepared = if super::uses(&body, "prepared") { quote!(prepared) } else { quote!(_prepared) };
        quote! {
            async fn execute(
                &self,
                #call: &Call<Self::Input>,
                #prepared: &Self::Prepared,
                uow: &mut UnitOfWork<'_>,
            ) -> Result<Self::Output, Rejection> {
                #body
            }
        }
    }

    fn create(&self) -> TokenStream {
        let state = self.construct(&quote!());
        let conflict = self.code(FailureKind::ConcurrencyConflict);
        let meaning = self.meaning(&conflict);
        let after = self.after();
        let tail = self.tail();
        quote! {
            let state = #state;
            #after
            self.repository
                .insert(uow.tx(), &state)
                .await
                .map_err(|error| Rejection::unique(error, #conflict, #meaning))?;
            #tail
        }
    }

    fn mutate(&self) -> TokenStream {
        let load = self.load(&quote!(before));
        let decide = self.require(
            self.policies(|policy| match policy.stage {
                Stage::Precondition => policy.expression.reads_state(),
                Stage::Invariant => true,
                Stage::Postcondition => false,
            })
            .map(|policy| self.policy_call(policy, Some(quote!(&before)))),
        );
        let conflict = self.code(FailureKind::ConcurrencyConflict);
        let meaning = self.meaning(&conflict);
        let (seen, expected) = match &self.operation.concurrency {
            Concurrency::OptimisticVersion { field } => {
                let field = names::snake(field);
                let check = quote! {
                    if before.#field != call.input.#field {
                        return Err(Rejection::concurrency(#conflict, #meaning));
                    }
                };
                (check, quote!(, before.#field))
            }
            _ => (quote!(), quote!()),
        };
        let state = self.construct(&quote!(..before.clone()));
        let after = self.after();
        let tail = self.tail();
        quote! {
            #load
            #decide
            #seen
            let state = #state;
            #after
            if !self.repository.update(uow.tx(), &state #expected).await? {
                return Err(Rejection::concurrency(#conflict, #meaning));
            }
            #tail
        }
    }

    fn read(&self) -> TokenStream {
        let load = self.load(&quote!(state));
        let decide = self.require(
            self.policies(|policy| policy.stage != Stage::Precondition || policy.expression.reads_state())
                .map(|policy| self.policy_call(policy, Some(quote!(&state)))),
        );
        let tail = self.tail();
        quote! {
            #load
            #decide
            #tail
        }
    }

    fn load(&self, into: &TokenStream) -> TokenStream {
        let key = self.entity().map(|entity| names::snake(&entity.key));
        let missing = self.code(FailureKind::MissingState);
        let meaning = self.meaning(&missing);
        quote! {
            let Some(#into) = self.repository.find(uow.tx(), &call.input.#key).await? else {
                return Err(Rejection::missing(#missing, #meaning));
            };
        }
    }

    fn after(&self) -> TokenStream {
        self.require(
            self.policies(|policy| policy.stage != Stage::Precondition)
                .map(|policy| self.policy_call(policy, Some(quote!(&state)))),
        )
    }

    fn code(&self, kind: FailureKind) -> String {
        self.operation.failures.code_for.get(&kind).cloned().unwrap_or_default()
    }

    /// The entity as `Persist` says; `rest` carries over what it does not say.
    fn construct(&self, rest: &TokenStream) -> TokenStream {
        let Some(entity) = self.entity() else { return quote!() };
        let ident = self.operation.effect.entity().map(|id| self.types.path(id));
        let persist = self.operation.steps.iter().find_map(|step| match step {
            Step::Persist { fields } => Some(fields),
            _ => None,
        });
        let fields = entity.fields.iter().filter_map(|field| {
            let source = persist?.get(&field.name)?;
            let name = names::snake(&field.name);
            let value = self.value(source, field, entity);
            Some(quote!(#name: #value,))
        });
        quote!(#ident { #(#fields)* #rest })
    }

    /// Evidence, events and the answer: the same for every operation on one entity.
    fn tail(&self) -> TokenStream {
        let evidence = self.evidence();
        let events = self.operation.steps.iter().filter_map(|step| match step {
            Step::Publish { event, payload } => Some(self.publish(event, payload)),
            _ => None,
        });
        let output = self.output();
        quote! {
            #evidence
            #(#events)*
            Ok(#output)
        }
    }

    fn evidence(&self) -> TokenStream {
        let Some(Step::AppendEvidence { evidence, subject, identity_from_input, time_from_input }) =
            self.operation.steps.iter().find(|step| matches!(step, Step::AppendEvidence { .. }))
        else {
            return quote!();
        };
        let kind = self.operation.effect.entity().map_or_else(|| "ledger".to_owned(), |id| names::snake_text(&id.name));
        let id = match subject {
            Some(source) => self.text(source),
            None => {
                let all = "*";
                quote!(#all)
            }
        };
        let identity =
            identity_from_input.then(|| quote!(.source(call.input.source.clone(), call.input.source_event_id.clone())));
        let time = time_from_input.then(|| quote!(.occurred_at(call.input.occurred_at)));
        let changes = matches!(self.operation.effect, Effect::Creates { .. } | Effect::Mutates { .. });
        let payload = changes.then(|| quote!(.payload(&state)?));
        let append = quote! {
            uow.append(Evidence::new(#evidence, Subject::new(#kind, #id)) #identity #time #payload).await?
        };
        if self.wants_sequence() { quote!(let entry = #append;) } else { quote!(#append;) }
    }

    fn wants_sequence(&self) -> bool {
        let payloads = self.operation.steps.iter().filter_map(|step| match step {
            Step::Publish { payload, .. } => Some(payload),
            _ => None,
        });
        payloads.chain([&self.operation.output_from]).flat_map(BTreeMap::values).any(|s| *s == ValueSource::Sequence)
    }

    fn publish(&self, event: &TypeId, payload: &BTreeMap<String, ValueSource>) -> TokenStream {
        let ident = names::pascal(&event.name);
        let declared = self.scope.context(&event.context).and_then(|context| context.events.get(&event.name));
        let Some((declared, entity)) = declared.zip(self.entity()) else { return quote!() };
        let fields = declared.payload.iter().filter_map(|field| {
            let value = self.value(payload.get(&field.name)?, field, entity);
            let name = names::snake(&field.name);
            Some(quote!(#name: #value,))
        });
        let key = names::snake(&entity.key);
        let subject = match entity.key_field().map(|key| &key.ty) {
            Some(Ty::String) => quote!(state.#key.clone()),
            _ => quote!(state.#key),
        };
        quote!(uow.publish(#ident { #(#fields)* }.envelope(#subject)?).await?;)
    }

    fn output(&self) -> TokenStream {
        let ident = self.types.path(&self.operation.output);
        let Some((record, entity)) = self.scope.record(&self.operation.output).zip(self.entity()) else {
            return quote!(#ident {});
        };
        let fields = record.fields.iter().filter_map(|field| {
            let value = self.value(self.operation.output_from.get(&field.name)?, field, entity);
            let name = names::snake(&field.name);
            Some(quote!(#name: #value,))
        });
        quote!(#ident { #(#fields)* })
    }

    fn list_entities(&self, rows: &str, limit: u64) -> TokenStream {
        let method = super::store::list_method(self.name);
        let Some(entity) = self.entity() else { return quote!() };
        let key = names::snake(&entity.key);
        let cursor = if entity.key_field().is_some_and(|key| copies(&key.ty)) {
            quote!(row.#key)
        } else {
            quote!(row.#key.clone())
        };
        let limit = Token::u64_unsuffixed(limit);
        let query = quote! {
            const LIMIT: u64 = #limit;
            let mut rows = self.repository.#method(uow.tx(), &call.input, LIMIT).await?;
        };
        self.page(rows, &query, &cursor)
    }

    fn list_ledger(&self, rows: &str, row: &TypeId, filters: &[String], limit: u64) -> TokenStream {
        let input = self.scope.record(&self.operation.input);
        let filters = filters.iter().filter_map(|filter| {
            let field = input.and_then(|input| input.fields.iter().find(|field| field.name == *filter))?;
            let (name, ident) = (names::snake(&field.name), names::ident(ledger_filter(filter)?));
            Some(match (&field.ty, filter.as_str()) {
                (Ty::Enum(_), _) => {
                    quote!(#ident: call.input.#name.map(|value| kernel::ledger::Outcome::from_text(value.as_str())),)
                }
                (_, "outcome") => quote!(#ident: call.input.#name.as_deref().map(kernel::ledger::Outcome::from_text),),
                _ => quote!(#ident: call.input.#name.clone(),),
            })
        });
        let after = after(input)
            .map(|_| quote!(after: call.input.after.and_then(|after| u64::try_from(after).ok()).unwrap_or_default(),));
        let ident = self.types.path(row);
        let fields = self.scope.record(row).map(|record| record.fields.as_slice()).unwrap_or_default();
        let fields = fields.iter().filter_map(|field| {
            let name = names::snake(&field.name);
            let value = ledger_column(field)?;
            Some(quote!(#name: #value,))
        });
        let limit = Token::u64_unsuffixed(limit);
        let query = quote! {
            const LIMIT: u64 = #limit;
            let filter = kernel::ledger::Filter { #after limit: LIMIT + 1, #(#filters)* ..Default::default() };
            let entries = kernel::ledger::list(uow.tx(), &filter).await?;
            let mut rows: Vec<#ident> = entries.into_iter().map(|entry| #ident { #(#fields)* }).collect();
        };
        self.page(rows, &query, &quote!(row.sequence))
    }

    /// A page, and where the next begins: one row more than asked for tells whether there is one.
    fn page(&self, rows: &str, query: &TokenStream, cursor: &TokenStream) -> TokenStream {
        let output = self.types.path(&self.operation.output);
        let rows_field = names::snake(rows);
        let rows_field = if rows_field == "rows" { quote!(rows) } else { quote!(#rows_field: rows) };
        let next = self.operation.output_from.iter().find(|(_, source)| **source == ValueSource::NextCursor);
        let (next_let, next_field) = match next {
            Some((name, _)) => {
                let name = names::snake(name);
                (quote!(let #name = more.then(|| rows.last().map(|row| #cursor)).flatten();), quote!(#name,))
            }
            None => (quote!(), quote!()),
        };
        let more = next.map(|_| quote!(let more = rows.len() as u64 > LIMIT;));
        let decide = self.require(
            self.policies(|policy| policy.stage != Stage::Precondition).map(|policy| self.policy_call(policy, None)),
        );
        let evidence = self.evidence();
        quote! {
            #decide
            #query
            #more
            rows.truncate(LIMIT as usize);
            #next_let
            #evidence
            Ok(#output { #rows_field, #next_field })
        }
    }

    /// A source as a value for `target`.
    fn value(&self, source: &ValueSource, target: &Field, entity: &Entity) -> TokenStream {
        match source {
            ValueSource::Input { field, optional } => {
                let ty = self.input_field(field).map(|field| field.ty.clone());
                let name = names::snake(field);
                self.carry(&quote!(call.input.#name), ty.as_ref(), *optional, target)
            }
            ValueSource::State { field, optional } => {
                let ty = entity.fields.iter().find(|known| known.name == *field).map(|field| field.ty.clone());
                let name = names::snake(field);
                self.carry(&quote!(state.#name), ty.as_ref(), *optional, target)
            }
            ValueSource::Expression { expression } => {
                let value = match &expression.kind {
                    TypedExprKind::Fact(Fact::ActorId) => quote!(call.identity.subject.clone()),
                    TypedExprKind::Fact(Fact::Now) => quote!(call.received_at),
                    TypedExprKind::Literal(literal) => self.literal(literal, target),
                    _ => {
                        let fact = expr::fact(self.types, expression);
                        quote!(#fact.known_or_reject()?)
                    }
                };
                wrap(value, target)
            }
            ValueSource::NewUuid => wrap(quote!(Uuid::now_v7()), target),
            ValueSource::Digest { name } => {
                let index = self.blob_index(name);
                let hex = quote!(prepared[#index].to_hex());
                let value = match &target.ty {
                    Ty::Value(id) => {
                        let path = self.types.path(id);
                        quote!(#path::try_from(#hex).map_err(Rejection::internal)?)
                    }
                    _ => hex,
                };
                wrap(value, target)
            }
            ValueSource::Sequence => wrap(quote!(i64::try_from(entry.sequence()).unwrap_or(i64::MAX)), target),
            ValueSource::NextVersion { field } => {
                let name = names::snake(field);
                wrap(quote!(before.#name.saturating_add(1)), target)
            }
            ValueSource::Absent | ValueSource::Rows | ValueSource::NextCursor => quote!(None),
        }
    }

    fn literal(&self, literal: &Literal, target: &Field) -> TokenStream {
        let expression = seac_model::TypedExpr { ty: target.ty.clone(), kind: TypedExprKind::Literal(literal.clone()) };
        expr::constant(self.types, &expression)
    }

    /// A field carried over to one of the same name: cloned where it must be, wrapped where the target is optional.
    fn carry(&self, place: &TokenStream, ty: Option<&Ty>, optional: bool, target: &Field) -> TokenStream {
        let converts = ty.is_some_and(|ty| *ty != target.ty);
        let copied = ty.is_some_and(copies);
        match (optional, converts) {
            (true, true) => quote!(#place.as_ref().map(|value| String::from(value.clone()))),
            (true, false) => {
                let value = if copied { quote!(#place) } else { quote!(#place.clone()) };
                match (target.optional, &target.default) {
                    (false, Some(_)) => {
                        let owner = self.operation.effect.entity().map(|id| self.types.path(id));
                        let default = names::ident(&format!("default_{}", names::snake_text(&target.name)));
                        quote!(#value.unwrap_or_else(#owner::#default))
                    }
                    _ => value,
                }
            }
            (false, true) => wrap(quote!(String::from(#place.clone())), target),
            (false, false) if copied => wrap(quote!(#place), target),
            (false, false) => wrap(quote!(#place.clone()), target),
        }
    }

    /// A source as text, for the subject of evidence.
    fn text(&self, source: &ValueSource) -> TokenStream {
        match source {
            ValueSource::State { field, .. } => {
                let name = names::snake(field);
                let value = self.entity().and_then(|entity| entity.fields.iter().find(|known| known.name == *field));
                displayed(&quote!(state.#name), value.map(|field| &field.ty))
            }
            ValueSource::Input { field, .. } => {
                let name = names::snake(field);
                displayed(&quote!(call.input.#name), self.input_field(field).map(|field| &field.ty))
            }
            ValueSource::Digest { name } => {
                let index = self.blob_index(name);
                quote!(prepared[#index].to_hex())
            }
            _ => quote!("*"),
        }
    }
}

/// A field as something that can be displayed.
fn displayed(place: &TokenStream, ty: Option<&Ty>) -> TokenStream {
    match ty {
        Some(Ty::Value(_)) => quote!(#place.as_str()),
        Some(ty) if copies(ty) => quote!(#place),
        _ => quote!(&#place),
    }
}

fn wrap(value: TokenStream, target: &Field) -> TokenStream {
    if target.optional { quote!(Some(#value)) } else { value }
}

fn copies(ty: &Ty) -> bool {
    matches!(ty, Ty::Int | Ty::Decimal | Ty::Bool | Ty::Timestamp | Ty::Uuid | Ty::Quantity(_) | Ty::Enum(_))
}

fn failure_kind(kind: FailureKind) -> TokenStream {
    match kind {
        FailureKind::InputValidation => quote!(FailureKind::InputValidation),
        FailureKind::Policy => quote!(FailureKind::Policy),
        FailureKind::MissingState => quote!(FailureKind::MissingState),
        FailureKind::IdempotencyConflict => quote!(FailureKind::IdempotencyConflict),
        FailureKind::ConcurrencyConflict => quote!(FailureKind::ConcurrencyConflict),
        FailureKind::Dependency => quote!(FailureKind::Dependency),
    }
}

/// The field of the kernel's filter for a column of the ledger.
fn ledger_filter(column: &str) -> Option<&'static str> {
    Some(match column {
        "source" => "source",
        "type" => "event_type",
        "actor" => "actor",
        "action" => "action",
        "outcome" => "outcome",
        "subject_type" => "subject_type",
        "subject_id" => "subject_id",
        "correlation_id" => "correlation_id",
        _ => return None,
    })
}

/// A column of a ledger entry as a value for `field`.
fn ledger_column(field: &Field) -> Option<TokenStream> {
    let value = match field.name.as_str() {
        "sequence" => quote!(i64::try_from(entry.sequence).unwrap_or(i64::MAX)),
        "event_id" => quote!(entry.event_id),
        "source" => quote!(entry.source),
        "source_event_id" => quote!(entry.source_event_id),
        "type" => quote!(entry.event_type),
        "actor" => quote!(entry.actor),
        "action" => quote!(entry.action),
        "outcome" => quote!(entry.outcome.as_str().to_owned()),
        "subject_type" => quote!(entry.subject.kind),
        "subject_id" => quote!(entry.subject.id),
        "context" => quote!(entry.context),
        "occurred_at" => quote!(entry.occurred_at),
        "recorded_at" => quote!(entry.recorded_at),
        "payload_digest" => quote!(entry.payload.digest.to_hex()),
        "previous_hash" => quote!(entry.previous_hash.to_hex()),
        "leaf_hash" => quote!(entry.leaf_hash.to_hex()),
        "correlation_id" => return Some(quote!(entry.correlation_id)),
        "payload" => {
            return Some(quote!(
                entry.payload.inline.as_deref().and_then(|text| kernel::serde_json::from_str(text).ok())
            ));
        }
        _ => return None,
    };
    Some(wrap(value, field))
}
