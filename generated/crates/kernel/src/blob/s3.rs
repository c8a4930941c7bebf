//! Blobs in a bucket of S3, or of anything that speaks it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{Error, ObjectStore as _, ObjectStoreExt as _, WriteMultipart};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::{BlobError, BlobStore, Hasher, Pieces, Stored, digest_of, is_young, path_of, verified};
use crate::canonical::Digest;
use crate::config::Bucket;
use crate::types::{Timestamp, Uuid};

/// How many parts of an upload are on their way at the same time.
const PARTS: usize = 4;
/// How long a removal by somebody else may take.
const REMOVAL: u32 = 30;

/// Blobs in a bucket, below a prefix: `ab/cd/<64 hexadecimal digits>`.
#[derive(Debug, Clone)]
pub struct S3Blobs {
    inner: Arc<Inner>,
    /// The store's writer has a thread without a runtime; requests need one.
    runtime: Handle,
}

#[derive(Debug)]
struct Inner {
    bucket: AmazonS3,
    prefix: String,
}

impl S3Blobs {
    /// Blobs in a bucket that exists. Asks nobody; must be called inside a runtime.
    ///
    /// # Errors
    /// When the configuration leads nowhere.
    pub fn at(config: &Bucket) -> Result<Self, BlobError> {
        // Two libraries bring a provider of cryptography each; one of them has to be named.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = AmazonS3Builder::new().with_bucket_name(&config.name).with_region(&config.region);
        if let Some(endpoint) = &config.endpoint {
            builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
        }
        if let Some((id, secret)) = &config.keys {
            let id = id.text().map_err(BlobError::Config)?;
            builder = builder.with_access_key_id(id).with_secret_access_key(secret.text().map_err(BlobError::Config)?);
        }
        let bucket = builder.build().map_err(|error| BlobError::Config(error.to_string()))?;
        let runtime = Handle::try_current().map_err(|error| BlobError::Config(error.to_string()))?;
        Ok(Self { inner: Arc::new(Inner { bucket, prefix: config.prefix.clone() }), runtime })
    }

    /// Runs a request where there is a runtime.
    async fn run<T, F>(&self, work: impl FnOnce(Arc<Inner>) -> F) -> Result<T, BlobError>
    where
        F: Future<Output = Result<T, BlobError>> + Send + 'static,
        T: Send + 'static,
    {
        let running = self.runtime.spawn(work(Arc::clone(&self.inner)));
        running.await.unwrap_or_else(|error| Err(BlobError::Io(error.to_string())))
    }
}

fn io(error: &Error) -> BlobError {
    BlobError::Io(error.to_string())
}

impl Inner {
    fn path(&self, below: &str) -> Path {
        match self.prefix.as_str() {
            "" => Path::from(below),
            prefix => Path::from(format!("{prefix}/{below}")),
        }
    }

    fn blob(&self, digest: &Digest) -> Path {
        self.path(&path_of(digest))
    }

    /// Says that a blob is being removed, to those who store it at the same time.
    fn mark(&self, digest: &Digest) -> Path {
        self.path(&format!("removing/{digest}"))
    }

