//! Why a rule denies.

/// What made a rule or a choice deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// It is `deny ()`.
    Denies,
    /// The condition of an `assert` is false.
    False,
    /// The condition of a `deny` is true.
    True,
    /// An index is beyond the last element.
    Index,
    /// A union holds another variant.
    Variant,
    /// A handle leads to nothing.
    Handle,
    /// The result of a calculation is outside of its type.
    Overflow,
    /// A level is above 255.
    Level,
    /// A number is no SID.
    Sid,
    /// The SID has no automaton.
    NoAutomaton,
    /// The SID has no set or map.
    NoTable,
    /// A map has no such key.
    NoKey,
    /// A subject or resource has no level of integrity.
    NoLevel,
    /// The SID has an automaton, a set, a map or a level already.
    Exists,
    /// The state cannot be entered from the present one.
    Transition,
    /// The present state is none of those that are allowed.
    State,
    /// All sets or maps are in use, or a set is full.
    Full,
    /// A level of integrity exceeds another that it must not exceed, or cannot
    /// be compared with it.
    Exceeds,
    /// A level of integrity does not exceed the one before.
    NotHigher,
    /// Data would flow from lower integrity to higher.
    Flow,
    /// No alternative of a choice applies.
    NoAlternative,
    /// The alternative that applies holds no rule.
    EmptyAlternative,
    /// A value of another kind than the rule needs, or a message that is too
    /// short: the program was not made for it.
    Kind,
}

impl Cause {
    /// As a sentence about the rule.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Denies => "this rule denies it",
            Self::False => "this condition does not hold",
            Self::True => "this condition holds",
            Self::Index => "an index is beyond the last element",
            Self::Variant => "the union holds another variant",
            Self::Handle => "the handle refers to nothing",
            Self::Overflow => "a result is outside of its type",
            Self::Level => "an audit level must be 0 to 255",
            Self::Sid => "a number is not a SID",
            Self::NoAutomaton => "there is no state here for it; `init` gives it one",
            Self::NoTable => "there is no table here for it; `init` gives it one",
            Self::NoKey => "the map has no such key",
            Self::NoLevel => "a level of integrity is missing; `create` and `execute` give one",
            Self::Exists => "it is already initialised here",
            Self::Transition => "the state cannot be entered from the present one",
            Self::State => "the present state is not one of these",
            Self::Full => "there is no room left",
            Self::Exceeds => "a level of integrity exceeds another, or cannot be compared with it",
            Self::NotHigher => "the level of integrity is not higher than before",
            Self::Flow => "data would flow from lower integrity to higher",
            Self::NoAlternative => "no alternative applies",
            Self::EmptyAlternative => "the alternative that applies contains no rule",
            Self::Kind => "the policy program does not fit the message",
        }
    }
}
