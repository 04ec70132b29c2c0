//! The lanes of a program, each used by one thread at a time.
use super::lane::Lane;
use super::{Error, Result};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Free lanes, and threads that wait for one.
#[derive(Debug)]
pub(super) struct Pool {
    lanes: Mutex<Lanes>,
    freed: Condvar,
}

#[derive(Debug)]
struct Lanes {
    /// The one used last comes first: its memory is warm.
    free: Vec<Lane>,
    /// Free ones and those in use.
    sound: usize,
}

impl Pool {
    pub(super) fn new(lanes: Vec<Lane>) -> Self {
        let sound = lanes.len();
        Self { lanes: Mutex::new(Lanes { free: lanes, sound }), freed: Condvar::new() }
    }

    /// Adds a lane.
    pub(super) fn add(&self, lane: Lane) {
        let mut lanes = self.lock();
        lanes.sound = lanes.sound.saturating_add(1);
        lanes.free.push(lane);
        self.freed.notify_one();
    }

    /// Takes a lane for one operation, waiting until one is free. A lane whose operation fails is closed: nobody knows what
    /// would be read from it next.
    pub(super) fn with<T>(&self, operation: impl FnOnce(&Lane) -> Result<T>) -> Result<T> {
        let mut taken = Taken { pool: self, lane: Some(self.take()?), finished: false };
        let result = taken.lane.as_ref().map_or(Err(Error::KernelGone), operation);
        taken.finished = result.is_ok();
        result
    }

    fn take(&self) -> Result<Lane> {
        let mut lanes = self.lock();
        loop {
            if let Some(lane) = lanes.free.pop() {
                return Ok(lane);
            }
            if lanes.sound == 0 {
                return Err(Error::KernelGone);
            }
            lanes = self.freed.wait(lanes).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Lanes> {
        // nothing that runs under the lock leaves the list half changed
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A lane in use.
struct Taken<'p> {
    pool: &'p Pool,
    lane: Option<Lane>,
    finished: bool,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut lanes = self.pool.lock();
        match self.lane.take() {
            Some(lane) if self.finished => {
                lanes.free.push(lane);
                self.pool.freed.notify_one();
            }
            _ => {
                lanes.sound = lanes.sound.saturating_sub(1);
                self.pool.freed.notify_all();
            }
        }
    }
}
