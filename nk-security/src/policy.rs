//! The way of an event through the security module: route, structure, rules. A type for each step that was taken.
//!
//! [`Policy::request`] and [`Policy::response`] make a [`Verified`], [`Policy::decide`] makes a [`Granted`] of it, and
//! nothing else makes either: a message that skipped a step has the wrong type.
//!
//! ```compile_fail
//! # use nk_security::*;
//! fn undecided<M: Bytes>(message: Verified<M>) -> Granted<M> {
//!     message // a checked message is not a granted one
//! }
//! ```
//! ```compile_fail
//! # use nk_security::*;
//! fn unchecked<M: Bytes>(policy: &Policy, state: &mut State, message: M) -> Result<Granted<M>, Denied<M>> {
//!     policy.decide(state, message) // the policy decides about checked messages only
//! }
//! ```
//! ```compile_fail
//! # use nk_security::*;
//! fn forged<M>(message: M, route: Route) -> Granted<M> {
//!     Granted { message, route, record: None } // private fields
//! }
//! ```
use crate::evaluate::{Event, evaluate};
use crate::structure::{Bytes, Verified, check};
use crate::{
    Class, ClassId, Kind, Message, Method, Place, Program, ProgramError, Reason, Record, Shown, Sid, State, Subject,
    Tables, TablesError, Tree,
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
    src: Subject,
    dst: Subject,
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
    /// The class that sends.
    #[must_use]
    pub const fn src(&self) -> ClassId {
        self.src.class
    }
    /// The class that receives.
    #[must_use]
    pub const fn dst(&self) -> ClassId {
        self.dst.class
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
    pub fn aborted(&self, code: Retcode) -> Record {
        self.record(Reason::Aborted(code))
    }
    fn record(&self, reason: Reason) -> Record {
        let dst = match self.kind {
            Kind::Security => None,
            _ => Some(self.dst.class),
        };
        Record {
            kind: self.kind,
            src: self.src.class,
            dst,
            riid: self.riid,
            mid: self.mid,
            reason,
            called: Box::default(),
        }
    }
}

/// A message that may be delivered: its structure was checked and all rules granted it.
#[derive(Debug)]
#[must_use]
pub struct Granted<M> {
    message: M,
    route: Route,
    record: Option<Box<Record>>,
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
    /// What the audit profile wants to know about rules that granted it.
    #[must_use]
    pub fn record(&self) -> Option<&Record> {
        self.record.as_deref()
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
pub struct Permit {
    record: Option<Box<Record>>,
}

impl Permit {
    /// What the audit profile wants to know about rules that granted it.
    #[must_use]
    pub fn record(&self) -> Option<&Record> {
        self.record.as_deref()
    }
}

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
    pub fn request<M: Bytes>(&self, src: Subject, dst: Subject, message: M) -> Result<Verified<M>, Denied<M>> {
        self.question(Kind::Request, src, dst, message)
    }

    /// Routes a question of a process to the security module, and checks its structure. The answer goes back to the
    /// process itself, which has to honour it.
    ///
    /// # Errors
    /// No security interface, unknown method, or a structure rule.
    pub fn security<M: Bytes>(&self, src: Subject, message: M) -> Result<Verified<M>, Denied<M>> {
        self.question(Kind::Security, src, src, message)
    }

    fn question<M: Bytes>(&self, kind: Kind, src: Subject, dst: Subject, message: M) -> Result<Verified<M>, Denied<M>> {
        let header = Header::read(message.parts().0);
        let (riid, mid, ex) = header.map_or((Riid(0), Mid(0), Ex(0)), |h| (h.iid, h.mid, h.ex));
        let route = Route { kind, src, dst, riid, mid, flattened: 0 };
        let deny = |message, reason| Err(Denied { message, record: route.record(reason) });
        if header.is_none() {
            return deny(message, Reason::Malformed(Malformed { rule: Rule::Size, at: 0 }));
        }
        let found = if kind == Kind::Security {
            self.security_method(src.class, riid, mid)
        } else {
            self.method(dst.class, riid, mid)
        };
        let (method, flattened) = match found {
            Ok(found) => found,
            Err(reason) => return deny(message, reason),
        };
        if ex.is_err() {
            return deny(message, Reason::Malformed(Malformed { rule: Rule::Direction, at: 4 }));
        }
        self.check(&method.request, Route { flattened, ..route }, message)
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
        let method = match self.method(src.class, request.riid, request.mid) {
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

    /// Routes a response that answers no request, and checks its structure: for tests of policies, which look at one event
    /// at a time. What it says of itself is believed, so no kernel may deliver it.
    ///
    /// # Errors
    /// Unknown endpoint or method, or a structure rule.
    pub fn unasked_response<M: Bytes>(&self, src: Subject, dst: Subject, message: M) -> Result<Verified<M>, Denied<M>> {
        let header = Header::read(message.parts().0);
        let (riid, mid) = header.map_or((Riid(0), Mid(0)), |h| (h.iid, h.mid));
        let request = Route { kind: Kind::Request, src: dst, dst: src, riid, mid, flattened: 0 };
        match self.method(src.class, riid, mid) {
            Ok((_, flattened)) => self.response(Route { flattened, ..request }, message),
            Err(reason) => {
                Err(Denied { message, record: Route { kind: Kind::Response, src, dst, ..request }.record(reason) })
            }
        }
    }

    /// Asks the rules: every one must grant, and there must be one. What they change in `state` stays only then.
    ///
    /// # Errors
    /// No rule, or the first rule that denied.
    pub fn decide<M: Bytes>(&self, state: &mut State, message: Verified<M>) -> Result<Granted<M>, Denied<M>> {
        let (message, route) = message.into_parts();
        let (constant, arena) = message.parts();
        match self.evaluate(state, &route, (constant, arena), message.sids()) {
            Ok(record) => Ok(Granted { message, route, record }),
            Err(record) => Err(Denied { message, record }),
        }
    }

    /// Decides whether a program of class `started` may be started.
    ///
    /// # Errors
    /// No rule, or the first rule that denied.
    pub fn execute(&self, state: &mut State, initiator: Subject, started: Subject) -> Result<Permit, Record> {
        let (kind, riid, mid) = (Kind::Execute, Riid(0), Mid(0));
        let route = Route { kind, src: initiator, dst: started, riid, mid, flattened: 0 };
        self.evaluate(state, &route, (&[], &[]), &[]).map(|record| Permit { record })
    }

    /// The method of a class's security interface. It is the only interface there, so its number is 0.
    fn security_method(&self, class: ClassId, riid: Riid, mid: Mid) -> Result<(&Method, usize), Reason> {
        let security = self.tables.class(class).and_then(|class| class.security).filter(|_| riid == Riid(0));
        let interface =
            security.and_then(|interface| self.tables.interface(interface)).ok_or(Reason::UnknownEndpoint)?;
        let method = interface.methods.get(usize::from(mid.0)).ok_or(Reason::UnknownMethod)?;
        Ok((method, usize::from(mid.0)))
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
        let compat = self.tables.class(route.src.class).is_some_and(|c| c.compat);
        check(&self.tables, shape, route, message, compat)
            .map_err(|(message, reason)| Denied { message, record: route.record(reason) })
    }

    /// Finds the rules of an event and asks them; keeps or takes back what they changed.
    fn evaluate(
        &self,
        state: &mut State,
        route: &Route,
        (constant, arena): (&[u8], &[u8]),
        sids: &[Sid],
    ) -> Result<Option<Box<Record>>, Record> {
        let Some(program) = &self.program else { return Ok(None) };
        let classes = self.tables.classes.len();
        let id = program.tree(route.kind, classes, route.src.class, route.dst.class, route.flattened);
        let body = match id.and_then(|id| program.trees.get(id.index())) {
            Some(Tree::Rules(body)) => *body,
            Some(Tree::NoRule(why, place)) => return Err(route.record(Reason::NoRule(*why, *place))),
            // a proved program answers for every event; should one be missing all the same, it is refused
            None => return Err(route.record(Reason::UnknownMethod)),
        };
        let event = Event { constant, arena, sids, src: route.src.sid, dst: route.dst.sid };
        let result = evaluate(program, state, event, body);
        match result {
            Ok(()) => state.keep(),
            Err(_) => state.undo(),
        }
        let record = |reason| Record { called: state.called.as_slice().into(), ..route.record(reason) };
        match result {
            Ok(()) if state.called.iter().any(|called| called.recorded) => Ok(Some(Box::new(record(Reason::Granted)))),
            Ok(()) => Ok(None),
            Err(denial) => Err(record(Reason::Rule(denial.cause, denial.place))),
        }
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
