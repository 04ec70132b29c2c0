//! The syntax tree of PSL, the policy language: plain data, a byte span on
//! every node (`docs/psl.md` §1–§8).
//!
//! The tree holds values, types and tests as they are written; what they mean
//! is said by the part of the compiler that knows the models.
//!
//! [`crate::parse_psl`] makes it. It is also printed again ([`Value`] as text, in decision traces), and moved when the text was made out of a template ([`Policy::relocate`]).
mod print;
mod relocate;
mod testing;
mod values;

use crate::syntax::{Comment, Name, QName, Span};

pub use testing::{Case, Expect, Sequence, TestSet, Text};
pub use values::{Entry, Operator, Prefix, Type, TypeKind, Value, ValueKind};

/// One `.psl` file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Declarations in order; the language allows any.
    pub declarations: Vec<Declaration>,
    /// All comments of the file, in order.
    pub comments: Vec<Comment>,
}

/// A declaration at the top level of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// What is declared.
    pub kind: DeclarationKind,
    /// The whole declaration.
    pub span: Span,
}

/// Kinds of declarations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeclarationKind {
    /// `execute: kl.core.Execute`
    Execute(QName),
    /// `use a.b._`: the name without its ending
    ///
    /// Another policy file, whose declarations are taken in.
    Use(QName),
    /// `use EDL a.Class`
    ///
    /// The description of a process class, which is what makes it known to the
    /// policy.
    UseEdl(QName),
    /// `task class Alias : a.Class`
    TaskClass {
        /// The name for the policy.
        alias: QName,
        /// The process class it stands for.
        class: QName,
    },
    /// `request src=A dst=B { … }` and the like
    Binding(Binding),
    /// `policy object name : Model { … }`
    PolicyObject {
        /// The object.
        name: Name,
        /// Its model.
        model: Name,
        /// `type name = type`, in order.
        types: Vec<(Name, Type)>,
        /// `config = value`
        config: Option<Value>,
    },
    /// `audit default = profile level`
    AuditDefault {
        /// The profile.
        profile: Name,
        /// The initial level.
        level: Value,
    },
    /// `audit profile name = { … }`
    AuditProfile {
        /// The profile.
        name: Name,
        /// Levels, objects and options: a dictionary.
        levels: Value,
    },
    /// `assert "name" { … }`: tests
    TestSet(TestSet),
}

/// Statements for all events that fit the selectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The kind of event.
    pub event: Event,
    /// The word that names it.
    pub event_span: Span,
    /// What the event must fit.
    ///
    /// None means every event of the kind.
    pub selectors: Vec<Selector>,
    /// What decides.
    pub block: Block,
}

/// Kinds of events (`docs/psl.md` §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Event {
    /// A message from a client to a server.
    Request,
    /// The answer.
    Response,
    /// The answer that says that the method failed.
    Error,
    /// A question that a process asks the security module.
    Security,
    /// The start of a process.
    Execute,
}

impl Event {
    /// The word in the language.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::Error => "error",
            Self::Security => "security",
            Self::Execute => "execute",
        }
    }
}

/// `key=value`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// What is compared.
    pub key: SelectorKey,
    /// Where the key stands.
    pub key_span: Span,
    /// The name it must have.
    pub value: QName,
}

/// What a selector compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SelectorKey {
    /// The process class that sends or starts.
    Src,
    /// The process class that receives or is started.
    Dst,
    /// The package of the endpoint's interface.
    Interface,
    /// The component that declares the endpoint.
    Component,
    /// The path of instances and the endpoint's name.
    Endpoint,
    /// The method.
    Method,
}

impl SelectorKey {
    /// The word in the language.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Src => "src",
            Self::Dst => "dst",
            Self::Interface => "interface",
            Self::Component => "component",
            Self::Endpoint => "endpoint",
            Self::Method => "method",
        }
    }
}

/// `{ … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// `audit profile` as the first statement.
    ///
    /// Without one the profile of the block around it, or the default, holds.
    pub audit: Option<Name>,
    /// Statements in order.
    pub statements: Vec<Statement>,
    /// The braces and what is between them.
    pub span: Span,
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// The whole statement.
    pub span: Span,
}

/// Kinds of statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementKind {
    /// `match selectors { … }`
    Match {
        /// What the event must fit besides the enclosing selectors.
        selectors: Vec<Selector>,
        /// What decides then.
        block: Block,
    },
    /// `choice (value) { key : … }`
    Choice {
        /// What selects.
        selector: Value,
        /// Alternatives in order.
        alternatives: Vec<Alternative>,
    },
    /// `rule argument` or `object.rule argument`
    Rule {
        /// The rule, with its object in front if one is named.
        name: QName,
        /// Its argument.
        argument: Value,
    },
}

/// `key : { … }` or `key : statement` of a `choice`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// What the selecting value must be: a literal, or the path `_` for any.
    pub key: Value,
    /// What decides then. A single statement is a block of one.
    pub block: Block,
}
