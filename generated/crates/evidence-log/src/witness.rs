//! What a log asks of a witness, and when a witness agrees: <https://c2sp.org/tlog-witness>.

use std::fmt;
use std::str::FromStr;

use crate::checkpoint::{self, Checkpoint};
use crate::encoding::{base64, decimal, hash};
use crate::merkle::{empty_root, verify_consistency};
use crate::note::VerifierKey;
use crate::{Hash, LogError};

/// The most hashes a consistency proof may have.
const HASHES: usize = 63;

/// The body of `POST add-checkpoint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size the witness has seen last.
    pub old: u64,
    /// From there to the checkpoint.
    pub proof: Vec<Hash>,
    /// The checkpoint with the log's signatures.
    pub checkpoint: String,
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{}", base64(hash)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for AddCheckpoint {
    type Err = LogError;

    fn from_str(text: &str) -> Result<Self, LogError> {
        const MALFORMED: LogError =
            LogError::Malformed("expected an old size, a proof, an empty line and a checkpoint");
        let (head, checkpoint) = text.split_once("\n\n").ok_or(MALFORMED)?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(decimal).ok_or(MALFORMED)?;
        let proof: Vec<Hash> = lines.map(hash).collect::<Option<_>>().ok_or(MALFORMED)?;
        match proof.len() <= HASHES {
            true => Ok(Self { old, proof, checkpoint: checkpoint.to_owned() }),
            false => Err(LogError::Malformed("a consistency proof has at most 63 hashes")),
        }
    }
}

/// Why a witness does not cosign; each is another status on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// 400: the request has not the right form, or the old size is above the checkpoint's.
    Malformed(LogError),
    /// 404: the witness does not know this log.
    UnknownLog,
    /// 403: none of the log's keys has signed, or a signature is wrong.
    NotSigned(LogError),
    /// 409: the witness has seen another size last: this one.
    OtherSize(u64),
    /// 422: the tree is not a continuation of what the witness has seen.
    Inconsistent(LogError),
}

/// Decides on a request. `seen` is the size and root the witness has cosigned last for this origin, `keys` are those it
/// trusts; a key is of the log whose origin is its name.
///
/// # Errors
/// The reason for refusing, checked in the order the protocol gives.
pub fn decide(request: &AddCheckpoint, keys: &[VerifierKey], seen: Option<(u64, Hash)>) -> Result<Checkpoint, Refusal> {
    let note: crate::note::Note = request.checkpoint.parse().map_err(Refusal::Malformed)?;
    let checkpoint: Checkpoint = note.text.parse().map_err(Refusal::Malformed)?;
    let keys: Vec<VerifierKey> = keys.iter().filter(|key| key.name() == checkpoint.origin).cloned().collect();
    if keys.is_empty() {
        return Err(Refusal::UnknownLog);
    }
    checkpoint::open(&request.checkpoint, &keys).map_err(Refusal::NotSigned)?;
    if request.old > checkpoint.size {
        return Err(Refusal::Malformed(LogError::Malformed("the old size is above the checkpoint's")));
    }
    let (size, root) = seen.unwrap_or((0, empty_root()));
    if request.old != size {
        return Err(Refusal::OtherSize(size));
    }
    verify_consistency((size, &root), (checkpoint.size, &checkpoint.root), &request.proof)
        .map_err(Refusal::Inconsistent)?;
    Ok(checkpoint)
}
