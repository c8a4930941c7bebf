//! Reading the layers: which keys there are, what their values are, and what is wrong with either.

use std::time::Duration;

use figment::Figment;
use figment::Provider as _;
use figment::providers::{Format as _, Serialized, Toml};
use figment::value::{Dict, Value};

use super::{FILE_VARIABLE, Kind, Layers, Secret, Setting, settings};
use crate::http;
use crate::outbound::Destination;

/// Something that is wrong.
#[derive(Debug)]
pub(super) struct Problem {
    /// The key that it is about.
    pub(super) key: String,
    /// Where the key is set, and what is wrong.
    pub(super) text: String,
}

impl Problem {
    fn new(key: &str, text: String) -> Self {
        Self { key: key.to_owned(), text }
    }
}

/// All layers in one, and what is wrong with their keys.
pub(super) fn gather(layers: &Layers, keys: &[String]) -> (Figment, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut figment = Figment::new();
    if let Some((text, name)) = &layers.file {
        figment = figment.merge(file_layer(text, name, keys, &mut problems));
    }
    for (name, text) in &layers.environment {
        if name == FILE_VARIABLE {
            continue;
        }
        match keys.iter().find(|key| variable(key) == *name) {
            Some(key) => figment = figment.merge(Serialized::default(key, typed(key, text))),
            None => {
                let known = keys.iter().map(|key| variable(key));
                let text = format!("environment variable {name}: unknown; {}", nearest(name, known));
                problems.push(Problem::new(name, text));
            }
        }
    }
    for (key, text) in &layers.flags {
        match keys.iter().find(|known| *known == key) {
            Some(key) => figment = figment.merge(Serialized::default(key, typed(key, text))),
            None => {
                let text = format!("--set {key}: unknown key; {}", nearest(key, keys.iter().cloned()));
                problems.push(Problem::new(key, text));
            }
        }
    }
    (figment, problems)
}

/// Reads typed values; what does not fit becomes a problem and the default takes its place.
pub(super) struct Reader<'a> {
    pub(super) figment: &'a Figment,
    pub(super) layers: &'a Layers,
    pub(super) problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    pub(super) fn problem(&mut self, key: &str, reason: &str) {
        let origin = self.origin(key);
        self.problems.push(Problem::new(key, format!("{origin}: {reason}")));
    }

    /// Says what is wrong with a key, unless something has been said of it.
    pub(super) fn also(&mut self, key: &str, reason: &str) {
        if !self.problems.iter().any(|problem| problem.key == key) {
            self.problem(key, reason);
        }
    }

    /// The outermost layer that sets the key.
    pub(super) fn origin(&self, key: &str) -> String {
        if self.layers.flags.iter().any(|(flag, _)| flag == key) {
            return format!("flag for {key}");
        }
        if self.layers.environment.iter().any(|(name, _)| *name == variable(key)) {
            return format!("environment variable {}", variable(key));
        }
        match &self.layers.file {
            Some((_, name)) if self.figment.find_value(key).is_ok() => format!("{name}: {key}"),
            _ => key.to_owned(),
        }
    }

    pub(super) fn value(&self, key: &str) -> Option<Value> {
        self.figment.find_value(key).ok()
    }

    /// What the table says of a key; what the table does not know has no default.
    pub(super) fn default(key: &str) -> &'static str {
        settings::find(key).map_or("", |setting| setting.default)
    }

    pub(super) fn text(&mut self, key: &str) -> String {
        match self.value(key) {
            None => {}
            Some(Value::String(_, text)) if !text.is_empty() => return text,
            Some(_) => self.problem(key, "expected a text that is not empty"),
        }
        Self::default(key).to_owned()
    }

    /// Words with spaces between them.
    pub(super) fn words(&mut self, key: &str) -> Vec<String> {
        self.text(key).split_whitespace().map(str::to_owned).collect()
    }

    /// A text that may be missing.
    pub(super) fn optional(&mut self, key: &str) -> Option<String> {
        Some(self.text(key)).filter(|text| !text.is_empty())
    }

    /// Where a secret is.
    pub(super) fn secret(&mut self, key: &str) -> Option<Secret> {
        let secret = Secret::parse(&self.optional(key)?);
        if secret.is_none() {
            self.problem(key, "say where it is, not what it is: env:NAME or file:PATH");
        }
        secret
    }

    /// Where a port leads to, if the configuration says so.
    pub(super) fn destination(&mut self, port: &str) -> Option<Destination> {
        let [url, token] = ["url", "token"].map(|key| settings::of_port(port, key));
        let token = self.secret(&token);
        self.value(&url)?;
        let address = self.text(&url);
        let uri = address.parse::<axum::http::Uri>().ok();
        match uri.as_ref().and_then(|uri| uri.scheme_str().filter(|_| uri.query().is_none())) {
            Some(_) if uri.as_ref().and_then(|uri| uri.authority()).is_some_and(|it| it.as_str().contains('@')) => {
                self.problem(&url, "a password does not belong here; say where a token is in the key beside it");
            }
            Some("http") => return Some(Destination { url: address, token }),
            Some("https") => self.problem(&url, "this build speaks HTTP without TLS: name a proxy that adds it"),
            _ => self.problem(&url, "expected an address such as http://localhost:8080/payments"),
        }
        None
    }

    /// The collector, if there is one that this build can reach.
    pub(super) fn traces(&mut self) -> Option<String> {
        let url = self.optional("traces.url")?;
        let uri = url.parse::<axum::http::Uri>().ok();
        let scheme = uri.as_ref().filter(|uri| uri.authority().is_some_and(|it| !it.as_str().contains('@')));
        match scheme.and_then(|uri| uri.scheme_str()) {
            Some("http") => return Some(url),
            Some("https") if crate::http::Caller::TLS => return Some(url),
            Some("https") => self.problem("traces.url", "this build has no TLS: build with --features production"),
            _ => self.problem("traces.url", "expected an address such as http://localhost:4318/v1/traces"),
        }
        None
    }

    pub(super) fn number(&mut self, key: &str) -> usize {
        if let Some(value) = self.value(key) {
            match value.to_i128().and_then(|number| usize::try_from(number).ok()) {
                Some(number) if number > 0 => return number,
                _ => self.problem(key, "expected a whole number above 0"),
            }
        }
        Self::default(key).parse().unwrap_or(1)
    }

    /// A number that may be none.
    pub(super) fn count(&mut self, key: &str) -> u64 {
        match self.value(key).map(|value| value.to_i128().and_then(|number| u64::try_from(number).ok())) {
            Some(Some(number)) => return number,
            Some(None) => self.problem(key, "expected a whole number"),
            None => {}
        }
        Self::default(key).parse().unwrap_or(0)
    }

    /// Seconds that may be none.
    pub(super) fn pause(&mut self, key: &str) -> Duration {
        Duration::from_secs(self.count(key))
    }

    /// How long a head may be; less than this is not read at all.
    pub(super) fn head_bytes(&mut self) -> usize {
        const KEY: &str = "limits.head_bytes";
        let bytes = self.number(KEY);
        if bytes < http::SMALLEST_HEAD {
            self.problem(KEY, &format!("expected at least {}", http::SMALLEST_HEAD));
        }
        bytes.max(http::SMALLEST_HEAD)
    }

    pub(super) fn seconds(&mut self, key: &str) -> Duration {
        Duration::from_secs(self.number(key) as u64)
    }

    pub(super) fn flag(&mut self, key: &str, default: bool) -> bool {
        match self.value(key) {
            None => {}
            Some(Value::Bool(_, flag)) => return flag,
            Some(_) => self.problem(key, "expected true or false"),
        }
        default
    }

    /// One of those that the table has.
    pub(super) fn choice(&mut self, key: &str) -> &'static str {
        let Some(Setting { kind: Kind::Choice(of), default, .. }) = settings::find(key) else { return "" };
        let given = self.value(key);
        let known = |text: &str| of.iter().find(|one| **one == text).copied();
        match &given {
            None => {}
            Some(value) => match value.as_str().and_then(known) {
                Some(one) => return one,
                None => {
                    let (last, others) = of.split_last().unwrap_or((&"", &[]));
                    self.problem(key, &format!("expected {} or {last}", others.join(", ")));
                }
            },
        }
        default
    }
}

