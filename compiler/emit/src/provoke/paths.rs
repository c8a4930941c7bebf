//! The declared failures of an operation, each with the calls that lead to it.

use super::course::{End, Found, Situation, Subject};
use super::sample::Samples;
use super::{ACTOR, Apart, Call, OTHER_ACTOR, Object, Open, Paths, Test};
use crate::rust::outbound;
use crate::scope::Scope;
use seac_model::{
    Concurrency, Direction, Effect, Entity, Failure, FailureKind, Field, Idempotency, Operation, PartEffect, Step,
    ValueSource,
};
use serde_json::Value as Json;

/// The longest that attempts to reach others may take together, in milliseconds: a test is not to wait for more.
const LONGEST_WAIT: u64 = 5_000;

/// A way to a failure, or why there is none.
type Way = Result<Test, String>;
/// What is there before a call, each with its type.
type Given = Vec<(String, Object)>;

/// The tests of an operation, and the failures that have none.
pub fn of(scope: &Scope<'_>, operation: &Operation) -> Paths {
    let Some(input) = scope.record(&operation.input) else { return Paths::default() };
    let entity = operation.effect.entity().and_then(|id| scope.entity(id));
    let subject = Subject { scope, operation, input, entity, found: &Found::default() };
    let unreachable = match (operation.direction, &operation.http) {
        (Direction::Outbound, _) => Some("others carry the operation out"),
        (_, None) => Some("no call reaches the operation: it has no route, and runs on events alone"),
        _ => None,
    };
    let mut paths = Paths::default();
    if unreachable.is_none() {
        paths.tests.extend(subject.success());
        paths.tests.extend(subject.kept_apart());
    }
    for (code, failure) in &operation.failures.declared {
        let ways = match unreachable {
            Some(why) => vec![Err(why.to_owned())],
            None => subject.ways(code, failure),
        };
        let (tests, reasons): (Vec<Way>, Vec<Way>) = ways.into_iter().partition(Result::is_ok);
        let mut tests: Vec<Test> = tests.into_iter().flatten().collect();
        if let [only] = tests.as_mut_slice() {
            only.name.clone_from(code);
        }
        if tests.is_empty() {
            let mut why: Vec<String> = reasons.into_iter().filter_map(Result::err).collect();
            why.dedup();
            paths.open.push(Open { code: code.clone(), why: why.join("; ") });
        }
        tests.iter_mut().for_each(|test| test.code = Some(code.clone()));
        paths.tests.extend(tests);
    }
    paths
}

impl Situation {
    fn call(&self) -> Call {
        Call { subject: ACTOR, roles: self.roles.clone(), input: self.input.clone() }
    }
}

impl<'a> Subject<'a> {
    /// Every path that is answered with this code.
    fn ways(&self, code: &str, failure: &Failure) -> Vec<Way> {
        let mut ways = Vec::new();
        for kind in &failure.kinds {
            if self.operation.failures.code_for.get(kind).is_some_and(|answer| answer == code) {
                let way = match kind {
                    FailureKind::InputValidation => self.bad_input(),
                    FailureKind::Policy => self.without_role(),
                    FailureKind::MissingState => self.nothing_there(),
                    FailureKind::IdempotencyConflict => self.reused_key(),
                    FailureKind::ConcurrencyConflict => self.conflict(),
                    FailureKind::Dependency => self.out_of_reach(),
                };
                ways.push(way.map(|test| Test { refused: Some(*kind), name: format!("{code}_{}", test.name), ..test }));
            }
        }
        for (place, policy) in self.operation.policies.iter().enumerate().filter(|(_, policy)| policy.code == code) {
            let name = format!("{code}_by_{}", policy.policy.name);
            let way = self.denied_by(place, &policy.policy.name);
            ways.push(way.map(|test| Test { refused: Some(FailureKind::Policy), name, ..test }));
        }
        if ways.is_empty() {
            ways.push(Err("nothing in the spec leads to it".to_owned()));
        }
        ways
    }

    fn test(&self, name: &str, doc: String, given: Given, calls: Vec<Call>) -> Test {
        let name = name.to_owned();
        Test { code: None, name, doc, given, without_blobs: false, calls, apart: None, refused: None }
    }

