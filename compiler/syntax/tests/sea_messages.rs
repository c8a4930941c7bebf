//! What a person reads when a model does not parse: place, expectation, fix. Three independent mistakes are three
//! findings.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use seac_syntax::{Code, FileId, sea};

#[test]
fn messages_name_what_is_expected_in_words() {
    let cases = [
        "Entity Customer",
        "Entity",
        "Enttiy \"Customer\"",
        "entity \"A\" v1 in dom",
        "@author \"x\"",
        "import \"a\" from \"b\"",
        "import { A as 5 } from \"b\"",
        "Resource \"R\" units on dom",
        "Flow \"R\" to \"B\" from \"A\"",
        "Flow \"R\" from \"A\" to \"B\" quantity \"ten\"",
        "Unit \"km\" of \"Length\" factor x base \"m\"",
        "Role_Binding \"R\" to \"E\"",
        "Relation \"N\" subject \"A\"",
        "Policy \"p\" as: true",
        "Policy p per Rule as: true",
        "Policy p as true",
        "Policy p as:",
        "Policy p as: a +",
        "Policy p as: a == b && c || d",
        "Policy p as: a = b = c",
        "Policy p as: a = not b",
        "Policy p as: (a = b",
        "Policy p as: forall f in flows: f.x > 1",
        "Policy p as: count(flows where x)",
        "Policy p as: f.quantity < 5kg",
        "Policy p as: 1__0 + 1e5 + 1.",
        "Policy p as: a % b",
        "Metric \"m\" as: 1 @window",
        "Mapping \"m\" for calm { Entity \"A\" { a: 1 } }",
        "Projection \"m\" for kg { Entity \"A\" { a 1, b: 2 } }",
        "record R { a string }",
        "record R { a: strnig<x>, b: list<> }",
        "record R { a: string (min_length 1 max_length 2) }",
        "record R {\n    a: string\n    b: int\n\nrecord S { c: int }",
        "enum E { a = a, b = \"b\" c = \"c\" }",
        "operation o {\n    intnet \"x\"\n    direction inbound\n}",
        "operation o {\n    access policy_governed\n    failure x for policy\n    idempotency not_applicable\n}",
        "Instance i of \"E\" { a 1 }",
        "Pattern \"P\" matches \"\\d \\u{110000} \\u12 \t\"",
        "Pattern \"P\" matches \"never closed",
        "Policy p as: \"\"\"never closed",
        "Entity \"A\" §",
        "Entity \"A\" \u{202e}",
        "}",
        "Endpoint \"E\" from A",
    ];
    insta::assert_snapshot!(common::snapshot(&cases, |text| sea::parse(FileId(0), text).1));
}

fn places(text: &str) -> Vec<(u32, Code)> {
    let file = seac_syntax::SourceFile::new("", text);
    let (_, diagnostics) = sea::parse(FileId(0), text);
    diagnostics.iter().map(|d| (file.position(d.primary.span.start).line, d.code)).collect()
}

#[test]
fn three_independent_mistakes_are_three_findings_and_the_rest_is_read() {
    let text = "Entity Customer\n\
                Entity \"Good\"\n\
                Flow \"R\" from \"A\" \"B\"\n\
                // still fine\n\
                Policy p as: (a = 1\n\
                Resource \"R\" units\n";
    assert_eq!(places(text), [(1, Code::SeaSyntax), (3, Code::SeaSyntax), (6, Code::SeaSyntax)]);
    let (tree, _) = sea::parse(FileId(0), text);
    // The policy stays, without its expression, so that nothing that names it fails as well.
    assert_eq!(tree.declarations.len(), 3);
}

#[test]
fn a_mistake_in_a_block_costs_one_line() {
    let text = "record R {\n\
                a string\n\
                b: int\n\
                c: list<\n\
                d: bool\n\
                5\n\
                e: json\n\
                }\n\
                Entity \"Good\"\n";
    assert_eq!(places(text).iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 5, 6]);
    let (tree, _) = sea::parse(FileId(0), text);
    let sea::ast::DeclarationKind::Record(record) = &tree.declarations[0].kind else { panic!("a record") };
    let names: Vec<&str> = record.fields.iter().map(|field| field.name.as_str()).collect();
    // What has a name stays, so that nothing that names it fails as well.
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
    assert_eq!(record.fields.iter().filter(|field| field.is_broken()).count(), 2);
    assert_eq!(tree.declarations.len(), 2);
}

