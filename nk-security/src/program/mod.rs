//! The policy program: for every event that can happen, the rules that must
//! grant it, as plain data.
//!
//! An event is a kind, a source class, a destination class and a method. The
//! methods of a class are numbered through: those of its first endpoint, then
//! those of the next (a *flattened* method). Bodies that are equal are one
//! tree, and class pairs with equal trees share a row, so that a table over all
//! pairs stays small.
mod dfa;
mod expr;
mod kind;
mod object;
mod profile;
mod prove;
mod rule;

pub use dfa::{Dfa, MAX_DFA};
pub(crate) use expr::word;
pub use expr::{Arithmetic, Expr, Key, Width};
pub use object::{
    Flow, HashSet, Level, MAX_CATEGORIES, MAX_DEGREES, Mic, Model, Object, StaticMap,
};
pub(crate) use object::{MAX_ARITY, index};
pub use profile::{Audited, Emit, Profile};
pub use prove::ProgramError;
pub use rule::{Alternative, Call, Choice, Read, Resource, Rule, Spelling, Started, Step, Test};

use crate::{BodyId, ClassId, ExprId, FileId, ObjectId, ProfileId, RowId, RuleId, TextId, TreeId};
use serde::{Deserialize, Serialize};

/// What happens (`docs/psl.md` §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// A request of a client.
    Request,
    /// A response of a server.
    Response,
    /// An error response of a server.
    Error,
    /// A program asks through its security interface.
    Security,
    /// A program is started.
    Execute,
}

impl Kind {
    /// The word of the policy language.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::Error => "error",
            Self::Security => "security",
            Self::Execute => "execute",
        }
    }
}

/// Where something stands in the policy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// Counts from 1.
    pub line: u32,
    /// Counts from 1, in characters.
    pub column: u32,
}

/// A policy program. Built by the compiler, carried by the solution image,
/// believed only after [`Program::prove`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Names of the policy's files as they are shown to the user, for places.
    pub files: Vec<String>,
    /// Texts that rules compare with, and names of what they read.
    pub texts: Vec<String>,
    /// Lists that expressions look something up in.
    pub lists: Vec<List>,
    /// Regular expressions.
    pub dfas: Vec<Dfa>,
    /// All different expressions; what one is made of stands before it.
    pub exprs: Vec<Expr>,
    /// Policy objects.
    pub objects: Vec<Object>,
    /// Audit profiles.
    pub profiles: Vec<Profile>,
    /// `audit default`: the profile where no other is chosen, and the initial
    /// level. Without it every denial is recorded.
    pub audit: Option<(ProfileId, u8)>,
    /// All different rule calls.
    pub rules: Vec<Rule>,
    /// All different choices; those inside of one stand before it.
    pub choices: Vec<Choice>,
    /// All different rows of rules and choices.
    pub bodies: Vec<Vec<Step>>,
    /// What decides about events.
    pub trees: Vec<Tree>,
    /// All different rows: a tree for each flattened method of a class.
    pub rows: Vec<Vec<TreeId>>,
    /// Requests, at `source class * number of classes + destination class`;
    /// rows of the destination.
    pub request: Vec<RowId>,
    /// Responses, at `source * classes + destination`; rows of the source,
    /// which is the server.
    pub response: Vec<RowId>,
    /// Error responses, like responses.
    pub error: Vec<RowId>,
    /// Program starts, at `initiator * classes + started`.
    pub execute: Vec<TreeId>,
    /// Security requests, by class; a tree for each method of its security
    /// interfaces.
    pub security: Vec<RowId>,
}

/// Values in ascending order, each once.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum List {
    /// Integers.
    Numbers(Vec<i128>),
    /// Texts, by their bytes.
    Texts(Vec<TextId>),
}

/// What decides about an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Tree {
    /// Rules in textual order; every one must grant, and there is at least one.
    Rules(BodyId),
    /// No rule is associated with the event: denied
    /// (`docs/psl.md` §7.3).
    NoRule(NoRule, Place),
}

