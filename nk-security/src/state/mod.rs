//! What the policy remembers between events: the audit level, and for each
//! object what it knows about each SID.
//!
//! Changes are kept only when the event is granted ([`State::keep`]); otherwise
//! they are undone ([`State::undo`], `docs/psl.md` §7.5). All memory
//! is bounded by configuration, and nothing of a process outlives it.
//!
//! | model | what is kept for a SID | bound |
//! |---|---|---|
//! | Flow | the number of its state | processes, and 64 others |
//! | Mic | its level, and the least it may receive from | processes, and 64 others |
//! | `HashSet` | a set of rows | `pool_size` sets of a fixed size |
//! | `StaticMap` | two instances of all keys | `pool_size` maps |
//!
//! A change is noted with what was there before. Taking back runs through the
//! notes from the last to the first, so that the memory is what it was, to the
//! word.
mod pool;
mod subjects;

use crate::program::{Level, Model, StaticMap, index};
use crate::{Cause, ObjectId, Policy, Program, Sid};
use pool::Pool;
pub(crate) use pool::{Entry, Row};
use subjects::Subjects;

/// SIDs that rules can make up beside those of processes, such as `sid : 0`.
const MADE_UP: usize = 64;

/// The memory of a policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// The audit level in force.
    level: u8,
    /// By [`ObjectId`].
    objects: Vec<Memory>,
    /// What the present event has changed, the first change first.
    changes: Vec<Change>,
}

/// What an object knows.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Memory {
    Nothing,
    /// Of a Flow object.
    States(Subjects<u16>),
    /// Of a Mic object.
    Levels(Subjects<Grade>),
    /// Of a `HashSet` object.
    Sets(Pool),
    /// Of a `StaticMap` object.
    Maps(Pool),
}

impl Memory {
    /// The tables of a set or map object.
    const fn tables(&self) -> Option<&Pool> {
        if let Self::Sets(pool) | Self::Maps(pool) = self {
            Some(pool)
        } else {
            None
        }
    }
    /// The same, to be changed.
    const fn tables_mut(&mut self) -> Option<&mut Pool> {
        if let Self::Sets(pool) | Self::Maps(pool) = self {
            Some(pool)
        } else {
            None
        }
    }
}

/// What a Mic object knows of a SID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grade {
    pub(crate) level: Level,
    /// The lowest level that it may receive data from: a resource receives
    /// none.
    pub(crate) least: Option<Level>,
}

/// How to take back a change.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    /// The audit level was this.
    Level(u8),
    State(ObjectId, Sid, Option<u16>),
    Grade(ObjectId, Sid, Option<Grade>),
    Table(ObjectId, pool::Change),
}

/// What an object knows about a SID, for those who look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Known<'s> {
    /// A Flow object: the number of the state.
    State(u16),
    /// A `HashSet` object: the words of its entries, one entry after the other,
    /// in ascending order.
    Set(&'s [u64]),
    /// A `StaticMap` object: the words of the base instance, and of the working
    /// one.
    Map(&'s [u64], &'s [u64]),
    /// A Mic object: the level, and the lowest level that it may receive data
    /// from if it is a subject.
    Level(Level, Option<Level>),
}

impl State {
    /// The memory at the start, for a policy and at most `subjects` processes
    /// at a time.
    #[must_use]
    pub fn new(policy: &Policy, subjects: usize) -> Self {
        policy
            .program()
            .map_or_else(Self::default, |program| Self::of(program, subjects))
    }

    /// Memory for the objects of a program.
    fn of(program: &Program, subjects: usize) -> Self {
        let most = subjects.saturating_add(MADE_UP);
        let memory = |model: &Model| match model {
            Model::Base | Model::Regex => Memory::Nothing,
            Model::Flow(_) => Memory::States(Subjects::new(most)),
            Model::HashSet(set) => Memory::Sets(Pool::new(index(set.pool_size), set.words())),
            Model::StaticMap(map) => Memory::Maps(Pool::new(index(map.pool_size), map.words())),
            Model::Mic(_) => Memory::Levels(Subjects::new(most)),
        };
        let objects = program
            .objects
            .iter()
            .map(|object| memory(&object.model))
            .collect();
        // an event seldom changes more; if it does, the memory stays
        let changes = Vec::with_capacity(64);
        Self {
            level: program.audit.map_or(0, |(_, level)| level),
            objects,
            changes,
        }
    }

