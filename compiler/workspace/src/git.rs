//! What stood in a file at a commit.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Why nothing could be read from a commit.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// Git could not be started.
    #[error("cannot run git")]
    Start(#[source] io::Error),
    /// Git has refused, in its words.
    #[error("{0}")]
    Refused(String),
    /// There is no such file at that commit.
    #[error("there is nothing at {path} in `{commit}`")]
    Missing {
        /// The path.
        path: PathBuf,
        /// The commit.
        commit: String,
    },
}

/// The texts of the files at or below `path` whose names end with `extension`, as they were at a commit, by their paths below
/// it. `path` need not exist now.
///
/// # Errors
/// See [`GitError`].
pub fn texts_at(commit: &str, path: &Path, extension: &str) -> Result<Vec<(String, String)>, GitError> {
    // A commit is a word: what begins with a dash would be an option.
    if commit.is_empty() || commit.starts_with('-') || commit.contains(':') {
        return Err(GitError::Refused(format!("`{commit}` is no commit")));
    }
    let there = path.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
    let there = if there.as_os_str().is_empty() { Path::new(".") } else { there };
    let below = path.strip_prefix(there).unwrap_or(path);
    let below = if below.as_os_str().is_empty() { ".".to_owned() } else { below.to_string_lossy().into_owned() };
    let listed = run(there, &["ls-tree", "-r", "-z", "--name-only", commit, "--", &below])?;
    let mut texts = Vec::new();
    for name in listed.split('\0').filter(|name| name.ends_with(extension)) {
        let text = run(there, &["show", &format!("{commit}:./{name}")])?;
        let short = name.strip_prefix(&format!("{below}/")).unwrap_or(name);
        texts.push((short.to_owned(), text));
    }
    if texts.is_empty() {
        return Err(GitError::Missing { path: path.to_owned(), commit: commit.to_owned() });
    }
    Ok(texts)
}

fn run(folder: &Path, args: &[&str]) -> Result<String, GitError> {
    let Output { status, stdout, stderr } =
        Command::new("git").arg("-C").arg(folder).args(args).output().map_err(GitError::Start)?;
    if !status.success() {
        return Err(GitError::Refused(String::from_utf8_lossy(&stderr).trim().to_owned()));
    }
    String::from_utf8(stdout).map_err(|_| GitError::Refused("what git says is not UTF-8".to_owned()))
}
