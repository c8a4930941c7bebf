//! A small context as the compiler would emit it, shared by the integration tests.
#![allow(dead_code, reason = "every test binary uses another part of it")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use kernel::bus::Prepared;
use kernel::cell::Node;
use kernel::config::{Config, Rates};
use kernel::ledger::{self, Entry, Filter};
use kernel::prelude::*;
use kernel::serde::{Deserialize, Serialize};
use kernel::serde_json::{self, json};
use tower::ServiceExt as _;

#[derive(Debug)]
pub struct Usd;

impl Unit for Usd {
    const SYMBOL: &'static str = "USD";
}

static NUMBER: Pattern = Pattern::new("^[A-Z]{2}-[0-9]+$");

pub const MIGRATIONS: &[Migration] = &[Migration {
    context: "orders",
    number: 1,
    name: "orders",
    sqlite: "CREATE TABLE orders_order (id TEXT PRIMARY KEY, number TEXT NOT NULL, amount TEXT NOT NULL, note TEXT,
            UNIQUE (number)) STRICT;
          CREATE TABLE orders_seen (event_id TEXT NOT NULL) STRICT;",
    postgres: "CREATE TABLE orders_order (id TEXT PRIMARY KEY, number TEXT NOT NULL, amount TEXT NOT NULL, note TEXT,
            UNIQUE (number));
          CREATE TABLE orders_seen (event_id TEXT NOT NULL);",
    checks: &[],
    released: true,
}];

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(crate = "kernel::serde", remote = "Self", deny_unknown_fields, expecting = "an object")]
pub struct PlaceOrderInput {
    pub request_id: String,
    pub number: String,
    pub amount: Quantity<Usd>,
    #[serde(default)]
    pub note: Option<String>,
    #[serde(default)]
    pub attachment: Option<Bytes>,
}
kernel::record!(PlaceOrderInput);

impl Validate for PlaceOrderInput {
    fn validate(&self, out: &mut Violations) {
        out.min_length("/request_id", &self.request_id, 1);
        out.pattern("/number", &self.number, &NUMBER);
        out.exclusive_min("/amount/amount", &self.amount.amount(), &Decimal::ZERO);
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(crate = "kernel::serde", remote = "Self")]
pub struct PlaceOrderOutput {
    pub id: Uuid,
    pub sequence: u64,
}
kernel::record!(PlaceOrderOutput);

/// Repository of the aggregate, as the compiler emits it.
struct Orders;

impl Orders {
    async fn insert(tx: &mut dyn Tx, id: Uuid, input: &PlaceOrderInput) -> Result<(), StoreError> {
        let values = [id.to_value(), input.number.to_value(), input.amount.to_value(), input.note.to_value()];
        // Parameters out of order on purpose: `$2` must mean the second value.
        let sql = "INSERT INTO orders_order (number, id, note, amount) VALUES ($2, $1, $4, $3)";
        tx.execute(sql, &values).await.map(drop)
    }

    async fn find(tx: &mut dyn Tx, number: &str) -> Result<Option<Order>, StoreError> {
        let sql = "SELECT id, number, amount, note FROM orders_order WHERE number = $1";
        let Some(row) = tx.query_opt(sql, &[Value::Text(number.to_owned())]).await? else { return Ok(None) };
        Ok(Some(Order {
            id: row.get("id")?,
            number: row.get("number")?,
            amount: row.get("amount")?,
            note: row.get("note")?,
        }))
    }
}

pub struct PlaceOrder;

#[async_trait]
impl Operation for PlaceOrder {
    const SPEC: OperationSpec = OperationSpec::command("orders", "PlaceOrder")
        .roles(&["orders.Buyer"])
        .not_permitted("not_a_buyer")
        .flow("flow:orders:place")
        .failures(&[
            Failure {
                code: "invalid_order",
                kinds: &[FailureKind::InputValidation],
                meaning: "the order is not valid",
            },
            Failure { code: "not_a_buyer", kinds: &[FailureKind::Policy], meaning: "only buyers may order" },
            Failure { code: "limit_exceeded", kinds: &[FailureKind::Policy], meaning: "the order is too large" },
            Failure { code: "note_required", kinds: &[FailureKind::Policy], meaning: "large orders need a note" },
            Failure {
                code: "other_input",
                kinds: &[FailureKind::IdempotencyConflict],
                meaning: "the request id is taken",
            },
            Failure {
                code: "number_taken",
                kinds: &[FailureKind::ConcurrencyConflict],
                meaning: "the number is taken",
            },
        ]);
    type Input = PlaceOrderInput;
    type Output = PlaceOrderOutput;
    type Prepared = Option<Digest>;

