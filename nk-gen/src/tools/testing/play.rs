//! Plays the sequences of a policy's tests, each from a state in which nothing has happened.
use super::cast::{Cast, method};
use super::coverage::Covered;
use super::message::{Memory, write};
use super::{Failure, Outcome, told};
use crate::model::Model;
use crate::text::diagnostic::{Diagnostic, Place};
use crate::text::source::FileId;
use nk_grammar::psl::{Case, Event, Expect, Sequence, TestSet};
use nk_security::{Denied, Policy, Reason, Record, State, Subject, Verified};

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
    covered: Covered,
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
        let name = |text: &Option<nk_grammar::psl::Text>| {
            text.as_ref()
                .map(|text| text.text.clone())
                .unwrap_or_default()
        };
        let (set, sequence) = (name(&set.name), name(&sequence.name));
        Ok(Outcome {
            set,
            sequence,
            cases: scene.cases,
            failure: failure.or(last),
            covered: scene.covered,
        })
    }

    fn cases(&self, cases: &[Case], scene: &mut Scene) -> Result<Option<Failure>> {
        for case in cases {
            scene.cases += 1;
            let record = self.case(case, scene)?;
            scene.covered.add(self.policy, &record);
            let granted = record.reason == Reason::Granted;
            let as_expected = match case.expect {
                Expect::Grant => granted,
                Expect::Deny => !granted,
                Expect::Any => true,
            };
            if !as_expected {
                let title = case.title.as_ref().map(|title| title.text.clone());
                let denied = (!granted).then(|| record.text(self.policy).to_string());
                let rules = told::rules(self.policy, &record);
                return Ok(Some(Failure {
                    place: Place::new(self.file, case.span),
                    title,
                    denied,
                    rules,
                }));
            }
        }
        Ok(None)
    }

    /// Lets an event happen; what every rule said about it.
    fn case(&self, case: &Case, scene: &mut Scene) -> Result<Box<Record>> {
        if case.event == Event::Execute {
            return self.start(case, scene);
        }
        Ok(match self.message(case, scene)? {
            Ok(verified) => {
                let record = self.policy.explain(&mut scene.state, &verified);
                let _ = self.policy.decide(&mut scene.state, verified);
                Box::new(record)
            }
            Err(denied) => denied.record,
        })
    }

    /// The message of an event, as far as route and structure.
    fn message(&self, case: &Case, scene: &mut Scene) -> Result<Checked> {
        let tables = self.policy.tables();
        let (src, dst) = scene.cast.parties(case, tables, self.file)?;
        let serving = if case.event == Event::Request {
            dst
        } else {
            src
        };
        let (address, described) = method(case, serving.class, tables, self.model, self.file)?;
        let message = match case.event {
            Event::Response => &described.response,
            Event::Error => &described.error,
            _ => &described.request,
        };
        let here = Place::new(self.file, case.span);
        let processes = |name: &str| scene.cast.sid(name);
        let memory = write(
            self.model,
            message,
            address,
            case.fields.as_ref(),
            &processes,
            here,
        )?;
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
        let before = scene.state.clone();
        let record = self.case(case, &mut scene)?;
        Ok(Told {
            record: *record,
            before,
            after: scene.state,
        })
    }

    fn scene(&self) -> Scene {
        Scene {
            state: State::new(self.policy, MAX_SUBJECTS),
            cast: Cast::new(),
            cases: 0,
            covered: Covered::default(),
        }
    }

    fn start(&self, case: &Case, scene: &mut Scene) -> Result<Box<Record>> {
        let (initiator, started) = self.starting(case, scene)?;
        let record = self
            .policy
            .explain_execute(&mut scene.state, initiator, started);
        let result = self.policy.execute(&mut scene.state, initiator, started);
        if let Some(variable) = &case.variable {
            scene
                .cast
                .name(&variable.text, result.is_ok().then_some(started));
        }
        Ok(Box::new(record))
    }

    /// Who starts, and the process that is started.
    fn starting(&self, case: &Case, scene: &mut Scene) -> Result<(Subject, Subject)> {
        let tables = self.policy.tables();
        let class = Cast::started(case, tables, self.file)?;
        let initiator = scene.cast.initiator(case, class, tables, self.file)?;
        Ok((initiator, scene.cast.start(class)))
    }
}
