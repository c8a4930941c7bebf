//! A fresh workspace, made from the embedded example.

use crate::discover::SPECS;
use crate::package;
use seac_analysis::is_context_name;
use std::io;
use std::path::{Path, PathBuf};

/// What a workspace has besides its specs, where the example does not bring it.
const BESIDES: [(&str, &str); 2] = [(".gitignore", "/generated/target\n/.seac\n"), ("README.md", README)];

const README: &str = "# Orders

A small domain to start from. `specs/` says what it means and how it is built; `generated/` follows from that.

    seac check       read the specs and say what is wrong with them
    seac generate    write what they describe to `generated/`
    seac run         generate, build and start the service
";

/// Why a workspace could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    /// There is something already.
    #[error("{folder} exists and is not an empty folder")]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// No context can be called like this.
    #[error("`{name}` cannot be the name of a context")]
    Name {
        /// The name.
        name: String,
    },
    /// The compiler was built without the example.
    #[error("there is no example to copy")]
    NoExample,
    /// The file system failed.
    #[error("cannot write {path}")]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Where the JSON Schema of SDS YAML stands, relative to the root: a file of the machine, made again when it is missing.
pub const SCHEMA: &str = ".seac/sds.schema.json";

/// What tells an editor where the schema is, from a design in `specs/<context>/`.
const MODELINE: &str = "# yaml-language-server: $schema=../../.seac/sds.schema.json\n";

/// Writes the schema that editors check designs by, if it is not there as it should be.
///
/// # Errors
/// If the file system fails.
pub fn schema(root: &Path) -> Result<(), ScaffoldError> {
    let path = root.join(SCHEMA);
    let text = schema_text();
    if std::fs::read_to_string(&path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    let written = std::fs::create_dir_all(root.join(".seac")).and_then(|()| std::fs::write(&path, text));
    written.map_err(|source| ScaffoldError::Write { path, source })
}

fn schema_text() -> String {
    format!("{:#}\n", seac_syntax::sds::schema::schema())
}

/// Copies the `orders` example to `folder`, which must be new or empty, and says how many files it has.
///
/// # Errors
/// See [`ScaffoldError`].
pub fn orders(folder: &Path) -> Result<usize, ScaffoldError> {
    let mut files = package::orders_example().to_vec();
    if files.is_empty() {
        return Err(ScaffoldError::NoExample);
    }
    for besides in BESIDES {
        if !files.iter().any(|(path, _)| *path == besides.0) {
            files.push(besides);
        }
    }
    let texts: Vec<(&str, String)> = files.iter().map(|(path, text)| (*path, with_modeline(path, text))).collect();
    write(folder, &texts)?;
    schema(folder)?;
    Ok(files.len())
}

/// Begins the design of a context below `root`, and says where it is, relative to `root`.
///
/// # Errors
/// See [`ScaffoldError`].
pub fn design(root: &Path, slug: &str) -> Result<String, ScaffoldError> {
    if !is_context_name(slug) || slug.ends_with('-') {
        return Err(ScaffoldError::Name { name: slug.to_owned() });
    }
    let path = format!("{SPECS}/{slug}/{slug}.sds.yaml");
    let id = next_id(&root.join(SPECS));
    let head = "satisfiesPrds: []\nsatisfiesAdrs: []\n";
    let text = format!("{MODELINE}sdsId: SDS-{id:03}\ntitle: {slug}\nboundedContext: {slug}\nversion: 0.1.0\n{head}");
    write(&root.join(SPECS).join(slug), &[(&format!("{slug}.sds.yaml"), text)])?;
    schema(root)?;
    Ok(path)
}

/// The number behind the highest that a design has. Those up to 100 are left to packages.
fn next_id(specs: &Path) -> u32 {
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let files = entries(specs).flat_map(|folder| entries(&folder).collect::<Vec<_>>());
    let texts = files
        .filter(|path| path.to_string_lossy().ends_with(".sds.yaml"))
        .filter_map(|path| std::fs::read_to_string(path).ok());
    let ids = texts
        .filter_map(|text| text.lines().find_map(|line| line.strip_prefix("sdsId: SDS-")?.trim().parse::<u32>().ok()));
    ids.max().unwrap_or(0).max(100).saturating_add(1)
}

/// Designs begin with the modeline for editors.
fn with_modeline(path: &str, text: &str) -> String {
    if path.ends_with(".sds.yaml") { format!("{MODELINE}{text}") } else { text.to_owned() }
}

fn write(folder: &Path, files: &[(&str, String)]) -> Result<(), ScaffoldError> {
    refuse_full(folder)?;
    for (path, text) in files {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        let written = std::fs::create_dir_all(parent).and_then(|()| std::fs::write(&path, text));
        written.map_err(|source| ScaffoldError::Write { path, source })?;
    }
    Ok(())
}

fn refuse_full(folder: &Path) -> Result<(), ScaffoldError> {
    match std::fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() != io::ErrorKind::NotADirectory => {
            Err(ScaffoldError::Write { path: folder.to_path_buf(), source: error })
        }
        _ => Err(ScaffoldError::NotEmpty { folder: folder.to_path_buf() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_writes_into_a_new_or_empty_folder_only() {
        let dir = tempfile::tempdir().expect("a folder");
        let files = [("specs/orders/orders.sea", "x".to_owned()), (BESIDES[0].0, BESIDES[0].1.to_owned())];
        write(&dir.path().join("new"), &files).expect("written");
        assert_eq!(std::fs::read_to_string(dir.path().join("new/specs/orders/orders.sea")).expect("text"), "x");
        let again = write(&dir.path().join("new"), &files);
        assert!(matches!(again, Err(ScaffoldError::NotEmpty { .. })));
        let file = write(&dir.path().join("new/.gitignore"), &files);
        assert!(matches!(file, Err(ScaffoldError::NotEmpty { .. })));
    }
}
