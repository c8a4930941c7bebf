//! Blobs in a directory.

use std::fs::{self, File, FileTimes};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt as _;

use super::{BlobError, BlobStore, Hasher, Pieces, Stored, digest_of, is_young, path_of, verified};
use crate::canonical::Digest;
use crate::types::{Timestamp, Uuid};

/// How much is read in one go.
const PIECE: usize = 256 * 1024;
/// The file whose lock keeps those who store and those who remove apart, also those of other processes.
const LOCK: &str = "blobs.lock";

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
        self.root.join(path_of(digest))
    }

    fn io(&self, error: &std::io::Error) -> BlobError {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => BlobError::Full,
            _ => BlobError::Io(format!("{}: {error}", self.root.display())),
        }
    }

    fn put_now(&self, bytes: &[u8]) -> Result<Digest, BlobError> {
        let digest = Digest::of(bytes);
        self.store(&digest, |path| write_file(path, bytes))?;
        Ok(digest)
    }

    /// Temporary file, flush, rename: under its final name a blob is always whole.
    fn store(&self, digest: &Digest, write: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<(), BlobError> {
        let path = self.path(digest);
        let lock = self.lock_file().map_err(|e| self.io(&e))?;
        lock.lock_shared().map_err(|e| self.io(&e))?;
        // A damaged copy is replaced: putting the true bytes mends it. A sound one is as young as its last caller.
        let there = self.check_now(digest).is_ok() && touch(&path).is_ok();
        if !there {
            self.write(&path, write).map_err(|e| self.io(&e))?;
        }
        // Also for a copy that was there: the one who wrote it may have crashed before this.
        path.parent().map_or(Ok(()), sync_dir).map_err(|e| self.io(&e))
    }

    /// Storing takes a part in the lock, removing takes all of it: between a look at a blob's age and its removal nobody makes
    /// it young. The operating system lets go when the file is closed.
    fn lock_file(&self) -> std::io::Result<File> {
        fs::create_dir_all(&self.root)?;
        File::options().create(true).truncate(false).write(true).open(self.root.join(LOCK))
    }

    fn write(&self, path: &Path, write: impl FnOnce(&Path) -> std::io::Result<()>) -> std::io::Result<()> {
        let inner = path.parent().unwrap_or(&self.root);
        let outer = inner.parent().unwrap_or(&self.root);
        if !inner.is_dir() {
            fs::create_dir_all(inner)?;
            sync_dir(outer)?;
            sync_dir(&self.root)?;
        }
        let temporary = self.temporary()?;
        let written = write(&temporary).and_then(|()| fs::rename(&temporary, path));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    /// A name that nobody else has.
    fn temporary(&self) -> std::io::Result<PathBuf> {
        let folder = self.root.join("tmp");
        fs::create_dir_all(&folder)?;
        Ok(folder.join(Uuid::new_v4().to_string()))
    }

    fn open_now(&self, digest: &Digest) -> Result<File, BlobError> {
        File::open(self.path(digest)).map_err(|e| match e.kind() {
            ErrorKind::NotFound => BlobError::NotFound(*digest),
            _ => self.io(&e),
        })
    }

    fn get_now(&self, digest: &Digest) -> Result<Vec<u8>, BlobError> {
        let mut bytes = Vec::new();
        self.open_now(digest)?.read_to_end(&mut bytes).map_err(|e| self.io(&e))?;
        if Digest::of(&bytes) == *digest { Ok(bytes) } else { Err(BlobError::Corrupt(*digest)) }
    }

    /// As [`Self::get_now`], without keeping the bytes.
    fn check_now(&self, digest: &Digest) -> Result<(), BlobError> {
        let (mut file, mut hasher) = (self.open_now(digest)?, Hasher::default());
        while let Some(piece) = read_piece(&mut file).map_err(|e| self.io(&e))? {
            hasher.update(&piece);
        }
        if hasher.finish() == *digest { Ok(()) } else { Err(BlobError::Corrupt(*digest)) }
    }

    fn list_now(&self) -> Result<Vec<Stored>, BlobError> {
        let mut found = Vec::new();
        for outer in entries(&self.root).map_err(|e| self.io(&e))? {
            for inner in entries(&outer).map_err(|e| self.io(&e))? {
                for file in entries(&inner).map_err(|e| self.io(&e))? {
                    let name = file.strip_prefix(&self.root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
                    // Whoever removes a blob meanwhile has done our work.
                    if let (Some(digest), Ok(at)) = (digest_of(&name), modified(&file)) {
                        found.push(Stored { digest, at });
                    }
                }
            }
        }
        Ok(found)
    }

    fn remove_now(&self, digest: &Digest, grace: Duration) -> Result<bool, BlobError> {
        let lock = self.lock_file().map_err(|e| self.io(&e))?;
        lock.lock().map_err(|e| self.io(&e))?;
        let path = self.path(digest);
        let removed = match modified(&path) {
            Ok(at) if is_young(at, grace) => return Ok(false),
            Ok(_) => fs::remove_file(&path),
            Err(e) => Err(e),
        };
        match removed {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(self.io(&e)),
            _ => Ok(true),
        }
    }
}

/// What is in a directory; nothing if there is none, or it is a file.
fn entries(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    match fs::read_dir(path) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect(),
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(Vec::new()),
        Err(e) => Err(e),
    }
}

fn modified(path: &Path) -> std::io::Result<Timestamp> {
    let since = fs::metadata(path)?.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Timestamp::at_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX)))
}

