//! What unconditional grants come to among the rules beside them: nothing, when
//! all that they cover is denied (W531), or granted by another already (W535).
//! Every rule has to grant, so that a narrow grant neither widens nor restricts
//! a wide one.
use super::clauses::{Clause, ClauseKind};
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;
use nk_grammar::psl::ValueKind;
use std::collections::BTreeMap;

/// Rules of one event among which grants are compared; in a longer row none is
/// looked at.
const MAX_CLAUSES: usize = 64;

/// What stands beside each grant wherever it applies.
#[derive(Debug, Default)]
pub(in crate::policy) struct Effects(BTreeMap<usize, Covering>);

/// Clauses that apply to every event that a grant covers, by position.
#[derive(Debug)]
struct Covering {
    grants: Vec<usize>,
    denies: Vec<usize>,
}

impl Effects {
    /// An event to which these clauses apply.
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

    /// The grants that come to nothing.
    pub(in crate::policy) fn findings(&self, clauses: &[Clause<'_>]) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        for (at, Covering { grants, denies }) in &self.0 {
            let Some(clause) = clauses.get(*at) else {
                continue;
            };
            let place = |at: &usize| clauses.get(*at).map(|clause| clause.place);
            if let Some(denied) = denies.first().and_then(place) {
                let finding = Diagnostic::new(
                    Code::GRANT_WITHOUT_EFFECT,
                    "this grant has no effect: all that it covers is denied",
                    clause.place,
                );
                findings.push(
                    finding
                        .other(denied, "denied here")
                        .help("remove one of them: every rule has to grant"),
                );
                continue;
            }
            // of two that cover the same, the second is too much
            let wider = |other: &usize| {
                let mutual = self
                    .0
                    .get(other)
                    .is_some_and(|covering| covering.grants.contains(at));
                other != at && (!mutual || other < at)
            };
            // one that is audited otherwise is there for that
            let alike = |other: &usize| {
                clauses
                    .get(*other)
                    .is_some_and(|other| other.profile == clause.profile)
            };
            if let Some(granted) = grants
                .iter()
                .find(|other| wider(other) && alike(other))
                .and_then(place)
            {
                let message = "this grant adds nothing: all that it covers is granted already";
                let finding = Diagnostic::new(Code::REDUNDANT_GRANT, message, clause.place)
                    .other(granted, "granted here");
                findings.push(finding.help("remove it, or make the other one narrower"));
            }
        }
        findings
    }
}

fn grants(clause: &Clause<'_>) -> bool {
    matches!(&clause.kind, ClauseKind::Rule { name, .. } if name.text == "grant")
}

fn denies(clause: &Clause<'_>) -> bool {
    matches!(&clause.kind, ClauseKind::Rule { name, argument } if name.text == "deny" && argument.kind == ValueKind::Unit)
}
