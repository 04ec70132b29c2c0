//! A thread that writes one stream, and the bounded memory in front of it.
use crate::sys::spawn_thread;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::OwnedFd;
use rustix::io::{Errno, retry_on_intr, write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// With this many bytes waiting no more is read from programs. One reading adds
/// less than what is left to the next limit.
const ROOM: usize = 64 << 10;
/// With this many bytes waiting lines of programs are counted instead of kept.
const MAX_PROGRAMS: usize = 1 << 20;
/// And with this many sentences of the kernel: programs cannot take the room of
/// these.
const MAX_KERNELS: usize = 2 << 20;
/// What is left at the end has this long.
const LAST_CHANCE: Duration = Duration::from_secs(1);

/// The memory in front of a stream.
#[derive(Debug, Default)]
pub(super) struct Writer {
    state: Mutex<State>,
    /// Something is to be done for the thread.
    filled: Condvar,
    /// The thread has nothing more to do.
    emptied: Condvar,
}

/// What the thread and the kernel share.
#[derive(Debug, Default)]
struct State {
    waiting: Vec<u8>,
    /// Bytes that the thread is writing.
    writing: usize,
    /// Lines that were left out and not yet counted aloud.
    left_out: u64,
    /// The stream takes nothing any more.
    failed: Option<Errno>,
    failure_reported: bool,
    closed: bool,
}

impl Writer {
    /// Starts the thread; `progress` is an eventfd that it counts up.
    pub(super) fn start(stream: OwnedFd, progress: Arc<OwnedFd>) -> std::io::Result<Arc<Self>> {
        let writer = Arc::new(Self::default());
        let of_thread = Arc::clone(&writer);
        spawn_thread("console", move || of_thread.write_all(&stream, &progress))?;
        Ok(writer)
    }

    /// A line of a program, with its line end. Beyond 1 MiB that is not written
    /// yet, it is counted instead of kept.
    pub(super) fn push_programs(&self, line: &str) {
        self.push(line, MAX_PROGRAMS);
    }
    /// A sentence of the kernel, with its line end: there is room for it where
    /// a program's line is counted.
    pub(super) fn push_kernels(&self, line: &str) {
        self.push(line, MAX_KERNELS);
    }

    /// Keeps a line, or counts it where more than `limit` bytes would be
    /// waiting. A stream that has failed takes everything.
    fn push(&self, line: &str, limit: usize) {
        let mut state = self.lock();
        if state.failed.is_some() {
            return;
        }
        if state.unwritten().saturating_add(line.len()) > limit {
            state.left_out = state.left_out.saturating_add(1);
        } else {
            state.waiting.extend_from_slice(line.as_bytes());
        }
        self.filled.notify_one();
    }

    /// Whether programs are to be read: less than 64 KiB are waiting.
    pub(super) fn has_room(&self) -> bool {
        self.lock().unwritten() < ROOM
    }

    /// Whether everything is written, or the stream has failed.
    pub(super) fn is_done(&self) -> bool {
        self.lock().is_done()
    }

    /// Why the stream takes nothing any more, for the first who asks.
    pub(super) fn new_failure(&self) -> Option<Errno> {
        let mut state = self.lock();
        let failed = state.failed?;
        (!std::mem::replace(&mut state.failure_reported, true)).then_some(failed)
    }

    /// Nothing more comes. Waits a little for what is left.
    pub(super) fn close(&self) {
        let end = Instant::now().checked_add(LAST_CHANCE);
        let mut state = self.lock();
        state.closed = true;
        self.filled.notify_one();
        while !state.is_done() {
            let left = end.map_or(Duration::ZERO, |end| {
                end.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                return;
            }
            state = self
                .emptied
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// The thread: writes until the stream is closed.
    fn write_all(&self, stream: &OwnedFd, progress: &OwnedFd) {
        let mut batch = Vec::new();
        while self.next(&mut batch) {
            let result = write_whole(stream, &batch);
            let mut state = self.lock();
            state.writing = 0;
            if let Err(e) = result {
                state.failed = Some(e);
                state.waiting.clear();
                state.left_out = 0;
            }
            if state.is_done() {
                self.emptied.notify_all();
            }
            drop(state);
            // only a count that nobody has looked at for ages could be too large
            let _ = write(progress, &1_u64.to_ne_bytes());
        }
    }

    /// Waits for something to write; `false` when nothing more comes.
    fn next(&self, batch: &mut Vec<u8>) -> bool {
        let mut state = self.lock();
        while state.is_done() {
            if state.closed {
                return false;
            }
            state = self
                .filled
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        batch.clear();
        std::mem::swap(batch, &mut state.waiting);
        let left_out = std::mem::take(&mut state.left_out);
        if left_out > 0 {
            let sentence = format!("einit: {left_out} lines not shown: the reader is too slow\n");
            batch.extend_from_slice(sentence.as_bytes());
        }
        state.writing = batch.len();
        true
    }

    /// The state. A thread that panicked under the lock leaves it usable.
    fn lock(&self) -> MutexGuard<'_, State> {
        // nothing that runs under the lock leaves the state half changed
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Bytes that are waiting or being written.
    const fn unwritten(&self) -> usize {
        self.waiting.len().saturating_add(self.writing)
    }
    /// Nothing is waiting, nothing is being written, and nothing was left out
    /// without being counted.
    const fn is_done(&self) -> bool {
        self.unwritten() == 0 && self.left_out == 0
    }
}

/// Writes all bytes, waiting as long as it takes.
///
/// # Errors
/// Of the system; what was written before stays written.
fn write_whole(stream: &OwnedFd, bytes: &[u8]) -> Result<(), Errno> {
    let mut rest = bytes;
    while !rest.is_empty() {
        match retry_on_intr(|| write(stream, rest)) {
            Ok(n) => rest = rest.get(n..).unwrap_or_default(),
            // somebody else has made it non-blocking
            Err(Errno::AGAIN) => {
                retry_on_intr(|| poll(&mut [PollFd::new(stream, PollFlags::OUT)], None))?;
            }
            Err(e) => return Err(e),
        }
    }
    Ok(())
}
