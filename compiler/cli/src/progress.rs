//! What a long run is doing, on a terminal and for as long as it lasts; a short run says nothing.

use crate::terminal;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A run that has ended by then is not worth a word.
const PATIENCE: Duration = Duration::from_millis(300);
/// How often the line is drawn anew.
const BEAT: Duration = Duration::from_millis(100);

/// A line on stderr that is gone when the value is.
pub struct Progress {
    bar: ProgressBar,
    /// Held while the line may appear.
    running: Option<Sender<()>>,
    waiting: Option<JoinHandle<()>>,
}

impl Progress {
    /// Progress on stderr, if that is a terminal and the user does not want quiet.
    pub fn start() -> Self {
        let target =
            if terminal::shows_progress() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self::on(target, PATIENCE)
    }

    /// Progress that nobody sees.
    pub fn none() -> Self {
        Self { bar: ProgressBar::hidden(), running: None, waiting: None }
    }

    fn on(target: ProgressDrawTarget, patience: Duration) -> Self {
        if target.is_hidden() {
            return Self::none();
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        bar.set_style(
            ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        let (running, ended) = mpsc::channel();
        let line = bar.clone();
        let waiting = thread::spawn(move || {
            if ended.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
                line.set_draw_target(target);
                line.enable_steady_tick(BEAT);
            }
        });
        Self { bar, running: Some(running), waiting: Some(waiting) }
    }

    /// Says what is being done now.
    pub fn stage(&self, doing: impl Into<String>) {
        self.bar.set_message(doing.into());
    }

    /// Prints something else; the line makes room for it.
    pub fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        // Without the sender the thread ends, so that no line appears after the last one was taken away.
        self.running = None;
        let _ = self.waiting.take().map(JoinHandle::join);
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::InMemoryTerm;

    fn on(patience: Duration) -> (InMemoryTerm, Progress) {
        let term = InMemoryTerm::new(4, 80);
        let target = ProgressDrawTarget::term_like(Box::new(term.clone()));
        (term, Progress::on(target, patience))
    }

    #[test]
    fn a_long_stage_is_shown_and_taken_away() {
        let (term, progress) = on(Duration::ZERO);
        progress.stage("analysing 3 specs");
        let begun = std::time::Instant::now();
        while !term.contents().contains("analysing 3 specs") {
            assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", term.contents());
            thread::sleep(Duration::from_millis(5));
        }
        progress.aside(|| assert_eq!(term.contents(), "", "nothing stands where something else is printed"));
        drop(progress);
        assert_eq!(term.contents(), "");
    }

    #[test]
    fn a_short_run_shows_nothing() {
        let (term, progress) = on(Duration::from_secs(600));
        progress.stage("analysing 3 specs");
        progress.bar.tick();
        assert_eq!(term.contents(), "");
        drop(progress);
        assert_eq!(term.contents(), "");
    }
}
