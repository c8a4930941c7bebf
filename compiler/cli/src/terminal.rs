//! What is printed where: findings and progress to stderr, data to stdout. A reader that has gone away is no error.

use crate::exit::Failure;
use crate::generated::args::{Color, Global};
use crate::render::human::View;
use anstyle::{AnsiColor, Style};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Set once, before anything is printed.
static QUIET: AtomicBool = AtomicBool::new(false);

/// How many findings text shows.
static FINDINGS: AtomicUsize = AtomicUsize::new(100);

/// What went wrong on stdout.
static LOST: Mutex<Option<io::Error>> = Mutex::new(None);

const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::BrightRed.on_default().bold();
const GREEN: Style = AnsiColor::BrightGreen.on_default().bold();

/// Takes over the choices of the command line.
pub fn set_up(global: &Global) {
    QUIET.store(global.quiet, Ordering::Relaxed);
    if let Some(most) = global.max_errors {
        let most = usize::try_from(most).ok().filter(|most| *most > 0).unwrap_or(usize::MAX);
        FINDINGS.store(most, Ordering::Relaxed);
    }
    match global.color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// Data for stdout, as it is.
pub fn data(bytes: &[u8]) {
    let mut out = io::stdout().lock();
    remember(out.write_all(bytes).and_then(|()| out.flush()));
}

/// Data for stdout that is made while it is written.
pub fn stream(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    remember(write(&mut out).and_then(|()| out.flush()));
}

/// Text for stdout; colours are taken out where they do not belong.
pub fn print(text: &str) {
    let mut out = anstream::stdout().lock();
    remember(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

/// Keeps the first error of a write that was not answered by a reader that has gone away.
fn remember(result: io::Result<()>) {
    if let Err(error) = result
        && error.kind() != io::ErrorKind::BrokenPipe
        && let Ok(mut lost) = LOST.lock()
    {
        lost.get_or_insert(error);
    }
}

/// Why something that was to be printed on stdout is not there.
pub fn lost() -> Option<io::Error> {
    LOST.lock().ok()?.take()
}

/// Findings for stderr.
pub fn findings(text: &str) {
    let mut out = anstream::stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// A line about what is going on; silent with `--quiet`.
pub fn note(line: &str) {
    if !QUIET.load(Ordering::Relaxed) {
        findings(&format!("{line}\n"));
    }
}

/// A line about what is being done, e.g. `  Generating into generated`; silent with `--quiet`.
pub fn status(verb: &str, rest: &str) {
    note(&format!("{GREEN}{verb:>12}{GREEN:#} {rest}"));
}

/// An error that is no finding.
pub fn failure(failure: &Failure) {
    let mut text = format!("{RED}error{RED:#}{BOLD}: {}{BOLD:#}\n", failure.message);
    for cause in &failure.causes {
        text.push_str(&format!("  because: {cause}\n"));
    }
    if let Some(help) = &failure.help {
        text.push_str(&format!("  help: {help}\n"));
    }
    findings(&text);
}

/// Whether there is someone to show on stderr how a long run goes on.
pub fn shows_progress() -> bool {
    !QUIET.load(Ordering::Relaxed) && io::stderr().is_terminal()
}

/// Whether stdout is a terminal.
pub fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Columns of the terminal behind stderr; a fixed number where there is none.
pub fn width() -> usize {
    terminal_size::terminal_size_of(io::stderr()).map_or(140, |(width, _)| usize::from(width.0).max(40))
}

/// How findings are shown.
pub fn view() -> View {
    View { width: width(), findings: FINDINGS.load(Ordering::Relaxed) }
}
