//! The configuration of a Flow object: `type State = "a" | "b"  config = {
//! states, initial, transitions }` (E512; `spec/psl-runtime.md` §B.9).
use super::Source;
use super::config::Result;
use crate::options::limits::raise;
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use crate::text::suggest::did_you_mean;
use crate::text::suggest::quoted;
use nk_grammar::psl::{Type, TypeKind, ValueKind};
use nk_grammar::syntax::Span;
use nk_security::Flow;
use std::collections::HashMap;

/// States by their names.
type States<'v> = HashMap<&'v str, u16>;

impl Source<'_> {
    pub(super) fn flow(&self) -> Result<Flow> {
        let [states, initial, transitions] =
            self.config(["states", "initial", "transitions"], Code::FLOW_STATES)?;
        let names = self.texts(states, "states", Code::FLOW_STATES)?;
        let known = self.check_states(&names, states.span)?;
        let start = self.state(
            &known,
            self.text(initial, "a state", Code::FLOW_STATES)?,
            initial.span,
        )?;
        let mut table = vec![Vec::new(); names.len()];
        let ValueKind::Dictionary(entries) = &transitions.kind else {
            let message = "`transitions` is `{ \"state\" : [\"state\", …], … }`";
            return Err(Box::new(self.error(
                Code::FLOW_STATES,
                message,
                transitions.span,
            )));
        };
        let mut from: Vec<u16> = Vec::new();
        for entry in entries {
            let state = self.state(&known, &entry.key.text, entry.key.span)?;
            if from.contains(&state) {
                let message = format!("duplicate transitions for state `{}`", entry.key.text);
                return Err(Box::new(
                    self.error(Code::FLOW_STATES, message, entry.key.span)
                        .help("write one list"),
                ));
            }
            from.push(state);
            for to in self.list(&entry.value, "states", Code::FLOW_STATES)? {
                let to = self.state(
                    &known,
                    self.text(to, "a state", Code::FLOW_STATES)?,
                    to.span,
                )?;
                if let Some(row) = table
                    .get_mut(usize::from(state))
                    .filter(|row| !row.contains(&to))
                {
                    row.push(to);
                }
            }
        }
        Ok(Flow {
            states: names.into_iter().map(str::to_owned).collect(),
            initial: start,
            transitions: table,
        })
    }

    /// The states of `config` are those of the type, each once.
    fn check_states<'v>(&self, names: &[&'v str], span: Span) -> Result<States<'v>> {
        if names.is_empty() {
            return Err(Box::new(self.error(
                Code::FLOW_STATES,
                "a Flow object has at least one state",
                span,
            )));
        }
        if names.len() as u64 > self.most_states {
            let message = format!(
                "{} states are more than the limit of {}",
                names.len(),
                self.most_states
            );
            let help = format!(
                "let several objects remember what is independent, or {}",
                raise("flow-states")
            );
            return Err(Box::new(
                self.error(Code::POLICY_TOO_LARGE, message, span).help(help),
            ));
        }
        let mut known = States::new();
        for (name, number) in names.iter().zip(0..) {
            if known.insert(name, number).is_some() {
                return Err(Box::new(self.error(
                    Code::FLOW_STATES,
                    format!("duplicate state `{name}`"),
                    span,
                )));
            }
            if name.is_empty() || name.contains(char::is_control) {
                let message = "a state has a name without control characters";
                return Err(Box::new(self.error(Code::FLOW_STATES, message, span)));
            }
        }
        // old policies call the type `States` (§A.4)
        let declared = self
            .types
            .iter()
            .find(|(name, _)| matches!(name.text.as_str(), "State" | "States"));
        let Some((_, declared)) = declared else {
            let message = format!("policy object `{}` has no `type State`", self.name.text);
            let help = "add `type State = \"…\" | \"…\"` with all states";
            return Err(Box::new(
                self.error(Code::FLOW_STATES, message, self.name.span)
                    .help(help),
            ));
        };
        let of_type = literals(declared);
        let same =
            of_type.len() == names.len() && of_type.iter().all(|name| known.contains_key(name));
        if same {
            return Ok(known);
        }
        let finding = self.error(Code::FLOW_STATES, "`states` and `type State` differ", span);
        Err(Box::new(
            finding
                .other(Place::new(self.file, declared.span), "the type")
                .help("name the same states in both"),
        ))
    }

    fn state(&self, known: &States<'_>, name: &str, span: Span) -> Result<u16> {
        known.get(name).copied().ok_or_else(|| {
            let mut names: Vec<&str> = known.keys().copied().collect();
            names.sort_unstable();
            let help = did_you_mean(name, names.iter().copied());
            let help = help.unwrap_or_else(|| format!("the states are {}", quoted(&names)));
            Box::new(
                Diagnostic::new(
                    Code::FLOW_STATES,
                    format!("unknown state `{name}`"),
                    Place::new(self.file, span),
                )
                .help(help),
            )
        })
    }
}

/// The texts of a variant type.
fn literals(ty: &Type) -> Vec<&str> {
    match &ty.kind {
        TypeKind::Text(text) => vec![text],
        TypeKind::Variant(types) => types.iter().flat_map(literals).collect(),
        _ => Vec::new(),
    }
}
