//! Plays the sequences of a policy's tests, each from a state in which nothing has happened.
use super::cast::{Cast, method};
use super::message::{Memory, write};
use super::{Failure, Outcome};
use crate::diagnostic::Diagnostic;
use crate::model::Model;
use crate::policy::place;
use crate::source::FileId;
use nk_grammar::psl::{Case, Event, Expect, Sequence, TestSet};
use nk_security::{Denied, Granted, Policy, Record, State, Verified};

/// Most processes of one sequence, each of which a Flow object may know.
const MAX_SUBJECTS: usize = 4096;

type Result<T> = std::result::Result<T, Box<Diagnostic>>;

/// Plays the tests of one set.
pub(super) struct Player<'p> {
    pub(super) policy: &'p Policy,
    pub(super) model: &'p Model,
    pub(super) file: FileId,
}

/// A sequence while it is played.
struct Scene {
    state: State,
    cast: Cast,
    /// Cases so far.
    cases: usize,
}

impl Player<'_> {
    /// Plays `setup`, the sequence and `finally`; what fails first is what is told.
    pub(super) fn sequence(&self, set: &TestSet, sequence: &Sequence) -> Result<Outcome> {
        let mut scene = Scene { state: State::new(self.policy, MAX_SUBJECTS), cast: Cast::new(), cases: 0 };
        let mut failure = self.cases(&set.setup, &mut scene)?;
        if failure.is_none() {
            failure = self.cases(&sequence.cases, &mut scene)?;
        }
        // it cleans up what the sequence left, so it runs after a failure too
        let last = self.cases(&set.finally, &mut scene)?;
        let name =
            |text: &Option<nk_grammar::psl::Text>| text.as_ref().map(|text| text.text.clone()).unwrap_or_default();
        let (set, sequence) = (name(&set.name), name(&sequence.name));
        Ok(Outcome { set, sequence, cases: scene.cases, failure: failure.or(last) })
    }

    fn cases(&self, cases: &[Case], scene: &mut Scene) -> Result<Option<Failure>> {
        for case in cases {
            scene.cases += 1;
            let denied = self.case(case, scene)?;
            let as_expected = match case.expect {
                Expect::Grant => denied.is_none(),
                Expect::Deny => denied.is_some(),
                Expect::Any => true,
            };
            if !as_expected {
                let title = case.title.as_ref().map(|title| title.text.clone());
                let denied = denied.map(|record| record.text(self.policy).to_string());
                return Ok(Some(Failure { place: place(self.file, case.span), title, denied }));
            }
        }
        Ok(None)
    }

    /// Lets an event happen; the record of its denial, or nothing.
    fn case(&self, case: &Case, scene: &mut Scene) -> Result<Option<Box<Record>>> {
        if case.event == Event::Execute {
            return self.start(case, scene);
        }
        let tables = self.policy.tables();
        let (src, dst) = scene.cast.parties(case, tables, self.file)?;
        let serving = if case.event == Event::Request { dst } else { src };
        let (address, described) = method(case, serving.class, tables, self.model, self.file)?;
        let message = match case.event {
            Event::Response => &described.response,
            Event::Error => &described.error,
            _ => &described.request,
        };
        let here = place(self.file, case.span);
        let memory = write(self.model, message, address, case.fields.as_ref(), here)?;
        let verified: std::result::Result<Verified<Memory>, Denied<Memory>> = match case.event {
            Event::Response | Event::Error => self.policy.unasked_response(src, dst, memory),
            Event::Security => self.policy.security(src, memory),
            _ => self.policy.request(src, dst, memory),
        };
        let decided = verified.and_then(|verified| self.policy.decide(&mut scene.state, verified));
        let granted: std::result::Result<Granted<Memory>, Denied<Memory>> = decided;
        Ok(granted.err().map(|denied| denied.record))
    }

    fn start(&self, case: &Case, scene: &mut Scene) -> Result<Option<Box<Record>>> {
        let tables = self.policy.tables();
        let class = Cast::started(case, tables, self.file)?;
        let initiator = scene.cast.initiator(case, class, tables, self.file)?;
        let started = scene.cast.start(class);
        let result = self.policy.execute(&mut scene.state, initiator, started);
        if let Some(variable) = &case.variable {
            scene.cast.name(&variable.text, result.is_ok().then_some(started));
        }
        Ok(result.err())
    }
}
