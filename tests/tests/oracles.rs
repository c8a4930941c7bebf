//! The log's core beside the implementations of others: the same trees, proofs and signatures.

use std::collections::BTreeMap;

use evidence_log::checkpoint::{self, Checkpoint};
use evidence_log::merkle::{Frontier, consistency, inclusion, leaf_hash, verify_consistency, verify_inclusion};
use evidence_log::note::{KeyKind, SignerKey};
use evidence_log::tile::{self, Path, Resource, TileId, Tiles};
use evidence_log::{Hash, LogError};
use seac_tests::random::Random;
use signed_note::{Note, StandardSigner, StandardVerifier, VerifierList};
use tlog_tiles::{HashReader, tlog};

const SIZE: u64 = 1200;

/// The other implementation's way to keep a tree.
#[derive(Default)]
struct Stored(Vec<tlog_tiles::Hash>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog::Error> {
        Ok(indexes.iter().map(|index| self.0[usize::try_from(*index).expect("a small index")]).collect())
    }
}

fn ours(hashes: Vec<tlog_tiles::Hash>) -> Vec<Hash> {
    hashes.into_iter().map(|hash| hash.0).collect()
}

#[test]
fn roots_and_proofs_are_those_of_tlog_tiles() {
    let (mut stored, mut tree, mut leaves) = (Stored::default(), Frontier::default(), Vec::new());
    let mut roots = BTreeMap::new();
    for n in 0..SIZE {
        let entry = format!("entry {n}");
        let more = tlog::stored_hashes(n, entry.as_bytes(), &stored).expect("hashes");
        stored.0.extend(more);
        leaves.push(leaf_hash(entry.as_bytes()));
        tree.push(leaves[leaves.len() - 1]);
        let root = tlog::tree_hash(n + 1, &stored).expect("a root").0;
        assert_eq!(tree.root(), root, "size {}", n + 1);
        roots.insert(n + 1, root);
    }
    let mut tiles = Tiles::default();
    let full: Vec<Hash> = leaves.chunks_exact(256).map(|tile| tile::perfect_root(tile).expect("a full tile")).collect();
    for (level, hashes) in [(0, &leaves), (1, &full)] {
        for (index, hashes) in (0..).zip(hashes.chunks(256)) {
            tiles.insert(TileId { level, index }, hashes.to_vec());
        }
    }
    let mut random = Random::from_seed(6962);
    for _ in 0..300 {
        let size = 1 + random.below(SIZE);
        let (index, old) = (random.below(size), 1 + random.below(size));
        let mut proof = tiles.proof(&inclusion(index, size).expect("a leaf")).expect("all tiles");
        let theirs = tlog::prove_record(size, index, &stored).expect("a proof");
        assert_eq!(proof, ours(theirs), "leaf {index} of {size}");
        verify_inclusion(&leaves[index as usize], index, size, &proof, &roots[&size]).expect("it is there");
        let root = tlog_tiles::Hash(roots[&size]);
        let leaf = tlog_tiles::Hash(leaves[index as usize]);
        if let Some(hash) = proof.first_mut() {
            hash[0] ^= 1;
            let changed = proof.iter().map(|hash| tlog_tiles::Hash(*hash)).collect();
            assert!(tlog::check_record(&changed, size, root, index, leaf).is_err());
            assert!(verify_inclusion(&leaf.0, index, size, &proof, &root.0).is_err());
        }
        let proof = tiles.proof(&consistency(old, size).expect("not larger")).expect("all tiles");
        if old < size {
            assert_eq!(proof, ours(tlog::prove_tree(size, old, &stored).expect("a proof")), "{old} to {size}");
        }
        verify_consistency((old, &roots[&old]), (size, &roots[&size]), &proof).expect("a beginning");
    }
}

#[test]
fn tiles_have_the_paths_and_widths_of_tlog_tiles() {
    for size in [1, 255, 256, 257, 70_000, 16_777_216 + 256 * 300 + 5] {
        let theirs = tlog_tiles::Tile::new_tiles(8, 0, size);
        for tile in theirs {
            let path: Path = tile
                .path()
                .strip_prefix("tile/8/")
                .map(|path| format!("tile/{path}"))
                .expect("height 8")
                .parse()
                .expect("a path");
            let Resource::Tile(id) = path.resource else { panic!("{path}") };
            assert_eq!((path.width, u64::from(tile.width())), (id.width(size), id.width(size)), "{path} of {size}");
        }
    }
}

#[test]
fn notes_and_keys_are_those_of_signed_note() -> Result<(), LogError> {
    let key = SignerKey::new("log.example/a", KeyKind::Ed25519, &[42; 32])?;
    let ours = Checkpoint::new("log.example/a", 3, [7; 32]).sign([&key]).to_string();
    let verifier = StandardVerifier::new(&key.verifier().to_string()).expect("our verifier key is one");
    let known = VerifierList::new(vec![Box::new(verifier)]);
    Note::from_bytes(ours.as_bytes()).expect("our note is one").verify(&known).expect("it is signed");

    let signer = StandardSigner::new(&key.to_secret_text()).expect("our private key is one");
    let mut theirs =
        Note::new(b"log.example/a\n4\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n", &[]).expect("a note");
    theirs.add_sigs(&[&signer]).expect("it signs");
    let text = String::from_utf8(theirs.to_bytes()).expect("text");
    let opened = checkpoint::open(&text, std::slice::from_ref(key.verifier()))?;
    assert_eq!(opened.checkpoint, Checkpoint::new("log.example/a", 4, [7; 32]));
    Ok(())
}
