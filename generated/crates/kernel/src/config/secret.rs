//! Secrets by reference: a configuration says where they are, never what they are.

use std::fmt;
use std::path::PathBuf;

/// Where a secret is: `env:NAME` or `file:PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Secret {
    /// In an environment variable.
    Env(String),
    /// In a file; one end of line at its end is not part of it.
    File(PathBuf),
}

impl Secret {
    /// The reference that a text is, if it is one.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Some(Self::Env(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Some(Self::File(PathBuf::from(path))),
            _ => None,
        }
    }

    /// The secret itself. It is for whoever needs it, not for logs.
    ///
    /// # Errors
    /// When it is not where it should be.
    pub fn text(&self) -> Result<String, String> {
        let text = match self {
            Self::Env(name) => std::env::var(name).map_err(|_| format!("{self} is not set"))?,
            Self::File(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| format!("{self}: {error}"))?;
                text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line)).to_owned()
            }
        };
        if text.is_empty() { Err(format!("{self} is empty")) } else { Ok(text) }
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "environment variable {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_where_it_is_said_to_be() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("password");
        let reference = format!("file:{}", file.display());
        let secret = Secret::parse(&reference).unwrap();
        assert!(secret.text().unwrap_err().starts_with(&format!("file {}", file.display())));
        for (kept, read) in [("p w", Some("p w")), ("p w\n", Some("p w")), ("p\r\n", Some("p")), ("\n", None)] {
            std::fs::write(&file, kept).unwrap();
            assert_eq!(secret.text().ok().as_deref(), read, "{kept:?}");
        }
        assert_eq!(Secret::parse("env:CARGO_PKG_NAME").unwrap().text().as_deref(), Ok("kernel"));
        assert!(Secret::parse("env:NOBODY_SETS_THIS").unwrap().text().is_err());
        for no in ["hunter2", "env:", "file:", "vault:x"] {
            assert_eq!(Secret::parse(no), None, "{no}");
        }
    }
}
