//! Events as the compiler sees them: by their names, and resolved against the
//! model.
use super::candidates::CandidateMethod;
use super::selectors::Constraint;
use crate::policy::read::classes::Class;
use nk_grammar::psl::{Event, SelectorKey};

/// An event by its names. The endpoint of a security request is the path of its
/// security interface.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NamedEvent<'e> {
    pub(crate) event: Event,
    pub(crate) src: &'e str,
    pub(crate) dst: &'e str,
    pub(crate) endpoint: Option<&'e str>,
    pub(crate) method: Option<&'e str>,
}

/// The classes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::policy) struct Parties<'c> {
    src: &'c str,
    dst: &'c str,
}

impl<'c> Parties<'c> {
    /// The classes at these positions.
    pub(in crate::policy) fn of(table: &'c [Class], src: usize, dst: usize) -> Self {
        let name = |at: usize| table.get(at).map_or("", |class| class.name.as_str());
        Self {
            src: name(src),
            dst: name(dst),
        }
    }
}

/// An event that can happen.
pub(in crate::policy) struct ResolvedEvent<'r, 'c> {
    pub(in crate::policy) event: Event,
    /// A start has none.
    pub(in crate::policy) method: Option<&'r CandidateMethod<'c>>,
    pub(in crate::policy) parties: Parties<'c>,
}

impl ResolvedEvent<'_, '_> {
    /// Whether selectors fit; those of a start were looked at when they were
    /// read.
    pub(in crate::policy) fn matches(&self, constraint: &Constraint<'_>) -> bool {
        let class = |key, name: &str| constraint.get(key).is_none_or(|class| class == name);
        let method = self.method.is_none_or(|method| constraint.matches(method));
        // a security request has no destination
        let dst = self.event == Event::Security || class(SelectorKey::Dst, self.parties.dst);
        method && dst && class(SelectorKey::Src, self.parties.src)
    }
}
