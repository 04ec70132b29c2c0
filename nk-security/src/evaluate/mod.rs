//! Asks the rules of an event one after the other, in textual order, until one denies (`spec/psl-runtime.md` §A.7).
//!
//! What the rules read is told by asking them a second time: the same event on the same state has the same result, so that
//! nobody pays for an explanation that nobody asked for.
mod cause;
mod expr;
mod message;
mod mic;
mod rules;
mod told;

pub use cause::Cause;
pub use told::{Asked, Saw, Seen, Told};

use crate::program::{Alternative, Choice, Profile, Program, Read, Rule, Step, Test};
use crate::{BodyId, ChoiceId, ObjectId, Place, ProfileId, RuleId, Sid, State};
use core::cell::Cell;
use expr::Value;

type Result<T> = core::result::Result<T, Cause>;

/// What rules can read of an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event<'e> {
    pub(crate) constant: &'e [u8],
    pub(crate) arena: &'e [u8],
    /// The resources behind the handles in the message.
    pub(crate) sids: &'e [Option<Sid>],
    /// The resource behind the handle that the call went to.
    pub(crate) callable: Option<Sid>,
    pub(crate) src: Sid,
    pub(crate) dst: Sid,
}

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Telling {
    /// Nothing but the decision.
    Nothing,
    /// The rules up to the one that denies.
    Called,
    /// All rules: those behind one that denies too, as if it had granted (part K, 1).
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
    /// What was told.
    pub(crate) told: Vec<Told>,
}

/// Asks the rules of a body. The caller keeps or takes back what they changed.
pub(crate) fn evaluate(
    program: &Program,
    state: &mut State,
    event: Event<'_>,
    body: BodyId,
    telling: Telling,
) -> Outcome {
    let mut evaluation = Evaluation {
        program,
        state,
        event,
        telling,
        around: (None, Place::default()),
        listening: Cell::new(true),
        recorded: Cell::new(false),
        told: Cell::new(Vec::new()),
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
        told,
        ..
    } = evaluation;
    Outcome {
        denial,
        recorded: recorded.get(),
        told: told.into_inner(),
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

/// Nothing more has to be asked.
struct Stop;

struct Evaluation<'e, 's> {
    program: &'e Program,
    state: &'s mut State,
    event: Event<'e>,
    telling: Telling,
    /// The audit profile and the place of what is being asked.
    around: (Option<ProfileId>, Place),
    /// Whether expressions that are asked count as asked by the policy.
    listening: Cell<bool>,
    recorded: Cell<bool>,
    told: Cell<Vec<Told>>,
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

    fn rule(&mut self, id: RuleId) -> core::result::Result<(), Stop> {
        // a proved program has no such gap
        let Some(rule) = self.program.rule(id) else {
            return self.denied(Place::default(), Cause::Kind);
        };
        self.around = (rule.profile, rule.place);
        self.called = self.called.saturating_add(1);
        let before = self.saw(&rule.reads);
        let result = self.call(rule);
        let recorded = self.is_recorded(rule, result.is_ok());
        if recorded {
            self.recorded.set(true);
        }
        if self.telling != Telling::Nothing {
            let read = self.seen(&rule.reads, before);
            self.tell(Told {
                asked: Asked::Rule(id),
                result,
                recorded,
                read,
            });
        }
        result.or_else(|cause| self.denied(rule.place, cause))
    }

    fn choice(&mut self, id: ChoiceId) -> core::result::Result<(), Stop> {
        let Some(choice) = self.program.choices.get(id.index()) else {
            return self.denied(Place::default(), Cause::Kind);
        };
        self.around = (choice.profile, choice.place);
        let before = self.saw(&choice.reads);
        let chosen = self.chosen(choice);
        if self.telling != Telling::Nothing {
            let read = self.seen(&choice.reads, before);
            let position = chosen.ok().map(|(position, _)| position);
            let asked = Asked::Choice(id, position);
            self.tell(Told {
                asked,
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

    /// The first denial decides. The rest is asked only to be told.
    fn denied(&mut self, place: Place, cause: Cause) -> core::result::Result<(), Stop> {
        self.denial.get_or_insert(Denial { place, cause });
        if self.telling == Telling::All {
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

    /// A Regex object was asked, which its profile may want to know.
    fn heard(&self, object: ObjectId, asked: &'static str, answered: bool) {
        if !self.listening.get() {
            return;
        }
        let (profile, place) = self.around;
        let audited = self
            .profile(profile)
            .and_then(|profile| profile.at(self.state.level(), object));
        let listed = audited.is_some_and(|audited| {
            let method = if asked == "match" {
                audited.emit.matches
            } else {
                audited.emit.selects
            };
            method
                && if answered {
                    audited.granted
                } else {
                    audited.denied
                }
        });
        if listed {
            self.recorded.set(true);
            if self.telling != Telling::Nothing {
                let result = if answered { Ok(()) } else { Err(Cause::Kind) };
                let asked = Asked::Expression {
                    object,
                    name: asked,
                    place,
                };
                self.tell(Told {
                    asked,
                    result,
                    recorded: true,
                    read: Box::default(),
                });
            }
        }
    }

    fn tell(&self, told: Told) {
        let mut all = self.told.take();
        all.push(told);
        self.told.set(all);
    }

    /// What is to be told of the values before something is asked.
    fn saw(&self, reads: &[Read]) -> Vec<Saw> {
        if self.telling == Telling::Nothing {
            return Vec::new();
        }
        self.listening.set(false);
        let saw = reads.iter().map(|read| self.look(read.expr)).collect();
        self.listening.set(true);
        saw
    }

    /// The values before and after something was asked.
    fn seen(&self, reads: &[Read], before: Vec<Saw>) -> Box<[Seen]> {
        let after = self.saw(reads);
        let seen = |((read, before), after): ((&Read, Saw), Saw)| {
            let after = (after != before).then_some(after);
            Seen {
                name: read.name,
                before,
                after,
            }
        };
        reads.iter().zip(before).zip(after).map(seen).collect()
    }

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
