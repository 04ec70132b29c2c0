//! Notices: what happens to resources, for whoever has subscribed to it
//! (`docs/kernel.md` §9). Events of one subscription that nobody has
//! fetched yet become one, with a count.
mod subscriptions;

pub(super) use subscriptions::Subscription;
pub use subscriptions::{MAX_EVENTS, MAX_SUBSCRIPTIONS};

use super::{LaneId, ResourceId};
use nk_runtime::Retcode;
use std::collections::{BTreeMap, VecDeque};
use subscriptions::Subscriptions;

/// A set of events. The lower half and the system's part are the kernel's to
/// raise; the numbers are chosen.
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

    /// The events that are in both sets; `None` when there are none.
    fn common(self, other: Self) -> Option<Self> {
        let both = Self(self.0 & other.0);
        (both != Self::default()).then_some(both)
    }
}

/// What a notice has received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Event {
    /// The subscription's number.
    pub id: u64,
    /// Which events.
    pub mask: Mask,
    /// How often one of them was raised.
    pub counter: u32,
}

/// The events of a notice, and the lanes that wait for them with how many each
/// takes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Queue {
    events: VecDeque<Event>,
    waiting: VecDeque<(LaneId, usize)>,
}

impl Queue {
    /// Adds events under a subscription's number. Events that are not fetched
    /// yet become one with a count; beyond [`MAX_EVENTS`] numbers nothing is
    /// kept.
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

/// All notices, and who has subscribed to what.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Notices {
    subscriptions: Subscriptions,
    queues: BTreeMap<ResourceId, Queue>,
}

impl Notices {
    /// A new receiver of events.
    pub(super) fn add(&mut self, notice: ResourceId) {
        self.queues.insert(notice, Queue::default());
    }

    /// Events of a resource go to a notice from now on.
    ///
    /// # Errors
    /// `rcQuotaExceeded` beyond [`MAX_EVENTS`] subscriptions of the notice or
    /// [`MAX_SUBSCRIPTIONS`] of the program.
    pub(super) fn subscribe(
        &mut self,
        to: ResourceId,
        subscription: Subscription,
    ) -> Result<(), Retcode> {
        self.subscriptions.add(to, subscription)
    }

    /// Ends the subscriptions of a notice to a resource, those with this number
    /// if one is given; `false` when there was none.
    pub(super) fn unsubscribe(
        &mut self,
        notice: ResourceId,
        to: ResourceId,
        id: Option<u64>,
    ) -> bool {
        self.subscriptions.remove(notice, to, id)
    }

    /// A lane waits for at most `count` events of a notice.
    pub(super) fn fetch(&mut self, notice: ResourceId, lane: LaneId, count: usize) {
        if let Some(queue) = self.queues.get_mut(&notice) {
            queue.waiting.push_back((lane, count));
        }
    }

    /// A lane waits for events no longer.
    pub(super) fn forget_waiting(&mut self, notice: ResourceId, lane: LaneId) {
        if let Some(queue) = self.queues.get_mut(&notice) {
            queue.waiting.retain(|(l, _)| *l != lane);
        }
    }

    /// Something happens to a resource: the notices that have received it, once
    /// for each subscription.
    pub(super) fn raise(&mut self, to: ResourceId, mask: Mask) -> Vec<ResourceId> {
        let mut reached = Vec::new();
        for subscription in self.subscriptions.about(to) {
            if let Some(mask) = subscription.mask.common(mask)
                && let Some(queue) = self.queues.get_mut(&subscription.notice)
            {
                queue.push(subscription.id, mask);
                reached.push(subscription.notice);
            }
        }
        reached
    }

    /// Something happens that a notice receives without a subscription, under
    /// this number.
    pub(super) fn raise_at(&mut self, notice: ResourceId, id: u64, mask: Mask) {
        if let Some(queue) = self.queues.get_mut(&notice) {
            queue.push(id, mask);
        }
    }

    /// Takes out the lane that waits longest for events of a notice, with the
    /// events that it gets. `None` unless there are both.
    pub(super) fn deliver(&mut self, notice: ResourceId) -> Option<(LaneId, Vec<Event>)> {
        let queue = self.queues.get_mut(&notice)?;
        if queue.events.is_empty() {
            return None;
        }
        let (lane, count) = queue.waiting.pop_front()?;
        let count = count.min(queue.events.len());
        Some((lane, queue.events.drain(..count).collect()))
    }

    /// A resource is gone, and its subscriptions with it. If it was a notice:
    /// the lanes that waited for its events.
    pub(super) fn forget(&mut self, resource: ResourceId) -> Vec<LaneId> {
        self.subscriptions.forget(resource);
        let queue = self.queues.remove(&resource).unwrap_or_default();
        queue.waiting.into_iter().map(|(lane, _)| lane).collect()
    }
}
