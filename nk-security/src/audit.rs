//! Audit records: what was refused and why, as values, and their two written forms: a sentence for a person and a JSON
//! object for a program (`spec/psl-runtime.md` D.4).
use crate::{ClassId, Kind, NoRule, Place, Policy, Program, Rule, Tree, TreeId};
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
    NoRule(TreeId, NoRule, Place),
    /// The structure breaks a rule.
    Malformed(Malformed),
    /// A handle slot of the message holds something that cannot be passed on.
    Handle {
        /// Which slot, from 0.
        slot: u8,
    },
    /// It was granted and delivered, but the server gave it up with this code.
    Aborted(Retcode),
    /// A rule denied: its position in the tree, and where it stands.
    Rule(TreeId, u32, Place),
}

/// An event that was refused. Everything a person needs to know is in it or in the policy that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
            Reason::Rule(..) => Subsystem::Rules,
            Reason::Aborted(_) => Subsystem::Kernel,
        }
    }
    /// The place in the policy that decided, if the policy did.
    #[must_use]
    pub const fn place(&self) -> Option<Place> {
        match self.reason {
            Reason::NoRule(_, _, place) | Reason::Rule(_, _, place) => Some(place),
            _ => None,
        }
    }
    /// The sentence for a person.
    #[must_use]
    pub const fn text<'p>(&self, policy: &'p Policy) -> Text<'p> {
        Text { record: *self, policy }
    }
    /// The JSON object for a program; `call` numbers the lines.
    #[must_use]
    pub const fn json<'p>(&self, policy: &'p Policy, call: u64) -> Json<'p> {
        Json { record: *self, policy, call }
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
    record: Record,
    policy: &'p Policy,
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (record, names) = (&self.record, Names::of(&self.record, self.policy));
        f.write_str(match record.subsystem() {
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
            Reason::Handle { slot } => write!(f, "handle {slot} is not the invalid handle, and no other can be passed"),
            Reason::Aborted(code) => write!(f, "the server gave it up with {code}"),
            Reason::NoRule(_, why, place) => write!(f, "{}: {}", self.policy.shown(place), why.text()),
            Reason::Rule(_, _, place) => write!(f, "{}: this rule denies it", self.policy.shown(place)),
        }
    }
}

/// [`Record::json`].
#[derive(Debug, Clone, Copy)]
pub struct Json<'p> {
    record: Record,
    policy: &'p Policy,
    call: u64,
}

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (record, names) = (&self.record, Names::of(&self.record, self.policy));
        write!(f, "{{\"call\":{},\"op\":\"{}\"", self.call, record.kind.word())?;
        write!(f, ",\"src\":{},\"dst\":{}", Quoted(names.src), Quoted(names.dst))?;
        write!(f, ",\"endpoint\":{},\"interface\":{}", Optional(names.endpoint), Optional(names.interface))?;
        write!(f, ",\"method\":{}", Optional(names.method))?;
        write!(f, ",\"riid\":{},\"mid\":{}", record.riid.0, record.mid.0)?;
        let decision = if record.subsystem() == Subsystem::Kernel { "granted" } else { "denied" };
        write!(f, ",\"decision\":\"{decision}\",\"subsystem\":\"{}\"", record.subsystem().word())?;
        f.write_str(",\"rules\":[")?;
        self.rules(f)?;
        f.write_str("]")?;
        match record.reason {
            Reason::Malformed(m) => write!(f, ",\"reason\":\"{:?}\",\"at\":{}", m.rule, m.at)?,
            Reason::Handle { slot } => write!(f, ",\"reason\":\"Handle\",\"at\":{slot}")?,
            Reason::UnknownEndpoint => f.write_str(",\"reason\":\"unknown RIID\"")?,
            Reason::UnknownMethod => f.write_str(",\"reason\":\"unknown MID\"")?,
            Reason::NoRule(_, why, _) => write!(f, ",\"reason\":\"{}\"", why.text())?,
            Reason::Aborted(code) => write!(f, ",\"reason\":\"aborted\",\"code\":\"{code}\"")?,
            Reason::Rule(..) => {}
        }
        match record.place() {
            Some(place) => write!(f, ",\"place\":{}}}", Quoted(&self.policy.shown(place).to_string())),
            None => f.write_str(",\"place\":null}"),
        }
    }
}

impl Json<'_> {
    /// The rules up to the one that denied.
    fn rules(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Reason::Rule(tree, last, _) = self.record.reason else { return Ok(()) };
        let Some(Tree::Rules(rules)) = self.policy.program().and_then(|p| p.trees.get(tree.index())) else {
            return Ok(());
        };
        for (i, rule) in rules.iter().take((last as usize).saturating_add(1)).enumerate() {
            let comma = if i == 0 { "" } else { "," };
            let pos = self.policy.shown(rule.place()).to_string();
            let result = if rule.grants() { "granted" } else { "denied" };
            write!(f, "{comma}{{\"model\":\"{}\",\"object\":\"{}\"", model(rule), object(rule))?;
            write!(f, ",\"rule\":\"{}\",\"pos\":{},\"result\":\"{result}\"}}", rule.name(), Quoted(&pos))?;
        }
        Ok(())
    }
}

/// The class of the object that offers the rule (`spec/psl-runtime.md` B.1).
const fn model(rule: &Rule) -> &'static str {
    match rule {
        Rule::Grant(_) | Rule::Deny(_) => "Base",
    }
}

const fn object(rule: &Rule) -> &'static str {
    match rule {
        Rule::Grant(_) | Rule::Deny(_) => "base",
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
                c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => write!(f, "\\u{:04x}", u32::from(c))?,
                c => write!(f, "{c}")?,
            }
        }
        f.write_str("\"")
    }
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