    fn idempotency_key(&self, input: &Self::Input) -> Option<String> {
        Some(input.request_id.clone())
    }

    fn preconditions(&self, call: &Call<Self::Input>) -> Vec<Verdict> {
        let amount = || Fact::known(call.input.amount);
        let limit = |text: i64| Fact::known(Quantity::<Usd>::new(Decimal::from(text)));
        let note = || Fact::optional("input.note", &call.input.note);
        vec![
            Verdict::prohibition("orders.limit", "limit_exceeded", amount().gt(limit(10_000)), "orders are limited"),
            Verdict::obligation(
                "orders.note",
                "note_required",
                amount().le(limit(1_000)).or(note().contains(Fact::text("approved"))),
                "large orders are explained",
            ),
        ]
    }

    async fn prepare(&self, call: &Call<Self::Input>, services: &Services) -> Result<Self::Prepared, Rejection> {
        match &call.input.attachment {
            Some(bytes) => Ok(Some(services.blobs.put(bytes.as_slice()).await?)),
            None => Ok(None),
        }
    }

    async fn execute(
        &self,
        call: &Call<Self::Input>,
        prepared: &Self::Prepared,
        uow: &mut UnitOfWork<'_>,
    ) -> Result<Self::Output, Rejection> {
        let not_mallory = Fact::text(call.identity.subject.clone()).ne(Fact::text("mallory"));
        uow.require(Verdict::obligation("orders.trusted", "not_a_buyer", not_mallory, "mallory may not"))?;
        let id = Uuid::now_v7();
        Orders::insert(uow.tx(), id, &call.input)
            .await
            .map_err(|e| Rejection::unique(e, "number_taken", "an order with this number exists"))?;
        let evidence = Evidence::new("orders.placed", Subject::new("Order", id))
            .controls(&["CM-3", "AC-6"])
            .payload(&json!({"number": call.input.number, "attachment": prepared}))?;
        let sequence = uow.append(evidence).await?.sequence();
        uow.publish(Event::new("orders.OrderPlaced", id, &json!({"id": id, "number": call.input.number}))?).await?;
        Ok(PlaceOrderOutput { id, sequence })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(crate = "kernel::serde", remote = "Self")]
pub struct Order {
    pub id: Uuid,
    pub number: String,
    pub amount: Quantity<Usd>,
    pub note: Option<String>,
}
kernel::record!(Order);

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(crate = "kernel::serde", remote = "Self", deny_unknown_fields, expecting = "an object")]
pub struct ReadOrderInput {
    pub number: String,
}
kernel::record!(ReadOrderInput);

impl Validate for ReadOrderInput {
    fn validate(&self, out: &mut Violations) {
        out.pattern("/number", &self.number, &NUMBER);
    }
}

/// Keeps an order that no call has made.
pub fn keep<'a>(tx: &'a mut dyn Tx, order: &'a Order) -> futures_util::future::BoxFuture<'a, Result<(), StoreError>> {
    Box::pin(async move {
        let values = [order.id.to_value(), order.number.to_value(), order.amount.to_value(), order.note.to_value()];
        tx.execute("INSERT INTO orders_order (id, number, amount, note) VALUES ($1, $2, $3, $4)", &values).await?;
        Ok(())
    })
}

pub struct ReadOrder;

#[async_trait]
impl Operation for ReadOrder {
    const SPEC: OperationSpec =
        OperationSpec::query("orders", "ReadOrder").roles(&["orders.Buyer", "orders.Auditor"]).failures(&[Failure {
            code: "no_such_order",
            kinds: &[FailureKind::MissingState],
            meaning: "there is no such order",
        }]);
    type Input = ReadOrderInput;
    type Output = Order;
    type Prepared = ();

    async fn prepare(&self, _: &Call<Self::Input>, _: &Services) -> Result<(), Rejection> {
        Ok(())
    }