    /// A process or another resource has gone: what objects knew about it is
    /// forgotten, so that others can take its place.
    pub fn ended(&mut self, sid: Sid) {
        for memory in &mut self.objects {
            match memory {
                Memory::Nothing => {}
                Memory::States(states) => drop(states.set(sid, None)),
                Memory::Levels(levels) => drop(levels.set(sid, None)),
                Memory::Sets(pool) | Memory::Maps(pool) => pool.forget(sid),
            }
        }
    }

    /// The audit level in force.
    #[must_use]
    pub const fn level(&self) -> u8 {
        self.level
    }

    /// What an object knows, by SID in ascending order; nothing for objects
    /// without memory.
    #[must_use]
    pub fn known(&self, object: ObjectId) -> Vec<(Sid, Known<'_>)> {
        match self.objects.get(object.index()) {
            None | Some(Memory::Nothing) => Vec::new(),
            Some(Memory::States(states)) => states
                .iter()
                .map(|(sid, state)| (sid, Known::State(state)))
                .collect(),
            Some(Memory::Levels(levels)) => levels
                .iter()
                .map(|(sid, grade)| (sid, Known::Level(grade.level, grade.least)))
                .collect(),
            Some(Memory::Sets(pool)) => pool
                .iter()
                .map(|(sid, words)| (sid, Known::Set(words)))
                .collect(),
            Some(Memory::Maps(pool)) => {
                let halves = |words: &'_ [u64]| words.len().checked_div(2).unwrap_or(0);
                let split = |words| -> (&[u64], &[u64]) {
                    <[u64]>::split_at_checked(words, halves(words)).unwrap_or_default()
                };
                let map = |(sid, words)| {
                    let (base, working) = split(words);
                    (sid, Known::Map(base, working))
                };
                pool.iter().map(map).collect()
            }
        }
    }

    /// Changes the audit level of the whole policy.
    pub(crate) fn set_level(&mut self, level: u8) {
        self.changes.push(Change::Level(self.level));
        self.level = level;
    }

    /// The number of the state that a Flow object has for a SID.
    pub(crate) fn state(&self, object: ObjectId, sid: Sid) -> Result<u16, Cause> {
        match self.objects.get(object.index()) {
            Some(Memory::States(states)) => states.get(sid).ok_or(Cause::NoAutomaton),
            _ => Err(Cause::Kind),
        }
    }

    /// Gives a SID another state of a Flow object, or none.
    pub(crate) fn set_state(
        &mut self,
        object: ObjectId,
        sid: Sid,
        to: Option<u16>,
    ) -> Result<(), Cause> {
        let Some(Memory::States(states)) = self.objects.get_mut(object.index()) else {
            return Err(Cause::Kind);
        };
        let before = states.set(sid, to)?;
        self.changes.push(Change::State(object, sid, before));
        Ok(())
    }

    /// What a Mic object knows of a SID.
    pub(crate) fn grade(&self, object: ObjectId, sid: Sid) -> Result<Grade, Cause> {
        match self.objects.get(object.index()) {
            Some(Memory::Levels(levels)) => levels.get(sid).ok_or(Cause::NoLevel),
            _ => Err(Cause::Kind),
        }
    }

    /// Gives a SID another level of a Mic object, or none.
    pub(crate) fn set_grade(
        &mut self,
        object: ObjectId,
        sid: Sid,
        to: Option<Grade>,
    ) -> Result<(), Cause> {
        let Some(Memory::Levels(levels)) = self.objects.get_mut(object.index()) else {
            return Err(Cause::Kind);
        };
        let before = levels.set(sid, to)?;
        self.changes.push(Change::Grade(object, sid, before));
        Ok(())
    }

    /// The tables of a `HashSet` or `StaticMap` object.
    pub(crate) fn tables(&self, object: ObjectId) -> Result<&Pool, Cause> {
        self.objects
            .get(object.index())
            .and_then(Memory::tables)
            .ok_or(Cause::Kind)
    }

