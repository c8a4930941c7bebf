//! SHA-256, the one hash for everything public.

use sha2::{Digest, Sha256};

/// Lower-case hex SHA-256, as `sha256sum` prints it.
pub fn sha256(bytes: &[u8]) -> String {
    seac_model::hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_agrees_with_sha256sum() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(super::sha256(b""), empty);
    }
}