    async fn execute(
        &self,
        call: &Call<Self::Input>,
        (): &(),
        uow: &mut UnitOfWork<'_>,
    ) -> Result<Self::Output, Rejection> {
        let found = Orders::find(uow.tx(), &call.input.number).await?;
        found.ok_or_else(|| Rejection::missing("no_such_order", "no order has this number"))
    }
}

/// Does what an operation should not do.
pub struct Misbehave;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(crate = "kernel::serde", remote = "Self")]
pub struct MisbehaveInput {
    pub how: String,
}
kernel::record!(MisbehaveInput);

impl Validate for MisbehaveInput {
    fn validate(&self, _: &mut Violations) {}
}

#[async_trait]
impl Operation for Misbehave {
    const SPEC: OperationSpec = OperationSpec::command("orders", "Misbehave");
    type Input = MisbehaveInput;
    type Output = ();
    type Prepared = ();

    async fn prepare(&self, call: &Call<Self::Input>, _: &Services) -> Result<(), Rejection> {
        if call.input.how == "panic early" {
            panic!("a secret in a panic message");
        }
        Ok(())
    }

    async fn execute(&self, call: &Call<Self::Input>, (): &(), uow: &mut UnitOfWork<'_>) -> Result<(), Rejection> {
        let input = PlaceOrderInput {
            request_id: "x".to_owned(),
            number: "ZZ-1".to_owned(),
            amount: Quantity::new(Decimal::from(1)),
            note: None,
            attachment: None,
        };
        if call.input.how != "only duplicate" {
            Orders::insert(uow.tx(), Uuid::now_v7(), &input).await?;
        }
        let evidence = || Evidence::new("orders.odd", Subject::new("Order", "odd"));
        match call.input.how.as_str() {
            "forget" => Ok(()),
            "panic" => panic!("a secret in a panic message"),
            "duplicate" => {
                uow.append(evidence().source("elsewhere", "1")).await?;
                uow.append(evidence().source("elsewhere", "1")).await?;
                Ok(())
            }
            "only duplicate" => uow.append(evidence().source("elsewhere", "1")).await.map(drop),
            "wait" => {
                std::future::pending::<()>().await;
                Ok(())
            }
            "rewrite" => {
                uow.tx().execute("UPDATE ledger_entries SET actor = 'x'", &[]).await.map(drop).map_err(Into::into)
            }
            _ => uow.append(evidence()).await.map(drop),
        }
    }
}

/// Notes the events it sees; fails as often as it is told to.
#[derive(Clone, Default)]
pub struct Seen {
    pub failures: Arc<AtomicU32>,
    pub poison: Arc<AtomicU32>,
}

#[async_trait]
impl EventHandler for Seen {
    async fn handle(&self, event: &Event, _: &Prepared, uow: &mut UnitOfWork<'_>) -> Result<(), Rejection> {
        uow.tx().execute("INSERT INTO orders_seen (event_id) VALUES ($1)", &[event.id.to_value()]).await?;
        if self.poison.load(Ordering::SeqCst) > 0 {
            return Err(Rejection::new(FailureKind::InputValidation, "poison", "cannot be read"));
        }
        let left = self.failures.load(Ordering::SeqCst);
        if left > 0 {
            self.failures.store(left - 1, Ordering::SeqCst);
            return Err(Rejection::dependency("flaky", "not now"));
        }
        Ok(())
    }
}

