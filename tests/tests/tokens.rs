//! Only who proves it is somebody: tokens of an identity provider that signs, rotates its keys and fails.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::{Algorithm, Header};
use seac_tests::elsewhere::Reaction;
use seac_tests::eventually;
use seac_tests::http::Answer;
use seac_tests::node::{Node, Place};
use seac_tests::orders::order;
use seac_tests::provider::{AUDIENCE, Key, Provider, now, part};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use uuid::Uuid;

fn place(node: &Node, token: &str) -> Answer {
    let id = Uuid::new_v4();
    node.place(token, &order(id, &id.to_string())).send()
}

/// The claims with another value for one of them; without it for `null`.
fn with(claims: &Value, name: &str, value: Value) -> Value {
    let mut claims = claims.clone();
    match value {
        Value::Null => drop(claims.as_object_mut().expect("an object").remove(name)),
        value => claims[name] = value,
    }
    claims
}

/// A token that is signed with a shared secret, as a library would that takes a public key for one.
fn with_shared_secret(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let signed = format!("{}.{}", part(header), part(claims));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret).expect("any length will do");
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

#[test]
fn a_provider_vouches_with_every_kind_of_key() {
    let keys = [Algorithm::ES256, Algorithm::EdDSA, Algorithm::RS256, Algorithm::PS512].map(Key::new);
    let provider = Provider::start(&keys.iter().collect::<Vec<_>>());
    let place_ = Place::new();
    let node = provider.node(&place_, &[]);
    for key in &keys {
        place(&node, &key.sign(&provider.claims("ann"))).with(200);
    }
    assert_eq!(provider.asked(), 1, "keys are kept");
    // What a token may say in more than one way.
    let key = &keys[0];
    let claims = provider.claims("ann");
    for claims in [
        with(&claims, "aud", json!(["urn:else", AUDIENCE])),
        with(&claims, "exp", json!(now() - 5)),
        with(&claims, "nbf", json!(now() + 5)),
        with(&claims, "roles", json!("orders.Customer other")),
    ] {
        place(&node, &key.sign(&claims)).with(200);
    }
    let ledger = place_.ledger();
    assert!(ledger.iter().all(|entry| entry["actor"] == "ann" && entry["outcome"] == "success"), "{ledger:#?}");
    // Who is known, and may not.
    place(&node, &key.sign(&with(&claims, "roles", json!(["orders.Approver"])))).problem(403, "not_a_customer");
    place(&node, &key.sign(&with(&claims, "roles", Value::Null))).problem(403, "not_a_customer");
}

