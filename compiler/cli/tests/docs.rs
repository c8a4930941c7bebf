//! The tutorial of the language is compiled: its model grows snippet by snippet and stays clean, and what is shown as
//! a mistake, behind a comment with the code, has that code.

use seac_analysis::sea::{Memory, Options, analyse};
use seac_syntax::Diagnostic;

fn findings(text: &str) -> Vec<Diagnostic> {
    let mut memory = Memory::default();
    let file = memory.sources.add("shop.sea", text);
    analyse(&[file], &mut memory, &Options::default()).diagnostics
}

#[test]
fn every_snippet_of_the_tutorial_is_what_it_says() {
    let page = include_str!("../../../docs/tutorial/sea-in-ten-minutes.md");
    let mut model = String::new();
    let (mut grown, mut shown) = (0, 0);
    let mut before = "";
    for part in page.split("```sea\n").map(|part| part.split_once("```").unwrap_or(("", part))) {
        let (snippet, after) = part;
        let code = before.trim_end().strip_suffix(" -->").and_then(|text| text.rsplit_once("<!-- "));
        let longer = format!("{model}{snippet}");
        let found = findings(&longer);
        match code {
            Some((_, code)) => {
                shown += 1;
                assert!(found.iter().any(|finding| finding.code.name() == code), "{code}: {found:?}\n{snippet}");
            }
            None => {
                grown += 1;
                assert_eq!(found, [], "{snippet}");
                model = longer;
            }
        }
        before = after;
    }
    assert!(grown > 5 && shown > 4, "{grown} {shown}");
}
