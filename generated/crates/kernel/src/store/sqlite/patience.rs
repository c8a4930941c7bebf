//! How long a statement may run: SQLite asks while it works, every few thousand steps.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::errors::translate;
use crate::store::StoreError;

/// After how many steps of its machine SQLite asks: some tenths of a millisecond.
const STEPS: i32 = 10_000;
/// When a statement has to end that may take as long as it likes, and when there is none.
const NEVER: u64 = u64::MAX;

/// Watches over the statements of one transaction.
pub(super) struct Patience {
    since: Instant,
    /// When the statement that is running has to end, in microseconds behind `since`.
    end: Arc<AtomicU64>,
    limit: Option<Duration>,
}

/// A statement that is running.
pub(super) struct Running<'p>(&'p AtomicU64);

impl Patience {
    /// For statements over this connection; without a limit they may take as long as they like.
    pub(super) fn over(connection: &mut Connection, limit: Option<Duration>) -> Result<Self, StoreError> {
        let (since, end) = (Instant::now(), Arc::new(AtomicU64::new(NEVER)));
        let asked = limit.map(|_| {
            let end = Arc::clone(&end);
            move || micros(since.elapsed()) > end.load(Ordering::Relaxed)
        });
        connection.progress_handler(STEPS, asked).map_err(|e| translate(&e))?;
        Ok(Self { since, end, limit })
    }

    /// A statement begins; it is over when the result is dropped.
    pub(super) fn running(&self) -> Running<'_> {
        if let Some(limit) = self.limit {
            self.end.store(micros(self.since.elapsed().saturating_add(limit)), Ordering::Relaxed);
        }
        Running(&self.end)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.store(NEVER, Ordering::Relaxed);
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(NEVER)
}
