//! The tree and its proofs against the vectors of others, wrong ones included.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use evidence_log::merkle::{Frontier, empty_root, leaf_hash, verify_consistency, verify_inclusion};
use evidence_log::{Hash, from_base64};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("fixtures/merkle.json")).unwrap()
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// What is no hash at all is refused before it comes to verification.
fn hash(value: &Value) -> Option<Hash> {
    from_base64(value.as_str().unwrap_or_default())?.try_into().ok()
}

fn proof(vector: &Value) -> Option<Vec<Hash>> {
    vector["proof"].as_array().map_or(Some(Vec::new()), |hashes| hashes.iter().map(hash).collect())
}

#[test]
fn roots_of_growing_trees() {
    let roots = &vectors()["roots"];
    let mut tree = Frontier::default();
    let mut found = vec![tree.root()];
    for leaf in roots["leaves_hex"].as_array().unwrap() {
        tree.push(leaf_hash(&hex(leaf.as_str().unwrap())));
        found.push(tree.root());
    }
    let expected: Vec<Vec<u8>> =
        roots["root_by_size"].as_array().unwrap().iter().map(|root| hex(root.as_str().unwrap())).collect();
    assert!(found.iter().map(|root| root.to_vec()).eq(expected), "{found:x?}");
    assert_eq!(found[0], empty_root());
}

#[test]
fn inclusion_proofs() {
    let vectors = vectors();
    let vectors = vectors["inclusion"].as_array().unwrap();
    let mut refused = 0;
    for vector in vectors {
        let verified = (|| {
            let (leaf, root) = (hash(&vector["leafHash"])?, hash(&vector["root"])?);
            let (index, size) = (vector["leafIdx"].as_u64()?, vector["treeSize"].as_u64()?);
            verify_inclusion(&leaf, index, size, &proof(vector)?, &root).ok()
        })();
        assert_eq!(verified.is_none(), vector["wantErr"] == true, "{vector}");
        refused += usize::from(verified.is_none());
    }
    assert!(refused > 20 && refused < vectors.len(), "{refused} of {}", vectors.len());
}

#[test]
fn consistency_proofs() {
    let vectors = vectors();
    let vectors = vectors["consistency"].as_array().unwrap();
    let mut refused = 0;
    for vector in vectors {
        let verified = (|| {
            let (old_root, new_root) = (hash(&vector["root1"])?, hash(&vector["root2"])?);
            let (old, new) = (vector["size1"].as_u64()?, vector["size2"].as_u64()?);
            verify_consistency((old, &old_root), (new, &new_root), &proof(vector)?).ok()
        })();
        assert_eq!(verified.is_none(), vector["wantErr"] == true, "{vector}");
        refused += usize::from(verified.is_none());
    }
    assert!(refused > 20 && refused < vectors.len(), "{refused} of {}", vectors.len());
}
