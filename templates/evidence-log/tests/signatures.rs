//! Notes, checkpoints, receipts and witnesses: what is accepted, and every way to be refused.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use evidence_log::bundle::{self, BundleError, Writer};
use evidence_log::checkpoint::{self, Checkpoint};
use evidence_log::merkle::{Frontier, empty_root, inclusion, leaf_hash};
use evidence_log::note::{KeyKind, Note, SignerKey, VerifierKey};
use evidence_log::receipt::Receipt;
use evidence_log::tile::{TileId, Tiles};
use evidence_log::witness::{AddCheckpoint, Refusal, decide};
use evidence_log::{Hash, LogError};

const ORIGIN: &str = "log.example/one";

fn log_key(seed: u8) -> SignerKey {
    SignerKey::new(ORIGIN, KeyKind::Ed25519, &[seed; 32]).unwrap()
}

fn witness_key() -> SignerKey {
    SignerKey::new("witness.example", KeyKind::Cosigner, &[9; 32]).unwrap()
}

/// The example of the specification of signed notes.
#[test]
fn the_note_of_the_specification_verifies() {
    let key: VerifierKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k".parse().unwrap();
    let text = "This is an example message.\n\n\u{2014} example.com/foo \
        Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    let note: Note = text.parse().unwrap();
    assert_eq!(note.to_string(), text);
    let keys = [key];
    assert_eq!(note.signed_by(&keys).unwrap()[0].key, &keys[0]);
    let changed = Note { text: note.text.replace("example", "exemple"), ..note.clone() };
    assert!(matches!(changed.signed_by(&keys), Err(LogError::Refused(_))));
    assert_eq!(note.signed_by(&[]).unwrap(), []);
}

#[test]
fn keys_have_one_spelling_and_do_not_show_their_secret() {
    for key in [log_key(1), witness_key()] {
        let text = key.verifier().to_string();
        assert_eq!(&text.parse::<VerifierKey>().unwrap(), key.verifier());
        let secret = key.to_secret_text();
        assert_eq!(secret.parse::<SignerKey>().unwrap().verifier(), key.verifier());
        assert!(!format!("{key:?}").contains(secret.rsplit('+').next().unwrap()));
        let other_id = text.replacen('+', "+0", 1);
        assert!(other_id.parse::<VerifierKey>().is_err());
        assert!(text.replace("example", "exemple").parse::<VerifierKey>().is_err(), "the id depends on the name");
    }
    for name in ["", "a b", "a+b", "a\u{a0}b", "a\nb"] {
        assert!(SignerKey::new(name, KeyKind::Ed25519, &[0; 32]).is_err(), "{name:?}");
    }
}

#[test]
fn what_is_no_note_is_refused() {
    let good = Checkpoint::new(ORIGIN, 0, empty_root()).sign([&log_key(1)]).to_string();
    good.parse::<Note>().unwrap();
    let line = good.lines().last().unwrap().to_owned();
    for text in [
        String::new(),
        "text\n\n".to_owned(),
        good.trim_end().to_owned(),
        good.replacen('\u{2014}', "-", 1),
        good.replace("\n\n", "\n"),
        format!("{good}\n"),
        good.replace("log.example", "log\texample"),
        format!("text\n\n{}", format!("{line}\n").repeat(65)),
        "text\n\n\u{2014} name AAAAAA==\n".to_owned(),
        "text\n\n\u{2014} name AAAAAAB\n".to_owned(),
    ] {
        assert!(text.parse::<Note>().is_err(), "{text:?}");
    }
}

