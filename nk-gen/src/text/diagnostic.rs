//! Diagnostics as values: what is wrong, where, what the other place is, what
//! to do. Nothing here prints.
use crate::text::codes::Code;
use crate::text::source::FileId;
use nk_grammar::syntax::Span;

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The bytes.
    pub span: Span,
}

impl Place {
    /// These bytes of this file.
    #[must_use]
    pub const fn new(file: FileId, span: Span) -> Self {
        Self { file, span }
    }
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing to mend.
    Note,
    /// Legal, but probably not meant or not wise.
    Warning,
    /// Nothing is produced.
    Error,
}

/// A place with a few words under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub place: Place,
    /// A few lower-case words; empty when the message says it all.
    pub text: String,
}

/// What a pass found wrong.
pub(crate) type Findings = Vec<Diagnostic>;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which rule.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// What is wrong: lower case, names in backticks, no full stop.
    pub message: String,
    /// The place to look at first; `None` when the finding is about something
    /// that is in no file (a missing file).
    pub primary: Option<Label>,
    /// Other places that belong to it.
    pub others: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A finding of the severity that the table has for it, at a place or, for
    /// something that is in no file, without one.
    pub fn new(code: Code, message: impl Into<String>, place: impl Into<Option<Place>>) -> Self {
        let primary = place.into().map(|place| Label {
            place,
            text: String::new(),
        });
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            primary,
            others: Vec::new(),
            help: None,
        }
    }
    /// Makes it better or worse than the table says.
    #[must_use]
    pub const fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
    /// Puts words under the primary place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        if let Some(primary) = &mut self.primary {
            primary.text = text.into();
        }
        self
    }
    /// Adds another place.
    #[must_use]
    pub fn other(mut self, place: Place, text: impl Into<String>) -> Self {
        self.others.push(Label {
            place,
            text: text.into(),
        });
        self
    }
    /// Says what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
}
