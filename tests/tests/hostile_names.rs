//! Names that mean something to Rust, to SQL or to the emitted code itself are as good as any other.

use std::fs;
use std::process::Command;

use seac_tests::binaries::{emitted_target, hold_emitted};
use seac_tests::run::{run, seac};

const SDS: &str = r###"sdsId: SDS-100
boundedContext: shop
satisfiesPrds: []
satisfiesAdrs: []
domain:
  entities:
    - name: Vec
      key: id
      fields:
        { id: uuid, type: string, self: int, crate: 'string?', match: bool, select: int, order: string, group: 'decimal?',
          uow: int, call: int, row: int, tx: int, state: string, values: 'list<string>', sql: int, Über_größe: 'int?',
          since: { type: timestamp, default: '2026-01-01T01:00:00.5+01:00' },
          twin: { type: uuid, default: 0190a5d4-7c1e-7000-8000-000000000001 } }
    - { name: Option, key: some, fields: { some: string, none: 'int?' } }
    - { name: Result, key: ok, fields: { ok: uuid, err: 'list<string>' } }
    - { name: Event, key: id, fields: { id: uuid, box: Box, kind: Self } }
  valueObjects:
    - { name: Self, members: [self, type, crate, none, Failure] }
    - { name: Box, fields: { dyn: string, async: int, await: bool } }
    - { name: String, pattern: '^"#*\\$' }
cqrs:
  commands:
    - name: Drop
      doc: 'Ends a comment */ and a string "# and a template {{ x }}.'
      actor: anonymous
      input:
        { id: uuid, type: string, self: int, match: bool, select: int, order: string, uow: int, call: int, row: int, tx: int,
          state: string, values: 'list<string>', sql: int }
      output: { id: uuid, type: string, self: int }
      effect: { creates: Vec }
      failures:
        - { code: self, for: [input_validation], meaning: 'a "quoted" meaning, and a \\ in it' }
        - { code: dup, for: [concurrency_conflict], meaning: m }
      idempotency: inherent
      concurrency: { uniqueKey: id }
useCases:
  - handles: Drop
    steps: [authorize, validate, persist: { entity: Vec }, appendEvidence: { type: shop.drop, subject: id }]
ports:
  inbound: [{ name: In, operations: [Drop], http: { base: /shop } }]
  outbound:
    [{ name: Str, for: Vec }, { name: Send, for: Option }, { name: Sync, for: Result }, { name: From, for: Event }]
adapters:
  - { name: Clone, implements: Str, kind: sql }
  - { name: Copy, implements: Send, kind: sql }
  - { name: Sized, implements: Sync, kind: sql }
  - { name: Into, implements: From, kind: sql }
"###;

#[test]
fn code_with_hostile_names_compiles_without_a_warning() {
    let held = hold_emitted();
    let root = emitted_target().join("hostile");
    drop(fs::remove_dir_all(&root));
    fs::create_dir_all(root.join("specs/shop")).expect("a folder");
    fs::write(root.join("specs/shop/shop.sds.yaml"), SDS).expect("a spec");
    seac(&root, &["generate"]).with(0);
    let mut clippy = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    clippy.args([
        "clippy",
        "--quiet",
        "--locked",
        "--package",
        "shop-context",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]);
    run(clippy.current_dir(root.join("generated")).env("CARGO_TARGET_DIR", emitted_target())).with(0);
    drop(held);
}

#[test]
fn names_that_become_one_are_told_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(folder.path().join("specs/shop")).expect("a folder");
    let twice =
        SDS.replace("{ id: uuid, box: Box", "{ id: uuid, ID: uuid, Id: uuid, box: Box").replace("Failure]", "SELF]");
    fs::write(folder.path().join("specs/shop/shop.sds.yaml"), twice).expect("a spec");
    let ended = seac(folder.path(), &["generate"]).with(1);
    ended.says(&["GEN025", "`id` and `ID` both become a field called `id`", "`self` and `SELF` both become a variant"]);
    assert!(!folder.path().join("generated").exists());
}
