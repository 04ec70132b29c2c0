//! Evaluates the rules of an event one after the other, in textual order, until
//! one denies (`docs/psl.md` §7).
//!
//! What the rules read is traced by evaluating them a second time: the same
//! event on the same state has the same result, so that no decision pays for an
//! explanation that nobody wants.
//!
//! The result is a grant only if at least one rule was called and none denied.
//! A denial is the first one in textual order, with its place and its
//! [`Cause`]. Nothing is allocated but for a trace; the proof of the program
//! bounds the depth of the recursion and the number of operations.
mod audit;
mod cause;
mod expr;
mod message;
mod mic;
mod rules;
mod trace;

pub use cause::Cause;
pub use trace::{TraceEntry, Traced, TracedRead, TracedValue};

use crate::program::{Alternative, Choice, Program, Step, Test};
use crate::{BodyId, ChoiceId, Place, RuleId, Sid, State};
use audit::Audit;
use expr::{Value, Values};

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
        audit: Audit::new(tracing),
        called: 0,
        denial: None,
    };
    // what stops it is among its results
    let stopped = evaluation.body(body);
    if stopped.is_ok() && evaluation.denial.is_none() && evaluation.called == 0 {
        evaluation.denial = Some(nothing_called(program, body));
    }
    let Evaluation { denial, audit, .. } = evaluation;
    let (recorded, trace) = audit.into_parts();
    Outcome {
        denial,
        recorded,
        trace,
    }
}

/// Alternatives without a rule associate no rule with the event (`docs/psl.md` §7.3).
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
    audit: Audit,
    /// How many rules have been called.
    called: usize,
    denial: Option<Denial>,
}

impl<'e> Evaluation<'e, '_> {
    /// What expressions are read from.
    const fn values(&self) -> Values<'e, '_> {
        Values {
            program: self.program,
            state: self.state,
            event: &self.event,
            audit: &self.audit,
        }
    }

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
        self.audit.enter(rule.profile, rule.place);
        self.called = self.called.saturating_add(1);
        let before = self.values().traced_all(&rule.reads);
        let result = self.call(rule);
        let recorded = self.values().is_recorded(rule, result.is_ok());
        if recorded {
            self.audit.record();
        }
        if self.audit.is_traced() {
            let read = self.values().traced_reads(&rule.reads, before);
            self.audit.add(TraceEntry {
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
        self.audit.enter(choice.profile, choice.place);
        let before = self.values().traced_all(&choice.reads);
        let chosen = self.chosen(choice);
        if self.audit.is_traced() {
            let read = self.values().traced_reads(&choice.reads, before);
            let position = chosen.ok().map(|(position, _)| position);
            let item = Traced::Choice(id, position);
            self.audit.add(TraceEntry {
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
        if self.audit.is_complete() {
            Ok(())
        } else {
            Err(Stop)
        }
    }

    /// The first alternative that applies, and its position.
    fn chosen(&self, choice: &'e Choice) -> Result<(usize, &'e Alternative)> {
        let selector = self.values().value(choice.selector)?;
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
}
