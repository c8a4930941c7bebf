//! The examples of the table of codes are run: the failing one has the code, once, the mended one has no finding.
//!
//! Examples that are one text are tried where their reader is, in `compiler/syntax/tests/codes.rs`.

use seac_analysis::sea::{Memory, Options, analyse};
use seac_syntax::Code;
use snapbox::cmd::{Command, cargo_bin};
use std::fs;
use std::path::Path;

/// Examples in words: a file too large to print, and a clash that no specs lead to today.
const IN_WORDS: &[Code] = &[Code::GenTooLarge, Code::GenClash];

fn seac(folder: &Path, command: &[&str]) -> String {
    let output = Command::new(cargo_bin!("seac"))
        .current_dir(folder)
        .args(["--color", "never"])
        .args(command)
        .output()
        .expect("it starts");
    assert_ne!(output.status.code(), Some(101), "{output:?}");
    String::from_utf8(output.stderr).expect("text")
}

/// `\xE4` stands for a byte that is no UTF-8.
fn bytes(text: &str) -> Vec<u8> {
    let mut parts = text.split("\\xE4");
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        bytes.push(0xe4);
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

fn write(folder: &Path, head: &str, text: &str) {
    if let Some((path, count)) = head.split_once(" * ") {
        for number in 1..=count.parse::<u32>().expect("a number") {
            let number = number.to_string();
            write(folder, &path.replace('#', &number), &text.replace('#', &number));
        }
        return;
    }
    let (path, target) = head.split_once(" -> ").map_or((head, None), |(path, target)| (path, Some(target)));
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
    match target {
        #[cfg(unix)]
        Some(target) => std::os::unix::fs::symlink(target, path).expect("a link"),
        _ => fs::write(path, bytes(text)).expect("a file"),
    }
}

/// Makes what an example describes and says what seac finds.
fn run(name: &str, example: &str) -> String {
    let dir = tempfile::tempdir().expect("a folder");
    let mut head: Option<&str> = None;
    let mut text = String::new();
    for line in example.lines().chain(["=== end"]) {
        let command = line.strip_prefix("=== ");
        if let Some(next) = line.strip_prefix("--- ").or(command) {
            if let Some(head) = head {
                write(dir.path(), head, &text);
            }
            head = Some(next).filter(|_| command.is_none());
            text.clear();
        } else {
            text.push_str(line);
            text.push('\n');
        }
        match command {
            Some(command) if command.starts_with("seac ") => {
                drop(seac(dir.path(), &command.split(' ').skip(1).collect::<Vec<_>>()));
            }
            Some(remove) if remove.starts_with("rm ") => {
                fs::remove_dir_all(dir.path().join(&remove[3..])).expect("it was there");
            }
            _ => {}
        }
    }
    if dir.path().join("main.sea").exists() {
        return seac(dir.path(), &["check", "main.sea"]);
    }
    if dir.path().join("claims.yaml").exists() {
        return seac(dir.path(), &["emit-sea", "claims.yaml"]);
    }
    fs::create_dir_all(dir.path().join("specs")).expect("a folder");
    seac(dir.path(), &[if name.starts_with("GEN") { "generate" } else { "check" }])
}

#[test]
fn every_example_of_files_is_what_it_says() {
    let of_files = |code: &Code| code.info().failing.starts_with("--- ");
    let (mut wrong, mut all) = (Vec::new(), String::new());
    for code in Code::ALL.iter().copied().filter(of_files) {
        let (name, info) = (code.name(), code.info());
        let said = run(name, info.failing);
        all.push_str(&format!("=== {name}\n"));
        // How many files there are is not what an example is about.
        for line in said.lines().filter(|line| !line.trim_start().starts_with("Generated ")) {
            all.push_str(line);
            all.push('\n');
        }
        all.push('\n');
        if said.matches(&format!("[{name}]:")).count() != 1 {
            wrong.push(format!("{name} is not found exactly once:\n{said}"));
        }
        let said = run(name, info.mended);
        if said.contains("error") || said.contains("warning") {
            wrong.push(format!("{name} is not mended:\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    insta::assert_snapshot!(all);
}

/// Examples of syntax: tried where their reader is.
fn read_alone(code: Code) -> bool {
    ["SEA0", "SDS0", "NOTE"].iter().any(|prefix| code.name().starts_with(prefix))
}

/// The codes of a model that stands alone.
fn alone(text: &str) -> Vec<Code> {
    let mut memory = Memory::default();
    let file = memory.sources.add("self.sea", text);
    analyse(&[file], &mut memory, &Options::default()).diagnostics.iter().map(|finding| finding.code).collect()
}

#[test]
fn every_other_example_is_a_model_that_stands_alone() {
    let mut wrong = Vec::new();
    for code in Code::ALL.iter().copied().filter(|code| !IN_WORDS.contains(code) && !read_alone(*code)) {
        let (name, info) = (code.name(), code.info());
        if info.failing.starts_with("--- ") {
            continue;
        }
        let (failing, mended) = (alone(info.failing), alone(info.mended));
        if failing.iter().filter(|found| **found == code).count() != 1 || !mended.is_empty() {
            wrong.push(format!("{name}: {failing:?}, mended: {mended:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
