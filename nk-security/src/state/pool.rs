//! The sets of a `HashSet` object: a pool of tables, each bound to at most one process (`spec/psl-runtime.md` B.7).
use crate::program::{HashSet, MAX_ARITY, index};
use crate::{Cause, Sid};

/// An entry: its scalars, unused ones 0.
pub(crate) type Row = [u64; MAX_ARITY];

/// An entry with its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) row: Row,
    pub(crate) arity: usize,
}

impl Entry {
    fn words(&self) -> &[u64] {
        self.row.get(..self.arity).unwrap_or(&self.row)
    }
}

/// The tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pool {
    tables: Vec<Table>,
    /// Words of one table at most.
    most: usize,
}

/// A table. Entries stand in ascending order, one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Table {
    owner: Option<Sid>,
    words: Vec<u64>,
}

/// How to take back a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// The owner and the entries that a table had.
    Table(usize, Option<Sid>, Option<Vec<u64>>),
    Added(usize, Entry),
    Removed(usize, Entry),
}

impl Pool {
    /// Free tables.
    pub(super) fn new(set: &HashSet) -> Self {
        let table = || Table { owner: None, words: Vec::with_capacity(set.words()) };
        Self { tables: core::iter::repeat_with(table).take(index(set.pool_size)).collect(), most: set.words() }
    }

    /// Binds a free table to a process and empties it.
    pub(crate) fn init(&mut self, sid: Sid) -> Result<Option<Change>, Cause> {
        if self.owned(sid).is_ok() {
            return Err(Cause::Exists);
        }
        let at = self.tables.iter().position(|table| table.owner.is_none()).ok_or(Cause::Full)?;
        let table = self.tables.get_mut(at).ok_or(Cause::Full)?;
        table.owner = Some(sid);
        // entries are left only by a process that gave its table back: they are needed again if the event is denied
        let left = (!table.words.is_empty()).then(|| core::mem::take(&mut table.words));
        Ok(Some(Change::Table(at, None, left)))
    }

    /// Gives the table of a process back to the pool.
    pub(crate) fn fini(&mut self, sid: Sid) -> Result<Option<Change>, Cause> {
        let at = self.owned(sid)?;
        let owner = self.tables.get_mut(at).and_then(|table| table.owner.take());
        Ok(Some(Change::Table(at, owner, None)))
    }

    /// Adds an entry unless it is there.
    pub(crate) fn add(&mut self, sid: Sid, entry: Entry) -> Result<Option<Change>, Cause> {
        let (at, most) = (self.owned(sid)?, self.most);
        let table = self.tables.get_mut(at).ok_or(Cause::NoSet)?;
        let Err(place) = table.position(&entry) else { return Ok(None) };
        if table.words.len().saturating_add(entry.arity) > most {
            return Err(Cause::Full);
        }
        table.insert(place, &entry);
        Ok(Some(Change::Added(at, entry)))
    }

    /// Removes an entry if it is there.
    pub(crate) fn remove(&mut self, sid: Sid, entry: Entry) -> Result<Option<Change>, Cause> {
        let at = self.owned(sid)?;
        let table = self.tables.get_mut(at).ok_or(Cause::NoSet)?;
        Ok(table.remove(&entry).then_some(Change::Removed(at, entry)))
    }

    /// Whether an entry is there.
    pub(crate) fn contains(&self, sid: Sid, entry: Entry) -> Result<bool, Cause> {
        let table = self.tables.get(self.owned(sid)?).ok_or(Cause::NoSet)?;
        Ok(table.position(&entry).is_ok())
    }

    /// Frees the table of a process.
    pub(super) fn forget(&mut self, sid: Sid) {
        for table in self.tables.iter_mut().filter(|table| table.owner == Some(sid)) {
            table.owner = None;
            table.words.clear();
        }
    }

    /// Takes back the last change that is not yet taken back.
    pub(super) fn undo(&mut self, change: Change) {
        let (Change::Table(at, ..) | Change::Added(at, _) | Change::Removed(at, _)) = change;
        let Some(table) = self.tables.get_mut(at) else { return };
        match change {
            Change::Table(_, owner, words) => {
                table.owner = owner;
                if let Some(words) = words {
                    table.words = words;
                }
            }
            Change::Added(_, entry) => {
                table.remove(&entry);
            }
            Change::Removed(_, entry) => {
                if let Err(place) = table.position(&entry) {
                    table.insert(place, &entry);
                }
            }
        }
    }

    fn owned(&self, sid: Sid) -> Result<usize, Cause> {
        self.tables.iter().position(|table| table.owner == Some(sid)).ok_or(Cause::NoSet)
    }
}

impl Table {
    /// The number of the entry, or of the one that it would stand before.
    fn position(&self, entry: &Entry) -> Result<usize, usize> {
        let (mut from, mut to) = (0, self.words.len().checked_div(entry.arity).unwrap_or(0));
        while from < to {
            let middle = from.midpoint(to);
            let start = middle.saturating_mul(entry.arity);
            let there = self.words.get(start..start.saturating_add(entry.arity)).unwrap_or_default();
            match there.cmp(entry.words()) {
                core::cmp::Ordering::Less => from = middle.saturating_add(1),
                core::cmp::Ordering::Greater => to = middle,
                core::cmp::Ordering::Equal => return Ok(middle),
            }
        }
        Err(from)
    }

    fn insert(&mut self, place: usize, entry: &Entry) {
        let at = place.saturating_mul(entry.arity).min(self.words.len());
        self.words.splice(at..at, entry.words().iter().copied());
    }

    fn remove(&mut self, entry: &Entry) -> bool {
        let Ok(place) = self.position(entry) else { return false };
        let start = place.saturating_mul(entry.arity).min(self.words.len());
        let end = start.saturating_add(entry.arity).min(self.words.len());
        self.words.drain(start..end);
        true
    }
}
