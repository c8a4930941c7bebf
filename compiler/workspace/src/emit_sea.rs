//! From SDS to SEA on disk: what a design declares moves into its model, and the specs mean what they meant before.

use crate::{Compilation, Workspace};
use seac_emit::sea::{Left, SeaText, from_sds, without};
use seac_syntax::{FileId, SourceFile, Sources, diagnostic, sds, sea};
use std::path::Path;
use std::{fs, io};

/// A design whose declarations can move.
#[derive(Clone, Debug)]
pub struct Move {
    /// The context.
    pub slug: String,
    /// The design, for the places of what is left.
    pub design: FileId,
    /// Where the model belongs, relative to the root.
    pub sea_path: String,
    /// The model: what stood there, if anything did, and what moves.
    pub sea_text: String,
    /// Where the design is.
    pub sds_path: String,
    /// The design without what moves.
    pub sds_text: String,
    /// What SEA cannot say.
    pub left: Vec<Left>,
    /// How many declarations move.
    pub count: usize,
}

/// The contexts of a workspace that have a design of their own on disk, sorted.
pub fn contexts(workspace: &Workspace, compilation: &Compilation) -> Vec<String> {
    let own = compilation.specs().filter(|file| workspace.root.join(&*file.path).is_file());
    own.filter_map(slug).collect()
}

/// The slug of a design.
fn slug(file: &SourceFile) -> Option<String> {
    let mut parts = file.path.strip_prefix("specs/")?.split('/');
    let slug = parts.next()?;
    file.path.ends_with(".sds.yaml").then(|| slug.to_owned())
}

/// What moving the declarations of a context would give; none if there is no such design.
pub fn plan(compilation: &Compilation, context: &str) -> Option<Move> {
    let of_context = |file: &SourceFile| slug(file).is_some_and(|slug| slug == context);
    let (design, file) = compilation.sources.iter().find(|(_, file)| of_context(file))?;
    let (tree, _) = sds::parse(design, &file.text);
    let text = from_sds(&tree);
    let sea_path = format!("specs/{context}/{context}.sea");
    let before = compilation.specs().find(|file| *file.path == *sea_path);
    Some(Move {
        slug: context.to_owned(),
        design,
        sea_text: joined(before, &text),
        sea_path,
        sds_path: file.path.to_string(),
        sds_text: without(&file.text, &text.moved),
        count: text.moved.len(),
        left: text.left,
    })
}

/// The declarations behind those that are there already.
fn joined(before: Option<&SourceFile>, text: &SeaText) -> String {
    let whole = match before {
        Some(before) => format!("{}\n\n{}", before.text.trim_end(), text.declarations),
        None => text.text(),
    };
    sea::format(FileId(0), &whole).unwrap_or(whole)
}

impl Move {
    /// Whether the specs mean the same after the move, to the byte of the model's canonical JSON.
    pub fn keeps_the_model(&self, compilation: &Compilation) -> bool {
        let mut after = Sources::default();
        let rest = compilation.specs().filter(|file| *file.path != *self.sea_path && *file.path != *self.sds_path);
        let rest = rest.map(|file| (&*file.path, file.text.as_str()));
        let changed = [(self.sea_path.as_str(), self.sea_text.as_str()), (&self.sds_path, &self.sds_text)];
        let mut texts: Vec<_> = rest.chain(changed).collect();
        texts.sort_unstable();
        for (path, text) in texts {
            after.add(path, text);
        }
        let (model, diagnostics) = seac_analysis::analyse(&after);
        !diagnostic::has_errors(&diagnostics) && model.digest() == compilation.model.digest()
    }

    /// Writes both files.
    ///
    /// # Errors
    /// If the file system fails.
    pub fn write(&self, workspace: &Workspace) -> io::Result<()> {
        put(&workspace.root.join(&self.sea_path), &self.sea_text)?;
        put(&workspace.root.join(&self.sds_path), &self.sds_text)
    }
}

/// Writes a file whole or not at all.
///
/// # Errors
/// If the file system fails.
pub fn put(path: &Path, text: &str) -> io::Result<()> {
    if path.exists() {
        return crate::inputs::write(path, text);
    }
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    fs::write(path, text)
}
