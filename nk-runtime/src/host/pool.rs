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
    /// Threads that wait for one: without any, nobody has to be woken.
    waiting: usize,
}

impl Pool {
    pub(super) fn new(lanes: Vec<Lane>) -> Self {
        let sound = lanes.len();
        Self {
            lanes: Mutex::new(Lanes {
                free: lanes,
                sound,
                waiting: 0,
            }),
            freed: Condvar::new(),
        }
    }

    /// Adds a lane.
    pub(super) fn add(&self, lane: Lane) {
        let mut lanes = self.lock();
        lanes.sound = lanes.sound.saturating_add(1);
        self.put_back(&mut lanes, lane);
    }

    fn put_back(&self, lanes: &mut Lanes, lane: Lane) {
        lanes.free.push(lane);
        if lanes.waiting > 0 {
            self.freed.notify_one();
        }
    }

    /// Takes a lane for one operation, waiting until one is free. A lane whose
    /// operation fails is closed: nobody knows what would be read from it next.
    pub(super) fn with<T>(&self, operation: impl FnOnce(&Lane) -> Result<T>) -> Result<T> {
        let mut taken = Taken {
            pool: self,
            lane: Some(self.take()?),
            finished: false,
        };
        let result = taken
            .lane
            .as_ref()
            .map_or(Err(Error::KernelGone), operation);
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
            lanes.waiting = lanes.waiting.saturating_add(1);
            lanes = self
                .freed
                .wait(lanes)
                .unwrap_or_else(PoisonError::into_inner);
            lanes.waiting = lanes.waiting.saturating_sub(1);
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
            Some(lane) if self.finished => self.pool.put_back(&mut lanes, lane),
            _ => {
                lanes.sound = lanes.sound.saturating_sub(1);
                self.pool.freed.notify_all();
            }
        }
    }
}
