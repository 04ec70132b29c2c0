//! What programs wait for besides messages: time, and events of resources that
//! a notice receives (`docs/kernel.md` §9). Whoever began a wait answers
//! it when the [`Action::Answer`](super::Action::Answer) comes.
use super::activities::Awaited;
use super::handles::{Kind, Rights};
use super::notices::{MAX_EVENTS, Mask, Subscription};
use super::parts::Parts;
use super::{Action, Completion, LaneId, Time, Wait};
use nk_image::TaskId;
use nk_runtime::Retcode;

/// How long a program waits for the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitLimits {
    /// The time that the request names itself; what it then comes to is a
    /// response.
    pub request: Option<Time>,
    /// The call's: what it then comes to is the call's own code.
    pub call: Wait,
}

/// The events of a machine, and the waits for them.
#[derive(Debug)]
pub struct Events<'c, M, T>(pub(super) &'c mut Parts<M, T>);

impl<M, T: Copy> Events<'_, M, T> {
    /// A lane sleeps until its own time.
    pub fn sleep(self, lane: LaneId, limits: WaitLimits) {
        if let Err(code) = self.0.block(lane, Awaited::Time, limits) {
            self.0.lanes.finish(lane, code);
        }
    }

    /// Makes a receiver of events.
    ///
    /// # Errors
    /// `rcQuotaExceeded`.
    pub fn new_notice(self, task: TaskId) -> Result<u32, Retcode> {
        let handle = self.0.handles.create(task, Kind::Notice, Rights::COPY)?;
        let found = self.0.handles.find(task, handle)?;
        self.0.notices.add(found.resource);
        Ok(handle)
    }

    /// Events of a resource go to a notice from now on, under a number of the
    /// caller's choice.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcNoCapability` without the right to events of the
    /// resource, `rcQuotaExceeded` beyond [`MAX_EVENTS`] subscriptions of the
    /// notice or [`MAX_SUBSCRIPTIONS`](super::MAX_SUBSCRIPTIONS) of the
    /// program.
    pub fn subscribe(
        self,
        task: TaskId,
        notice: u32,
        to: u32,
        mask: Mask,
        id: u64,
    ) -> Result<(), Retcode> {
        let notice = self.0.handles.find(task, notice)?.notice()?;
        let to = self.0.handles.find(task, to)?.with(Rights::GET_EVENT)?;
        let subscription = Subscription {
            notice,
            owner: task,
            mask,
            id,
        };
        self.0.notices.subscribe(to.resource, subscription)?;
        match to.kind {
            Kind::Task(ended) if !self.0.programs.is_alive(ended) => {
                self.0.raise(to.resource, Mask::TASK_COMPLETED);
            }
            _ => {}
        }
        Ok(())
    }

    /// Ends the subscriptions of a notice to a resource, those with this number
    /// if one is given.
    ///
    /// # Errors
    /// `rcInvalidArgument`; `rcResourceNotFound` when there was none.
    pub fn unsubscribe(
        self,
        task: TaskId,
        notice: u32,
        to: u32,
        id: Option<u64>,
    ) -> Result<(), Retcode> {
        let notice = self.0.handles.find(task, notice)?.notice()?;
        let to = self.0.handles.find(task, to)?.resource;
        if self.0.notices.unsubscribe(notice, to, id) {
            Ok(())
        } else {
            Err(Retcode::RESOURCE_NOT_FOUND)
        }
    }

    /// A lane waits for events of a notice, and takes at most `count` of them.
    pub fn fetch(self, lane: LaneId, notice: u32, count: u32, limits: WaitLimits) {
        let found = self.0.handles.find(lane.task, notice);
        let notice = match found.and_then(super::Found::notice) {
            Ok(_) if count == 0 => Err(Retcode::INVALID_ARGUMENT),
            found => found,
        };
        let notice = match notice {
            Ok(notice) => notice,
            Err(code) => {
                let answer = Completion::Failed(code);
                return self.0.lanes.push(Action::Answer { to: lane, answer });
            }
        };
        match self.0.block(lane, Awaited::Notice(notice), limits) {
            Ok(()) => {
                let count = usize::try_from(count).unwrap_or(MAX_EVENTS);
                self.0.notices.fetch(notice, lane, count);
                self.0.deliver_events(notice);
            }
            Err(code) => self.0.lanes.finish(lane, code),
        }
    }

    /// Ends a notice: who waits on it is answered with `rcAbort`.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcHandleRevoked`.
    pub fn drop_notice(self, task: TaskId, handle: u32) -> Result<(), Retcode> {
        self.0.handles.find(task, handle)?.notice()?;
        self.0.handles.close(task, handle)?;
        self.0.settle();
        Ok(())
    }

    /// A program raises events of a resource.
    ///
    /// # Errors
    /// `rcInvalidArgument` for events that are not a program's to raise,
    /// `rcNoCapability`.
    pub fn raise(self, task: TaskId, handle: u32, mask: Mask) -> Result<(), Retcode> {
        if mask.0 == 0 || mask.0 & !Mask::USER.0 != 0 {
            return Err(Retcode::INVALID_ARGUMENT);
        }
        let found = self.0.handles.find(task, handle)?;
        let resource = found.with(Rights::SET_EVENT)?.resource;
        self.0.raise(resource, mask);
        Ok(())
    }
}
