//! Channels between two programs. Static ones are there before either side runs
//! and cannot be deleted; one that was deleted stays known as long as there is
//! a handle of either end, so that who calls by it learns that it is gone.
use super::ListenerId;
use crate::core::slab::Slab;
use nk_image::TaskId;

/// A channel between two programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId(u32);

/// An end of a channel that handles are held of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::core) enum End {
    Calling,
    /// Of this channel alone, besides its listener.
    Serving,
}

/// A channel. It is known until no handle of either end is left, deleted or
/// not.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about a channel"
)]
struct Channel {
    listener: ListenerId,
    /// Who serves it, or did.
    server: TaskId,
    fixed: bool,
    /// It can be called by.
    open: bool,
    /// There are handles of its calling end.
    called: bool,
    /// There are handles of its serving end alone.
    served: bool,
}

/// All channels.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::core) struct Channels(Slab<Channel>);

impl Channels {
    /// No channels yet.
    pub(in crate::core) const fn new() -> Self {
        Self(Slab::new())
    }

    /// A channel that can be called by; `None` when there are 2³². `fixed`: a
    /// static one.
    pub(in crate::core) fn add(
        &mut self,
        listener: ListenerId,
        server: TaskId,
        fixed: bool,
    ) -> Option<ChannelId> {
        let channel = Channel {
            listener,
            server,
            fixed,
            open: true,
            called: true,
            served: false,
        };
        self.0.add(channel).map(ChannelId)
    }

    /// Takes back a channel that nobody has a handle of: one that could not be
    /// made.
    pub(in crate::core) fn remove(&mut self, id: ChannelId) {
        self.0.remove(id.0);
    }

    /// The listener of a channel that can be called by.
    pub(in crate::core) fn listener(&self, id: ChannelId) -> Option<ListenerId> {
        let channel = self.0.get(id.0).filter(|channel| channel.open)?;
        Some(channel.listener)
    }

    /// Who serves it, or did.
    pub(in crate::core) fn server(&self, id: ChannelId) -> Option<TaskId> {
        self.0.get(id.0).map(|channel| channel.server)
    }

    /// Whether it is a static one; one that does not exist cannot be deleted
    /// either.
    pub(in crate::core) fn is_fixed(&self, id: ChannelId) -> bool {
        self.0.get(id.0).is_none_or(|channel| channel.fixed)
    }

    /// The channels of a listener that can be called by.
    pub(in crate::core) fn of(&self, listener: ListenerId) -> Vec<ChannelId> {
        let of = self.0.iter();
        of.filter(|(_, channel)| channel.listener == listener && channel.open)
            .map(|(number, _)| ChannelId(number))
            .collect()
    }

    /// Deletes it; answers its listener if it could be called by until now.
    pub(in crate::core) fn close(&mut self, id: ChannelId) -> Option<ListenerId> {
        let channel = self.0.get_mut(id.0)?;
        std::mem::replace(&mut channel.open, false).then_some(channel.listener)
    }

    /// A handle of its serving end alone was made.
    pub(in crate::core) fn hold_serving(&mut self, id: ChannelId) {
        if let Some(channel) = self.0.get_mut(id.0) {
            channel.served = true;
        }
    }

    /// No handle of an end is left; without one of either, nothing is known of
    /// the channel any more.
    pub(in crate::core) fn release(&mut self, id: ChannelId, end: End) {
        let Some(channel) = self.0.get_mut(id.0) else {
            return;
        };
        match end {
            End::Calling => channel.called = false,
            End::Serving => channel.served = false,
        }
        if !channel.called && !channel.served {
            self.0.remove(id.0);
        }
    }
}
