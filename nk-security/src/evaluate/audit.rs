//! What an evaluation tells the audit: whether a profile wants to know of the
//! event, and the trace.
use super::expr::Values;
use super::{Cause, TraceEntry, Traced, TracedRead, TracedValue, Tracing};
use crate::program::{Profile, Read, Rule};
use crate::{ObjectId, Place, ProfileId};
use core::cell::Cell;

/// The audit of one event. Expressions add to it while they are read.
pub(super) struct Audit {
    tracing: Tracing,
    /// The audit profile and the place of what is being evaluated.
    context: (Option<ProfileId>, Place),
    /// Whether expressions count as the policy's: those that are traced do not.
    auditing: Cell<bool>,
    recorded: Cell<bool>,
    trace: Cell<Vec<TraceEntry>>,
}

impl Audit {
    /// Nothing has been evaluated yet.
    pub(super) fn new(tracing: Tracing) -> Self {
        Self {
            tracing,
            context: (None, Place::default()),
            auditing: Cell::new(true),
            recorded: Cell::new(false),
            trace: Cell::new(Vec::new()),
        }
    }

    /// A rule or choice with this profile is evaluated from now on.
    pub(super) const fn enter(&mut self, profile: Option<ProfileId>, place: Place) {
        self.context = (profile, place);
    }

    /// Whether there is a trace.
    pub(super) fn is_traced(&self) -> bool {
        self.tracing != Tracing::Off
    }

    /// Whether the trace goes on behind a denial.
    pub(super) fn is_complete(&self) -> bool {
        self.tracing == Tracing::All
    }

    /// A profile wants to know of the event.
    pub(super) fn record(&self) {
        self.recorded.set(true);
    }

    /// One more entry of the trace, in the order of evaluation.
    pub(super) fn add(&self, entry: TraceEntry) {
        let mut all = self.trace.take();
        all.push(entry);
        self.trace.set(all);
    }

    /// Whether a profile wants to know, and the trace.
    pub(super) fn into_parts(self) -> (bool, Vec<TraceEntry>) {
        (self.recorded.get(), self.trace.into_inner())
    }
}

impl<'e> Values<'e, '_> {
    /// An expression of a Regex object was evaluated, which its profile may
    /// want to know.
    pub(super) fn record_expression(&self, object: ObjectId, method: &'static str, answered: bool) {
        if !self.audit.auditing.get() {
            return;
        }
        let (profile, place) = self.audit.context;
        let audited = self
            .profile(profile)
            .and_then(|profile| profile.at(self.state.level(), object));
        let listed = audited.is_some_and(|audited| {
            let listed = if method == "match" {
                audited.emit.matches
            } else {
                audited.emit.selects
            };
            listed
                && if answered {
                    audited.granted
                } else {
                    audited.denied
                }
        });
        if listed {
            self.audit.record();
            if self.audit.is_traced() {
                let result = if answered { Ok(()) } else { Err(Cause::Kind) };
                let item = Traced::Expression {
                    object,
                    name: method,
                    place,
                };
                self.audit.add(TraceEntry {
                    item,
                    result,
                    recorded: true,
                    read: Box::default(),
                });
            }
        }
    }

    /// What the trace holds of the values before something is evaluated.
    pub(super) fn traced_all(&self, reads: &[Read]) -> Vec<TracedValue> {
        if !self.audit.is_traced() {
            return Vec::new();
        }
        self.audit.auditing.set(false);
        let values = reads.iter().map(|read| self.traced(read.expr)).collect();
        self.audit.auditing.set(true);
        values
    }

    /// The values before and after something was evaluated.
    pub(super) fn traced_reads(
        &self,
        reads: &[Read],
        before: Vec<TracedValue>,
    ) -> Box<[TracedRead]> {
        let after = self.traced_all(reads);
        let read = |((read, before), after): ((&Read, TracedValue), TracedValue)| {
            let after = (after != before).then_some(after);
            TracedRead {
                name: read.name,
                before,
                after,
            }
        };
        reads.iter().zip(before).zip(after).map(read).collect()
    }

    /// The audit profile of a rule: its own, or that of the policy.
    fn profile(&self, own: Option<ProfileId>) -> Option<&'e Profile> {
        let default = self.program.audit.map(|(profile, _)| profile);
        self.program.profiles.get(own.or(default)?.index())
    }

    /// Without any profile, denials are recorded.
    pub(super) fn is_recorded(&self, rule: &Rule, granted: bool) -> bool {
        if rule.profile.is_none() && self.program.audit.is_none() {
            return !granted;
        }
        self.profile(rule.profile)
            .is_some_and(|profile| self.is_listed(profile, rule, granted))
    }

    /// Whether a profile wants to know of a rule with this result, at the level
    /// in force. A rule about a SID whose state the profile leaves out is not
    /// listed.
    fn is_listed(&self, profile: &Profile, rule: &Rule, granted: bool) -> bool {
        let Some(audited) = profile.at(self.state.level(), rule.object) else {
            return false;
        };
        let listed = if granted {
            audited.granted
        } else {
            audited.denied
        };
        let omitted = || {
            let state = rule
                .call
                .sid()
                .and_then(|sid| self.state.state(rule.object, self.sid(sid).ok()?).ok());
            state.is_some_and(|state| audited.omit.contains(&state))
        };
        listed && (audited.omit.is_empty() || !omitted())
    }
}