pub fn module(seen: Seen) -> Module {
    let backoff = [Duration::from_millis(5)];
    Module::new("orders")
        .migrations(MIGRATIONS)
        .roles(&["orders.Buyer", "orders.Auditor"])
        .command("/orders/place-order", PlaceOrder)
        .command("/orders/misbehave", Misbehave)
        .query("/orders/read-order", ReadOrder)
        .consumer(Consumer::new("orders-seen", "orders.OrderPlaced", seen).retry(3, &backoff))
        .openapi(r#"{"openapi":"3.1.0","info":{"title":"orders","version":"1"},"paths":{}}"#)
}

pub fn cell(seen: Seen) -> Cell {
    Cell::new("model-hash").module(module(seen))
}

pub fn config(dir: &std::path::Path) -> Config {
    Config {
        data_dir: dir.to_owned(),
        listen: "127.0.0.1:0".to_owned(),
        body_bytes: 64 * 1024,
        rates: Rates::default(),
        ..Config::default()
    }
}

/// The same, on a database server.
pub fn on_postgres(dir: &std::path::Path, url: &str) -> Config {
    let flags =
        [("database.url", url), ("listen", "127.0.0.1:0")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    let layers = kernel::config::Layers { flags: flags.to_vec(), ..Default::default() };
    let loaded = Config::load(&layers).unwrap();
    Config { database: loaded.database, ..config(dir) }
}

pub async fn open(dir: &std::path::Path) -> Node {
    cell(Seen::default()).open(&config(dir)).await.unwrap()
}

pub fn token(node: &Node, subject: &str, roles: &[&str]) -> String {
    node.issuer().unwrap().token(subject, roles, Duration::from_secs(60)).unwrap()
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: serde_json::Value,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub async fn send(node: &Node, request: Request<Body>) -> Answer {
    let response = node.router().oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    Answer { status, headers, body: serde_json::from_slice(&bytes).unwrap_or(serde_json::Value::Null) }
}

pub async fn post(node: &Node, path: &str, token: &str, body: &serde_json::Value) -> Answer {
    let mut request = Request::post(path).header("content-type", "application/json");
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    send(node, request.body(Body::from(body.to_string())).unwrap()).await
}

pub async fn get(node: &Node, path: &str, token: &str) -> Answer {
    let mut request = Request::get(path);
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    send(node, request.body(Body::empty()).unwrap()).await
}

pub fn order(request_id: &str, number: &str, amount: &str) -> serde_json::Value {
    json!({"request_id": request_id, "number": number, "amount": {"amount": amount, "unit": "USD"}})
}

/// Many calls at once with keys that are wanted by several: those with one input have one effect and one answer, those
/// with another one are the declared conflict. The nodes share a database.
pub async fn race(nodes: &[&Node]) {
    const KEYS: usize = 4;
    let before = (count(nodes[0], "orders_order").await, count(nodes[0], "idempotency_records").await);
    let alice: Vec<String> = nodes.iter().map(|node| token(node, "alice", &["orders.Buyer"])).collect();
    let calls = (0..KEYS * 12).map(|number| {
        let (key, at) = (number % KEYS, number / KEYS % nodes.len());
        let key = format!("{} {}", before.0, key);
        // Two inputs want the last key.
        let other = number % KEYS == KEYS - 1 && number >= KEYS * 6;
        let number = format!("AB-{}{}{}", before.0, number % KEYS, u8::from(other));
        let body = order(&key, &number, "1");
        let (node, alice) = (nodes[at], &alice[at]);
        async move { (key, other, post(node, "/orders/place-order", alice, &body).await) }
    });
    let answers = futures_util::future::join_all(calls).await;
    for key in 0..KEYS {
        let key = format!("{} {key}", before.0);
        let of_key: Vec<_> = answers.iter().filter(|(known, ..)| *known == key).collect();
        let (good, refused): (Vec<_>, Vec<_>) = of_key.into_iter().partition(|(.., answer)| answer.status == 200);
        let (_, other, first) = good[0];
        assert!(good.iter().all(|(_, input, answer)| input == other && answer.body == first.body));
        let replayed = good.iter().filter(|(.., answer)| answer.header("idempotency-replayed") == "true").count();
        assert_eq!(replayed, good.len() - 1, "one call had the effect");
        assert!(refused.iter().all(|(_, input, answer)| input != other && answer.code() == "other_input"));
        assert_eq!(good.len() + refused.len(), 12);
    }
    let after = (count(nodes[0], "orders_order").await, count(nodes[0], "idempotency_records").await);
    assert_eq!(after, (before.0 + KEYS as u64, before.1 + KEYS as u64));
}

pub async fn entries(node: &Node) -> Vec<Entry> {
    let filter = Filter { limit: 1000, ..Filter::default() };
    node.services()
        .store
        .read(move |tx| {
            let filter = filter.clone();
            Box::pin(async move { ledger::list(tx, &filter).await })
        })
        .await
        .map_err(|e: StoreError| e)
        .unwrap()
}

pub async fn count(node: &Node, table: &'static str) -> u64 {
    let rows = node
        .services()
        .store
        .read(move |tx| Box::pin(async move { tx.query(&format!("SELECT count(*) FROM {table}"), &[]).await }));
    rows.await.map_err(|e: StoreError| e).unwrap()[0].at(0).unwrap()
}

/// Waits until a condition holds, for at most five seconds.
pub async fn eventually<F: AsyncFn() -> bool>(condition: F) {
    for _ in 0..1000 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it did not happen in time");
}
