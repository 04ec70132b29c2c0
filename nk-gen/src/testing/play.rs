//! Plays the sequences of a policy's tests, each from a state in which nothing has happened.
use super::cast::{Cast, method};
use super::message::{Memory, write};
use super::{Failure, Outcome};
use crate::diagnostic::Diagnostic;
use crate::model::Model;
use crate::policy::place;
use crate::source::FileId;
use nk_grammar::psl::{Case, Event, Expect, Sequence, TestSet};
use nk_security::{Denied, Granted, Policy, Record, State, Subject, Verified};

/// Most processes of one sequence, each of which a Flow object may know.
const MAX_SUBJECTS: usize = 4096;

type Result<T> = std::result::Result<T, Box<Diagnostic>>;

/// Plays the tests of one set.
pub(crate) struct Player<'p> {
    pub(crate) policy: &'p Policy,
    pub(crate) model: &'p Model,
    pub(crate) file: FileId,
}

/// A message that was routed and checked, or why it was refused.
type Checked = std::result::Result<Verified<Memory>, Denied<Memory>>;

/// What is told of an event.
#[derive(Debug)]
pub(crate) struct Told {
    /// All rules with their results.
    pub(crate) record: Record,
    /// What the policy remembers before it.
    pub(crate) before: State,
    /// And behind it.
    pub(crate) after: State,
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
        let mut scene = self.scene();
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
        let decided = self.message(case, scene)?.and_then(|verified| self.policy.decide(&mut scene.state, verified));
        let granted: std::result::Result<Granted<Memory>, Denied<Memory>> = decided;
        Ok(granted.err().map(|denied| denied.record))
    }

    /// The message of an event, as far as route and structure.
    fn message(&self, case: &Case, scene: &mut Scene) -> Result<Checked> {
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
        let processes = |name: &str| scene.cast.sid(name);
        let memory = write(self.model, message, address, case.fields.as_ref(), &processes, here)?;
        Ok(match case.event {
            Event::Response | Event::Error => self.policy.unasked_response(src, dst, memory),
            Event::Security => self.policy.security(src, memory),
            _ => self.policy.request(src, dst, memory),
        })
    }

    /// What every rule says about an event, in the state that the events before it have left. Their decisions do not matter.
    pub(crate) fn told(&self, before: &[Case], case: &Case) -> Result<Told> {
        let mut scene = self.scene();
        for case in before {
            self.case(case, &mut scene)?;
        }
        let mut events = scene.state.clone();
        let record = if case.event == Event::Execute {
            let (initiator, started) = self.starting(case, &mut scene)?;
            let record = self.policy.explain_execute(&mut scene.state, initiator, started);
            let _ = self.policy.execute(&mut events, initiator, started);
            record
        } else {
            match self.message(case, &mut scene)? {
                Ok(verified) => {
                    let record = self.policy.explain(&mut scene.state, &verified);
                    let _ = self.policy.decide(&mut events, verified);
                    record
                }
                Err(denied) => *denied.record,
            }
        };
        Ok(Told { record, before: scene.state, after: events })
    }

    fn scene(&self) -> Scene {
        Scene { state: State::new(self.policy, MAX_SUBJECTS), cast: Cast::new(), cases: 0 }
    }

    fn start(&self, case: &Case, scene: &mut Scene) -> Result<Option<Box<Record>>> {
        let (initiator, started) = self.starting(case, scene)?;
        let result = self.policy.execute(&mut scene.state, initiator, started);
        if let Some(variable) = &case.variable {
            scene.cast.name(&variable.text, result.is_ok().then_some(started));
        }
        Ok(result.err())
    }

    /// Who starts, and the process that is started.
    fn starting(&self, case: &Case, scene: &mut Scene) -> Result<(Subject, Subject)> {
        let tables = self.policy.tables();
        let class = Cast::started(case, tables, self.file)?;
        let initiator = scene.cast.initiator(case, class, tables, self.file)?;
        Ok((initiator, scene.cast.start(class)))
    }
}
