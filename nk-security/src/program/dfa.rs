//! Regular expressions as tables: the compiler makes them, the evaluator walks
//! them. One step for each byte of a text, no memory, no way back.
use serde::{Deserialize, Serialize};

/// Most bytes that the table of one set of patterns takes.
pub const MAX_DFA: usize = 1 << 20;

/// The automaton of one or more patterns. State 0 is the one from which no
/// pattern matches any more.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Dfa {
    /// For each byte, its class: bytes of one class lead to the same state.
    pub classes: Vec<u8>,
    /// Number of classes.
    pub width: u16,
    /// For each state and class, the next state, at `state * width + class`.
    pub next: Vec<u16>,
    /// For each state, the number of the first pattern that describes a text
    /// which ends there; [`Dfa::NONE`] without one.
    pub found: Vec<u16>,
    /// The state before the first byte.
    pub start: u16,
    /// Number of patterns.
    pub patterns: u16,
}

impl Dfa {
    /// No pattern.
    pub const NONE: u16 = u16::MAX;

    /// The first pattern that describes the whole text.
    #[must_use]
    pub fn find(&self, text: &[u8]) -> Option<u16> {
        let mut state = usize::from(self.start);
        let width = usize::from(self.width);
        for byte in text {
            let class = usize::from(*self.classes.get(usize::from(*byte))?);
            state = usize::from(
                *self
                    .next
                    .get(state.checked_mul(width)?.checked_add(class)?)?,
            );
            if state == 0 {
                return None;
            }
        }
        self.found
            .get(state)
            .copied()
            .filter(|found| *found != Self::NONE)
    }

    /// Bytes that the table takes.
    #[must_use]
    pub fn size(&self) -> usize {
        let words = self.next.len().saturating_add(self.found.len());
        words.saturating_mul(2).saturating_add(self.classes.len())
    }

    /// Whether every step leads to a state, and every state to an answer.
    pub(crate) fn is_consistent(&self) -> bool {
        let (states, width) = (self.found.len(), usize::from(self.width));
        let state = |state: &u16| usize::from(*state) < states;
        self.classes.len() == 256
            && self.classes.iter().all(|class| usize::from(*class) < width)
            && states.checked_mul(width) == Some(self.next.len())
            && self.next.iter().all(state)
            && state(&self.start)
            && self
                .found
                .iter()
                .all(|found| *found == Self::NONE || *found < self.patterns)
            && self.size() <= MAX_DFA
    }
}
