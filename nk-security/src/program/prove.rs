//! The proof of a policy program: that it answers for every event, and that no
//! evaluation misses, nests deep or runs long.
//!
//! Proved once, at load; from then on every number in the program refers to
//! something:
//!
//! * each table covers all pairs of classes, and each row the methods of its class;
//! * expressions refer to what stands before them, and fit what they are used for;
//! * bodies and choices nest no deeper than 64, and one event needs at most 2²⁰ operations;
//! * objects are configured consistently, and their memory is bounded;
//! * tables of regular expressions stay within themselves.
mod costs;

use super::{Dfa, Kind, List, Profile, Program, Tree};
use crate::tables::printable;
use crate::{RowId, Tables, TreeId};
use core::fmt;
use costs::Costs;

/// Words of memory that all sets and maps together may take: 8 MiB.
const MAX_WORDS: usize = 1 << 20;
/// Bytes that the tables of all regular expressions together may take.
const MAX_DFA_BYTES: usize = 64 << 20;

/// Why a policy program is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProgramError {
    /// A table does not have one entry for each class or pair of classes.
    Table(Kind),
    /// A row or tree that is not there, or a row of the wrong length.
    Row(Kind),
    /// A list of rules is empty.
    Empty,
    /// An expression, rule or choice that refers to something that is not
    /// there, or not before it.
    Reference,
    /// An expression or choice nests too deep, or an event would take too long
    /// to decide.
    Work,
    /// A policy object whose configuration is inconsistent or takes too much
    /// memory.
    Object,
    /// A list that is not sorted, or a table of a regular expression that leads
    /// nowhere or is too large.
    List,
    /// A place in a file that is not listed, or a file name that cannot be
    /// shown.
    Place,
}

impl fmt::Display for ProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(kind) => {
                write!(f, "the `{}` table does not cover the classes", kind.word())
            }
            Self::Row(kind) => write!(
                f,
                "a row of the `{}` table does not cover its methods",
                kind.word()
            ),
            Self::Empty => f.write_str("a list of rules is empty"),
            Self::Reference => f.write_str("a rule refers to something that does not exist"),
            Self::Work => f.write_str("a rule nests too deep or takes too long"),
            Self::Object => f.write_str("the configuration of a policy object is inconsistent"),
            Self::List => {
                f.write_str("a list or the table of a regular expression is inconsistent")
            }
            Self::Place => f.write_str("a place refers to a file that does not exist"),
        }
    }
}
impl core::error::Error for ProgramError {}

