//! Commands, queries, events and what consumes them.

use serde_json::{Map, Value, json};

use super::context::{Context, Entity, Event};
use super::expressions::condition;
use super::fields::{DOCS, Field, Kind, written};
use super::names::Names;
use super::outbound;
use crate::random::Random;

/// An operation that is being put together.
struct Draft {
    name: String,
    input: Vec<Field>,
    output: Vec<Field>,
    failures: Vec<Value>,
    /// Names within the operation.
    codes: Names,
    /// The rest of it.
    value: Value,
    /// Fields that a step gives a value.
    set: Map<String, Value>,
    /// The step that stores bytes.
    store: Option<Value>,
    /// The step that asks others, and what they answer.
    question: Option<(Value, Vec<Field>)>,
    /// The step that writes what belongs to the entity.
    part: Option<Value>,
}

/// Gives every entity operations.
pub fn add(context: &mut Context, random: &mut Random) {
    let entities = std::mem::take(&mut context.entities);
    for entity in &entities {
        command(context, entity, &entities, true, random);
        if random.chance(60) {
            command(context, entity, &entities, false, random);
        }
        if random.chance(60) {
            read(context, entity, random);
        }
        if random.chance(60) {
            list(context, entity, random);
        }
    }
    context.entities = entities;
}

impl Draft {
    fn new(context: &mut Context, random: &mut Random) -> Self {
        let name = loop {
            let name = context.names.of_type(random);
            // The records of its input and output are called after it.
            if context.names.take(&format!("{name}Input")) && context.names.take(&format!("{name}Output")) {
                break name;
            }
        };
        let mut value = json!({ "name": name, "doc": random.pick(DOCS) });
        value["actor"] =
            if random.chance(70) { random.pick(&context.roles).clone() } else { "anonymous".to_owned() }.into();
        Self {
            name,
            input: Vec::new(),
            output: Vec::new(),
            failures: Vec::new(),
            codes: Names::default(),
            value,
            set: Map::new(),
            store: None,
            question: None,
            part: None,
        }
    }

    /// Declares one failure for these kinds, or one for each.
    fn fails(&mut self, kinds: &[&str], random: &mut Random) {
        let together = random.chance(30);
        let groups: Vec<Vec<&str>> =
            if together { vec![kinds.to_vec()] } else { kinds.iter().map(|kind| vec![*kind]).collect() };
        for group in groups {
            self.failure(&group, random);
        }
    }

    fn failure(&mut self, kinds: &[&str], random: &mut Random) -> String {
        let code = self.codes.of_field(random);
        self.failures.push(json!({ "code": code, "for": kinds, "meaning": "it is \"so\" {x} \\ {{ y }}" }));
        code
    }

    fn is_for_everybody(&self) -> bool {
        self.value["actor"] == "anonymous"
    }

    /// Binds policies over the input, and over the state if it is there before the effect.
    fn governed(&mut self, context: &mut Context, state: Option<&Entity>, random: &mut Random) {
        if self.is_for_everybody() {
            return;
        }
        let mut bound = Vec::new();
        for number in 0..random.below(4) {
            let policy = context.rules.of_field(random);
            let input = self.input.iter().map(|field| (format!("input.{}", field.name), field.clone()));
            let state = state.iter().flat_map(|entity| &entity.fields);
            let state = state.map(|field| (format!("state.{}", field.name), field.clone()));
            let facts: Vec<(String, Field)> = input.chain(state).collect();
            let modality = random.pick(&["Obligation", "Obligation", "Prohibition"]);
            context.sea += &format!(
                "/// A rule.\nPolicy {policy} per Constraint {modality} priority {}\n    @rationale \"It \\\"is\\\" so {{x}}.\"\nas:\n    {}\n",
                10 * number + random.below(10),
                condition(&facts, 3, random),
            );
            let code = self.failure(&["policy"], random);
            let at = if random.chance(80) { "precondition" } else { "postcondition" };
            bound.push(json!({ "policy": policy, "at": at, "failsWith": code }));
        }
        self.value["policies"] = bound.into();
    }

