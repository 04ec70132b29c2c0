//! Where an event goes, and what became of it: a type for each step that was
//! taken.
use crate::{ClassId, Kind, Reason, Record, Subject};
use nk_runtime::{Mid, Retcode, Riid};

/// Where a message goes: the event, with the numbers that select its shapes and
/// rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    pub(super) kind: Kind,
    pub(super) src: Subject,
    pub(super) dst: Subject,
    pub(super) riid: Riid,
    pub(super) mid: Mid,
    /// Of the serving class.
    pub(super) flattened: usize,
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
    /// The record of this event with a reason, without a trace.
    pub(super) fn record(&self, reason: Reason) -> Record {
        let dst = match self.kind {
            Kind::Security => None,
            _ => Some(self.dst.class),
        };
        Record {
            kind: self.kind,
            src: self.src.class,
            src_sid: self.src.sid,
            dst,
            dst_sid: self.dst.sid,
            riid: self.riid,
            mid: self.mid,
            reason,
            trace: Box::default(),
        }
    }
}

/// A message that may be delivered: its structure was checked and all rules
/// granted it.
#[derive(Debug)]
#[must_use]
pub struct Granted<M> {
    pub(super) message: M,
    pub(super) route: Route,
    pub(super) record: Option<Box<Record>>,
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
    pub record: Box<Record>,
}

/// A granted program start.
#[derive(Debug)]
#[must_use]
pub struct Permit {
    pub(super) record: Option<Box<Record>>,
}

impl Permit {
    /// What the audit profile wants to know about rules that granted it.
    #[must_use]
    pub fn record(&self) -> Option<&Record> {
        self.record.as_deref()
    }
}