#[test]
fn a_missing_brace_is_reported_where_the_next_declaration_begins() {
    let text = "operation o {\n    intent \"x\"\n\nentity \"A\"\n";
    assert_eq!(places(text), [(4, Code::SeaSyntax)]);
    assert_eq!(sea::parse(FileId(0), text).0.declarations.len(), 2);
}

#[test]
fn one_mistake_in_a_field_is_one_finding() {
    for (text, line) in [
        ("Entity \"V\" {\n    key id: : string\n    name: string\n}\n", 2),
        ("Entity \"V\" {\n    kye id: string\n    name: string\n}\n", 2),
        ("Entity \"V\" {\n    key id: string,\n    name: string\n}\n", 2),
        ("Entity \"V\" {\n    key id: string\n    d: int default\n    name: string\n}\n", 4),
        ("Entity \"V\" {\n    key id: string (min_length 1\n    name: string\n}\n", 3),
        ("Entity \"V\" { key id: string, name: string }\n", 1),
        ("Entity \"V\" {\n    key id: string\n    d: int (min 1) optional\n    name: string\n}\n", 3),
    ] {
        assert_eq!(places(text), [(line, Code::SeaSyntax)], "{text}");
        let (tree, _) = sea::parse(FileId(0), text);
        let sea::ast::DeclarationKind::Entity(entity) = &tree.declarations[0].kind else { panic!("an entity") };
        let fields = entity.fields.as_deref().unwrap();
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        assert!(names.contains(&"id") && names.contains(&"name"), "{text}: {names:?}");
        assert!(fields[0].key.is_some(), "{text}");
    }
}

/// The fixes that `--fix` makes.
fn sure_fixes(text: &str) -> Vec<String> {
    let sure = |fix: &&seac_syntax::diagnostic::Fix| {
        fix.applicability == seac_syntax::Applicability::MachineApplicable && !fix.edits.is_empty()
    };
    let (_, diagnostics) = sea::parse(FileId(0), text);
    diagnostics.iter().flat_map(|finding| finding.fixes.iter().filter(sure)).map(|fix| fix.title.clone()).collect()
}

#[test]
fn names_that_look_the_same_are_made_one_only_where_one_is_meant() {
    let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}");
    let reference = format!("Entity \"{composed}\"\nRole \"Buyer\"\nrole_binding \"Buyer\" for \"{decomposed}\"\n");
    assert_eq!(sure_fixes(&reference).len(), 1);
    let other_kinds = format!("Entity \"{composed}\"\nRole \"{decomposed}\"\n");
    assert_eq!(sure_fixes(&other_kinds).len(), 1);
    let two = format!("Entity \"{composed}\"\nEntity \"{decomposed}\"\n");
    assert!(sure_fixes(&two).is_empty());
    let fields = format!("record R {{\n    {composed}: string\n    {decomposed}: int\n}}\n");
    assert!(sure_fixes(&fields).is_empty());
    let members = format!("enum E {{ {composed} = \"a\", {decomposed} = \"b\" }}\n");
    assert!(sure_fixes(&members).is_empty());
}

#[test]
fn optional_that_comes_too_late_is_moved_behind_the_type() {
    for (written, mended) in [
        ("n: int (min 1) optional", "n: int optional (min 1) "),
        ("n: list<string> default [] optional", "n: list<string> optional default [] "),
        ("n: int (min 1) optional default 2", "n: int optional (min 1)  default 2"),
    ] {
        let mut sources = seac_syntax::Sources::default();
        let text = |field: &str| format!("record R {{ {field}\n m: int }}");
        let file = sources.add("a.sea", text(written));
        let (tree, found) = sea::parse(file, &text(written));
        assert_eq!(found.len(), 1, "{found:?}");
        let sea::ast::DeclarationKind::Record(record) = &tree.declarations[0].kind else { panic!("a record") };
        assert!(record.fields[0].optional.is_some() && record.fields.len() == 2, "{written}");
        let texts = seac_syntax::diagnostic::fix::mend(&sources, &found, |_| true).texts;
        assert_eq!(texts[&file], text(mended));
        assert_eq!(sea::parse(file, &texts[&file]).1, []);
    }
    let named = "record R { n: int (min 1)\n optional: string\n key: int default 1\n optional\n: int }";
    assert_eq!(sea::parse(FileId(0), named).1, []);
}