#[test]
fn a_checkpoint_opens_with_the_keys_of_its_log_only() {
    let (one, two, witness) = (log_key(1), log_key(2), witness_key());
    let checkpoint = Checkpoint { extensions: vec!["more".to_owned()], ..Checkpoint::new(ORIGIN, 7, [3; 32]) };
    let mut note = checkpoint.sign([&one, &two]);
    note.signatures.push(witness.sign(&note.text, 1_700_000_000));
    let text = note.to_string();
    let keys = [one.verifier().clone(), witness.verifier().clone()];
    let opened = checkpoint::open(&text, &keys).unwrap();
    assert_eq!(opened.checkpoint, checkpoint);
    assert_eq!(opened.witnesses[0].time, Some(1_700_000_000));
    assert!(checkpoint::open(&text, std::slice::from_ref(two.verifier())).is_ok(), "either key of a rotation will do");
    assert!(checkpoint::open(&text, std::slice::from_ref(log_key(3).verifier())).is_err());
    assert!(checkpoint::open(&text, std::slice::from_ref(witness.verifier())).is_err(), "a witness is not the log");
    let stranger = SignerKey::new("other.example", KeyKind::Ed25519, &[5; 32]).unwrap();
    let other = checkpoint.sign([&stranger]).to_string();
    assert!(checkpoint::open(&other, std::slice::from_ref(stranger.verifier())).is_err(), "the origin is another");
    for (from, to) in [("\n7\n", "\n8\n"), ("\n7\n", "\n07\n"), ("more\n", "less\n"), ("more\n", "")] {
        assert!(checkpoint::open(&text.replacen(from, to, 1), &keys).is_err(), "{from:?} to {to:?}");
    }
    // The time that a witness names is signed, too.
    let late = witness.sign(&note.text, 1_700_000_001);
    let mut forged = note.clone();
    forged.signatures[2].bytes[..8].copy_from_slice(&late.bytes[..8]);
    assert!(forged.signed_by(&keys).is_err());
}

/// Three leaves: tiles, root, and a signed checkpoint.
fn small_log() -> (Vec<&'static [u8]>, Tiles, Frontier) {
    let entries: Vec<&[u8]> = vec![b"one", b"two", b"three"];
    let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let mut tree = Frontier::default();
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    let mut tiles = Tiles::default();
    tiles.insert(TileId { level: 0, index: 0 }, leaves);
    (entries, tiles, tree)
}

#[test]
fn a_receipt_proves_one_entry_of_one_log() {
    let (entries, tiles, tree) = small_log();
    let (key, witness) = (log_key(1), witness_key());
    let mut note = Checkpoint::new(ORIGIN, 3, tree.root()).sign([&key]);
    note.signatures.push(witness.sign(&note.text, 5));
    let keys = [key.verifier().clone(), witness.verifier().clone()];
    for (index, entry) in (0u64..).zip(&entries) {
        let proof = tiles.proof(&inclusion(index, 3).unwrap()).unwrap();
        let receipt = Receipt { extra: Some(entry.to_vec()), index, proof, checkpoint: note.to_string() };
        let text = receipt.to_string();
        assert_eq!(text.parse(), Ok(receipt.clone()));
        assert_eq!(receipt.verify(entry, &keys).unwrap().witnesses.len(), 1);
        assert!(receipt.verify(b"four", &keys).is_err());
        assert!(receipt.verify(entry, &keys[1..]).is_err());
        let elsewhere = text.replace(&format!("index {index}"), &format!("index {}", (index + 1) % 3));
        assert!(elsewhere.parse::<Receipt>().unwrap().verify(entry, &keys).is_err());
        for cut in ["c2sp.org/tlog-proof@v1\n", "index", "\n\n"] {
            assert!(text.replacen(cut, "", 1).parse::<Receipt>().is_err(), "without {cut:?}");
        }
    }
}

