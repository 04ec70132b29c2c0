//! Notices: what happens to resources, told to whoever has subscribed to it (`spec/psl-runtime.md` F.9). Events of one
//! subscription that nobody has fetched yet become one, with a count.
use super::ask::What;
use super::handles::{Kind, Rights};
use super::subscription::{MAX_EVENTS, Subscription, Subscriptions};
use super::{Answered, Core, LaneId, ResourceId, Until};
use nk_image::TaskId;
use nk_runtime::Retcode;
use std::collections::{BTreeMap, VecDeque};

/// A set of events. The lower half and the system's part are the kernel's to raise; the numbers are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Mask(pub u32);

impl Mask {
    /// The resource is gone (`EVENT_OBJECT_DESTROYED`).
    pub const OBJECT_DESTROYED: Self = Self(1);
    /// All that came of a transfer with a badge is gone (`EVENT_BADGE_CLOSED`).
    pub const BADGE_CLOSED: Self = Self(1 << 1);
    /// The process has ended (`EVENT_TASK_COMPLETED`).
    pub const TASK_COMPLETED: Self = Self(1 << 16);
    /// What programs may raise (`OBJECT_EVENT_USER`).
    pub const USER: Self = Self(0xff00_0000);
}

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Event {
    /// The subscription's number.
    pub id: u64,
    /// What.
    pub mask: Mask,
    /// How often.
    pub counter: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Notices {
    subscriptions: Subscriptions,
    queues: BTreeMap<ResourceId, Queue>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Queue {
    events: VecDeque<Event>,
    waiting: VecDeque<(LaneId, usize)>,
}

impl Queue {
    fn push(&mut self, id: u64, mask: Mask) {
        if let Some(event) = self.events.iter_mut().find(|event| event.id == id) {
            event.mask.0 |= mask.0;
            event.counter = event.counter.saturating_add(1);
        } else if self.events.len() < MAX_EVENTS {
            self.events.push_back(Event {
                id,
                mask,
                counter: 1,
            });
        }
    }
}

impl<M, T: Copy> Core<M, T> {
    /// Makes a receiver of events.
    ///
    /// # Errors
    /// `rcQuotaExceeded`.
    pub fn new_notice(&mut self, task: TaskId) -> Result<u32, Retcode> {
        let handle = self.handles.create(task, Kind::Notice, Rights::COPY)?;
        let found = self.handles.find(task, handle)?;
        self.notices.queues.insert(found.resource, Queue::default());
        Ok(handle)
    }

    /// The notice behind a handle.
    pub(super) fn find_notice(&self, task: TaskId, handle: u32) -> Result<ResourceId, Retcode> {
        let found = self.handles.find(task, handle)?;
        if found.kind == Kind::Notice {
            Ok(found.resource)
        } else {
            Err(Retcode::INVALID_ARGUMENT)
        }
    }

    /// Events of a resource go to a notice from now on, under a number of the caller's choice.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcNoCapability` without the right to events of the resource, `rcQuotaExceeded` beyond
    /// [`MAX_EVENTS`] subscriptions of the notice or [`MAX_SUBSCRIPTIONS`](super::MAX_SUBSCRIPTIONS) of the program.
    pub fn subscribe(
        &mut self,
        task: TaskId,
        notice: u32,
        to: u32,
        mask: Mask,
        id: u64,
    ) -> Result<(), Retcode> {
        let notice = self.find_notice(task, notice)?;
        let to = self.handles.find(task, to)?.with(Rights::GET_EVENT)?;
        self.notices.subscriptions.add(
            to.resource,
            Subscription {
                notice,
                owner: task,
                mask,
                id,
            },
        )?;
        match to.kind {
            Kind::Task(ended) if !self.is_alive(ended) => {
                self.raise(to.resource, Mask::TASK_COMPLETED);
            }
            _ => {}
        }
        Ok(())
    }

    /// Ends the subscriptions of a notice to a resource, those with this number if one is given.
    ///
    /// # Errors
    /// `rcInvalidArgument`; `rcResourceNotFound` when there was none.
    pub fn unsubscribe(
        &mut self,
        task: TaskId,
        notice: u32,
        to: u32,
        id: Option<u64>,
    ) -> Result<(), Retcode> {
        let notice = self.find_notice(task, notice)?;
        let to = self.handles.find(task, to)?.resource;
        let ended = self.notices.subscriptions.remove(notice, to, id);
        if ended {
            Ok(())
        } else {
            Err(Retcode::RESOURCE_NOT_FOUND)
        }
    }

    /// A lane waits for events of a notice, and takes at most `count` of them.
    pub fn fetch_events(&mut self, lane: LaneId, notice: u32, count: u32, until: Until) {
        let notice = match self.find_notice(lane.task, notice) {
            Ok(notice) if count > 0 => notice,
            Ok(_) => return self.answer_now(lane, Answered::Failed(Retcode::INVALID_ARGUMENT)),
            Err(code) => return self.answer_now(lane, Answered::Failed(code)),
        };
        if self.ask(lane, What::Events(notice), until) {
            if let Some(queue) = self.notices.queues.get_mut(&notice) {
                queue
                    .waiting
                    .push_back((lane, usize::try_from(count).unwrap_or(MAX_EVENTS)));
            }
            self.tell(notice);
        }
    }

    /// Ends a notice: whoever waits on it is told with `rcAbort`.
    ///
    /// # Errors
    /// `rcInvalidArgument`.
    pub fn drop_notice(&mut self, task: TaskId, handle: u32) -> Result<(), Retcode> {
        self.find_notice(task, handle)?;
        self.handles.close(task, handle)?;
        self.settle();
        Ok(())
    }

    /// A program raises events of a resource.
    ///
    /// # Errors
    /// `rcInvalidArgument` for events that are not a program's to raise, `rcNoCapability`.
    pub fn raise_event(&mut self, task: TaskId, handle: u32, mask: Mask) -> Result<(), Retcode> {
        if mask.0 == 0 || mask.0 & !Mask::USER.0 != 0 {
            return Err(Retcode::INVALID_ARGUMENT);
        }
        let found = self.handles.find(task, handle)?.with(Rights::SET_EVENT)?;
        self.raise(found.resource, mask);
        Ok(())
    }

    /// Something happens to a resource.
    pub(super) fn raise(&mut self, to: ResourceId, mask: Mask) {
        let Notices {
            subscriptions,
            queues,
        } = &mut self.notices;
        let mut told = Vec::new();
        for s in subscriptions
            .about(to)
            .iter()
            .filter(|s| s.mask.0 & mask.0 != 0)
        {
            if let Some(queue) = queues.get_mut(&s.notice) {
                queue.push(s.id, Mask(s.mask.0 & mask.0));
                told.push(s.notice);
            }
        }
        for notice in told {
            self.tell(notice);
        }
    }

    /// Something happens that a notice is told without a subscription.
    pub(super) fn raise_at(&mut self, notice: ResourceId, id: u64, mask: Mask) {
        if let Some(queue) = self.notices.queues.get_mut(&notice) {
            queue.push(id, mask);
            self.tell(notice);
        }
    }

    /// Hands events to the lanes that wait for them.
    fn tell(&mut self, notice: ResourceId) {
        while let Some(queue) = self.notices.queues.get_mut(&notice) {
            if queue.events.is_empty() {
                return;
            }
            let Some((lane, count)) = queue.waiting.pop_front() else {
                return;
            };
            let events = queue
                .events
                .drain(..count.min(queue.events.len()))
                .collect();
            self.answer_ask(lane, Answered::Events(events));
        }
    }

    /// A lane waits for events no longer.
    pub(super) fn forget_fetching(&mut self, notice: ResourceId, lane: LaneId) {
        if let Some(queue) = self.notices.queues.get_mut(&notice) {
            queue.waiting.retain(|(l, _)| *l != lane);
        }
    }

    /// A resource is gone, and events of it with it.
    pub(super) fn forget_resource(&mut self, resource: ResourceId) {
        self.raise(resource, Mask::OBJECT_DESTROYED);
        self.notices.subscriptions.forget(resource);
        if let Some(queue) = self.notices.queues.remove(&resource) {
            for (lane, _) in queue.waiting {
                self.answer_ask(lane, Answered::Failed(Retcode::ABORT));
            }
        }
    }
}