fn touch(path: &Path) -> std::io::Result<()> {
    File::options().append(true).open(path)?.set_times(FileTimes::new().set_modified(SystemTime::now()))
}

fn write_file(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::options().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_dir(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}

fn read_piece(file: &mut File) -> std::io::Result<Option<Bytes>> {
    let mut piece = Vec::with_capacity(PIECE);
    let read = file.take(PIECE as u64).read_to_end(&mut piece)?;
    Ok((read > 0).then(|| Bytes::from(piece)))
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

    async fn put_stream(&self, mut pieces: Pieces<'_>) -> Result<Digest, BlobError> {
        let spool = Spool(self.temporary().map_err(|e| self.io(&e))?);
        let mut file = File::options().write(true).create_new(true).open(&spool.0).map_err(|e| self.io(&e))?;
        let mut hasher = Hasher::default();
        while let Some(piece) = pieces.next().await {
            let (piece, store) = (piece?, self.clone());
            hasher.update(&piece);
            file = off_thread(move || file.write_all(&piece).map(|()| file).map_err(|e| store.io(&e))).await?;
        }
        let (store, digest) = (self.clone(), hasher.finish());
        off_thread(move || {
            file.sync_all().map_err(|e| store.io(&e))?;
            store.store(&digest, |path| fs::rename(&spool.0, path))
        })
        .await?;
        Ok(digest)
    }

    async fn get(&self, digest: &Digest) -> Result<Vec<u8>, BlobError> {
        let (store, digest) = (self.clone(), *digest);
        off_thread(move || store.get_now(&digest)).await
    }

    async fn get_stream(&self, digest: &Digest) -> Result<Pieces<'static>, BlobError> {
        let (store, digest) = (self.clone(), *digest);
        let file = off_thread(move || store.open_now(&digest)).await?;
        let store = self.clone();
        let pieces = futures_util::stream::unfold(Some(file), move |file| {
            let (mut file, store) = (file, store.clone());
            async move {
                let mut open = file.take()?;
                let read = off_thread(move || {
                    let piece = read_piece(&mut open).map_err(|e| store.io(&e))?;
                    Ok(piece.map(|piece| (piece, open)))
                });
                match read.await {
                    Ok(None) => None,
                    Ok(Some((piece, open))) => Some((Ok(piece), Some(open))),
                    Err(error) => Some((Err(error), None)),
                }
            }
        });
        Ok(verified(pieces.boxed(), digest))
    }

    async fn exists(&self, digest: &Digest) -> Result<bool, BlobError> {
        let path = self.path(digest);
        off_thread(move || Ok(path.is_file())).await
    }

    async fn list(&self) -> Result<Vec<Stored>, BlobError> {
        let store = self.clone();
        off_thread(move || store.list_now()).await
    }

    async fn remove(&self, digest: &Digest, grace: Duration) -> Result<bool, BlobError> {
        let (store, digest) = (self.clone(), *digest);
        off_thread(move || store.remove_now(&digest, grace)).await
    }
}

/// A file that goes away unless it was renamed.
struct Spool(PathBuf);

impl Drop for Spool {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn half_written_files_are_never_seen() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = FsBlobs::at(dir.path());
        blobs.put(b"whole").await.unwrap();
        fs::write(dir.path().join("tmp/left-over"), b"hal").unwrap();
        assert_eq!(blobs.list().await.unwrap().len(), 1);
        blobs.clean().unwrap();
        assert!(!dir.path().join("tmp").exists());
        assert!(blobs.exists(&Digest::of(b"whole")).await.unwrap());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_stored_while_it_is_being_removed_stays() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (FsBlobs::at(dir.path()), FsBlobs::at(dir.path()));
        let digest = one.put(b"old").await.unwrap();
        let path = dir.path().join(path_of(&digest));
        for round in 0..2_000 {
            let old = FileTimes::new().set_modified(SystemTime::now() - Duration::from_secs(3600));
            File::options().append(true).open(&path).unwrap().set_times(old).unwrap();
            let (put, removed) = tokio::join!(
                tokio::spawn({
                    let one = one.clone();
                    async move { one.put(b"old").await }
                }),
                tokio::spawn({
                    let other = other.clone();
                    async move { other.remove(&digest, Duration::from_secs(60)).await }
                }),
            );
            assert!(put.unwrap().is_ok() && removed.unwrap().is_ok());
            assert_eq!(one.get(&digest).await.as_deref(), Ok(&b"old"[..]), "round {round}");
        }
    }
}
