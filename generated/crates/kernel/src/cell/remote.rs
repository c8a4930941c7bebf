//! `node verify --url`: another node's log, checked over HTTP with a verifier key.

use std::io::ErrorKind;
use std::path::PathBuf;

use clap::Args;
use evidence_log::Hash;
use evidence_log::checkpoint::{self, Checkpoint, Opened};
use evidence_log::merkle::{Frontier, empty_root, leaf_hash};
use evidence_log::note::VerifierKey;
use evidence_log::tile::{Path, Resource, TileId, WIDTH, decode_bundle, decode_tile, perfect_root};

use super::CellError;
use super::cli::say;
use crate::config::ConfigError;
use crate::http::client;

#[derive(Args)]
pub(super) struct RemoteArgs {
    /// Verify the log of another node at this address instead
    #[arg(long, value_name = "URL", requires = "keys")]
    pub(super) url: Option<String>,
    /// A verifier key of that log, or of a witness; may be repeated
    #[arg(long = "key", value_name = "VERIFIER_KEY", requires = "url")]
    keys: Vec<String>,
    /// A token of one who may read entries; without it only the tree is verified
    #[arg(long, value_name = "TOKEN", requires = "url")]
    token: Option<String>,
    /// The checkpoint seen last: it must be the beginning of what is there now, which then takes its place
    #[arg(long, value_name = "FILE", requires = "url")]
    remember: Option<PathBuf>,
}

/// Why a log is not believed, or cannot be asked.
enum Failure {
    Bad(String),
    Outside(String),
}

/// What has been seen of a log so far.
struct Log<'a> {
    url: &'a str,
    token: Option<&'a str>,
    checkpoint: &'a Checkpoint,
    tree: Frontier,
    /// Hashes of the levels above the leaves that no full tile has taken up yet, and how many tiles were full.
    above: Vec<(Vec<Hash>, u64)>,
    remembered: Option<Checkpoint>,
}

pub(super) async fn verify(args: &RemoteArgs, url: &str) -> Result<u8, CellError> {
    let mut keys = Vec::new();
    for key in &args.keys {
        match key.parse::<VerifierKey>() {
            Ok(key) => keys.push(key),
            Err(error) => return Err(ConfigError(vec![format!("--key {key}: {error}")]).into()),
        }
    }
    match check(args, url.trim_end_matches('/'), &keys).await {
        Ok(text) => {
            say(&text);
            Ok(0)
        }
        Err(Failure::Bad(reason)) => {
            say(&format!("the log does not verify: {reason}"));
            Ok(1)
        }
        Err(Failure::Outside(reason)) => Err(CellError::Outside(reason)),
    }
}

async fn check(args: &RemoteArgs, url: &str, keys: &[VerifierKey]) -> Result<String, Failure> {
    let bytes = fetch(&format!("{url}/log/checkpoint"), None).await?;
    let note = String::from_utf8(bytes).map_err(|_| Failure::Bad("the checkpoint is no text".to_owned()))?;
    let Opened { checkpoint, witnesses } = open(&note, keys)?;
    let remembered = match &args.remember {
        Some(file) => match std::fs::read_to_string(file) {
            Ok(note) => Some(open(&note, keys)?.checkpoint),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(Failure::Outside(format!("{}: {error}", file.display()))),
        },
        None => None,
    };
    let mut log = Log {
        url,
        token: args.token.as_deref(),
        checkpoint: &checkpoint,
        tree: Frontier::default(),
        above: Vec::new(),
        remembered,
    };
    log.verify().await?;
    if let Some(file) = &args.remember {
        std::fs::write(file, &note).map_err(|error| Failure::Outside(format!("{}: {error}", file.display())))?;
    }
    let what = if log.token.is_some() { "entries" } else { "leaves (entries need --token)" };
    let label = crate::ledger::label(witnesses.len() as u64);
    Ok(format!(
        "log verifies: {} {what} of {}\n{label}; {} known witnesses",
        checkpoint.size,
        checkpoint.origin,
        witnesses.len()
    ))
}

fn open<'k>(note: &str, keys: &'k [VerifierKey]) -> Result<Opened<'k>, Failure> {
    checkpoint::open(note, keys).map_err(|error| Failure::Bad(format!("checkpoint: {error}")))
}

