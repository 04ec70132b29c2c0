//! What all configurations have in common: they are complete, without entries
//! that mean nothing. A misspelled entry that was ignored would leave a policy
//! weaker than it reads.
use super::Source;
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use crate::text::suggest::did_you_mean;
use crate::text::suggest::quoted;
use nk_grammar::psl::{Entry, Value, ValueKind};
use nk_grammar::syntax::Span;

/// A value, or the finding about it; the finding is large, and rare.
pub(super) type Result<T> = std::result::Result<T, Box<Diagnostic>>;

impl Source<'_> {
    /// The values of the configuration's entries with these names, in their
    /// order; there are no others, and each is there once. `code` is that of
    /// the model.
    pub(super) fn config<const N: usize>(
        &self,
        names: [&str; N],
        code: Code,
    ) -> Result<[&Value; N]> {
        let entries = match self.config.as_ref().map(|config| &config.kind) {
            Some(ValueKind::Dictionary(entries)) => entries.as_slice(),
            _ => &[],
        };
        self.check_names(entries, &names, code)?;
        let mut found = Vec::with_capacity(N);
        for name in names {
            match entries.iter().find(|entry| entry.key.text == name) {
                Some(entry) => found.push(&entry.value),
                None => return Err(Box::new(self.missing_entry(name, &names, code))),
            }
        }
        found
            .try_into()
            .map_err(|_| Box::new(self.error(code, "incomplete configuration", self.name.span)))
    }

    /// Refuses entries of other names, and duplicates.
    fn check_names(&self, entries: &[Entry], names: &[&str], code: Code) -> Result<()> {
        for (at, entry) in entries.iter().enumerate() {
            let (name, span) = (&entry.key.text, entry.key.span);
            if !names.contains(&name.as_str()) {
                let message = format!("`config` has no entry `{name}` here");
                let help = did_you_mean(name, names.iter().copied());
                let help = help.unwrap_or_else(|| format!("its entries are {}", quoted(names)));
                return Err(Box::new(self.error(code, message, span).help(help)));
            }
            if entries.iter().take(at).any(|other| other.key.text == *name) {
                let message = format!("duplicate entry `{name}` in `config`");
                return Err(Box::new(self.error(code, message, span).help("remove one")));
            }
        }
        Ok(())
    }

    /// An entry that the configuration lacks, with the whole form as help.
    fn missing_entry(&self, name: &str, names: &[&str], code: Code) -> Diagnostic {
        let object = &self.name.text;
        let message = format!("the configuration of policy object `{object}` has no `{name}`");
        let form: Vec<String> = names.iter().map(|name| format!("{name} : …")).collect();
        let help = format!("write `config = {{ {} }}`", form.join(", "));
        self.error(code, message, self.name.span).help(help)
    }

    /// The items of what must be a list. `of` says what it lists.
    pub(super) fn list<'v>(&self, value: &'v Value, of: &str, code: Code) -> Result<&'v [Value]> {
        match &value.kind {
            ValueKind::List(values) => Ok(values),
            _ => Err(Box::new(self.error(
                code,
                format!("expected a list of {of}, `[\"…\", …]`"),
                value.span,
            ))),
        }
    }

    /// The texts of what must be a list of texts.
    pub(super) fn texts<'v>(&self, value: &'v Value, of: &str, code: Code) -> Result<Vec<&'v str>> {
        self.list(value, of, code)?
            .iter()
            .map(|value| self.text(value, "a name", code))
            .collect()
    }

    /// The text of what must be one.
    pub(super) fn text<'v>(&self, value: &'v Value, what: &str, code: Code) -> Result<&'v str> {
        match &value.kind {
            ValueKind::Text(text) => Ok(text),
            _ => Err(Box::new(self.error(
                code,
                format!("expected {what} in quotes, `\"…\"`"),
                value.span,
            ))),
        }
    }

    /// A finding in the declaration's file.
    pub(super) fn error(&self, code: Code, message: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic::new(code, message, Place::new(self.file, span))
    }
}
