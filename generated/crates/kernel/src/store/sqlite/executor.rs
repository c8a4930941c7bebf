//! Runs a future to its end on a thread that has no runtime.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

struct Unpark {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Drives `future`; `None` when it waited longer than `patience` in one go. Statements never wait, so anything that does is
/// something a transaction should not be waiting for: the writer must not be held up for ever.
pub(super) fn block_on<F: Future>(future: F, patience: Duration) -> Option<F::Output> {
    let unpark = Arc::new(Unpark { thread: std::thread::current(), woken: AtomicBool::new(false) });
    let waker = Waker::from(Arc::clone(&unpark));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        let deadline = Instant::now() + patience;
        while !unpark.woken.swap(false, Ordering::Acquire) {
            let left = deadline.checked_duration_since(Instant::now())?;
            std::thread::park_timeout(left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_for_others_but_not_for_ever() {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let other = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            sender.send(7)
        });
        assert_eq!(block_on(receiver, Duration::from_secs(5)), Some(Ok(7)));
        assert_eq!(other.join().unwrap(), Ok(()));
        assert_eq!(block_on(std::future::pending::<()>(), Duration::from_millis(20)), None);
    }
}