    /// How a repeated call is recognised.
    fn repeats(&mut self, inherent: bool, random: &mut Random) {
        let keys: Vec<&str> = self
            .input
            .iter()
            .filter(|field| !field.optional && field.kind.is_key())
            .map(|field| &*field.name)
            .collect();
        self.value["idempotency"] = match random.below(3) {
            0 if inherent => "inherent".into(),
            1 => json!({ "keyedBy": random.pick(&keys) }),
            _ => {
                let mut some: Vec<&str> = keys.iter().filter(|_| random.chance(50)).copied().collect();
                if some.is_empty() {
                    some.push(keys[0]);
                }
                json!({ "keyedBy": some, "expiresAfter": random.pick(&["250ms", "5s", "2m", "12h", "30d"]) })
            }
        };
    }

    /// Shows some of the state, and the place in the ledger.
    fn shows(&mut self, entity: &Entity, random: &mut Random) {
        self.output = shown(entity, random);
        if random.chance(30) && !entity.fields.iter().chain(&self.input).any(|field| field.name == "sequence") {
            self.output.push(Field::new("sequence", Kind::Int));
        }
        let told = self.question.iter().flat_map(|(_, answer)| answer).filter(|field| field.name != "sequence");
        self.output.extend(told.filter(|_| random.chance(50)).cloned());
    }

    /// Puts it into the design.
    fn finish(mut self, context: &mut Context, list: &str, port: bool, random: &mut Random) {
        self.value["input"] = written(&self.input);
        self.value["output"] = written(&self.output);
        self.value["failures"] = self.failures.into();
        if port {
            let path = format!("/{}/{}", context.slug, context.flows.len());
            let inbound =
                json!({ "name": context.names.of_type(random), "operations": [self.name], "http": { "base": path } });
            context.push("/ports/inbound", inbound);
        }
        let kind = if list == "commands" { "command" } else { "query" };
        context.flows.push((kind, self.name));
        context.push(&format!("/cqrs/{list}"), self.value);
    }
}

/// Some fields of an entity, its key first.
fn shown(entity: &Entity, random: &mut Random) -> Vec<Field> {
    let others = entity.fields[1..].iter().filter(|_| random.chance(60)).map(Field::elsewhere);
    [entity.fields[0].elsewhere()].into_iter().chain(others).collect()
}

fn command(context: &mut Context, entity: &Entity, all: &[Entity], creates: bool, random: &mut Random) {
    let mut draft = Draft::new(context, random);
    let key = entity.fields[0].elsewhere();
    let named = !creates || key.kind != Kind::Uuid || random.chance(70);
    draft.input.extend(named.then_some(key.clone()));
    for field in entity.fields[1..].iter().filter(|field| field.name != entity.version) {
        give(&mut draft, field, creates, random);
    }
    if !creates {
        draft.input.push(Field::new(&entity.version, Kind::Int));
    }
    // A number of the caller's own, so that there is always something to tell calls apart by.
    let mut names = Names::default();
    for field in &entity.fields {
        assert!(names.take(&field.name), "the names of an entity differ");
    }
    if !named || random.chance(30) {
        let own = [Kind::Uuid, Kind::Text, Kind::Int];
        draft.input.push(Field::new(names.of_field(random), random.pick(&own).clone()));
    }
    if creates && random.chance(25) {
        blob(context, &mut draft, &mut names, random);
    }
    if named && random.chance(25) {
        // One that is stored has its failure already.
        if draft.store.is_none() {
            draft.failure(&["dependency"], random);
        }
        draft.question = Some(outbound::question(context, &key_of(&key), &mut names, random));
    }
    let part = part(&mut draft, entity, all, creates, random);
    draft.governed(context, (!creates).then_some(entity), random);
    let denied = if draft.is_for_everybody() { vec![] } else { vec!["policy"] };
    draft.fails(&denied, random);
    draft.fails(&["input_validation", "concurrency_conflict", "idempotency_conflict"], random);
    draft.repeats(named, random);
    let (name, verb) = (&entity.name, if creates { "creates" } else { "mutates" });
    draft.value["effect"] = match &part {
        Some((part, same)) if *same == verb => json!({ verb: [name, part] }),
        Some((part, other)) => json!({ verb: name, *other: part }),
        None => json!({ verb: if random.chance(80) { json!(name) } else { json!([name]) } }),
    };
    if creates && part.is_some_and(|(_, verb)| verb == "mutates") {
        draft.fails(&["missing_state"], random);
    }
    if creates {
        draft.value["concurrency"] = json!({ "uniqueKey": key.name });
    } else {
        draft.fails(&["missing_state"], random);
        draft.value["concurrency"] = json!({ "optimisticVersion": entity.version });
    }
    draft.shows(entity, random);
    let emits = events(context, &draft, entity, random);
    draft.value["emits"] = json!(emits);
    if !draft.set.is_empty()
        || draft.store.is_some()
        || draft.question.is_some()
        || draft.part.is_some()
        || random.chance(30)
    {
        use_case(context, &draft, entity, &emits);
    }
    draft.finish(context, "commands", true, random);
}

