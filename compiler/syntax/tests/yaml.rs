//! The span tree over YAML.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

use seac_syntax::yaml::{Node, NodeKind, ScalarValue, Style, parse};
use seac_syntax::{Code, Diagnostic, FileId};

fn read(text: &str) -> (Node, Vec<Diagnostic>) {
    let (root, diagnostics) = parse(FileId(0), text, 0);
    (root.unwrap(), diagnostics)
}

fn codes(text: &str) -> Vec<Code> {
    parse(FileId(0), text, 0).1.iter().map(|d| d.code).collect()
}

fn get<'n>(node: &'n Node, key: &str) -> &'n Node {
    let NodeKind::Mapping(entries) = &node.kind else { panic!("a mapping: {node:?}") };
    &entries.iter().find(|entry| entry.key.value == key).unwrap().value
}

fn scalar(node: &Node) -> (&str, &ScalarValue, Style) {
    let NodeKind::Scalar(scalar) = &node.kind else { panic!("a scalar: {node:?}") };
    (&scalar.text, &scalar.value, scalar.style)
}

#[test]
fn scalars_keep_their_style_and_only_plain_ones_have_a_type() {
    let (root, diagnostics) = read("a: 1.50\nb: '1.50'\nc: \"\\u00e9\"\nd: |\n  x\n  y\ne:\nf: no\n");
    assert_eq!(diagnostics, []);
    assert_eq!(scalar(get(&root, "a")), ("1.50", &ScalarValue::Number("1.5".to_owned()), Style::Plain));
    assert_eq!(scalar(get(&root, "b")), ("1.50", &ScalarValue::String, Style::Quoted));
    assert_eq!(scalar(get(&root, "c")), ("é", &ScalarValue::String, Style::Quoted));
    assert_eq!(scalar(get(&root, "d")), ("x\ny\n", &ScalarValue::String, Style::Block));
    assert_eq!(scalar(get(&root, "e")), ("", &ScalarValue::Null, Style::Plain));
    assert_eq!(scalar(get(&root, "f")), ("no", &ScalarValue::String, Style::Plain));
}

#[test]
fn spans_are_bytes_also_behind_comments_in_other_scripts() {
    let text = "# ÄÖÜ 漢字\nключ: {é: 'ü', z: [1, 🦀 ]} # ß\nlast: 漢字 # ß\nend: \"a\\\"é\" \n";
    let (root, diagnostics) = read(text);
    assert_eq!(diagnostics, []);
    let written = |node: &Node| &text[node.span.range()];
    let first = get(&root, "ключ");
    assert_eq!(written(first), "{é: 'ü', z: [1, 🦀 ]}");
    assert_eq!(written(get(first, "é")), "'ü'");
    assert_eq!(written(get(first, "z")), "[1, 🦀 ]");
    assert_eq!(written(get(&root, "last")), "漢字");
    assert_eq!(written(get(&root, "end")), "\"a\\\"é\"");
    let NodeKind::Mapping(entries) = &root.kind else { panic!() };
    assert_eq!(&text[entries[0].key.span.range()], "ключ");
}

#[test]
fn a_text_inside_another_has_spans_in_the_outer_one() {
    let (root, _) = parse(FileId(2), "a: b", 100);
    let root = root.unwrap();
    assert_eq!((get(&root, "a").span.start, get(&root, "a").span.end), (103, 104));
}

#[test]
fn equal_keys_are_reported_at_every_depth_and_the_first_value_counts() {
    let (root, diagnostics) = read("a: 1\nb: { x: 1, x: 2, 'x': 3 }\na: 2\n");
    assert_eq!(diagnostics.len(), 3);
    assert!(diagnostics.iter().all(|d| d.code == Code::SdsDuplicateKey && d.secondary.len() == 1));
    assert_eq!(scalar(get(&root, "a")).0, "1");
    assert_eq!(scalar(get(get(&root, "b"), "x")).0, "1");
}

#[test]
fn aliases_tags_documents_and_odd_keys_are_refused_one_by_one() {
    assert_eq!(codes("a: &x 1\nb: *x\nc: [*x]\n"), [Code::SdsYaml, Code::SdsYaml]);
    assert_eq!(codes("a: !!int 1\nb: !own { c: d }\n"), [Code::SdsYaml, Code::SdsYaml]);
    assert_eq!(codes("a: 1\n---\nb: 2\n---\nc: 3\n"), [Code::SdsYaml]);
    assert_eq!(codes("{ [a]: 1, {b: c}: 2 }"), [Code::SdsYaml, Code::SdsYaml]);
    assert_eq!(codes("--- # one document\na: 1\n...\n"), []);
}

#[test]
fn an_alias_is_never_expanded() {
    let mut text = String::from("a0: &a0 x\n");
    for i in 1..60 {
        let all = vec![format!("*a{}", i - 1); 9].join(", ");
        text.push_str(&format!("a{i}: &a{i} [{all}]\n"));
    }
    assert_eq!(codes(&text).len(), 59 * 9);
}

