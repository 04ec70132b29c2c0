//! What unconditional grants come to among the rules that always apply together
//! with them: nothing, when all that they cover is denied (W531), or nothing
//! new, when another grant covers it already (W535).
//!
//! Every rule has to grant, so that a narrow grant neither widens nor restricts
//! a wide one; people who come from firewalls expect otherwise. The warnings
//! need no reasoning about selectors: for each grant, the set of clauses that
//! apply to every event that it covers is the intersection over all events.
use super::clauses::{Clause, ClauseKind};
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use nk_grammar::psl::ValueKind;
use std::collections::BTreeMap;

/// Clauses of one event among which grants are compared; with more, none of
/// them is looked at. The time grows with the square.
const MAX_CLAUSES: usize = 64;

/// For each grant, by position of its clause, what always applies with it.
///
///
/// A grant that applies to no event is not in here; that it never applies is
/// reported by its selectors.
#[derive(Debug, Default)]
pub(in crate::policy) struct Effects(BTreeMap<usize, Covering>);

/// Clauses that apply to every event that a grant covers, by position.
#[derive(Debug)]
struct Covering {
    /// Unconditional grants, the grant itself among them.
    grants: Vec<usize>,
    /// Unconditional denials.
    denies: Vec<usize>,
}

impl Effects {
    /// Takes in an event to which these clauses apply: what does not apply here
    /// is dropped from the sets of the grants that do.
    ///
    ///
    /// ```text
    /// request { deny () }                       // denies every request, so that
    /// request src=a.A dst=a.B { grant () }      // this grant has no effect (W531)
    /// ```
    pub(in crate::policy) fn met(&mut self, applying: &[usize], clauses: &[Clause<'_>]) {
        if applying.len() > MAX_CLAUSES {
            for at in applying {
                self.0.insert(
                    *at,
                    Covering {
                        grants: vec![],
                        denies: vec![],
                    },
                );
            }
            return;
        }
        let of = |is: fn(&Clause<'_>) -> bool| {
            let those = applying
                .iter()
                .copied()
                .filter(move |at| clauses.get(*at).is_some_and(is));
            those.collect::<Vec<usize>>()
        };
        let (grants, denies) = (of(grants), of(denies));
        for at in &grants {
            let covering = self.0.entry(*at).or_insert_with(|| Covering {
                grants: grants.clone(),
                denies: denies.clone(),
            });
            covering.grants.retain(|other| grants.contains(other));
            covering.denies.retain(|other| denies.contains(other));
        }
    }

    /// The warnings about grants that come to nothing, when all events were
    /// taken in.
    pub(in crate::policy) fn findings(&self, clauses: &[Clause<'_>]) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        for (at, covering) in &self.0 {
            let Some(clause) = clauses.get(*at) else {
                continue;
            };
            let place = |at: &usize| clauses.get(*at).map(|clause| clause.place);
            if let Some(denied) = covering.denies.first().and_then(place) {
                findings.push(without_effect(clause.place, denied));
            } else if let Some(granted) = self.wider(*at, clause, clauses).and_then(place) {
                findings.push(redundant(clause.place, granted));
            }
        }
        findings
    }

    /// A grant that covers all that the grant at `at` covers.
    fn wider(&self, at: usize, clause: &Clause<'_>, clauses: &[Clause<'_>]) -> Option<&usize> {
        // of two that cover the same, the second is too much
        let wider = |other: usize| {
            let covering = self.0.get(&other);
            let mutual = covering.is_some_and(|covering| covering.grants.contains(&at));
            other != at && (!mutual || other < at)
        };
        // one that is audited otherwise is there for that
        let alike = |other: usize| {
            let other = clauses.get(other);
            other.is_some_and(|other| other.profile == clause.profile)
        };
        let mut grants = self.0.get(&at)?.grants.iter();
        grants.find(|other| wider(**other) && alike(**other))
    }
}

/// W531: everything that a grant covers is denied.
fn without_effect(here: Place, denied: Place) -> Diagnostic {
    let message = "this grant has no effect: all that it covers is denied";
    Diagnostic::new(Code::GRANT_WITHOUT_EFFECT, message, here)
        .other(denied, "denied here")
        .help("remove one of them: every rule has to grant")
}

/// W535: everything that a grant covers is granted by another one.
fn redundant(here: Place, granted: Place) -> Diagnostic {
    let message = "this grant adds nothing: all that it covers is granted already";
    Diagnostic::new(Code::REDUNDANT_GRANT, message, here)
        .other(granted, "granted here")
        .help("remove it, or make the other one narrower")
}

/// Whether a clause grants without a condition.
fn grants(clause: &Clause<'_>) -> bool {
    matches!(&clause.kind, ClauseKind::Rule { name, .. } if name.text == "grant")
}

/// Whether a clause denies without a condition.
fn denies(clause: &Clause<'_>) -> bool {
    matches!(&clause.kind, ClauseKind::Rule { name, argument } if name.text == "deny" && argument.kind == ValueKind::Unit)
}
