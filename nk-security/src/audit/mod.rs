//! Audit records: what was refused and why, as values, and their two written
//! forms: a sentence for a person and a JSON object for a program
//! (`docs/psl.md` §11).
mod json;
mod remedy;
mod text;
mod value;

pub use json::{Json, Quoted};
pub use remedy::Remedy;
pub use text::Text;

use crate::{Cause, ClassId, Kind, NoRule, Place, Policy, Program, Sid, TraceEntry};
use core::fmt;
use nk_runtime::{Malformed, Mid, Retcode, Riid};

/// Which part of the security module refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subsystem {
    /// No such endpoint or method, or no rule for it.
    Router,
    /// The structure is wrong.
    Validator,
    /// A rule denied.
    Rules,
    /// Nobody refused: a granted request was not carried out.
    Kernel,
}

impl Subsystem {
    /// As it stands in audit lines.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Router => "router",
            Self::Validator => "validator",
            Self::Rules => "epilogue",
            Self::Kernel => "kernel",
        }
    }
}

/// Why an event was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The serving class has no endpoint with this number.
    UnknownEndpoint,
    /// The endpoint's interface has no method with this number.
    UnknownMethod,
    /// No rule is associated with the event.
    NoRule(NoRule, Place),
    /// The structure breaks a rule.
    Malformed(Malformed),
    /// A handle slot of the message holds something that cannot be passed on.
    Handle {
        /// Which slot, from 0.
        slot: u8,
    },
    /// It was granted and delivered, but the server gave it up with this code.
    Aborted(Retcode),
    /// A rule or a choice denied: why, and where it stands.
    Rule(Cause, Place),
    /// It was not refused: all rules granted, and the audit profile wants to
    /// know.
    Granted,
}

/// An event that was refused, or that the audit profile wants to know about.
/// Everything a person needs to know is in it or in the policy that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What happened.
    pub kind: Kind,
    /// Who caused it.
    pub src: ClassId,
    /// The same as a number for the rules.
    pub src_sid: Sid,
    /// Whom it was meant for; `None` for the kernel itself when the
    /// descriptions do not hold its class, and for a security request, which is
    /// meant for nobody.
    pub dst: Option<ClassId>,
    /// The same as a number for the rules.
    pub dst_sid: Sid,
    /// The endpoint's number, as the message gives it.
    pub riid: Riid,
    /// The method's number, as the message gives it.
    pub mid: Mid,
    /// Why it was refused.
    pub reason: Reason,
    /// The rules and choices that were evaluated, in order.
    pub trace: Box<[TraceEntry]>,
}

/// Name of the kernel's class.
pub const KERNEL_CLASS: &str = "kl.core.Core";

impl Record {
    /// Which part refused.
    #[must_use]
    pub const fn subsystem(&self) -> Subsystem {
        match self.reason {
            Reason::UnknownEndpoint | Reason::UnknownMethod | Reason::NoRule(..) => {
                Subsystem::Router
            }
            Reason::Malformed(_) | Reason::Handle { .. } => Subsystem::Validator,
            Reason::Rule(..) | Reason::Granted => Subsystem::Rules,
            Reason::Aborted(_) => Subsystem::Kernel,
        }
    }
    /// The place in the policy that decided, if the policy did.
    #[must_use]
    pub const fn place(&self) -> Option<Place> {
        match self.reason {
            Reason::NoRule(_, place) | Reason::Rule(_, place) => Some(place),
            _ => None,
        }
    }
    /// Whether it belongs into the audit: always, but for decisions of rules
    /// about which the profiles keep silent (`docs/psl.md` §11).
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        // a choice that denies is no rule of any object, so no profile speaks about it
        let choice = matches!(
            self.reason,
            Reason::Rule(Cause::NoAlternative | Cause::EmptyAlternative, _)
        );
        self.subsystem() != Subsystem::Rules
            || choice
            || self.trace.iter().any(|entry| entry.recorded)
    }
    /// The sentence for a person.
    #[must_use]
    pub const fn text<'p>(&'p self, policy: &'p Policy) -> Text<'p> {
        Text {
            record: self,
            policy,
        }
    }
    /// The JSON object for a program; `call` numbers the lines.
    #[must_use]
    pub const fn json<'p>(&'p self, policy: &'p Policy, call: u64) -> Json<'p> {
        Json {
            record: self,
            policy,
            call,
        }
    }
}

/// Names around a record.
struct Names<'p> {
    src: &'p str,
    dst: &'p str,
    endpoint: Option<&'p str>,
    interface: Option<&'p str>,
    method: Option<&'p str>,
}

impl<'p> Names<'p> {
    /// Looks the names up that the numbers of a record stand for, as far as
    /// they stand for any: a record can be about a message of nonsense.
    fn of(record: &Record, policy: &'p Policy) -> Self {
        let tables = policy.tables();
        let class = |id: ClassId| tables.class(id).map_or("?", |c| c.name.as_str());
        let serving = match record.kind {
            Kind::Response | Kind::Error | Kind::Security => Some(record.src),
            Kind::Request => record.dst,
            Kind::Execute => None,
        };
        let class_of = serving.and_then(|class| tables.class(class));
        let endpoints = class_of.map(|class| match record.kind {
            Kind::Security => &class.security,
            _ => &class.endpoints,
        });
        let endpoint = endpoints.and_then(|all| all.get(usize::from(record.riid.0)));
        let interface = endpoint.and_then(|endpoint| tables.interface(endpoint.interface));
        Self {
            src: class(record.src),
            dst: record.dst.map_or(
                if record.kind == Kind::Security {
                    "NULL"
                } else {
                    KERNEL_CLASS
                },
                class,
            ),
            endpoint: endpoint.map(|e| e.name.as_str()),
            interface: interface.map(|i| i.name.as_str()),
            method: interface
                .and_then(|i| i.methods.get(usize::from(record.mid.0)))
                .map(|m| m.name.as_str()),
        }
    }
}

/// A place with its file's name.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'p> {
    program: Option<&'p Program>,
    place: Place,
}

impl<'p> Shown<'p> {
    /// A place, with the program that knows the files.
    pub(crate) const fn new(program: Option<&'p Program>, place: Place) -> Self {
        Self { program, place }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.program.map_or("?", |p| p.file(self.place.file));
        write!(f, "{file}:{}:{}", self.place.line, self.place.column)
    }
}
