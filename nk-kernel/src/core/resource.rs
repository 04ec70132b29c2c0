//! What programs do with handles: copy, revoke, badge, and resources of their own (`spec/psl-runtime.md` F.7).
use super::handles::{Badge, Kind, Rights, User};
use super::{Core, ResourceId};
use nk_image::TaskId;
use nk_runtime::{Retcode, Riid};
use nk_security::Sid;

/// A resource that a program wants to provide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provided {
    /// The program's word for what it is.
    pub of_type: u32,
    /// What its handle may do.
    pub rights: Rights,
    /// What the program learns when a handle of it comes back.
    pub context: u64,
    /// Handle of a listener and number of an endpoint there: makes the handle callable.
    pub calls: Option<(u32, Riid)>,
}

impl<M, T: Copy> Core<M, T> {
    /// Another handle of a resource for the same program, with fewer rights; with a badge if one is given.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcHandleRevoked`; `rcNoCapability` without the right to copy, or for more rights than there are;
    /// `rcQuotaExceeded`.
    pub fn copy_handle(
        &mut self,
        task: TaskId,
        handle: u32,
        rights: Rights,
        badge: Option<u32>,
    ) -> Result<u32, Retcode> {
        let copied = self.handles.copy(task, handle, rights, badge);
        self.settle();
        copied
    }

    /// What travels in a message for a handle; the program keeps its own.
    ///
    /// # Errors
    /// As [`Core::copy_handle`], with the right to transfer.
    pub fn send_handle(
        &mut self,
        task: TaskId,
        handle: u32,
        rights: Rights,
        badge: Option<u32>,
    ) -> Result<super::Transit, Retcode> {
        self.handles.send(task, handle, rights, badge)
    }

    /// Gives a program a handle without a message: a parent to a program that it has made.
    ///
    /// # Errors
    /// As [`Core::send_handle`], and `rcQuotaExceeded`.
    pub fn pass_handle(
        &mut self,
        from: TaskId,
        handle: u32,
        badge: Option<u32>,
        rights: Rights,
        to: TaskId,
    ) -> Result<u32, Retcode> {
        let sent = self.handles.send(from, handle, rights, badge)?;
        let given = self.give(to, vec![sent])?;
        given
            .first()
            .and_then(|given| given.number)
            .ok_or(Retcode::INTERNAL_ERROR)
    }

    /// Closes a handle and revokes all that came of it.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcHandleRevoked`.
    pub fn revoke(&mut self, task: TaskId, handle: u32) -> Result<(), Retcode> {
        let revoked = self.handles.revoke(task, handle);
        self.settle();
        revoked
    }

    /// Revokes what came of a handle with a badge; the handle itself stays.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcHandleRevoked`.
    pub fn revoke_subtree(&mut self, task: TaskId, handle: u32, badge: u32) -> Result<(), Retcode> {
        let revoked = self.handles.revoke_subtree(task, handle, badge);
        self.settle();
        revoked
    }

    /// Makes a badge. With a notice, the end of each transfer with it is told there under the event's number.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcQuotaExceeded`.
    pub fn new_badge(
        &mut self,
        task: TaskId,
        notice: Option<u32>,
        event: u64,
        context: u64,
    ) -> Result<u32, Retcode> {
        let notice = notice
            .map(|notice| self.find_notice(task, notice))
            .transpose()?;
        let badge = self.handles.create(
            task,
            Kind::Badge(Badge {
                owner: task,
                notice,
                event,
                context,
            }),
            Rights::default(),
        )?;
        if let Some(notice) = notice {
            self.handles.retain(notice);
        }
        Ok(badge)
    }

    /// Makes a resource that the program provides, and its first handle.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcInvalidOperation` when it is to be called by a handle that is no listener of the program,
    /// `rcQuotaExceeded`.
    pub fn new_user_object(&mut self, task: TaskId, provided: Provided) -> Result<u32, Retcode> {
        let Provided {
            of_type,
            rights,
            context,
            calls,
        } = provided;
        let listener = |(handle, riid)| self.served(task, handle).map(|listener| (listener, riid));
        let calls = calls.map(listener).transpose()?;
        let user = User {
            owner: task,
            of_type,
            context,
            calls,
            orphaned: false,
        };
        self.handles.create(task, Kind::User(user), rights)
    }

    /// The SID of the resource behind a handle.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcHandleRevoked`, `rcNoCapability`.
    pub fn sid_of(&self, task: TaskId, handle: u32) -> Result<Sid, Retcode> {
        self.handles
            .find(task, handle)?
            .with(Rights::GET_SID)
            .map(|found| found.sid)
    }

    /// A handle of the way to the security module.
    ///
    /// # Errors
    /// `rcQuotaExceeded`.
    pub fn new_security(&mut self, task: TaskId) -> Result<u32, Retcode> {
        self.handles.create(task, Kind::Security, Rights::CALL)
    }

    /// The resource behind a handle, whatever it is.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcHandleRevoked`.
    pub fn resource(&self, task: TaskId, handle: u32) -> Result<ResourceId, Retcode> {
        self.handles.find(task, handle).map(|found| found.resource)
    }
}
