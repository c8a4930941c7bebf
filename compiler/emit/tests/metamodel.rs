//! The compiler is built from what it generates: stage 1 is stage 2.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, reason = "a test reads the specs")]

use seac_emit::FileSet;
use seac_syntax::{Diagnostic, Sources, diagnostic};
use std::path::{Path, PathBuf};

const SPEC: &str = "specs/compiler/compiler.sds.yaml";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn spec() -> String {
    std::fs::read_to_string(root().join(SPEC)).unwrap()
}

fn emitted(text: &str) -> (FileSet, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    sources.add(SPEC, text);
    let (model, mut findings) = seac_analysis::analyse(&sources);
    // The notes are left out here.
    findings.retain(|finding| finding.code.name() != "NOTE101");
    // What has errors is never emitted.
    let emitted = || seac_emit::metamodel::emit(&model).unwrap();
    (if diagnostic::has_errors(&findings) { FileSet::default() } else { emitted() }, findings)
}

/// The compiler that runs here was built from the files that are checked in.
#[test]
fn it_generates_what_it_is_built_from() {
    let (files, findings) = emitted(&spec());
    assert!(!diagnostic::has_errors(&findings), "{findings:?}");
    assert!(files.len() > 30);
    for (path, file) in files.iter() {
        let checked_in = std::fs::read(root().join(path)).unwrap_or_default();
        assert!(*checked_in == *file.bytes, "{path} is not what {SPEC} says: run `seac generate`");
    }
}

#[test]
fn what_is_declared_is_what_there_is() {
    let text = spec()
        .replace("- code: SEA001\n", "- code: SEA999\n")
        .replace("{ name: isolation, ", "{ name: insulation, ")
        .replace("name: port-without-adapter,", "name: port-alone,")
        .replace("{ name: fix, type: flag,", "{ name: mend, type: flag,")
        .replace("requires: [fix]", "requires: [mend]")
        .replace("{ code: 101, name: Bug,", "{ code: 99, name: Bug,")
        .replace("{ name: template, type: text,", "{ name: made-by, type: text,");
    let (files, _) = emitted(&text);
    let changed = |path: &str, word: &str| {
        let text = std::str::from_utf8(&files.get(path).unwrap().bytes).unwrap();
        assert!(text.contains(word), "{path}");
    };
    changed("compiler/syntax/src/gen/codes.rs", "name: \"SEA999\"");
    changed("docs/reference/diagnostics.md", "## SEA999: ");
    changed("compiler/syntax/src/gen/shapes.rs", "name: \"insulation\"");
    changed("compiler/syntax/src/gen/sds.schema.json", "\"insulation\": {");
    changed("docs/reference/sds.md", "`insulation`");
    changed("compiler/emit/src/gen/gap_kinds.rs", "Self::PortAlone => \"port-alone\"");
    changed("compiler/cli/src/gen/check.rs", "long = \"mend\"");
    changed("compiler/cli/src/gen/check.rs", "pub mend: bool");
    changed("docs/reference/cli.md", "`--mend`");
    changed("compiler/cli/src/gen/exit.rs", "Bug = 99,");
    changed("compiler/workspace/src/gen/manifest.rs", "pub made_by: String");
}

#[test]
fn a_service_is_not_made_of_it() {
    let mut sources = Sources::default();
    sources.add(SPEC, spec());
    let (model, _) = seac_analysis::analyse(&sources);
    let files = seac_emit::emit(&model, &seac_emit::Histories::new()).unwrap();
    assert!(files.iter().all(|(path, _)| !path.starts_with("crates/compiler")));
}

#[test]
fn mistakes_in_it_are_found_at_their_place() {
    let deep = format!("{}text{}", "list<".repeat(200), ">".repeat(200));
    let mistakes = [
        ("code: SEA002", "code: SEA001", "the code `SEA001` is declared twice"),
        ("name: SeaNesting", "name: SeaSyntax", "the rule `SeaSyntax` is declared twice"),
        ("type: list<map<ENTITY>>", "type: list<map<ENTITIES>>", "there is no shape `ENTITIES`"),
        ("type: word<PORT_KINDS>", "type: word<PORTS>", "there is no vocabulary `PORTS`"),
        ("type: map<UOW>", "type: mapp<UOW>", "there is no type `mapp`"),
        ("type: map<UOW>", "type: maps", "there is no type `maps`"),
        ("type: map<UOW>", &format!("type: {deep}"), "there is no type"),
        ("requires: [fix]", "requires: [fixing]", "there is no argument `fixing`"),
        ("conflicts: [out]", "conflicts: [dir]", "there is no argument `dir`"),
        ("name: fix, type: flag", "name: fix, type: flags", "`flags` is none of"),
        ("name: timings, type: flag", "name: format, type: flag", "the argument `format` is declared twice"),
        ("short: q", "short: qu", "expected one letter"),
        ("default: seac\n", "default: other\n", "`other` is none of"),
        ("code: 101, name: Bug", "code: 256, name: Bug", "expected a number up to 255"),
        ("name: fmt\n", "name: check\n", "the command `check` is declared twice"),
        ("type: list<row<REGION>>", "type: list<row<REGIONS>>", "there is no shape `REGIONS`"),
        ("type: word<ZONE>", "type: word<SEVERITIES>", "there is no vocabulary `SEVERITIES`"),
        ("type: list<map<ORIGIN>>", "type: free<map<ORIGIN>>", "there is no type `free`"),
        ("type: list<map<ENTITY>>", "type: list<row<ENTITY>>", "there is no type `row`"),
        ("severity: error\n      title: brackets", "severity: fatal\n      title: brackets", "`fatal`"),
    ];
    for (right, wrong, message) in mistakes {
        let text = spec().replacen(right, wrong, 1);
        assert_ne!(text, spec(), "{right}");
        let (_, findings) = emitted(&text);
        let found: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(found.len(), 1, "{wrong}: {found:?}");
        assert!(found[0].contains(message), "{wrong}: {found:?}");
    }
}
