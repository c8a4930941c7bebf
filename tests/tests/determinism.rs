//! The same specs give the same bytes: in any folder, in any order of files, in any environment, as often as you like.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use seac_tests::binaries::repository;
use seac_tests::random::Random;
use seac_tests::run::{run, seac, seac_command};
use seac_tests::{binaries, files};

type Tree = BTreeMap<String, Vec<u8>>;

/// The folders a source tree is generated in, and the environment it is done in.
struct Surroundings {
    folder: tempfile::TempDir,
    environment: [(&'static str, &'static str); 4],
}

impl Surroundings {
    fn all() -> Vec<Self> {
        let environments = [
            [("LANG", "C"), ("LC_ALL", "C"), ("TZ", "UTC"), ("RAYON_NUM_THREADS", "1")],
            [
                ("LANG", "tr_TR.UTF-8"),
                ("LC_ALL", "tr_TR.UTF-8"),
                ("TZ", "Pacific/Kiritimati"),
                ("RAYON_NUM_THREADS", "7"),
            ],
            [
                ("LANG", "de_DE.UTF-8"),
                ("LC_ALL", "de_DE.UTF-8"),
                ("TZ", "America/St_Johns"),
                ("RAYON_NUM_THREADS", "2"),
            ],
        ];
        // Another file system lists its files in another order.
        let memory = Path::new("/dev/shm");
        let bases = [std::env::temp_dir(), std::env::temp_dir(), memory.to_path_buf()];
        let bases = bases.map(|base| if base.is_dir() { base } else { std::env::temp_dir() });
        let prefixes = ["short", "a folder with spaces and a longer name ", "ünï"];
        let folders = prefixes
            .iter()
            .zip(bases)
            .map(|(prefix, base)| tempfile::Builder::new().prefix(prefix).tempdir_in(base).expect("a folder"));
        folders.zip(environments).map(|(folder, environment)| Self { folder, environment }).collect()
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// Writes the sources in an order of chance, generates, and returns what came out.
    fn generate(&self, sources: &Tree, random: &mut Random) -> Tree {
        let mut order: Vec<_> = sources.iter().map(|source| (random.number(), source)).collect();
        order.sort();
        files::write(&self.root(), order.into_iter().map(|(_, source)| source));
        let mut command = seac_command(&self.root(), ["generate"]);
        command.envs(self.environment).env("HOME", self.folder.path()).env("USER", "somebody");
        run(&mut command).with(0);
        files::tree(&self.root().join("generated"))
    }
}

fn same_everywhere(sources: &Tree) -> Tree {
    let mut random = Random::seeded("SEAC_DETERMINISM_SEED");
    let surroundings = Surroundings::all();
    let trees: Vec<_> = surroundings.iter().map(|place| place.generate(sources, &mut random)).collect();
    assert!(trees[0].len() > 50, "there is something to compare");
    for tree in &trees[1..] {
        files::assert_same(&trees[0], tree);
    }
    for place in &surroundings {
        for (path, bytes) in &trees[0] {
            for trace in [place.folder.path(), repository(), binaries::seac_binary()] {
                let trace = trace.to_str().expect("UTF-8");
                assert!(files::occurrences(bytes, trace.as_bytes()).is_empty(), "{trace} is in {path}");
            }
        }
    }
    // Once more over what is there, from a folder below.
    let place = &surroundings[0];
    run(&mut seac_command(&place.root().join("specs"), ["generate"])).with(0).says(&[" 0 written,", " 0 removed"]);
    files::assert_same(&trees[0], &files::tree(&place.root().join("generated")));
    trees.into_iter().next().expect("three")
}

fn prefixed(tree: Tree, prefix: &str) -> Tree {
    tree.into_iter().map(|(path, bytes)| (format!("{prefix}/{path}"), bytes)).collect()
}

#[test]
fn the_platform_is_generated_to_the_same_bytes_everywhere_and_they_are_the_ones_checked_in() {
    let generated = same_everywhere(&prefixed(files::tree(&repository().join("specs")), "specs"));
    let mut checked_in = files::tree(&repository().join("generated"));
    checked_in.retain(|path, _| !path.starts_with("target/"));
    // Files that are ours to change are written once and then stay as they are.
    let manifest: serde_json::Value = serde_json::from_slice(&generated["MANIFEST.json"]).expect("JSON");
    let outputs = manifest["outputs"].as_array().expect("outputs").iter();
    let ours: Vec<_> = outputs.filter(|output| output["zone"] == "ext").filter_map(|o| o["path"].as_str()).collect();
    assert!(!ours.is_empty() && ours.len() < generated.len() / 2, "{ours:?}");
    for (path, bytes) in &generated {
        let there = checked_in.get(path).unwrap_or_else(|| panic!("{path} is not checked in"));
        assert!(ours.contains(&path.as_str()) || there == bytes, "{path} is not what was generated");
    }
}

#[test]
fn a_new_workspace_is_generated_to_the_same_bytes_everywhere() {
    let folder = tempfile::tempdir().expect("a folder");
    seac(folder.path(), &["new", "demo"]).with(0);
    let mut specs = files::tree(&folder.path().join("demo"));
    specs.retain(|path, _| path.starts_with("specs/"));
    same_everywhere(&specs);
}

#[test]
fn the_model_and_the_findings_do_not_depend_on_the_surroundings() {
    let mut random = Random::seeded("SEAC_DETERMINISM_SEED");
    let folder = tempfile::tempdir().expect("a folder");
    seac(folder.path(), &["new", "demo"]).with(0);
    let mut sources = files::tree(&folder.path().join("demo"));
    let said: Vec<_> = Surroundings::all()
        .iter()
        .map(|place| {
            place.generate(&sources, &mut random);
            run(seac_command(&place.root(), ["model", "--format", "json"]).envs(place.environment)).with(0).stdout
        })
        .collect();
    assert!(said.iter().all(|model| *model == said[0]) && said[0].starts_with('{'));
    let sea = sources.get_mut("specs/orders/orders.sea").expect("it is there");
    *sea = String::from_utf8_lossy(sea).replace("uuid", "uid").into_bytes();
    let said: Vec<_> = Surroundings::all()
        .iter()
        .map(|place| {
            files::write(&place.root(), &sources);
            let ended = run(seac_command(&place.root(), ["check", "--format", "json"]).envs(place.environment)).with(1);
            (ended.stdout, ended.stderr)
        })
        .collect();
    assert!(said.iter().all(|findings| *findings == said[0]) && said[0].0.contains("uid"));
}