#[test]
fn a_token_that_proves_nothing_is_refused_whatever_is_wrong_with_it() {
    let (key, rsa) = (Key::new(Algorithm::ES256), Key::new(Algorithm::RS256));
    let provider = Provider::start(&[&key, &rsa]);
    let place_ = Place::new();
    let node = provider.node(&place_, &[]);
    let claims = provider.claims("ann");
    let good = key.sign(&claims);
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>().try_into().expect("three parts");
    let changed = |name: &str, value: Value| key.sign(&with(&claims, name, value));
    let headed = |header: Header| key.sign_with(&header, &claims);
    let unsigned = |alg: &str| format!("{}.{payload}.", part(&json!({"alg": alg, "typ": "JWT", "kid": key.id})));
    let public = rsa.public();
    let hs256 = json!({"alg": "HS256", "typ": "JWT", "kid": rsa.id});
    let n = URL_SAFE_NO_PAD.decode(public["n"].as_str().expect("a modulus")).expect("base64");
    let admin = part(&with(&claims, "sub", json!("root")));
    let stranger = Key::new(Algorithm::ES256);
    let mut brought = stranger.header();
    brought.jwk = serde_json::from_value(stranger.public()).ok();
    let cases = [
        ("forged by another key", Key::new(Algorithm::ES256).called(&key.id, Algorithm::ES256).sign(&claims)),
        ("forged by another RSA key", Key::other_rsa().called(&rsa.id, Algorithm::RS256).sign(&claims)),
        ("another payload", format!("{header}.{admin}.{signature}")),
        ("another header", format!("{}.{payload}.{signature}", part(&json!({"alg": "ES256", "kid": rsa.id})))),
        ("no signature", format!("{header}.{payload}.")),
        ("a shorter signature", format!("{header}.{payload}.{}", &signature[..40])),
        ("a signature of zeros", format!("{header}.{payload}.{}", URL_SAFE_NO_PAD.encode([0; 64]))),
        ("two parts", format!("{header}.{payload}")),
        ("expired", changed("exp", json!(now() - 60))),
        ("not yet valid", changed("nbf", json!(now() + 60))),
        ("never expires", changed("exp", Value::Null)),
        ("expires in words", changed("exp", json!("tomorrow"))),
        ("expires below zero", changed("exp", json!(-1))),
        ("another audience", changed("aud", json!("urn:other"))),
        ("other audiences", changed("aud", json!(["urn:other", "urn:another"]))),
        ("no audience", changed("aud", Value::Null)),
        ("another issuer", changed("iss", json!("http://127.0.0.1:1"))),
        ("issuers", changed("iss", json!([provider.issuer()]))),
        ("no issuer", changed("iss", Value::Null)),
        ("the development issuer", changed("iss", json!("urn:cell:dev-issuer"))),
        ("nobody", changed("sub", json!(""))),
        ("nobody at all", changed("sub", Value::Null)),
        ("none", unsigned("none")),
        ("None", unsigned("None")),
        ("nOnE", unsigned("nOnE")),
        ("none, signed", format!("{}{signature}", unsigned("none"))),
        ("an empty algorithm", unsigned("")),
        ("HS256 with the modulus", with_shared_secret(&hs256, &claims, &n)),
        ("HS256 with the key as JSON", with_shared_secret(&hs256, &claims, public.to_string().as_bytes())),
        ("HS256 with nothing", with_shared_secret(&hs256, &claims, b"")),
        ("an unknown key", key.called("unknown", Algorithm::ES256).sign(&claims)),
        ("a key by path", key.called("../../../../dev/null", Algorithm::ES256).sign(&claims)),
        ("a key by query", key.called("' OR 1=1 --", Algorithm::ES256).sign(&claims)),
        ("a key that it brings along", stranger.sign_with(&brought, &claims)),
        ("RSA with the name of a curve's key", rsa.called(&key.id, Algorithm::RS256).sign(&claims)),
        ("an extension", headed(Header { crit: Some(vec!["b64".to_owned()]), ..key.header() })),
        ("another type", headed(Header { typ: Some("secevent+jwt".to_owned()), ..key.header() })),
        ("too long", changed("padding", json!("x".repeat(20_000)))),
        ("nothing", String::new()),
        ("dots", "..".to_owned()),
    ];
    for (what, token) in &cases {
        let answer = place(&node, token);
        assert_eq!(answer.status, 401, "{what}: {answer}");
        answer.problem(401, "unauthenticated");
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{what}");
    }
    place(&node, &good).with(200);
    let twice = node.post("/orders/place-order").token(&good).token(&good);
    twice.json(&order(Uuid::new_v4(), "twice")).send().problem(401, "unauthenticated");
    let ledger = place_.ledger();
    let denied = ledger.iter().filter(|entry| entry["type"] == "operation.denied" && entry["actor"] == "anonymous");
    assert_eq!((denied.count(), ledger.len()), (cases.len() + 1, cases.len() + 2), "every attempt is evidence");
    let kept = ledger.iter().map(Value::to_string).collect::<String>() + &node.log();
    assert!(!kept.contains(signature) && !kept.contains(payload), "no token is kept");
}

#[test]
fn keys_rotate_and_nobody_makes_the_node_ask_in_a_flood() {
    let (old, new) = (Key::new(Algorithm::EdDSA), Key::new(Algorithm::EdDSA));
    let provider = Provider::start(&[&old]);
    let place_ = Place::new();
    let node = provider.node(&place_, &["auth.oidc.pause_seconds=2"]);
    let claims = provider.claims("ann");
    place(&node, &old.sign(&claims)).with(200);
    provider.publishes(&[&new]);
    let begun = Instant::now();
    eventually("the new key is known", || (place(&node, &new.sign(&claims)).status == 200).then_some(()));
    assert!(begun.elapsed() < Duration::from_secs(10));
    place(&node, &old.sign(&claims)).problem(401, "unauthenticated");
    let asked = provider.asked();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let stranger = Key::new(Algorithm::EdDSA);
                    place(&node, &stranger.sign(&claims)).problem(401, "unauthenticated");
                }
            });
        }
    });
    let bound = 2 + usize::try_from(begun.elapsed().as_secs() / 2).expect("a short time");
    assert!(provider.asked() - asked <= bound, "{} questions", provider.asked() - asked);
    place(&node, &new.sign(&claims)).with(200);
}

