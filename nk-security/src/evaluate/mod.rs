//! Evaluates the rules of an event one after the other, in textual order, until
//! one denies (`spec/psl-runtime.md` §A.7).
//!
//! What the rules read is traced by evaluating them a second time: the same
//! event on the same state has the same result, so that no decision pays for an
//! explanation that nobody wants.
//!
//! The result is a grant only if at least one rule was called and none denied.
//! A denial is the first one in textual order, with its place and its
//! [`Cause`]. Nothing is allocated but for a trace; the proof of the program
//! bounds the depth of the recursion and the number of operations.
mod cause;
mod expr;
mod message;
mod mic;
mod rules;
mod trace;

pub use cause::Cause;
pub use trace::{TraceEntry, Traced, TracedRead, TracedValue};

use crate::program::{Alternative, Choice, Profile, Program, Read, Rule, Step, Test};
use crate::{BodyId, ChoiceId, ObjectId, Place, ProfileId, RuleId, Sid, State};
use core::cell::Cell;
use expr::Value;

/// A value, or why there is none.
type Result<T> = core::result::Result<T, Cause>;

/// What rules can read of an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event<'e> {
    /// The constant part, header included; empty for a start.
    pub(crate) constant: &'e [u8],
    /// What the constant part points into.
    pub(crate) arena: &'e [u8],
    /// The resources behind the handles in the message.
    pub(crate) sids: &'e [Option<Sid>],
    /// The resource behind the handle that the call went to.
    pub(crate) callable: Option<Sid>,
    /// The process that causes it.
    pub(crate) src: Sid,
    /// The process that it is meant for; of a question, the one that asks.
    pub(crate) dst: Sid,
}

/// How much is traced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tracing {
    /// Nothing but the decision.
    Off,
    /// The rules up to the one that denies.
    Called,
    /// All rules: those behind one that denies too, as if it had granted (part
    /// K, 1).
    All,
}

/// Why an event is denied: the place in the policy, and the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Denial {
    pub(crate) place: Place,
    pub(crate) cause: Cause,
}

/// What came of asking.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Without one, the event is granted.
    pub(crate) denial: Option<Denial>,
    /// Whether an audit profile wants to know.
    pub(crate) recorded: bool,
    /// The rules and choices that were evaluated, as far as they are traced.
    pub(crate) trace: Vec<TraceEntry>,
}

/// Asks the rules of a body. The caller keeps or takes back what they changed.
pub(crate) fn evaluate(
    program: &Program,
    state: &mut State,
    event: Event<'_>,
    body: BodyId,
    tracing: Tracing,
) -> Outcome {
    let mut evaluation = Evaluation {
        program,
        state,
        event,
        tracing,
        context: (None, Place::default()),
        auditing: Cell::new(true),
        recorded: Cell::new(false),
        trace: Cell::new(Vec::new()),
        called: 0,
        denial: None,
    };
    // what stops it is among its results
    let stopped = evaluation.body(body);
    if stopped.is_ok() && evaluation.denial.is_none() && evaluation.called == 0 {
        evaluation.denial = Some(nothing_called(program, body));
    }
    let Evaluation {
        denial,
        recorded,
        trace,
        ..
    } = evaluation;
    Outcome {
        denial,
        recorded: recorded.get(),
        trace: trace.into_inner(),
    }
}

/// Alternatives without a rule associate no rule with the event (§A.7.3).
fn nothing_called(program: &Program, body: BodyId) -> Denial {
    let choice = program.body(body).iter().find_map(|step| match step {
        Step::Choice(choice) => program.choices.get(choice.index()),
        Step::Rule(_) => None,
    });
    Denial {
        place: choice.map_or_else(Place::default, |choice| choice.place),
        cause: Cause::EmptyAlternative,
    }
}

/// Nothing more has to be evaluated.
struct Stop;

/// One event under evaluation.
struct Evaluation<'e, 's> {
    program: &'e Program,
    /// Changed as rules are called; the caller keeps or takes that back.
    state: &'s mut State,
    event: Event<'e>,
    tracing: Tracing,
    /// The audit profile and the place of what is being evaluated.
    context: (Option<ProfileId>, Place),
    /// Whether expressions count as the policy's: those that are traced do not.
    auditing: Cell<bool>,
    recorded: Cell<bool>,
    trace: Cell<Vec<TraceEntry>>,
    /// How many rules have been called.
    called: usize,
    denial: Option<Denial>,
}

