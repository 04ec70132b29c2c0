//! Depth and work of expressions and rule bodies, counted once at load. An expression refers only to what stands before
//! it, so that counting and evaluating both end.
use super::ProgramError;
use crate::program::{Call, Program, Step, Test};
use crate::{BodyId, ExprId, ObjectId, TextId};

/// Deepest nesting of expressions and of choices.
const MAX_DEPTH: u32 = 64;
/// Most operations for one event; some milliseconds.
const MAX_WORK: u64 = 1 << 20;

/// How deep something nests, and how many operations it takes.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    depth: u32,
    work: u64,
}

impl Cost {
    /// This after that.
    const fn and(self, other: Self) -> Self {
        let depth = if self.depth > other.depth { self.depth } else { other.depth };
        Self { depth, work: self.work.saturating_add(other.work) }
    }
    /// One level around it, with work of its own.
    const fn around(self, work: u64) -> Self {
        Self { depth: self.depth.saturating_add(1), work: self.work.saturating_add(work) }
    }
    fn checked(self) -> Result<Self, ProgramError> {
        if self.depth <= MAX_DEPTH && self.work <= MAX_WORK { Ok(self) } else { Err(ProgramError::Work) }
    }
}

/// The costs of a whole program.
pub(super) struct Costs {
    exprs: Vec<Cost>,
    choices: Vec<Cost>,
    bodies: Vec<Option<Cost>>,
}

impl Costs {
    /// Counts, and refuses what refers to nothing or costs too much.
    pub(super) fn of(program: &Program) -> Result<Self, ProgramError> {
        let mut costs = Self { exprs: Vec::new(), choices: Vec::new(), bodies: Vec::new() };
        for expr in &program.exprs {
            let mut cost = Cost::default();
            let mut known = true;
            expr.parts(&mut |part| match costs.expr(part) {
                Some(part) => cost = cost.and(part),
                None => known = false,
            });
            let there = expr.object().is_none_or(|object| program.object(object).is_some())
                && expr.text().is_none_or(|text| is_text(program, text));
            if !known || !there {
                return Err(ProgramError::Reference);
            }
            let own = expr.object().map_or(1, |object| object_work(program, object));
            costs.exprs.push(cost.around(own).checked()?);
        }
        costs.rules(program)?;
        costs.choices(program)?;
        costs.bodies = program.bodies.iter().map(|body| costs.steps(program, body)).collect();
        Ok(costs)
    }

    /// A body that a tree uses must be complete.
    pub(super) fn body(&self, body: BodyId) -> Result<(), ProgramError> {
        let cost = self.bodies.get(body.index()).copied().flatten();
        cost.ok_or(ProgramError::Reference)?.checked().map(drop)
    }

    fn expr(&self, expr: ExprId) -> Option<Cost> {
        self.exprs.get(expr.index()).copied()
    }

    fn rules(&self, program: &Program) -> Result<(), ProgramError> {
        for rule in &program.rules {
            if program.files.get(rule.place.file.index()).is_none() {
                return Err(ProgramError::Place);
            }
            let object = program.object(rule.object).is_some_and(|object| rule.call.suits(&object.model));
            let profile = rule.profile.is_none_or(|profile| program.profiles.get(profile.index()).is_some());
            if !object || !profile || self.call(&rule.call).is_none() {
                return Err(ProgramError::Reference);
            }
        }
        Ok(())
    }

    /// The arguments of a call.
    fn call(&self, call: &Call) -> Option<Cost> {
        let mut cost = Some(Cost::default());
        call.arguments(&mut |argument| cost = cost.and_then(|cost| Some(cost.and(self.expr(argument)?))));
        cost
    }

    /// A choice refers to choices before it only.
    fn choices(&mut self, program: &Program) -> Result<(), ProgramError> {
        for choice in &program.choices {
            if program.files.get(choice.place.file.index()).is_none() {
                return Err(ProgramError::Place);
            }
            let mut cost = self.expr(choice.selector).ok_or(ProgramError::Reference)?;
            for alternative in &choice.alternatives {
                let test = match alternative.test {
                    Test::Any => Cost::default(),
                    Test::Equals(literal) => self.expr(literal).ok_or(ProgramError::Reference)?,
                };
                let body = program.bodies.get(alternative.body.index()).ok_or(ProgramError::Reference)?;
                cost = cost.and(test).and(self.steps(program, body).ok_or(ProgramError::Reference)?);
            }
            self.choices.push(cost.around(1).checked()?);
        }
        Ok(())
    }

    /// The cost of a body, if all choices in it are known already.
    fn steps(&self, program: &Program, steps: &[Step]) -> Option<Cost> {
        let mut cost = Cost::default();
        for step in steps {
            cost = cost.and(match step {
                Step::Choice(choice) => *self.choices.get(choice.index())?,
                Step::Rule(rule) => {
                    let rule = program.rule(*rule)?;
                    self.call(&rule.call)?.around(object_work(program, rule.object))
                }
            });
        }
        Some(cost)
    }
}

fn is_text(program: &Program, text: TextId) -> bool {
    program.texts.get(text.index()).is_some()
}

/// What one access to an object's memory may take: looking for the table, then moving its rows.
fn object_work(program: &Program, object: ObjectId) -> u64 {
    let words = program.object(object).map_or(0, |object| object.model.access());
    u64::try_from(words).unwrap_or(u64::MAX).saturating_add(1)
}
