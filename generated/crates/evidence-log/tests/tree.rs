//! Any tree, any leaf, any two sizes: what is true is proved, and one flipped bit is refused.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use evidence_log::merkle::{
    Frontier, Node, consistency, empty_root, fold, inclusion, leaf_hash, node_hash, subtrees, verify_consistency,
    verify_inclusion,
};
use evidence_log::tile::{self, Path, Resource, TileId, Tiles};
use evidence_log::{Hash, LogError};
use proptest::prelude::*;

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

/// The definition of RFC 6962, word for word.
fn root_by_definition(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&root_by_definition(left), &root_by_definition(right))
        }
    }
}

/// All tiles of a tree, made from its leaves.
fn tiles(leaves: &[Hash]) -> Tiles {
    let mut tiles = Tiles::default();
    let (mut level, mut hashes) = (0, leaves.to_vec());
    while !hashes.is_empty() {
        for (index, chunk) in hashes.chunks(256).enumerate() {
            tiles.insert(TileId { level, index: index as u64 }, chunk.to_vec());
        }
        hashes = hashes.chunks_exact(256).map(|chunk| tile::perfect_root(chunk).unwrap()).collect();
        level += 1;
    }
    tiles
}

fn flip(hash: &mut Hash, bit: usize) {
    hash[bit / 8 % 32] ^= 1 << (bit % 8);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_tree_that_grows_has_the_root_of_the_definition(size in 0u64..700) {
        let leaves = leaves(size);
        let mut grown = Frontier::default();
        leaves.iter().for_each(|leaf| grown.push(*leaf));
        prop_assert_eq!(grown.root(), root_by_definition(&leaves));
        let all = tiles(&leaves);
        let hash = |node: Node| all.range(node.index << node.level..(node.index + 1) << node.level);
        let peaks: Option<Vec<Hash>> = subtrees(0..size).into_iter().map(hash).collect();
        prop_assert_eq!(Frontier::of(size, peaks.unwrap()), Some(grown));
    }

    #[test]
    fn every_leaf_is_proved_and_nothing_else(size in 1u64..1400, at in any::<prop::sample::Index>(), bit in 0usize..10_000) {
        let (leaves, index) = (leaves(size), at.index(size as usize) as u64);
        let (root, leaf) = (root_by_definition(&leaves), leaves[index as usize]);
        let ranges = inclusion(index, size).unwrap();
        let all = tiles(&leaves);
        prop_assert!(tile::needed(&ranges).iter().all(|id| id.width(size) > 0));
        let proof = all.proof(&ranges).unwrap();
        prop_assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Ok(()));
        for other in [index ^ 1, index + 1, size] {
            if other != index {
                prop_assert!(verify_inclusion(&leaf, other, size, &proof, &root).is_err());
            }
        }
        let mut wrong = leaf;
        flip(&mut wrong, bit);
        prop_assert!(verify_inclusion(&wrong, index, size, &proof, &root).is_err());
        for changed in 0..proof.len() {
            let mut proof = proof.clone();
            flip(&mut proof[changed], bit);
            prop_assert!(verify_inclusion(&leaf, index, size, &proof, &root).is_err());
            proof.remove(changed);
            prop_assert!(verify_inclusion(&leaf, index, size, &proof, &root).is_err());
        }
        let longer = [&proof[..], &[leaf]].concat();
        prop_assert!(verify_inclusion(&leaf, index, size, &longer, &root).is_err());
    }

    #[test]
    fn every_beginning_is_proved_and_nothing_else(new in 1u64..1400, at in any::<prop::sample::Index>(), bit in 0usize..10_000) {
        let (leaves, old) = (leaves(new), at.index(new as usize) as u64);
        let (old_root, new_root) = (root_by_definition(&leaves[..old as usize]), root_by_definition(&leaves));
        let proof = tiles(&leaves).proof(&consistency(old, new).unwrap()).unwrap();
        prop_assert_eq!(verify_consistency((old, &old_root), (new, &new_root), &proof), Ok(()));
        let mut wrong = old_root;
        flip(&mut wrong, bit);
        prop_assert!(verify_consistency((old, &wrong), (new, &new_root), &proof).is_err());
        for changed in 0..proof.len() {
            let mut proof = proof.clone();
            flip(&mut proof[changed], bit);
            prop_assert!(verify_consistency((old, &old_root), (new, &new_root), &proof).is_err());
        }
        let longer = [&proof[..], &[new_root]].concat();
        prop_assert!(verify_consistency((old, &old_root), (new, &new_root), &longer).is_err());
        prop_assert!(verify_consistency((new, &new_root), (old, &old_root), &proof).is_err());
    }

    #[test]
    fn paths_have_one_spelling(level in 0u8..64, index in any::<u64>(), width in 1u64..=256, entries in any::<bool>()) {
        let resource = if entries { Resource::Entries(index) } else { Resource::Tile(TileId { level, index }) };
        let path = Path { resource, width };
        prop_assert_eq!(path.to_string().parse(), Ok(path));
    }

    #[test]
    fn no_text_and_no_bytes_make_it_panic(text in ".{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = text.parse::<Path>();
        let _ = text.parse::<evidence_log::note::Note>();
        let _ = text.parse::<evidence_log::note::VerifierKey>();
        let _ = text.parse::<evidence_log::receipt::Receipt>();
        let _ = text.parse::<evidence_log::witness::AddCheckpoint>();
        let _ = tile::decode_tile(&bytes);
        let _ = tile::decode_bundle(&bytes);
    }
}

