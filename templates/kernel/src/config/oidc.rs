//! Which identity provider vouches for callers, if any.

use std::time::Duration;

use axum::http::Uri;
use figment::value::Value;
use jsonwebtoken::Algorithm;

use super::Reader;
use crate::http::Caller;

/// The key with the signatures that are believed. There is none with a shared secret among the table's, and none can be put there.
const ALGORITHMS: &str = "auth.oidc.algorithms";

/// Clocks that differ by more than this need a person, not more patience.
const MOST_SKEW: Duration = Duration::from_secs(300);

/// A provider of OpenID Connect, and what its tokens mean here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oidc {
    /// Who tokens must be from; its keys are found below this address.
    pub issuer: String,
    /// Whom tokens must be meant for; one of them is enough.
    pub audiences: Vec<String>,
    /// With which algorithms tokens may be signed.
    pub algorithms: Vec<Algorithm>,
    /// How far the provider's clock may differ from this one.
    pub clock_skew: Duration,
    /// How long keys are used without asking again.
    pub fresh: Duration,
    /// How long keys are used after that if the provider cannot be asked; then nobody is believed any more.
    pub stale: Duration,
    /// How long after it was asked the provider is not asked again, whatever tokens come.
    pub pause: Duration,
    /// How long the provider may take to answer.
    pub patience: Duration,
    /// Where the roles stand in a token, as a JSON pointer (RFC 6901).
    pub roles_claim: String,
    /// What the provider calls a role, and the qualified role; where there is none, the token names qualified roles.
    pub roles: Vec<(String, String)>,
}

/// What the keys below `auth.oidc` say; nothing without an issuer.
pub(super) fn read(reader: &mut Reader<'_>) -> Option<Oidc> {
    let issuer = reader.optional("auth.oidc.issuer");
    let audiences = reader.words("auth.oidc.audience");
    let algorithms = algorithms(reader);
    let clock_skew = reader.seconds("auth.oidc.clock_skew_seconds");
    if clock_skew > MOST_SKEW {
        reader.problem("auth.oidc.clock_skew_seconds", "at most 300: set the clocks right instead");
    }
    let roles_claim = reader.text("auth.oidc.roles_claim");
    if !roles_claim.starts_with('/') {
        reader.problem("auth.oidc.roles_claim", "expected a JSON pointer such as /realm_access/roles");
    }
    let oidc = Oidc {
        issuer: String::new(),
        audiences,
        algorithms,
        clock_skew,
        fresh: reader.seconds("auth.oidc.fresh_seconds"),
        stale: reader.seconds("auth.oidc.stale_seconds"),
        pause: reader.seconds("auth.oidc.pause_seconds"),
        patience: reader.seconds("auth.oidc.patience_seconds"),
        roles_claim,
        roles: roles(reader),
    };
    let issuer = issuer?;
    if oidc.audiences.is_empty() {
        reader.problem("auth.oidc.audience", "needed: whom tokens must be meant for");
    }
    match reachable(&issuer) {
        Ok(()) => Some(Oidc { issuer, ..oidc }),
        Err(reason) => {
            reader.problem("auth.oidc.issuer", reason);
            None
        }
    }
}

/// Whether keys may be taken from there: over TLS, or from this machine.
pub(crate) fn reachable(url: &str) -> Result<(), &'static str> {
    let expected = "expected an address such as https://login.example.com/realm";
    let uri: Uri = url.parse().map_err(|_| expected)?;
    let host = uri.host().ok_or(expected)?;
    let local = matches!(host, "localhost" | "[::1]") || host.starts_with("127.");
    match uri.scheme_str() {
        _ if uri.query().is_some() => Err(expected),
        Some("https") if Caller::TLS => Ok(()),
        Some("https") => Err("this build has no TLS: build with --features production"),
        Some("http") if local => Ok(()),
        Some("http") => Err("keys are taken over https:// only, or from this machine"),
        _ => Err(expected),
    }
}

