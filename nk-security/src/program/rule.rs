//! Rule calls and choices: the steps of a decision
//! (`docs/psl.md` §5.3).
use super::kind::Sort;
use super::{Key, Level, Model, Place, Program};
use crate::{BodyId, ChoiceId, ExprId, ObjectId, ProfileId, RuleId, TextId};
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
    /// What it reads: for those who ask why.
    pub reads: Vec<Read>,
}

/// A value that a rule or a choice reads: a field of the message, or something
/// that an object remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Read {
    /// As it is written in the policy.
    pub name: TextId,
    /// The value.
    pub expr: ExprId,
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
    /// `init {sid}` of a Flow, `HashSet` or `StaticMap` object.
    Init(ExprId),
    /// `fini {sid}` of the same.
    Fini(ExprId),
    /// `flow.enter {sid, state}`
    Enter(ExprId, u16),
    /// `flow.allow {sid, states}`
    Allow(ExprId, Vec<u16>),
    /// `set.add {sid, entry}`
    Add(ExprId, Vec<ExprId>),
    /// `set.remove {sid, entry}`
    Remove(ExprId, Vec<ExprId>),
    /// `map.set {sid, key, value}`
    Set(ExprId, Key, ExprId),
    /// `map.commit {sid}`
    Commit(ExprId),
    /// `map.rollback {sid}`
    Rollback(ExprId),
    /// `mic.create {source, target, container, driver, level}`
    Create(Resource, Option<Level>),
    /// `mic.delete {source, target, container, driver}`
    Delete(Resource),
    /// `mic.upgrade {source, target, container, driver, level}`
    Upgrade(Resource, Level),
    /// `mic.execute {image, target, level, levelR}`
    Execute(Started),
    /// `mic.call` or `mic.read` `{source, target}`: data flows from the target
    /// to the source.
    Receive(ExprId, ExprId, Spelling),
    /// `mic.invoke` or `mic.write` `{source, target}`: data flows from the
    /// source to the target.
    Send(ExprId, ExprId, Spelling),
}

/// A resource in a rule of a Mic object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Resource {
    /// The process that causes it.
    pub source: ExprId,
    /// The resource.
    pub target: ExprId,
    /// The resource that holds it; `()` for a root.
    pub container: Option<ExprId>,
    /// The subject that manages it.
    pub driver: ExprId,
}

/// A subject that `mic.execute` gives a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Started {
    /// The resource that it is made from.
    pub image: Option<ExprId>,
    /// The subject.
    pub target: ExprId,
    /// Its level; that of the image when there is none.
    pub level: Option<Level>,
    /// The lowest level that it may receive data from; its own level when there
    /// is none.
    pub least: Option<Level>,
}

