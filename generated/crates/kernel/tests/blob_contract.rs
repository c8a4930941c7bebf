//! What every blob store keeps to: one suite, run on a directory and, where it is built in, on an S3 server.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[cfg(feature = "production")]
#[path = "servers/s3.rs"]
mod s3;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use kernel::blob::{BlobError, BlobStore, FsBlobs, Pieces};
use kernel::prelude::*;

/// Writes bytes under a name.
type Write = dyn Fn(&str, &[u8]) + Send + Sync;

/// A store, and the way to it behind its back.
struct Place {
    blobs: Arc<dyn BlobStore>,
    write: Box<Write>,
    /// How exactly it knows when something was stored.
    tick: Duration,
}

fn path(digest: &Digest) -> String {
    let hex = digest.to_hex();
    format!("{}/{}/{hex}", &hex[..2], &hex[2..4])
}

fn pieces(sizes: &[usize], fail: bool) -> Pieces<'static> {
    let mut all: Vec<_> = sizes.iter().map(|size| Ok(Bytes::from(vec![b'x'; *size]))).collect();
    if fail {
        all.push(Err(BlobError::Io("on purpose".to_owned())));
    }
    futures_util::stream::iter(all).boxed()
}

async fn read(blobs: &dyn BlobStore, digest: &Digest) -> Result<Vec<u8>, BlobError> {
    let read: Vec<Bytes> = blobs.get_stream(digest).await?.try_collect().await?;
    Ok(read.concat())
}

async fn keeps_contract(place: Place) {
    comes_back(&place).await;
    streams(&place).await;
    damage(&place).await;
    strangers(&place).await;
    grace(&place).await;
}

async fn comes_back(Place { blobs, .. }: &Place) {
    for size in [0, 1, 1000, 3_000_000] {
        let bytes = vec![7; size];
        let digest = blobs.put(&bytes).await.unwrap();
        assert_eq!(digest, Digest::of(&bytes));
        assert_eq!(blobs.put(&bytes).await, Ok(digest));
        assert_eq!(blobs.get(&digest).await.as_ref(), Ok(&bytes));
        assert_eq!(read(&**blobs, &digest).await.as_ref(), Ok(&bytes));
        assert_eq!(blobs.exists(&digest).await, Ok(true));
    }
    assert_eq!(blobs.list().await.unwrap().len(), 4, "the same bytes are kept once");
    let other = Digest::of(b"other");
    assert_eq!(blobs.get(&other).await, Err(BlobError::NotFound(other)));
    assert_eq!(read(&**blobs, &other).await, Err(BlobError::NotFound(other)));
    assert_eq!(blobs.exists(&other).await, Ok(false));
}

async fn streams(Place { blobs, .. }: &Place) {
    let before = blobs.list().await.unwrap().len();
    // More than one part of an upload, in pieces of several sizes, some of them empty.
    let sizes = [0, 1, 6_000_000, 0, 6_000_000, 17];
    let whole = vec![b'x'; sizes.iter().sum()];
    let digest = blobs.put_stream(pieces(&sizes, false)).await.unwrap();
    assert_eq!(digest, Digest::of(&whole));
    assert!(blobs.get(&digest).await.unwrap() == whole);
    assert_eq!(blobs.put_stream(pieces(&[whole.len()], false)).await, Ok(digest));
    assert_eq!(blobs.put_stream(pieces(&[], false)).await, Ok(Digest::of(b"")));
    assert_eq!(blobs.put_stream(pieces(&[10], true)).await, Err(BlobError::Io("on purpose".to_owned())));
    assert_eq!(blobs.exists(&Digest::of(b"xxxxxxxxxx")).await, Ok(false));
    assert_eq!(blobs.list().await.unwrap().len(), before + 1);
}

async fn damage(Place { blobs, write, .. }: &Place) {
    let digest = blobs.put(b"evidence").await.unwrap();
    write(&path(&digest), b"Evidence");
    assert_eq!(blobs.get(&digest).await, Err(BlobError::Corrupt(digest)));
    let last = blobs.get_stream(&digest).await.unwrap().collect::<Vec<_>>().await.pop();
    assert_eq!(last, Some(Err(BlobError::Corrupt(digest))));
    blobs.put(b"evidence").await.unwrap();
    assert_eq!(blobs.get(&digest).await.unwrap(), b"evidence");
    write(&path(&digest), b"");
    blobs.put_stream(futures_util::stream::iter([Ok(Bytes::from_static(b"evidence"))]).boxed()).await.unwrap();
    assert_eq!(read(&**blobs, &digest).await.unwrap(), b"evidence");
}

