//! One small value for each SID: the states of a Flow object, the levels of a
//! Mic object.
use crate::{Cause, Sid};

/// Values by SID, in ascending order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subjects<T> {
    values: Vec<(Sid, T)>,
    most: usize,
}

impl<T: Copy> Subjects<T> {
    /// None yet, and memory for `most`.
    pub(super) fn new(most: usize) -> Self {
        Self {
            values: Vec::with_capacity(most),
            most,
        }
    }

    /// The value of a SID.
    pub(super) fn get(&self, sid: Sid) -> Option<T> {
        let at = self.position(sid).ok()?;
        self.values.get(at).map(|(_, value)| *value)
    }

    /// Sets the value of a SID, or removes it; answers the one before.
    pub(super) fn set(&mut self, sid: Sid, to: Option<T>) -> Result<Option<T>, Cause> {
        match (self.position(sid), to) {
            (Ok(at), Some(to)) => Ok(self
                .values
                .get_mut(at)
                .map(|(_, value)| core::mem::replace(value, to))),
            (Ok(at), None) => Ok(Some(self.values.remove(at).1)),
            (Err(_), None) => Ok(None),
            (Err(_), Some(_)) if self.values.len() >= self.most => Err(Cause::Full),
            (Err(at), Some(to)) => {
                self.values.insert(at, (sid, to));
                Ok(None)
            }
        }
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Sid, T)> {
        self.values.iter().copied()
    }

    /// Where a SID stands, or would stand.
    fn position(&self, sid: Sid) -> Result<usize, usize> {
        self.values.binary_search_by_key(&sid, |(known, _)| *known)
    }
}
