//! `MANIFEST.json`: what was generated, from what, and who owns it. No clock, no machine, no user.

pub use crate::generated::manifest::{FILE, FORMAT, Input, Manifest, Origin, Output, Region, Template, Zone};

use crate::digest::sha256;
use crate::path;
use schemars::{Schema, schema_for};
use seac_emit::{FileSet, OutputFile, Selection};
use seac_syntax::SourceFile;
use serde::Deserialize;
use std::collections::BTreeSet;

/// Why the manifest on disk cannot be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not JSON of this shape.
    #[error("{0}")]
    Shape(String),
    /// Written by another version of `seac`.
    #[error("it has format {0}, this seac knows {FORMAT}")]
    Format(u32),
    /// It names a path that no `seac` would write.
    #[error("it names {path:?}: {wrong}")]
    Path {
        /// The path.
        path: String,
        /// What is wrong with it.
        wrong: path::Wrong,
    },
}

impl Input {
    /// A text with the SHA-256 of its bytes.
    pub fn new(file: &SourceFile, sha256: String) -> Self {
        Self { path: file.path.to_string(), sha256 }
    }
}

impl Manifest {
    /// The manifest of a run.
    pub fn new(mut inputs: Vec<Input>, model: String, files: &FileSet) -> Self {
        inputs.sort_by(|a, b| a.path.cmp(&b.path));
        let outputs = files.iter().map(|(path, file)| Output {
            path: path.into(),
            sha256: sha256(&file.bytes),
            zone: file.zone.into(),
            template: file.template.clone(),
            origins: origins(file),
            regions: regions(file),
        });
        let (seac, outputs) = (env!("CARGO_PKG_VERSION").into(), outputs.collect::<Vec<_>>());
        Self { format: FORMAT, seac, model, inputs, templates: templates(&outputs), outputs }
    }

    /// What is left of it when only `selection` counts.
    pub fn only(mut self, selection: &Selection) -> Self {
        self.outputs.retain(|output| selection.has_path(&output.path));
        self
    }

    /// The manifest after a run over `selection` alone: all that is about other files stays as the last run left it. If
    /// what contexts share was left out, so do the inputs: a whole run then finds what is still to be done, and edits made
    /// in between.
    pub fn into_part_of(self, old: Option<&Self>, selection: &Selection) -> Self {
        let Some(old) = old else { return self };
        let others = old.outputs.iter().filter(|output| !selection.has_path(&output.path));
        let mut outputs: Vec<Output> = others.cloned().chain(self.outputs).collect();
        outputs.sort_by(|a, b| a.path.cmp(&b.path));
        let templates = templates(&outputs);
        if selection.has_shared() {
            return Self { outputs, templates, ..self };
        }
        let Self { format, seac, model, inputs, .. } = old.clone();
        Self { format, seac, model, inputs, outputs, templates }
    }

    /// Its canonical JSON (RFC 8785): its types are generated with their keys in that order, and it has no numbers but small
    /// integers.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("strings and small integers always serialise")
    }

    /// Reads what [`Self::to_bytes`] wrote, and trusts nothing in it: it decides which files may be removed.
    ///
    /// # Errors
    /// If it was not written by a `seac` like this one.
    pub fn parse(bytes: &[u8]) -> Result<Self, Unreadable> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let shape = |error: serde_json::Error| Unreadable::Shape(error.to_string());
        let version: Version = serde_json::from_slice(bytes).map_err(shape)?;
        if version.format != FORMAT {
            return Err(Unreadable::Format(version.format));
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(shape)?;
        for output in &manifest.outputs {
            path::confined(&output.path).map_err(|wrong| Unreadable::Path { path: output.path.clone(), wrong })?;
        }
        Ok(manifest)
    }

    /// The entry of a file.
    pub fn output(&self, path: &str) -> Option<&Output> {
        self.outputs.iter().find(|output| output.path == path)
    }
}