/// The key alone: what it is for, wherever it is given.
fn key_of(key: &Field) -> Field {
    Field::new(key.name.clone(), key.kind.clone())
}

/// An entity that belongs to this one and changes with it, and what is done to it. Fields are carried over by name, so
/// it must have names of its own.
fn part(
    draft: &mut Draft,
    entity: &Entity,
    all: &[Entity],
    creates: bool,
    random: &mut Random,
) -> Option<(String, &'static str)> {
    let given: Vec<&str> = entity.fields.iter().chain(&draft.input).map(|field| field.name.as_str()).collect();
    let own_names = |part: &&Entity| part.fields.iter().all(|field| !given.contains(&field.name.as_str()));
    let mut parts = all.iter().filter(|part| part.part_of.as_ref() == Some(&entity.name));
    let part = parts.find(own_names).filter(|_| random.chance(70))?;
    // The effect on what the operation is about stands first, and members of JSON are sorted.
    let made = creates && random.chance(70);
    let root_set = std::mem::take(&mut draft.set);
    let (key, reference) = (&part.fields[0], &part.fields[1]);
    if !made || key.kind != Kind::Uuid || random.chance(50) {
        draft.input.push(key.elsewhere());
    }
    if random.chance(30) {
        draft.input.push(reference.elsewhere());
    }
    for field in part.fields[2..].iter().filter(|field| field.name != part.version) {
        give(draft, field, true, random);
    }
    let set = std::mem::replace(&mut draft.set, root_set);
    draft.part = match set.is_empty() {
        true => random.chance(50).then(|| json!({ "persist": part.name })),
        false => Some(json!({ "persist": { "entity": part.name, "set": set } })),
    };
    Some((part.name.clone(), if made { "creates" } else { "mutates" }))
}

/// Where a field of the entity comes from: the caller, a step, or nowhere if it need not be there.
fn give(draft: &mut Draft, field: &Field, creates: bool, random: &mut Random) {
    let set = match &field.kind {
        Kind::Time => Some("now".to_owned()),
        Kind::Text => Some("actor.id".to_owned()),
        Kind::Enum(_, members) => Some(format!("\"{}\"", random.pick(members))),
        Kind::Int if !creates && !field.optional && random.chance(50) => Some(format!("state.{} + 1", field.name)),
        Kind::Int => Some("2 + 3".to_owned()),
        Kind::Bool => Some("true".to_owned()),
        _ => None,
    };
    if let Some(set) = set.filter(|_| random.chance(20) && !field.unique) {
        draft.set.insert(field.name.clone(), set.into());
        return;
    }
    if (field.may_be_left_out() || !creates) && random.chance(30) {
        return;
    }
    let mut given = field.elsewhere();
    given.optional = field.may_be_left_out() && random.chance(60);
    if random.chance(30) {
        given.constraints.clear();
    }
    draft.input.push(given);
}

