//! `FILE:LINE` on the command line.

use crate::exit::{Exit, Failure};
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A file, and perhaps a line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// As written.
    pub file: PathBuf,
    /// From 1.
    pub line: Option<u32>,
}

impl FromStr for Place {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbered = text.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?)));
        Ok(match numbered {
            Some((file, line)) => Self { file: file.into(), line: Some(line) },
            None => Self { file: text.into(), line: None },
        })
    }
}

impl Place {
    /// The path of the file below a folder, with `/` between the parts.
    pub fn below(&self, folder: &Path) -> Result<String, Failure> {
        let shown = self.file.display();
        let file = [self.file.clone(), folder.join(&self.file)].into_iter().find(|file| file.is_file());
        let file = file.ok_or_else(|| Failure::new(Exit::Usage, format!("there is no file {shown}")))?;
        let resolve = |path: &Path| {
            path.canonicalize().map_err(|error| Failure::outside(format!("cannot find {}", path.display()), &error))
        };
        let (file, folder) = (resolve(&file)?, resolve(folder)?);
        let below = file.strip_prefix(&folder);
        let below = below.map_err(|_| Failure::new(Exit::Usage, format!("{shown} is not in {}", folder.display())))?;
        Ok(below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_behind_the_last_colon_is_the_line() {
        let parse = |text: &str| text.parse::<Place>().expect("every text is a place");
        assert_eq!(parse("a/b.rs:12"), Place { file: "a/b.rs".into(), line: Some(12) });
        assert_eq!(parse("seac:/a.sea:3"), Place { file: "seac:/a.sea".into(), line: Some(3) });
        assert_eq!(parse("a:b"), Place { file: "a:b".into(), line: None });
    }
}
