//! The snippets of the reference are models, in their canonical form.
#![allow(missing_docs)]

mod common;

use seac_syntax::{FileId, sea};

/// The blocks of a page fenced with this word.
fn blocks<'p>(page: &'p str, language: &str) -> Vec<&'p str> {
    let fence = format!("```{language}\n");
    let parts = page.split(fence.as_str()).skip(1);
    parts.map(|rest| rest.split_once("```").map_or(rest, |(block, _)| block)).collect()
}

#[test]
fn the_reference_shows_models_in_their_canonical_form() {
    let page = include_str!("../../../docs/reference/sea.md");
    let models = blocks(page, "sea");
    assert!(models.len() > 12);
    for model in models {
        let formatted = sea::format(FileId(0), model);
        assert_eq!(formatted.as_deref(), Ok(model));
    }
    for line in blocks(page, "sea-expression").iter().flat_map(|block| block.lines()) {
        let (expr, findings) = sea::parse_expression(FileId(0), line, 0);
        assert_eq!(findings, [], "{line}");
        assert_eq!(sea::print::expression(&expr), line);
    }
}

#[test]
fn the_reference_shows_every_declaration_and_clause() {
    let page = include_str!("../../../docs/reference/sea.md");
    let shown = blocks(page, "sea").concat();
    for keyword in sea::DECLARATIONS.iter().chain(sea::CLAUSES) {
        assert!(
            shown.lines().any(|line| line.trim_start().trim_start_matches("export ").starts_with(keyword)),
            "{keyword}"
        );
    }
    for word in sea::CONSTRAINTS.iter().chain(sea::COLLECTIONS) {
        assert!(page.contains(word), "{word}");
    }
}
