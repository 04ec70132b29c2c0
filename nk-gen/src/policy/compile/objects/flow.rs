//! The configuration of a Flow object (E512; `docs/psl.md` §9.9).
//!
//! ```text
//! type State = "a" | "b"
//! config = { states : ["a", "b"], initial : "a", transitions : { "a" : ["b"] } }
//! ```
//!
//! States are numbered in the order of `states`. A transition that is not
//! listed is refused at run time.
use super::Source;
use super::config::Result;
use crate::options::limits::raise;
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use crate::text::suggest::did_you_mean;
use crate::text::suggest::quoted;
use nk_grammar::psl::{Type, TypeKind, Value, ValueKind};
use nk_grammar::syntax::Span;
use nk_security::Flow;
use std::collections::HashMap;

/// States by their names: the number of each.
type States<'v> = HashMap<&'v str, u16>;

impl Source<'_> {
    /// Reads the configuration.
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
        let transitions = self.transitions(&known, transitions)?;
        Ok(Flow {
            states: names.into_iter().map(str::to_owned).collect(),
            initial: start,
            transitions,
        })
    }

    /// `{ "from" : ["to", …], … }`: one list of states for each state, empty
    /// where the policy gives none.
    fn transitions(&self, known: &States<'_>, value: &Value) -> Result<Vec<Vec<u16>>> {
        let ValueKind::Dictionary(entries) = &value.kind else {
            let message = "`transitions` is `{ \"state\" : [\"state\", …], … }`";
            return Err(Box::new(self.error(Code::FLOW_STATES, message, value.span)));
        };
        let mut table = vec![Vec::new(); known.len()];
        let mut from: Vec<u16> = Vec::new();
        for entry in entries {
            let state = self.state(known, &entry.key.text, entry.key.span)?;
            if from.contains(&state) {
                let message = format!("duplicate transitions for state `{}`", entry.key.text);
                let finding = self.error(Code::FLOW_STATES, message, entry.key.span);
                return Err(Box::new(finding.help("write one list")));
            }
            from.push(state);
            if let Some(row) = table.get_mut(usize::from(state)) {
                *row = self.targets(known, &entry.value)?;
            }
        }
        Ok(table)
    }

    /// The states that one state may be left for, each once.
    fn targets(&self, known: &States<'_>, value: &Value) -> Result<Vec<u16>> {
        let mut targets = Vec::new();
        for to in self.list(value, "states", Code::FLOW_STATES)? {
            let name = self.text(to, "a state", Code::FLOW_STATES)?;
            let to = self.state(known, name, to.span)?;
            if !targets.contains(&to) {
                targets.push(to);
            }
        }
        Ok(targets)
    }

    /// The states of `config` are those of the type, each once.
    fn check_states<'v>(&self, names: &[&'v str], span: Span) -> Result<States<'v>> {
        self.check_state_count(names.len(), span)?;
        let mut known = States::new();
        for (name, number) in names.iter().zip(0..) {
            if known.insert(name, number).is_some() {
                let message = format!("duplicate state `{name}`");
                return Err(Box::new(self.error(Code::FLOW_STATES, message, span)));
            }
            if name.is_empty() || name.contains(char::is_control) {
                let message = "a state has a name without control characters";
                return Err(Box::new(self.error(Code::FLOW_STATES, message, span)));
            }
        }
        self.check_state_type(&known, span)?;
        Ok(known)
    }

    /// At least one state, and no more than the limit (E520).
    fn check_state_count(&self, count: usize, span: Span) -> Result<()> {
        let most = self.most_states;
        if count == 0 {
            let message = "a Flow object has at least one state";
            return Err(Box::new(self.error(Code::FLOW_STATES, message, span)));
        }
        if count as u64 <= most {
            return Ok(());
        }
        let message = format!("{count} states are more than the limit of {most}");
        let help = format!(
            "let several objects remember what is independent, or {}",
            raise("flow-states")
        );
        let finding = self.error(Code::POLICY_TOO_LARGE, message, span);
        Err(Box::new(finding.help(help)))
    }

    /// `type State` names the same states as the configuration. Old policies
    /// call the type `States` (`docs/psl.md` §4).
    fn check_state_type(&self, known: &States<'_>, span: Span) -> Result<()> {
        let mut types = self.types.iter();
        let declared = types.find(|(name, _)| matches!(name.text.as_str(), "State" | "States"));
        let Some((_, declared)) = declared else {
            let message = format!("policy object `{}` has no `type State`", self.name.text);
            let finding = self.error(Code::FLOW_STATES, message, self.name.span);
            let help = "add `type State = \"…\" | \"…\"` with all states";
            return Err(Box::new(finding.help(help)));
        };
        let of_type = literals(declared);
        if of_type.len() == known.len() && of_type.iter().all(|name| known.contains_key(name)) {
            return Ok(());
        }
        let finding = self.error(Code::FLOW_STATES, "`states` and `type State` differ", span);
        let there = Place::new(self.file, declared.span);
        let finding = finding.other(there, "the type");
        Err(Box::new(finding.help("name the same states in both")))
    }

    /// The number of a state; E512 with a near name when there is none.
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

/// The texts of a variant type, `"a" | "b"`.
fn literals(ty: &Type) -> Vec<&str> {
    match &ty.kind {
        TypeKind::Text(text) => vec![text],
        TypeKind::Variant(types) => types.iter().flat_map(literals).collect(),
        _ => Vec::new(),
    }
}
