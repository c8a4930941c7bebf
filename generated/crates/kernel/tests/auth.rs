//! Tokens: forged, expired, meant for others, unsigned; and the development issuer's caution.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use kernel::auth::{DevIssuer, DevIssuerError, IdentityKind, JwtVerifier};
use kernel::secret_file::SecretFileError;
use kernel::serde_json::{Value, json};

const ISSUER: &str = "urn:test";
const AUDIENCE: &str = "urn:cell";
const LOOPBACK: &str = "127.0.0.1:8080";

fn open(dir: &std::path::Path, listen: &[&str]) -> Result<DevIssuer, DevIssuerError> {
    let listen: Vec<_> = listen.iter().map(|address| address.parse().unwrap()).collect();
    DevIssuer::open(dir, &listen, ISSUER, AUDIENCE)
}

fn now() -> i64 {
    kernel::types::Timestamp::now().micros() / 1_000_000
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": now() + 60, "roles": ["a.B"]})
}

#[test]
fn a_token_says_who_is_calling() {
    let dir = tempfile::tempdir().unwrap();
    let issuer = open(dir.path(), &[LOOPBACK, "[::1]:8080"]).unwrap();
    let token = issuer.token("alice", &["orders.Approver", "orders.Buyer"], Duration::from_secs(60)).unwrap();
    let identity = issuer.verifier().identity(&token).unwrap();
    assert_eq!(
        (identity.subject.as_str(), identity.issuer.as_str(), identity.kind),
        ("alice", ISSUER, IdentityKind::User)
    );
    assert!(identity.has_role("orders.Approver") && !identity.has_role("Approver"));
    let token = issuer.token_of(IdentityKind::Service, "bot", &[], Duration::from_secs(60)).unwrap();
    assert_eq!(issuer.verifier().identity(&token).unwrap().kind, IdentityKind::Service);
    // A second process on the same data directory has the same key.
    assert!(open(dir.path(), &[LOOPBACK]).unwrap().verifier().identity(&token).is_ok());
}

#[test]
fn what_does_not_prove_anything_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let key = hex_key(dir.path());
    let verifier = open(dir.path(), &[LOOPBACK]).unwrap().verifier();
    let signed = |claims: &Value, algorithm: Algorithm, key: &[u8]| {
        encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(key)).unwrap()
    };
    let good = signed(&claims(), Algorithm::HS256, &key);
    assert!(verifier.identity(&good).is_ok());

    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        signed(&claims, Algorithm::HS256, &key)
    };
    let without = |name: &str| {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        signed(&claims, Algorithm::HS256, &key)
    };
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let admin =
        URL_SAFE_NO_PAD.encode(json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "root", "exp": now() + 60}).to_string());
    let cases = [
        ("expired", with("exp", json!(now() - 120))),
        ("not yet valid", with("nbf", json!(now() + 120))),
        ("another issuer", with("iss", json!("urn:other"))),
        ("another audience", with("aud", json!("urn:other"))),
        ("nobody", with("sub", json!(""))),
        ("anonymous", with("kind", json!("anonymous"))),
        ("no exp", without("exp")),
        ("no iss", without("iss")),
        ("no aud", without("aud")),
        ("no sub", without("sub")),
        ("another key", signed(&claims(), Algorithm::HS256, b"another key")),
        ("another algorithm", signed(&claims(), Algorithm::HS512, &key)),
        ("alg none", format!("{none}.{payload}.")),
        ("alg none with signature", format!("{none}.{payload}.{signature}")),
        ("changed payload", format!("{header}.{admin}.{signature}")),
        ("no signature", format!("{header}.{payload}.")),
        ("two parts", format!("{header}.{payload}")),
        ("nothing", String::new()),
    ];
    for (name, token) in cases {
        assert!(verifier.identity(&token).is_err(), "{name}");
    }
    // A public key's bytes as an HMAC secret are no way in: the algorithm is pinned with the key.
    let rs = JwtVerifier::new(Algorithm::RS256, jsonwebtoken::DecodingKey::from_secret(&key), ISSUER, AUDIENCE);
    assert!(rs.identity(&good).is_err());
}

fn hex_key(dir: &std::path::Path) -> Vec<u8> {
    drop(open(dir, &[LOOPBACK]).unwrap());
    let hex = std::fs::read_to_string(dir.join("dev-issuer.key")).unwrap();
    let hex = hex.trim_end();
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
}

#[test]
fn the_development_issuer_keeps_to_itself() {
    let dir = tempfile::tempdir().unwrap();
    for listen in ["0.0.0.0:8080", "192.0.2.1:8080", "[::]:8080"] {
        assert!(matches!(open(dir.path(), &[LOOPBACK, listen]), Err(DevIssuerError::NotLoopback(_))), "{listen}");
    }
    assert!(!dir.path().join("dev-issuer.key").exists());
    drop(open(dir.path(), &[LOOPBACK]).unwrap());
    let key = dir.path().join("dev-issuer.key");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(open(dir.path(), &[LOOPBACK]), Err(DevIssuerError::File(SecretFileError::Exposed(_)))));
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    std::fs::write(&key, "short").unwrap();
    assert!(matches!(open(dir.path(), &[LOOPBACK]), Err(DevIssuerError::Damaged(_))));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file is left");
}
