//! What emitted tests stand on: one context in a cell of its own, on embedded stores, called through its routes.
//!
//! The clock stands still at [`NOW`]. Consumers and connectors are left out, so that nothing happens but what is called.

mod made_anew;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use serde::de::DeserializeOwned;
use tokio::runtime::{Builder, Runtime};

use crate::auth::service::{self, Wanted};
use crate::cell::{Cell, Module, Node};
use crate::clock::ManualClock;
use crate::config::{Config, Rates};
use crate::operation::{FailureKind, OperationKind, duties};
use crate::outbound::Destination;
use crate::store::{self, StoreError, Tx, Value};
use crate::types::{Timestamp, Uuid};

pub use made_anew::made_anew;

/// The moment at which everything happens: 2026-01-01T12:00:00Z, in microseconds since 1970.
pub const NOW: i64 = 1_767_268_800_000_000;

/// An address at which nobody listens: the port is reserved, and nothing may be bound to it.
const NOBODY: &str = "http://127.0.0.1:1";

/// Who calls: a subject, and roles by their qualified names. Nobody in particular if the subject is empty.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a>(pub &'a str, pub &'a [&'a str]);

/// A context that waits for calls.
pub struct Bench {
    node: Node,
    runtime: Runtime,
    routes: BTreeMap<&'static str, (OperationKind, String)>,
    folder: Folder,
}

/// A folder that goes when the test does.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// What a call was answered with.
#[derive(Debug)]
pub struct Answer {
    status: u16,
    body: serde_json::Value,
}

fn value<T: DeserializeOwned>(json: &str) -> T {
    expect(serde_json::from_str(json), json)
}

impl Bench {
    /// A context with nothing in it yet. Its outbound ports lead to where nobody answers.
    ///
    /// # Panics
    /// When the cell does not open.
    pub fn open(module: Module) -> Self {
        let folder = Folder(std::env::temp_dir().join(format!("bench-{}", Uuid::now_v7())));
        let module = module.alone();
        let routes = module.routes().into_iter().map(|(spec, path)| (spec.name, (spec.kind, path))).collect();
        let nobody = || Destination { url: NOBODY.to_owned(), token: None };
        let config = Config {
            data_dir: folder.0.clone(),
            listen: "127.0.0.1:0".to_owned(),
            outbound: module.destinations().iter().map(|port| ((*port).to_owned(), nobody())).collect(),
            rates: Rates::default(),
            ..Config::default()
        };
        let clock = Arc::new(ManualClock::new(Timestamp::at_micros(NOW)));
        let runtime = expect(Builder::new_multi_thread().worker_threads(2).enable_all().build(), "a runtime starts");
        let node = runtime.block_on(Cell::new("test").clock(clock).module(module).open(&config));
        Self { node: expect(node, "the cell opens"), runtime, routes, folder }
    }

    /// The same, with a blob store that fails.
    ///
    /// # Panics
    /// When it cannot be broken.
    pub fn without_blobs(module: Module) -> Self {
        let bench = Self::open(module);
        let blobs = bench.folder.0.join("blobs");
        drop(fs::remove_dir_all(&blobs));
        expect(fs::write(&blobs, "no folder"), "a file in place of the blobs");
        bench
    }

    /// Keeps an entity, told as JSON, that no call has made: `|tx, order| SqlOrders.insert(tx, order)`.
    ///
    /// # Panics
    /// When it cannot be kept.
    pub fn given<T, F>(&self, json: &str, keep: F)
    where
        T: DeserializeOwned + Send + Sync + 'static,
        F: for<'a> Fn(&'a mut dyn Tx, &'a T) -> BoxFuture<'a, Result<(), StoreError>> + Send + Sync + 'static,
    {
        let (entity, keep) = (Arc::new(value::<T>(json)), Arc::new(keep));
        let work = store::job(move |tx| {
            let (entity, keep) = (Arc::clone(&entity), Arc::clone(&keep));
            async move { keep(tx, &entity).await }.boxed()
        });
        expect(self.runtime.block_on(self.node.services().store.transact(work)), "what is given can be kept");
    }

    /// Makes it so that this person has carried out an operation on a thing, by its kind and its key as JSON.
    ///
    /// # Panics
    /// When it cannot be kept.
    pub fn did(&self, subject: &str, operation: &str, (kind, key): (&str, &str)) {
        let values = self.duty(subject, operation, kind, key);
        let sql = "INSERT INTO duties (subject, operation, person, done_at) VALUES ($1, $2, $3, '')";
        let work = store::job(move |tx| {
            let values = values.clone();
            async move { tx.execute(sql, &values).await }.boxed()
        });
        let done: Result<_, StoreError> = self.runtime.block_on(self.node.services().store.transact(work));
        expect(done, "what was done can be kept");
    }

    /// This person has carried out an operation on a thing.
    ///
    /// # Panics
    /// When they have not.
    #[track_caller]
    pub fn has_done(&self, subject: &str, operation: &str, (kind, key): (&str, &str)) {
        let values = self.duty(subject, operation, kind, key);
        let sql = "SELECT 1 FROM duties WHERE subject = $1 AND operation = $2 AND person = $3";
        let work = store::job(move |tx| {
            let values = values.clone();
            async move { tx.query(sql, &values).await.map(|rows| rows.len()) }.boxed()
        });
        let found: Result<usize, StoreError> = self.runtime.block_on(self.node.services().store.read(work));
        assert_eq!(expect(found, "the duties"), 1, "{subject} is not known to have carried out {operation}");
    }

    fn duty(&self, subject: &str, operation: &str, kind: &str, key: &str) -> [Value; 3] {
        let thing = expect(duties::thing(kind, &value::<serde_json::Value>(key)), key);
        [thing, operation.to_owned(), person(subject)].map(Value::Text)
    }

