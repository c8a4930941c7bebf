//! Content-addressed bytes.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use crate::canonical::Digest;
use crate::types::Uuid;

/// What can go wrong with blobs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// There is no such blob.
    #[error("blob {0} does not exist")]
    NotFound(Digest),
    /// The stored bytes do not have the digest they are stored under.
    #[error("blob {0} is damaged")]
    Corrupt(Digest),
    /// No space left.
    #[error("no space left for blobs")]
    Full,
    /// Reading or writing failed.
    #[error("blob store: {0}")]
    Io(String),
}

/// Where bytes are kept under their own SHA-256 digest.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Stores bytes; returns once they are durable. Storing the same bytes again changes nothing.
    async fn put(&self, bytes: &[u8]) -> Result<Digest, BlobError>;

    /// The bytes, verified against the digest.
    async fn get(&self, digest: &Digest) -> Result<Vec<u8>, BlobError>;

    /// Whether there is such a blob. Says nothing about its condition.
    async fn exists(&self, digest: &Digest) -> Result<bool, BlobError>;
}

/// Blobs in a directory: `ab/cd/<64 hexadecimal digits>`. Names are digests only, so no name can leave the directory.
#[derive(Debug, Clone)]
pub struct FsBlobs {
    root: PathBuf,
}

impl FsBlobs {
    /// Blobs below `root`, for reading or writing. Directories are made when they are needed.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Removes what a crash may have left half-written. Only for the one who holds the data directory.
    ///
    /// # Errors
    /// When the directory cannot be read or cleaned.
    pub fn clean(&self) -> Result<(), BlobError> {
        match fs::remove_dir_all(self.root.join("tmp")) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(self.io(&e)),
            _ => Ok(()),
        }
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        let hex = digest.to_hex();
        self.root.join(&hex[..2]).join(&hex[2..4]).join(hex)
    }

    fn io(&self, error: &std::io::Error) -> BlobError {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => BlobError::Full,
            _ => BlobError::Io(format!("{}: {error}", self.root.display())),
        }
    }

    fn put_now(&self, bytes: &[u8]) -> Result<Digest, BlobError> {
        let digest = Digest::of(bytes);
        let path = self.path(&digest);
        // A damaged copy is replaced: putting the true bytes mends it.
        if self.get_now(&digest).is_err() {
            self.write(&path, bytes).map_err(|e| self.io(&e))?;
        }
        // Also for a copy that was there: the one who wrote it may have crashed before this.
        path.parent().map_or(Ok(()), sync_dir).map_err(|e| self.io(&e))?;
        Ok(digest)
    }

    /// Temporary file, flush, rename: under its final name a blob is always whole.
    fn write(&self, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
        let inner = path.parent().unwrap_or(&self.root);
        let outer = inner.parent().unwrap_or(&self.root);
        let temporary = self.root.join("tmp");
        fs::create_dir_all(&temporary)?;
        if !inner.is_dir() {
            fs::create_dir_all(inner)?;
            sync_dir(outer)?;
            sync_dir(&self.root)?;
        }
        let temporary = temporary.join(Uuid::new_v4().to_string());
        let written = write_file(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    fn get_now(&self, digest: &Digest) -> Result<Vec<u8>, BlobError> {
        let bytes = fs::read(self.path(digest)).map_err(|e| match e.kind() {
            ErrorKind::NotFound => BlobError::NotFound(*digest),
            _ => self.io(&e),
        })?;
        if Digest::of(&bytes) == *digest { Ok(bytes) } else { Err(BlobError::Corrupt(*digest)) }
    }
}

fn write_file(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::options().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_dir(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}

/// Files block. On a runtime's thread the work moves elsewhere; on the store's writer thread there is nobody to block.
async fn off_thread<T, F>(work: F) -> Result<T, BlobError>
where
    F: FnOnce() -> Result<T, BlobError> + Send + 'static,
    T: Send + 'static,
{
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => runtime.spawn_blocking(work).await.unwrap_or_else(|e| Err(BlobError::Io(e.to_string()))),
        Err(_) => work(),
    }
}

#[async_trait]
impl BlobStore for FsBlobs {
    async fn put(&self, bytes: &[u8]) -> Result<Digest, BlobError> {
        let (store, bytes) = (self.clone(), bytes.to_vec());
        off_thread(move || store.put_now(&bytes)).await
    }

    async fn get(&self, digest: &Digest) -> Result<Vec<u8>, BlobError> {
        let (store, digest) = (self.clone(), *digest);
        off_thread(move || store.get_now(&digest)).await
    }

    async fn exists(&self, digest: &Digest) -> Result<bool, BlobError> {
        let path = self.path(digest);
        off_thread(move || Ok(path.is_file())).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn damage_is_noticed_and_mended_by_storing_again() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = FsBlobs::at(dir.path());
        let digest = blobs.put(b"evidence").await.unwrap();
        assert_eq!(blobs.put(b"evidence").await.unwrap(), digest);
        assert_eq!(blobs.get(&digest).await.unwrap(), b"evidence");
        fs::write(blobs.path(&digest), b"Evidence").unwrap();
        assert_eq!(blobs.get(&digest).await, Err(BlobError::Corrupt(digest)));
        blobs.put(b"evidence").await.unwrap();
        assert_eq!(blobs.get(&digest).await.unwrap(), b"evidence");
        let other = Digest::of(b"other");
        assert_eq!(blobs.get(&other).await, Err(BlobError::NotFound(other)));
        assert!(!blobs.exists(&other).await.unwrap());
    }

    #[tokio::test]
    async fn half_written_files_are_never_seen() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = FsBlobs::at(dir.path());
        blobs.put(b"whole").await.unwrap();
        fs::write(dir.path().join("tmp/left-over"), b"hal").unwrap();
        blobs.clean().unwrap();
        assert!(!dir.path().join("tmp").exists());
        assert!(blobs.exists(&Digest::of(b"whole")).await.unwrap());
    }
}
