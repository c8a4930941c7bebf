//! Which bucket a cell keeps its blobs in, if not in its data directory.

use super::Reader;
use super::secret::Secret;

/// A bucket of S3, or of anything that speaks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// What names begin with; may be empty.
    pub prefix: String,
    /// Where the server is, if it is not Amazon's.
    pub endpoint: Option<String>,
    /// The region.
    pub region: String,
    /// Where the access key and its secret are; without them the machine's own role is used.
    pub keys: Option<(Secret, Secret)>,
}

/// What the keys below `blobs` say; nothing without an address.
pub(super) fn read(reader: &mut Reader<'_>) -> Option<Bucket> {
    let url = reader.optional("blobs.url");
    let endpoint = reader.optional("blobs.endpoint");
    if endpoint.as_deref().is_some_and(|it| !it.starts_with("https://") && !it.starts_with("http://")) {
        reader.problem("blobs.endpoint", "expected https://host:port");
    }
    let region = reader.text("blobs.region");
    let id = reader.secret("blobs.access_key_id");
    let secret = reader.secret("blobs.secret_access_key");
    if id.is_some() != secret.is_some() {
        reader.problem("blobs.access_key_id", "an access key and its secret come together");
    }
    let (name, prefix) = match parse(&url?) {
        Some(found) => found,
        None => {
            reader.problem("blobs.url", "expected s3://bucket or s3://bucket/prefix");
            return None;
        }
    };
    Some(Bucket { name, prefix, endpoint, region, keys: id.zip(secret) })
}

fn parse(url: &str) -> Option<(String, String)> {
    let rest = url.strip_prefix("s3://")?;
    let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let prefix = prefix.trim_end_matches('/');
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) && text != "..";
    let fits = !name.is_empty()
        && plain(name)
        && (prefix.is_empty() || prefix.split('/').all(|it| plain(it) && !it.is_empty()));
    fits.then(|| (name.to_owned(), prefix.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn an_address_is_a_bucket_and_a_prefix() {
        let found = |name: &str, prefix: &str| Some((name.to_owned(), prefix.to_owned()));
        assert_eq!(parse("s3://cell"), found("cell", ""));
        assert_eq!(parse("s3://cell/"), found("cell", ""));
        assert_eq!(parse("s3://cell/a/b.c/"), found("cell", "a/b.c"));
        for url in ["cell", "s3://", "s3:///a", "https://cell", "s3://cell/../a", "s3://cell//a", "s3://c?x"] {
            assert_eq!(parse(url), None, "{url}");
        }
    }
}