    /// The operation as it should go.
    fn success(&self) -> Option<Test> {
        let (situation, given) = self.good().ok()?;
        Some(self.test("goes_well", "A call that keeps every rule goes well".to_owned(), given, vec![situation.call()]))
    }

    /// Whoever has done the one does not do the other, for each other operation of each rule.
    fn kept_apart(&self) -> Vec<Test> {
        let (Some(entity), Some(id)) = (self.entity, self.operation.effect.entity()) else { return Vec::new() };
        let own = self.scope.context.operations.iter().find(|(_, operation)| std::ptr::eq(*operation, self.operation));
        let Some((own, _)) = own else { return Vec::new() };
        let rules = self.operation.separated.iter().flat_map(|rule| rule.others.iter().map(move |other| (rule, other)));
        let tests = rules.filter_map(|(rule, other)| {
            let (situation, given) = self.good().ok()?;
            let key = situation
                .state
                .as_ref()
                .and_then(|state| state.get(&entity.key))
                .or_else(|| situation.input.get(&entity.key));
            let apart = Apart {
                other: other.to_string(),
                thing: (id.to_string(), key?.clone()),
                own: format!("{}.{own}", self.scope.slug),
            };
            let doc = format!(
                "Whoever has carried out `{}` does not carry this out, nor does a machine of theirs",
                other.name
            );
            let test = self.test(&format!("kept_apart_from_{}", other.name), doc, given, vec![situation.call()]);
            Some(Test { code: Some(rule.code.clone()), apart: Some(apart), ..test })
        });
        tests.collect()
    }

    /// A call that goes well, and what is there before it.
    fn good(&self) -> Result<(&'a Situation, Given), String> {
        self.asks_nobody()?;
        let found = || self.find(|situation| self.succeeds(situation));
        let situation =
            self.found.good.get_or_init(found).as_ref().ok_or("no call was found that every policy lets pass")?;
        let given =
            self.given(situation).ok_or("what belongs to the entity cannot be written down before it is made")?;
        Ok((situation, given))
    }

