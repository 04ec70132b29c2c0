//! What the policy remembers between events: the audit level, and for each object what it knows about each process.
//!
//! Changes are kept only when the event is granted ([`State::keep`]); otherwise they are undone ([`State::undo`],
//! `spec/psl-runtime.md` §A.7.5). All memory is bounded by configuration, and nothing of a process outlives it.
mod automata;
mod pool;

use crate::evaluate::Called;
use crate::program::Model;
use crate::{Cause, ObjectId, Policy, Program, Sid};
use automata::Automata;
use pool::Pool;
pub(crate) use pool::{Entry, Row};

/// The memory of a policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    level: u8,
    objects: Vec<Memory>,
    changes: Vec<Change>,
    /// The rules that the event being decided has called.
    pub(crate) called: Vec<Called>,
}

/// What an object knows.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Memory {
    Nothing,
    Automata(Automata),
    Pool(Pool),
}

/// How to take back a change.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    Level(u8),
    Automaton(ObjectId, Sid, Option<u16>),
    Pool(ObjectId, pool::Change),
}

impl State {
    /// The memory at the start, for a policy and at most `subjects` processes at a time.
    #[must_use]
    pub fn new(policy: &Policy, subjects: usize) -> Self {
        policy.program().map_or_else(Self::default, |program| Self::of(program, subjects))
    }

    fn of(program: &Program, subjects: usize) -> Self {
        let memory = |model: &Model| match model {
            Model::Base => Memory::Nothing,
            Model::Flow(_) => Memory::Automata(Automata::new(subjects)),
            Model::HashSet(set) => Memory::Pool(Pool::new(set)),
        };
        let objects = program.objects.iter().map(|object| memory(&object.model)).collect();
        Self { level: program.audit.map_or(0, |(_, level)| level), objects, ..Self::default() }
    }

    /// A process has ended: what objects knew about it is forgotten, so that others can take its place.
    pub fn ended(&mut self, sid: Sid) {
        for memory in &mut self.objects {
            match memory {
                Memory::Nothing => {}
                Memory::Automata(automata) => drop(automata.set(sid, None)),
                Memory::Pool(pool) => pool.forget(sid),
            }
        }
    }

    /// The audit level in force.
    #[must_use]
    pub const fn level(&self) -> u8 {
        self.level
    }

    pub(crate) fn set_level(&mut self, level: u8) {
        self.changes.push(Change::Level(self.level));
        self.level = level;
    }

    /// The number of the state that a Flow object has for a process.
    pub(crate) fn automaton(&self, object: ObjectId, sid: Sid) -> Result<u16, Cause> {
        match self.objects.get(object.index()) {
            Some(Memory::Automata(automata)) => automata.get(sid).ok_or(Cause::NoAutomaton),
            _ => Err(Cause::Kind),
        }
    }

    /// Gives a process another state of a Flow object, or none.
    pub(crate) fn set_automaton(&mut self, object: ObjectId, sid: Sid, to: Option<u16>) -> Result<(), Cause> {
        let Some(Memory::Automata(automata)) = self.objects.get_mut(object.index()) else { return Err(Cause::Kind) };
        let before = automata.set(sid, to)?;
        self.changes.push(Change::Automaton(object, sid, before));
        Ok(())
    }

    /// The sets of a `HashSet` object.
    pub(crate) fn pool(&self, object: ObjectId) -> Result<&Pool, Cause> {
        match self.objects.get(object.index()) {
            Some(Memory::Pool(pool)) => Ok(pool),
            _ => Err(Cause::Kind),
        }
    }

    /// Changes the sets of a `HashSet` object.
    pub(crate) fn change_pool(
        &mut self,
        object: ObjectId,
        change: impl FnOnce(&mut Pool) -> Result<Option<pool::Change>, Cause>,
    ) -> Result<(), Cause> {
        let Some(Memory::Pool(pool)) = self.objects.get_mut(object.index()) else { return Err(Cause::Kind) };
        self.changes.extend(change(pool)?.map(|change| Change::Pool(object, change)));
        Ok(())
    }

    /// The event is granted: its changes stay.
    pub(crate) fn keep(&mut self) {
        self.changes.clear();
    }

    /// The event is denied: its changes are taken back, the last one first.
    pub(crate) fn undo(&mut self) {
        while let Some(change) = self.changes.pop() {
            match change {
                Change::Level(level) => self.level = level,
                Change::Automaton(object, sid, before) => {
                    if let Some(Memory::Automata(automata)) = self.objects.get_mut(object.index()) {
                        // what was there before fits in again
                        let _ = automata.set(sid, before);
                    }
                }
                Change::Pool(object, change) => {
                    if let Some(Memory::Pool(pool)) = self.objects.get_mut(object.index()) {
                        pool.undo(change);
                    }
                }
            }
        }
    }
}
