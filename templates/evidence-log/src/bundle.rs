//! A whole ledger in one file: a signed checkpoint and every entry it speaks for, with the payloads.
//!
//! JSON lines. The first has the checkpoint; each of the others an entry, as the text of its canonical bytes, and its payload
//! as a text, or `null` where it is not there. The file is read once, line by line, whatever its size.

use std::fmt;
use std::io::{self, BufRead, Write};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::checkpoint::{self, Checkpoint};
use crate::merkle::{Frontier, leaf_hash};
use crate::note::VerifierKey;

/// What the first line says it is.
const FORMAT: &str = "seac-evidence-bundle/1";

/// Writes a bundle.
pub struct Writer<W>(W);

impl<W: Write> Writer<W> {
    /// Begins with the checkpoint.
    ///
    /// # Errors
    /// When writing fails.
    pub fn new(mut out: W, checkpoint: &str) -> io::Result<Self> {
        writeln!(out, "{}", json!({"format": FORMAT, "checkpoint": checkpoint}))?;
        Ok(Self(out))
    }

    /// Adds the next entry.
    ///
    /// # Errors
    /// When writing fails, or the entry is no text.
    pub fn entry(&mut self, canonical: &[u8], payload: Option<&str>) -> io::Result<()> {
        let entry = std::str::from_utf8(canonical).map_err(io::Error::other)?;
        writeln!(self.0, "{}", json!({"entry": entry, "payload": payload}))
    }

    /// Ends; what was written to is given back.
    ///
    /// # Errors
    /// When writing fails.
    pub fn finish(mut self) -> io::Result<W> {
        self.0.flush()?;
        Ok(self.0)
    }
}

/// What a bundle that verifies proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// Names of the witnesses that have cosigned it, and when, in seconds since 1970.
    pub witnesses: Vec<(String, u64)>,
    /// Entries whose payload is not in the bundle; their digests are proved all the same.
    pub without_payload: Vec<u64>,
}

/// Why a bundle does not verify.
#[derive(Debug)]
pub enum BundleError {
    /// It cannot be read.
    Io(io::Error),
    /// It is not what was signed.
    Fault {
        /// The first bad entry, if it is about one.
        sequence: Option<u64>,
        /// Why.
        reason: String,
    },
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Fault { sequence: Some(sequence), reason } => write!(f, "first bad sequence: {sequence}: {reason}"),
            Self::Fault { sequence: None, reason } => f.write_str(reason),
        }
    }
}

impl std::error::Error for BundleError {}

impl From<io::Error> for BundleError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn fault(sequence: impl Into<Option<u64>>, reason: impl fmt::Display) -> BundleError {
    BundleError::Fault { sequence: sequence.into(), reason: reason.to_string() }
}

/// Verifies a bundle with the log's verifier keys and those of witnesses: signatures, every entry, the chain, the tree, and
/// every payload that is there.
///
/// # Errors
/// When it cannot be read, or anything in it is not what was signed.
pub fn verify(mut input: impl BufRead, keys: &[VerifierKey]) -> Result<Report, BundleError> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    let head: Value = serde_json::from_str(&line).unwrap_or_default();
    if head["format"] != FORMAT {
        return Err(fault(None, format!("this is no bundle of the format {FORMAT}")));
    }
    let note = head["checkpoint"].as_str().unwrap_or_default();
    let opened = checkpoint::open(note, keys).map_err(|error| fault(None, error))?;
    let mut ledger = Ledger { tree: Frontier::default(), previous: [0; 32], without_payload: Vec::new() };
    loop {
        line.clear();
        if input.read_line(&mut line)? == 0 {
            break;
        }
        ledger.push(&line)?;
    }
    let checkpoint = opened.checkpoint;
    let size = ledger.tree.size();
    if size != checkpoint.size {
        return Err(fault(
            size.min(checkpoint.size) + 1,
            format!("{size} entries, but {} were signed", checkpoint.size),
        ));
    }
    if ledger.tree.root() != checkpoint.root {
        return Err(fault(None, "the entries are not those that were signed: the tree has another root"));
    }
    let witnesses = opened.witnesses.iter().map(|signed| (signed.key.name().to_owned(), signed.time.unwrap_or(0)));
    Ok(Report { checkpoint, witnesses: witnesses.collect(), without_payload: ledger.without_payload })
}

/// The entries so far.
struct Ledger {
    tree: Frontier,
    previous: [u8; 32],
    without_payload: Vec<u64>,
}

impl Ledger {
    fn push(&mut self, line: &str) -> Result<(), BundleError> {
        let sequence = self.tree.size() + 1;
        let bad = |reason: &str| fault(sequence, reason);
        let line: Value = serde_json::from_str(line).map_err(|_| bad("its line is no JSON"))?;
        let text = line["entry"].as_str().ok_or_else(|| bad("its line has no entry"))?;
        let entry: Value = serde_json::from_str(text).map_err(|_| bad("it is no JSON"))?;
        if entry["sequence"] != sequence {
            return Err(bad("it says that it has another sequence"));
        }
        if entry["previous_hash"] != hex(&self.previous) {
            return Err(bad("it does not follow from the entry before it"));
        }
        match &line["payload"] {
            Value::Null => self.without_payload.push(sequence),
            Value::String(payload) => {
                let digest: [u8; 32] = Sha256::digest(payload.as_bytes()).into();
                if entry["payload_digest"] != hex(&digest) || entry["payload_size"] != payload.len() {
                    return Err(bad("its payload does not match its digest"));
                }
            }
            _ => return Err(bad("its payload is neither a text nor null")),
        }
        self.previous = leaf_hash(text.as_bytes());
        self.tree.push(self.previous);
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
