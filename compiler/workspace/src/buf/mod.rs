//! `buf`, if it is there: it looks at files in a folder of their own, so that nothing of the workspace is in its way.

use std::path::Path;
use std::process::{Command, Output};
use std::{fs, io};

/// The part of the interface of protovalidate that emitted files use: `buf` can read them without a network.
const RULES: &str = include_str!("validate.proto");

/// Of a workspace of `buf`: our files, and what they import.
const CONFIG: &str = "version: v2\nmodules:\n  - path: out\n  - path: rules\nlint:\n  use: [STANDARD]\n  ignore: [rules]\nbreaking:\n  ignore: [rules]\n";

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum BufError {
    /// It is not there.
    #[error("there is no `buf` on PATH")]
    Missing,
    /// It could not be started, or a file could not be written for it.
    #[error("cannot run `buf`")]
    Io(#[from] io::Error),
    /// It could not do what was asked.
    #[error("`buf` has failed: {0}")]
    Failed(String),
}

/// What it finds, line by line, with paths below the root of imports.
///
/// # Errors
/// See [`BufError`].
pub fn lint(files: &[(String, String)]) -> Result<Vec<String>, BufError> {
    let folder = Folder::new("lint")?;
    folder.workspace("now", files, "STANDARD")?;
    folder.run(&["lint", "now"])
}

/// What breaks those who know `before`, by a category of its rules (`FILE`, `WIRE_JSON`, …), line by line.
///
/// # Errors
/// See [`BufError`].
pub fn breaking(
    files: &[(String, String)],
    before: &[(String, String)],
    category: &str,
) -> Result<Vec<String>, BufError> {
    let folder = Folder::new("breaking")?;
    folder.workspace("now", files, category)?;
    folder.workspace("before", before, category)?;
    folder.run(&["breaking", "now", "--against", "before"])
}

/// A folder that is gone afterwards.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(purpose: &str) -> Result<Self, BufError> {
        let path = std::env::temp_dir().join(format!("seac-buf-{purpose}-{}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    fn workspace(&self, name: &str, files: &[(String, String)], category: &str) -> Result<(), BufError> {
        let root = self.0.join(name);
        let config = if category == "STANDARD" { CONFIG.to_owned() } else { format!("{CONFIG}  use: [{category}]\n") };
        write(&root.join("buf.yaml"), &config)?;
        write(&root.join("rules/buf/validate/validate.proto"), RULES)?;
        for (path, text) in files {
            write(&root.join("out").join(path), text)?;
        }
        Ok(())
    }

    fn run(&self, args: &[&str]) -> Result<Vec<String>, BufError> {
        let ended = Command::new("buf").args(args).current_dir(&self.0).output();
        let Output { status, stdout, stderr } = ended.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => BufError::Missing,
            _ => BufError::Io(error),
        })?;
        match status.code() {
            Some(0) => Ok(Vec::new()),
            // Findings have an exit code of their own.
            Some(100) => {
                let text = String::from_utf8_lossy(&stdout);
                Ok(text.lines().map(|line| line.trim_start_matches("now/out/").to_owned()).collect())
            }
            _ => Err(BufError::Failed(String::from_utf8_lossy(&stderr).trim().to_owned())),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    fs::write(path, text)
}