#[test]
fn a_witness_follows_growth_and_refuses_everything_else() {
    let (_, tiles, tree) = small_log();
    let (key, root) = (log_key(1), tree.root());
    let keys = [key.verifier().clone(), witness_key().verifier().clone()];
    let one = tiles.range(0..1).unwrap();
    let proof = tiles.proof(&evidence_log::merkle::consistency(1, 3).unwrap()).unwrap();
    let signed = |size, root| Checkpoint::new(ORIGIN, size, root).sign([&key]).to_string();
    let request = |old, proof: &[Hash], checkpoint| AddCheckpoint { old, proof: proof.to_vec(), checkpoint };

    let grown = request(1, &proof, signed(3, root));
    assert_eq!(grown.to_string().parse(), Ok(grown.clone()));
    assert_eq!(decide(&grown, &keys, Some((1, one))), Ok(Checkpoint::new(ORIGIN, 3, root)));
    assert!(decide(&request(0, &[], signed(3, root)), &keys, None).is_ok(), "the first time needs no proof");
    assert!(decide(&request(3, &[], signed(3, root)), &keys, Some((3, root))).is_ok(), "again the same");
    assert!(decide(&request(0, &[], signed(0, empty_root())), &keys, None).is_ok());

    assert_eq!(decide(&grown, &keys, None), Err(Refusal::OtherSize(0)));
    assert_eq!(decide(&grown, &keys, Some((2, one))), Err(Refusal::OtherSize(2)));
    assert_eq!(decide(&grown, &[], Some((1, one))), Err(Refusal::UnknownLog));
    for (request, seen) in [
        (request(1, &[], signed(3, root)), Some((1, one))),
        (grown.clone(), Some((1, [0; 32]))),
        (request(1, &proof, signed(3, [0; 32])), Some((1, one))),
        (request(3, &[], signed(3, [0; 32])), Some((3, root))),
        (request(0, &proof, signed(3, root)), None),
        (request(0, &[], signed(0, [0; 32])), None),
    ] {
        assert!(matches!(decide(&request, &keys, seen), Err(Refusal::Inconsistent(_))), "{request}");
    }
    let too_old = request(4, &[], signed(3, root));
    assert!(matches!(decide(&too_old, &keys, Some((4, root))), Err(Refusal::Malformed(_))));
    let unsigned = Checkpoint::new(ORIGIN, 3, root).sign([&log_key(2)]).to_string();
    assert!(matches!(decide(&request(1, &proof, unsigned), &keys, Some((1, one))), Err(Refusal::NotSigned(_))));
    let forged = signed(3, root).replace("\n3\n", "\n2\n");
    assert!(matches!(decide(&request(1, &proof, forged), &keys, Some((1, one))), Err(Refusal::NotSigned(_))));

    assert!(request(1, &[[0; 32]; 64], signed(3, root)).to_string().parse::<AddCheckpoint>().is_err());
    assert!("old 01\n\nx".parse::<AddCheckpoint>().is_err());
}

/// A bundle of entries as a ledger makes them, and the key that opens it.
fn small_bundle() -> (String, [VerifierKey; 1]) {
    let hex = |hash: &Hash| hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    // The SHA-256 of `{}`.
    let digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    let (mut tree, mut previous, mut entries) = (Frontier::default(), [0; 32], Vec::new());
    for sequence in 1..=3 {
        let (digest, previous_hash) = (digest, hex(&previous));
        let entry = serde_json::json!({"payload_digest": digest, "payload_size": 2, "previous_hash": previous_hash,
            "sequence": sequence});
        entries.push(entry.to_string());
        previous = leaf_hash(entries[entries.len() - 1].as_bytes());
        tree.push(previous);
    }
    let key = log_key(1);
    let checkpoint = Checkpoint::new(ORIGIN, 3, tree.root()).sign([&key]).to_string();
    let mut bundle = Writer::new(Vec::new(), &checkpoint).unwrap();
    for (entry, payload) in entries.iter().zip([Some("{}"), None, Some("{}")]) {
        bundle.entry(entry.as_bytes(), payload).unwrap();
    }
    (String::from_utf8(bundle.finish().unwrap()).unwrap(), [key.verifier().clone()])
}

#[test]
fn a_bundle_verifies_as_it_is_and_in_no_other_way() {
    let (text, keys) = small_bundle();
    let report = bundle::verify(text.as_bytes(), &keys).unwrap();
    assert_eq!((report.checkpoint.size, report.without_payload), (3, vec![2]));
    let lines: Vec<&str> = text.lines().collect();
    for (changed, first_bad) in [
        (text.replacen("\"{}\"", "\"[]\"", 1), Some(1)),
        (text.replacen("\"payload\":null", "\"payload\":\"x\"", 1), Some(2)),
        (text.replacen("\"payload\":null", "\"payload\":1", 1), Some(2)),
        (format!("{}\n{}\n{}\n", lines[0], lines[2], lines[3]), Some(1)),
        (format!("{}\n{}\n", lines[0], lines[1]), Some(2)),
        (format!("{text}{}\n", lines[3]), Some(4)),
        (text.replace("\\\"payload_size\\\":2", "\\\"payload_size\\\":2,\\\"more\\\":0"), Some(2)),
        (text.replacen("seac-evidence-bundle", "another", 1), None),
        (text.replacen("\\n3\\n", "\\n4\\n", 1), None),
        (String::new(), None),
    ] {
        assert_ne!(changed, text);
        match bundle::verify(changed.as_bytes(), &keys) {
            Err(BundleError::Fault { sequence, reason }) => assert_eq!(sequence, first_bad, "{reason}"),
            other => panic!("{other:?}: {changed}"),
        }
    }
    assert!(bundle::verify(text.as_bytes(), &[]).is_err());
}