fn algorithms(reader: &mut Reader<'_>) -> Vec<Algorithm> {
    let words = reader.words(ALGORITHMS);
    let all = Reader::default(ALGORITHMS);
    let mut found = Vec::new();
    for word in &words {
        match word.parse().ok().filter(|_| all.split(' ').any(|known| known == word)) {
            Some(algorithm) => found.push(algorithm),
            None => reader.problem(ALGORITHMS, &format!("{word} is none of {all}")),
        }
    }
    found
}

/// `THEIRS=OURS` between commas, or as a list in the file: what the provider says may have commas in it.
fn roles(reader: &mut Reader<'_>) -> Vec<(String, String)> {
    const KEY: &str = "auth.oidc.roles";
    let items: Vec<String> = match reader.value(KEY) {
        None => Vec::new(),
        Some(Value::String(_, text)) => text.split(',').map(str::to_owned).collect(),
        Some(Value::Array(_, items)) => items.iter().map(|item| item.as_str().unwrap_or_default().to_owned()).collect(),
        Some(_) => vec![String::new()],
    };
    let mut pairs = Vec::new();
    for item in items {
        match item.rsplit_once('=').map(|(theirs, ours)| (theirs.trim(), ours.trim())) {
            Some((theirs, ours)) if !theirs.is_empty() && !ours.is_empty() => {
                pairs.push((theirs.to_owned(), ours.to_owned()));
            }
            _ => reader.problem(KEY, "expected pairs such as shop-approvers=orders.Approver, with commas between them"),
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::super::{Config, ConfigError, Layers};
    use super::*;

    fn load(file: &str) -> Result<Config, ConfigError> {
        Config::load(&Layers { file: Some((file.to_owned(), "cell.toml".to_owned())), ..Layers::default() })
    }

    #[test]
    fn a_provider_needs_an_audience_and_turns_the_development_issuer_off() {
        let file = "[auth.oidc]\nissuer = \"http://127.0.0.1:9/realm\"\naudience = \"a b\"\nalgorithms = \"ES256 EdDSA\"\n\
            roles = [\"cn=a,ou=b=orders.Approver\", \"x = orders.Customer\"]\nfresh_seconds = 7";
        let config = load(file).unwrap();
        assert!(!config.dev_issuer);
        let oidc = config.oidc.unwrap();
        assert_eq!((oidc.audiences.len(), oidc.fresh), (2, Duration::from_secs(7)));
        assert_eq!(oidc.algorithms, [Algorithm::ES256, Algorithm::EdDSA]);
        let roles = [("cn=a,ou=b", "orders.Approver"), ("x", "orders.Customer")];
        assert_eq!(oidc.roles, roles.map(|(theirs, ours)| (theirs.to_owned(), ours.to_owned())));
        assert!(load("").unwrap().oidc.is_none() && load("").unwrap().dev_issuer);
    }

    #[test]
    fn every_mistake_is_told() {
        let file = "[auth.oidc]\nissuer = \"http://login.example.com\"\nalgorithms = \"RS256 HS256 none\"\n\
            clock_skew_seconds = 301\nroles_claim = \"roles\"\nroles = \"orders.Approver\"";
        let ConfigError(problems) = load(file).unwrap_err();
        for part in [
            "auth.oidc.issuer: keys are taken over https:// only",
            "auth.oidc.audience: needed",
            "HS256 is none of",
            "none is none of",
            "auth.oidc.clock_skew_seconds: at most 300",
            "auth.oidc.roles_claim: expected a JSON pointer",
            "auth.oidc.roles: expected pairs",
        ] {
            assert!(problems.iter().any(|problem| problem.contains(part)), "{part}: {problems:#?}");
        }
        assert_eq!(problems.len(), 7, "{problems:#?}");
    }

    #[test]
    fn keys_come_from_this_machine_or_over_tls() {
        for url in ["http://127.0.0.1:1", "http://[::1]:1/x", "http://localhost/x"] {
            assert_eq!(reachable(url), Ok(()), "{url}");
        }
        assert_eq!(reachable("https://login.example.com").is_ok(), Caller::TLS);
        for url in ["http://10.0.0.1", "http://127.evil.example:1?x", "ftp://localhost", "login", "http://localhost/?a"]
        {
            assert!(reachable(url).is_err(), "{url}");
        }
    }
}
