//! Labelled points at which a test has the process killed, to see what is left. In release builds they are nothing.

/// Ends the process with SIGKILL here if `KERNEL_FAULT` names this point; `point:3` means the third time it is passed.
#[cfg(debug_assertions)]
pub(crate) fn point(name: &str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static WANTED: OnceLock<Option<(String, AtomicU64)>> = OnceLock::new();
    let wanted = WANTED.get_or_init(|| {
        let text = std::env::var("KERNEL_FAULT").ok()?;
        let (name, times) = text.split_once(':').unwrap_or((&text, "1"));
        Some((name.to_owned(), AtomicU64::new(times.parse().ok()?)))
    });
    if let Some((wanted, left)) = wanted
        && wanted == name
        && left.fetch_sub(1, Ordering::SeqCst) == 1
    {
        end();
    }
}

#[cfg(not(debug_assertions))]
pub(crate) fn point(_: &str) {}

/// As the kernel of the system would end it: nothing is flushed, nothing is unwound.
#[cfg(debug_assertions)]
fn end() -> ! {
    let id = std::process::id().to_string();
    let _ = std::process::Command::new("kill").args(["-KILL", &id]).status();
    std::process::abort()
}
