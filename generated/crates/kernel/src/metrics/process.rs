//! What the operating system says of this process. Where it has no `/proc`, nothing is said.

use std::fs;

/// Ticks of a second in `/proc`: every Linux says 100 there.
const TICKS: f64 = 100.0;

/// Memory, open files, and when it started.
pub(super) struct Process {
    pub(super) resident_bytes: Option<u64>,
    pub(super) open_files: Option<u64>,
    pub(super) started: Option<f64>,
}

impl Process {
    pub(super) fn look() -> Self {
        Self { resident_bytes: resident(), open_files: open_files(), started: started() }
    }
}

/// In kB in the status, so that the size of a page does not matter.
fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

fn open_files() -> Option<u64> {
    // Looking opens one more.
    Some((fs::read_dir("/proc/self/fd").ok()?.count() as u64).saturating_sub(1))
}

/// The start in ticks since the machine started, and when that was.
fn started() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program may have spaces; it ends with the last bracket. The 22nd field is the 20th behind it.
    let ticks: f64 = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()?;
    let machine = fs::read_to_string("/proc/stat").ok()?;
    let booted: f64 = machine.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    Some(booted + ticks / TICKS)
}
