//! How fast a program may go on with what only costs others time: being refused, looking names up, writing output. Beyond a
//! burst its lanes, or its streams, are left alone for some milliseconds, so that what is left over of the kernel belongs to
//! the programs that work (`spec/reliability.md` T6). Granted calls are never slowed down.
use super::{Interest, Kernel};
use crate::core::{LaneId, Time};
use crate::report::Stream;
use nk_image::TaskId;

/// What a program does too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strain {
    /// Operations that are refused, and lookups; what was refused weighs by its packets.
    Refusals,
    /// Output, by readings of 4 KiB, while calls go on: otherwise it is in nobody's way.
    Output,
}

/// Of each kind: what one weighs, and how much may be done at once. From then on one unit wears off in a millisecond: 250
/// refusals, or 256 KiB of output, in a second.
const REFUSALS: Limits = Limits {
    weight: 4,
    burst: 500 * 4,
};
const OUTPUT: Limits = Limits {
    weight: 16,
    burst: 256 * 16,
};
/// Milliseconds of the shortest rest. Those who rest come back together and seldom, not one by one and often.
const SHORTEST: u64 = 8;

#[derive(Debug, Clone, Copy)]
struct Limits {
    weight: u64,
    burst: u64,
}

/// A program's strain of one kind.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// What has not been worn off at `at`.
    level: u64,
    at: Time,
    /// WaitLimits then it is left alone.
    rests: Option<Time>,
    /// How many requests the kernel had carried the last time.
    carried: u64,
}

impl Pace {
    /// Adds some; answers until when the program is to rest.
    fn strain(&mut self, limits: Limits, amount: u64, now: Time) -> Option<Time> {
        let worn_off = now.saturating_sub(self.at);
        let added = amount.saturating_mul(limits.weight);
        self.level = self.level.saturating_sub(worn_off).saturating_add(added);
        self.at = now;
        let excess = self
            .level
            .checked_sub(limits.burst)
            .filter(|excess| *excess > 0)?;
        self.rests = Some(now.saturating_add(excess.max(SHORTEST)));
        self.rests
    }
}

impl Kernel {
    /// A program has done something that only costs.
    pub(super) fn strain(&mut self, task: TaskId, strain: Strain, amount: u64) {
        if !self.paced {
            return;
        }
        let now = self.now();
        let Some(pace) = self
            .programs
            .get_mut(task.index())
            .and_then(|p| p.paces.get_mut(strain as usize))
        else {
            return;
        };
        let calls_go_on = std::mem::replace(&mut pace.carried, self.carried) != self.carried;
        let until = match strain {
            Strain::Refusals => pace.strain(REFUSALS, amount, now),
            Strain::Output if calls_go_on => pace.strain(OUTPUT, amount, now),
            Strain::Output => None,
        };
        if let Some(until) = until {
            self.resting.insert((until, task, strain));
        }
    }

    pub(super) fn rests(&self, task: TaskId, strain: Strain) -> bool {
        let pace = self
            .programs
            .get(task.index())
            .and_then(|p| p.paces.get(strain as usize));
        pace.is_some_and(|pace| pace.rests.is_some())
    }

    /// Turns to those again that have rested.
    pub(super) fn end_rests(&mut self) {
        let now = self.now();
        while let Some((_, task, strain)) = self
            .resting
            .first()
            .copied()
            .filter(|(until, ..)| *until <= now)
        {
            self.resting.pop_first();
            let pace = self
                .programs
                .get_mut(task.index())
                .and_then(|p| p.paces.get_mut(strain as usize));
            // it may have been prolonged
            let over = pace.filter(|pace| pace.rests.is_some_and(|until| until <= now));
            if over.map(|pace| pace.rests = None).is_some() {
                self.resume(task, strain);
            }
        }
    }

    fn resume(&mut self, task: TaskId, strain: Strain) {
        match strain {
            Strain::Refusals => {
                for id in (0..self.lanes).map(|lane| LaneId { task, lane }) {
                    if self.wire(id).is_some_and(|wire| !wire.lane.is_backlogged()) {
                        self.watch(id, Interest::READING);
                    }
                }
            }
            Strain::Output => Stream::ALL
                .into_iter()
                .for_each(|stream| self.resume_output(task, stream)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_free_and_what_goes_on_is_slowed_down() {
        let (mut pace, limits) = (
            Pace::default(),
            Limits {
                weight: 2,
                burst: 20,
            },
        );
        assert_eq!((0..10).find_map(|_| pace.strain(limits, 1, 100)), None);
        assert_eq!(pace.strain(limits, 1, 100), Some(108), "one too many");
        assert_eq!(pace.strain(limits, 1, 108), None, "eight have worn off");
        assert_eq!(pace.strain(limits, 10, 108), Some(124), "sixteen too many");
        assert_eq!(pace.strain(limits, 1, 1000), None);
        assert_eq!(
            pace.strain(limits, u64::MAX, u64::MAX),
            Some(u64::MAX),
            "no sum wraps"
        );
    }
}
