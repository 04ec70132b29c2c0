//! Values that rules read, as JSON; in a sentence they look the same.
//!
//! A number beyond 2⁵³ is a text, as many readers of JSON would round it. A
//! text that was cut ends with `…`. States and levels have the names that the
//! policy gives them.
use super::Quoted;
use crate::{Level, Mic, Program, TracedValue};
use core::fmt;

/// A value with the program that gives states and levels their names.
pub(super) struct Shows<'p> {
    pub(super) program: &'p Program,
    pub(super) value: &'p TracedValue,
}

impl fmt::Display for Shows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let model = |object| self.program.object(object).map(|object| &object.model);
        match self.value {
            // what a reader of JSON may take for a rounded number is a text
            TracedValue::Number(number) if number.unsigned_abs() > 1 << 53 => {
                write!(f, "\"{number}\"")
            }
            TracedValue::Number(number) => write!(f, "{number}"),
            TracedValue::Truth(truth) => write!(f, "{truth}"),
            TracedValue::Text { text, cut: false } => Quoted(text).fmt(f),
            TracedValue::Text { text, cut: true } => Quoted(&format!("{text}…")).fmt(f),
            TracedValue::State(object, state) => {
                let flow = model(*object).and_then(|model| model.flow());
                let name = flow.and_then(|flow| flow.states.get(usize::from(*state)));
                Quoted(name.map_or("?", String::as_str)).fmt(f)
            }
            TracedValue::Level(object, level) => {
                let mic = model(*object).and_then(|model| model.mic());
                Quoted(&mic.map_or_else(|| "?".to_owned(), |mic| mic.shown(*level))).fmt(f)
            }
            TracedValue::Failed(cause) => write!(f, "{{\"failed\":{}}}", Quoted(cause.text())),
        }
    }
}

impl Mic {
    /// A level as people write it: `HIGH`, `high {net, log}`.
    #[must_use]
    pub fn shown(&self, level: Level) -> String {
        let degree = self
            .degrees
            .get(usize::from(level.degree()))
            .map_or("?", String::as_str);
        if self.categories.is_empty() {
            return degree.to_owned();
        }
        let has = |at: usize| {
            u32::try_from(at)
                .is_ok_and(|at| level.categories().checked_shr(at).unwrap_or(0) & 1 == 1)
        };
        let names = self
            .categories
            .iter()
            .enumerate()
            .filter(|(at, _)| has(*at))
            .map(|(_, name)| name.as_str());
        format!("{degree} {{{}}}", names.collect::<Vec<_>>().join(", "))
    }
}
