//! Asks the rules of an event one after the other, in textual order, until one denies (`spec/psl-runtime.md` §A.7).
mod cause;
mod expr;
mod rules;

pub use cause::Cause;

use crate::program::{Alternative, Choice, Profile, Program, Rule, Step, Test};
use crate::{BodyId, ChoiceId, ExprId, Place, RuleId, Sid, State};
use expr::Value;

/// What rules can read of an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event<'e> {
    pub(crate) constant: &'e [u8],
    pub(crate) arena: &'e [u8],
    /// The resources behind the handles in the message.
    pub(crate) sids: &'e [Sid],
    pub(crate) src: Sid,
    pub(crate) dst: Sid,
}

/// A rule that was called, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Called {
    /// The rule.
    pub rule: RuleId,
    /// Whether it granted.
    pub granted: bool,
    /// Whether the audit profile in force wants to know.
    pub recorded: bool,
}

/// Why an event is denied: the place in the policy, and the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Denial {
    pub(crate) place: Place,
    pub(crate) cause: Cause,
}

/// Asks the rules of a body. The caller keeps or takes back what they changed.
pub(crate) fn evaluate(program: &Program, state: &mut State, event: Event<'_>, body: BodyId) -> Result<(), Denial> {
    state.called.clear();
    let mut evaluation = Evaluation { program, state, event };
    evaluation.body(body)?;
    if evaluation.state.called.is_empty() { Err(evaluation.nothing_called(body)) } else { Ok(()) }
}

struct Evaluation<'e, 's> {
    program: &'e Program,
    state: &'s mut State,
    event: Event<'e>,
}

impl<'e> Evaluation<'e, '_> {
    /// The depth of choices is bounded by the program's proof.
    fn body(&mut self, body: BodyId) -> Result<(), Denial> {
        for step in self.program.body(body) {
            match step {
                Step::Rule(rule) => self.rule(*rule)?,
                Step::Choice(choice) => self.choice(*choice)?,
            }
        }
        Ok(())
    }

    fn rule(&mut self, id: RuleId) -> Result<(), Denial> {
        // a proved program has no such gap
        let Some(rule) = self.program.rule(id) else {
            return Err(Denial { place: Place::default(), cause: Cause::Kind });
        };
        let result = self.call(rule);
        let recorded = self.is_recorded(rule, result.is_ok());
        self.state.called.push(Called { rule: id, granted: result.is_ok(), recorded });
        result.map_err(|cause| Denial { place: rule.place, cause })
    }

    fn choice(&mut self, id: ChoiceId) -> Result<(), Denial> {
        let Some(choice) = self.program.choices.get(id.index()) else {
            return Err(Denial { place: Place::default(), cause: Cause::Kind });
        };
        let chosen = self.chosen(choice).map_err(|cause| Denial { place: choice.place, cause })?;
        self.body(chosen.body)
    }

    /// Alternatives without a rule associate no rule with the event (§A.7.3).
    fn nothing_called(&self, body: BodyId) -> Denial {
        let choice = self.program.body(body).iter().find_map(|step| match step {
            Step::Choice(choice) => self.program.choices.get(choice.index()),
            Step::Rule(_) => None,
        });
        let place = choice.map_or_else(Place::default, |choice| choice.place);
        Denial { place, cause: Cause::EmptyAlternative }
    }

    /// The first alternative that applies.
    fn chosen(&self, choice: &'e Choice) -> Result<&'e Alternative, Cause> {
        let selector = self.value(choice.selector)?;
        for alternative in &choice.alternatives {
            let applies = match alternative.test {
                Test::Any => true,
                Test::Equals(literal) => self.value(literal)?.equals(selector)?,
            };
            if applies {
                return Ok(alternative);
            }
        }
        Err(Cause::NoAlternative)
    }

    /// Without any profile, denials are recorded.
    fn is_recorded(&self, rule: &Rule, granted: bool) -> bool {
        let default = self.program.audit.map(|(profile, _)| profile);
        let Some(profile) = rule.profile.or(default) else { return !granted };
        let profile = self.program.profiles.get(profile.index());
        profile.is_some_and(|profile| self.is_listed(profile, rule, granted))
    }

    fn is_listed(&self, profile: &Profile, rule: &Rule, granted: bool) -> bool {
        let Some(audited) = profile.at(self.state.level(), rule.object) else { return false };
        let listed = if granted { audited.granted } else { audited.denied };
        let omitted = || {
            let state = self.subject(rule).and_then(|sid| self.state.automaton(rule.object, sid).ok());
            state.is_some_and(|state| audited.omit.contains(&state))
        };
        listed && (audited.omit.is_empty() || !omitted())
    }

    /// The process that a rule with memory is about.
    fn subject(&self, rule: &Rule) -> Option<Sid> {
        let sid = rule.call.sid()?;
        self.sid(sid).ok()
    }

    fn sid(&self, id: ExprId) -> Result<Sid, Cause> {
        match self.value(id)? {
            Value::Int(sid) => u64::try_from(sid).map(Sid).map_err(|_| Cause::Sid),
            _ => Err(Cause::Kind),
        }
    }
}
