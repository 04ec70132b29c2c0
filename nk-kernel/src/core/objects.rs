//! What programs do with handles: copy, pass, revoke, badge, close, and make
//! resources of their own (`docs/kernel.md` §7, §2).
use super::handles::{Badge, Kind, ReceivedHandle, Rights, UserObject};
use super::parts::Parts;
use super::{ResourceId, Transit};
use nk_image::TaskId;
use nk_runtime::{Retcode, Riid};
use nk_security::Sid;

/// A resource that a program wants to provide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provided {
    /// What it is, by the program's own numbering.
    pub of_type: u32,
    /// What its handle may do.
    pub rights: Rights,
    /// What the program learns when a handle of it comes back.
    pub context: u64,
    /// Handle of a listener and number of an endpoint there: makes the handle
    /// callable.
    pub calls: Option<(u32, Riid)>,
}

/// The handles of a machine, to be changed.
#[derive(Debug)]
pub struct Objects<'c, M, T>(pub(super) &'c mut Parts<M, T>);

impl<M, T: Copy> Objects<'_, M, T> {
    /// Another handle of a resource for the same program, with fewer rights;
    /// with a badge if one is given.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcHandleRevoked`; `rcNoCapability` without the
    /// right to copy, or for more rights than there are; `rcQuotaExceeded`.
    pub fn copy(
        self,
        task: TaskId,
        handle: u32,
        rights: Rights,
        badge: Option<u32>,
    ) -> Result<u32, Retcode> {
        let copied = self.0.handles.copy(task, handle, rights, badge);
        self.0.settle();
        copied
    }

    /// What travels in a message for a handle; the program keeps its own.
    ///
    /// # Errors
    /// As [`Objects::copy`], with the right to transfer.
    pub fn send(
        self,
        task: TaskId,
        handle: u32,
        rights: Rights,
        badge: Option<u32>,
    ) -> Result<Transit, Retcode> {
        self.0.handles.send(task, handle, rights, badge)
    }

    /// A message with handles goes nowhere.
    pub fn lose(self, carried: Vec<Transit>) {
        self.0.lose(carried);
    }

    /// Gives a program a handle without a message: a parent to a program that
    /// it has made.
    ///
    /// # Errors
    /// As [`Objects::send`], and `rcQuotaExceeded`.
    pub fn pass(
        self,
        from: TaskId,
        handle: u32,
        badge: Option<u32>,
        rights: Rights,
        to: TaskId,
    ) -> Result<u32, Retcode> {
        let sent = self.0.handles.send(from, handle, rights, badge)?;
        let given = self.0.give(to, vec![sent])?;
        let number = |given: &ReceivedHandle| given.number;
        given
            .first()
            .and_then(number)
            .ok_or(Retcode::INTERNAL_ERROR)
    }

    /// Closes a handle and revokes all that came of it.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcHandleRevoked`.
    pub fn revoke(self, task: TaskId, handle: u32) -> Result<(), Retcode> {
        let revoked = self.0.handles.revoke(task, handle);
        self.0.settle();
        revoked
    }

    /// Revokes what came of a handle with a badge; the handle itself stays.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcHandleRevoked`.
    pub fn revoke_subtree(self, task: TaskId, handle: u32, badge: u32) -> Result<(), Retcode> {
        let revoked = self.0.handles.revoke_subtree(task, handle, badge);
        self.0.settle();
        revoked
    }

    /// Closes a handle. The last one of a channel's end closes the channel, a
    /// static one for good.
    ///
    /// # Errors
    /// `rcInvalidArgument`.
    pub fn close(self, task: TaskId, handle: u32) -> Result<(), Retcode> {
        self.0.handles.close(task, handle)?;
        self.0.settle();
        Ok(())
    }

    /// Makes a badge. With a notice, the notice receives the end of each
    /// transfer with the badge under the event's number.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcQuotaExceeded`.
    pub fn new_badge(
        self,
        task: TaskId,
        notice: Option<u32>,
        event: u64,
        context: u64,
    ) -> Result<u32, Retcode> {
        let handles = &mut self.0.handles;
        let notice = notice.map(|notice| handles.find(task, notice)?.notice());
        let notice = notice.transpose()?;
        let badge = Badge {
            owner: task,
            notice,
            event,
            context,
        };
        let handle = handles.create(task, Kind::Badge(badge), Rights::default())?;
        if let Some(notice) = notice {
            handles.resources_mut().retain(notice);
        }
        Ok(handle)
    }

    /// Makes a resource that the program provides, and its first handle.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcInvalidOperation` when it is to be called by a
    /// handle that is no listener of the program, `rcQuotaExceeded`.
    pub fn new_user_object(self, task: TaskId, provided: Provided) -> Result<u32, Retcode> {
        let routes = self.0.routes();
        let listener =
            |(handle, riid)| routes.served(task, handle).map(|listener| (listener, riid));
        let calls = provided.calls.map(listener).transpose()?;
        let user = UserObject {
            owner: task,
            of_type: provided.of_type,
            context: provided.context,
            calls,
            orphaned: false,
        };
        let handles = &mut self.0.handles;
        handles.create(task, Kind::User(user), provided.rights)
    }

    /// A handle of the way to the security module.
    ///
    /// # Errors
    /// `rcQuotaExceeded`.
    pub fn new_security(self, task: TaskId) -> Result<u32, Retcode> {
        self.0.handles.create(task, Kind::Security, Rights::CALL)
    }

    /// Makes a sync object that is not set. Its handle cannot be sent to
    /// another program.
    ///
    /// # Errors
    /// `rcQuotaExceeded`.
    pub fn new_sync(self, task: TaskId) -> Result<u32, Retcode> {
        let sync = Kind::Sync { set: false };
        self.0.handles.create(task, sync, Rights::default())
    }

    /// Sets a sync object, which interrupts what its program waits for with it,
    /// or clears it.
    ///
    /// # Errors
    /// `rcInvalidArgument` for a handle of nothing or of something else,
    /// `rcHandleRevoked`.
    pub fn set_sync(self, task: TaskId, handle: u32, set: bool) -> Result<(), Retcode> {
        let sync: ResourceId = self.0.handles.find(task, handle)?.sync()?;
        self.0.handles.resources_mut().set_sync(sync, set);
        if set {
            // the end of one wait may end another
            for lane in self.0.lanes.of(task) {
                if self.0.lanes.waits_with(lane, sync) {
                    self.0.give_up(lane);
                    self.0.lanes.finish(lane, Retcode::IPC_INTERRUPT);
                }
            }
        }
        Ok(())
    }

    /// A handle of a process for a program: its own, or one that it has made.
    ///
    /// # Errors
    /// `rcQuotaExceeded`, `rcResourceNotFound`.
    pub fn hold_task(self, holder: TaskId, of: TaskId) -> Result<u32, Retcode> {
        let process = self.0.programs.resource(of);
        let process = process.ok_or(Retcode::RESOURCE_NOT_FOUND)?;
        self.0.handles.hold(holder, process, Rights::ALL)
    }

    /// The SID of the resource behind a handle.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcHandleRevoked`, `rcNoCapability`.
    pub fn sid(self, task: TaskId, handle: u32) -> Result<Sid, Retcode> {
        let found = self.0.handles.find(task, handle)?;
        Ok(found.with(Rights::GET_SID)?.sid)
    }
}
