//! Finds names that are used twice in one list.
//!
//! Shared by everything that has a list of names: the declarations of a
//! package, fields, methods, parameters, endpoints, instances. The first of two
//! equal names is the one that counts.
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use crate::text::source::FileId;
use nk_grammar::syntax::Name;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// One finding for each name that stands in the list before, with both places.
/// `what` begins the message: ``method `Get` is declared twice``.
pub(crate) fn duplicates<'n>(
    code: Code,
    what: &str,
    file: FileId,
    names: impl IntoIterator<Item = &'n Name>,
) -> Vec<Diagnostic> {
    let mut first: HashMap<&str, &Name> = HashMap::new();
    let mut findings = Vec::new();
    for name in names {
        match first.entry(&name.text) {
            Entry::Occupied(first) => findings.push(duplicate(code, what, file, first.get(), name)),
            Entry::Vacant(free) => {
                free.insert(name);
            }
        }
    }
    findings
}

/// The finding about a name that was declared before.
fn duplicate(code: Code, what: &str, file: FileId, first: &Name, again: &Name) -> Diagnostic {
    let message = format!("{what} `{}` is declared twice", again.text);
    Diagnostic::new(code, message, Place::new(file, again.span))
        .label("again here")
        .other(Place::new(file, first.span), "first here")
}