/// The texts of the compiler that files were made from.
fn templates(outputs: &[Output]) -> Vec<Template> {
    let ids: BTreeSet<&str> = outputs.iter().map(|output| output.template.as_str()).collect();
    let template = |id: &str| {
        let bytes = seac_emit::templates::file(id)?;
        Some(Template { id: id.to_owned(), sha256: sha256(bytes) })
    };
    ids.into_iter().filter_map(template).collect()
}

/// The JSON Schema of the file.
pub fn schema() -> Schema {
    schema_for!(Manifest)
}

impl From<seac_emit::Zone> for Zone {
    fn from(zone: seac_emit::Zone) -> Self {
        match zone {
            seac_emit::Zone::Gen => Self::Gen,
            seac_emit::Zone::Ext => Self::Ext,
        }
    }
}

impl From<Zone> for seac_emit::Zone {
    fn from(zone: Zone) -> Self {
        match zone {
            Zone::Gen => Self::Gen,
            Zone::Ext => Self::Ext,
        }
    }
}

/// A spec node that a file was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node<'m> {
    /// The spec.
    pub file: &'m str,
    /// The first line of the node, from 1.
    pub line: u32,
}

impl Output {
    /// The spec nodes it was made from, as regions number them.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        self.origins.iter().flat_map(|Origin { file, lines }| lines.iter().map(move |line| Node { file, line: *line }))
    }
}

/// The origins of a file, which are sorted, by spec.
fn origins(file: &OutputFile) -> Vec<Origin> {
    let of_one = |nodes: &[seac_emit::Origin]| Origin {
        file: nodes[0].file.to_string(),
        lines: nodes.iter().map(|node| node.line).collect(),
    };
    file.origins.chunk_by(|a, b| a.file == b.file).map(of_one).collect()
}

/// The regions of a file, with indices for origins; one whose origin the file does not list has no index and is left out.
fn regions(file: &OutputFile) -> Vec<Region> {
    let region = |region: &seac_emit::Region| {
        let index = file.origins.binary_search(&region.origin).ok()?;
        Some(Region(region.start, region.end, u32::try_from(index).ok()?))
    };
    file.regions.iter().filter_map(region).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use seac_emit::{Origin, Zone};

    fn manifest() -> Manifest {
        let sources = [SourceFile::new("specs/a/a.sea", "Entity \"A\""), SourceFile::new("seac:/specs/e/e.sea", "")];
        let mut files = FileSet::default();
        let origins = vec![Origin { file: "specs/a/a.sea".into(), line: 3 }];
        let file = |zone| OutputFile {
            bytes: (*b"x").into(),
            zone,
            template: "workspace/gitignore".into(),
            origins: origins.clone(),
            regions: Vec::new(),
        };
        files.insert("src/gen/a.rs", file(Zone::Gen)).expect("free");
        files.insert("src/a.rs", file(Zone::Ext)).expect("free");
        let inputs = sources.iter().map(|file| Input::new(file, sha256(file.text.as_bytes())));
        Manifest::new(inputs.collect(), "d1".into(), &files)
    }

    #[test]
    fn it_is_canonical_and_reads_back() {
        let bytes = manifest().to_bytes();
        assert_eq!(Manifest::parse(&bytes), Ok(manifest()));
        let mut strange = manifest();
        strange.outputs[0].path = "a\u{1}\u{7f}\u{2028}\u{1f600}\"\\/\n\u{8}é".into();
        let canonical = serde_json_canonicalizer::to_vec(&strange).expect("JSON");
        assert_eq!(strange.to_bytes(), canonical);
        insta::assert_snapshot!(String::from_utf8(bytes).expect("text"));
    }

    #[test]
    fn what_we_did_not_write_is_not_trusted() {
        assert!(matches!(Manifest::parse(b"<<<<<<< HEAD"), Err(Unreadable::Shape(_))));
        assert_eq!(Manifest::parse(br#"{"format":9,"new":1}"#), Err(Unreadable::Format(9)));
        let mut evil = manifest();
        evil.outputs[0].path = "../../.ssh/config".into();
        assert!(matches!(Manifest::parse(&evil.to_bytes()), Err(Unreadable::Path { .. })));
    }
}
