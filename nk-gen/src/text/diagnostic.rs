//! Diagnostics as values: what is wrong, where, what the other place is, what to do. Nothing here prints.
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

/// A stable number, shown as `NK` and four digits: `NK0106`. `spec/idl.md` §20 and `spec/reliability.md` §5.4 name the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u16);

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NK{:04}", self.0)
    }
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
    /// The place to look at first; `None` when the finding is about something that is in no file (a missing file).
    pub primary: Option<Label>,
    /// Other places that belong to it.
    pub others: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at `place`.
    pub fn error(code: u16, message: impl Into<String>, place: Place) -> Self {
        Self::new(Severity::Error, code, message, Some(place))
    }
    /// A warning at `place`.
    pub fn warning(code: u16, message: impl Into<String>, place: Place) -> Self {
        Self::new(Severity::Warning, code, message, Some(place))
    }
    /// A finding of any severity, with or without a place.
    pub fn new(
        severity: Severity,
        code: u16,
        message: impl Into<String>,
        place: Option<Place>,
    ) -> Self {
        let primary = place.map(|place| Label {
            place,
            text: String::new(),
        });
        Self {
            code: Code(code),
            severity,
            message: message.into(),
            primary,
            others: Vec::new(),
            help: None,
        }
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
