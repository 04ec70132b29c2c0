//! Diagnostics as values: what is wrong, where, what the other place is, what
//! to do. Nothing here prints.
//!
//! A pass returns or collects them and goes on; whether an error stops the run
//! is decided when all passes are done, in `crate::analysis`. How a message is
//! worded: lower case, names in backticks, no full stop, the mistake in the
//! message, the remedy in the help.
use crate::text::codes::Code;
use crate::text::source::FileId;
use nk_grammar::syntax::Span;

/// A place in a file.
///
/// It stays valid for a whole run: a run has one
/// [`Sources`](crate::text::source::Sources), and texts are only added to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The bytes.
    ///
    /// Offsets of whole characters; empty for a place between two tokens.
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
    ///
    /// Shown only beside what was asked for; never changes an exit code.
    Note,
    /// Legal, but probably not meant or not wise.
    ///
    /// The result is produced all the same.
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
    ///
    /// It stands below the underlined part of the line.
    pub text: String,
}

/// What a pass found wrong.
pub(crate) type Findings = Vec<Diagnostic>;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which rule.
    ///
    /// It decides the number that is shown and the page of `nk-gen explain`.
    pub code: Code,
    /// How bad.
    ///
    /// As the table says, unless [`Diagnostic::severity`] was called.
    pub severity: Severity,
    /// What is wrong: lower case, names in backticks, no full stop.
    pub message: String,
    /// The place to look at first; `None` when the finding is about something
    /// that is in no file (a missing file).
    pub primary: Option<Label>,
    /// Other places that belong to it.
    ///
    /// The first of two declarations of one name, the declaration of what is
    /// used wrongly. They may be in other files.
    pub others: Vec<Label>,
    /// What to do.
    ///
    /// One line: a suggestion of a similar name, an edit, or an option.
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