    async fn is_there(&self, path: &Path) -> Result<bool, BlobError> {
        match self.bucket.head(path).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(io(&error)),
        }
    }

    async fn get(&self, digest: &Digest) -> Result<object_store::GetResult, BlobError> {
        self.bucket.get(&self.blob(digest)).await.map_err(|error| match error {
            Error::NotFound { .. } => BlobError::NotFound(*digest),
            error => io(&error),
        })
    }

    /// What was stored is there, whoever removed it meanwhile. Mark first, blob second: whoever removes does it the other way
    /// round.
    async fn stays(&self, digest: &Digest) -> Result<bool, BlobError> {
        for _ in 0..REMOVAL {
            if !self.is_there(&self.mark(digest)).await? {
                return self.is_there(&self.blob(digest)).await;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        // Whoever wanted to remove it has crashed.
        self.bucket.delete(&self.mark(digest)).await.map_err(|e| io(&e))?;
        Ok(false)
    }

    async fn put(&self, bytes: Bytes) -> Result<Digest, BlobError> {
        let digest = Digest::of(&bytes);
        // Always written: that mends a damaged copy, and makes it young.
        loop {
            self.bucket.put(&self.blob(&digest), bytes.clone().into()).await.map_err(|e| io(&e))?;
            if self.stays(&digest).await? {
                return Ok(digest);
            }
        }
    }

    /// Uploads what comes through the channel; without a word at its end, nothing stays.
    async fn upload(&self, to: &Path, mut pieces: mpsc::Receiver<Option<Bytes>>) -> Result<(), BlobError> {
        let mut upload = WriteMultipart::new(self.bucket.put_multipart(to).await.map_err(|e| io(&e))?);
        while let Some(piece) = pieces.recv().await {
            let Some(piece) = piece else {
                return upload.finish().await.map(drop).map_err(|e| io(&e));
            };
            upload.wait_for_capacity(PARTS).await.map_err(|e| io(&e))?;
            upload.put(piece);
        }
        upload.abort().await.map_err(|e| io(&e))?;
        Err(BlobError::Io("the upload was given up".to_owned()))
    }

    /// A blob gets its name once it is known.
    async fn rename(&self, from: &Path, digest: &Digest) -> Result<(), BlobError> {
        loop {
            self.bucket.copy(from, &self.blob(digest)).await.map_err(|e| io(&e))?;
            if self.stays(digest).await? {
                break;
            }
        }
        self.bucket.delete(from).await.map_err(|e| io(&e))
    }

    async fn list(&self) -> Result<Vec<Stored>, BlobError> {
        let below = self.path("");
        let mut found = Vec::new();
        let mut objects = self.bucket.list((!self.prefix.is_empty()).then_some(&below));
        while let Some(object) = objects.try_next().await.map_err(|e| io(&e))? {
            let name = object.location.as_ref();
            let name = name.strip_prefix(self.prefix.as_str()).unwrap_or(name).trim_start_matches('/');
            if let Some(digest) = digest_of(name) {
                found.push(Stored { digest, at: Timestamp::at_micros(object.last_modified.timestamp_micros()) });
            }
        }
        Ok(found)
    }

    async fn remove(&self, digest: &Digest, grace: Duration) -> Result<bool, BlobError> {
        let (mark, blob) = (self.mark(digest), self.blob(digest));
        self.bucket.put(&mark, Bytes::new().into()).await.map_err(|e| io(&e))?;
        let removed = match self.bucket.head(&blob).await {
            Err(Error::NotFound { .. }) => Ok(true),
            Ok(meta) if is_young(Timestamp::at_micros(meta.last_modified.timestamp_micros()), grace) => Ok(false),
            Ok(_) => self.bucket.delete(&blob).await.map(|()| true).map_err(|e| io(&e)),
            Err(error) => Err(io(&error)),
        };
        self.bucket.delete(&mark).await.map_err(|e| io(&e))?;
        removed
    }
}

#[async_trait]
impl BlobStore for S3Blobs {
    async fn put(&self, bytes: &[u8]) -> Result<Digest, BlobError> {
        let bytes = Bytes::copy_from_slice(bytes);
        self.run(|inner| async move { inner.put(bytes).await }).await
    }

    async fn put_stream(&self, mut pieces: Pieces<'_>) -> Result<Digest, BlobError> {
        let (sender, receiver) = mpsc::channel(PARTS);
        let temporary = self.inner.path(&format!("tmp/{}", Uuid::new_v4()));
        let to = temporary.clone();
        let uploading = self.run(|inner| async move { inner.upload(&to, receiver).await });
        // It lets go of the channel at its end, whatever the end is.
        let feeding = async move {
            let mut hasher = Hasher::default();
            while let Some(piece) = pieces.next().await {
                let piece = piece?;
                hasher.update(&piece);
                if sender.send(Some(piece)).await.is_err() {
                    break;
                }
            }
            let _ = sender.send(None).await;
            Ok::<_, BlobError>(hasher.finish())
        };
        let (uploaded, digest) = futures_util::future::join(uploading, feeding).await;
        let digest = digest?;
        uploaded?;
        self.run(|inner| async move { inner.rename(&temporary, &digest).await }).await?;
        Ok(digest)
    }

    async fn get(&self, digest: &Digest) -> Result<Vec<u8>, BlobError> {
        let digest = *digest;
        let read = self.run(move |inner| async move { inner.get(&digest).await?.bytes().await.map_err(|e| io(&e)) });
        let bytes = read.await?;
        if Digest::of(&bytes) == digest { Ok(bytes.to_vec()) } else { Err(BlobError::Corrupt(digest)) }
    }

    async fn get_stream(&self, digest: &Digest) -> Result<Pieces<'static>, BlobError> {
        let digest = *digest;
        let found = self.run(move |inner| async move { inner.get(&digest).await }).await?;
        Ok(verified(found.into_stream().map_err(|e| io(&e)).boxed(), digest))
    }

    async fn exists(&self, digest: &Digest) -> Result<bool, BlobError> {
        let digest = *digest;
        self.run(move |inner| async move { inner.is_there(&inner.blob(&digest)).await }).await
    }

    async fn list(&self) -> Result<Vec<Stored>, BlobError> {
        self.run(|inner| async move { inner.list().await }).await
    }

    async fn remove(&self, digest: &Digest, grace: Duration) -> Result<bool, BlobError> {
        let digest = *digest;
        self.run(move |inner| async move { inner.remove(&digest, grace).await }).await
    }
}
