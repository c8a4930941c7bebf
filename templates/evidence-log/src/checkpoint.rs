//! Checkpoints: <https://c2sp.org/tlog-checkpoint>.

use std::fmt;
use std::str::FromStr;

use crate::encoding::{base64, decimal, hash};
use crate::note::{KeyKind, Note, Signed, SignerKey, VerifierKey};
use crate::{Hash, LogError};

/// What a log says about its tree; its text form is what is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
    /// Further lines, which nobody audits.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// A checkpoint without further lines.
    pub fn new(origin: impl Into<String>, size: u64, root: Hash) -> Self {
        Self { origin: origin.into(), size, root, extensions: Vec::new() }
    }

    /// The signed note.
    pub fn sign<'s>(&self, keys: impl IntoIterator<Item = &'s SignerKey>) -> Note {
        let text = self.to_string();
        let signatures = keys.into_iter().map(|key| key.sign(&text, 0)).collect();
        Note { text, signatures }
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, base64(&self.root))?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl FromStr for Checkpoint {
    type Err = LogError;

    fn from_str(text: &str) -> Result<Self, LogError> {
        const MALFORMED: LogError =
            LogError::Malformed("a checkpoint has an origin, a size and a root, each on a line");
        let mut lines = text.strip_suffix('\n').ok_or(MALFORMED)?.split('\n');
        let origin = lines.next().filter(|origin| !origin.is_empty()).ok_or(MALFORMED)?.to_owned();
        let size = lines.next().and_then(decimal).ok_or(MALFORMED)?;
        let root = lines.next().and_then(hash).ok_or(MALFORMED)?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        match extensions.iter().any(String::is_empty) {
            true => Err(MALFORMED),
            false => Ok(Self { origin, size, root, extensions }),
        }
    }
}

/// A checkpoint that the log has signed, and the witnesses that have cosigned it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened<'k> {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// Known witnesses that have cosigned it, with the time each names.
    pub witnesses: Vec<Signed<'k>>,
}

/// Opens a signed checkpoint: at least one key that is the log's own must have signed it.
///
/// # Errors
/// When it has not the form of a checkpoint, a known key's signature is wrong, or none of the log's keys has signed.
pub fn open<'k>(text: &str, keys: &'k [VerifierKey]) -> Result<Opened<'k>, LogError> {
    let note: Note = text.parse()?;
    let checkpoint: Checkpoint = note.text.parse()?;
    let (log, witnesses): (Vec<_>, Vec<_>) =
        note.signed_by(keys)?.into_iter().partition(|signed| signed.key.kind() == KeyKind::Ed25519);
    match log.iter().any(|signed| signed.key.name() == checkpoint.origin) {
        true => Ok(Opened { checkpoint, witnesses }),
        false => Err(LogError::Refused("no key of this log has signed the checkpoint")),
    }
}
