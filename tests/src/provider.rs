//! An identity provider on this machine: it publishes keys, signs with them, replaces them, and fails as a test tells it.

use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::elsewhere::{Elsewhere, Reaction};
use crate::node::{Node, Place};

/// Whom tokens are meant for.
pub const AUDIENCE: &str = "urn:shop";

/// A pair of keys with a name.
#[derive(Clone)]
pub struct Key {
    /// Its name.
    pub id: String,
    algorithm: Algorithm,
    key: EncodingKey,
}

impl Key {
    /// A new one for an algorithm; for RSA, the same one each time.
    pub fn new(algorithm: Algorithm) -> Self {
        let seed = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
        // PKCS #8 around 32 bytes of a private key.
        let wrapped = |head: &[u8]| [head, &seed].concat();
        let key = match algorithm {
            Algorithm::EdDSA => EncodingKey::from_ed_der(&wrapped(
                b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20",
            )),
            Algorithm::ES256 => EncodingKey::from_ec_der(&wrapped(
                b"\x30\x41\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\
                  \x04\x27\x30\x25\x02\x01\x01\x04\x20",
            )),
            _ => EncodingKey::from_rsa_der(include_bytes!("../tests/fixtures/oidc/rsa.der")),
        };
        Self { id: Uuid::new_v4().to_string(), algorithm, key }
    }

    /// Another RSA key than [`Key::new`] gives.
    pub fn other_rsa() -> Self {
        let key = EncodingKey::from_rsa_der(include_bytes!("../tests/fixtures/oidc/other-rsa.der"));
        Self { key, ..Self::new(Algorithm::RS256) }
    }

    /// The same key under another name, or for another algorithm.
    #[must_use]
    pub fn called(&self, id: &str, algorithm: Algorithm) -> Self {
        Self { id: id.to_owned(), algorithm, key: self.key.clone() }
    }

    /// Its public half.
    pub fn public(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).expect("a key");
        jwk.common.key_id = Some(self.id.clone());
        // One of RSA is for all algorithms of RSA.
        jwk.common.key_algorithm = None;
        serde_json::to_value(jwk).expect("JSON")
    }

    /// The header of its tokens.
    pub fn header(&self) -> Header {
        Header { kid: Some(self.id.clone()), ..Header::new(self.algorithm) }
    }

    /// A token.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_with(&self.header(), claims)
    }

    /// A token with any header.
    pub fn sign_with(&self, header: &Header, claims: &Value) -> String {
        encode(header, claims, &self.key).expect("a token")
    }
}

/// A part of a token.
pub fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// Seconds since 1970.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_secs()).expect("not yet")
}

/// The provider.
pub struct Provider {
    server: Elsewhere,
    keys: Arc<Mutex<Vec<Value>>>,
}

impl Provider {
    /// One that publishes these keys.
    pub fn start(keys: &[&Key]) -> Self {
        let server = Elsewhere::start(|_, _| Reaction::Die);
        let provider = Self { server, keys: Arc::default() };
        provider.publishes(keys);
        provider.works();
        provider
    }

    /// Who it is.
    pub fn issuer(&self) -> String {
        self.server.url()
    }

    /// From now on, these are its keys.
    pub fn publishes(&self, keys: &[&Key]) {
        *self.keys.lock().expect("the lock") = keys.iter().map(|key| key.public()).collect();
    }

    /// From now on it answers.
    pub fn works(&self) {
        self.speaks_for(&self.issuer());
    }

    /// From now on it says that it is this one.
    pub fn speaks_for(&self, issuer: &str) {
        let (keys, url, issuer) = (Arc::clone(&self.keys), self.issuer(), issuer.to_owned());
        self.server.reacts(move |asked, _| match asked.line.as_str() {
            "GET /.well-known/openid-configuration" => {
                Reaction::Answer(200, json!({"issuer": issuer, "jwks_uri": format!("{url}/keys")}))
            }
            "GET /keys" => Reaction::Answer(200, json!({"keys": *keys.lock().expect("the lock")})),
            _ => Reaction::Answer(404, json!({})),
        });
    }

    /// From now on it does this, whatever it is asked.
    pub fn fails(&self, reaction: Reaction) {
        self.server.reacts(move |_, _| reaction.clone());
    }

    /// How often its keys were asked for.
    pub fn asked(&self) -> usize {
        self.server.asked().iter().filter(|asked| asked.line == "GET /keys").count()
    }

    /// What a customer's token says, valid for a minute.
    pub fn claims(&self, subject: &str) -> Value {
        json!({
            "iss": self.issuer(), "aud": AUDIENCE, "sub": subject, "iat": now(), "exp": now() + 60,
            "roles": ["orders.Customer"],
        })
    }

    /// A node that believes it.
    #[track_caller]
    pub fn node(&self, place: &Place, settings: &[&str]) -> Node {
        let own = [format!("auth.oidc.issuer={}", self.issuer()), format!("auth.oidc.audience={AUDIENCE}")];
        let settings = own.iter().map(String::as_str).chain(settings.iter().copied());
        let args: Vec<&str> = settings.flat_map(|setting| ["--set", setting]).collect();
        place.start_with(&args)
    }
}
