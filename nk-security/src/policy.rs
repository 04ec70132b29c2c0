//! The way of an event through the security module: route, structure, rules. A type for each step that was taken.
//!
//! [`Policy::request`] and [`Policy::response`] make a [`Verified`], [`Policy::decide`] makes a [`Granted`] of it, and
//! nothing else makes either: a message that skipped a step has the wrong type.
//!
//! ```compile_fail
//! # use nk_security::*;
//! fn undecided<M: Bytes>(policy: &Policy, message: Verified<M>) -> Granted<M> {
//!     message // a checked message is not a granted one
//! }
//! ```
//! ```compile_fail
//! # use nk_security::*;
//! fn unchecked<M: Bytes>(policy: &Policy, message: M) -> Result<Granted<M>, Denied<M>> {
//!     policy.decide(message) // the policy decides about checked messages only
//! }
//! ```
//! ```compile_fail
//! # use nk_security::*;
//! fn forged<M>(message: M, route: Route) -> Granted<M> {
//!     Granted { message, route } // private fields
//! }
//! ```
use crate::structure::{Bytes, Verified, check};
use crate::{
    Class, ClassId, Kind, Message, Method, Place, Program, ProgramError, Reason, Record, Shown, Tables, TablesError,
    Tree, TreeId,
};
use core::fmt;
use nk_runtime::{Ex, Header, Malformed, Mid, Retcode, Riid, Rule};

/// Descriptions and policy program, proved and ready to decide.
#[derive(Debug, Clone)]
pub struct Policy {
    tables: Tables,
    /// `None`: everything is granted after the structure check.
    program: Option<Program>,
    /// For each class and endpoint, the flattened number of its first method.
    first: Vec<Vec<usize>>,
}

/// Where a message goes: the event, with the numbers that select its shapes and rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    kind: Kind,
    src: ClassId,
    dst: ClassId,
    riid: Riid,
    mid: Mid,
    /// Of the serving class.
    flattened: usize,
}

impl Route {
    /// What happens.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }
    /// Who sends.
    #[must_use]
    pub const fn src(&self) -> ClassId {
        self.src
    }
    /// Who receives.
    #[must_use]
    pub const fn dst(&self) -> ClassId {
        self.dst
    }
    /// The endpoint.
    #[must_use]
    pub const fn riid(&self) -> Riid {
        self.riid
    }
    /// The method.
    #[must_use]
    pub const fn mid(&self) -> Mid {
        self.mid
    }
    /// The record of a granted request that its server gave up.
    #[must_use]
    pub const fn aborted(&self, code: Retcode) -> Record {
        self.record(Reason::Aborted(code))
    }
    const fn record(&self, reason: Reason) -> Record {
        Record { kind: self.kind, src: self.src, dst: Some(self.dst), riid: self.riid, mid: self.mid, reason }
    }
}

/// A message that may be delivered: its structure was checked and all rules granted it.
#[derive(Debug)]
#[must_use]
pub struct Granted<M> {
    message: M,
    route: Route,
}

impl<M> Granted<M> {
    /// The message.
    #[must_use]
    pub const fn message(&self) -> &M {
        &self.message
    }
    /// Where it goes; a response has to come back the same way.
    #[must_use]
    pub const fn route(&self) -> Route {
        self.route
    }
    /// The message, to be delivered.
    #[must_use]
    pub fn into_message(self) -> M {
        self.message
    }
}

/// A message that was refused, and why.
#[derive(Debug)]
pub struct Denied<M> {
    /// The message; nothing of it was passed on.
    pub message: M,
    /// For the audit. The sender learns only that it was refused.
    pub record: Record,
}

/// A granted program start.
#[derive(Debug)]
#[must_use]
pub struct Permit(());

/// Why descriptions and policy program are not accepted together.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyError {
    /// The descriptions.
    Tables(TablesError),
    /// The program.
    Program(ProgramError),
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tables(e) => e.fmt(f),
            Self::Program(e) => e.fmt(f),
        }
    }
}
impl core::error::Error for PolicyError {}

