//! How long the stages of a run took.

use std::time::{Duration, Instant};

/// Stages in the order in which they ended.
pub struct Timings {
    last: Instant,
    stages: Vec<(&'static str, Duration)>,
}

impl Timings {
    /// Starts the clock.
    pub fn start() -> Self {
        Self { last: Instant::now(), stages: Vec::new() }
    }

    /// The stage `name` has ended, and the next begins.
    pub fn ended(&mut self, name: &'static str) {
        let now = Instant::now();
        self.stages.push((name, now - self.last));
        self.last = now;
    }

    /// Every stage and how long it took.
    pub fn stages(&self) -> impl Iterator<Item = (&'static str, Duration)> {
        self.stages.iter().copied()
    }

    /// A line for every stage, and the sum.
    pub fn table(&self) -> String {
        let total = self.stages.iter().map(|(_, took)| *took).sum();
        let lines = self.stages.iter().copied().chain([("total", total)]);
        let lines: Vec<String> = lines.map(|(name, took)| format!("{name:>12} {:9.1} ms", millis(took))).collect();
        lines.join("\n")
    }
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1000.0
}
