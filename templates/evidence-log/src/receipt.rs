//! Receipts: proof that one entry is in a log, to be checked without the log. <https://c2sp.org/tlog-proof>

use std::fmt;
use std::str::FromStr;

use crate::checkpoint::{self, Opened};
use crate::encoding::{base64, decimal, from_base64, hash};
use crate::merkle::{leaf_hash, verify_inclusion};
use crate::note::VerifierKey;
use crate::{Hash, LogError};

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// A receipt. Receipts of a node carry the entry's own bytes as extra data, so that nothing else is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Data without a signature of its own; in our receipts the entry.
    pub extra: Option<Vec<u8>>,
    /// The entry's index in the log, from 0.
    pub index: u64,
    /// From the leaf's sibling to the root's child.
    pub proof: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: String,
}

impl Receipt {
    /// Checks that these bytes are an entry of the log whose keys are given.
    ///
    /// # Errors
    /// When the checkpoint is not the log's, or the proof does not lead from the entry to its root.
    pub fn verify<'k>(&self, entry: &[u8], keys: &'k [VerifierKey]) -> Result<Opened<'k>, LogError> {
        let opened = checkpoint::open(&self.checkpoint, keys)?;
        let (size, root) = (opened.checkpoint.size, opened.checkpoint.root);
        verify_inclusion(&leaf_hash(entry), self.index, size, &self.proof, &root)?;
        Ok(opened)
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", base64(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{}", base64(hash)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for Receipt {
    type Err = LogError;

    fn from_str(text: &str) -> Result<Self, LogError> {
        const MALFORMED: LogError = LogError::Malformed("expected a receipt of the form c2sp.org/tlog-proof@v1");
        let (head, checkpoint) = text.split_once("\n\n").ok_or(MALFORMED)?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(MALFORMED);
        }
        let extra = match lines.next_if(|line| line.starts_with("extra ")) {
            Some(line) => Some(from_base64(&line["extra ".len()..]).ok_or(MALFORMED)?),
            None => None,
        };
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(decimal).ok_or(MALFORMED)?;
        let proof: Vec<Hash> = lines.map(hash).collect::<Option<_>>().ok_or(MALFORMED)?;
        Ok(Self { extra, index, proof, checkpoint: checkpoint.to_owned() })
    }
}