impl<'e> Evaluation<'e, '_> {
    /// The depth of choices is bounded by the program's proof.
    fn body(&mut self, body: BodyId) -> core::result::Result<(), Stop> {
        for step in self.program.body(body) {
            match step {
                Step::Rule(rule) => self.rule(*rule)?,
                Step::Choice(choice) => self.choice(*choice)?,
            }
        }
        Ok(())
    }

    /// Calls a rule, and notes what came of it.
    fn rule(&mut self, id: RuleId) -> core::result::Result<(), Stop> {
        // a proved program has no such gap
        let Some(rule) = self.program.rule(id) else {
            return self.denied(Place::default(), Cause::Kind);
        };
        self.context = (rule.profile, rule.place);
        self.called = self.called.saturating_add(1);
        let before = self.traced_all(&rule.reads);
        let result = self.call(rule);
        let recorded = self.is_recorded(rule, result.is_ok());
        if recorded {
            self.recorded.set(true);
        }
        if self.tracing != Tracing::Off {
            let read = self.traced_reads(&rule.reads, before);
            self.add_trace(TraceEntry {
                item: Traced::Rule(id),
                result,
                recorded,
                read,
            });
        }
        result.or_else(|cause| self.denied(rule.place, cause))
    }

    /// Follows the first alternative of a choice that applies; that none does
    /// is a denial.
    fn choice(&mut self, id: ChoiceId) -> core::result::Result<(), Stop> {
        let Some(choice) = self.program.choices.get(id.index()) else {
            return self.denied(Place::default(), Cause::Kind);
        };
        self.context = (choice.profile, choice.place);
        let before = self.traced_all(&choice.reads);
        let chosen = self.chosen(choice);
        if self.tracing != Tracing::Off {
            let read = self.traced_reads(&choice.reads, before);
            let position = chosen.ok().map(|(position, _)| position);
            let item = Traced::Choice(id, position);
            self.add_trace(TraceEntry {
                item,
                result: chosen.map(drop),
                recorded: false,
                read,
            });
        }
        match chosen {
            Ok((_, alternative)) => self.body(alternative.body),
            Err(cause) => self.denied(choice.place, cause),
        }
    }

    /// The first denial decides. The rest is evaluated only for the trace.
    fn denied(&mut self, place: Place, cause: Cause) -> core::result::Result<(), Stop> {
        self.denial.get_or_insert(Denial { place, cause });
        if self.tracing == Tracing::All {
            Ok(())
        } else {
            Err(Stop)
        }
    }

    /// The first alternative that applies, and its position.
    fn chosen(&self, choice: &'e Choice) -> Result<(usize, &'e Alternative)> {
        let selector = self.value(choice.selector)?;
        let mut alternatives = choice.alternatives.iter().enumerate();
        let applies = |test: Test| match (test, selector) {
            (Test::Any, _) => true,
            (Test::Number(number), Value::Number(selector)) => number == selector,
            (Test::Truth(truth), Value::Truth(selector)) => truth == selector,
            (Test::Text(text), Value::Text(selector)) => self
                .program
                .text(text)
                .is_some_and(|text| text.as_bytes() == selector),
            _ => false,
        };
        alternatives
            .find(|(_, alternative)| applies(alternative.test))
            .ok_or(Cause::NoAlternative)
    }

    /// An expression of a Regex object was evaluated, which its profile may
    /// want to know.
    fn record_expression(&self, object: ObjectId, method: &'static str, answered: bool) {
        if !self.auditing.get() {
            return;
        }
        let (profile, place) = self.context;
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
            self.recorded.set(true);
            if self.tracing != Tracing::Off {
                let result = if answered { Ok(()) } else { Err(Cause::Kind) };
                let item = Traced::Expression {
                    object,
                    name: method,
                    place,
                };
                self.add_trace(TraceEntry {
                    item,
                    result,
                    recorded: true,
                    read: Box::default(),
                });
            }
        }
    }

    /// One more entry of the trace, in the order of evaluation.
    fn add_trace(&self, entry: TraceEntry) {
        let mut all = self.trace.take();
        all.push(entry);
        self.trace.set(all);
    }

    /// What the trace holds of the values before something is evaluated.
    fn traced_all(&self, reads: &[Read]) -> Vec<TracedValue> {
        if self.tracing == Tracing::Off {
            return Vec::new();
        }
        self.auditing.set(false);
        let values = reads.iter().map(|read| self.traced(read.expr)).collect();
        self.auditing.set(true);
        values
    }

    /// The values before and after something was evaluated.
    fn traced_reads(&self, reads: &[Read], before: Vec<TracedValue>) -> Box<[TracedRead]> {
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
    fn is_recorded(&self, rule: &Rule, granted: bool) -> bool {
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
