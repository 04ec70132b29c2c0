//! The handles of one program: numbers that mean something to it alone. A
//! number holds a place and how often the place was given away before, so that
//! the number of a closed handle does not become another's at once.
//!
//! A number has 32 bits: 14 for the place, counted from 1, and 18 for how often
//! the place was used before. 0 is the kernel's channel, and `u32::MAX` the
//! invalid handle, which no place has.
use super::tree::NodeId;
use nk_image::TaskId;
use nk_runtime::Retcode;
use std::collections::VecDeque;

/// Bits of a number that say which place; the others say how often it was used.
const PLACE_BITS: u32 = 14;
/// Most handles that a program can have. The last place is never given, so that
/// no number is `INVALID_HANDLE`.
const MAX_PLACES: u32 = (1 << PLACE_BITS) - 2;
/// Places that stay unused before one is given again.
const RESTING: usize = 64;

/// The handles of all programs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Tables(Vec<Table>);

impl Tables {
    /// No tables yet.
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// An empty table of at most `limit` handles for a program, at a position
    /// that may have been another's.
    pub(super) fn add_program(&mut self, task: TaskId, limit: u32) {
        let programs = task.index().saturating_add(1).max(self.0.len());
        self.0.resize_with(programs, || Table::new(limit));
        if let Some(table) = self.0.get_mut(task.index()) {
            *table = Table::new(limit);
        }
    }

    /// More room, for handles that a program has from its start.
    pub(super) fn extend(&mut self, task: TaskId, by: u32) {
        if let Some(table) = self.0.get_mut(task.index()) {
            table.extend(by);
        }
    }

    /// How many more handles a program may have.
    pub(super) fn room(&self, task: TaskId) -> u32 {
        self.0.get(task.index()).map_or(0, Table::room)
    }

    /// Gives a node a number.
    ///
    /// # Errors
    /// `rcQuotaExceeded`.
    pub(super) fn add(&mut self, task: TaskId, node: NodeId) -> Result<u32, Retcode> {
        let table = self.0.get_mut(task.index());
        table.ok_or(Retcode::INTERNAL_ERROR)?.add(node)
    }

    /// The node behind a number of a program.
    pub(super) fn get(&self, task: TaskId, number: u32) -> Option<NodeId> {
        self.0.get(task.index())?.get(number)
    }

    /// Takes a number from a program.
    pub(super) fn remove(&mut self, task: TaskId, number: u32) -> Option<NodeId> {
        self.0.get_mut(task.index())?.remove(number)
    }

    /// The numbers of a program.
    pub(super) fn numbers(&self, task: TaskId) -> Vec<u32> {
        let table = self.0.get(task.index());
        table
            .map(|table| table.numbers().collect())
            .unwrap_or_default()
    }
}

/// The numbers of one program. Places that were closed rest before they are
/// used again, the one closed first in front.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Table {
    places: Vec<Place>,
    /// Closed places, the one closed first in front.
    free: VecDeque<u32>,
    /// Numbers that are in use.
    used: u32,
    /// Numbers that may be in use at once.
    limit: u32,
}

/// A place, the number of its uses so far, and what its present number refers
/// to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Place {
    uses: u32,
    node: Option<NodeId>,
}

impl Table {
    /// An empty table for at most `limit` handles.
    fn new(limit: u32) -> Self {
        Self {
            places: Vec::new(),
            free: VecDeque::new(),
            used: 0,
            limit: limit.min(MAX_PLACES),
        }
    }

    /// More room, for handles that a program has from its start.
    fn extend(&mut self, by: u32) {
        self.limit = self.limit.saturating_add(by).min(MAX_PLACES);
    }

    /// How many more handles fit.
    fn room(&self) -> u32 {
        self.limit.saturating_sub(self.used)
    }

