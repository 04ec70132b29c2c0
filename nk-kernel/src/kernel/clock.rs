//! The kernel's clock: milliseconds since it started.
//!
//! All times inside the kernel are such milliseconds. A wait never ends early:
//! where the running millisecond counts, it is added.
use crate::core::Time;
use nk_runtime::frame::FOREVER;
use std::time::{Duration, Instant};

/// A clock that begins at 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    began: Instant,
    /// Milliseconds by which it is ahead of the system's: only tests move it.
    ahead: u64,
}

impl Clock {
    /// A clock that is at 0 now.
    pub(super) fn start() -> Self {
        Self {
            began: Instant::now(),
            ahead: 0,
        }
    }

    /// Milliseconds since the start.
    pub(super) fn now(self) -> Time {
        let elapsed = u64::try_from(self.began.elapsed().as_millis());
        elapsed.unwrap_or(u64::MAX).saturating_add(self.ahead)
    }

    /// When a wait of so many milliseconds ends that begins now; never for
    /// [`FOREVER`].
    pub(super) fn deadline(self, timeout: u32) -> Option<Time> {
        (timeout != FOREVER).then(|| self.now().saturating_add(u64::from(timeout)))
    }

    /// When so many whole milliseconds have passed: the one that is running
    /// does not count.
    pub(super) fn after(self, msecs: u32) -> Time {
        let end = self.now().saturating_add(u64::from(msecs));
        end.saturating_add(1)
    }

    /// How long it is until a time, the running millisecond over.
    pub(super) fn until(self, time: Time) -> Duration {
        match time.saturating_sub(self.now()) {
            0 => Duration::ZERO,
            wait => Duration::from_millis(wait.saturating_add(1)),
        }
    }

    /// Moves the clock forward by so many milliseconds.
    pub(super) const fn advance(&mut self, msecs: u64) {
        self.ahead = self.ahead.saturating_add(msecs);
    }
}
