//! Policy objects: instances of security models with their configuration (`spec/psl-runtime.md` part B).
use serde::{Deserialize, Serialize};

/// Most fields of a `HashSet`'s entry.
pub(crate) const MAX_ARITY: usize = 8;

/// A policy object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// Its name in the policy.
    pub name: String,
    /// Its model.
    pub model: Model,
}

/// Security models with their configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Model {
    /// Rules without memory.
    Base,
    /// A finite-state machine for each SID.
    Flow(Flow),
    /// A set of entries for each of some SIDs.
    HashSet(HashSet),
}

/// The configuration of a Flow object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// Names of the states.
    pub states: Vec<String>,
    /// The state after `init`.
    pub initial: u16,
    /// For each state, the states that can be entered from it.
    pub transitions: Vec<Vec<u16>>,
}

/// The configuration of a `HashSet` object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashSet {
    /// Entries of one set at most.
    pub set_size: u32,
    /// Sets at most.
    pub pool_size: u32,
    /// Scalars that make an entry.
    pub arity: u8,
}

impl Model {
    /// Its name in the policy language.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Base => "Base",
            Self::Flow(_) => "Flow",
            Self::HashSet(_) => "HashSet",
        }
    }

    /// The configuration of a Flow object.
    #[must_use]
    pub const fn flow(&self) -> Option<&Flow> {
        if let Self::Flow(flow) = self { Some(flow) } else { None }
    }

    /// Words of memory that its tables take; the memory of a Flow object grows with the processes.
    pub(crate) fn words(&self) -> usize {
        match self {
            Self::Base | Self::Flow(_) => 0,
            Self::HashSet(set) => index(set.pool_size).saturating_mul(set.words().saturating_add(1)),
        }
    }

    /// Words that one access may have to look at or move.
    pub(crate) fn access(&self) -> usize {
        match self {
            Self::Base => 0,
            Self::Flow(flow) => flow.states.len(),
            Self::HashSet(set) => index(set.pool_size).saturating_add(set.words()),
        }
    }

    /// Whether every state and number has a meaning.
    pub(crate) fn is_consistent(&self) -> bool {
        match self {
            Self::Base => true,
            Self::Flow(flow) => flow.is_consistent(),
            Self::HashSet(set) => (1..=MAX_ARITY).contains(&usize::from(set.arity)),
        }
    }
}

impl Flow {
    fn is_consistent(&self) -> bool {
        let known = |state: &u16| self.states.get(usize::from(*state)).is_some();
        known(&self.initial)
            && u16::try_from(self.states.len()).is_ok()
            && self.transitions.len() == self.states.len()
            && self.transitions.iter().flatten().all(known)
    }
}

impl HashSet {
    /// Words of one set.
    pub(crate) fn words(&self) -> usize {
        index(self.set_size).saturating_mul(usize::from(self.arity))
    }
}

pub(crate) fn index(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