async fn fetch(url: &str, token: Option<&str>) -> Result<Vec<u8>, Failure> {
    let reply = client::send(url, None, token).await.map_err(Failure::Outside)?;
    match reply.status {
        200 => Ok(reply.body),
        status => Err(Failure::Outside(format!("{url}: status {status}"))),
    }
}

impl Log<'_> {
    async fn verify(&mut self) -> Result<(), Failure> {
        if let Some(remembered) = &self.remembered
            && remembered.size > self.checkpoint.size
        {
            let reason = format!("it has {} entries, but had {} before", self.checkpoint.size, remembered.size);
            return Err(Failure::Bad(reason));
        }
        self.compare_with_remembered()?;
        for index in 0..self.checkpoint.size.div_ceil(WIDTH) {
            self.tile_of_leaves(index).await?;
        }
        if self.tree.root() != self.checkpoint.root {
            return Err(Failure::Bad("the leaves do not give the root that was signed".to_owned()));
        }
        self.partial_tiles_above().await
    }

    async fn tile_of_leaves(&mut self, index: u64) -> Result<(), Failure> {
        let id = TileId { level: 0, index };
        let leaves = self.tile(id).await?;
        if self.token.is_some() {
            self.entries(index, &leaves).await?;
        }
        for leaf in &leaves {
            self.tree.push(*leaf);
            self.compare_with_remembered()?;
        }
        let mut hashes = leaves;
        for level in 1.. {
            let Some(root) = perfect_root(&hashes).filter(|_| hashes.len() as u64 == WIDTH) else { break };
            if self.above.len() < level {
                self.above.push((Vec::new(), 0));
            }
            let (open, full) = &mut self.above[level - 1];
            open.push(root);
            if (open.len() as u64) < WIDTH {
                break;
            }
            hashes = std::mem::take(open);
            let id = TileId { level: u8::try_from(level).unwrap_or(u8::MAX), index: *full };
            *full += 1;
            self.same(id, &hashes).await?;
        }
        Ok(())
    }

    async fn partial_tiles_above(&self) -> Result<(), Failure> {
        for (level, (open, full)) in (1u8..).zip(&self.above).filter(|(_, (open, _))| !open.is_empty()) {
            self.same(TileId { level, index: *full }, open).await?;
        }
        Ok(())
    }

    async fn same(&self, id: TileId, hashes: &[Hash]) -> Result<(), Failure> {
        match self.tile(id).await? == hashes {
            true => Ok(()),
            false => Err(Failure::Bad(format!("tile {}/{} is not what the leaves give", id.level, id.index))),
        }
    }

    async fn tile(&self, id: TileId) -> Result<Vec<Hash>, Failure> {
        let path = Path { resource: Resource::Tile(id), width: id.width(self.checkpoint.size) };
        let bytes = fetch(&format!("{}/log/{path}", self.url), None).await?;
        let hashes = decode_tile(&bytes).map_err(|error| Failure::Bad(format!("{path}: {error}")))?;
        match hashes.len() as u64 == path.width {
            true => Ok(hashes),
            false => Err(Failure::Bad(format!("{path} has {} hashes", hashes.len()))),
        }
    }

    async fn entries(&self, index: u64, leaves: &[Hash]) -> Result<(), Failure> {
        let path = Path { resource: Resource::Entries(index), width: leaves.len() as u64 };
        let bytes = fetch(&format!("{}/log/{path}", self.url), self.token).await?;
        let entries = decode_bundle(&bytes).map_err(|error| Failure::Bad(format!("{path}: {error}")))?;
        for (at, leaf) in leaves.iter().enumerate() {
            if entries.get(at).map(|entry| leaf_hash(entry)) != Some(*leaf) {
                let sequence = index * WIDTH + at as u64 + 1;
                return Err(Failure::Bad(format!("first bad sequence: {sequence}: it is not the entry of the tree")));
            }
        }
        Ok(())
    }

    fn compare_with_remembered(&self) -> Result<(), Failure> {
        let Some(remembered) = self.remembered.as_ref().filter(|one| one.size == self.tree.size()) else {
            return Ok(());
        };
        let root = if remembered.size == 0 { empty_root() } else { self.tree.root() };
        match root == remembered.root {
            true => Ok(()),
            false => Err(Failure::Bad(format!("its first {} entries are not those seen before", remembered.size))),
        }
    }
}
