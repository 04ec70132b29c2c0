//! By what names and over which ends programs reach each other
//! (`docs/kernel.md` §3, §5): the names of each program's channels,
//! listeners, channels, and clients that ask a server for a dynamic channel.
mod channels;
mod clients;
mod listeners;

pub use channels::ChannelId;
pub(super) use channels::{Channels, End};
pub use clients::ChannelRequest;
pub(super) use clients::Clients;
pub use listeners::ListenerId;
pub(super) use listeners::{Listeners, Receiver};

use nk_image::TaskId;

/// Which end of its channel a program finds by a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// It calls by the channel.
    Calling,
    /// It serves the channel.
    Serving,
}

/// A name that a program looks its channel up by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Name {
    text: String,
    side: Side,
    /// The program's own.
    handle: u32,
}

/// The channel names of all programs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Names(Vec<Vec<Name>>);

impl Names {
    /// A program without names, at a position that may have been another's.
    pub(super) fn add_program(&mut self, task: TaskId) {
        let programs = task.index().saturating_add(1).max(self.0.len());
        self.0.resize_with(programs, Vec::new);
        self.forget(task);
    }

    /// The names of a program mean nothing any more.
    pub(super) fn forget(&mut self, task: TaskId) {
        if let Some(names) = self.0.get_mut(task.index()) {
            names.clear();
        }
    }

    /// A program finds a handle of its own by this name from now on.
    pub(super) fn add(&mut self, task: TaskId, text: &str, side: Side, handle: u32) {
        if let Some(names) = self.0.get_mut(task.index()) {
            names.push(Name {
                text: text.to_owned(),
                side,
                handle,
            });
        }
    }

    /// The program's handle of its end of the channel with this name.
    #[must_use]
    pub fn find(&self, task: TaskId, text: &str, side: Side) -> Option<u32> {
        let mut names = self.0.get(task.index())?.iter();
        let found = names.find(|name| name.text == text && name.side == side)?;
        Some(found.handle)
    }

    /// The names that a program calls or serves by, in the order in which they
    /// were given.
    pub fn of(&self, task: TaskId, side: Side) -> impl Iterator<Item = &str> {
        let names = self.0.get(task.index()).into_iter().flatten();
        names
            .filter(move |name| name.side == side)
            .map(|name| name.text.as_str())
    }
}