#[test]
fn a_provider_that_is_down_is_borne_with_for_a_while_and_then_nobody_is_believed() {
    let key = Key::new(Algorithm::ES256);
    let provider = Provider::start(&[&key]);
    provider.fails(Reaction::Die);
    let place_ = Place::new();
    let short = ["fresh", "stale", "pause", "patience"].map(|name| match name {
        "stale" => "auth.oidc.stale_seconds=4".to_owned(),
        name => format!("auth.oidc.{name}_seconds=1"),
    });
    let node = provider.node(&place_, &short.iter().map(String::as_str).collect::<Vec<_>>());
    let token = || key.sign(&provider.claims("ann"));
    // Nobody is believed before it was ever there, and nobody is told that the token is bad.
    place(&node, &token()).problem(503, "identity_unavailable");
    provider.works();
    eventually("the provider is found", || (place(&node, &token()).status == 200).then_some(()));
    provider.fails(Reaction::Hang);
    std::thread::sleep(Duration::from_millis(1500));
    place(&node, &token()).with(200);
    let unknown = key.called("new", Algorithm::ES256);
    eventually("a key that may be new cannot be judged", || {
        (place(&node, &unknown.sign(&provider.claims("ann"))).status == 503).then_some(())
    });
    eventually("the keys are too old", || (place(&node, &token()).status == 503).then_some(()));
    provider.works();
    eventually("the provider is back", || (place(&node, &token()).status == 200).then_some(()));
    // One that speaks for somebody else is as good as none.
    provider.speaks_for("http://127.0.0.1:1");
    eventually("it is not believed", || (place(&node, &token()).status == 503).then_some(()));
    let ledger = place_.ledger();
    assert!(ledger.iter().any(|entry| entry["payload"]["code"] == "identity_unavailable"), "{ledger:#?}");
}

#[test]
fn roles_are_what_the_configuration_makes_of_the_providers_groups() {
    let key = Key::new(Algorithm::EdDSA);
    let provider = Provider::start(&[&key]);
    let place_ = Place::new();
    let settings = ["auth.oidc.roles_claim=/access/groups", "auth.oidc.roles=Web shop=orders.Customer"];
    let node = provider.node(&place_, &settings);
    let grouped = |groups: Value| {
        let mut claims = provider.claims("ann");
        claims["access"] = json!({"groups": groups});
        place(&node, &key.sign(&claims))
    };
    grouped(json!(["Web shop", "else"])).with(200);
    for groups in [json!(["web shop"]), json!(["orders.Customer"]), json!([{"Web shop": 1}]), json!(7), Value::Null] {
        grouped(groups).problem(403, "not_a_customer");
    }
}

#[test]
fn the_provider_is_configured_or_the_node_does_not_start() {
    let place = Place::new();
    let set = |settings: &[&str]| {
        let settings: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
        place.node(&[&["serve", "--listen", "127.0.0.1:0"], &settings[..]].concat()).with(2)
    };
    set(&["auth.oidc.issuer=http://login.example.com", "auth.oidc.algorithms=HS256", "auth.oidc.pause_seconds=0"])
        .says(&[
            "flag for auth.oidc.issuer: keys are taken over https:// only",
            "auth.oidc.audience: needed",
            "flag for auth.oidc.algorithms: HS256 is none of",
            "flag for auth.oidc.pause_seconds: expected a whole number above 0",
        ]);
    let provider = ["auth.oidc.issuer=http://127.0.0.1:1", "auth.oidc.audience=urn:shop"];
    set(&[provider[0], provider[1], "auth.oidc.roles=a=orders.Custmer"])
        .says(&["nobody declares the role orders.Custmer"]);
    // With a provider, the development issuer is off, and on only where nobody else comes.
    place.node(&["token", "--subject", "ann", "--set", provider[0], "--set", provider[1]]).with(2);
    let open = [provider[0], provider[1], "auth.dev_issuer=true"].map(|setting| format!("--set={setting}"));
    let open: Vec<&str> = open.iter().map(String::as_str).collect();
    place.node(&[&["serve", "--listen", "0.0.0.0:0"], &open[..]].concat()).with(2).says(&["loopback"]);
}
