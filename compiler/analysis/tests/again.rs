//! Whatever was edited, an analysis that takes over what it knows comes to what one that begins anew does.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test reads the specs")]

use proptest::prelude::*;
use seac_analysis::sea::Options;
use seac_analysis::{Memory, analyse, analyse_again};
use seac_syntax::Sources;
use std::path::Path;

/// A context that others use, with an event that one of them holds as a value and an operation that one lets its role call.
const BASE: &str = r#"sdsId: SDS-201
boundedContext: base
satisfiesPrds: []
satisfiesAdrs: []
useCases:
  - handles: note_it
    steps:
      - authorize
      - validate
      - persist: { entity: Note }
      - appendEvidence: { type: base.noted, subject: note_id }
      - publish: Noted
ports:
  inbound:
    - { name: BaseApi, operations: [note_it], http: { base: /v1/base } }
  outbound:
    - { name: Notes, for: Note }
adapters:
  - { name: SqlNotes, implements: Notes, kind: sql }
uow: { boundary: command, includes: [repositories, ledger, outbox], isolation: serializable }
messageBus:
  stream: BASE
  routes:
    - { event: Noted, subject: base.noted }
"#;

const BASE_SEA: &str = r#"export Role "Writer"
export Role "Reader"
Pattern "Word" matches "^[a-z]+$"
Dimension "Boxes"
Unit "box" of "Boxes" factor 1 base "box"

export enum Level {
    low = "low",
    high = "high"
}

export Entity "Note" {
    key note_id: uuid
    word: string (pattern "Word")
    level: Level default low
}

record NoteInput {
    note_id: uuid
    word: string (pattern "Word")
}

record NoteOutput {
    note_id: uuid
}

export record Noted {
    note_id: uuid
    word: string
}

Policy word_is_there per Constraint Obligation priority 1 as: word != "none"

export operation note_it {
    intent "Note a word"
    direction inbound
    actor Writer
    access policy_governed by word_is_there at precondition fails with no_word
    input NoteInput
    output NoteOutput
    state Note
    effect creates Note
    transaction single_aggregate
    failure bad_word for input_validation "no word"
    failure no_word for policy "a word is needed"
    failure not_a_writer for policy "only writers write"
    failure note_exists for concurrency_conflict "it is there already"
    emits Noted
    idempotency inherent
    concurrency unique_key note_id
    evidence operation_trace
    lifecycle synchronous_request_response
}
"#;

const USER: &str = r#"sdsId: SDS-202
boundedContext: user
uses: [base]
satisfiesPrds: []
satisfiesAdrs: []
access:
  grants:
    - { role: base.Reader, may: [base.note_it] }
"#;

const USER_SEA: &str = r#"export record Shelf {
    last: base.Noted optional
    level: base.Level
}
"#;

const FAR: &str = "sdsId: SDS-203\nboundedContext: far\nuses: [user]\nsatisfiesPrds: []\nsatisfiesAdrs: []\n";

const FAR_SEA: &str = r#"record Room {
    shelf: user.Shelf
    weight: decimal (min 3)
}
"#;

const ALONE: &str = "sdsId: SDS-204\nboundedContext: alone\nsatisfiesPrds: []\nsatisfiesAdrs: []\n";

const ALONE_SEA: &str = r#"import { Noted } from "../base/base.sea"

Entity "Hermit" {
    key hermit_id: uuid
    age: int (min 0, max 120)
}
"#;

/// The platform's specs and the examples stand beside contexts that do to each other what contexts can.
fn texts() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut texts = Vec::new();
    for base in [root.clone(), root.join("examples/billing"), root.join("examples/orders")] {
        for folder in ["evidence", "governance", "billing", "orders"].map(|name| base.join("specs").join(name)) {
            for entry in walkdir::WalkDir::new(folder).into_iter().flatten().filter(|entry| entry.file_type().is_file())
            {
                let path = entry.path().strip_prefix(&base).unwrap().to_str().unwrap().to_owned();
                texts.push((path, std::fs::read_to_string(entry.path()).unwrap()));
            }
        }
    }
    for (name, sds, sea) in
        [("base", BASE, BASE_SEA), ("user", USER, USER_SEA), ("far", FAR, FAR_SEA), ("alone", ALONE, ALONE_SEA)]
    {
        texts.push((format!("specs/{name}/{name}.sds.yaml"), sds.to_owned()));
        texts.push((format!("specs/{name}/{name}.sea"), sea.to_owned()));
    }
    texts.sort();
    texts
}

fn sources(texts: &[(String, String)]) -> Sources {
    let mut sources = Sources::default();
    for (path, text) in texts {
        sources.add(path.as_str(), text.as_str());
    }
    sources
}

/// Changes one line of a text.
fn edit(text: &str, at: prop::sample::Index, kind: u8) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        return "\n".to_owned();
    }
    let at = at.index(lines.len());
    match kind {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, lines[at].clone()),
        2 => lines.insert(at, String::new()),
        3 => lines[at] = lines[at].replace(|c: char| c.is_ascii_digit(), "7"),
        4 => lines[at] = lines[at].replace("base", "user"),
        5 => lines[at] = lines[at].replace("Noted", "Note"),
        _ => lines[at] = lines[at].replace("export ", ""),
    }
    lines.join("\n") + "\n"
}

fn same(memory: &mut Memory, texts: &[(String, String)]) -> usize {
    let sources = sources(texts);
    let (model, found) = analyse(&sources);
    let again = analyse_again(&sources, memory, &Options::default());
    assert_eq!(again.diagnostics, found);
    assert_eq!(again.model, model);
    memory.keep(again.model);
    again.kept.len()
}

#[test]
fn a_context_that_nothing_new_reaches_is_taken_over() {
    let (mut memory, mut texts) = (Memory::default(), texts());
    assert_eq!(same(&mut memory, &texts), 0);
    let (model, found) = analyse(&sources(&texts));
    assert_eq!(found, []);
    assert_eq!(model.contexts["base"].operations["note_it"].roles.len(), 2, "a role of its own, and a granted one");
    assert!(model.contexts["base"].records.contains_key("Noted"), "an event that another context holds");
    let all = 8;
    // One imports a file by its path, and may look at anything.
    assert_eq!(same(&mut memory, &texts), all - 1);
    let far = texts.iter_mut().find(|(path, _)| path == "specs/far/far.sea").unwrap();
    far.1.push_str("// Said.\n");
    assert_eq!(same(&mut memory, &texts), all - 3, "itself, the one it uses, and the one that imports");
    let base = texts.iter_mut().find(|(path, _)| path == "specs/base/base.sea").unwrap();
    base.1.push_str("// Said.\n");
    assert_eq!(same(&mut memory, &texts), all - 4, "three that reach it, and the one that imports");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn an_analysis_that_goes_on_comes_to_what_a_new_one_does(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..7_u8, any::<bool>()), 12),
    ) {
        let original = texts();
        let (mut memory, mut texts) = (Memory::default(), original.clone());
        same(&mut memory, &texts);
        for (file, line, kind, back) in edits {
            let small: Vec<usize> = (0..texts.len()).filter(|at| original[*at].1.len() < 16_000).collect();
            let file = small[file.index(small.len())];
            texts[file].1 = if back { original[file].1.clone() } else { edit(&texts[file].1, line, kind) };
            same(&mut memory, &texts);
        }
    }
}
