//! `seac watch`, as a process beside an editor.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Ends the process with the test, however that ends.
struct Watch(Child);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Waits until a file contains a text; the bound only keeps a broken build from hanging.
fn wait_for(path: &Path, text: &str) {
    let begun = Instant::now();
    while !fs::read_to_string(path).is_ok_and(|found| found.contains(text)) {
        assert!(begun.elapsed() < Duration::from_secs(60), "{} never contained {text:?}", path.display());
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_saved_spec_is_generated_and_a_broken_one_does_not_end_the_watch() {
    let dir = tempfile::tempdir().unwrap();
    let seac = env!("CARGO_BIN_EXE_seac");
    let demo = dir.path().join("demo");
    assert!(Command::new(seac).arg("new").arg(&demo).output().unwrap().status.success());
    let log = fs::File::create(dir.path().join("log")).unwrap();
    let mut command = Command::new(seac);
    command.arg("watch").current_dir(&demo).stdout(Stdio::null()).stderr(log);
    let _watch = Watch(command.spawn().unwrap());
    let log = dir.path().join("log");
    wait_for(&log, "Watching");
    let spec = demo.join("specs/orders/orders.sea");
    let text = fs::read_to_string(&spec).unwrap();
    fs::write(&spec, text.replace("total <= 10_000", "totl <= 10_000")).unwrap();
    wait_for(&log, "there is no name `totl`");
    fs::write(&spec, text.replace("total <= 10_000", "total <= 700")).unwrap();
    wait_for(&demo.join("generated/crates/orders/src/gen/policies.rs"), "In the spec: `total <= 700 \"USD\"`.");
}
