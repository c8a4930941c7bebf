//! Whether a printed file is Rust, and says what was meant.

use crate::EmitError;
use crate::rust::code::Code;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Parses a printed file, and compares its tokens with those that were made. Commas and braces are the printer's to set:
/// behind the last of several lines, around an expression.
///
/// # Errors
/// If it is no Rust, or not what was meant: a bug of ours.
pub fn prove(path: &str, code: &Code, printed: &str) -> Result<(), EmitError> {
    check(code, printed).map_err(|message| EmitError::Rust { path: path.to_owned(), message })
}

fn check(code: &Code, printed: &str) -> Result<(), String> {
    syn::parse_file(printed).map_err(|error| error.to_string())?;
    let meant: String = code.tokens().filter(|token| !is_mark(token)).flat_map(|token| [token, "\n"]).collect();
    let (meant, printed) = (tokens(&meant)?, tokens(printed)?);
    match meant.iter().zip(&printed).find(|(meant, printed)| meant != printed) {
        Some((meant, printed)) => Err(format!("`{printed}` was printed where `{meant}` was meant")),
        None if meant.len() != printed.len() => Err("the end is not what was meant".to_owned()),
        None => Ok(()),
    }
}

fn is_mark(token: &str) -> bool {
    token.len() > 1 && token.starts_with('@')
}

fn tokens(text: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    flatten(text.parse().map_err(|error: proc_macro2::LexError| error.to_string())?, &mut found);
    Ok(found)
}

fn flatten(stream: TokenStream, found: &mut Vec<String>) {
    for tree in stream {
        match tree {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => flatten(group.stream(), found),
            TokenTree::Group(group) => {
                found.push(format!("{:?}", group.delimiter()));
                flatten(group.stream(), found);
                found.push("end".to_owned());
            }
            TokenTree::Punct(mark) if mark.as_char() == ',' => {}
            other => found.push(other.to_string()),
        }
    }
}