    /// A call that gets as far as the stores.
    fn on_the_way(&self) -> Result<&'a Situation, String> {
        let found = || self.find(|situation| self.goes_on(situation));
        self.found
            .on_the_way
            .get_or_init(found)
            .as_ref()
            .ok_or_else(|| "no call was found that every policy lets pass".to_owned())
    }

    fn asks_nobody(&self) -> Result<(), String> {
        match self.operation.calls().next() {
            Some((asked, _)) => Err(format!("it asks others first (`{asked}`), and what they answer is not known")),
            None => Ok(()),
        }
    }

    /// What is there before the call: the entity, and what of it is changed or read along.
    fn given(&self, situation: &Situation) -> Option<Given> {
        let id = self.operation.effect.entity();
        let root = situation.state.iter().filter_map(|state| Some((id?.name.clone(), state.clone())));
        let mut given: Given = root.collect();
        for part in &self.operation.parts {
            let owner = self.entity.and_then(|entity| situation.input.get(&entity.key));
            if situation.input.contains_key(&part.reference) && owner.is_none() {
                return None;
            }
            if matches!(part.effect, Effect::Creates { .. }) {
                continue;
            }
            given.push(self.part(part, situation, owner)?);
        }
        Some(given)
    }

    fn part(&self, part: &PartEffect, situation: &Situation, owner: Option<&Json>) -> Option<(String, Object)> {
        let id = part.effect.entity()?;
        let entity = self.scope.entity(id)?;
        let mut fields = Samples { scope: self.scope }.object(&entity.fields)?;
        fields.insert(entity.key.clone(), situation.input.get(&entity.key)?.clone());
        let joins = matches!(part.fields.get(&part.reference), Some(ValueSource::State { .. }));
        match owner {
            Some(owner) => drop(fields.insert(part.reference.clone(), owner.clone())),
            None if joins => {}
            None => return None,
        }
        Some((id.name.clone(), fields))
    }

    fn bad_input(&self) -> Way {
        let ordinary = self.ordinary().ok_or("no valid input can be written down")?;
        let samples = Samples { scope: self.scope };
        let fields = || self.input.fields.iter();
        let mut call = ordinary.call();
        let doc = if let Some((field, value)) = fields().find_map(|field| Some((field, samples.broken(field)?))) {
            call.input.insert(field.name.clone(), value);
            format!("An input that breaks a constraint of `{}` is refused", field.name)
        } else if let Some(field) = fields().find(|field| !field.optional && field.default.is_none()) {
            call.input.remove(&field.name);
            format!("An input without `{}` is refused", field.name)
        } else {
            call.input.insert("?".to_owned(), "undeclared".into());
            "An input with a field that nobody has declared is refused".to_owned()
        };
        Ok(self.test("for_input", doc, Vec::new(), vec![call]))
    }

    fn without_role(&self) -> Way {
        if self.operation.roles.is_empty() {
            return Err("everybody may call the operation".to_owned());
        }
        let ordinary = self.ordinary().ok_or("no valid input can be written down")?;
        let call = Call { roles: Vec::new(), ..ordinary.call() };
        Ok(self.test("without_role", "A caller with none of the roles is refused".to_owned(), Vec::new(), vec![call]))
    }

    fn denied_by(&self, place: usize, policy: &str) -> Way {
        let denied = |situation: &Situation| self.end(situation) == Ok(End::Denied(place));
        let situation =
            self.find(denied).ok_or_else(|| format!("no call was found that `{policy}` alone stands against"))?;
        if self.goes_on(&situation) {
            self.asks_nobody()?;
        }
        let given = self.given(&situation).ok_or("what belongs to the entity cannot be written down")?;
        Ok(self.test("by_policy", format!("What `{policy}` forbids is refused"), given, vec![situation.call()]))
    }

    fn nothing_there(&self) -> Way {
        self.asks_nobody()?;
        if matches!(self.operation.effect, Effect::Mutates { .. } | Effect::Reads { .. }) {
            let situation = self.on_the_way()?;
            return Ok(self.test(
                "unknown",
                "What is not there is not found".to_owned(),
                Vec::new(),
                vec![situation.call()],
            ));
        }
        let found = self.operation.parts.iter().any(|part| !matches!(part.effect, Effect::Creates { .. }));
        if !found {
            return Err("the operation looks nothing up".to_owned());
        }
        let (situation, _) = self.good()?;
        let doc = "What is to change along with it is not found".to_owned();
        Ok(self.test("unknown", doc, Vec::new(), vec![situation.call()]))
    }

    fn reused_key(&self) -> Way {
        let Idempotency::KeyedBy { fields: key, .. } = &self.operation.idempotency else {
            return Err("doing it twice is doing it once: there is no key that could be used again".to_owned());
        };
        let (situation, given) = self.good()?;
        let first = situation.call();
        let other = self.varied(situation, |field| !key.contains(&field.name));
        let (second, doc) = match other {
            Some(input) => (Call { input, ..first.clone() }, "A key that was used for another input is refused"),
            None => (Call { subject: OTHER_ACTOR, ..first.clone() }, "A key that somebody else has used is refused"),
        };
        Ok(self.test("for_key", doc.to_owned(), given, vec![first, second]))
    }

    /// The input with another value in one of these fields, as valid as it was.
    fn varied(&self, situation: &Situation, may: impl Fn(&Field) -> bool) -> Option<Object> {
        let samples = Samples { scope: self.scope };
        let fields = self.input.fields.iter().enumerate().filter(|(_, field)| may(field));
        fields.into_iter().find_map(|(place, field)| {
            let now = situation.input.get(&field.name);
            samples.of(field, place, &[]).into_iter().filter(|value| Some(value) != now).find_map(|value| {
                let mut other = situation.clone();
                other.input.insert(field.name.clone(), value);
                self.goes_on(&other).then_some(other.input)
            })
        })
    }

    fn conflict(&self) -> Way {
        match &self.operation.effect {
            Effect::Creates { .. } => self.taken(),
            Effect::Mutates { .. } => self.moved_on(),
            _ => Err("the operation changes nothing".to_owned()),
        }
    }

    /// The version has moved on since it was seen.
    fn moved_on(&self) -> Way {
        self.asks_nobody()?;
        let Concurrency::OptimisticVersion { .. } = self.operation.concurrency else {
            return Err("it needs two calls that meet within one transaction".to_owned());
        };
        let late = |situation: &Situation| self.end(situation) == Ok(End::Refused(FailureKind::ConcurrencyConflict));
        let situation = self.find(late).ok_or("no two versions were found that the policies let pass")?;
        let given = self.given(&situation).ok_or("what belongs to the entity cannot be written down")?;
        Ok(self.test("for_version", "A version that has moved on is refused".to_owned(), given, vec![situation.call()]))
    }

    /// A unique field has a value that is taken.
    fn taken(&self) -> Way {
        let (situation, mut given) = self.good()?;
        let nothing = "nothing that is unique comes from the input";
        let (Some(entity), Some(sources)) = (self.entity, self.sources()) else { return Err(nothing.to_owned()) };
        let unique = |field: &&Field| field.unique || field.name == entity.key;
        let told = entity.fields.iter().filter(unique).find_map(|field| match sources.get(&field.name)? {
            ValueSource::Input { field: from, .. } => Some((field, situation.input.get(from)?.clone())),
            _ => None,
        });
        let doc = |field: &Field| format!("A value of `{}` that is taken is refused", field.name);
        if let Some((field, value)) = told {
            let mut row = Samples { scope: self.scope }.object(&entity.fields).ok_or(nothing)?;
            row.insert(field.name.clone(), value);
            given.push((self.operation.effect.entity().ok_or(nothing)?.name.clone(), row));
            return Ok(self.test("for_value", doc(field), given, vec![situation.call()]));
        }
        let stored = |field: &&Field| matches!(sources.get(&field.name), Some(ValueSource::Digest { .. }));
        let field = entity.fields.iter().filter(unique).find(stored).ok_or(nothing)?;
        let second = self.told_apart(entity, situation).ok_or("the second call would be taken for the first")?;
        let calls = vec![situation.call(), Call { input: second, ..situation.call() }];
        Ok(self.test("for_value", doc(field), given, calls))
    }

    /// The same call, of which nobody would say that it has been made before.
    fn told_apart(&self, entity: &Entity, situation: &Situation) -> Option<Object> {
        let Idempotency::KeyedBy { fields: key, .. } = &self.operation.idempotency else { return None };
        let blobs: Vec<&String> = self
            .operation
            .steps
            .iter()
            .filter_map(|step| match step {
                Step::StoreBlob { from, .. } => Some(from),
                _ => None,
            })
            .collect();
        // The identity of an event is that of its source: the last field of the key tells events of one source apart.
        let last = key.iter().rev().find(|name| !blobs.contains(name) && **name != entity.key)?;
        self.varied(situation, |field| field.name == *last)
    }

    fn out_of_reach(&self) -> Way {
        let situation = self.on_the_way()?;
        if self.operation.steps.iter().any(|step| matches!(step, Step::StoreBlob { .. })) {
            let doc = "A blob store that fails is told as what it is".to_owned();
            let test = self.test("for_blobs", doc, Vec::new(), vec![situation.call()]);
            return Ok(Test { without_blobs: true, ..test });
        }
        let Some((asked, port)) = self.operation.calls().next() else {
            return Err("the operation needs nothing that could be out of reach, but its own stores".to_owned());
        };
        let services = outbound::services(self.scope.context);
        let wait = services.iter().find(|service| service.port == port).and_then(|service| service.longest_wait());
        match wait {
            None => Err(format!("`{asked}` is answered by code of your own")),
            Some(wait) if wait > LONGEST_WAIT => Err(format!("the attempts to reach `{asked}` take {wait} ms")),
            Some(_) => {
                let doc = format!("Without an answer to `{asked}` nothing is done");
                Ok(self.test("for_answer", doc, Vec::new(), vec![situation.call()]))
            }
        }
    }
}
