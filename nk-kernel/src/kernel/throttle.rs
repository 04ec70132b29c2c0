//! Throttling of what only costs others time: being refused, looking names up,
//! writing output. Beyond a burst a program's lanes, or its streams, are not
//! read for some milliseconds, so that what is left over of the kernel belongs
//! to the programs that work (`docs/threats.md` T6). Granted calls are
//! never slowed down.
use crate::core::Time;
use nk_image::TaskId;
use std::collections::BTreeSet;

/// What a program can cost others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cost {
    /// Operations that are refused, and lookups; what was refused weighs by its
    /// packets.
    Refusals,
    /// Output, by readings of 4 KiB, while calls go on: otherwise it is in
    /// nobody's way.
    Output,
}

/// Of each kind: the weight of one, and how much may be done at once. From then
/// on one unit wears off in a millisecond: 250 refusals, or 256 KiB of output,
/// in a second.
const REFUSALS: Limits = Limits {
    weight: 4,
    burst: 500 * 4,
};
/// Of output: one reading of 4 KiB weighs 16.
const OUTPUT: Limits = Limits {
    weight: 16,
    burst: 256 * 16,
};
/// Milliseconds of the shortest pause. Those who are paused come back together
/// and seldom, not one by one and often.
const SHORTEST: u64 = 8;

/// How a kind of cost is counted, in units that wear off one by one, each in a
/// millisecond.
#[derive(Debug, Clone, Copy)]
struct Limits {
    weight: u64,
    burst: u64,
}

/// What a program has cost, of one kind: a leaky bucket.
#[derive(Debug, Default)]
struct Bucket {
    /// What had not worn off at `at`.
    level: u64,
    at: Time,
    /// It is not read until then.
    paused: Option<Time>,
    /// How many requests the kernel had carried the last time.
    carried: u64,
}

impl Bucket {
    /// Adds some; answers until when the program is paused.
    fn charge(&mut self, limits: Limits, amount: u64, now: Time) -> Option<Time> {
        let worn_off = now.saturating_sub(self.at);
        let added = amount.saturating_mul(limits.weight);
        self.level = self.level.saturating_sub(worn_off).saturating_add(added);
        self.at = now;
        let excess = self.level.checked_sub(limits.burst);
        let excess = excess.filter(|excess| *excess > 0)?;
        self.paused = Some(now.saturating_add(excess.max(SHORTEST)));
        self.paused
    }
}

/// The costs of all programs, and who is paused.
pub(super) struct Throttle {
    enabled: bool,
    /// By program and [`Cost`].
    buckets: Vec<[Bucket; 2]>,
    paused: BTreeSet<(Time, TaskId, Cost)>,
    /// Requests that were handed to servers.
    carried: u64,
}

impl Throttle {
    /// Nobody has cost anything. Not `enabled`: nobody is ever paused.
    pub(super) const fn new(enabled: bool) -> Self {
        Self {
            enabled,
            buckets: Vec::new(),
            paused: BTreeSet::new(),
            carried: 0,
        }
    }

    /// A program that has cost nothing, at a position that may have been
    /// another's.
    pub(super) fn add_program(&mut self, task: TaskId) {
        let programs = task.index().saturating_add(1).max(self.buckets.len());
        self.buckets.resize_with(programs, Default::default);
        if let Some(buckets) = self.buckets.get_mut(task.index()) {
            *buckets = Default::default();
        }
    }

    /// A request was handed to its server: calls go on.
    pub(super) const fn carried(&mut self) {
        self.carried = self.carried.wrapping_add(1);
    }

    /// What a program has cost, of one kind.
    fn bucket(&mut self, task: TaskId, cost: Cost) -> Option<&mut Bucket> {
        self.buckets.get_mut(task.index())?.get_mut(cost as usize)
    }

    /// A program has cost others something.
    pub(super) fn charge(&mut self, task: TaskId, cost: Cost, amount: u64, now: Time) {
        let carried = self.carried;
        if !self.enabled {
            return;
        }
        let Some(bucket) = self.bucket(task, cost) else {
            return;
        };
        let calls_go_on = std::mem::replace(&mut bucket.carried, carried) != carried;
        let until = match cost {
            Cost::Refusals => bucket.charge(REFUSALS, amount, now),
            Cost::Output if calls_go_on => bucket.charge(OUTPUT, amount, now),
            Cost::Output => None,
        };
        if let Some(until) = until {
            self.paused.insert((until, task, cost));
        }
    }

    /// Whether a program is not to be read.
    pub(super) fn is_paused(&self, task: TaskId, cost: Cost) -> bool {
        let bucket = self.buckets.get(task.index());
        let bucket = bucket.and_then(|buckets| buckets.get(cost as usize));
        bucket.is_some_and(|bucket| bucket.paused.is_some())
    }

    /// When [`Throttle::resume`] has to be asked next.
    pub(super) fn next(&self) -> Option<Time> {
        self.paused.first().map(|(until, ..)| *until)
    }

    /// A program whose pause is over; `None` when there is no more at this
    /// time.
    pub(super) fn resume(&mut self, now: Time) -> Option<(TaskId, Cost)> {
        while self.next().is_some_and(|until| until <= now) {
            let (_, task, cost) = self.paused.pop_first()?;
            let bucket = self.bucket(task, cost);
            // it may have been prolonged
            let over = bucket.filter(|bucket| bucket.paused.is_some_and(|until| until <= now));
            if let Some(bucket) = over {
                bucket.paused = None;
                return Some((task, cost));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_free_and_what_goes_on_is_slowed_down() {
        let mut bucket = Bucket::default();
        let limits = Limits {
            weight: 2,
            burst: 20,
        };
        assert_eq!((0..10).find_map(|_| bucket.charge(limits, 1, 100)), None);
        assert_eq!(bucket.charge(limits, 1, 100), Some(108), "one too many");
        assert_eq!(bucket.charge(limits, 1, 108), None, "eight have worn off");
        assert_eq!(
            bucket.charge(limits, 10, 108),
            Some(124),
            "sixteen too many"
        );
        assert_eq!(bucket.charge(limits, 1, 1000), None);
        assert_eq!(
            bucket.charge(limits, u64::MAX, u64::MAX),
            Some(u64::MAX),
            "no sum wraps"
        );
    }

    #[test]
    fn a_pause_ends_once_and_a_prolonged_one_at_its_later_end() {
        let (mut throttle, task) = (Throttle::new(true), TaskId(0));
        throttle.add_program(task);
        throttle.charge(task, Cost::Refusals, 502, 0);
        throttle.charge(task, Cost::Refusals, 3, 0);
        assert!(throttle.is_paused(task, Cost::Refusals));
        assert_eq!(throttle.next(), Some(8));
        assert_eq!((throttle.resume(8), throttle.next()), (None, Some(20)));
        assert_eq!(throttle.resume(20), Some((task, Cost::Refusals)));
        assert!(!throttle.is_paused(task, Cost::Refusals));
        assert_eq!((throttle.resume(20), throttle.next()), (None, None));
    }
}