async fn strangers(Place { blobs, write, .. }: &Place) {
    let before = blobs.list().await.unwrap().len();
    let digest = Digest::of(b"stranger");
    write("README", b"not a blob");
    write(&format!("aa/bb/{digest}"), b"not in its place");
    write(&path(&digest).to_uppercase(), b"not in its spelling");
    assert_eq!(blobs.list().await.unwrap().len(), before);
    for name in ["../../etc/passwd", "", "/", "..", &"A".repeat(64), &format!("{digest}/.."), &format!("../{digest}")] {
        assert!(name.parse::<Digest>().is_err(), "{name}");
    }
}

async fn grace(Place { blobs, tick, .. }: &Place) {
    let long = Duration::from_secs(3600);
    let digest = blobs.put(b"young").await.unwrap();
    assert_eq!(blobs.remove(&digest, long).await, Ok(false));
    assert_eq!(blobs.get(&digest).await.unwrap(), b"young");
    // Old by now; but somebody stores it again while somebody else removes it.
    for _ in 0..3 {
        tokio::time::sleep(*tick * 3).await;
        let (put, removed) = tokio::join!(blobs.put(b"young"), blobs.remove(&digest, *tick * 2));
        assert!(put.is_ok() && removed.is_ok(), "{put:?} {removed:?}");
        assert_eq!(blobs.get(&digest).await.as_deref(), Ok(&b"young"[..]));
    }
    tokio::time::sleep(*tick * 3).await;
    assert_eq!(blobs.remove(&digest, *tick).await, Ok(true));
    assert_eq!(blobs.get(&digest).await, Err(BlobError::NotFound(digest)));
    assert_eq!(blobs.remove(&digest, *tick).await, Ok(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_keeps_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    let root: PathBuf = dir.path().to_owned();
    let write = move |name: &str, bytes: &[u8]| {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    let blobs = Arc::new(FsBlobs::at(dir.path()));
    keeps_contract(Place { blobs, write: Box::new(write), tick: Duration::from_millis(50) }).await;
}

#[cfg(feature = "production")]
mod on_s3 {
    use super::*;
    use kernel::blob::S3Blobs;
    use kernel::config::{Bucket, Config, Layers};
    use s3::S3;

    fn bucket(endpoint: &str, url: &str) -> Bucket {
        let keys =
            [("blobs.access_key_id", "env:CARGO_PKG_NAME"), ("blobs.secret_access_key", "env:CARGO_PKG_VERSION")];
        let flags = [("blobs.url", url), ("blobs.endpoint", endpoint)].into_iter().chain(keys);
        let flags = flags.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Config::load(&Layers { flags, ..Layers::default() }).unwrap().bucket.unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_s3_server_keeps_the_contract() {
        let server = Arc::new(S3::start());
        for (name, url, prefix) in [("whole", "s3://whole", ""), ("part", "s3://part/of/it", "of/it/")] {
            server.put(name, b"");
            let (behind, prefix) = (Arc::clone(&server), format!("{name}/{prefix}"));
            let write = move |name: &str, bytes: &[u8]| behind.put(&format!("{prefix}{name}"), bytes);
            let blobs = Arc::new(S3Blobs::at(&bucket(&server.endpoint(), url)).unwrap());
            keeps_contract(Place { blobs, write: Box::new(write), tick: Duration::from_secs(1) }).await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_bucket_that_cannot_be_had_is_an_error_and_works_without_a_runtime() {
        let server = S3::start();
        let blobs = S3Blobs::at(&bucket(&server.endpoint(), "s3://absent")).unwrap();
        assert!(matches!(blobs.put(b"x").await, Err(BlobError::Io(_) | BlobError::NotFound(_))));
        server.put("there", b"");
        let blobs = S3Blobs::at(&bucket(&server.endpoint(), "s3://there")).unwrap();
        // As the writer of the embedded store does it.
        let put = std::thread::spawn(move || {
            let put = futures_util::future::join(blobs.put(b"x"), blobs.exists(&Digest::ZERO));
            let mut put = std::pin::pin!(put);
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            loop {
                match put.as_mut().poll(&mut context) {
                    std::task::Poll::Ready(done) => return done,
                    std::task::Poll::Pending => std::thread::sleep(Duration::from_millis(5)),
                }
            }
        });
        let (put, absent) = tokio::task::spawn_blocking(move || put.join().unwrap()).await.unwrap();
        assert_eq!((put, absent), (Ok(Digest::of(b"x")), Ok(false)));
    }
}
