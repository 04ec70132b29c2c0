//! Policy objects: instances of security models with their configuration
//! (`docs/psl.md` §9).
use super::{Key, Width};
use crate::ExprId;
use serde::{Deserialize, Serialize};

/// Most fields of a `HashSet`'s entry.
pub(crate) const MAX_ARITY: usize = 8;
/// Most categories of a Mic object: a bit of a level's word each.
pub const MAX_CATEGORIES: usize = 48;
/// Most degrees of a Mic object: the other bits.
pub const MAX_DEGREES: usize = 1 << 16;

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
    /// Expressions about texts.
    Regex,
    /// A finite-state machine for each SID.
    Flow(Flow),
    /// A set of entries for each of some SIDs.
    HashSet(HashSet),
    /// A table with fixed keys for each of some SIDs.
    StaticMap(StaticMap),
    /// A level of integrity for each SID.
    Mic(Mic),
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

/// The configuration of a `StaticMap` object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaticMap {
    /// The keys, in ascending order.
    pub keys: Vec<Vec<u8>>,
    /// The words of the values at the start.
    pub values: Vec<u64>,
    /// The type of values.
    pub width: Width,
    /// Tables at most.
    pub pool_size: u32,
}

/// The configuration of a Mic object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mic {
    /// The degrees, in ascending order.
    pub degrees: Vec<String>,
    /// The categories.
    pub categories: Vec<String>,
}

/// A level of a Mic object: a degree and a set of categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Level(pub u64);

impl Level {
    /// The bits of a level that are categories; the degree is above them.
    const CATEGORIES: u64 = (1 << MAX_CATEGORIES) - 1;

    /// A degree by its position, and categories as bits by theirs.
    #[must_use]
    pub fn new(degree: u16, categories: u64) -> Self {
        Self((u64::from(degree) << MAX_CATEGORIES) | (categories & Self::CATEGORIES))
    }
    /// The position of its degree.
    #[must_use]
    pub fn degree(self) -> u16 {
        u16::try_from(self.0 >> MAX_CATEGORIES).unwrap_or(u16::MAX)
    }
    /// Its categories, as bits.
    #[must_use]
    pub const fn categories(self) -> u64 {
        self.0 & Self::CATEGORIES
    }
    /// Whether it does not exceed another and is comparable to it: its degree
    /// does not, and the other has all of its categories
    /// (`docs/psl.md` §9.10).
    #[must_use]
    pub fn within(self, other: Self) -> bool {
        self.degree() <= other.degree() && self.categories() & !other.categories() == 0
    }
}

impl Model {
    /// Its name in the policy language.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Base => "Base",
            Self::Regex => "Regex",
            Self::Flow(_) => "Flow",
            Self::HashSet(_) => "HashSet",
            Self::StaticMap(_) => "StaticMap",
            Self::Mic(_) => "Mic",
        }
    }

    /// The configuration of a Flow object.
    #[must_use]
    pub const fn flow(&self) -> Option<&Flow> {
        if let Self::Flow(flow) = self {
            Some(flow)
        } else {
            None
        }
    }

    /// The configuration of a `StaticMap` object.
    #[must_use]
    pub const fn static_map(&self) -> Option<&StaticMap> {
        if let Self::StaticMap(map) = self {
            Some(map)
        } else {
            None
        }
    }

    /// The configuration of a Mic object.
    #[must_use]
    pub const fn mic(&self) -> Option<&Mic> {
        if let Self::Mic(mic) = self {
            Some(mic)
        } else {
            None
        }
    }

    /// Words of memory that its tables take; the memory of Flow and Mic objects
    /// grows with the processes.
    pub(crate) fn words(&self) -> usize {
        match self {
            Self::Base | Self::Regex | Self::Flow(_) | Self::Mic(_) => 0,
            Self::HashSet(set) => {
                index(set.pool_size).saturating_mul(set.words().saturating_add(1))
            }
            Self::StaticMap(map) => {
                index(map.pool_size).saturating_mul(map.words().saturating_add(1))
            }
        }
    }

    /// Words that one access may have to look at or move.
    pub(crate) fn access(&self) -> usize {
        match self {
            Self::Base | Self::Regex | Self::Mic(_) => 0,
            Self::Flow(flow) => flow.states.len(),
            Self::HashSet(set) => set.words(),
            Self::StaticMap(map) => map.words(),
        }
    }

    /// Whether every state and number has a meaning.
    pub(crate) fn is_consistent(&self) -> bool {
        match self {
            Self::Base | Self::Regex => true,
            Self::Flow(flow) => flow.is_consistent(),
            Self::HashSet(set) => (1..=MAX_ARITY).contains(&usize::from(set.arity)),
            Self::StaticMap(map) => map.is_consistent(),
            Self::Mic(mic) => {
                (1..=MAX_DEGREES).contains(&mic.degrees.len())
                    && mic.categories.len() <= MAX_CATEGORIES
            }
        }
    }

    /// The names that it shows to people.
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        let states = self.flow().map(|flow| flow.states.iter());
        let levels = self
            .mic()
            .map(|mic| mic.degrees.iter().chain(&mic.categories));
        states
            .into_iter()
            .flatten()
            .chain(levels.into_iter().flatten())
    }
}

impl Flow {
    /// Whether every state and transition refers to a state that there is, and
    /// the initial one is among them.
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

impl StaticMap {
    /// Words of one table: the base instance, and the working one behind it.
    pub(crate) fn words(&self) -> usize {
        self.values.len().saturating_mul(2)
    }

    /// The position of a key.
    #[must_use]
    pub fn position(&self, key: &[u8]) -> Option<usize> {
        self.keys
            .binary_search_by(|known| known.as_slice().cmp(key))
            .ok()
    }

    /// Whether keys are in ascending order, each with a value, and every value
    /// is one of the map's type.
    fn is_consistent(&self) -> bool {
        !self.keys.is_empty()
            && self.keys.len() == self.values.len()
            && self.keys.is_sorted_by(|a, b| a < b)
            && self
                .values
                .iter()
                .all(|value| self.width.holds(self.width.of_word(*value)))
    }
}

impl Mic {
    /// Whether a level is one of this object.
    pub(crate) fn has(&self, level: Level) -> bool {
        let known = u32::try_from(self.categories.len())
            .ok()
            .and_then(|n| 1_u64.checked_shl(n));
        self.degrees.get(usize::from(level.degree())).is_some()
            && known.is_some_and(|end| level.categories() < end)
    }
}

impl Key {
    /// Whether it is a key of a map, given which expressions are texts.
    pub(crate) fn suits(self, map: &StaticMap, is_text: impl Fn(ExprId) -> bool) -> bool {
        match self {
            Self::At(position) => map.keys.get(index(position)).is_some(),
            Self::Of(text) => is_text(text),
        }
    }
}

/// A number of the program as a position; both have at least 32 bits.
pub(crate) fn index(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
