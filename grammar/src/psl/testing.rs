//! Tests of the policy language: part of the tree of [`crate::psl`]
//! (`docs/psl.md` §10).
//!
//! `nk-gen test` runs them against the compiled policy.
use crate::psl::{Event, Selector, Value};
use crate::syntax::{Name, Span};

/// `assert "name" { setup { … } sequence "name" { … } finally { … } }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestSet {
    /// Its name.
    pub name: Option<Text>,
    /// What runs before every sequence.
    ///
    /// Their decisions are expected to be as written, as those of a test are.
    pub setup: Vec<Case>,
    /// The tests.
    pub sequences: Vec<Sequence>,
    /// What runs after every sequence.
    pub finally: Vec<Case>,
}

/// A text literal without quotes and escapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    /// Its name.
    pub name: Option<Text>,
    /// Events in order.
    pub cases: Vec<Case>,
    /// The whole sequence.
    pub span: Span,
}

/// An event and what is expected of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What is expected; a grant when nothing is said.
    pub expect: Expect,
    /// What it is about.
    pub title: Option<Text>,
    /// The variable that holds the started process.
    ///
    /// `c <- execute dst=a.Client`: later cases name the process by it.
    pub variable: Option<Name>,
    /// The kind of event.
    pub event: Event,
    /// Who, whom and what; the short forms are written out.
    pub selectors: Vec<Selector>,
    /// Fields of the message that are not zero or empty.
    pub fields: Option<Value>,
    /// The whole case.
    pub span: Span,
}

/// The expected decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expect {
    /// It must be granted.
    Grant,
    /// It must be denied.
    Deny,
    /// It must be decided.
    Any,
}
