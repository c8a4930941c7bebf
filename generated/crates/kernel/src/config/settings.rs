//! Every setting a cell knows, declared once: the parser, `node config` and the reference page come from this table.

use std::fmt::Write as _;

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text that is not empty.
    Text,
    /// `HOST:PORT`.
    Address,
    /// A file or a folder.
    Path,
    /// A whole number above 0.
    Number,
    /// A whole number of seconds above 0.
    Seconds,
    /// A whole number of seconds; 0 is none.
    Pause,
    /// A whole number; 0 is no limit.
    Rate,
    /// `true` or `false`.
    Flag,
    /// Texts with spaces between them.
    Words,
    /// Where a secret stands, never the secret itself: `env:NAME` or `file:PATH`.
    Secret,
    /// One of these.
    Choice(&'static [&'static str]),
}

/// One setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its key in the file and in `--set`; in the environment `CELL_` and underscores.
    pub key: &'static str,
    /// What a value looks like.
    pub kind: Kind,
    /// What holds if nobody says anything, as it is written; empty for nothing.
    pub default: &'static str,
    /// What a number counts; empty if it counts nothing.
    pub unit: &'static str,
    /// What it does.
    pub about: &'static str,
}

/// The settings that every cell has.
#[rustfmt::skip]
pub const SETTINGS: &[Setting] = &[
    Setting { key: "listen", kind: Kind::Address, default: "127.0.0.1:8080", unit: "",
        about: "Where requests are taken: `HOST:PORT`, port 0 for any free one." },
    Setting { key: "data_dir", kind: Kind::Path, default: "data", unit: "",
        about: "The folder for everything that is not on a server: the database's file, blobs, keys." },
    Setting { key: "database.url", kind: Kind::Text, default: "", unit: "",
        about: "The database: `postgres://user@host:port/name` without a password, or where that stands: `env:NAME`, `file:PATH`. Nothing: a file in `data_dir`." },
    Setting { key: "database.password", kind: Kind::Secret, default: "", unit: "",
        about: "The password of the user in `database.url`." },
    Setting { key: "database.tls", kind: Kind::Choice(&["auto", "verify", "off"]), default: "auto", unit: "",
        about: "`auto`: encrypted and checked, unless the server is on this machine. `verify`: always. `off`: never." },
    Setting { key: "database.tls_ca", kind: Kind::Path, default: "", unit: "",
        about: "Certificates (PEM) to trust in place of the system's." },
    Setting { key: "database.connections", kind: Kind::Number, default: "8", unit: "connections",
        about: "How many read at the same time; one more writes." },
    Setting { key: "database.statement_timeout_seconds", kind: Kind::Seconds, default: "30", unit: "s",
        about: "How long a statement may take." },
    Setting { key: "blobs.url", kind: Kind::Text, default: "", unit: "",
        about: "The bucket for blobs: `s3://bucket` or `s3://bucket/prefix`. Nothing: files in `data_dir`." },
    Setting { key: "blobs.endpoint", kind: Kind::Text, default: "", unit: "",
        about: "Where the server of the bucket is, if it is not Amazon's." },
    Setting { key: "blobs.region", kind: Kind::Text, default: "us-east-1", unit: "",
        about: "The region of the bucket." },
    Setting { key: "blobs.access_key_id", kind: Kind::Secret, default: "", unit: "",
        about: "The access key. Nothing: the machine's own role." },
    Setting { key: "blobs.secret_access_key", kind: Kind::Secret, default: "", unit: "",
        about: "The secret of the access key." },
    Setting { key: "bus.url", kind: Kind::Text, default: "", unit: "",
        about: "The broker for events: `nats://host:port` or `tls://host:port`. Nothing: the cell carries them itself." },
    Setting { key: "bus.cell", kind: Kind::Text, default: "cell", unit: "",
        about: "The cell's name in subjects." },
    Setting { key: "bus.credentials", kind: Kind::Secret, default: "", unit: "",
        about: "The text of a credentials file of the broker, with a JWT and its key." },
    Setting { key: "bus.user", kind: Kind::Text, default: "", unit: "",
        about: "Whom the broker knows the cell as, where it asks for a password and not for credentials." },
    Setting { key: "bus.password", kind: Kind::Secret, default: "", unit: "",
        about: "The password of that user." },
    Setting { key: "bus.tls_ca", kind: Kind::Path, default: "", unit: "",
        about: "Certificates (PEM) to trust; the connection to the broker is encrypted then." },
    Setting { key: "bus.max_age_seconds", kind: Kind::Seconds, default: "604800", unit: "s",
        about: "How long the broker keeps an event. What a consumer has not had by then is published again from the database." },
    Setting { key: "bus.max_bytes", kind: Kind::Number, default: "1073741824", unit: "bytes",
        about: "How much the broker keeps; the oldest events go first. As with `bus.max_age_seconds`, that costs time and no events." },
    Setting { key: "log.format", kind: Kind::Choice(&["json", "pretty"]), default: "json", unit: "",
        about: "`json`: an object per line. `pretty`: for people." },
    Setting { key: "log.level", kind: Kind::Text, default: "info", unit: "",
        about: "Which events are logged, such as `info` or `info,kernel=debug`." },
    Setting { key: "limits.body_bytes", kind: Kind::Number, default: "1048576", unit: "bytes",
        about: "The largest body of a request." },
    Setting { key: "limits.head_bytes", kind: Kind::Number, default: "65536", unit: "bytes",
        about: "The largest head of a request, its address and headers, at least 8192; there are at most 100 headers." },
    Setting { key: "limits.address_rate", kind: Kind::Rate, default: "1000", unit: "requests",
        about: "How many a second are taken from one address, and at once, whoever is calling; 0 for any number." },
    Setting { key: "limits.caller_rate", kind: Kind::Rate, default: "500", unit: "requests",
        about: "How many a second are taken of one caller who has proved who they are; 0 for any number." },
    Setting { key: "limits.webhook_rate", kind: Kind::Rate, default: "5000", unit: "requests",
        about: "How many a second webhooks take from one address; 0 for any number." },
    Setting { key: "limits.proxies", kind: Kind::Words, default: "", unit: "",
        about: "Addresses of proxies before the node: where their requests come from is what `X-Forwarded-For` says." },
    Setting { key: "limits.patience_seconds", kind: Kind::Seconds, default: "30", unit: "s",
        about: "How long a client may take to send the head of a request, and then its body; how long a connection may be idle." },
    Setting { key: "limits.notice_seconds", kind: Kind::Pause, default: "0", unit: "s",
        about: "How long a node that was told to stop still takes calls, while `/ready` already says that it is stopping." },
    Setting { key: "limits.drain_seconds", kind: Kind::Seconds, default: "20", unit: "s",
        about: "How long running requests may take to finish after that." },
    Setting { key: "limits.queue", kind: Kind::Number, default: "1024", unit: "transactions",
        about: "How many may wait for the writer before callers are told to come back later." },
    Setting { key: "limits.refusals", kind: Kind::Number, default: "60", unit: "a minute",
        about: "How many refusals of callers who prove no identity are recorded one by one; the others are counted." },
    Setting { key: "auth.dev_issuer", kind: Kind::Flag, default: "", unit: "",
        about: "Whether the development issuer is on. It refuses to start outside loopback. Nothing: it is, unless there is `auth.oidc.issuer`." },
    Setting { key: "auth.issuer", kind: Kind::Text, default: "urn:cell:dev-issuer", unit: "",
        about: "What the development issuer calls itself." },
    Setting { key: "auth.audience", kind: Kind::Text, default: "urn:cell", unit: "",
        about: "Whom its tokens must be meant for." },
    Setting { key: "auth.administrators", kind: Kind::Words, default: "", unit: "",
        about: "Roles that may look after service tokens over HTTP." },
    Setting { key: "auth.oidc.issuer", kind: Kind::Text, default: "", unit: "",
        about: "The identity provider whose tokens are believed; its keys are found below this address. Nothing: none." },
    Setting { key: "auth.oidc.audience", kind: Kind::Words, default: "", unit: "",
        about: "Whom tokens must be meant for; one of them is enough. Needed with `auth.oidc.issuer`." },
    Setting { key: "auth.oidc.algorithms", kind: Kind::Words,
        default: "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 EdDSA", unit: "",
        about: "With which algorithms tokens may be signed; others cannot be put there." },
    Setting { key: "auth.oidc.clock_skew_seconds", kind: Kind::Seconds, default: "30", unit: "s",
        about: "How far the provider's clock may differ, at most 300." },
    Setting { key: "auth.oidc.fresh_seconds", kind: Kind::Seconds, default: "300", unit: "s",
        about: "How long keys are used without asking again." },
    Setting { key: "auth.oidc.stale_seconds", kind: Kind::Seconds, default: "3600", unit: "s",
        about: "How long keys are used after that if the provider cannot be asked; then nobody is believed any more." },
    Setting { key: "auth.oidc.pause_seconds", kind: Kind::Seconds, default: "10", unit: "s",
        about: "How long after it was asked the provider is not asked again, whatever tokens come." },
    Setting { key: "auth.oidc.patience_seconds", kind: Kind::Seconds, default: "5", unit: "s",
        about: "How long the provider may take to answer." },
    Setting { key: "auth.oidc.roles_claim", kind: Kind::Text, default: "/roles", unit: "",
        about: "Where the roles stand in a token, as a JSON pointer (RFC 6901)." },
    Setting { key: "auth.oidc.roles", kind: Kind::Text, default: "", unit: "",
        about: "`THEIRS=OURS` between commas, or a list of such in the file: what the provider calls a role, and the qualified role. Nothing: tokens name qualified roles." },
    Setting { key: "metrics.listen", kind: Kind::Address, default: "", unit: "",
        about: "Where `/metrics` is served, to everybody who can reach it. Nothing: nowhere." },
    Setting { key: "traces.url", kind: Kind::Text, default: "", unit: "",
        about: "The collector that spans are sent to by OTLP over HTTP, such as `http://localhost:4318/v1/traces`. Nothing: none are." },
    Setting { key: "ledger.key", kind: Kind::Secret, default: "", unit: "",
        about: "The key that signs checkpoints. Nothing: one of the cell's own, in `data_dir`." },
    Setting { key: "ledger.checkpoint_seconds", kind: Kind::Seconds, default: "10", unit: "s",
        about: "How long after a checkpoint the next one is signed, if there are new entries." },
    Setting { key: "ledger.readers", kind: Kind::Words, default: "governance.Auditor", unit: "",
        about: "Roles that may read entries and receipts over HTTP; the hashes are for everybody." },
    Setting { key: "ledger.witnesses", kind: Kind::Words, default: "", unit: "",
        about: "Witnesses to ask for cosignatures, each as `URL#VERIFIER_KEY`." },
    Setting { key: "policy.evaluators", kind: Kind::Words, default: "governance.Auditor", unit: "",
        about: "Roles that may ask over HTTP what would be decided." },
];

