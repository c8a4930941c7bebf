//! Paths of generated files: relative, confined, and possible on every system a user may check them out on.

use std::collections::BTreeMap;
use std::fmt;

/// Suffix of a file that waits to be renamed to its place.
pub const STAGED: &str = ".seac-new";
/// Suffix of a file that was replaced and can come back.
pub const BACKUP: &str = ".seac-old";

/// Why a path cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// There is none.
    Empty,
    /// It starts at a root or a drive.
    Absolute,
    /// It has an empty part, `.` or `..`.
    Part(String),
    /// A character that some file system does not allow.
    Character(char),
    /// A part with a name that Windows, git or seac keeps for itself.
    Reserved(String),
    /// A part that ends with a dot or a space, which Windows drops.
    Ending(String),
    /// A part longer than 200 bytes.
    Long(String),
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "the path is empty"),
            Self::Absolute => write!(f, "the path is absolute"),
            Self::Part(part) => write!(f, "the path has the part `{part}`"),
            Self::Character(c) => write!(f, "the path has the character {c:?}"),
            Self::Reserved(part) => write!(f, "`{part}` is a reserved name"),
            Self::Ending(part) => write!(f, "`{part}` ends with a dot or a space, which Windows drops"),
            Self::Long(part) => write!(f, "`{part}` is longer than 200 bytes"),
        }
    }
}

/// Checks that `path` (with `/` between the parts) stays inside the folder it is relative to, on every system.
///
/// # Errors
/// With the first reason why it does not.
pub fn confined(path: &str) -> Result<(), Wrong> {
    if path.is_empty() {
        return Err(Wrong::Empty);
    }
    if path.starts_with('/') || path.as_bytes().get(1) == Some(&b':') {
        return Err(Wrong::Absolute);
    }
    if let Some(c) = path.chars().find(|c| c.is_control() || r#"\:*?"<>|"#.contains(*c)) {
        return Err(Wrong::Character(c));
    }
    path.split('/').try_for_each(part)
}

/// The path up to the part that makes it unconfined: what has to be renamed.
pub fn culprit(path: &str) -> &str {
    let mut end = 0;
    for part in path.split('/') {
        end += part.len();
        if self::part(part).is_err() {
            break;
        }
        end += 1;
    }
    path.get(..end).unwrap_or(path)
}

fn part(part: &str) -> Result<(), Wrong> {
    let name = || part.to_string();
    if matches!(part, "" | "." | "..") {
        Err(Wrong::Part(name()))
    } else if reserved(part) {
        Err(Wrong::Reserved(name()))
    } else if part.ends_with(['.', ' ']) {
        Err(Wrong::Ending(name()))
    } else if part.len() > 200 {
        Err(Wrong::Long(name()))
    } else {
        Ok(())
    }
}

/// Device names of Windows (whatever the extension), git's own folder, and our own working files.
fn reserved(part: &str) -> bool {
    let lower = part.to_ascii_lowercase();
    let stem = lower.split('.').next().unwrap_or_default().trim_end();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|n| matches!(n, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9"))
    };
    matches!(stem, "con" | "prn" | "aux" | "nul" | "conin$" | "conout$")
        || numbered("com")
        || numbered("lpt")
        || lower == ".git"
        || lower.ends_with(STAGED)
        || lower.ends_with(BACKUP)
}

/// Pairs of paths that are one on some system: equal but for case, or one a file and the other a folder of that name.
///
/// Each pair is (the later path, the path it collides with), in the order of `paths`, which must be sorted.
pub fn collisions<'a>(paths: impl IntoIterator<Item = &'a str>) -> Vec<(&'a str, &'a str)> {
    // Every file and folder by its case-folded name: how it is spelled, whether it is a file, and who brought it.
    let mut seen: BTreeMap<String, (&str, bool, &str)> = BTreeMap::new();
    let mut found = Vec::new();
    for path in paths {
        let ends = path.match_indices('/').map(|(i, _)| i).chain([path.len()]);
        for end in ends {
            let (prefix, is_file) = (&path[..end], end == path.len());
            let (spelled, was_file, owner) = *seen.entry(prefix.to_lowercase()).or_insert((prefix, is_file, path));
            if owner != path && (spelled != prefix || was_file != is_file) {
                found.push((path, owner));
                break;
            }
        }
    }
    found
}

/// Whether a folder named `gen` is on the way to `path`.
pub fn in_gen(path: &str) -> bool {
    path.rsplit_once('/').is_some_and(|(folders, _)| folders.split('/').any(|folder| folder == "gen"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_culprit_is_the_first_part_that_cannot_be() {
        assert_eq!(culprit("a/aux/b/con"), "a/aux");
        assert_eq!(culprit("a/b\\c"), "a/b\\c");
    }

    #[test]
    fn ordinary_paths_pass() {
        for path in ["Cargo.toml", "crates/orders/src/gen/types.rs", ".gitignore", "a/console.rs", "com10", "ä/ß"] {
            assert_eq!(confined(path), Ok(()), "{path}");
        }
    }

    #[test]
    fn ways_out_and_names_that_some_system_refuses_do_not() {
        for path in [
            "",
            "/etc/passwd",
            "c:/x",
            "a//b",
            "a/./b",
            "../a",
            "a/..",
            "a\\b",
            "a\0b",
            "a:b",
            "a?",
            "con",
            "x/Aux.rs",
            "COM1.txt",
            "lpt9",
            "a/.git/hooks",
            ".GIT",
            "a./b",
            "a /b",
            ".1.seac-new",
            "a/.1.SEAC-OLD",
        ] {
            assert!(confined(path).is_err(), "{path}");
        }
        assert!(confined(&"x".repeat(201)).is_err());
    }

    #[test]
    fn paths_that_differ_only_in_case_collide() {
        assert_eq!(collisions(["A/x", "a/y"]), [("a/y", "A/x")]);
        assert_eq!(collisions(["Readme", "readme"]), [("readme", "Readme")]);
        assert_eq!(collisions(["a", "a/b"]), [("a/b", "a")]);
        assert!(collisions(["a/x", "a/y", "b"]).is_empty());
    }

    #[test]
    fn gen_is_a_folder_not_a_file() {
        assert!(in_gen("crates/a/src/gen/x.rs") && in_gen("gen/x"));
        assert!(!in_gen("src/gen") && !in_gen("src/generic/x.rs"));
    }
}
