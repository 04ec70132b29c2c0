//! Sorts, depth and work of expressions and rule bodies, found out once at
//! load. An expression refers only to what stands before it, so that counting
//! and evaluating both end.
use super::ProgramError;
use crate::program::kind::Sort;
use crate::program::{Call, Program, Read, Step};
use crate::{BodyId, ExprId, ObjectId};

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
        let depth = if self.depth > other.depth {
            self.depth
        } else {
            other.depth
        };
        Self {
            depth,
            work: self.work.saturating_add(other.work),
        }
    }
    /// One level around it, with work of its own.
    const fn context(self, work: u64) -> Self {
        Self {
            depth: self.depth.saturating_add(1),
            work: self.work.saturating_add(work),
        }
    }
    /// # Errors
    /// [`ProgramError::Work`] for what nests too deep or takes too long.
    fn checked(self) -> Result<Self, ProgramError> {
        if self.depth <= MAX_DEPTH && self.work <= MAX_WORK {
            Ok(self)
        } else {
            Err(ProgramError::Work)
        }
    }
}

/// The costs of a whole program.
pub(super) struct Costs {
    sorts: Vec<Sort>,
    exprs: Vec<Cost>,
    choices: Vec<Cost>,
    bodies: Vec<Option<Cost>>,
}

impl Costs {
    /// Counts, and refuses what refers to nothing, does not fit together or
    /// costs too much.
    pub(super) fn of(program: &Program) -> Result<Self, ProgramError> {
        let mut costs = Self {
            sorts: Vec::new(),
            exprs: Vec::new(),
            choices: Vec::new(),
            bodies: Vec::new(),
        };
        for expr in &program.exprs {
            let mut cost = Some(Cost::default());
            expr.parts(&mut |part| cost = cost.and_then(|cost| Some(cost.and(costs.expr(part)?))));
            let (Some(cost), Some(sort)) = (cost, expr.sort(&costs.sorts, program)) else {
                return Err(ProgramError::Reference);
            };
            let own = expr
                .object()
                .map_or(1, |object| object_work(program, object));
            costs.sorts.push(sort);
            costs.exprs.push(cost.context(own).checked()?);
        }
        costs.rules(program)?;
        costs.choices(program)?;
        costs.bodies = program
            .bodies
            .iter()
            .map(|body| costs.steps(program, body))
            .collect();
        Ok(costs)
    }

    /// A body that a tree uses must be complete.
    pub(super) fn body(&self, body: BodyId) -> Result<(), ProgramError> {
        let cost = self.bodies.get(body.index()).copied().flatten();
        cost.ok_or(ProgramError::Reference)?.checked().map(drop)
    }

    /// What an expression costs, if it has been counted.
    fn expr(&self, expr: ExprId) -> Option<Cost> {
        self.exprs.get(expr.index()).copied()
    }

    /// The sort of an expression, if it has been found out.
    fn sort(&self, expr: ExprId) -> Option<Sort> {
        self.sorts.get(expr.index()).copied()
    }

    /// Proves every rule: its place, object, profile and arguments refer to
    /// something, the arguments are what the rule works with, and what a trace
    /// shows of them has a name and a value.
    ///
    /// # Errors
    /// [`ProgramError::Place`], [`ProgramError::Reference`].
    fn rules(&self, program: &Program) -> Result<(), ProgramError> {
        for rule in &program.rules {
            if program.files.get(rule.place.file.index()).is_none() {
                return Err(ProgramError::Place);
            }
            let object = program.object(rule.object);
            let suits = object.is_some_and(|object| rule.call.suits(&object.model, &self.sorts));
            let profile = rule
                .profile
                .is_none_or(|profile| program.profiles.get(profile.index()).is_some());
            if !suits
                || !profile
                || self.call(&rule.call).is_none()
                || !self.are_there(program, &rule.reads)
            {
                return Err(ProgramError::Reference);
            }
        }
        Ok(())
    }

    /// Whether what a trace shows has a name and a value.
    fn are_there(&self, program: &Program, reads: &[Read]) -> bool {
        let value = |expr| self.sort(expr).is_some_and(Sort::is_value);
        reads
            .iter()
            .all(|read| program.text(read.name).is_some() && value(read.expr))
    }

    /// The arguments of a call.
    fn call(&self, call: &Call) -> Option<Cost> {
        let mut cost = Some(Cost::default());
        call.arguments(&mut |argument| {
            cost = cost.and_then(|cost| Some(cost.and(self.expr(argument)?)));
        });
        cost
    }

    /// A choice refers to choices before it only.
    fn choices(&mut self, program: &Program) -> Result<(), ProgramError> {
        for choice in &program.choices {
            if program.files.get(choice.place.file.index()).is_none() {
                return Err(ProgramError::Place);
            }
            let profile = choice
                .profile
                .is_none_or(|profile| program.profiles.get(profile.index()).is_some());
            if !profile || !self.are_there(program, &choice.reads) {
                return Err(ProgramError::Reference);
            }
            let (mut cost, sort) = self
                .expr(choice.selector)
                .zip(self.sort(choice.selector))
                .ok_or(ProgramError::Reference)?;
            for alternative in &choice.alternatives {
                if !alternative.test.suits(sort, program) {
                    return Err(ProgramError::Reference);
                }
                let body = program
                    .bodies
                    .get(alternative.body.index())
                    .ok_or(ProgramError::Reference)?;
                let test = Cost { depth: 0, work: 1 };
                cost = cost
                    .and(test)
                    .and(self.steps(program, body).ok_or(ProgramError::Reference)?);
            }
            self.choices.push(cost.context(1).checked()?);
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
                    self.call(&rule.call)?
                        .context(object_work(program, rule.object))
                }
            });
        }
        Some(cost)
    }
}

/// What one access to an object's memory may take: looking for the table, then
/// moving its rows.
fn object_work(program: &Program, object: ObjectId) -> u64 {
    let words = program
        .object(object)
        .map_or(0, |object| object.model.access());
    u64::try_from(words).unwrap_or(u64::MAX).saturating_add(1)
}