impl Policy {
    /// Proves descriptions and policy program.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn prove(tables: Tables, program: Program) -> Result<Self, PolicyError> {
        let open = Self::open(tables).map_err(PolicyError::Tables)?;
        program.prove(&open.tables).map_err(PolicyError::Program)?;
        Ok(Self { program: Some(program), ..open })
    }

    /// Proves descriptions, and grants everything that is well-formed. For experiments.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn open(tables: Tables) -> Result<Self, TablesError> {
        tables.prove()?;
        let first = tables.classes.iter().map(|class| first_methods(&tables, class)).collect();
        Ok(Self { tables, program: None, first })
    }

    /// The same descriptions without the policy program.
    #[must_use]
    pub fn opened(self) -> Self {
        Self { program: None, ..self }
    }

    /// The descriptions.
    #[must_use]
    pub const fn tables(&self) -> &Tables {
        &self.tables
    }
    /// The policy program; `None` when everything is granted.
    #[must_use]
    pub const fn program(&self) -> Option<&Program> {
        self.program.as_ref()
    }
    /// A place as the user reads it.
    #[must_use]
    pub const fn shown(&self, place: Place) -> Shown<'_> {
        Shown::new(self.program.as_ref(), place)
    }

    /// Routes a request and checks its structure.
    ///
    /// # Errors
    /// Unknown endpoint or method, or a structure rule.
    pub fn request<M: Bytes>(&self, src: ClassId, dst: ClassId, message: M) -> Result<Verified<M>, Denied<M>> {
        let header = Header::read(message.parts().0);
        let (riid, mid, ex) = header.map_or((Riid(0), Mid(0), Ex(0)), |h| (h.iid, h.mid, h.ex));
        let record = |reason| Record { kind: Kind::Request, src, dst: Some(dst), riid, mid, reason };
        let deny = |message, reason| Err(Denied { message, record: record(reason) });
        if header.is_none() {
            return deny(message, Reason::Malformed(Malformed { rule: Rule::Size, at: 0 }));
        }
        let (method, flattened) = match self.method(dst, riid, mid) {
            Ok(found) => found,
            Err(reason) => return deny(message, reason),
        };
        if ex.is_err() {
            return deny(message, Reason::Malformed(Malformed { rule: Rule::Direction, at: 4 }));
        }
        let route = Route { kind: Kind::Request, src, dst, riid, mid, flattened };
        self.check(&method.request, route, message)
    }

    /// Checks the structure of the answer to a granted request; the error flag selects the shape and the event.
    ///
    /// # Errors
    /// Another endpoint or method than the request's, or a structure rule.
    pub fn response<M: Bytes>(&self, request: Route, message: M) -> Result<Verified<M>, Denied<M>> {
        let (src, dst) = (request.dst, request.src);
        let header = Header::read(message.parts().0);
        let error = header.is_some_and(|h| h.ex.is_err());
        let kind = if error { Kind::Error } else { Kind::Response };
        let route = Route { kind, src, dst, ..request };
        let same = header.is_some_and(|h| h.iid == request.riid && h.mid == request.mid);
        let method = match self.method(src, request.riid, request.mid) {
            Ok((method, _)) if same => method,
            Err(reason) => return Err(Denied { message, record: route.record(reason) }),
            Ok(_) => {
                let rule = if header.is_some() { Rule::Route } else { Rule::Size };
                let reason = Reason::Malformed(Malformed { rule, at: 0 });
                return Err(Denied { message, record: route.record(reason) });
            }
        };
        self.check(if error { &method.error } else { &method.response }, route, message)
    }

    /// Asks the rules: every one must grant, and there must be one.
    ///
    /// # Errors
    /// No rule, or the first rule that denied.
    pub fn decide<M>(&self, message: Verified<M>) -> Result<Granted<M>, Denied<M>> {
        let (message, route) = message.into_parts();
        match self.evaluate(route.kind, route.src, route.dst, route.flattened) {
            Ok(()) => Ok(Granted { message, route }),
            Err(reason) => Err(Denied { message, record: route.record(reason) }),
        }
    }

    /// Decides whether a program of class `started` may be started.
    ///
    /// # Errors
    /// No rule, or the first rule that denied.
    pub fn execute(&self, initiator: ClassId, started: ClassId) -> Result<Permit, Record> {
        let record = |reason| Record {
            kind: Kind::Execute,
            src: initiator,
            dst: Some(started),
            riid: Riid(0),
            mid: Mid(0),
            reason,
        };
        self.evaluate(Kind::Execute, initiator, started, 0).map(|()| Permit(())).map_err(record)
    }

    /// The method behind a RIID and a MID, and its flattened number.
    fn method(&self, class: ClassId, riid: Riid, mid: Mid) -> Result<(&Method, usize), Reason> {
        let endpoint = self.tables.class(class).and_then(|c| c.endpoints.get(usize::from(riid.0)));
        let interface = endpoint.and_then(|e| self.tables.interface(e.interface)).ok_or(Reason::UnknownEndpoint)?;
        let method = interface.methods.get(usize::from(mid.0)).ok_or(Reason::UnknownMethod)?;
        let first = self.first.get(class.index()).and_then(|c| c.get(usize::from(riid.0)));
        Ok((method, first.ok_or(Reason::UnknownEndpoint)?.saturating_add(usize::from(mid.0))))
    }

    fn check<M: Bytes>(&self, shape: &Message, route: Route, message: M) -> Result<Verified<M>, Denied<M>> {
        let compat = self.tables.class(route.src).is_some_and(|c| c.compat);
        check(&self.tables, shape, route, message, compat)
            .map_err(|(message, reason)| Denied { message, record: route.record(reason) })
    }

    fn evaluate(&self, kind: Kind, src: ClassId, dst: ClassId, method: usize) -> Result<(), Reason> {
        let Some(program) = &self.program else { return Ok(()) };
        // A proved program answers for every event; should one be missing all the same, it is refused.
        let missing = Reason::UnknownMethod;
        let id = program.tree(kind, self.tables.classes.len(), src, dst, method).ok_or(missing)?;
        evaluate(id, program.trees.get(id.index()).ok_or(missing)?)
    }
}

/// Asks every rule of a tree; all must grant.
fn evaluate(id: TreeId, tree: &Tree) -> Result<(), Reason> {
    let rules = match tree {
        Tree::Rules(rules) => rules,
        Tree::NoRule(why, place) => return Err(Reason::NoRule(id, *why, *place)),
    };
    match (0..).zip(rules).find(|(_, rule)| !rule.grants()) {
        Some((n, rule)) => Err(Reason::Rule(id, n, rule.place())),
        None => Ok(()),
    }
}

fn first_methods(tables: &Tables, class: &Class) -> Vec<usize> {
    let lengths = class.endpoints.iter().map(|e| tables.interface(e.interface).map_or(0, |i| i.methods.len()));
    lengths
        .scan(0_usize, |next, len| {
            let first = *next;
            *next = first.saturating_add(len);
            Some(first)
        })
        .collect()
}
