//! The part of the evidence ledger that an outsider needs: nothing here knows a database, a network or a clock.
//!
//! * [`merkle`]: the tree of RFC 6962, its proofs, and their verification.
//! * [`tile`]: the tree cut into tiles, and entries into bundles ([tlog-tiles](https://c2sp.org/tlog-tiles)).
//! * [`note`]: text with signatures under it ([signed-note](https://c2sp.org/signed-note)).
//! * [`checkpoint`]: a signed size and root ([tlog-checkpoint](https://c2sp.org/tlog-checkpoint)), cosigned by witnesses
//!   ([tlog-cosignature](https://c2sp.org/tlog-cosignature)).
//! * [`receipt`]: proof that one entry is in the log ([tlog-proof](https://c2sp.org/tlog-proof)).
//! * [`bundle`]: a whole ledger in one file, with its checkpoint.
//! * [`witness`]: what a log sends to a witness ([tlog-witness](https://c2sp.org/tlog-witness)).
//!
//! Node and stand-alone verifier share this code; that it is right is shown against the vectors of others.

pub mod bundle;
pub mod checkpoint;
mod encoding;
pub mod merkle;
pub mod note;
pub mod receipt;
pub mod tile;
pub mod witness;

use std::fmt;

pub use encoding::{base64, from_base64};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// Why something is not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogError {
    /// It does not have the form it should have.
    Malformed(&'static str),
    /// It has the form, but does not prove what it claims.
    Refused(&'static str),
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(reason) | Self::Refused(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for LogError {}
