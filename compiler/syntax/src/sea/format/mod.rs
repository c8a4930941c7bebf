//! The formatter: the same tokens and comments in one canonical layout.
//!
//! It works on tokens, not on the tree: each token of the text is given a spelling, the white space in front of it and
//! the groups that begin and end at it. The tree says which token plays which part. So nothing that was written can get
//! lost, and what comes out reads as what went in.

mod application;
mod declarations;
mod expressions;
mod page;
mod render;
mod spelling;
mod values;

use crate::diagnostic::{Diagnostic, has_errors};
use crate::source::FileId;
use page::Page;

/// The columns a line should not exceed.
pub const WIDTH: usize = 100;

/// Formats a model. A text with syntax errors has no canonical form: its findings are returned instead.
pub fn format(file: FileId, text: &str) -> Result<String, Vec<Diagnostic>> {
    let (tree, diagnostics) = super::parse(file, text);
    if has_errors(&diagnostics) {
        return Err(diagnostics);
    }
    let mut page = Page::new(file, text);
    page.file(&tree);
    Ok(render::render(&page))
}
