//! The SDS reader: the whole format, its spans, and what a person reads when a file is wrong.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use seac_syntax::sds::ast::*;
use seac_syntax::{Code, FileId, frontmatter, sds};
use serde_json::Value;

const SKETCH: &str = include_str!("fixtures/evidence.sds.yaml");

/// The four required keys, so that cases show only what they are about.
const HEAD: &str = "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []\nsatisfiesAdrs: []\n";

fn read(text: &str) -> SdsFile {
    let (file, diagnostics) = sds::parse(FileId(0), text);
    assert_eq!(diagnostics, [], "{text}");
    file
}

/// The tree without its spans and without what was not written.
fn bare(value: Value) -> Value {
    match value {
        Value::Object(mut map) => {
            map.remove("span");
            match map.remove("value") {
                Some(value) if map.is_empty() => bare(value),
                Some(value) => Value::Array(vec![bare(value), bare(Value::Object(map))]),
                None => Value::Object(
                    map.into_iter()
                        .map(|(key, value)| (key, bare(value)))
                        .filter(|(_, value)| !value.is_null() && *value != Value::Array(Vec::new()))
                        .collect(),
                ),
            }
        }
        Value::Array(items) => Value::Array(items.into_iter().map(bare).collect()),
        other => other,
    }
}

#[test]
fn the_sketch_of_the_format_is_read_without_a_finding() {
    let tree = bare(serde_json::to_value(read(SKETCH)).unwrap());
    let groups = tree.as_object().unwrap().iter().map(|(group, value)| format!("{group}: {value}"));
    insta::assert_snapshot!(groups.collect::<Vec<_>>().join("\n"));
}

/// Calls `check` with every text of the tree and its span.
fn texts(value: &Value, check: &mut impl FnMut(&str, std::ops::Range<usize>)) {
    if let (Some(text), Some(span)) = (value["value"].as_str(), value["span"].as_object()) {
        check(text, span["start"].as_u64().unwrap() as usize..span["end"].as_u64().unwrap() as usize);
    }
    match value {
        Value::Object(map) => map.values().for_each(|value| texts(value, check)),
        Value::Array(items) => items.iter().for_each(|value| texts(value, check)),
        _ => {}
    }
}

#[test]
fn every_text_stands_where_its_span_says_also_behind_other_scripts() {
    let foreign =
        SKETCH.replace("# ", "# Ünïcödé 漢字 🦀 ").replace("title: ", "title: 漢字🦀 ").replace("Upload", "É");
    for text in [SKETCH, &foreign, &foreign.replace('\n', "\r\n"), &format!("\u{feff}{foreign}")] {
        let mut count = 0;
        texts(&serde_json::to_value(read(text)).unwrap(), &mut |value, span| {
            if value == "Eq" {
                return; // an operator, no text
            }
            let written = text[span].trim_matches(['\'', '"']);
            assert_eq!(written.strip_prefix("header:").unwrap_or(written), value);
            count += 1;
        });
        assert!(count > 150, "{count}");
    }
}

#[test]
fn collections_end_with_their_bracket_or_their_last_item() {
    let file = read(SKETCH);
    let written = |span: seac_syntax::Span| &SKETCH[span.range()];
    assert_eq!(written(file.expectations[0].span), "{ flow: EvidenceSubmission, then: EvidenceLedgering, within: 5s }");
    assert!(written(file.adapters[1].span).ends_with('}'));
    assert!(written(file.connectors[0].span).ends_with("otherwise: unclassified"));
    assert!(written(file.entities[0].span).starts_with("name: EvidenceArtifact"));
}

#[test]
fn fields_keep_their_order_and_a_question_mark_makes_them_optional() {
    let file = read(&format!(
        "{HEAD}cqrs: {{ commands: [ {{ name: C, input: {{ z: int, a: 'list<string>?', m: {{ type: uuid, optional: true }} }} }} ] }}"
    ));
    let fields: Vec<(&str, bool)> = file.commands[0].input.iter().map(|f| (f.name.as_str(), f.optional)).collect();
    assert_eq!(fields, [("z", false), ("a", true), ("m", true)]);
}

#[test]
fn durations_are_milliseconds_and_numbers_are_exact() {
    let file = read(SKETCH);
    let backoff: Vec<u64> = file.message_bus.unwrap().retry.unwrap().backoff.iter().map(|d| d.value).collect();
    assert_eq!(backoff, [1_000, 5_000, 30_000, 120_000]);
    let price = file.entities[0].fields.iter().find(|field| field.name.value == "price").unwrap();
    assert_eq!(price.constraints[0].1.kind, ScalarKind::Number("0.5".to_owned()));
}

#[test]
fn an_expression_in_a_folded_scalar_is_read_and_findings_in_it_point_at_the_scalar() {
    let step = |when: &str| {
        format!(
            "{HEAD}useCases:\n  - handles: C\n    steps:\n      - call:\n          port: P\n          method: m\n          when: {when}\n"
        )
    };
    let file = read(&step(">\n            kind = \"log\"\n            and size > 5"));
    assert!(matches!(file.use_cases[0].steps[0].kind, StepKind::Call { when: Some(_), .. }));
    let text = step("kind =\n            and");
    let (_, diagnostics) = sds::parse(FileId(0), &text);
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(&text[diagnostics[0].primary.span.range()], "kind =\n            and");
    let text = step("\"kind = ]\"");
    let (_, diagnostics) = sds::parse(FileId(0), &text);
    assert_eq!(&text[diagnostics[0].primary.span.range()], "]");
}

