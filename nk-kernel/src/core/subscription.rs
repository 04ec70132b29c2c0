//! Who is told what happens to which resource. An event finds its own subscriptions without a look at others', and a
//! program has no more than a few: what one program subscribes to costs no other program's events anything.
use super::{Mask, ResourceId};
use nk_image::TaskId;
use nk_runtime::Retcode;
use std::collections::{BTreeMap, BTreeSet};

/// Subscriptions that a notice can have, and events that it keeps; as many as one answer can bring.
pub const MAX_EVENTS: usize = 128;
/// Subscriptions that a program can have with all its notices.
pub const MAX_SUBSCRIPTIONS: usize = 256;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Subscription {
    /// Where the events go.
    pub(super) notice: ResourceId,
    /// Whose notice it is.
    pub(super) owner: TaskId,
    pub(super) mask: Mask,
    /// The number that the owner chose.
    pub(super) id: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Subscriptions {
    /// By the resource that they are about, in the order in which they were made.
    about: BTreeMap<ResourceId, Vec<Subscription>>,
    /// By notice: what it is told about, once for each subscription.
    of: BTreeMap<ResourceId, Vec<ResourceId>>,
    /// How many a program has.
    held: BTreeMap<TaskId, usize>,
}

impl Subscriptions {
    /// Those to a resource.
    pub(super) fn about(&self, to: ResourceId) -> &[Subscription] {
        self.about.get(&to).map_or(&[], Vec::as_slice)
    }

    /// # Errors
    /// `rcQuotaExceeded` beyond [`MAX_EVENTS`] of a notice or [`MAX_SUBSCRIPTIONS`] of a program.
    pub(super) fn add(
        &mut self,
        to: ResourceId,
        subscription: Subscription,
    ) -> Result<(), Retcode> {
        let of = self.of.get(&subscription.notice).map_or(0, Vec::len);
        let held = self.held.get(&subscription.owner).copied().unwrap_or(0);
        if of >= MAX_EVENTS || held >= MAX_SUBSCRIPTIONS {
            return Err(Retcode::QUOTA_EXCEEDED);
        }
        self.held.insert(subscription.owner, held.saturating_add(1));
        self.of.entry(subscription.notice).or_default().push(to);
        self.about.entry(to).or_default().push(subscription);
        Ok(())
    }

    /// Ends those of a notice to a resource, those with this number if one is given; `false` when there was none.
    pub(super) fn remove(&mut self, notice: ResourceId, to: ResourceId, id: Option<u64>) -> bool {
        let Some(about) = self.about.get_mut(&to) else {
            return false;
        };
        let meant = |s: &Subscription| s.notice == notice && id.is_none_or(|id| s.id == id);
        let ended: Vec<Subscription> = about.extract_if(.., |s| meant(s)).collect();
        if about.is_empty() {
            self.about.remove(&to);
        }
        for subscription in &ended {
            self.give_back(to, subscription);
        }
        !ended.is_empty()
    }

    /// A resource is gone: nobody is told about it any more, and if it was a notice, it is told nothing any more.
    pub(super) fn forget(&mut self, resource: ResourceId) {
        for subscription in self.about.remove(&resource).unwrap_or_default() {
            self.give_back(resource, &subscription);
        }
        let told_about: BTreeSet<ResourceId> = self
            .of
            .get(&resource)
            .into_iter()
            .flatten()
            .copied()
            .collect();
        for to in told_about {
            self.remove(resource, to, None);
        }
    }

    /// One that ended counts no longer.
    fn give_back(&mut self, to: ResourceId, ended: &Subscription) {
        if let Some(of) = self.of.get_mut(&ended.notice) {
            if let Some(at) = of.iter().position(|about| *about == to) {
                of.swap_remove(at);
            }
            if of.is_empty() {
                self.of.remove(&ended.notice);
            }
        }
        if let Some(held) = self.held.get_mut(&ended.owner) {
            *held = held.saturating_sub(1);
            if *held == 0 {
                self.held.remove(&ended.owner);
            }
        }
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "tests fail by panicking"
)]
mod tests {
    use super::super::{Answered, Core, Event, Patience, Provided, Rights, Until};
    use super::*;
    use crate::core::notice::Notices;
    use crate::core::{Action, LaneId};
    use nk_image::{ClassId, Plan, Task};
    use nk_security::Sid;

    const OWN: TaskId = TaskId(0);
    const ALL: Mask = Mask(u32::MAX);

    /// A program and another one.
    fn world() -> Core<(), ()> {
        let task = |name: &str| Task {
            name: name.into(),
            class: ClassId(0),
            path: "p".into(),
            args: vec![],
            env: vec![],
        };
        let plan = Plan {
            initiator: ClassId(0),
            tasks: vec![task("own"), task("other")],
            channels: vec![],
        };
        Core::new(&plan, 1, Sid(2))
    }

    fn resource(core: &mut Core<(), ()>, of: TaskId) -> u32 {
        core.new_user_object(
            of,
            Provided {
                of_type: 0,
                rights: Rights::GENERAL,
                context: 0,
                calls: None,
            },
        )
        .unwrap()
    }

    /// Subscribes until there is no more, and says how often and why.
    fn subscribe(core: &mut Core<(), ()>, task: TaskId, notice: u32, to: u32) -> (usize, Retcode) {
        let mut made = 0;
        loop {
            match core.subscribe(task, notice, to, ALL, 7) {
                Ok(()) => made += 1,
                Err(why) => return (made, why),
            }
        }
    }

    #[test]
    fn a_program_has_so_many_subscriptions_and_no_more_and_another_has_its_own() {
        let mut core = world();
        let (first, second, third) = (
            core.new_notice(OWN),
            core.new_notice(OWN),
            core.new_notice(OWN),
        );
        let (first, second, third) = (first.unwrap(), second.unwrap(), third.unwrap());
        let (kept, gone) = (resource(&mut core, OWN), resource(&mut core, OWN));
        let full = |made| (made, Retcode::QUOTA_EXCEEDED);
        assert_eq!(
            subscribe(&mut core, OWN, first, kept),
            full(MAX_EVENTS),
            "of a notice"
        );
        assert_eq!(
            subscribe(&mut core, OWN, second, gone),
            full(MAX_SUBSCRIPTIONS - MAX_EVENTS)
        );
        assert_eq!(
            subscribe(&mut core, OWN, third, kept),
            full(0),
            "of the program"
        );
        let other = TaskId(1);
        let (notice, resource) = (core.new_notice(other).unwrap(), resource(&mut core, other));
        assert_eq!(
            subscribe(&mut core, other, notice, resource),
            full(MAX_EVENTS),
            "of another program"
        );
        // what is ended, in whichever way, is given back
        core.unsubscribe(OWN, first, kept, Some(7)).unwrap();
        assert_eq!(subscribe(&mut core, OWN, third, kept), full(MAX_EVENTS));
        core.close(OWN, gone).unwrap();
        assert_eq!(subscribe(&mut core, OWN, first, kept), full(MAX_EVENTS));
        core.drop_notice(OWN, third).unwrap();
        assert_eq!(subscribe(&mut core, OWN, second, kept), full(MAX_EVENTS));
        assert_eq!(
            core.unsubscribe(OWN, first, kept, Some(8)),
            Err(Retcode::RESOURCE_NOT_FOUND)
        );
        core.ended(OWN);
        core.ended(other);
        assert_eq!(
            core.notices,
            Notices::default(),
            "nothing is left of the dead"
        );
    }

    #[test]
    fn an_event_goes_to_every_subscription_to_its_resource_in_their_order_and_to_no_other() {
        let mut core = world();
        let notice = core.new_notice(OWN).unwrap();
        let (meant, other) = (resource(&mut core, OWN), resource(&mut core, OWN));
        for (to, mask, id) in [
            (meant, ALL, 2),
            (other, ALL, 3),
            (meant, Mask(1 << 24), 1),
            (meant, Mask(1 << 25), 4),
        ] {
            core.subscribe(OWN, notice, to, mask, id).unwrap();
        }
        core.raise_event(OWN, meant, Mask(1 << 24)).unwrap();
        let lane = LaneId { task: OWN, lane: 0 };
        core.fetch_events(
            lane,
            notice,
            9,
            Until {
                own: None,
                call: Patience::ENDLESS,
            },
        );
        let event = |id| Event {
            id,
            mask: Mask(1 << 24),
            counter: 1,
        };
        let told = Action::Answer {
            to: lane,
            answer: Answered::Events(vec![event(2), event(1)]),
        };
        assert_eq!(std::iter::from_fn(|| core.next_action()).last(), Some(told));
    }
}
