//! `quote!`: Rust that emits Rust. What stands in it is written down while the compiler is built, one token to a line;
//! what is left to do when it runs is to put lines behind one another.
//!
//! The macro expands to calls of `crate::rust::code`, which is where the form of those lines is described.

mod template;
mod text;

use proc_macro::TokenStream;

/// Code with holes, as a `Code`.
///
/// - `#name` is what the variable says of itself (see `Piece`); it is borrowed.
/// - `#(…)*` repeats what is between the parentheses, with `,` (or any other operator) between the rounds if it stands in
///   front of the star. Every variable in it is gone through, all of them in step.
/// - `#[doc = …]` and `#![doc = …]` become comments, of a text or of a variable; so do comments with three slashes.
#[proc_macro]
pub fn quote(input: TokenStream) -> TokenStream {
    template::expand(input)
}
