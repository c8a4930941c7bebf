//! What must hold for every input. cargo-fuzz calls these; so does `compiler/syntax/tests/fuzz.rs`, on stable, over the
//! seeds and mutations of them.

use seac_syntax::diagnostic::has_errors;
use seac_syntax::sea::diff::diff;
use seac_syntax::{Diagnostic, FileId, frontmatter, sds, sea};

const FILE: FileId = FileId(0);

/// Lexer and parser: no panic, and every place is one of the text.
pub fn sea(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let (tree, findings) = sea::parse(FILE, text);
    places(text, &findings);
    places(text, &sea::dialect::extensions(&tree));
    places(text, &sea::parse_expression(FILE, text, 0).1);
    places(text, &sea::parse_type(FILE, text, 0).1);
}

/// Formatter: what is a model stays the same model, and is formatted once and for all.
pub fn format(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let Ok(once) = sea::format(FILE, text) else { return };
    let (before, after) = (sea::parse(FILE, text).0, sea::parse(FILE, &once));
    assert!(!has_errors(&after.1), "no model any more: {:?}\n{once}", after.1);
    assert_eq!(diff(&[(String::new(), &before)], &[(String::new(), &after.0)]), [], "{once}");
    let comments = |tree: &sea::ast::SeaFile| {
        let mut comments: Vec<_> = tree.comments.iter().map(|comment| comment.value.clone()).collect();
        comments.sort_unstable();
        comments
    };
    assert_eq!(comments(&before), comments(&after.0), "{once}");
    assert_eq!(sea::format(FILE, &once).as_ref(), Ok(&once));
}

/// YAML, the SDS and the front matter of notes: no panic, and every place is one of the text.
pub fn sds(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    places(text, &sds::parse(FILE, text).1);
    places(text, &frontmatter::parse(FILE, text).1);
}

fn places(text: &str, findings: &[Diagnostic]) {
    for finding in findings {
        let labels = std::iter::once(&finding.primary).chain(&finding.secondary).map(|label| label.span);
        let edits = finding.fixes.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span);
        for span in labels.chain(edits) {
            assert!(text.get(span.range()).is_some(), "{span:?} {finding:?}");
        }
    }
}