/// Bytes that are stored; their digest is told to the caller.
fn blob(context: &mut Context, draft: &mut Draft, names: &mut Names, random: &mut Random) {
    let from =
        Field { constraints: vec![("maxLength", 4096.into())], ..Field::new(names.of_field(random), Kind::Bytes) };
    if draft.input.iter().any(|field| field.name == from.name) {
        return;
    }
    let (port, adapter) = (context.names.of_type(random), context.names.of_type(random));
    context.push("/ports/outbound", json!({ "name": port, "kind": "blobStore" }));
    context.push("/adapters", json!({ "name": adapter, "implements": port, "kind": "objectStore" }));
    draft.store = Some(json!({ "storeBlob": { "from": from.name, "into": port, "digest": "blob_digest" } }));
    draft.input.push(from);
    draft.failure(&["dependency"], random);
}

fn events(context: &mut Context, draft: &Draft, entity: &Entity, random: &mut Random) -> Vec<String> {
    let mut emits = Vec::new();
    for _ in 0..random.below(3) {
        let name = context.names.of_type(random);
        let mut payload = shown(entity, random);
        let own = draft.input.iter().filter(|field| !entity.fields.iter().any(|other| other.name == field.name));
        payload.extend(own.filter(|field| field.kind != Kind::Bytes).map(Field::elsewhere));
        let declared = json!({ "name": name, "doc": random.pick(DOCS), "payload": written(&payload), "outbox": { "mode": "required" } });
        context.push("/cqrs/events", declared);
        let subject = format!("{}.{}", context.slug, name.to_lowercase());
        context.push("/messageBus/routes", json!({ "event": name, "subject": subject, "external": random.chance(70) }));
        context.flows.push(("event", name.clone()));
        context.events.push(Event { name: name.clone(), payload });
        emits.push(name);
    }
    emits
}

fn use_case(context: &mut Context, draft: &Draft, entity: &Entity, emits: &[String]) {
    let key = &entity.fields[0].name;
    let mut steps = vec![json!("authorize"), json!("validate")];
    steps.extend(draft.store.clone());
    steps.extend(draft.question.iter().map(|(step, _)| step.clone()));
    steps.push(match draft.set.is_empty() {
        true => json!({ "persist": entity.name }),
        false => json!({ "persist": { "entity": entity.name, "set": draft.set } }),
    });
    steps.extend(draft.part.clone());
    steps.push(json!({ "appendEvidence": { "type": format!("{}.{}", context.slug, draft.name), "subject": key } }));
    steps.extend(emits.iter().map(|event| json!({ "publish": event })));
    context.push("/useCases", json!({ "handles": draft.name, "steps": steps }));
}

fn read(context: &mut Context, entity: &Entity, random: &mut Random) {
    let mut draft = Draft::new(context, random);
    draft.input.push(entity.fields[0].elsewhere());
    draft.governed(context, Some(entity), random);
    draft.fails(if draft.is_for_everybody() { &[] } else { &["policy"] }, random);
    draft.fails(&["input_validation", "missing_state"], random);
    draft.value["effect"] = json!({ "reads": entity.name });
    draft.value["idempotency"] = match random.chance(50) {
        true => "inherent".into(),
        false => json!({ "notApplicable": "it only reads" }),
    };
    draft.value["concurrency"] = "readSnapshot".into();
    draft.shows(entity, random);
    draft.finish(context, "queries", true, random);
}

