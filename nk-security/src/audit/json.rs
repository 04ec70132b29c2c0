//! The JSON object about an event for a program (`docs/psl.md` §11).
//!
//! The keys, in the order in which they are written:
//!
//! | key | value |
//! |---|---|
//! | `call` | the number of the line, without gaps |
//! | `op` | `request`, `response`, `error`, `execute`, `security` |
//! | `src`, `dst` | names of classes |
//! | `src_sid`, `dst_sid` | numbers of the processes; a question to the security module has no `dst_sid` |
//! | `endpoint`, `interface`, `method` | names, or `null` where the numbers lead to none |
//! | `riid`, `mid` | the numbers in the message |
//! | `decision` | `granted`, `denied` |
//! | `subsystem` | `router`, `validator`, `epilogue`, `kernel` |
//! | `rules` | the trace |
//! | `reason` | why it was refused, with `at` for structure |
//!
//! An object is one line: line ends in names are escaped like every other
//! character that acts on a terminal.
use super::value::Shows;
use super::{Names, Policy, Reason, Record};
use crate::{Kind, Place, Program, TraceEntry, Traced, TracedRead};
use core::fmt;

/// [`Record::json`].
#[derive(Debug, Clone, Copy)]
pub struct Json<'p> {
    pub(super) record: &'p Record,
    pub(super) policy: &'p Policy,
    pub(super) call: u64,
}

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (record, names) = (self.record, Names::of(self.record, self.policy));
        write!(
            f,
            "{{\"call\":{},\"op\":\"{}\"",
            self.call,
            record.kind.word()
        )?;
        write!(
            f,
            ",\"src\":{},\"dst\":{}",
            Quoted(names.src),
            Quoted(names.dst)
        )?;
        write!(f, ",\"src_sid\":{}", record.src_sid.0)?;
        if record.kind != Kind::Security {
            write!(f, ",\"dst_sid\":{}", record.dst_sid.0)?;
        }
        write!(
            f,
            ",\"endpoint\":{},\"interface\":{}",
            Optional(names.endpoint),
            Optional(names.interface)
        )?;
        write!(f, ",\"method\":{}", Optional(names.method))?;
        write!(f, ",\"riid\":{},\"mid\":{}", record.riid.0, record.mid.0)?;
        let granted = matches!(record.reason, Reason::Granted | Reason::Aborted(_));
        let decision = if granted { "granted" } else { "denied" };
        write!(
            f,
            ",\"decision\":\"{decision}\",\"subsystem\":\"{}\"",
            record.subsystem().word()
        )?;
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
            Some(place) => write!(
                f,
                ",\"place\":{}}}",
                Quoted(&self.policy.shown(place).to_string())
            ),
            None => f.write_str(",\"place\":null}"),
        }
    }
}

impl Json<'_> {
    /// What was asked: up to the rule that denied.
    fn rules(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(program) = self.policy.program() else {
            return Ok(());
        };
        for (i, entry) in self.record.trace.iter().enumerate() {
            f.write_str(if i == 0 { "{" } else { ",{" })?;
            self.asked(f, program, entry)?;
            let result = if entry.result.is_ok() {
                "granted"
            } else {
                "denied"
            };
            write!(f, ",\"result\":\"{result}\"")?;
            values(
                f,
                program,
                "read",
                entry.read.iter().map(|read| (read, &read.before)),
            )?;
            values(
                f,
                program,
                "after",
                entry
                    .read
                    .iter()
                    .filter_map(|read| Some((read, read.after.as_ref()?))),
            )?;
            f.write_str("}")?;
        }
        Ok(())
    }

    /// What was evaluated: a rule with its object and method, a choice with the
    /// position of its alternative, or an expression.
    fn asked(
        &self,
        f: &mut fmt::Formatter<'_>,
        program: &Program,
        entry: &TraceEntry,
    ) -> fmt::Result {
        let object = |id| {
            let object = program.object(id);
            object.map_or(("?", "?"), |object| {
                (object.model.name(), object.name.as_str())
            })
        };
        let place = |place: Place| self.policy.shown(place).to_string();
        let call =
            |f: &mut fmt::Formatter<'_>, (model, object): (&str, &str), name: &str, at: Place| {
                write!(
                    f,
                    "\"model\":\"{model}\",\"object\":{},\"rule\":\"{name}\"",
                    Quoted(object)
                )?;
                write!(f, ",\"pos\":{}", Quoted(&place(at)))
            };
        match entry.item {
            Traced::Rule(rule) => match program.rule(rule) {
                Some(rule) => call(f, object(rule.object), rule.call.name(), rule.place),
                None => call(f, ("?", "?"), "?", Place::default()),
            },
            Traced::Expression {
                object: asked,
                name,
                place: at,
            } => call(f, object(asked), name, at),
            Traced::Choice(choice, chosen) => {
                let choice = program.choices.get(choice.index());
                let at = choice.map_or_else(Place::default, |choice| choice.place);
                write!(
                    f,
                    "\"model\":null,\"object\":null,\"rule\":\"choice\",\"pos\":{}",
                    Quoted(&place(at))
                )?;
                match chosen {
                    Some(chosen) => write!(f, ",\"alternative\":{chosen}"),
                    None => f.write_str(",\"alternative\":null"),
                }
            }
        }
    }
}

/// Values by the names of what was read; nothing when there are none.
fn values<'t>(
    f: &mut fmt::Formatter<'_>,
    program: &Program,
    name: &str,
    values: impl Iterator<Item = (&'t TracedRead, &'t crate::TracedValue)>,
) -> fmt::Result {
    let mut any = false;
    for (read, value) in values {
        if any {
            f.write_str(",")?;
        } else {
            write!(f, ",\"{name}\":{{")?;
        }
        any = true;
        write!(
            f,
            "{}:{}",
            Quoted(program.text(read.name).unwrap_or("?")),
            Shows { program, value }
        )?;
    }
    f.write_str(if any { "}" } else { "" })
}

/// A JSON string. Nothing that a terminal or a line reader could take for more
/// than text leaves it unescaped.
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
pub(super) const fn acts(c: char) -> bool {
    let direction = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    direction || matches!(c, '\u{2028}' | '\u{2029}')
}

/// A text, or `null`.
struct Optional<'t>(Option<&'t str>);

impl fmt::Display for Optional<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(text) => Quoted(text).fmt(f),
            None => f.write_str("null"),
        }
    }
}
