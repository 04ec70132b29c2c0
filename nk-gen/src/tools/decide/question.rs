//! An event by names, and its message as JSON: a case of a test.
use crate::front::load::syntax;
use crate::solution::Solution;
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use crate::text::source::FileId;
use crate::text::suggest::did_you_mean;
use crate::tools::testing::Player;
use nk_grammar::parse_psl;
use nk_grammar::psl::{
    Case, DeclarationKind, Entry, Event, Prefix, SelectorKey, TestSet, Value, ValueKind,
};
use nk_grammar::syntax::{Name, QName, Span};
use nk_security::{KERNEL_CLASS, Policy, Reason, Tables};
use serde_json::Value as Json;
use std::fmt::Write;

/// An event, by names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// `request`, `response`, `error`, `security` or `execute`; empty for a request.
    pub event: String,
    /// Who sends or starts: a process class, or a variable of `before`.
    pub src: Option<String>,
    /// Who receives or is started.
    pub dst: Option<String>,
    /// The path of instances and the endpoint.
    pub endpoint: Option<String>,
    /// The interface, where the endpoint is not given.
    pub interface: Option<String>,
    /// The method.
    pub method: Option<String>,
    /// The fields of the message that are not zero or empty, as a JSON object.
    pub message: Option<String>,
    /// What happened before, as cases of a test. Without it, sender and receiver have been started.
    pub before: Option<String>,
}

impl Question {
    /// That the solution has the classes that are named. Behind `before` the names can be variables of it.
    pub(super) fn known(&self, tables: &Tables) -> Result<(), Box<Diagnostic>> {
        let named = [&self.src, &self.dst]
            .into_iter()
            .flatten()
            .filter(|_| self.before.is_none());
        for class in named {
            if tables.class_named(class).is_none() {
                let message = format!("the policy knows no process class `{class}`");
                let finding = Diagnostic::new(Code::POLICY_TEST, message, None);
                let near = did_you_mean(
                    class,
                    tables.classes.iter().map(|class| class.name.as_str()),
                );
                let help = near.unwrap_or_else(|| format!("include it: `use EDL {class}`"));
                return Err(Box::new(finding.help(help)));
            }
        }
        Ok(())
    }

    /// Whether sender and receiver are processes that have been started: those whose start is denied are not.
    pub(super) fn started(&self, solution: &Solution, policy: &Policy) -> [bool; 2] {
        let file = FileId(u32::MAX);
        let starts = |class: &Option<String>| {
            let Some(class) = class.as_ref().filter(|class| *class != KERNEL_CLASS) else {
                return false;
            };
            let Ok((set, case)) = parse(
                &format!("assert {{ sequence {{ any execute dst={class} }} }}"),
                file,
            ) else {
                return false;
            };
            let player = Player {
                policy,
                model: &solution.analysis.model,
                file,
            };
            player
                .told(&set.setup, &case)
                .is_ok_and(|told| told.record.reason == Reason::Granted)
        };
        if self.before.is_some() || self.event == Event::Execute.name() {
            return [false, false];
        }
        [starts(&self.src), starts(&self.dst)]
    }

    /// The question as a test.
    pub(super) fn cases(&self, started: [bool; 2]) -> String {
        let mut before = self.before.clone().unwrap_or_default();
        let mut party = |variable: &str, class: &Option<String>, started: bool| match class {
            Some(class) if started => {
                // writing to a string cannot fail
                let _ = write!(before, " {variable} <- execute dst={class}");
                Some(variable.to_owned())
            }
            class => class.clone(),
        };
        let [src, dst] = started;
        let (src, dst) = (
            party("source", &self.src, src),
            party("destination", &self.dst, dst),
        );
        let event = if self.event.is_empty() {
            Event::Request.name()
        } else {
            &self.event
        };
        let selectors = [
            (SelectorKey::Src, &src),
            (SelectorKey::Dst, &dst),
            (SelectorKey::Endpoint, &self.endpoint),
            (SelectorKey::Interface, &self.interface),
            (SelectorKey::Method, &self.method),
        ];
        let given = selectors
            .iter()
            .filter_map(|(key, value)| Some((key.name(), value.as_ref()?)));
        let selectors = given.fold(String::new(), |all, (key, value)| {
            format!("{all} {key}={value}")
        });
        format!("assert {{\nsetup {{ {before} }}\nsequence {{ any {event}{selectors} }}\n}}")
    }
}

/// A test with one case in its sequence.
pub(super) fn parse(text: &str, file: FileId) -> Result<(TestSet, Case), Vec<Diagnostic>> {
    let parsed = parse_psl(text);
    let errors: Vec<Diagnostic> = parsed
        .errors
        .into_iter()
        .map(|error| syntax(file, error))
        .collect();
    let declarations = parsed.tree.into_iter().flat_map(|tree| tree.declarations);
    let set = declarations.into_iter().find_map(|one| match one.kind {
        DeclarationKind::TestSet(set) => Some(set),
        _ => None,
    });
    let case = set
        .as_ref()
        .and_then(|set| set.sequences.first()?.cases.first().cloned());
    match set.zip(case) {
        Some(found) if errors.is_empty() => Ok(found),
        _ if !errors.is_empty() => Err(errors),
        _ => Err(vec![Diagnostic::new(
            Code::POLICY_TEST,
            "this is no event",
            Place::new(file, Span::default()),
        )]),
    }
}

/// A JSON object as the fields of a message.
pub(super) fn fields(text: &str, here: Place) -> Result<Value, Box<Diagnostic>> {
    let wrong = |why: String| {
        let help = "write an object, `{\"field\": value}`; numbers are integers";
        Box::new(
            Diagnostic::new(
                Code::POLICY_TEST,
                format!("the message cannot be read: {why}"),
                here,
            )
            .help(help),
        )
    };
    let json: Json = serde_json::from_str(text).map_err(|why| wrong(why.to_string()))?;
    if !json.is_object() {
        return Err(wrong("it is no object".to_owned()));
    }
    value(&json, here.span).map_err(wrong)
}

/// The depth is limited by the parser of JSON.
fn value(json: &Json, span: Span) -> Result<Value, String> {
    let path = |text: &str| {
        ValueKind::Path(QName {
            text: text.to_owned(),
            span,
        })
    };
    let kind = match json {
        Json::Null => ValueKind::Unit,
        Json::Bool(truth) => path(if *truth { "true" } else { "false" }),
        Json::String(text) => ValueKind::Text(text.clone()),
        Json::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => ValueKind::Integer(Some(number.into())),
            (None, Some(number)) => {
                let kind = ValueKind::Integer(Some(number.unsigned_abs().into()));
                ValueKind::Prefix(Prefix::Minus, Box::new(Value { kind, span }))
            }
            (None, None) => return Err(format!("{number} is no integer of 64 bits")),
        },
        Json::Array(values) => ValueKind::List(
            values
                .iter()
                .map(|json| value(json, span))
                .collect::<Result<_, _>>()?,
        ),
        Json::Object(entries) => {
            let entry = |(key, json): (&String, &Json)| {
                let key = Name {
                    text: key.clone(),
                    span,
                };
                Ok(Entry {
                    key,
                    elements: None,
                    value: value(json, span)?,
                })
            };
            // a field that is null is as if it were not given
            let given = entries.iter().filter(|(_, json)| !json.is_null());
            ValueKind::Dictionary(given.map(entry).collect::<Result<_, String>>()?)
        }
    };
    Ok(Value { kind, span })
}
