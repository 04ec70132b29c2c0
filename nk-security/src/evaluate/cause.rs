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
    /// The process has no automaton.
    NoAutomaton,
    /// The process has no set.
    NoSet,
    /// The process has an automaton or a set already.
    Exists,
    /// The state cannot be entered from the present one.
    Transition,
    /// The present state is none of those that are allowed.
    State,
    /// All sets are in use, or a set is full.
    Full,
    /// No alternative of a choice applies.
    NoAlternative,
    /// The alternative that applies holds no rule.
    EmptyAlternative,
    /// A value of another kind than the rule needs, or a message that is too short: the program was not made for it.
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
            Self::Handle => "the handle leads to nothing",
            Self::Overflow => "a result is outside of its type",
            Self::Level => "an audit level is 0 to 255",
            Self::Sid => "a number is no SID",
            Self::NoAutomaton => "the process has no state here; `init` gives it one",
            Self::NoSet => "the process has no set here; `init` gives it one",
            Self::Exists => "the process has been initialised here before",
            Self::Transition => "the state cannot be entered from the present one",
            Self::State => "the present state is not one of these",
            Self::Full => "there is no room left",
            Self::NoAlternative => "no alternative applies",
            Self::EmptyAlternative => "the alternative that applies holds no rule",
            Self::Kind => "the policy program does not fit the message",
        }
    }
}
