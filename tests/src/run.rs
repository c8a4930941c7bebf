//! Processes: what they print and how they end.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::binaries;

/// How a process ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ended {
    /// Asserts on the exit code.
    #[track_caller]
    pub fn with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "exit code\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// Asserts that standard error contains all of these.
    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.stderr.contains(part), "no {part:?} in\n{}", self.stderr);
        }
        self
    }
}

/// Runs a command to its end. A panic of the program fails the test, whatever its exit code.
#[track_caller]
pub fn run(command: &mut Command) -> Ended {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code().unwrap_or_else(|| panic!("{command:?} was killed: {}", output.status));
    let ended = Ended { code, stdout: text(output.stdout), stderr: text(output.stderr) };
    assert!(!ended.stderr.contains("panicked"), "{command:?} panicked:\n{}", ended.stderr);
    ended
}

/// `seac` with these arguments in this folder, in an environment that does not depend on the machine's.
pub fn seac_command<A: AsRef<OsStr>>(folder: &Path, args: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(binaries::seac_binary());
    command.args(args).current_dir(folder).env("COLUMNS", "100").env("NO_COLOR", "1");
    command.env("CARGO_TARGET_DIR", binaries::emitted_target()).env_remove("CLICOLOR_FORCE");
    command
}

/// Runs `seac` to its end.
#[track_caller]
pub fn seac(folder: &Path, args: &[&str]) -> Ended {
    run(&mut seac_command(folder, args))
}
