//! Waiting for whatever happens next: lanes, output streams, ends of programs,
//! signals.
//!
//! Each descriptor carries its source in the 64 bits that `epoll` keeps for it,
//! so that no table has to be looked up, and none can be out of step. At most
//! 64 events are taken at once: a program that causes many does not keep the
//! others from their turn.
use crate::core::LaneId;
use crate::report::Stream;
use nk_image::TaskId;
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use std::time::Duration;

/// Events taken at once.
const BATCH: usize = 64;

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// A program has sent something, or read what was sent.
    Lane(LaneId),
    /// A program has written something, or closed a stream.
    Output(TaskId, Stream),
    /// A process has ended.
    Ended(TaskId),
    /// A program wants another thread.
    Threads(TaskId),
    /// The kernel is asked to end.
    Signal,
    /// The console may have room again, or has failed.
    Console,
}

impl Source {
    /// 32 bits task, 24 bits lane, 8 bits which of them.
    fn to_number(self) -> u64 {
        let (task, lane, kind) = match self {
            Self::Lane(id) => (id.task.0, id.lane, 0),
            Self::Output(task, Stream::Output) => (task.0, 0, 1),
            Self::Output(task, Stream::Errors) => (task.0, 0, 2),
            Self::Ended(task) => (task.0, 0, 3),
            Self::Signal => (0, 0, 4),
            Self::Console => (0, 0, 5),
            Self::Threads(task) => (task.0, 0, 6),
        };
        u64::from(task) << 32 | u64::from(lane & 0xff_ffff) << 8 | kind
    }
    /// The source of a number that [`Source::to_number`] has made.
    fn from_number(n: u64) -> Self {
        let low = |n: u64| u32::try_from(n & 0xffff_ffff).unwrap_or(0);
        let task = TaskId(low(n >> 32));
        match n & 0xff {
            0 => Self::Lane(LaneId {
                task,
                lane: low(n) >> 8,
            }),
            1 => Self::Output(task, Stream::Output),
            2 => Self::Output(task, Stream::Errors),
            3 => Self::Ended(task),
            4 => Self::Signal,
            6 => Self::Threads(task),
            _ => Self::Console,
        }
    }
}

/// What to wait for on a descriptor. A closed other end is always reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interest {
    pub(super) reading: bool,
    pub(super) writing: bool,
}

impl Interest {
    /// Waits for something to read.
    pub(super) const READING: Self = Self {
        reading: true,
        writing: false,
    };

    /// As `epoll` wants it: level-triggered, so that what is not read now is
    /// reported again.
    fn flags(self) -> epoll::EventFlags {
        let mut flags = epoll::EventFlags::empty();
        flags.set(epoll::EventFlags::IN, self.reading);
        flags.set(epoll::EventFlags::OUT, self.writing);
        flags
    }
}

/// Something that is event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    pub(super) source: Source,
    pub(super) writable: bool,
    /// The other end is closed.
    pub(super) hung_up: bool,
}

/// An `epoll` instance, and room for the events that are taken at once.
pub(super) struct Poller {
    epoll: OwnedFd,
    events: Vec<epoll::Event>,
}

impl Poller {
    /// Waits for nothing yet.
    ///
    /// # Errors
    /// Of the system: no descriptors are left.
    pub(super) fn new() -> Result<Self, Errno> {
        Ok(Self {
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            events: Vec::with_capacity(BATCH),
        })
    }

    /// Waits for a descriptor from now on.
    ///
    /// # Errors
    /// Of the system, as for one that cannot be waited for.
    pub(super) fn add(
        &self,
        fd: impl AsFd,
        source: Source,
        interest: Interest,
    ) -> Result<(), Errno> {
        epoll::add(
            &self.epoll,
            fd,
            epoll::EventData::new_u64(source.to_number()),
            interest.flags(),
        )
    }

    /// Waits for something else on a descriptor.
    ///
    /// # Errors
    /// Of the system, as for a descriptor that is not waited for.
    pub(super) fn change(
        &self,
        fd: impl AsFd,
        source: Source,
        interest: Interest,
    ) -> Result<(), Errno> {
        epoll::modify(
            &self.epoll,
            fd,
            epoll::EventData::new_u64(source.to_number()),
            interest.flags(),
        )
    }

    /// Waits for a descriptor no longer.
    pub(super) fn remove(&self, fd: impl AsFd) {
        // closing the descriptor would remove it too
        let _ = epoll::delete(&self.epoll, fd);
    }

    /// Waits for at most `timeout`.
    pub(super) fn wait(&mut self, timeout: Option<Duration>) -> Result<Vec<Event>, Errno> {
        let timeout = timeout.and_then(|t| Timespec::try_from(t).ok());
        self.events.clear();
        match epoll::wait(
            &self.epoll,
            spare_capacity(&mut self.events),
            timeout.as_ref(),
        ) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(e) => return Err(e),
        }
        let gone = epoll::EventFlags::HUP | epoll::EventFlags::ERR;
        let event = |event: &epoll::Event| {
            // the struct is packed: its fields are copied out
            let (flags, data) = (event.flags, event.data);
            Event {
                source: Source::from_number(data.u64()),
                writable: flags.contains(epoll::EventFlags::OUT),
                hung_up: flags.intersects(gone),
            }
        };
        Ok(self.events.iter().map(event).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_survives_its_number() {
        let task = TaskId(0xffff_fffe);
        let all = [
            Source::Lane(LaneId { task, lane: 255 }),
            Source::Lane(LaneId {
                task: TaskId(0),
                lane: 0,
            }),
            Source::Output(task, Stream::Output),
            Source::Output(task, Stream::Errors),
            Source::Ended(task),
            Source::Signal,
            Source::Console,
        ];
        for source in all {
            assert_eq!(Source::from_number(source.to_number()), source);
        }
    }
}