/// Why no rule is associated with an event, and what its place shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NoRule {
    /// The binding at the place matches, but holds no rule for it.
    EmptyBinding,
    /// No binding covers it; the class is included at the place.
    NoBinding,
    /// The policy does not include a class of the event; it begins at the
    /// place.
    NotIncluded,
}

impl NoRule {
    /// As a sentence about the event.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::EmptyBinding => "no rule covers it; this binding matches but contains no rule",
            Self::NoBinding => "no rule covers it; no binding matches, the class is included here",
            Self::NotIncluded => "no rule covers it; the policy does not include its class",
        }
    }
}

impl Program {
    /// The tree of an event between two classes of `classes`; `method` is
    /// flattened, and 0 for program starts.
    #[must_use]
    pub fn tree(
        &self,
        kind: Kind,
        classes: usize,
        src: ClassId,
        dst: ClassId,
        method: usize,
    ) -> Option<TreeId> {
        let pair = src.index().checked_mul(classes)?.checked_add(dst.index())?;
        let row = match kind {
            Kind::Request => self.request.get(pair),
            Kind::Response => self.response.get(pair),
            Kind::Error => self.error.get(pair),
            Kind::Execute => return self.execute.get(pair).copied(),
            Kind::Security => self.security.get(src.index()),
        };
        self.rows.get(row?.index())?.get(method).copied()
    }

    /// A file's name.
    #[must_use]
    pub fn file(&self, id: FileId) -> &str {
        self.files.get(id.index()).map_or("?", String::as_str)
    }

    /// The rules of a body.
    #[must_use]
    pub fn body(&self, id: BodyId) -> &[Step] {
        self.bodies.get(id.index()).map_or(&[], Vec::as_slice)
    }

    /// An expression.
    #[must_use]
    pub fn expr(&self, id: ExprId) -> Option<&Expr> {
        self.exprs.get(id.index())
    }

    /// A text.
    #[must_use]
    pub fn text(&self, id: TextId) -> Option<&str> {
        self.texts.get(id.index()).map(String::as_str)
    }

    /// A rule call.
    #[must_use]
    pub fn rule(&self, id: RuleId) -> Option<&Rule> {
        self.rules.get(id.index())
    }

    /// A policy object.
    #[must_use]
    pub fn object(&self, id: ObjectId) -> Option<&Object> {
        self.objects.get(id.index())
    }

    /// Adds rules of the Base model and answers the decision that they make
    /// together, for programs made by hand. The object `base` is made with the
    /// first.
    #[must_use]
    pub fn base(&mut self, calls: &[(Call, Place)]) -> Tree {
        if self.objects.is_empty() {
            self.objects.push(Object {
                name: "base".to_owned(),
                model: Model::Base,
            });
        }
        let rule = |(call, place)| Rule {
            object: ObjectId(0),
            call,
            place,
            profile: None,
            reads: Vec::new(),
        };
        let rules = calls.iter().cloned().map(rule);
        let (first, body) = (self.rules.len(), self.bodies.len());
        self.rules.extend(rules);
        self.bodies.push(
            (first..self.rules.len())
                .filter_map(RuleId::new)
                .map(Step::Rule)
                .collect(),
        );
        Tree::Rules(BodyId::new(body).unwrap_or_default())
    }

    /// Whether a tree denies whatever the message and the states are: one of
    /// its rules is `deny ()`.
    #[must_use]
    pub fn always_denies(&self, tree: &Tree) -> bool {
        let Tree::Rules(body) = tree else { return true };
        let denies = |step: &Step| match step {
            Step::Rule(rule) => self.rule(*rule).is_some_and(|rule| rule.call == Call::Deny),
            Step::Choice(_) => false,
        };
        self.body(*body).iter().any(denies)
    }
}
