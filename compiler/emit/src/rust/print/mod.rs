//! Prints code as a person would set it, and as `rustfmt` does with the settings of what is emitted: 120 columns, and
//! whatever fits on a line stays on it.
//!
//! There is no syntax tree in between: see `docs/decisions/0013-rust-without-a-tree.md`. What is printed is made of groups,
//! of what stands between commas, semicolons and dots, and of a few words that braces follow.

mod expression;
mod items;
mod page;
mod proof;
mod token;

use super::code::Code;
use crate::file_set::Region;
use page::Page;
pub use proof::prove;
use token::Group;

/// Prints a file with a header that says where it comes from. The marks of [`super::made_from`] are taken out and become
/// regions.
pub fn print(header: &str, code: &Code) -> (String, Vec<Region>) {
    let mut page = Page::new(header, token::read(code));
    let end = page.tokens.len();
    if end > 0 {
        page.blank();
        page.parts(0, end, 0, Group::Block);
    }
    page.finish()
}
