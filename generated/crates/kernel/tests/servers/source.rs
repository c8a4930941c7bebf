//! A source of events on a local port: the pagination, the limits and the errors of the APIs that pollers ask.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, StatusCode, Uri};
use kernel::serde_json::{Value, json};

/// How many items a page has.
pub const PAGE: usize = 2;

/// An answer in the place of the right one.
pub enum Instead {
    /// This status, with these headers.
    Status(u16, Vec<(&'static str, String)>),
    /// None for so long.
    Silence(Duration),
    /// The right one, with these headers as well.
    With(Vec<(&'static str, String)>),
}

/// Which API is spoken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// Okta's System Log: oldest first, `since` and `after`, always a next page.
    Okta,
    /// GitHub's deliveries of a webhook: newest first, `cursor`, summaries and deliveries.
    GitHub,
    /// A cursor in the body, and a header that says how many there are.
    Cursor,
}

pub struct Script {
    pub items: Vec<Value>,
    /// Deliveries that are listed and not there any more.
    pub vanished: Vec<String>,
    pub instead: VecDeque<Instead>,
    /// Answers with this status for ever.
    pub broken: Option<u16>,
    /// What was asked, in order.
    pub asked: Vec<String>,
    /// What let the asker in, in order.
    pub authorization: Vec<String>,
    /// Where the next page is said to be, in the place of here.
    pub elsewhere: Option<String>,
    /// How many more there are said to be than there are.
    pub surplus: usize,
}

impl Script {
    /// Adds items that happen in order, a minute apart.
    pub fn happen(&mut self, ids: impl IntoIterator<Item = String>) {
        for id in ids {
            let minute = self.items.len();
            let at = format!("2026-11-22T{:02}:{:02}:00.000Z", 10 + minute / 60, minute % 60);
            let number = 1000 + minute;
            self.items.push(json!({"uuid": id, "guid": id, "id": number, "published": at, "delivered_at": at,
                "eventType": "user.session.start", "event": "push", "actor": {"id": "jack", "alternateId": "jack@acme.io"}}));
        }
    }
}

#[derive(Clone)]
pub struct Source {
    api: Api,
    pub address: SocketAddr,
    script: Arc<Mutex<Script>>,
}

impl Source {
    pub async fn start(api: Api) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let script = Script {
            items: Vec::new(),
            vanished: Vec::new(),
            instead: VecDeque::new(),
            broken: None,
            asked: Vec::new(),
            authorization: Vec::new(),
            elsewhere: None,
            surplus: 0,
        };
        let source = Self { api, address: listener.local_addr().unwrap(), script: Arc::new(Mutex::new(script)) };
        let router = Router::new().fallback(answer).with_state(source.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        source
    }

    pub fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    /// See [`Script::happen`].
    pub fn happen(&self, ids: impl IntoIterator<Item = String>) {
        self.script().happen(ids);
    }

    fn right(&self, uri: &Uri) -> (StatusCode, HeaderMap, Value) {
        let query: Vec<(String, String)> =
            form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let parameter = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        match self.api {
            Api::Okta => self.okta(uri, parameter("since"), parameter("after")),
            Api::GitHub => self.github(uri, parameter("cursor")),
            Api::Cursor => self.cursor(parameter("cursor")),
        }
    }

    fn link(&self, uri: &Uri, query: &str) -> String {
        let origin = self.script().elsewhere.clone().unwrap_or_else(|| format!("http://{}", self.address));
        format!("<{origin}{}?{query}>; rel=\"next\"", uri.path())
    }

    fn okta(&self, uri: &Uri, since: Option<&str>, after: Option<&str>) -> (StatusCode, HeaderMap, Value) {
        let (from, items) = {
            let items = &self.script().items;
            let first = || items.iter().take_while(|item| item["published"].as_str() < since).count();
            let from = after.map_or_else(first, |after| after.parse().unwrap());
            (from, items.iter().skip(from).take(PAGE).cloned().collect::<Vec<_>>())
        };
        let mut headers = HeaderMap::new();
        headers.append("link", format!("<http://{}{uri}>; rel=\"self\"", self.address).parse().unwrap());
        let query = format!("limit={PAGE}&after={}", from + items.len());
        headers.append("link", self.link(uri, &query).parse().unwrap());
        (StatusCode::OK, headers, items.into())
    }

    fn github(&self, uri: &Uri, cursor: Option<&str>) -> (StatusCode, HeaderMap, Value) {
        if let Some(number) = uri.path().strip_prefix("/hook/deliveries/") {
            let script = self.script();
            let there = |item: &&Value| {
                item["id"].as_u64() == number.parse().ok()
                    && !script.vanished.iter().any(|id| item["guid"] == id.as_str())
            };
            return match script.items.iter().find(there) {
                Some(item) => {
                    let payload = json!({"of": item["guid"], "pusher": {"email": "octocat@example.org"}});
                    (StatusCode::OK, HeaderMap::new(), json!({"id": item["id"], "request": {"payload": payload}}))
                }
                None => (StatusCode::NOT_FOUND, HeaderMap::new(), json!({"message": "Not Found"})),
            };
        }
        let all: Vec<Value> = self.script().items.iter().rev().cloned().collect();
        // The cursor is the number of the last delivery that was listed.
        let before = |item: &&Value| cursor.is_some_and(|cursor| item["id"].as_u64() >= cursor.parse().ok());
        let from = all.iter().take_while(before).count();
        let items: Vec<Value> = all.iter().skip(from).take(PAGE).cloned().collect();
        let mut headers = HeaderMap::new();
        if let Some(last) = items.last().filter(|_| from + items.len() < all.len()) {
            headers.append("link", self.link(uri, &format!("per_page={PAGE}&cursor={}", last["id"])).parse().unwrap());
        }
        (StatusCode::OK, headers, items.into())
    }

    fn cursor(&self, cursor: Option<&str>) -> (StatusCode, HeaderMap, Value) {
        let script = self.script();
        let from: usize = cursor.map_or(0, |cursor| cursor.parse().unwrap());
        let items: Vec<Value> = script.items.iter().skip(from).take(PAGE).cloned().collect();
        let until = from + items.len();
        let next = (until < script.items.len()).then_some(until.to_string());
        let total = (script.items.len() + script.surplus).to_string();
        let headers = HeaderMap::from_iter([("x-total".parse().unwrap(), total.parse().unwrap())]);
        (StatusCode::OK, headers, json!({"data": {"items": items}, "meta": {"next": next}}))
    }
}

async fn answer(State(source): State<Source>, request: Request) -> Response<Body> {
    let uri = request.uri().clone();
    let (instead, broken) = {
        let mut script = source.script();
        script.asked.push(uri.to_string());
        let authorization = request.headers().get("authorization").map_or("", |value| value.to_str().unwrap());
        script.authorization.push(authorization.to_owned());
        (script.instead.pop_front(), script.broken)
    };
    let plain = |status: u16| (StatusCode::from_u16(status).unwrap(), HeaderMap::new(), json!({"message": "no"}));
    let (status, headers, body) = match (instead, broken) {
        (Some(Instead::Status(status, more)), _) => add(plain(status), more),
        (Some(Instead::Silence(time)), _) => {
            tokio::time::sleep(time).await;
            plain(504)
        }
        (Some(Instead::With(more)), _) => add(source.right(&uri), more),
        (None, Some(status)) => plain(status),
        (None, None) => source.right(&uri),
    };
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn add(
    (status, mut headers, body): (StatusCode, HeaderMap, Value),
    more: Vec<(&'static str, String)>,
) -> (StatusCode, HeaderMap, Value) {
    for (name, value) in more {
        headers.append(name, value.parse().unwrap());
    }
    (status, headers, body)
}