#[test]
fn messages_say_what_was_expected_and_found() {
    let cases: Vec<String> = [
        "useCase: []",
        "zzz: 1",
        "title: [a]",
        "title: true",
        "version: 1.0",
        "title: one\ntitle: two",
        "uses: governance",
        "domain: { entities: [ { name: E, fields: { a: 5, b: { typ: int }, c: 'list<', d: { type: int, min_length: 1 } } } ] }",
        "domain: { valueObjects: [ { name: V, pattern: a, members: [b] }, { name: W, base: int } ] }",
        "cqrs: { commands: [ { actor: A }, [], { name: 5 } ] }",
        "cqrs: { commands: [ { name: C, effect: { makes: E }, concurrency: lock, idempotency: { keyedBy: a, notApplicable: b } } ] }",
        "cqrs: { commands: [ { name: C, failures: [ { code: c } ], page: { limit: 5 } } ], queries: [ { name: Q, page: { limit: -1 } } ] }",
        "useCases: [ { handles: C, steps: [ authorise, persist, { authorize: x }, { a: 1, b: 2 }, { storeBlob: { from: a } }, { call: { port: P, method: m, when: a = } } ] } ]",
        "messageBus: { retry: { max: many, backoff: [5, 1 s, 2w] } }",
        "connectors: [ { name: c, transport: { webhook: { path: /p, deliveryId: X-Id, verify: { hmacSha256: { header: H, secret: s3cr3t } } } }, redact: [ email, /a~b ], parse: [ { when: { kind: x }, event: { type: t, actor: { id: login }, outcome: { const: a, map: {} }, attributes: { a: { join: [ /a ] }, b: {} } } } ] } ]",
        "invariants: [ { id: I, check: { every: often } } ]",
        "title: *name",
        "title: !!str x",
        "title: a\n---\ntitle: b",
        "title: \"unclosed\nuses: 5",
        "uses: 5\ntitle: [a, b\nowner: c",
        "? [a]\n: b",
        "title: 'a' 'b'",
    ]
    .iter()
    .map(|case| format!("{HEAD}{case}"))
    .chain(["".to_owned(), "[]".to_owned(), "sdsId: SDS-001".to_owned(), "{ a".to_owned()])
    .collect();
    let cases: Vec<&str> = cases.iter().map(String::as_str).collect();
    let snapshot = common::snapshot(&cases, |text| sds::parse(FileId(0), text).1);
    insta::assert_snapshot!(snapshot.replace(HEAD, ""));
}

#[test]
fn a_secret_is_not_repeated_in_a_message() {
    let text = format!(
        "{HEAD}connectors: [ {{ name: c, parse: [], transport: {{ webhook: {{ path: /p, \
         verify: {{ hmacSha256: {{ header: H, secret: s3cr3t }} }} }} }} }} ]"
    );
    let (_, diagnostics) = sds::parse(FileId(0), &text);
    assert_eq!(diagnostics.len(), 1);
    assert!(!serde_json::to_string(&diagnostics).unwrap().contains("s3cr3t"));
}

#[test]
fn a_syntax_error_does_not_hide_what_was_found_before_it() {
    let (file, diagnostics) = sds::parse(FileId(0), "sdsId: SDS-001\nuse: []\nversion: 1.0\ntitle: ]\n");
    let codes: Vec<Code> = diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(codes, [Code::SdsUnknownKey, Code::SdsWrongType, Code::SdsYaml]);
    assert_eq!(file.sds_id.unwrap().value, "SDS-001");
}

#[test]
fn front_matter_names_a_note() {
    let text =
        "---\nid: PRD-003\ntitle: Évidence\nstatus: accepted\ndate: 2026-01-01\nsatisfies: ADR-002\n---\n# Body\n---\n";
    let (note, diagnostics) = frontmatter::parse(FileId(0), text);
    assert_eq!(diagnostics, []);
    let note = note.unwrap();
    assert_eq!((note.id.as_str(), &text[note.id.span.range()]), ("PRD-003", "PRD-003"));
    assert_eq!(note.satisfies[0].value, "ADR-002");
    assert!(text[note.span.range()].ends_with("ADR-002\n---"));
    let cases = [
        "# no",
        "---\nid: ADR-1\n",
        "---\ntitle: x\n---\n",
        "---\nid: 5\nsatisfies: [A, 5]\n---\n",
        "---\nid: [\n---\n",
        "---\n---\n",
    ];
    insta::assert_snapshot!(common::snapshot(&cases, |text| frontmatter::parse(FileId(0), text).1));
}

/// The specifications of this repository are the first users of the format.
#[test]
#[allow(clippy::disallowed_methods)]
fn the_specifications_of_this_repository_are_read_without_a_finding() {
    let root = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders = vec![root.join("specs"), root.join("examples")];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.to_string_lossy().replace('\\', "/");
            if path.is_dir() && !name.ends_with("/generated") && !name.ends_with("/.seac") {
                folders.push(path);
                continue;
            }
            let read = |text: &str| match () {
                () if name.ends_with(".sea") => seac_syntax::sea::parse(FileId(0), text).1,
                () if name.ends_with(".sds.yaml") => sds::parse(FileId(0), text).1,
                () if name.contains("/adr/") || name.contains("/prd/") => frontmatter::parse(FileId(0), text).1,
                () => Vec::new(),
            };
            let is_spec = [".sea", ".sds.yaml", ".md"].iter().any(|end| name.ends_with(end));
            let text = if is_spec { std::fs::read_to_string(&path).unwrap() } else { continue };
            assert_eq!(common::render(&text, &read(&text)), "", "{name}");
            count += 1;
        }
    }
    assert!(count >= 6, "{count} specifications");
}
