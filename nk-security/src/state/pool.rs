//! Tables of words, each bound to at most one SID: the memory of `HashSet` and
//! `StaticMap` objects (`docs/psl.md` §9.7, §9.8). All of it is taken at
//! the start.
//!
//! Tables that are given back keep their words until the event is over, as the
//! event may be denied. A table that is bound again in the same event gets
//! spare memory instead.
use crate::program::MAX_ARITY;
use crate::{Cause, Sid};
use std::collections::VecDeque;

/// An entry of a set: its scalars, unused ones 0.
pub(crate) type Row = [u64; MAX_ARITY];

/// An entry with its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) row: Row,
    pub(crate) arity: usize,
}

impl Entry {
    /// The scalars that are used.
    fn words(&self) -> &[u64] {
        self.row.get(..self.arity).unwrap_or(&self.row)
    }
}

/// The tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pool {
    /// The words of each; its memory never grows.
    tables: Vec<Vec<u64>>,
    /// The bound ones by SID, in ascending order.
    bound: Vec<(Sid, usize)>,
    /// Whether each is bound.
    used: Vec<bool>,
    /// The others; empty, but for those that the present event has given back.
    free: VecDeque<usize>,
    /// Memory for a table that is bound again in the event that gave it back.
    spare: Vec<Vec<u64>>,
    /// Words of one table at most.
    most: usize,
}

/// How to take back a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// A table was bound to a SID; what it held then.
    Bound(Sid, usize, Option<Vec<u64>>),
    /// A table was given back.
    Freed(Sid, usize),
    /// An entry was added to a table.
    Added(usize, Entry),
    /// An entry was removed from a table.
    Removed(usize, Entry),
    /// A word of a table was another one.
    Word(usize, usize, u64),
}

impl Pool {
    /// Free tables: their number, and the words of each.
    pub(super) fn new(tables: usize, most: usize) -> Self {
        let memory = || Vec::with_capacity(most);
        Self {
            tables: core::iter::repeat_with(memory).take(tables).collect(),
            bound: Vec::with_capacity(tables),
            used: vec![false; tables],
            free: (0..tables).collect(),
            spare: vec![memory()],
            most,
        }
    }

    /// Binds a free table to a SID, and fills it.
    pub(super) fn bind(
        &mut self,
        sid: Sid,
        words: impl Iterator<Item = u64>,
    ) -> Result<Change, Cause> {
        let Err(place) = self.position(sid) else {
            return Err(Cause::Exists);
        };
        let at = self.free.pop_front().ok_or(Cause::Full)?;
        let table = self.tables.get_mut(at).ok_or(Cause::Kind)?;
        let held = if table.is_empty() {
            None
        } else {
            // given back by this very event, which may yet be denied
            let memory = self
                .spare
                .pop()
                .unwrap_or_else(|| Vec::with_capacity(self.most));
            Some(core::mem::replace(table, memory))
        };
        table.extend(words.take(self.most));
        self.bound.insert(place, (sid, at));
        self.use_table(at, true);
        Ok(Change::Bound(sid, at, held))
    }

    /// Gives the table of a SID back.
    pub(super) fn free(&mut self, sid: Sid) -> Result<Change, Cause> {
        let place = self.position(sid).map_err(|_| Cause::NoTable)?;
        let (_, at) = self.bound.remove(place);
        self.free.push_back(at);
        self.use_table(at, false);
        Ok(Change::Freed(sid, at))
    }

    /// The words of a SID.
    pub(super) fn words(&self, sid: Sid) -> Result<&[u64], Cause> {
        self.tables
            .get(self.table(sid)?)
            .map(Vec::as_slice)
            .ok_or(Cause::Kind)
    }

    /// Sets a word of a SID.
    pub(super) fn set(&mut self, sid: Sid, at: usize, to: u64) -> Result<Change, Cause> {
        let table = self.table(sid)?;
        let word = self
            .tables
            .get_mut(table)
            .and_then(|words| words.get_mut(at))
            .ok_or(Cause::Kind)?;
        Ok(Change::Word(table, at, core::mem::replace(word, to)))
    }

    /// Adds an entry to the set of a SID, unless it is there.
    pub(super) fn add(&mut self, sid: Sid, entry: Entry) -> Result<Option<Change>, Cause> {
        let (at, most) = (self.table(sid)?, self.most);
        let words = self.tables.get_mut(at).ok_or(Cause::Kind)?;
        let Err(place) = position(words, &entry) else {
            return Ok(None);
        };
        if words.len().saturating_add(entry.arity) > most {
            return Err(Cause::Full);
        }
        insert(words, place, &entry);
        Ok(Some(Change::Added(at, entry)))
    }

    /// Removes an entry from the set of a SID, if it is there.
    pub(super) fn remove(&mut self, sid: Sid, entry: Entry) -> Result<Option<Change>, Cause> {
        let at = self.table(sid)?;
        let words = self.tables.get_mut(at).ok_or(Cause::Kind)?;
        Ok(remove(words, &entry).then_some(Change::Removed(at, entry)))
    }

