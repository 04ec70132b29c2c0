//! The states of a Flow object, one for each process that has an automaton.
use crate::{Cause, Sid};

/// States by process, in the order of the numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Automata {
    states: Vec<(Sid, u16)>,
    most: usize,
}

impl Automata {
    /// None yet, and memory for `most`.
    pub(super) fn new(most: usize) -> Self {
        Self { states: Vec::with_capacity(most), most }
    }

    /// The state of a process.
    pub(super) fn get(&self, sid: Sid) -> Option<u16> {
        let at = self.position(sid).ok()?;
        self.states.get(at).map(|(_, state)| *state)
    }

    /// Sets the state of a process, or removes it; answers the one before.
    pub(super) fn set(&mut self, sid: Sid, to: Option<u16>) -> Result<Option<u16>, Cause> {
        match (self.position(sid), to) {
            (Ok(at), Some(to)) => Ok(self.states.get_mut(at).map(|(_, state)| core::mem::replace(state, to))),
            (Ok(at), None) => Ok(Some(self.states.remove(at).1)),
            (Err(_), None) => Ok(None),
            (Err(_), Some(_)) if self.states.len() >= self.most => Err(Cause::Full),
            (Err(at), Some(to)) => {
                self.states.insert(at, (sid, to));
                Ok(None)
            }
        }
    }

    fn position(&self, sid: Sid) -> Result<usize, usize> {
        self.states.binary_search_by_key(&sid, |(known, _)| *known)
    }
}
