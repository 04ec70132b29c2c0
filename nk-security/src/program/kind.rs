//! What values expressions have, so that a proof can say that every rule gets
//! what it works with.
//!
//! The sort of every expression is found out once, when a program is loaded,
//! from the sorts of its parts. An evaluation then never meets a value of
//! another sort than it expects; should it do so all the same, the event is
//! denied.
use super::{Expr, List, Model, Program};
use crate::ExprId;

/// A kind of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Number,
    Truth,
    Text,
    /// A place in the constant part of the message.
    Place,
    /// A place in its arena.
    Far,
}

impl Sort {
    /// Whether it is a value, which can be compared and told.
    pub(crate) const fn is_value(self) -> bool {
        matches!(self, Self::Number | Self::Truth | Self::Text)
    }
}

impl Expr {
    /// The kind of its value; nothing when its parts, whose kinds are `known`,
    /// are of kinds that it cannot work with, or when the object, text, list or
    /// table that it asks is not there.
    pub(crate) fn sort(&self, known: &[Sort], program: &Program) -> Option<Sort> {
        use Sort::{Far, Number, Place, Text, Truth};
        let is = |id: &ExprId, sort: Sort| known.get(id.index()) == Some(&sort);
        let place = |id: &ExprId| is(id, Place) || is(id, Far);
        let beside = |id: &ExprId| if is(id, Far) { Far } else { Place };
        let both = |a: &ExprId, b: &ExprId, sort: Sort| is(a, sort) && is(b, sort);
        let model = self
            .object()
            .map(|object| program.object(object).map(|object| &object.model));
        let (fits, sort) = match self {
            Self::Int(_) | Self::SrcSid | Self::DstSid | Self::CallableSid => (true, Number),
            Self::Bool(_) => (true, Truth),
            Self::Text(text) => (program.texts.get(text.index()).is_some(), Text),
            Self::Place(_) => (true, Place),
            Self::Field(of, _) | Self::Variant { of, .. } => (place(of), beside(of)),
            Self::Element { of, index, .. } => (place(of) && is(index, Number), Far),
            Self::Item { of, index, .. } => (place(of) && is(index, Number), beside(of)),
            Self::Number(of, _) => (place(of), Number),
            Self::Handle(of) => (is(of, Place), Number),
            Self::Size(of, size) => (place(of) && *size > 0, Number),
            Self::String(of) | Self::Bytes(of) => (place(of), Text),
            Self::Empty(of) => (place(of), Truth),
            Self::TextSize(of) => (is(of, Text), Number),
            Self::Not(a) => (is(a, Truth), Truth),
            Self::And(a, b) | Self::Or(a, b) | Self::EqualTruths(a, b) => {
                (both(a, b, Truth), Truth)
            }
            Self::Equal(a, b) | Self::Less(a, b) | Self::LessOrEqual(a, b) => {
                (both(a, b, Number), Truth)
            }
            Self::EqualTexts(a, b) => (both(a, b, Text), Truth),
            Self::Among(a, list) => match program.lists.get(list.index()) {
                Some(List::Numbers(_)) => (is(a, Number), Truth),
                Some(List::Texts(_)) => (is(a, Text), Truth),
                None => (false, Truth),
            },
            Self::If(condition, a, b) => {
                let sort = *known.get(a.index())?;
                (is(condition, Truth) && is(b, sort) && sort.is_value(), sort)
            }
            Self::Arithmetic(_, a, b, _) => (both(a, b, Number), Number),
            Self::Complement(a, _) => (is(a, Number), Number),
            Self::State(_, sid) => (
                is(sid, Number) && matches!(model, Some(Some(Model::Flow(_)))),
                Number,
            ),
            Self::Contains(_, sid, entry) => {
                let scalars = entry.iter().all(|part| is(part, Number) || is(part, Truth));
                let arity = match model {
                    Some(Some(Model::HashSet(set))) => entry.len() == usize::from(set.arity),
                    _ => false,
                };
                (is(sid, Number) && scalars && arity, Truth)
            }
            Self::Entry { sid, key, .. } => {
                let known = match model {
                    Some(Some(Model::StaticMap(map))) => key.suits(map, |id| is(&id, Text)),
                    _ => false,
                };
                (is(sid, Number) && known, Number)
            }
            Self::Level(_, sid) | Self::Least(_, sid) => (
                is(sid, Number) && matches!(model, Some(Some(Model::Mic(_)))),
                Number,
            ),
            Self::Matches { text, dfa, .. } | Self::Selects { text, dfa, .. } => {
                let there = program.dfas.get(dfa.index()).is_some();
                let sort = if matches!(self, Self::Matches { .. }) {
                    Truth
                } else {
                    Number
                };
                (
                    is(text, Text) && there && matches!(model, Some(Some(Model::Regex))),
                    sort,
                )
            }
        };
        fits.then_some(sort)
    }
}
