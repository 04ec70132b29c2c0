//! Configurations: complete, consistent and bounded (E512, E513; `spec/psl-runtime.md` §B.7, §B.9).
use super::{EntryType, Source};
use crate::diagnostic::{Diagnostic, Place};
use crate::policy::files::place;
use crate::suggest::did_you_mean;
use nk_grammar::psl::{Type, TypeKind, Value, ValueKind};
use nk_grammar::syntax::Span;
use nk_security::{Flow, HashSet, Model};

type Result<T> = std::result::Result<T, Box<Diagnostic>>;

/// Most states of a Flow object.
const MAX_STATES: usize = 1024;
/// Most words that the sets of an object take: 8 MiB, which is also the limit for all objects together.
const MAX_WORDS: u64 = 1 << 20;
const FLOW: u16 = 512;
const SET: u16 = 513;

impl Source<'_> {
    /// `type State = "a" | "b"  config = { states, initial, transitions }`
    pub(super) fn flow(&self) -> Result<Flow> {
        let [states, initial, transitions] = self.config(["states", "initial", "transitions"], FLOW)?;
        let names = self.texts(states)?;
        self.check_states(&names, states.span)?;
        let number = |name: &str, span| self.state(&names, name, span);
        let start = number(self.text(initial)?, initial.span)?;
        let mut table = vec![Vec::new(); names.len()];
        let ValueKind::Dictionary(entries) = &transitions.kind else {
            return Err(Box::new(
                self.flow_error("`transitions` is `{ \"state\" : [\"state\", …], … }`", transitions.span),
            ));
        };
        for entry in entries {
            let from = usize::from(number(&entry.key.text, entry.key.span)?);
            for to in self.list(&entry.value)? {
                let to = number(self.text(to)?, to.span)?;
                table[from].push(to);
            }
        }
        Ok(Flow { states: names.into_iter().map(str::to_owned).collect(), initial: start, transitions: table })
    }

    /// The states of `config` are those of the type, each once.
    fn check_states(&self, names: &[&str], span: Span) -> Result<()> {
        if names.is_empty() || names.len() > MAX_STATES {
            return Err(Box::new(self.flow_error(&format!("a Flow object has 1 to {MAX_STATES} states"), span)));
        }
        if let Some(twice) = names.iter().enumerate().find_map(|(at, name)| names[..at].contains(name).then_some(name))
        {
            return Err(Box::new(self.flow_error(&format!("state `{twice}` stands twice"), span)));
        }
        // old policies call the type `States` (§A.4)
        let declared = self.types.iter().find(|(name, _)| matches!(name.text.as_str(), "State" | "States"));
        let Some((_, declared)) = declared else {
            let message = format!("policy object `{}` has no `type State`", self.name.text);
            let help = "add `type State = \"…\" | \"…\"` with all states";
            return Err(Box::new(Diagnostic::error(FLOW, message, place(self.file, self.name.span)).help(help)));
        };
        let of_type = literals(declared);
        let same = of_type.len() == names.len() && names.iter().all(|name| of_type.contains(name));
        if same {
            return Ok(());
        }
        let finding = Diagnostic::error(FLOW, "`states` and `type State` differ", place(self.file, span));
        Err(Box::new(finding.other(place(self.file, declared.span), "the type").help("name the same states in both")))
    }

    fn state(&self, names: &[&str], name: &str, span: Span) -> Result<u16> {
        let at = names.iter().position(|known| *known == name).and_then(|at| u16::try_from(at).ok());
        at.ok_or_else(|| {
            let help = did_you_mean(name, names.iter().copied());
            let help = help.unwrap_or_else(|| format!("the states are {}", quoted(names)));
            let finding = Diagnostic::error(FLOW, format!("unknown state `{name}`"), place(self.file, span));
            Box::new(finding.help(help))
        })
    }

    /// `type Entry = …  config = { set_size, pool_size }`
    pub(super) fn hash_set(&self) -> Result<(Model, EntryType)> {
        let Some((_, entry)) = self.types.iter().find(|(name, _)| name.text == "Entry") else {
            let message = format!("policy object `{}` has no `type Entry`", self.name.text);
            let finding = Diagnostic::error(SET, message, place(self.file, self.name.span));
            return Err(Box::new(finding.help("add `type Entry = UInt32`, or what the set shall hold")));
        };
        let entry = EntryType::read(entry, self.file)?;
        let [set_size, pool_size] = self.config(["set_size", "pool_size"], SET)?;
        let (sets, size) = (self.size(pool_size)?, self.size(set_size)?);
        let words = u64::from(sets).saturating_mul(u64::from(size)).saturating_mul(u64::from(entry.arity()));
        if words > MAX_WORDS {
            let message = format!("the sets would take {words} words; the limit is {MAX_WORDS}");
            let finding = Diagnostic::error(SET, message, place(self.file, set_size.span));
            return Err(Box::new(finding.help("make `set_size` or `pool_size` smaller")));
        }
        Ok((Model::HashSet(HashSet { set_size: size, pool_size: sets, arity: entry.arity() }), entry))
    }

    fn size(&self, value: &Value) -> Result<u32> {
        let number = match value.kind {
            ValueKind::Integer(Some(number)) => u32::try_from(number).ok(),
            _ => None,
        };
        number.filter(|number| *number > 0).ok_or_else(|| {
            let message = "a size is a number from 1 to 4294967295";
            Box::new(Diagnostic::error(SET, message, place(self.file, value.span)))
        })
    }

    /// The entries of the configuration with these names; there are no others.
    fn config<const N: usize>(&self, names: [&str; N], code: u16) -> Result<[&Value; N]> {
        let here = place(self.file, self.name.span);
        let error = |message: String, place: Place| {
            Box::new(Diagnostic::new(crate::diagnostic::Severity::Error, code, message, Some(place)))
        };
        let entries = match self.config.as_ref().map(|config| &config.kind) {
            Some(ValueKind::Dictionary(entries)) => entries.as_slice(),
            _ => &[],
        };
        if let Some(other) = entries.iter().find(|entry| !names.contains(&entry.key.text.as_str())) {
            let message = format!("`config` has no entry `{}` here", other.key.text);
            let help = did_you_mean(&other.key.text, names);
            let help = help.unwrap_or_else(|| format!("its entries are {}", quoted(&names)));
            return Err(Box::new(error(message, place(self.file, other.key.span)).help(help)));
        }
        let mut found = Vec::with_capacity(N);
        for name in names {
            let Some(entry) = entries.iter().find(|entry| entry.key.text == name) else {
                let message = format!("the configuration of policy object `{}` has no `{name}`", self.name.text);
                let help = format!("write `config = {{ {} }}`", names.map(|name| format!("{name} : …")).join(", "));
                return Err(Box::new(error(message, here).help(help)));
            };
            found.push(&entry.value);
        }
        found.try_into().map_err(|_| error("incomplete configuration".to_owned(), here))
    }

    fn list<'v>(&self, value: &'v Value) -> Result<&'v [Value]> {
        match &value.kind {
            ValueKind::List(values) => Ok(values),
            _ => Err(Box::new(self.flow_error("expected a list of states, `[\"…\", …]`", value.span))),
        }
    }

    fn texts<'v>(&self, value: &'v Value) -> Result<Vec<&'v str>> {
        self.list(value)?.iter().map(|value| self.text(value)).collect()
    }

    fn text<'v>(&self, value: &'v Value) -> Result<&'v str> {
        match &value.kind {
            ValueKind::Text(text) => Ok(text),
            _ => Err(Box::new(self.flow_error("expected the name of a state, `\"…\"`", value.span))),
        }
    }

    fn flow_error(&self, message: &str, span: Span) -> Diagnostic {
        Diagnostic::error(FLOW, message, place(self.file, span))
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

/// Names in backticks, with commas.
pub(crate) fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
