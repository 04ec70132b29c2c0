//! The policy program: for every event that can happen, the rules that must grant it, as plain data.
//!
//! An event is a kind, a source class, a destination class and a method. The methods of a class are numbered through:
//! those of its first endpoint, then those of the next (a *flattened* method). Bodies that are equal are one tree, and
//! class pairs with equal trees share a row, so that a table over all pairs stays small.
use crate::{ClassId, FileId, RowId, Tables, TreeId};
use core::fmt;
use serde::{Deserialize, Serialize};

/// What happens (`spec/psl-runtime.md` A.5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// A request of a client.
    Request,
    /// A response of a server.
    Response,
    /// An error response of a server.
    Error,
    /// A program asks through its security interface.
    Security,
    /// A program is started.
    Execute,
}

impl Kind {
    /// The word of the policy language.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::Error => "error",
            Self::Security => "security",
            Self::Execute => "execute",
        }
    }
}

/// Where something stands in the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// Counts from 1.
    pub line: u32,
    /// Counts from 1, in characters.
    pub column: u32,
}

/// A policy program. Built by the compiler, carried by the solution image, believed only after [`Program::prove`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Names of the policy's files as they are shown to the user, for places.
    pub files: Vec<String>,
    /// All different bodies.
    pub trees: Vec<Tree>,
    /// All different rows: a tree for each flattened method of a class.
    pub rows: Vec<Vec<TreeId>>,
    /// Requests, at `source class * number of classes + destination class`; rows of the destination.
    pub request: Vec<RowId>,
    /// Responses, at `source * classes + destination`; rows of the source, which is the server.
    pub response: Vec<RowId>,
    /// Error responses, like responses.
    pub error: Vec<RowId>,
    /// Program starts, at `initiator * classes + started`.
    pub execute: Vec<TreeId>,
    /// Security requests, by class; a tree for each method of its security interface.
    pub security: Vec<RowId>,
}

/// What decides about an event.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Tree {
    /// Rules in textual order; every one must grant, and there is at least one.
    Rules(Vec<Rule>),
    /// No rule is associated with the event: denied (`spec/psl-runtime.md` A.7.3).
    NoRule(NoRule, Place),
}

/// A rule call.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Rule {
    /// `grant ()`
    Grant(Place),
    /// `deny ()`
    Deny(Place),
}

/// Why no rule is associated with an event, and what its place shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NoRule {
    /// The binding at the place matches, but holds no rule for it.
    EmptyBinding,
    /// No binding covers it; the class is included at the place.
    NoBinding,
    /// The policy does not include a class of the event; it begins at the place.
    NotIncluded,
}

impl NoRule {
    /// As a sentence about the event.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::EmptyBinding => "no rule covers it; this binding matches but holds no rule",
            Self::NoBinding => "no rule covers it; no binding matches, the class is included here",
            Self::NotIncluded => "no rule covers it; the policy does not include its class",
        }
    }
}

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
    /// A place in a file that is not listed, or a file name that cannot be shown.
    Place,
}

impl fmt::Display for ProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(kind) => write!(f, "the `{}` table does not cover the classes", kind.word()),
            Self::Row(kind) => write!(f, "a row of the `{}` table does not cover its methods", kind.word()),
            Self::Empty => f.write_str("a list of rules is empty"),
            Self::Place => f.write_str("a place names a file that is not there"),
        }
    }
}
impl core::error::Error for ProgramError {}

impl Rule {
    /// Where it stands.
    #[must_use]
    pub const fn place(&self) -> Place {
        match self {
            Self::Grant(place) | Self::Deny(place) => *place,
        }
    }
    /// Its name in the policy language.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Grant(_) => "grant",
            Self::Deny(_) => "deny",
        }
    }
    /// Whether it grants the event.
    #[must_use]
    pub const fn grants(&self) -> bool {
        match self {
            Self::Grant(_) => true,
            Self::Deny(_) => false,
        }
    }
}

impl Program {
    /// The tree of an event between two classes of `classes`; `method` is flattened, and 0 for program starts.
    #[must_use]
    pub fn tree(&self, kind: Kind, classes: usize, src: ClassId, dst: ClassId, method: usize) -> Option<TreeId> {
        let pair = src.index().checked_mul(classes)?.checked_add(dst.index())?;
        let row = match kind {
            Kind::Request => self.request.get(pair),
            Kind::Response => self.response.get(pair),
            Kind::Error => self.error.get(pair),
            Kind::Execute => return self.execute.get(pair).copied(),
            Kind::Security => self.security.get(src.index()),
        };
        self.rows.get(row?.index())?.get(method).copied()
    }

    /// A file's name.
    #[must_use]
    pub fn file(&self, id: FileId) -> &str {
        self.files.get(id.index()).map_or("?", String::as_str)
    }

    /// Proves that the program answers for every event that the descriptions allow: no lookup of the evaluator can miss.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn prove(&self, tables: &Tables) -> Result<(), ProgramError> {
        if self.files.iter().any(|name| crate::tables::printable(name).is_err()) {
            return Err(ProgramError::Place);
        }
        self.trees.iter().try_for_each(|tree| self.prove_tree(tree))?;
        let methods: Vec<usize> = tables.classes.iter().map(|c| tables.methods(c)).collect();
        self.prove_pairs(Kind::Request, &self.request, &methods, |_, dst| dst)?;
        self.prove_pairs(Kind::Response, &self.response, &methods, |src, _| src)?;
        self.prove_pairs(Kind::Error, &self.error, &methods, |src, _| src)?;
        self.prove_execute(methods.len())?;
        self.prove_security(tables)?;
        let all = |row: &Vec<TreeId>| row.iter().all(|t| self.trees.get(t.index()).is_some());
        if self.rows.iter().all(all) { Ok(()) } else { Err(ProgramError::Row(Kind::Request)) }
    }

    fn prove_tree(&self, tree: &Tree) -> Result<(), ProgramError> {
        let known = |place: Place| self.files.get(place.file.index()).is_some();
        let fine = match tree {
            Tree::Rules(rules) if rules.is_empty() => return Err(ProgramError::Empty),
            Tree::Rules(rules) => rules.iter().all(|r| known(r.place())),
            Tree::NoRule(_, place) => known(*place),
        };
        if fine { Ok(()) } else { Err(ProgramError::Place) }
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

    fn prove_row(&self, kind: Kind, row: RowId, methods: Option<usize>) -> Result<(), ProgramError> {
        let len = self.rows.get(row.index()).map(Vec::len);
        if len.is_some() && len == methods { Ok(()) } else { Err(ProgramError::Row(kind)) }
    }

    fn prove_execute(&self, classes: usize) -> Result<(), ProgramError> {
        if classes.checked_mul(classes) != Some(self.execute.len()) {
            return Err(ProgramError::Table(Kind::Execute));
        }
        let there = |t: &TreeId| self.trees.get(t.index()).is_some();
        if self.execute.iter().all(there) { Ok(()) } else { Err(ProgramError::Row(Kind::Execute)) }
    }

    fn prove_security(&self, tables: &Tables) -> Result<(), ProgramError> {
        if self.security.len() != tables.classes.len() {
            return Err(ProgramError::Table(Kind::Security));
        }
        for (class, row) in tables.classes.iter().zip(&self.security) {
            let interface = class.security.and_then(|i| tables.interface(i));
            self.prove_row(Kind::Security, *row, Some(interface.map_or(0, |i| i.methods.len())))?;
        }
        Ok(())
    }
}
