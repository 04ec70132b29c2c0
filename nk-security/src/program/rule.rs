//! Rule calls and choices: the steps of a decision (`spec/psl-runtime.md` §A.5.3).
use super::{Model, Place};
use crate::{BodyId, ChoiceId, ExprId, ObjectId, ProfileId, RuleId};
use serde::{Deserialize, Serialize};

/// A step of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Step {
    /// A rule must grant.
    Rule(RuleId),
    /// The first alternative that applies must grant.
    Choice(ChoiceId),
}

/// A rule call.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rule {
    /// The policy object that offers the rule.
    pub object: ObjectId,
    /// The rule and its arguments.
    pub call: Call,
    /// Where it stands.
    pub place: Place,
    /// The audit profile around it; the default one when there is none.
    pub profile: Option<ProfileId>,
}

/// The rules of all models.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Call {
    /// `grant ()`
    Grant,
    /// `deny ()`
    Deny,
    /// `assert (condition)`
    Assert(ExprId),
    /// `deny (condition)`: grants when it is false.
    DenyIf(ExprId),
    /// `set_level level`
    SetLevel(ExprId),
    /// `flow.init {sid}`
    FlowInit(ExprId),
    /// `flow.fini {sid}`
    FlowFini(ExprId),
    /// `flow.enter {sid, state}`
    FlowEnter(ExprId, u16),
    /// `flow.allow {sid, states}`
    FlowAllow(ExprId, Vec<u16>),
    /// `set.init {sid}`
    SetInit(ExprId),
    /// `set.fini {sid}`
    SetFini(ExprId),
    /// `set.add {sid, entry}`
    SetAdd(ExprId, Vec<ExprId>),
    /// `set.remove {sid, entry}`
    SetRemove(ExprId, Vec<ExprId>),
}

impl Call {
    /// Its name in the policy language.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Deny | Self::DenyIf(_) => "deny",
            Self::Assert(_) => "assert",
            Self::SetLevel(_) => "set_level",
            Self::FlowInit(_) | Self::SetInit(_) => "init",
            Self::FlowFini(_) | Self::SetFini(_) => "fini",
            Self::FlowEnter(..) => "enter",
            Self::FlowAllow(..) => "allow",
            Self::SetAdd(..) => "add",
            Self::SetRemove(..) => "remove",
        }
    }

    /// Whether objects of a model offer it, with these arguments.
    pub(crate) fn suits(&self, model: &Model) -> bool {
        match (self, model) {
            (Self::Grant | Self::Deny | Self::Assert(_) | Self::DenyIf(_) | Self::SetLevel(_), Model::Base)
            | (Self::FlowInit(_) | Self::FlowFini(_), Model::Flow(_))
            | (Self::SetInit(_) | Self::SetFini(_), Model::HashSet(_)) => true,
            (Self::FlowEnter(_, state), Model::Flow(flow)) => flow.states.get(usize::from(*state)).is_some(),
            (Self::FlowAllow(_, states), Model::Flow(flow)) => {
                states.iter().all(|state| flow.states.get(usize::from(*state)).is_some())
            }
            (Self::SetAdd(_, entry) | Self::SetRemove(_, entry), Model::HashSet(set)) => {
                entry.len() == usize::from(set.arity)
            }
            _ => false,
        }
    }

    /// The SID that it is about.
    pub(crate) const fn sid(&self) -> Option<ExprId> {
        match self {
            Self::Grant | Self::Deny | Self::Assert(_) | Self::DenyIf(_) | Self::SetLevel(_) => None,
            Self::FlowInit(sid)
            | Self::FlowFini(sid)
            | Self::FlowEnter(sid, _)
            | Self::FlowAllow(sid, _)
            | Self::SetInit(sid)
            | Self::SetFini(sid)
            | Self::SetAdd(sid, _)
            | Self::SetRemove(sid, _) => Some(*sid),
        }
    }

    /// Visits its arguments.
    pub(crate) fn arguments(&self, visit: &mut dyn FnMut(ExprId)) {
        match self {
            Self::Grant | Self::Deny => {}
            Self::Assert(a)
            | Self::DenyIf(a)
            | Self::SetLevel(a)
            | Self::FlowInit(a)
            | Self::FlowFini(a)
            | Self::FlowEnter(a, _)
            | Self::FlowAllow(a, _)
            | Self::SetInit(a)
            | Self::SetFini(a) => visit(*a),
            Self::SetAdd(a, entry) | Self::SetRemove(a, entry) => {
                [a].into_iter().chain(entry).for_each(|argument| visit(*argument));
            }
        }
    }
}

/// `choice (selector) { key : … }`
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Choice {
    /// What the keys are compared with.
    pub selector: ExprId,
    /// Tried in order; when none applies, the event is denied.
    pub alternatives: Vec<Alternative>,
    /// Where it stands.
    pub place: Place,
}

/// `key : …`
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Alternative {
    /// When it applies.
    pub test: Test,
    /// What decides then.
    pub body: BodyId,
}

/// When an alternative applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Test {
    /// `_`
    Any,
    /// The selector has this value.
    Equals(ExprId),
}
