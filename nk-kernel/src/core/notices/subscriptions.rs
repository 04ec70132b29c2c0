//! Which notice receives the events of which resource. An event finds its own
//! subscriptions without a look at others', and a program has no more than a
//! few: what one program subscribes to costs no other program's events
//! anything.
use super::Mask;
use crate::core::ResourceId;
use nk_image::TaskId;
use nk_runtime::Retcode;
use std::collections::{BTreeMap, BTreeSet};

/// Subscriptions that a notice can have, and events that it keeps; as many as
/// one answer can bring.
pub const MAX_EVENTS: usize = 128;
/// Subscriptions that a program can have with all its notices.
pub const MAX_SUBSCRIPTIONS: usize = 256;

/// One subscription of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::core) struct Subscription {
    /// Where the events go.
    pub(in crate::core) notice: ResourceId,
    /// Whose notice it is.
    pub(in crate::core) owner: TaskId,
    pub(in crate::core) mask: Mask,
    /// The number that the owner chose.
    pub(in crate::core) id: u64,
}

/// All subscriptions. Each is found from both sides: by the resource when an
/// event comes, and by the notice when that goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Subscriptions {
    /// By the resource that they are about, in the order in which they were
    /// made.
    about: BTreeMap<ResourceId, Vec<Subscription>>,
    /// By notice: the resources that it receives events of, once for each
    /// subscription.
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
    /// `rcQuotaExceeded` beyond [`MAX_EVENTS`] of a notice or
    /// [`MAX_SUBSCRIPTIONS`] of a program.
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

    /// Ends those of a notice to a resource, those with this number if one is
    /// given; `false` when there was none.
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

    /// A resource is gone: it has no events any more, and if it was a notice,
    /// it receives none any more.
    pub(super) fn forget(&mut self, resource: ResourceId) {
        for subscription in self.about.remove(&resource).unwrap_or_default() {
            self.give_back(resource, &subscription);
        }
        let subscribed: BTreeSet<ResourceId> = self
            .of
            .get(&resource)
            .into_iter()
            .flatten()
            .copied()
            .collect();
        for to in subscribed {
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