    /// Calls an operation as [`Bench::call`] does, by a machine that this person answers for.
    ///
    /// # Panics
    /// As [`Bench::call`].
    pub fn call_by_machine(&self, Caller(owner, roles): Caller<'_>, operation: &str, input: &str) -> Answer {
        let wanted = Wanted {
            name: Uuid::now_v7().simple().to_string(),
            owner: person(owner),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            ttl: Duration::from_secs(600),
        };
        let token = self.runtime.block_on(service::issue(self.node.services(), wanted, "test"));
        self.send(Some(expect(token, "a token for a machine")), operation, input)
    }

    /// Calls an operation of the context with this input, as JSON.
    ///
    /// # Panics
    /// When there is no such operation, or no answer.
    pub fn call(&self, Caller(subject, roles): Caller<'_>, operation: &str, input: &str) -> Answer {
        let token = (!subject.is_empty()).then(|| {
            let issuer = expect(self.node.issuer().ok_or("there is none"), "the development issuer");
            expect(issuer.token(subject, roles, Duration::from_secs(600)), "a token is signed")
        });
        self.send(token, operation, input)
    }

    fn send(&self, token: Option<String>, operation: &str, input: &str) -> Answer {
        let (kind, path) = expect(self.routes.get(operation).ok_or("it has no route"), operation);
        let mut request = match kind {
            OperationKind::Command => Request::post(path).header(header::CONTENT_TYPE, "application/json"),
            OperationKind::Query => Request::get(format!("{path}?{}", query(&value(input)))),
        };
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = if *kind == OperationKind::Command { Body::from(input.to_owned()) } else { Body::empty() };
        let request = expect(request.body(body), "a request");
        let (status, bytes) = self.runtime.block_on(async {
            let response = expect(TowerToHyperService::new(self.node.router()).call(request).await, "an answer");
            let status = response.status().as_u16();
            (status, expect(axum::body::to_bytes(response.into_body(), usize::MAX).await, "a whole answer"))
        });
        Answer { status, body: serde_json::from_slice(&bytes).unwrap_or_default() }
    }
}

impl Answer {
    /// The call went well.
    ///
    /// # Panics
    /// When it did not.
    #[track_caller]
    pub fn succeeded(&self) -> &serde_json::Value {
        assert_eq!(self.status, 200, "{}", self.body);
        &self.body
    }

    /// The call was refused with this code, and with the status of this kind.
    ///
    /// # Panics
    /// When it was not.
    #[track_caller]
    pub fn refused(&self, kind: FailureKind, code: &str) {
        assert_eq!((self.status, self.body["code"].as_str()), (kind.status(), Some(code)), "{}", self.body);
    }
}

/// Calls every operation in every role, with all roles but those that it needs, and in nobody's name: whoever may not is
/// turned away before anybody looks at the input. The operations are all that have a route.
///
/// # Panics
/// When anything else happens.
pub fn access(module: Module, roles: &[&str], operations: &[(&str, &[&str])]) {
    let bench = Bench::open(module);
    let named: Vec<&str> = operations.iter().map(|(operation, _)| *operation).collect();
    let mut routed: Vec<&str> = bench.routes.keys().copied().collect();
    routed.retain(|operation| !named.contains(operation));
    assert!(routed.is_empty(), "no matrix says who may call {routed:?}");
    for (operation, allowed) in operations {
        let status = |caller: Caller<'_>| bench.call(caller, operation, UNDECLARED).status;
        let refused = if allowed.is_empty() { SHAPE } else { FailureKind::Policy.status() };
        for role in roles {
            let expected = if allowed.contains(role) { SHAPE } else { refused };
            assert_eq!(status(Caller("alice", &[*role])), expected, "{role} calls {operation}");
        }
        let others: Vec<&str> = roles.iter().filter(|role| !allowed.contains(*role)).copied().collect();
        assert_eq!(status(Caller("alice", &others)), refused, "{others:?} call {operation}");
        let nobody = if allowed.is_empty() { SHAPE } else { FailureKind::Authentication.status() };
        assert_eq!(status(Caller("", &[])), nobody, "nobody in particular calls {operation}");
    }
}

/// A person as the development issuer vouches for them.
fn person(subject: &str) -> String {
    format!("{}|{subject}", Config::default().issuer)
}

/// An input that no operation takes.
const UNDECLARED: &str = r#"{"?":""}"#;
/// What whoever may call is told of it.
const SHAPE: u16 = 422;

/// An input as a query string: lists repeat their name, members of records stand behind a dot.
fn query(input: &serde_json::Value) -> String {
    let mut text = form_urlencoded::Serializer::new(String::new());
    let mut left: Vec<(String, &serde_json::Value)> = vec![(String::new(), input)];
    while let Some((name, value)) = left.pop() {
        match value {
            serde_json::Value::Null => {}
            serde_json::Value::Object(members) => {
                let dot = if name.is_empty() { "" } else { "." };
                left.extend(members.iter().rev().map(|(member, value)| (format!("{name}{dot}{member}"), value)));
            }
            serde_json::Value::Array(items) => left.extend(items.iter().rev().map(|item| (name.clone(), item))),
            serde_json::Value::String(value) => drop(text.append_pair(&name, value)),
            other => drop(text.append_pair(&name, &other.to_string())),
        }
    }
    text.finish()
}

#[allow(clippy::panic, reason = "a test fails by panicking")]
#[track_caller]
fn expect<T, E: std::fmt::Display>(result: Result<T, E>, what: &str) -> T {
    result.unwrap_or_else(|error| panic!("{what}: {error}"))
}