    /// Gives a SID a table of an object, with these words.
    pub(crate) fn bind(&mut self, object: ObjectId, sid: Sid, words: &[u64]) -> Result<(), Cause> {
        self.change(object, |pool| {
            pool.bind(sid, words.iter().chain(words).copied()).map(Some)
        })
    }

    /// Takes the table of a SID back.
    pub(crate) fn free(&mut self, object: ObjectId, sid: Sid) -> Result<(), Cause> {
        self.change(object, |pool| pool.free(sid).map(Some))
    }

    /// Adds an entry to the set of a SID.
    pub(crate) fn add(&mut self, object: ObjectId, sid: Sid, entry: Entry) -> Result<(), Cause> {
        self.change(object, |pool| pool.add(sid, entry))
    }

    /// Removes an entry from the set of a SID.
    pub(crate) fn remove(&mut self, object: ObjectId, sid: Sid, entry: Entry) -> Result<(), Cause> {
        self.change(object, |pool| pool.remove(sid, entry))
    }

    /// The word of a `StaticMap` object for a SID and the position of a key.
    pub(crate) fn entry(
        &self,
        object: ObjectId,
        sid: Sid,
        map: &StaticMap,
        at: Place,
    ) -> Result<u64, Cause> {
        let words = self.tables(object)?.words(sid)?;
        words
            .get(at.position(map).ok_or(Cause::Kind)?)
            .copied()
            .ok_or(Cause::Kind)
    }

    /// Sets a word of the working instance.
    pub(crate) fn set_entry(
        &mut self,
        object: ObjectId,
        sid: Sid,
        map: &StaticMap,
        at: Place,
        to: u64,
    ) -> Result<(), Cause> {
        let position = at.position(map).ok_or(Cause::Kind)?;
        self.change(object, |pool| pool.set(sid, position, to).map(Some))
    }

    /// Changes a table of an object, and notes how to take that back.
    ///
    /// # Errors
    /// Of the change; [`Cause::Kind`] for an object without tables.
    fn change(
        &mut self,
        object: ObjectId,
        change: impl FnOnce(&mut Pool) -> Result<Option<pool::Change>, Cause>,
    ) -> Result<(), Cause> {
        let pool = self
            .objects
            .get_mut(object.index())
            .and_then(Memory::tables_mut)
            .ok_or(Cause::Kind)?;
        self.changes
            .extend(change(pool)?.map(|change| Change::Table(object, change)));
        Ok(())
    }

    /// The event is granted: its changes stay.
    pub(crate) fn keep(&mut self) {
        for change in self.changes.drain(..) {
            if let Change::Table(object, change) = change
                && let Some(pool) = self
                    .objects
                    .get_mut(object.index())
                    .and_then(Memory::tables_mut)
            {
                pool.keep(change);
            }
        }
    }

    /// The event is denied: its changes are taken back, the last one first.
    pub(crate) fn undo(&mut self) {
        while let Some(change) = self.changes.pop() {
            // what was there before fits in again
            match change {
                Change::Level(level) => self.level = level,
                Change::State(object, sid, before) => {
                    if let Some(Memory::States(states)) = self.objects.get_mut(object.index()) {
                        let _ = states.set(sid, before);
                    }
                }
                Change::Grade(object, sid, before) => {
                    if let Some(Memory::Levels(levels)) = self.objects.get_mut(object.index()) {
                        let _ = levels.set(sid, before);
                    }
                }
                Change::Table(object, change) => {
                    if let Some(pool) = self
                        .objects
                        .get_mut(object.index())
                        .and_then(Memory::tables_mut)
                    {
                        pool.undo(change);
                    }
                }
            }
        }
    }
}

/// Where the word of a key stands in the table of a `StaticMap` object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Base(usize),
    Working(usize),
}

impl Place {
    /// Where the word is; `None` for a position beyond all memory.
    fn position(self, map: &StaticMap) -> Option<usize> {
        match self {
            Self::Base(key) => Some(key),
            Self::Working(key) => map.values.len().checked_add(key),
        }
    }
}