/// The name of a rule that has one for subjects and one for resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Spelling {
    /// `call`, `invoke`
    Subject,
    /// `read`, `write`
    Resource,
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
            Self::Init(_) => "init",
            Self::Fini(_) => "fini",
            Self::Enter(..) => "enter",
            Self::Allow(..) => "allow",
            Self::Add(..) => "add",
            Self::Remove(..) => "remove",
            Self::Set(..) => "set",
            Self::Commit(_) => "commit",
            Self::Rollback(_) => "rollback",
            Self::Create(..) => "create",
            Self::Delete(_) => "delete",
            Self::Upgrade(..) => "upgrade",
            Self::Execute(_) => "execute",
            Self::Receive(.., Spelling::Subject) => "call",
            Self::Receive(.., Spelling::Resource) => "read",
            Self::Send(.., Spelling::Subject) => "invoke",
            Self::Send(.., Spelling::Resource) => "write",
        }
    }

    /// Whether objects of a model offer it, with arguments of these sorts.
    pub(crate) fn suits(&self, model: &Model, sorts: &[Sort]) -> bool {
        let is = |id: &ExprId, sort: Sort| sorts.get(id.index()) == Some(&sort);
        let numbers = |ids: &[ExprId]| ids.iter().all(|id| is(id, Sort::Number));
        let entry = |ids: &[ExprId]| {
            ids.iter()
                .all(|id| is(id, Sort::Number) || is(id, Sort::Truth))
        };
        match (self, model) {
            (Self::Grant | Self::Deny, Model::Base) => true,
            (Self::Assert(condition) | Self::DenyIf(condition), Model::Base) => {
                is(condition, Sort::Truth)
            }
            (Self::SetLevel(level), Model::Base) => numbers(&[*level]),
            (
                Self::Init(sid) | Self::Fini(sid),
                Model::Flow(_) | Model::HashSet(_) | Model::StaticMap(_),
            )
            | (Self::Commit(sid) | Self::Rollback(sid), Model::StaticMap(_)) => numbers(&[*sid]),
            (Self::Enter(sid, state), Model::Flow(flow)) => {
                numbers(&[*sid]) && flow.states.get(usize::from(*state)).is_some()
            }
            (Self::Allow(sid, states), Model::Flow(flow)) => {
                let known = |state: &u16| flow.states.get(usize::from(*state)).is_some();
                numbers(&[*sid]) && states.iter().all(known)
            }
            (Self::Add(sid, fields) | Self::Remove(sid, fields), Model::HashSet(set)) => {
                numbers(&[*sid]) && fields.len() == usize::from(set.arity) && entry(fields)
            }
            (Self::Set(sid, key, value), Model::StaticMap(map)) => {
                numbers(&[*sid, *value]) && key.suits(map, |id| is(&id, Sort::Text))
            }
            (Self::Create(resource, level), Model::Mic(mic)) => {
                resource.parts().all(|part| is(&part, Sort::Number))
                    && level.is_none_or(|level| mic.has(level))
            }
            (Self::Delete(resource), Model::Mic(_)) => {
                resource.parts().all(|part| is(&part, Sort::Number))
            }
            (Self::Upgrade(resource, level), Model::Mic(mic)) => {
                resource.parts().all(|part| is(&part, Sort::Number)) && mic.has(*level)
            }
            (Self::Execute(started), Model::Mic(mic)) => {
                let levels = [started.level, started.least]
                    .into_iter()
                    .flatten()
                    .all(|level| mic.has(level));
                // without an image nothing else says what the level is
                let says = started.image.is_some() || started.level.is_some();
                started.parts().all(|part| is(&part, Sort::Number)) && levels && says
            }
            (Self::Receive(source, target, _) | Self::Send(source, target, _), Model::Mic(_)) => {
                numbers(&[*source, *target])
            }
            _ => false,
        }
    }

    /// The SID that a rule of an object with states is about.
    pub(crate) const fn sid(&self) -> Option<ExprId> {
        match self {
            Self::Init(sid) | Self::Fini(sid) | Self::Enter(sid, _) | Self::Allow(sid, _) => {
                Some(*sid)
            }
            _ => None,
        }
    }

    /// Visits its arguments.
    pub(crate) fn arguments(&self, visit: &mut dyn FnMut(ExprId)) {
        match self {
            Self::Grant | Self::Deny => {}
            Self::Assert(a)
            | Self::DenyIf(a)
            | Self::SetLevel(a)
            | Self::Init(a)
            | Self::Fini(a)
            | Self::Enter(a, _)
            | Self::Allow(a, _)
            | Self::Commit(a)
            | Self::Rollback(a) => visit(*a),
            Self::Add(a, entry) | Self::Remove(a, entry) => {
                [a].into_iter()
                    .chain(entry)
                    .for_each(|argument| visit(*argument));
            }
            Self::Set(sid, key, value) => {
                visit(*sid);
                if let Key::Of(text) = key {
                    visit(*text);
                }
                visit(*value);
            }
            Self::Create(resource, _) | Self::Delete(resource) | Self::Upgrade(resource, _) => {
                resource.parts().for_each(visit);
            }
            Self::Execute(started) => started.parts().for_each(visit),
            Self::Receive(a, b, _) | Self::Send(a, b, _) => {
                visit(*a);
                visit(*b);
            }
        }
    }
}

impl Resource {
    /// The expressions that it is made of.
    fn parts(&self) -> impl Iterator<Item = ExprId> {
        [
            Some(self.source),
            Some(self.target),
            self.container,
            Some(self.driver),
        ]
        .into_iter()
        .flatten()
    }
}

impl Started {
    /// The expressions that it is made of.
    fn parts(&self) -> impl Iterator<Item = ExprId> {
        [self.image, Some(self.target)].into_iter().flatten()
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
    /// The audit profile around it; the default one when there is none.
    pub profile: Option<ProfileId>,
    /// What its selector reads: for those who ask why.
    pub reads: Vec<Read>,
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
    /// The selector is this number: an integer, a state, a level, or the number
    /// of a pattern.
    Number(i128),
    /// The selector is this Boolean.
    Truth(bool),
    /// The selector is this text.
    Text(TextId),
}

impl Test {
    /// Whether a value of this sort can be compared with it.
    pub(crate) fn suits(self, sort: Sort, program: &Program) -> bool {
        match self {
            Self::Any => sort.is_value(),
            Self::Number(_) => sort == Sort::Number,
            Self::Truth(_) => sort == Sort::Truth,
            Self::Text(text) => sort == Sort::Text && program.texts.get(text.index()).is_some(),
        }
    }
}
