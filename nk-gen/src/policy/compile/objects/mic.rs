//! The configuration of a Mic object (E519; `docs/psl.md` §9.10):
//! degrees alone, `config = ["LOW", "HIGH"]`, or `config = { degrees : […],
//! categories : […] }`.
//!
//! Degrees are numbered from the lowest; categories are bits.
use super::Source;
use super::config::Result;
use crate::text::codes::Code;
use nk_grammar::psl::{Value, ValueKind};
use nk_security::{MAX_CATEGORIES, Mic};

/// Most degrees: a policy names each of them.
const MAX_DEGREES: usize = 1024;

impl Source<'_> {
    /// Reads the configuration. There is no type to choose.
    pub(super) fn mic(&self) -> Result<Mic> {
        if let Some((name, _)) = self.types.first() {
            let message = format!("policy object `{}` has no type to choose", self.name.text);
            return Err(Box::new(
                self.error(Code::INTEGRITY_LEVELS, message, name.span)
                    .help("remove it"),
            ));
        }
        let list = self
            .config
            .as_ref()
            .filter(|config| matches!(config.kind, ValueKind::List(_)));
        if let Some(degrees) = list {
            return Ok(Mic {
                degrees: self.names(degrees, "degree", 1, MAX_DEGREES)?,
                categories: Vec::new(),
            });
        }
        let [degrees, categories] =
            self.config(["degrees", "categories"], Code::INTEGRITY_LEVELS)?;
        Ok(Mic {
            degrees: self.names(degrees, "degree", 1, MAX_DEGREES)?,
            categories: self.names(categories, "category", 0, MAX_CATEGORIES)?,
        })
    }

    /// Names, each once; from `least` to `most` of them. `what` says of what.
    fn names(&self, value: &Value, what: &str, least: usize, most: usize) -> Result<Vec<String>> {
        let names = self.texts(value, "names", Code::INTEGRITY_LEVELS)?;
        if names.len() < least || names.len() > most {
            let message = format!("expected {least} to {most} names, found {}", names.len());
            return Err(Box::new(self.error(
                Code::INTEGRITY_LEVELS,
                message,
                value.span,
            )));
        }
        for (at, name) in names.iter().enumerate() {
            if name.is_empty() || name.contains(char::is_control) {
                let message = format!("a {what} has a name without control characters");
                return Err(Box::new(self.error(
                    Code::INTEGRITY_LEVELS,
                    message,
                    value.span,
                )));
            }
            if names.iter().take(at).any(|other| other == name) {
                return Err(Box::new(self.error(
                    Code::INTEGRITY_LEVELS,
                    format!("duplicate {what} `{name}`"),
                    value.span,
                )));
            }
        }
        Ok(names.into_iter().map(str::to_owned).collect())
    }
}
