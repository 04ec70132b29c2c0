//! The sentence about an event for a person.
//!
//! The sentence begins with who refused: `denied by policy` is the policy's
//! decision, with the place of the rule and the values that it read; `refused`
//! is the router or the structure check, which no policy can change; `aborted`
//! is a server that gave a granted request up. Values look as they do in JSON;
//! a name of a process or class can act on no terminal.
use super::json::acts;
use super::value::Shows;
use super::{Names, Policy, Reason, Record, Subsystem};
use crate::TracedValue;
use core::fmt;

/// [`Record::text`].
#[derive(Debug, Clone, Copy)]
pub struct Text<'p> {
    pub(super) record: &'p Record,
    pub(super) policy: &'p Policy,
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (record, names) = (self.record, Names::of(self.record, self.policy));
        f.write_str(match record.subsystem() {
            _ if record.reason == Reason::Granted => "granted by policy: ",
            Subsystem::Rules => "denied by policy: ",
            Subsystem::Router if record.place().is_some() => "denied by policy: ",
            Subsystem::Router => "refused: ",
            Subsystem::Validator => "refused: malformed ",
            Subsystem::Kernel => "aborted: ",
        })?;
        write!(f, "{} {} -> {}", record.kind.word(), names.src, names.dst)?;
        for part in [names.endpoint, names.method].into_iter().flatten() {
            write!(f, " {part}")?;
        }
        f.write_str(": ")?;
        match record.reason {
            Reason::UnknownEndpoint => write!(f, "unknown RIID {}", record.riid.0),
            Reason::UnknownMethod => write!(f, "unknown MID {}", record.mid.0),
            Reason::Malformed(m) => write!(f, "rule {:?} at offset {}", m.rule, m.at),
            Reason::Handle { slot } => write!(
                f,
                "handle {slot} refers to nothing that may be sent with these rights"
            ),
            Reason::Aborted(code) => write!(f, "the server gave it up with {code}"),
            Reason::NoRule(why, place) => write!(f, "{}: {}", self.policy.shown(place), why.text()),
            Reason::Rule(cause, place) => {
                write!(f, "{}: {}", self.policy.shown(place), cause.text())?;
                self.values(f)
            }
            Reason::Granted => f.write_str("its rules grant it"),
        }
    }
}

impl Text<'_> {
    /// What the rule or choice that denied has read.
    fn values(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(program) = self.policy.program() else {
            return Ok(());
        };
        let denied = self.record.trace.iter().find(|entry| entry.result.is_err());
        let mut separator = " [";
        for read in denied.iter().flat_map(|entry| &entry.read) {
            write!(
                f,
                "{separator}{} = ",
                Clean(program.text(read.name).unwrap_or("?"))
            )?;
            match &read.before {
                TracedValue::Failed(_) => f.write_str("nothing")?,
                value => write!(f, "{}", Shows { program, value })?,
            }
            separator = ", ";
        }
        f.write_str(if separator == ", " { "]" } else { "" })
    }
}

/// A name without anything that acts on a terminal.
struct Clean<'t>(&'t str);

impl fmt::Display for Clean<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .chars()
            .try_for_each(|c| write!(f, "{}", if c.is_control() || acts(c) { '?' } else { c }))
    }
}