impl Program {
    /// Proves that the program answers for every event that the descriptions
    /// allow: no lookup of the evaluator can miss.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn prove(&self, tables: &Tables) -> Result<(), ProgramError> {
        self.prove_names()?;
        self.prove_objects()?;
        self.prove_lists()?;
        let costs = Costs::of(self)?;
        self.trees
            .iter()
            .try_for_each(|tree| self.prove_tree(tree, &costs))?;
        let methods: Vec<usize> = tables.classes.iter().map(|c| tables.methods(c)).collect();
        self.prove_pairs(Kind::Request, &self.request, &methods, |_, dst| dst)?;
        self.prove_pairs(Kind::Response, &self.response, &methods, |src, _| src)?;
        self.prove_pairs(Kind::Error, &self.error, &methods, |src, _| src)?;
        self.prove_execute(methods.len())?;
        self.prove_security(tables)?;
        let all = |row: &Vec<TreeId>| row.iter().all(|t| self.trees.get(t.index()).is_some());
        if self.rows.iter().all(all) {
            Ok(())
        } else {
            Err(ProgramError::Row(Kind::Request))
        }
    }

    /// Names of files, objects and states are shown on terminals and in audit
    /// lines.
    fn prove_names(&self) -> Result<(), ProgramError> {
        if self.files.iter().any(|name| printable(name).is_err()) {
            return Err(ProgramError::Place);
        }
        let inner = self.objects.iter().flat_map(|object| object.model.names());
        let names = self
            .objects
            .iter()
            .map(|object| &object.name)
            .chain(self.profiles.iter().map(|p| &p.name));
        let empty = |name: &&String| name.is_empty() || name.chars().any(char::is_control);
        if names.chain(inner).any(|name| empty(&name)) {
            Err(ProgramError::Object)
        } else {
            Ok(())
        }
    }

    /// Objects are consistent and bounded, profiles speak about objects that
    /// exist.
    fn prove_objects(&self) -> Result<(), ProgramError> {
        let words = self
            .objects
            .iter()
            .map(|object| object.model.words())
            .fold(0, usize::saturating_add);
        if words > MAX_WORDS
            || !self
                .objects
                .iter()
                .all(|object| object.model.is_consistent())
        {
            return Err(ProgramError::Object);
        }
        let audited = self
            .profiles
            .iter()
            .flat_map(|profile| &profile.levels)
            .flat_map(|(_, audited)| audited);
        let known = audited
            .map(|entry| entry.object)
            .all(|object| self.object(object).is_some());
        let default = self
            .audit
            .is_none_or(|(profile, _)| self.profiles.get(profile.index()).is_some());
        let sorted = self.profiles.iter().all(Profile::is_sorted);
        if known && default && sorted {
            Ok(())
        } else {
            Err(ProgramError::Reference)
        }
    }

    /// Lists are sorted, and tables of regular expressions lead somewhere.
    fn prove_lists(&self) -> Result<(), ProgramError> {
        let sorted = |list: &List| match list {
            List::Numbers(numbers) => numbers.is_sorted_by(|a, b| a < b),
            List::Texts(texts) => {
                texts.iter().all(|text| self.text(*text).is_some())
                    && texts.is_sorted_by(|a, b| self.text(*a) < self.text(*b))
            }
        };
        let bytes = self
            .dfas
            .iter()
            .map(Dfa::size)
            .fold(0, usize::saturating_add);
        let whole = bytes <= MAX_DFA_BYTES && self.dfas.iter().all(Dfa::is_consistent);
        if whole && self.lists.iter().all(sorted) {
            Ok(())
        } else {
            Err(ProgramError::List)
        }
    }

    /// The decision of one event: a body that there is, and does not cost too
    /// much, or a place in a file that there is.
    fn prove_tree(&self, tree: &Tree, costs: &Costs) -> Result<(), ProgramError> {
        match tree {
            Tree::Rules(body) if self.bodies.get(body.index()).is_some_and(Vec::is_empty) => {
                Err(ProgramError::Empty)
            }
            Tree::Rules(body) => costs.body(*body),
            Tree::NoRule(_, place) if self.files.get(place.file.index()).is_some() => Ok(()),
            Tree::NoRule(..) => Err(ProgramError::Place),
        }
    }

    /// `serving` picks the class whose methods a row is over.
    fn prove_pairs(
        &self,
        kind: Kind,
        table: &[RowId],
        methods: &[usize],
        serving: fn(usize, usize) -> usize,
    ) -> Result<(), ProgramError> {
        if methods.len().checked_mul(methods.len()) != Some(table.len()) {
            return Err(ProgramError::Table(kind));
        }
        for (src, rows) in table.chunks(methods.len().max(1)).enumerate() {
            for (dst, row) in rows.iter().enumerate() {
                self.prove_row(kind, *row, methods.get(serving(src, dst)).copied())?;
            }
        }
        Ok(())
    }

    /// The row of a pair of classes: as long as the class has methods, with
    /// trees that there are.
    fn prove_row(
        &self,
        kind: Kind,
        row: RowId,
        methods: Option<usize>,
    ) -> Result<(), ProgramError> {
        let len = self.rows.get(row.index()).map(Vec::len);
        if len.is_some() && len == methods {
            Ok(())
        } else {
            Err(ProgramError::Row(kind))
        }
    }

    /// One tree for each pair of classes that can start each other.
    fn prove_execute(&self, classes: usize) -> Result<(), ProgramError> {
        if classes.checked_mul(classes) != Some(self.execute.len()) {
            return Err(ProgramError::Table(Kind::Execute));
        }
        let there = |t: &TreeId| self.trees.get(t.index()).is_some();
        if self.execute.iter().all(there) {
            Ok(())
        } else {
            Err(ProgramError::Row(Kind::Execute))
        }
    }

    /// One row for each class, as long as its security interfaces have methods.
    fn prove_security(&self, tables: &Tables) -> Result<(), ProgramError> {
        if self.security.len() != tables.classes.len() {
            return Err(ProgramError::Table(Kind::Security));
        }
        for (class, row) in tables.classes.iter().zip(&self.security) {
            self.prove_row(Kind::Security, *row, Some(tables.security_methods(class)))?;
        }
        Ok(())
    }
}