#[test]
fn what_stands_in_front_of_a_syntax_error_is_kept() {
    let (root, diagnostics) = read("a: { b: [1, 2] }\nc: [1, { d: ]");
    assert_eq!(diagnostics.last().unwrap().code, Code::SdsYaml);
    assert!(!root.complete);
    assert!(get(&root, "a").complete);
}

/// Every span of the tree is a range of characters.
fn check(text: &str, node: &Node) {
    assert!(text.get(node.span.range()).is_some(), "{:?}", node.span);
    match &node.kind {
        NodeKind::Sequence(items) => items.iter().for_each(|item| check(text, item)),
        NodeKind::Mapping(entries) => entries.iter().for_each(|entry| {
            assert!(text.get(entry.key.span.range()).is_some());
            check(text, &entry.value);
        }),
        _ => {}
    }
}

/// The suite shows blanks that nobody sees as characters that everybody sees.
fn unshown(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{2014}' | '\u{bb}' => {
                // `———»` is one tab, drawn as wide as it is.
                while c == '\u{2014}' && rest.next_if_eq(&'\u{2014}').is_some() {}
                let _ = c == '\u{2014}' && rest.next_if_eq(&'\u{bb}').is_some();
                plain.push('\t');
            }
            '\u{2423}' => plain.push(' '),
            '\u{2190}' => plain.push('\r'),
            '\u{21d4}' => plain.push('\u{feff}'),
            '\u{21b5}' => {}
            '\u{220e}' => drop(rest.next_if_eq(&'\n')),
            other => plain.push(other),
        }
    }
    plain
}

fn json(node: &Node) -> serde_json::Value {
    match &node.kind {
        NodeKind::Sequence(items) => items.iter().map(json).collect(),
        NodeKind::Mapping(entries) => entries.iter().map(|e| (e.key.value.clone(), json(&e.value))).collect(),
        NodeKind::Unusable => serde_json::Value::Null,
        NodeKind::Scalar(scalar) => match &scalar.value {
            ScalarValue::Null => serde_json::Value::Null,
            ScalarValue::Bool(value) => (*value).into(),
            ScalarValue::Number(number) => number.parse::<f64>().unwrap().into(),
            ScalarValue::String => scalar.text.clone().into(),
        },
    }
}

/// Numbers as what they are worth: `1` is `1.0`.
fn worth(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Number(number) => number.as_f64().unwrap().into(),
        Value::Array(items) => items.into_iter().map(worth).collect(),
        Value::Object(members) => members.into_iter().map(|(key, value)| (key, worth(value))).collect(),
        other => other,
    }
}

/// How the reading of one case of the suite compares with what the suite says about it.
fn verdict(text: &str, fails: bool, expected: Option<&str>) -> String {
    let (root, findings) = parse(FileId(0), text, 0);
    if let Some(root) = &root {
        check(text, root);
    }
    match (findings.first(), fails) {
        (Some(_), true) => "refused, as it has to be".to_owned(),
        (None, true) => "WRONG: accepted".to_owned(),
        (Some(finding), false) => {
            let reason: String = finding.message.split('`').step_by(2).collect::<Vec<_>>().join("…");
            format!("refused, beyond the subset: {reason}")
        }
        (None, false) => {
            let Some(expected) = expected.and_then(|text| serde_json::from_str(text).ok()) else {
                return "accepted, the suite has no value to compare".to_owned();
            };
            let read = root.as_ref().map_or(serde_json::Value::Null, json);
            if worth(read) == worth(expected) {
                "accepted, with its value".to_owned()
            } else {
                "WRONG: another value".to_owned()
            }
        }
    }
}

#[test]
fn the_yaml_test_suite_agrees_or_is_refused() {
    let beside = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let suite = std::env::var_os("SEAC_CORPUS").map_or(beside, Into::into).join("yaml/yaml-test-suite/src");
    let Ok(folder) = std::fs::read_dir(&suite) else {
        return println!("SKIPPED: no corpus at {}; set SEAC_CORPUS to run this test", suite.display());
    };
    let mut files: Vec<_> = folder.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    files.sort();
    let mut counts: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    let mut wrong = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let (root, _) = read(&text);
        check(&text, &root);
        // Each file is a list of cases: the text under `yaml`, its value under `json`, `fail` if it is none.
        let NodeKind::Sequence(cases) = &root.kind else { continue };
        for (number, case) in cases.iter().enumerate() {
            let NodeKind::Mapping(entries) = &case.kind else { continue };
            let value = |key: &str| entries.iter().find(|entry| entry.key.value == key).map(|entry| &entry.value);
            let Some(yaml) = value("yaml") else { continue };
            let expected = value("json").map(|node| scalar(node).0);
            let verdict = verdict(&unshown(scalar(yaml).0), value("fail").is_some(), expected);
            let name = format!("{}/{number}", path.file_stem().unwrap().display());
            if verdict.starts_with("WRONG") {
                wrong.push(format!("{name}: {verdict}"));
            }
            *counts.entry(verdict).or_default() += 1;
        }
    }
    println!("{counts:#?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(counts["accepted, with its value"] > 5 && counts["refused, as it has to be"] > 5);
}
