//! Helpers for the black-box suites: they know the built binaries, HTTP and the files on disk, and nothing of the code.
//!
//! A helper that cannot do its work panics: it is the test that fails then.

pub mod binaries;
pub mod database;
pub mod design;
pub mod elsewhere;
pub mod files;
pub mod http;
pub mod node;
pub mod office;
pub mod orders;
#[path = "../../templates/kernel/tests/servers/postgres.rs"]
pub mod postgres;
pub mod provider;
pub mod random;
pub mod run;
pub mod webhook;

use std::time::{Duration, Instant};

/// How long anything that is awaited may take. Only a failing test ever waits so long.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again and again until there is an answer.
pub fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "this did not come about: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
