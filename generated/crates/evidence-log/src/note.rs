//! Signed notes and the keys that sign and verify them: <https://c2sp.org/signed-note>.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::LogError;
use crate::encoding::{base64, from_base64};

/// The most signatures a note may have.
const SIGNATURES: usize = 64;
const DASH: &str = "\u{2014} ";

/// What a key is used for; the number is the signature type of the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// Signs the text of a note.
    Ed25519 = 1,
    /// A witness: signs a checkpoint and the time at which it saw it.
    Cosigner = 4,
}

impl KeyKind {
    fn of(number: u8) -> Option<Self> {
        [Self::Ed25519, Self::Cosigner].into_iter().find(|kind| *kind as u8 == number)
    }
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The key's name.
    pub name: String,
    /// The key's id.
    pub key_id: u32,
    /// What follows the id.
    pub bytes: Vec<u8>,
}

impl fmt::Display for Signature {
    /// The line, without its end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.key_id.to_be_bytes()[..], &self.bytes].concat();
        write!(f, "{DASH}{} {}", self.name, base64(&bytes))
    }
}

impl FromStr for Signature {
    type Err = LogError;

    fn from_str(line: &str) -> Result<Self, LogError> {
        const MALFORMED: LogError = LogError::Malformed("expected a signature line: dash, name, base64");
        let (name, encoded) = line.strip_prefix(DASH).and_then(|rest| rest.split_once(' ')).ok_or(MALFORMED)?;
        let bytes = from_base64(encoded).ok_or(MALFORMED)?;
        let (key_id, bytes) = bytes.split_first_chunk().ok_or(MALFORMED)?;
        check_name(name)?;
        if bytes.is_empty() {
            return Err(MALFORMED);
        }
        Ok(Self { name: name.to_owned(), key_id: u32::from_be_bytes(*key_id), bytes: bytes.to_vec() })
    }
}

/// A text and the signatures under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The text, with the end of its last line.
    pub text: String,
    /// At least one.
    pub signatures: Vec<Signature>,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl FromStr for Note {
    type Err = LogError;

    fn from_str(text: &str) -> Result<Self, LogError> {
        if text.chars().any(|c| c < ' ' && c != '\n') {
            return Err(LogError::Malformed("a note has no control characters but line ends"));
        }
        let (body, signatures) =
            text.rsplit_once("\n\n").ok_or(LogError::Malformed("a note has an empty line before its signatures"))?;
        let signatures = signatures.strip_suffix('\n').ok_or(LogError::Malformed("a note ends with a line end"))?;
        let signatures: Vec<Signature> = signatures.split('\n').map(str::parse).collect::<Result<_, _>>()?;
        if signatures.len() > SIGNATURES {
            return Err(LogError::Malformed("a note with more than 64 signatures"));
        }
        Ok(Self { text: format!("{body}\n"), signatures })
    }
}

impl Note {
    /// The keys among `keys` that have signed this, and the time each witness names. Signatures by others are ignored.
    ///
    /// # Errors
    /// When a signature that says it is by one of the keys is not.
    pub fn signed_by<'k>(&self, keys: &'k [VerifierKey]) -> Result<Vec<Signed<'k>>, LogError> {
        let mut found: Vec<Signed<'k>> = Vec::new();
        for signature in &self.signatures {
            let key = keys.iter().find(|key| key.name == signature.name && key.key_id() == signature.key_id);
            let Some(key) = key else { continue };
            let signed = Signed { key, time: key.verify(&self.text, signature)? };
            if !found.contains(&signed) {
                found.push(signed);
            }
        }
        Ok(found)
    }
}

/// A signature that was found to be good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed<'k> {
    /// By whom.
    pub key: &'k VerifierKey,
    /// When, in seconds since 1970; witnesses only.
    pub time: Option<u64>,
}

/// What a signature is checked with; its text form is `name+id+base64`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: KeyKind,
    key: VerifyingKey,
}

impl VerifierKey {
    /// The key's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is used for.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The first four bytes of a hash over name, kind and key.
    pub fn key_id(&self) -> u32 {
        let mut hasher = Sha256::new();
        hasher.update(self.name.as_bytes());
        hasher.update([b'\n', self.kind as u8]);
        hasher.update(self.key.as_bytes());
        let hash: [u8; 32] = hasher.finalize().into();
        u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
    }

