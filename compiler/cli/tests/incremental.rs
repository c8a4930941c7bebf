//! Whatever was edited, a run that emits only what the edit reaches leaves what a run in an empty folder would.

mod common;

use common::{Said, seac, tree};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Edits in a row; `SEAC_EDITS` asks for more.
const EDITS: usize = 42;

/// Contexts of which some use others, directly and by way of a third.
const CONTEXTS: &[(&str, &str, &str)] = &[
    (
        "base",
        "[]",
        "export enum Level {\n    low = \"low\",\n    high = \"high\"\n}\nexport record Tag {\n    /// What it says.\n    \
         name: string (max_length 20)\n    level: Level\n}\n",
    ),
    (
        "mid",
        "[base]",
        "Entity \"Thing\" {\n    key thing_id: uuid\n    level: Level default low\n    count: int (min 1, max 90)\n}\n\
         export record Pair {\n    left: base.Tag\n    right: base.Tag optional\n}\n",
    ),
    (
        "top",
        "[base, mid]",
        "record Box {\n    content: mid.Pair\n    level: base.Level\n    weight: decimal (min 3)\n}\n",
    ),
    ("alone", "[]", "Entity \"Hermit\" {\n    key hermit_id: uuid\n    age: int (min 0, max 120)\n}\n"),
];

/// Generates; how it ended, and what it said.
fn generate(folder: &Path) -> (i32, String) {
    let Said { code, stderr, .. } = seac(folder, &["generate"]);
    (code, stderr)
}

/// The specs of the contexts, and the example's, by path.
fn specs() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for (index, (name, uses, model)) in CONTEXTS.iter().enumerate() {
        let number = 200 + index;
        let design = format!(
            "sdsId: SDS-{number}\nboundedContext: {name}\nuses: {uses}\nsatisfiesPrds: []\nsatisfiesAdrs: []\n"
        );
        files.insert(format!("specs/{name}/{name}.sds.yaml"), design);
        files.insert(format!("specs/{name}/{name}.sea"), (*model).to_owned());
    }
    let orders = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/orders");
    for (path, bytes) in tree(&orders) {
        files.insert(path, String::from_utf8(bytes).expect("text"));
    }
    move_status(&mut files);
    files
}

/// Moves an enum of the example into a context of its own, so that an interface shows what another context declares.
fn move_status(files: &mut BTreeMap<String, String>) {
    let model = files.get_mut("specs/orders/orders.sea").expect("the model");
    let begin = model.find("enum OrderStatus").expect("the enum");
    let end = begin + model[begin..].find('}').expect("its end") + 1;
    let moved = format!("export {}\n", &model[begin..end]);
    model.replace_range(begin..end, "Resource \"Status\"");
    files.insert("specs/base/status.sea".to_owned(), moved);
    let design = files.get_mut("specs/orders/orders.sds.yaml").expect("the design");
    *design = design.replace("uses: [governance, evidence]", "uses: [governance, evidence, base]");
}

fn write(root: &Path, files: &BTreeMap<String, String>) {
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, text).expect("written");
    }
}

/// Numbers that follow from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }
}

/// How many kinds of edits there are.
const KINDS: usize = 7;

/// A text with one line changed, and what was done to it.
fn edited(text: &str, kind: usize, dice: &mut Dice) -> (String, String) {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = dice.below(lines.len());
    let what = match kind {
        0 => {
            lines.remove(at);
            "remove"
        }
        1 => {
            lines.insert(at, lines[at].clone());
            "repeat"
        }
        2 => {
            let next = (at + 1) % lines.len();
            lines.swap(at, next);
            "swap"
        }
        3 => {
            lines.insert(at, String::new());
            "empty line before"
        }
        4 => {
            let digit = char::from(b'1' + u8::try_from(dice.below(9)).expect("a digit"));
            lines[at] = lines[at].replace(|c: char| c.is_ascii_digit(), &digit.to_string());
            "another number in"
        }
        5 => {
            let at = lines.iter().position(|line| line.starts_with("export ")).unwrap_or(at);
            lines.insert(at, if text.contains("sdsId") { "# Said." } else { "/// Said." }.to_owned());
            "words before what is exported, or"
        }
        _ => {
            lines[at].push_str(if text.contains("sdsId") { " # noted" } else { " // noted" });
            "comment behind"
        }
    };
    (lines.join("\n") + "\n", format!("{what} line {}", at + 1))
}

/// What a run in an empty folder makes of the specs.
fn clean(specs: &BTreeMap<String, String>) -> BTreeMap<String, Vec<u8>> {
    let dir = tempfile::tempdir().expect("a folder");
    write(dir.path(), specs);
    let (code, said) = generate(dir.path());
    assert_eq!(code, 0, "{said}");
    tree(&dir.path().join("generated"))
}

#[test]
fn what_an_edit_reaches_is_emitted_again_and_nothing_is_forgotten() {
    let edits = std::env::var("SEAC_EDITS").ok().and_then(|number| number.parse().ok()).unwrap_or(EDITS);
    let dir = tempfile::tempdir().expect("a folder");
    let mut specs = specs();
    write(dir.path(), &specs);
    let (code, said) = generate(dir.path());
    assert_eq!(code, 0, "{said}");
    let (mut dice, mut accepted) = (Dice(7), 0);
    for number in 0..edits {
        // Every other edit is where other contexts look: each kind of edit in each of the files there.
        let base = |path: &&String| path.starts_with("specs/base/");
        let edited_file = match number % 2 {
            0 => specs.keys().nth(dice.below(specs.len())),
            _ => specs.keys().filter(base).nth(number / (2 * KINDS) % specs.keys().filter(base).count()),
        };
        let edited_file = edited_file.expect("a spec").clone();
        let before = specs[&edited_file].clone();
        let (after, what) = edited(&before, number / 2 % KINDS, &mut dice);
        if dice.below(4) == 0 {
            let files: Vec<_> = tree(&dir.path().join("generated")).into_keys().collect();
            fs::remove_file(dir.path().join("generated").join(&files[dice.below(files.len())])).expect("removed");
        }
        fs::write(dir.path().join(&edited_file), &after).expect("written");
        if generate(dir.path()).0 == 0 {
            specs.insert(edited_file.clone(), after);
        } else {
            fs::write(dir.path().join(&edited_file), &before).expect("written");
            assert_eq!(generate(dir.path()).0, 0, "what was right before is right again");
            continue;
        }
        accepted += 1;
        let (left, wanted) = (tree(&dir.path().join("generated")), clean(&specs));
        for path in left.keys().chain(wanted.keys()) {
            assert!(left.get(path) == wanted.get(path), "{path} differs after edit {number}: {what} of {edited_file}");
        }
    }
    assert!(accepted * 3 > edits, "only {accepted} of {edits} edits were accepted");
}
