//! Audit records: what was refused and why, as values, and their two written forms: a sentence for a person and a JSON
//! object for a program (`spec/psl-runtime.md` D.4).
use crate::{Called, Cause, ClassId, Kind, NoRule, Place, Policy, Program};
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
    /// It was not refused: all rules granted, and the audit profile wants to know.
    Granted,
}

/// An event that was refused, or that the audit profile wants to know about. Everything a person needs to know is in it or
/// in the policy that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What happened.
    pub kind: Kind,
    /// Who caused it.
    pub src: ClassId,
    /// Whom it was meant for; `None` for the kernel itself when the descriptions do not hold its class.
    pub dst: Option<ClassId>,
    /// The endpoint's number, as the message gives it.
    pub riid: Riid,
    /// The method's number, as the message gives it.
    pub mid: Mid,
    /// Why it was refused.
    pub reason: Reason,
    /// The rules that were called, in order.
    pub called: Box<[Called]>,
}

/// Name of the kernel's class.
pub const KERNEL_CLASS: &str = "kl.core.Core";

impl Record {
    /// Which part refused.
    #[must_use]
    pub const fn subsystem(&self) -> Subsystem {
        match self.reason {
            Reason::UnknownEndpoint | Reason::UnknownMethod | Reason::NoRule(..) => Subsystem::Router,
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
    /// Whether it belongs into the audit: always, but for decisions of rules about which the profiles keep silent
    /// (`spec/psl-runtime.md` D.4).
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        // a choice that denies is no rule of any object, so no profile speaks about it
        let choice = matches!(self.reason, Reason::Rule(Cause::NoAlternative | Cause::EmptyAlternative, _));
        self.subsystem() != Subsystem::Rules || choice || self.called.iter().any(|called| called.recorded)
    }
    /// The sentence for a person.
    #[must_use]
    pub const fn text<'p>(&'p self, policy: &'p Policy) -> Text<'p> {
        Text { record: self, policy }
    }
    /// The JSON object for a program; `call` numbers the lines.
    #[must_use]
    pub const fn json<'p>(&'p self, policy: &'p Policy, call: u64) -> Json<'p> {
        Json { record: self, policy, call }
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
    fn of(record: &Record, policy: &'p Policy) -> Self {
        let tables = policy.tables();
        let class = |id: ClassId| tables.class(id).map_or("?", |c| c.name.as_str());
        let serving = match record.kind {
            Kind::Response | Kind::Error => Some(record.src),
            Kind::Request => record.dst,
            Kind::Security | Kind::Execute => None,
        };
        let endpoint = serving.and_then(|c| tables.class(c)?.endpoints.get(usize::from(record.riid.0)));
        let interface = match record.kind {
            Kind::Security => tables.class(record.src).and_then(|c| c.security),
            _ => endpoint.map(|e| e.interface),
        };
        let interface = interface.and_then(|i| tables.interface(i));
        Self {
            src: class(record.src),
            dst: record.dst.map_or(if record.kind == Kind::Security { "NULL" } else { KERNEL_CLASS }, class),
            endpoint: endpoint.map(|e| e.name.as_str()),
            interface: interface.map(|i| i.name.as_str()),
            method: interface.and_then(|i| i.methods.get(usize::from(record.mid.0))).map(|m| m.name.as_str()),
        }
    }
}

/// [`Record::text`].
#[derive(Debug, Clone, Copy)]
pub struct Text<'p> {
    record: &'p Record,
    policy: &'p Policy,
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
            Reason::Handle { slot } => write!(f, "handle {slot} refers to nothing that may be sent with these rights"),
            Reason::Aborted(code) => write!(f, "the server gave it up with {code}"),
            Reason::NoRule(why, place) => write!(f, "{}: {}", self.policy.shown(place), why.text()),
            Reason::Rule(cause, place) => write!(f, "{}: {}", self.policy.shown(place), cause.text()),
            Reason::Granted => f.write_str("its rules grant it"),
        }
    }
}

