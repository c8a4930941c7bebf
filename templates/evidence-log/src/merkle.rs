//! The Merkle tree of RFC 6962 (section 2.1) and verification as RFC 9162 (section 2.1) spells it out.
//!
//! A proof is a list of hashes of ranges of leaves. Which ranges is computed here; where their hashes come from is the
//! business of whoever keeps the tree.

use std::ops::Range;

use sha2::{Digest as _, Sha256};

use crate::{Hash, LogError};

/// The hash of a leaf: `SHA-256(0x00 || bytes)`.
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(bytes);
    hasher.finalize().into()
}

/// The hash of a node over two others: `SHA-256(0x01 || left || right)`.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [1; 65];
    bytes[1..33].copy_from_slice(left);
    bytes[33..].copy_from_slice(right);
    Sha256::digest(bytes).into()
}

/// The root of the tree without leaves: the hash of nothing.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// A perfect subtree: the leaves from `index << level` to `(index + 1) << level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// Its height; a leaf has 0.
    pub level: u8,
    /// Its position among the nodes of its height.
    pub index: u64,
}

/// The perfect subtrees a range of leaves consists of, from the left. For ranges that occur in a tree they get smaller.
pub fn subtrees(range: Range<u64>) -> Vec<Node> {
    let Range { mut start, end } = range;
    let mut nodes = Vec::new();
    while start < end {
        let level = start.trailing_zeros().min((end - start).ilog2());
        nodes.push(Node { level: level as u8, index: start >> level });
        start += 1 << level;
    }
    nodes
}

/// The hash over perfect subtrees that lie side by side and get smaller; `None` if there is none.
pub fn fold(hashes: &[Hash]) -> Option<Hash> {
    let (last, before) = hashes.split_last()?;
    Some(before.iter().rev().fold(*last, |right, left| node_hash(left, &right)))
}

/// The ranges whose hashes prove that leaf `index` is in the tree of `size`, from the leaf's sibling upwards; `None` if the
/// tree has no such leaf.
pub fn inclusion(index: u64, size: u64) -> Option<Vec<Range<u64>>> {
    if index >= size {
        return None;
    }
    let mut ranges = Vec::new();
    let mut span = 0..size;
    while span.end - span.start > 1 {
        let middle = span.start + split(span.end - span.start);
        if index < middle {
            ranges.push(middle..span.end);
            span.end = middle;
        } else {
            ranges.push(span.start..middle);
            span.start = middle;
        }
    }
    ranges.reverse();
    Some(ranges)
}

/// The ranges whose hashes prove that the tree of `old` leaves is the beginning of the tree of `new` leaves; `None` if it
/// is larger. Nothing has to be proved for a tree without leaves and for one of the same size.
pub fn consistency(old: u64, new: u64) -> Option<Vec<Range<u64>>> {
    if old > new {
        return None;
    }
    let mut ranges = Vec::new();
    if old == 0 {
        return Some(ranges);
    }
    let mut span = 0..new;
    while old != span.end {
        let middle = span.start + split(span.end - span.start);
        if old <= middle {
            ranges.push(middle..span.end);
            span.end = middle;
        } else {
            ranges.push(span.start..middle);
            span.start = middle;
        }
    }
    // The old root is known to whoever asks, unless it is not a node of the new tree.
    if span.start != 0 {
        ranges.push(span);
    }
    ranges.reverse();
    Some(ranges)
}

/// The largest power of two below `count`, which is more than 1.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// Checks that `leaf` is leaf `index` of the tree of `size` with this root.
///
/// # Errors
/// [`LogError::Refused`] when the proof does not show that.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> Result<(), LogError> {
    if index >= size {
        return Err(LogError::Refused("the tree has no leaf with this index"));
    }
    let (mut own, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return Err(LogError::Refused("the inclusion proof is too long"));
        }
        if own & 1 == 1 || own == last {
            hash = node_hash(sibling, &hash);
            let skip = if own == 0 { 0 } else { own.trailing_zeros() };
            (own, last) = (own >> skip, last >> skip);
        } else {
            hash = node_hash(&hash, sibling);
        }
        (own, last) = (own >> 1, last >> 1);
    }
    match last == 0 && hash == *root {
        true => Ok(()),
        false => Err(LogError::Refused("the inclusion proof does not lead to the root")),
    }
}

/// Checks that the tree of `old` leaves is the beginning of the tree of `new` leaves.
///
/// # Errors
/// [`LogError::Refused`] when the proof does not show that.
pub fn verify_consistency(
    (old, old_root): (u64, &Hash),
    (new, new_root): (u64, &Hash),
    proof: &[Hash],
) -> Result<(), LogError> {
    if old > new {
        return Err(LogError::Refused("the new tree is smaller than the old one"));
    }
    if old == 0 || old == new {
        let same = if old == new { old_root == new_root } else { *old_root == empty_root() };
        return match same && proof.is_empty() {
            true => Ok(()),
            false => {
                Err(LogError::Refused("trees of the same size have different roots, or a proof where none is due"))
            }
        };
    }
    // The old root is the first hash where it is a node of the new tree.
    let (first, rest) = match (old.is_power_of_two(), proof.split_first()) {
        (_, None) => return Err(LogError::Refused("the consistency proof is empty")),
        (true, Some(_)) => (*old_root, proof),
        (false, Some((first, rest))) => (*first, rest),
    };
    let skip = (old - 1).trailing_ones();
    let (mut own, mut last) = ((old - 1) >> skip, (new - 1) >> skip);
    let (mut old_hash, mut new_hash) = (first, first);
    for hash in rest {
        if last == 0 {
            return Err(LogError::Refused("the consistency proof is too long"));
        }
        if own & 1 == 1 || own == last {
            old_hash = node_hash(hash, &old_hash);
            new_hash = node_hash(hash, &new_hash);
            let skip = if own == 0 { 0 } else { own.trailing_zeros() };
            (own, last) = (own >> skip, last >> skip);
        } else {
            new_hash = node_hash(&new_hash, hash);
        }
        (own, last) = (own >> 1, last >> 1);
    }
    match last == 0 && old_hash == *old_root && new_hash == *new_root {
        true => Ok(()),
        false => Err(LogError::Refused("the new tree does not begin with the old one")),
    }
}

/// A tree that only knows its size and the hashes of its perfect subtrees: enough to grow and to have a root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// One for each bit of `size` that is set, from the left.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The tree whose perfect subtrees have these hashes, as [`subtrees`] lists them; `None` if their number is wrong.
    pub fn of(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (size.count_ones() as usize == peaks.len()).then_some(Self { size, peaks })
    }

    /// Adds a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root.
    pub fn root(&self) -> Hash {
        fold(&self.peaks).unwrap_or_else(empty_root)
    }
}
