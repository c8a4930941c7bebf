//! Tiles of 256 hashes, bundles of 256 entries, and their paths, as <https://c2sp.org/tlog-tiles> has them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use crate::encoding::decimal;
use crate::merkle::{Node, fold, node_hash, subtrees};
use crate::{Hash, LogError};

/// Hashes in a full tile, entries in a full bundle.
pub const WIDTH: u64 = 256;

/// The height of a tile: 256 is two to the power of it.
const HEIGHT: u8 = 8;

/// The highest level a tile can have.
const LEVELS: u8 = 63;

/// Which tile: level and index, both from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TileId {
    /// 0 for tiles of leaf hashes.
    pub level: u8,
    /// From the left.
    pub index: u64,
}

impl TileId {
    /// How many hashes this tile has in a tree of `size`: 0 if it is not there, 256 if it is full.
    pub fn width(self, size: u64) -> u64 {
        let hashes = size.checked_shr(u32::from(HEIGHT) * u32::from(self.level)).unwrap_or(0);
        hashes.saturating_sub(self.index.saturating_mul(WIDTH)).min(WIDTH)
    }

    /// The tile a node is in or above, and the places of the hashes it is made of.
    fn of(node: Node) -> (Self, Range<usize>) {
        let within = node.level % HEIGHT;
        let first = node.index << within;
        let place = (first % WIDTH) as usize;
        (Self { level: node.level / HEIGHT, index: first / WIDTH }, place..place + (1 << within))
    }
}

/// The tiles that have the hashes of these ranges.
pub fn needed(ranges: &[Range<u64>]) -> BTreeSet<TileId> {
    ranges.iter().cloned().flat_map(subtrees).map(|node| TileId::of(node).0).collect()
}

/// The root of perfect subtrees of the same height side by side, a power of two of them.
pub fn perfect_root(hashes: &[Hash]) -> Option<Hash> {
    if !hashes.len().is_power_of_two() {
        return None;
    }
    let mut level = hashes.to_vec();
    while level.len() > 1 {
        level = level.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect();
    }
    level.pop()
}

/// Tiles at hand.
#[derive(Debug, Clone, Default)]
pub struct Tiles(BTreeMap<TileId, Vec<Hash>>);

impl Tiles {
    /// Adds a tile, full or partial.
    pub fn insert(&mut self, id: TileId, hashes: Vec<Hash>) {
        self.0.insert(id, hashes);
    }

    /// The hash of a range of leaves that occurs in a tree; `None` if a tile is missing or too narrow.
    pub fn range(&self, range: Range<u64>) -> Option<Hash> {
        let hashes: Option<Vec<Hash>> = subtrees(range).into_iter().map(|node| self.node(node)).collect();
        fold(&hashes?)
    }

    /// The hashes of ranges: a proof.
    pub fn proof(&self, ranges: &[Range<u64>]) -> Option<Vec<Hash>> {
        ranges.iter().map(|range| self.range(range.clone())).collect()
    }

    fn node(&self, node: Node) -> Option<Hash> {
        let (tile, places) = TileId::of(node);
        perfect_root(self.0.get(&tile)?.get(places)?)
    }
}

/// A tile's bytes: its hashes one after the other.
pub fn encode_tile(hashes: &[Hash]) -> Vec<u8> {
    hashes.concat()
}

/// The hashes of a tile.
///
/// # Errors
/// When the length is not a multiple of 32 up to 8192.
pub fn decode_tile(bytes: &[u8]) -> Result<Vec<Hash>, LogError> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    match rest.is_empty() && !hashes.is_empty() && hashes.len() as u64 <= WIDTH {
        true => Ok(hashes.to_vec()),
        false => Err(LogError::Malformed("a tile has 1 to 256 hashes of 32 bytes")),
    }
}

/// The most bytes an entry can have in a bundle.
pub const ENTRY_LIMIT: usize = u16::MAX as usize;

/// Adds an entry to a bundle.
///
/// # Errors
/// When it has more than [`ENTRY_LIMIT`] bytes.
pub fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), LogError> {
    let length = u16::try_from(entry.len()).map_err(|_| LogError::Malformed("an entry has at most 65535 bytes"))?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// The entries of a bundle.
///
/// # Errors
/// When a length goes beyond the end, or there are more than 256.
pub fn decode_bundle(mut bytes: &[u8]) -> Result<Vec<&[u8]>, LogError> {
    const CUT: LogError = LogError::Malformed("an entry bundle ends within an entry");
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk().ok_or(CUT)?;
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length))).ok_or(CUT)?;
        entries.push(entry);
        bytes = rest;
    }
    match entries.len() as u64 <= WIDTH {
        true => Ok(entries),
        false => Err(LogError::Malformed("an entry bundle has at most 256 entries")),
    }
}

/// What a path below the log's prefix names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// A tile of hashes.
    Tile(TileId),
    /// A bundle of entries, by index.
    Entries(u64),
}

/// A path below the log's prefix: `tile/0/x001/234`, `tile/entries/000.p/17`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path {
    /// What it names.
    pub resource: Resource,
    /// How wide it is: 256, or less for a partial one; never 0.
    pub width: u64,
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let index = match self.resource {
            Resource::Tile(TileId { level, index }) => {
                write!(f, "tile/{level}/")?;
                index
            }
            Resource::Entries(index) => {
                f.write_str("tile/entries/")?;
                index
            }
        };
        let mut groups = vec![format!("{:03}", index % 1000)];
        let mut rest = index / 1000;
        while rest > 0 {
            groups.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        groups.reverse();
        f.write_str(&groups.join("/"))?;
        if self.width < WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

impl FromStr for Path {
    type Err = LogError;

    /// Reads a path; only the one spelling that [`Path`] prints is taken.
    fn from_str(text: &str) -> Result<Self, LogError> {
        read_path(text)
            .filter(|path| path.to_string() == text)
            .ok_or(LogError::Malformed("expected tile/<level>/<index> or tile/entries/<index>"))
    }
}

fn read_path(text: &str) -> Option<Path> {
    let (kind, rest) = text.strip_prefix("tile/")?.split_once('/')?;
    let (index, width) = match rest.split_once(".p/") {
        Some((index, width)) => (index, decimal(width).filter(|width| (1..WIDTH).contains(width))?),
        None => (rest, WIDTH),
    };
    let mut number: u64 = 0;
    for group in index.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        let group = (digits.len() == 3).then(|| digits.parse::<u16>().ok()).flatten()?;
        number = number.checked_mul(1000)?.checked_add(u64::from(group))?;
    }
    let resource = match kind {
        "entries" => Resource::Entries(number),
        level => {
            let level = decimal(level).and_then(|level| u8::try_from(level).ok()).filter(|level| *level <= LEVELS)?;
            Resource::Tile(TileId { level, index: number })
        }
    };
    Some(Path { resource, width })
}