/// [`Record::json`].
#[derive(Debug, Clone, Copy)]
pub struct Json<'p> {
    record: &'p Record,
    policy: &'p Policy,
    call: u64,
}

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (record, names) = (self.record, Names::of(self.record, self.policy));
        write!(f, "{{\"call\":{},\"op\":\"{}\"", self.call, record.kind.word())?;
        write!(f, ",\"src\":{},\"dst\":{}", Quoted(names.src), Quoted(names.dst))?;
        write!(f, ",\"endpoint\":{},\"interface\":{}", Optional(names.endpoint), Optional(names.interface))?;
        write!(f, ",\"method\":{}", Optional(names.method))?;
        write!(f, ",\"riid\":{},\"mid\":{}", record.riid.0, record.mid.0)?;
        let granted = matches!(record.reason, Reason::Granted | Reason::Aborted(_));
        let decision = if granted { "granted" } else { "denied" };
        write!(f, ",\"decision\":\"{decision}\",\"subsystem\":\"{}\"", record.subsystem().word())?;
        f.write_str(",\"rules\":[")?;
        self.rules(f)?;
        f.write_str("]")?;
        match record.reason {
            Reason::Malformed(m) => write!(f, ",\"reason\":\"{:?}\",\"at\":{}", m.rule, m.at)?,
            Reason::Handle { slot } => write!(f, ",\"reason\":\"Handle\",\"at\":{slot}")?,
            Reason::UnknownEndpoint => f.write_str(",\"reason\":\"unknown RIID\"")?,
            Reason::UnknownMethod => f.write_str(",\"reason\":\"unknown MID\"")?,
            Reason::NoRule(why, _) => write!(f, ",\"reason\":{}", Quoted(why.text()))?,
            Reason::Rule(cause, _) => write!(f, ",\"reason\":{}", Quoted(cause.text()))?,
            Reason::Aborted(code) => write!(f, ",\"reason\":\"aborted\",\"code\":\"{code}\"")?,
            Reason::Granted => {}
        }
        match record.place() {
            Some(place) => write!(f, ",\"place\":{}}}", Quoted(&self.policy.shown(place).to_string())),
            None => f.write_str(",\"place\":null}"),
        }
    }
}

impl Json<'_> {
    /// The rules that were called: up to the one that denied.
    fn rules(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(program) = self.policy.program() else { return Ok(()) };
        let called = self.record.called.iter().filter_map(|called| Some((called, program.rule(called.rule)?)));
        for (i, (called, rule)) in called.enumerate() {
            let object = program.object(rule.object);
            let (model, name) = object.map_or(("?", "?"), |object| (object.model.name(), object.name.as_str()));
            let comma = if i == 0 { "" } else { "," };
            write!(f, "{comma}{{\"model\":\"{model}\",\"object\":{},\"rule\":\"{}\"", Quoted(name), rule.call.name())?;
            let result = if called.granted { "granted" } else { "denied" };
            let place = self.policy.shown(rule.place).to_string();
            write!(f, ",\"pos\":{},\"result\":\"{result}\"}}", Quoted(&place))?;
        }
        Ok(())
    }
}

/// A place with its file's name.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'p> {
    program: Option<&'p Program>,
    place: Place,
}

impl<'p> Shown<'p> {
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

/// A JSON string. Nothing that a terminal or a line reader could take for more than text leaves it unescaped.
#[derive(Debug, Clone, Copy)]
pub struct Quoted<'t>(pub &'t str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for c in self.0.chars() {
            match c {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                c if c.is_control() || acts(c) => write!(f, "\\u{:04x}", u32::from(c))?,
                c => write!(f, "{c}")?,
            }
        }
        f.write_str("\"")
    }
}

/// Separators of lines, and marks that change the direction of writing.
const fn acts(c: char) -> bool {
    let direction =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    direction || matches!(c, '\u{2028}' | '\u{2029}')
}

struct Optional<'t>(Option<&'t str>);

impl fmt::Display for Optional<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(text) => Quoted(text).fmt(f),
            None => f.write_str("null"),
        }
    }
}
