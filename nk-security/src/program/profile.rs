//! Audit profiles: the results of which objects are recorded at which level
//! (`docs/psl.md` §11).
use crate::ObjectId;
use serde::{Deserialize, Serialize};

/// `audit profile name = { level : { object : { kss : […] } } }`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// What is recorded at each level, by level and by object in ascending
    /// order; nothing at a level that is not listed.
    pub levels: Vec<(u8, Vec<Audited>)>,
}

/// What is recorded of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audited {
    /// The object.
    pub object: ObjectId,
    /// Whether rules that grant are.
    pub granted: bool,
    /// Whether rules that deny are.
    pub denied: bool,
    /// States of a Flow object in which nothing is recorded.
    pub omit: Vec<u16>,
    /// Expressions of a Regex object that are recorded.
    pub emit: Emit,
}

/// Which expressions of a Regex object are recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emit {
    /// `match`
    pub matches: bool,
    /// `select`
    pub selects: bool,
}

impl Profile {
    /// What is recorded of an object at a level.
    #[must_use]
    pub fn at(&self, level: u8, object: ObjectId) -> Option<&Audited> {
        let at = self
            .levels
            .binary_search_by_key(&level, |(known, _)| *known)
            .ok()?;
        let (_, audited) = self.levels.get(at)?;
        audited.get(
            audited
                .binary_search_by_key(&object, |entry| entry.object)
                .ok()?,
        )
    }

    /// Whether levels and objects stand in ascending order, each once.
    pub(crate) fn is_sorted(&self) -> bool {
        self.levels.is_sorted_by(|(a, _), (b, _)| a < b)
            && self
                .levels
                .iter()
                .all(|(_, audited)| audited.is_sorted_by(|a, b| a.object < b.object))
    }
}
