//! Limits hold on small stacks, and time grows with the text.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types, missing_docs)]

use seac_syntax::{Code, FileId, sds, sea, yaml};
use std::time::{Duration, Instant};

/// Runs `test` on a quarter of the stack threads get by default.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(512 * 1024).spawn(test).unwrap().join().unwrap();
}

fn codes(text: &str) -> Vec<Code> {
    sea::parse(FileId(0), text).1.iter().map(|d| d.code).collect()
}

#[test]
fn nesting_up_to_the_limit_is_read_and_one_more_is_refused() {
    on_a_small_stack(|| {
        let nested = |open: &str, close: &str, depth: usize| {
            format!("Policy p as: {}true{}", open.repeat(depth), close.repeat(depth))
        };
        let limit = sea::MAX_NESTING as usize;
        assert_eq!(codes(&nested("(", ")", limit - 1)), []);
        assert_eq!(codes(&nested("(", ")", limit)), [Code::SeaNesting]);
        assert_eq!(codes(&nested("not ", "", limit - 1)), []);
        assert_eq!(codes(&nested("not ", "", limit)), [Code::SeaNesting]);
        assert_eq!(codes(&nested("- ", "", limit - 1)), []);
        assert_eq!(codes(&nested("- ", "", limit)), [Code::SeaNesting]);
    });
}

#[test]
fn every_way_to_nest_is_bounded() {
    on_a_small_stack(|| {
        let many = 100_000;
        for open in [
            "(",
            "not ",
            "- ",
            "not (",
            "1 or 1 and not 1 = 1 + 1 * -(",
            "[",
            "[[1],",
            "forall f in flows: (",
            "count(f in flows where ",
            "sum(f in flows: ",
            "group_by(f in flows: ",
            "group_by(f in flows: f) { ",
        ] {
            let text = format!("Policy p as: {}", open.repeat(many));
            assert_eq!(codes(&text), [Code::SeaNesting], "{open}");
        }
        for open in ["[", "{a: ", "{ \"a\" -> ["] {
            let text = format!("Flow \"R\" @tx {}", open.repeat(many));
            assert_eq!(codes(&text), [Code::SeaNesting], "{open}");
        }
        assert_eq!(codes(&format!("record R {{ a: {}", "list<".repeat(many)))[0], Code::SeaNesting);
        assert_eq!(codes(&format!("enum E {{ {}", "{".repeat(many))), [Code::SeaSyntax, Code::SeaSyntax]);
    });
}

#[test]
fn yaml_nesting_is_bounded() {
    on_a_small_stack(|| {
        for open in ["[", "{ a: ", "- ", "? ", "[ { a: "] {
            let (_, diagnostics) = sds::parse(FileId(0), &open.repeat(20_000));
            assert!(!diagnostics.is_empty(), "{open}");
        }
    });
}

#[test]
fn chains_have_no_limit() {
    on_a_small_stack(|| {
        for link in [" and true", " or true", " + 1", " * 2", " - -1"] {
            let text = format!("Policy p as: 1{}", link.repeat(100_000));
            assert_eq!(codes(&text), [], "{link}");
        }
    });
}

/// Far more than the slowest machine needs for what is linear, far less than what is quadratic in a text of megabytes.
const PATIENCE: Duration = Duration::from_secs(600);

fn in_time(what: &str, test: impl FnOnce()) {
    let start = Instant::now();
    test();
    let elapsed = start.elapsed();
    println!("{what}: {elapsed:?}");
    assert!(elapsed < PATIENCE, "{what} took {elapsed:?}");
}

/// Eight times the text takes about eight times as long, not sixty-four times: both are measured here, one after the
/// other, the best of several runs each, so that neither a slow nor a busy machine matters.
fn grows_with_the_text(what: &str, read: impl Fn(&str), text: impl Fn(usize) -> String) {
    let best = |size: usize| {
        let text = text(size);
        let run = |_| {
            let start = Instant::now();
            read(&text);
            start.elapsed()
        };
        (0..4).map(run).min().unwrap()
    };
    let (one, eight) = (best(1_000), best(8_000));
    println!("{what}: {one:?}, eight times as much: {eight:?}");
    assert!(eight < one * 32, "{what}: {one:?}, eight times as much: {eight:?}");
}

#[test]
fn time_grows_with_the_text_for_models() {
    let line = |i: usize| match i % 5 {
        0 => format!("/// Doc.\nEntity \"E{i}\" v1.0.0 in dom {{ key id: uuid\n name: string (min_length 1) }}\n"),
        1 => format!("Resource \"R{i}\" units in dom\n"),
        2 => format!("Flow \"R{i}\" @cqrs {{ \"kind\": \"command\" }} from \"A\" to \"B\" quantity {i}\n"),
        3 => format!(
            "Policy p{i} per Constraint Obligation priority 1 as: forall f in flows: (f.quantity > {i} and f.to = \"x\")\n"
        ),
        _ => format!("instance i{i} of \"E\" {{ a: \"x\", b: {i} }} // comment\n"),
    };
    let model = |size| (0..size).map(line).collect();
    grows_with_the_text("declarations", |text| assert_eq!(codes(text), []), model);
}

#[test]
fn time_grows_with_the_text_for_nonsense() {
    for piece in [
        "\"\"\"",
        "\"",
        "\"\\u{",
        "v1.2.3",
        "v1",
        "1_",
        "1.",
        "{",
        "}",
        "(",
        ")",
        "@",
        "@a ",
        "/",
        "///\n",
        "//\n",
        "-",
        "é",
        "\u{301}",
        "Entity \"A\" {\n",
        "Entity\n",
        "record a {\n",
        "a: b\n",
        "export ",
        "Policy p as:\n",
        "in ",
        "Resource \"x\" in ",
        "role<a.",
        "Mapping \"m\" for a {\n",
        "count(",
        "a.",
        "import {\n",
        "operation o {\n",
        "policy\n",
    ] {
        let text = piece.repeat(2_000_000 / piece.len());
        in_time(&format!("2 MB of {piece:?}"), || {
            let diagnostics = codes(&text);
            assert!(diagnostics.len() <= sea::MAX_FINDINGS + 1);
        });
    }
}

#[test]
fn time_grows_with_the_text_for_yaml() {
    let command = |i| format!("    - {{ name: C{i}, input: {{ a: string, b: 'list<string>' }}, emits: [E{i}] }}\n");
    let commands = |size| format!("cqrs:\n  commands:\n{}", (0..size).map(command).collect::<String>());
    assert_eq!(sds::parse(FileId(0), &commands(8_000)).0.commands.len(), 8_000);
    grows_with_the_text("commands", |text| drop(sds::parse(FileId(0), text)), commands);
    for piece in [
        "[", "]", "{", "- ", "? ", ": ", "a: ", "a: 1\n", "&a ", "*a ", "!a ", "'", "\"", "|", "#", "é ", "---\n",
        "[a,", "{a: b,", "  a\n", "\t",
    ] {
        let text = piece.repeat(200_000 / piece.len());
        in_time(&format!("200 kB of {piece:?}"), || drop(yaml::parse(FileId(0), &text, 0)));
    }
}
