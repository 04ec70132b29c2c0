//! Audit profiles: the results of which objects are recorded at which level (`spec/psl-runtime.md` D.4).
use crate::ObjectId;
use serde::{Deserialize, Serialize};

/// `audit profile name = { level : { object : { kss : […] } } }`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// What is recorded at each level; nothing at a level that is not listed.
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
}

impl Profile {
    /// What is recorded of an object at a level.
    #[must_use]
    pub fn at(&self, level: u8, object: ObjectId) -> Option<&Audited> {
        let (_, audited) = self.levels.iter().find(|(known, _)| *known == level)?;
        audited.iter().find(|entry| entry.object == object)
    }
}