/// The settings of each outbound port, behind `outbound.CONTEXT.PORT.`.
#[rustfmt::skip]
pub const OF_PORTS: &[Setting] = &[
    Setting { key: "url", kind: Kind::Text, default: "", unit: "",
        about: "Where the port leads to. `serve` needs it." },
    Setting { key: "token", kind: Kind::Secret, default: "", unit: "",
        about: "The bearer token that is shown there." },
];

/// Those of one port begin with this.
pub(super) fn of_port(port: &str, key: &str) -> String {
    format!("outbound.{port}.{key}")
}

/// The setting with this key. Those of ports are told by their last part.
pub(super) fn find(key: &str) -> Option<&'static Setting> {
    match key.strip_prefix("outbound.").and_then(|rest| rest.rsplit_once('.')) {
        Some((_, last)) => OF_PORTS.iter().find(|setting| setting.key == last),
        None => SETTINGS.iter().find(|setting| setting.key == key),
    }
}

impl Kind {
    fn words(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Address => "`HOST:PORT`".to_owned(),
            Self::Path => "path".to_owned(),
            Self::Number | Self::Seconds => "whole number above 0".to_owned(),
            Self::Pause | Self::Rate => "whole number".to_owned(),
            Self::Flag => "`true` or `false`".to_owned(),
            Self::Words => "texts with spaces between them".to_owned(),
            Self::Secret => "**secret**: `env:NAME` or `file:PATH`".to_owned(),
            Self::Choice(of) => of.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", "),
        }
    }
}

