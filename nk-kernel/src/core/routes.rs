//! Where handles and names lead: asked before the policy is.
//!
//! Nothing here changes anything: a lookup may be made as often as a caller
//! likes, and says the same until the next event.
use super::activities::Wait;
use super::handles::{Handles, Kind, Rights};
use super::names::{Channels, Listeners, Names};
use super::programs::Programs;
use super::{ChannelId, ListenerId};
use nk_image::TaskId;
use nk_runtime::frame::KERNEL_HANDLE;
use nk_runtime::{Retcode, Riid};

/// Where a call by a handle goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Target {
    /// The program that would answer.
    pub server: TaskId,
    /// The listener.
    pub listener: ListenerId,
    channel: Option<ChannelId>,
    /// A callable handle leads to this endpoint only.
    pub endpoint: Option<Riid>,
    /// What the server attached to the callable handle's resource.
    pub context: u64,
}

impl Target {
    /// The channel, unless the call is on a callable handle.
    pub(super) const fn channel(self) -> Option<ChannelId> {
        self.channel
    }
}

/// The parts that say where a handle or a name leads.
#[derive(Debug, Clone, Copy)]
pub struct Routes<'c> {
    pub(super) programs: &'c Programs,
    pub(super) handles: &'c Handles,
    pub(super) names: &'c Names,
    pub(super) listeners: &'c Listeners,
    pub(super) channels: &'c Channels,
}

impl<'c> Routes<'c> {
    /// The names by which programs find their channels.
    #[must_use]
    pub const fn names(self) -> &'c Names {
        self.names
    }

    /// Where a call by this handle would go.
    ///
    /// # Errors
    /// `rcInvalidArgument` for an unknown handle, `rcHandleRevoked`,
    /// `rcInvalidOperation` for a handle that is not called by,
    /// `rcNoCapability` for a callable one without that right, `rcNotConnected`
    /// when the server has ended or the channel was deleted.
    pub fn target(self, task: TaskId, handle: u32) -> Result<Target, Retcode> {
        let found = self.handles.find(task, handle)?;
        let (listener, channel, endpoint, context) = match found.kind {
            Kind::Channel(id) => (self.open(id)?, Some(id), None, 0),
            Kind::User(user) => {
                let (listener, riid) = user.calls.ok_or(Retcode::INVALID_OPERATION)?;
                found.with(Rights::CALL)?;
                if user.orphaned {
                    return Err(Retcode::NOT_CONNECTED);
                }
                (listener, None, Some(riid), user.context)
            }
            _ => return Err(Retcode::INVALID_OPERATION),
        };
        let server = self.listeners.server(listener);
        let server = server.filter(|server| self.programs.is_alive(*server));
        Ok(Target {
            server: server.ok_or(Retcode::NOT_CONNECTED)?,
            listener,
            channel,
            endpoint,
            context,
        })
    }

    /// The listener of a channel that can be called by.
    ///
    /// # Errors
    /// `rcNotConnected` when it was deleted.
    fn open(self, channel: ChannelId) -> Result<ListenerId, Retcode> {
        let listener = self.channels.listener(channel);
        listener.ok_or(Retcode::NOT_CONNECTED)
    }

    /// The program at the other end of a calling handle, and the endpoint that
    /// a callable one leads to; whether it is still there does not matter.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcHandleRevoked`, `rcInvalidOperation` as
    /// [`Routes::target`].
    pub fn other_end(self, task: TaskId, handle: u32) -> Result<(TaskId, Option<Riid>), Retcode> {
        match self.handles.find(task, handle)?.kind {
            Kind::Channel(id) => {
                let server = self.channels.server(id);
                Ok((server.ok_or(Retcode::INTERNAL_ERROR)?, None))
            }
            Kind::User(user) => {
                let (_, riid) = user.calls.ok_or(Retcode::INVALID_OPERATION)?;
                Ok((user.owner, Some(riid)))
            }
            _ => Err(Retcode::INVALID_OPERATION),
        }
    }

    /// The listener that a serving end belongs to.
    ///
    /// # Errors
    /// `rcInvalidArgument` for an unknown handle, `rcHandleRevoked`,
    /// `rcInvalidOperation` for a handle of another kind, the kernel's
    /// included.
    pub fn served(self, task: TaskId, handle: u32) -> Result<ListenerId, Retcode> {
        if handle == KERNEL_HANDLE {
            return Err(Retcode::INVALID_OPERATION);
        }
        match self.handles.find(task, handle)?.kind {
            Kind::Listener(listener) => Ok(listener),
            Kind::Serving(channel) => self.open(channel),
            _ => Err(Retcode::INVALID_OPERATION),
        }
    }

    /// Whether a wait may begin.
    ///
    /// # Errors
    /// `rcIpcInterrupt` while its sync object is set.
    pub fn not_interrupted(self, wait: Wait) -> Result<(), Retcode> {
        let resources = self.handles.resources();
        match wait.sync {
            Some(sync) if resources.is_set(sync) => Err(Retcode::IPC_INTERRUPT),
            _ => Ok(()),
        }
    }

    /// Whether nobody is left who can call a listener.
    pub(super) fn is_deserted(self, id: ListenerId) -> bool {
        let Some(server) = self.listeners.server(id) else {
            return true;
        };
        if self.listeners.is_open(id) {
            return false;
        }
        // to a dynamic one, whoever else lives can still be connected; and a callable handle can be with anybody
        let can_come = !self.listeners.is_fixed(id) || self.handles.resources().is_callable(id);
        !(can_come && self.programs.others_live(server))
    }
}