fn variable(key: &str) -> String {
    format!("CELL_{}", key.replace(['.', '-'], "_").to_uppercase())
}

/// Environment and flags bring text; numbers and booleans are read from it where the key wants them.
fn typed(key: &str, text: &str) -> Value {
    match settings::find(key).map(|setting| setting.kind) {
        Some(Kind::Number | Kind::Seconds | Kind::Pause | Kind::Rate) => {
            text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from)
        }
        Some(Kind::Flag) => text.parse::<bool>().map_or_else(|_| Value::from(text), Value::from),
        _ => Value::from(text),
    }
}

fn file_layer(text: &str, name: &str, keys: &[String], problems: &mut Vec<Problem>) -> Figment {
    let layer = Toml::string(text);
    match layer.data() {
        Ok(profiles) => {
            for dict in profiles.values() {
                unknown_keys(dict, "", name, keys, problems);
            }
        }
        Err(error) => {
            problems.push(Problem::new("", format!("{name}: {error}")));
            return Figment::new();
        }
    }
    Figment::from(layer)
}

fn unknown_keys(dict: &Dict, prefix: &str, name: &str, keys: &[String], problems: &mut Vec<Problem>) {
    for (key, value) in dict {
        let path = format!("{prefix}{key}");
        let group = keys.iter().any(|known| known.starts_with(&format!("{path}.")));
        match value {
            Value::Dict(_, inner) if group => unknown_keys(inner, &format!("{path}."), name, keys, problems),
            _ if keys.contains(&path) => {}
            _ => {
                let text = format!("{name}: {path}: unknown key; {}", nearest(&path, keys.iter().cloned()));
                problems.push(Problem::new(&path, text));
            }
        }
    }
}

/// The known name that shares the most with what was written.
fn nearest(written: &str, known: impl Iterator<Item = String>) -> String {
    let common = |name: &String| {
        let head = name.bytes().zip(written.bytes()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
        let tail = name.bytes().rev().zip(written.bytes().rev()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
        head + tail
    };
    let best = known.max_by_key(common).unwrap_or_default();
    format!("did you mean {best}?")
}
