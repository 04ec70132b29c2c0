//! Events: named, as a person or a test gives them, and resolved against the
//! model, as the compiler compares them with selectors.
//!
//! There are five kinds (`docs/psl.md` §5.1): `request`, `response`,
//! `error`, `execute` and `security`. All have a source; all but `security`
//! have a destination; all but `execute` have a method.
use super::candidates::CandidateMethod;
use super::selectors::Constraint;
use crate::policy::read::classes::Class;
use nk_grammar::psl::{Event, SelectorKey};

/// An event by its names, as tools take it from the command line, from tests
/// and from lines of the audit log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NamedEvent<'e> {
    /// The kind of event.
    pub(crate) event: Event,
    /// The class of the process that sends or starts.
    pub(crate) src: &'e str,
    /// The class of the process that receives or is started. A security request
    /// has none; what is given is not looked at.
    pub(crate) dst: &'e str,
    /// Path of instances and endpoint. For a security request, the path of its
    /// security interface, which ends in `security`; `None` for a start.
    pub(crate) endpoint: Option<&'e str>,
    /// The method; `None` for a start.
    pub(crate) method: Option<&'e str>,
}

/// The classes of an event. Two events with the same parties and the same
/// method are decided alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::policy) struct Parties<'c> {
    /// The class that sends or starts.
    src: &'c str,
    /// The class that receives or is started.
    dst: &'c str,
}

impl<'c> Parties<'c> {
    /// The classes at these positions of the image's table. A position outside
    /// of it has the empty name, which no selector selects.
    pub(in crate::policy) fn of(table: &'c [Class], src: usize, dst: usize) -> Self {
        let name = |at: usize| table.get(at).map_or("", |class| class.name.as_str());
        Self {
            src: name(src),
            dst: name(dst),
        }
    }
}

/// An event that can happen: its classes and its method exist.
pub(in crate::policy) struct ResolvedEvent<'r, 'c> {
    /// The kind of event.
    pub(in crate::policy) event: Event,
    /// The method that is called or answered; a start has none.
    pub(in crate::policy) method: Option<&'r CandidateMethod<'c>>,
    /// The classes of sender and receiver.
    pub(in crate::policy) parties: Parties<'c>,
}

impl ResolvedEvent<'_, '_> {
    /// Whether an event matches selectors: every name that they give is its
    /// own. The selectors of a start were checked when they were read, since no
    /// part of its method can be chosen.
    ///
    ///
    /// A security request is compared without `dst`: it goes to the security
    /// module, which is no process.
    pub(in crate::policy) fn matches(&self, constraint: &Constraint<'_>) -> bool {
        let class = |key, name: &str| constraint.get(key).is_none_or(|class| class == name);
        let method = self.method.is_none_or(|method| constraint.matches(method));
        // a security request has no destination
        let dst = self.event == Event::Security || class(SelectorKey::Dst, self.parties.dst);
        method && dst && class(SelectorKey::Src, self.parties.src)
    }
}