/// The reference page, in Markdown.
pub fn page() -> String {
    let mut page = "# Settings of a node\n\nFlags go before the environment, the environment before the file \
        (`--config FILE` or `CELL_CONFIG`, TOML), the file before defaults. A key is `--set KEY=VALUE` as a flag, and \
        `CELL_` with underscores in the environment: `limits.body_bytes` is `CELL_LIMITS_BODY_BYTES`. Every mistake is \
        told at the start, all at once, with the place it is in; the node ends with 2 then. `node config` prints what \
        holds.\n\nA secret is never a setting: settings say where one stands, and neither logs, errors nor `node \
        config` show it.\n\nThis page is what `node reference settings` prints.\n"
        .to_owned();
    rows(&mut page, SETTINGS);
    page.push_str("\nFor each outbound port, behind `outbound.CONTEXT.PORT.`:\n");
    rows(&mut page, OF_PORTS);
    page
}

fn rows(page: &mut String, settings: &[Setting]) {
    page.push_str("\n| key | value | default | what it does |\n|---|---|---|---|\n");
    for Setting { key, kind, default, unit, about } in settings {
        let default = if default.is_empty() { String::new() } else { format!("`{default}` {unit}") };
        // Writing to a text cannot fail.
        let _ = writeln!(page, "| `{key}` | {} | {} | {about} |", kind.words(), default.trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Layers};

    #[test]
    fn the_table_is_sound() {
        for (place, setting) in SETTINGS.iter().enumerate() {
            assert!(!SETTINGS[..place].iter().any(|other| other.key == setting.key), "{} is there twice", setting.key);
            assert!(setting.about.ends_with('.') && !setting.about.contains('|'), "{}", setting.key);
            assert_eq!(find(setting.key), Some(setting));
        }
        assert_eq!(find("outbound.orders.bank.token"), Some(&OF_PORTS[1]));
    }

    #[test]
    fn every_default_may_be_written_down() {
        let written = SETTINGS.iter().filter(|setting| !setting.default.is_empty());
        let flags = written.map(|setting| (setting.key.to_owned(), setting.default.to_owned())).collect();
        assert_eq!(Config::load(&Layers { flags, ..Layers::default() }).unwrap(), Config::default());
    }
}