fn list(context: &mut Context, entity: &Entity, random: &mut Random) {
    let mut draft = Draft::new(context, random);
    let control = |field: &Field| ["after", "limit", "sort"].contains(&&*field.name);
    let filters = entity.fields.iter().filter(|field| !control(field) && random.chance(40));
    let plain =
        filters.filter(|field| !matches!(field.kind, Kind::Bytes | Kind::Json | Kind::List(_) | Kind::Quantity(_)));
    draft.input = plain.map(|field| Field { optional: true, ..field.elsewhere() }).collect();
    let cursor = Field { optional: true, ..Field::new("after", Kind::Text) };
    draft.input.retain(|field| !matches!(&field.kind, Kind::Other(_, false)));
    draft.output = vec![
        Field::new("rows", Kind::List(Box::new(Kind::Other(entity.name.clone(), false)))),
        Field { name: "next".to_owned(), ..cursor.clone() },
    ];
    draft.input.push(cursor);
    let mut page = json!({ "limit": 1 + random.below(500) });
    if random.chance(50) {
        draft.input.push(Field { optional: true, ..Field::new("limit", Kind::Int) });
    }
    let sorts: Vec<&str> =
        entity.fields.iter().filter(|field| has_order(&field.kind)).map(|field| &*field.name).collect();
    if !sorts.is_empty() && random.chance(60) {
        let some: Vec<&str> = sorts.iter().filter(|_| random.chance(50)).copied().collect();
        let falling = if random.chance(50) { "-" } else { "" };
        page["order"] = format!("{falling}{}", random.pick(&sorts)).into();
        if !some.is_empty() {
            page["sort"] = some.into();
            draft.input.push(Field { optional: true, ..Field::new("sort", Kind::Text) });
        }
    }
    draft.fails(if draft.is_for_everybody() { &[] } else { &["policy"] }, random);
    draft.fails(&["input_validation"], random);
    draft.value["readModel"] = entity.name.clone().into();
    draft.value["page"] = page;
    draft.finish(context, "queries", true, random);
}

/// Whether rows can be sorted by values of this kind.
fn has_order(kind: &Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Int | Kind::Bool | Kind::Time | Kind::Uuid)
}

/// What follows events of this context and of those it uses: an entity that keeps what they tell.
pub fn consume(context: &mut Context, used: &[&Context], random: &mut Random) {
    let own = context.events.iter().map(|event| (event.name.clone(), event.payload.clone()));
    let foreign = used.iter().flat_map(|other| {
        let told = other.events.iter().filter(|event| event.payload.iter().all(|field| is_basic(&field.kind)));
        told.map(|event| (format!("{}.{}", other.slug, event.name), event.payload.clone()))
    });
    let events: Vec<(String, Vec<Field>)> = own.chain(foreign).filter(|_| random.chance(30)).collect();
    let mut durable = Names::default();
    for (event, payload) in &events {
        if random.chance(30) && matches!(payload[0].kind, Kind::Uuid | Kind::Text) {
            outbound::reaction(context, event, &key_of(&payload[0]), &mut durable, random);
        }
    }
    for (event, mut payload) in events {
        payload[1..].iter_mut().for_each(|field| field.optional |= random.chance(30));
        let entity =
            Entity { name: context.names.of_type(random), fields: payload, version: String::new(), part_of: None };
        let key = entity.fields[0].name.clone();
        context.push("/domain/entities", json!({ "name": entity.name, "key": key, "fields": written(&entity.fields) }));
        let (port, adapter) = (context.names.of_type(random), context.names.of_type(random));
        context.push("/ports/outbound", json!({ "name": port, "for": entity.name }));
        context.push("/adapters", json!({ "name": adapter, "implements": port, "kind": "sql" }));
        let mut draft = Draft::new(context, random);
        draft.value["actor"] = "anonymous".into();
        draft.input = entity.fields.clone();
        draft.output = vec![entity.fields[0].clone()];
        draft.fails(&["input_validation", "concurrency_conflict", "idempotency_conflict"], random);
        draft.repeats(true, random);
        draft.value["effect"] = json!({ "creates": entity.name });
        draft.value["concurrency"] = json!({ "uniqueKey": key });
        let consumer = json!({ "event": event, "runs": draft.name, "durable": durable.of_field(random) });
        context.push("/messageBus/consumers", consumer);
        draft.finish(context, "commands", false, random);
    }
}

/// Whether every context knows the kind by the same name.
fn is_basic(kind: &Kind) -> bool {
    match kind {
        Kind::Enum(..) | Kind::Other(..) => false,
        Kind::List(item) => is_basic(item),
        _ => true,
    }
}