    /// Whether an entry is in the set of a SID.
    pub(crate) fn contains(&self, sid: Sid, entry: &Entry) -> Result<bool, Cause> {
        Ok(position(self.words(sid)?, entry).is_ok())
    }

    /// Frees the table of a SID that has gone.
    pub(super) fn forget(&mut self, sid: Sid) {
        if let Ok(change) = self.free(sid) {
            self.keep(change);
        }
    }

    /// The event was granted: what a change kept in order to be taken back is
    /// not needed any more.
    pub(super) fn keep(&mut self, change: Change) {
        match change {
            // unless the same event has bound it again
            Change::Freed(_, at) if self.used.get(at) == Some(&false) => {
                self.tables.get_mut(at).into_iter().for_each(Vec::clear);
            }
            Change::Bound(_, _, Some(held)) => self.spared(held),
            _ => {}
        }
    }

    /// Takes back the last change that is not yet taken back.
    pub(super) fn undo(&mut self, change: Change) {
        match change {
            Change::Bound(sid, at, held) => {
                if let Ok(place) = self.position(sid) {
                    self.bound.remove(place);
                }
                self.free.push_front(at);
                self.use_table(at, false);
                let Some(table) = self.tables.get_mut(at) else {
                    return;
                };
                table.clear();
                if let Some(held) = held {
                    let memory = core::mem::replace(table, held);
                    self.spared(memory);
                }
            }
            Change::Freed(sid, at) => {
                // what was freed later is already bound again
                self.free.pop_back();
                self.use_table(at, true);
                if let Err(place) = self.position(sid) {
                    self.bound.insert(place, (sid, at));
                }
            }
            Change::Added(at, entry) => {
                if let Some(words) = self.tables.get_mut(at) {
                    remove(words, &entry);
                }
            }
            Change::Removed(at, entry) => {
                let Some(words) = self.tables.get_mut(at) else {
                    return;
                };
                if let Err(place) = position(words, &entry) {
                    insert(words, place, &entry);
                }
            }
            Change::Word(table, at, before) => {
                if let Some(word) = self
                    .tables
                    .get_mut(table)
                    .and_then(|words| words.get_mut(at))
                {
                    *word = before;
                }
            }
        }
    }

    /// The bound tables: their SIDs and words.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Sid, &[u64])> {
        self.bound
            .iter()
            .filter_map(|(sid, at)| Some((*sid, self.tables.get(*at)?.as_slice())))
    }

    /// Marks a table as bound or free.
    fn use_table(&mut self, at: usize, used: bool) {
        if let Some(flag) = self.used.get_mut(at) {
            *flag = used;
        }
    }

    /// Keeps memory for the next table that is bound again in one event.
    fn spared(&mut self, mut memory: Vec<u64>) {
        memory.clear();
        self.spare.push(memory);
    }

    /// The table of a SID.
    ///
    /// # Errors
    /// [`Cause::NoTable`].
    fn table(&self, sid: Sid) -> Result<usize, Cause> {
        let place = self.position(sid).map_err(|_| Cause::NoTable)?;
        self.bound.get(place).map(|(_, at)| *at).ok_or(Cause::Kind)
    }

    /// Where a SID stands among those that have tables, or would stand.
    fn position(&self, sid: Sid) -> Result<usize, usize> {
        self.bound.binary_search_by_key(&sid, |(known, _)| *known)
    }
}

/// The number of an entry among the entries of a set, which stand in ascending
/// order; or of the one that it would stand before.
fn position(words: &[u64], entry: &Entry) -> Result<usize, usize> {
    let (mut from, mut to) = (0, words.len().checked_div(entry.arity).unwrap_or(0));
    while from < to {
        let middle = from.midpoint(to);
        let start = middle.saturating_mul(entry.arity);
        let there = words
            .get(start..start.saturating_add(entry.arity))
            .unwrap_or_default();
        match there.cmp(entry.words()) {
            core::cmp::Ordering::Less => from = middle.saturating_add(1),
            core::cmp::Ordering::Greater => to = middle,
            core::cmp::Ordering::Equal => return Ok(middle),
        }
    }
    Err(from)
}

/// Puts an entry in, before the one with this number.
fn insert(words: &mut Vec<u64>, place: usize, entry: &Entry) {
    let at = place.saturating_mul(entry.arity).min(words.len());
    words.splice(at..at, entry.words().iter().copied());
}

/// Takes an entry out; `false` when it was not there.
fn remove(words: &mut Vec<u64>, entry: &Entry) -> bool {
    let Ok(place) = position(words, entry) else {
        return false;
    };
    let start = place.saturating_mul(entry.arity).min(words.len());
    let end = start.saturating_add(entry.arity).min(words.len());
    words.drain(start..end);
    true
}
