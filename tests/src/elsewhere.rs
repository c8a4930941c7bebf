//! Others, whom a node calls over HTTP: they answer, refuse, hang and die as a test tells them.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

/// What becomes of a request.
#[derive(Debug, Clone)]
pub enum Reaction {
    /// An answer with a status.
    Answer(u16, Value),
    /// An answer that is a page, and the target of the next one.
    Page(Value, String),
    /// The request is read and never answered.
    Hang,
    /// The connection is closed without an answer.
    Die,
}

impl Reaction {
    /// A refusal: a problem with a code.
    pub fn refuse(status: u16, code: &str) -> Self {
        Self::Answer(status, json!({ "type": "about:blank", "title": "no", "status": status, "code": code }))
    }
}

/// A request that has arrived.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Method and target: `GET /ask-rating?customer=Ada`.
    pub line: String,
    /// By name in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body as JSON, if it is.
    pub body: Value,
}

type React = dyn Fn(&Asked, usize) -> Reaction + Send + Sync;

/// A server on a free port. It answers until the test ends.
pub struct Elsewhere {
    /// Where it listens.
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    react: Arc<Mutex<Arc<React>>>,
}

impl Elsewhere {
    /// A server that reacts like this; it is told how often it was asked before.
    pub fn start(react: impl Fn(&Asked, usize) -> Reaction + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let react: Arc<Mutex<Arc<React>>> = Arc::new(Mutex::new(Arc::new(react)));
        let (all, how) = (Arc::clone(&asked), Arc::clone(&react));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (all, how) = (Arc::clone(&all), Arc::clone(&how));
                thread::spawn(move || serve(stream, &all, &how));
            }
        });
        Self { address, asked, react }
    }

    /// From now on it reacts like this.
    pub fn reacts(&self, react: impl Fn(&Asked, usize) -> Reaction + Send + Sync + 'static) {
        *self.react.lock().expect("the lock") = Arc::new(react);
    }

    /// Everything it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("the lock").clone()
    }

    /// Its address as a base for paths.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// One request, then the connection ends.
fn serve(stream: TcpStream, all: &Mutex<Vec<Asked>>, how: &Mutex<Arc<React>>) {
    let Some((asked, mut stream)) = read(stream) else { return };
    let before = {
        let mut all = all.lock().expect("the lock");
        all.push(asked.clone());
        all.len() - 1
    };
    let react = Arc::clone(&how.lock().expect("the lock"));
    match react(&asked, before) {
        Reaction::Answer(status, body) => answer(&mut stream, status, "", &body),
        Reaction::Page(body, next) => {
            let host = asked.headers.get("host").map_or("", String::as_str);
            answer(&mut stream, 200, &format!("link: <http://{host}{next}>; rel=\"next\"\r\n"), &body);
        }
        Reaction::Hang => {
            // Until the other side gives up.
            let _ = stream.read(&mut [0]);
        }
        Reaction::Die => {}
    }
}

fn answer(stream: &mut TcpStream, status: u16, headers: &str, body: &Value) {
    let (body, kind) = (body.to_string(), if status < 400 { "json" } else { "problem+json" });
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/{kind}\r\ncontent-length: {length}\r\n{headers}connection: close\r\n\r\n{body}"
    );
    // Whoever asked may be gone.
    let _ = stream.write_all(answer.as_bytes());
}

fn read(stream: TcpStream) -> Option<(Asked, TcpStream)> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let line = lines.first()?.trim_end_matches(" HTTP/1.1").to_owned();
    let headers: BTreeMap<String, String> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Some((Asked { line, headers, body }, reader.into_inner()))
}