    /// Gives a node the next number.
    ///
    /// # Errors
    /// `rcQuotaExceeded` when the program has as many as it may.
    fn add(&mut self, node: NodeId) -> Result<u32, Retcode> {
        if self.room() == 0 {
            return Err(Retcode::QUOTA_EXCEEDED);
        }
        let rested = self.free.len() > RESTING || self.places.len() >= MAX_PLACES as usize;
        let reused = if rested { self.free.pop_front() } else { None };
        let index = if let Some(index) = reused {
            index
        } else {
            self.places.push(Place {
                uses: 0,
                node: None,
            });
            u32::try_from(self.places.len())
                .map_err(|_| Retcode::QUOTA_EXCEEDED)?
                .saturating_sub(1)
        };
        let place = self
            .places
            .get_mut(index as usize)
            .ok_or(Retcode::INTERNAL_ERROR)?;
        place.node = Some(node);
        self.used = self.used.saturating_add(1);
        Ok(number(index, place.uses))
    }

    /// The node of a number. A number of an earlier use of its place refers to
    /// nothing.
    fn get(&self, number: u32) -> Option<NodeId> {
        let (index, uses) = split(number)?;
        self.places
            .get(index as usize)
            .filter(|place| place.uses == uses)?
            .node
    }

    /// Takes a number back; its place rests.
    fn remove(&mut self, number: u32) -> Option<NodeId> {
        let (index, uses) = split(number)?;
        let place = self
            .places
            .get_mut(index as usize)
            .filter(|place| place.uses == uses)?;
        let node = place.node.take()?;
        place.uses = place.uses.wrapping_add(1) & (u32::MAX >> PLACE_BITS);
        self.free.push_back(index);
        self.used = self.used.saturating_sub(1);
        Some(node)
    }

    /// The numbers in use.
    fn numbers(&self) -> impl Iterator<Item = u32> {
        (0..)
            .zip(&self.places)
            .filter(|(_, place)| place.node.is_some())
            .map(|(index, place)| number(index, place.uses))
    }
}

/// The number of a place: places count from 1, as 0 is the channel to the
/// kernel.
const fn number(index: u32, uses: u32) -> u32 {
    uses << PLACE_BITS | (index.saturating_add(1))
}

/// The place and the use that a number stands for; `None` for the kernel's
/// channel.
fn split(number: u32) -> Option<(u32, u32)> {
    let place = number & ((1 << PLACE_BITS) - 1);
    Some((place.checked_sub(1)?, number >> PLACE_BITS))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_closed_number_refers_to_nothing_until_its_place_has_been_used_as_often_as_numbers_can_count()
     {
        let mut table = Table::new(3);
        let first = table.add(NodeId(7)).unwrap();
        assert_eq!((first, table.get(first)), (1, Some(NodeId(7))));
        assert_eq!(
            (table.remove(first), table.get(first), table.remove(first)),
            (Some(NodeId(7)), None, None)
        );
        for n in 0..10_000 {
            let next = table.add(NodeId(n)).unwrap();
            assert_ne!(next, first);
            assert_eq!((table.get(first), table.get(next)), (None, Some(NodeId(n))));
            table.remove(next).unwrap();
        }
        assert!(
            table.places.len() <= RESTING + 2,
            "memory does not grow with the number of handles that were"
        );
    }

    #[test]
    fn numbers_that_were_never_given_refer_to_nothing_and_the_limit_holds() {
        let mut table = Table::new(2);
        for node in [1, 2] {
            table.add(NodeId(node)).unwrap();
        }
        assert_eq!(table.add(NodeId(3)), Err(Retcode::QUOTA_EXCEEDED));
        for number in [0, 3, 1 << PLACE_BITS, (1 << PLACE_BITS) + 1, u32::MAX] {
            assert_eq!(table.get(number), None);
        }
        let mut full = Table::new(u32::MAX);
        let numbers: Vec<u32> = (0..MAX_PLACES)
            .map(|n| full.add(NodeId(n)).unwrap())
            .collect();
        assert!(!numbers.contains(&u32::MAX) && full.room() == 0);
        full.remove(*numbers.first().unwrap()).unwrap();
        assert!(
            full.add(NodeId(0)).is_ok(),
            "a place is given again when no other is left"
        );
    }
}
