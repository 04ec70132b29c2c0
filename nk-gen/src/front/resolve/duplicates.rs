//! Finds names that are used twice in one list.
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use crate::text::source::FileId;
use nk_grammar::syntax::Name;
use std::collections::HashMap;

/// One finding for each name that stands in the list before, with both places.
pub(crate) fn duplicates<'n>(
    code: Code,
    what: &str,
    file: FileId,
    names: impl IntoIterator<Item = &'n Name>,
) -> Vec<Diagnostic> {
    let mut first: HashMap<&str, &Name> = HashMap::new();
    let mut findings = Vec::new();
    for name in names {
        if let Some(first) = first.get(name.text.as_str()) {
            let message = format!("{what} `{}` is declared twice", name.text);
            let finding = Diagnostic::new(
                code,
                message,
                Place {
                    file,
                    span: name.span,
                },
            )
            .label("again here");
            findings.push(finding.other(
                Place {
                    file,
                    span: first.span,
                },
                "first here",
            ));
        } else {
            first.insert(&name.text, name);
        }
    }
    findings
}