    /// Checks a signature of this key over a text; the time that a witness names.
    fn verify(&self, text: &str, signature: &Signature) -> Result<Option<u64>, LogError> {
        const BAD: LogError = LogError::Refused("a signature does not verify");
        let (time, bytes, message) = match self.kind {
            KeyKind::Ed25519 => (None, &signature.bytes[..], text.to_owned()),
            KeyKind::Cosigner => {
                let (time, bytes) = signature.bytes.split_first_chunk().ok_or(BAD)?;
                let time = u64::from_be_bytes(*time);
                (Some(time), bytes, cosigned(text, time))
            }
        };
        let bytes: [u8; 64] = bytes.try_into().map_err(|_| BAD)?;
        let signature = ed25519_dalek::Signature::from_bytes(&bytes);
        self.key.verify_strict(message.as_bytes(), &signature).map_err(|_| BAD)?;
        match time {
            Some(time) if i64::try_from(time).is_err() => Err(BAD),
            time => Ok(time),
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&[self.kind as u8], &self.key.as_bytes()[..]].concat();
        write!(f, "{}+{:08x}+{}", self.name, self.key_id(), base64(&bytes))
    }
}

impl FromStr for VerifierKey {
    type Err = LogError;

    fn from_str(text: &str) -> Result<Self, LogError> {
        const MALFORMED: LogError = LogError::Malformed("expected a verifier key: name+id+base64");
        let (name, kind, bytes) = key_parts(text).ok_or(MALFORMED)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| MALFORMED)?;
        let key = Self { name: name.to_owned(), kind, key };
        check_name(name)?;
        if key.to_string() == text {
            Ok(key)
        } else {
            Err(LogError::Malformed("a verifier key whose id is not its own"))
        }
    }
}

/// What signs; its text form, `PRIVATE+KEY+name+id+base64`, is a secret.
#[derive(Clone)]
pub struct SignerKey {
    secret: SigningKey,
    verifier: VerifierKey,
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignerKey({})", self.verifier)
    }
}

const PRIVATE: &str = "PRIVATE+KEY+";

impl SignerKey {
    /// A key made from 32 random bytes.
    ///
    /// # Errors
    /// When the name is empty or has spaces or a plus.
    pub fn new(name: &str, kind: KeyKind, seed: &[u8; 32]) -> Result<Self, LogError> {
        check_name(name)?;
        let secret = SigningKey::from_bytes(seed);
        let verifier = VerifierKey { name: name.to_owned(), kind, key: secret.verifying_key() };
        Ok(Self { secret, verifier })
    }

    /// The public half.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The text form, for the one file that keeps it.
    pub fn to_secret_text(&self) -> String {
        let bytes = [&[self.verifier.kind as u8], &self.secret.as_bytes()[..]].concat();
        format!("{PRIVATE}{}+{:08x}+{}", self.verifier.name, self.verifier.key_id(), base64(&bytes))
    }

    /// Signs a text, at a time in seconds since 1970; only witnesses say it.
    pub fn sign(&self, text: &str, time: u64) -> Signature {
        let bytes = match self.verifier.kind {
            KeyKind::Ed25519 => self.secret.sign(text.as_bytes()).to_bytes().to_vec(),
            KeyKind::Cosigner => {
                let signature = self.secret.sign(cosigned(text, time).as_bytes());
                [&time.to_be_bytes()[..], &signature.to_bytes()].concat()
            }
        };
        Signature { name: self.verifier.name.clone(), key_id: self.verifier.key_id(), bytes }
    }
}

impl FromStr for SignerKey {
    type Err = LogError;

    fn from_str(text: &str) -> Result<Self, LogError> {
        const MALFORMED: LogError = LogError::Malformed("expected a private key: PRIVATE+KEY+name+id+base64");
        let (name, kind, seed) = text.strip_prefix(PRIVATE).and_then(key_parts).ok_or(MALFORMED)?;
        let key = Self::new(name, kind, &seed)?;
        if key.to_secret_text() == text {
            Ok(key)
        } else {
            Err(LogError::Malformed("a private key whose id is not its own"))
        }
    }
}

/// What a witness signs for a checkpoint.
fn cosigned(text: &str, time: u64) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

fn key_parts(text: &str) -> Option<(&str, KeyKind, [u8; 32])> {
    // Base64 may have a plus, names and ids may not.
    let mut parts = text.splitn(3, '+');
    let (name, _, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = from_base64(encoded)?;
    let (kind, key) = bytes.split_first()?;
    Some((name, KeyKind::of(*kind)?, key.try_into().ok()?))
}

/// # Errors
/// When the name is empty or has spaces or a plus.
pub(crate) fn check_name(name: &str) -> Result<(), LogError> {
    match name.is_empty() || name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+') {
        true => Err(LogError::Malformed("a key's name is not empty and has neither spaces nor a plus")),
        false => Ok(()),
    }
}