#[test]
fn paths_as_the_specification_shows_them() {
    let tile = |level, index, width| Path { resource: Resource::Tile(TileId { level, index }), width };
    for (text, path) in [
        ("tile/0/x001/x234/067", tile(0, 1_234_067, 256)),
        ("tile/2/000.p/1", tile(2, 0, 1)),
        ("tile/63/999.p/255", tile(63, 999, 255)),
        ("tile/entries/x001/000", Path { resource: Resource::Entries(1000), width: 256 }),
    ] {
        assert_eq!(text.parse(), Ok(path));
        assert_eq!(path.to_string(), text);
    }
    for text in [
        "tile/0/1",
        "tile/00/001",
        "tile/64/001",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/01",
        "tile/entries/",
        "tile/0/../001",
        "tile/0/001/",
        "tile/0/+01",
        "checkpoint",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
    ] {
        assert!(matches!(text.parse::<Path>(), Err(LogError::Malformed(_))), "{text}");
    }
}

/// The example of the specification: a tree of 70,000.
#[test]
fn widths_of_tiles() {
    let width = |level, index| TileId { level, index }.width(70_000);
    assert_eq!([width(0, 272), width(0, 273), width(0, 274)], [256, 112, 0]);
    assert_eq!([width(1, 0), width(1, 1), width(2, 0), width(3, 0), width(63, 0)], [256, 17, 1, 0, 0]);
    assert_eq!([TileId { level: 0, index: 0 }.width(256), TileId { level: 1, index: 0 }.width(256)], [256, 1]);
}

#[test]
fn bundles_come_back_and_damaged_ones_do_not() {
    let mut bundle = Vec::new();
    for entry in [&b"one"[..], b"", &[7; 65_535]] {
        tile::push_entry(&mut bundle, entry).unwrap();
    }
    assert_eq!(tile::decode_bundle(&bundle).unwrap(), [&b"one"[..], b"", &[7; 65_535]]);
    assert!(tile::decode_bundle(&bundle[..bundle.len() - 1]).is_err());
    assert!(tile::decode_bundle(&[0]).is_err());
    assert!(tile::decode_bundle(&[0; 2 * 257]).is_err());
    assert!(tile::push_entry(&mut bundle, &[0; 65_536]).is_err());
    assert!(tile::decode_tile(&[0; 33]).is_err() && tile::decode_tile(&[]).is_err());
    assert!(tile::decode_tile(&[0; 32 * 257]).is_err());
    assert_eq!(tile::decode_tile(&tile::encode_tile(&leaves(256))).unwrap(), leaves(256));
    assert_eq!(fold(&[]), None);
}
