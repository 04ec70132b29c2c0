//! The programs: those of the plan, and those that programs make while the
//! solution runs. A program's position is its [`TaskId`]; the position of one
//! that was made and is forgotten is given to another.
use super::ResourceId;
use nk_image::TaskId;
use nk_security::Sid;

/// A program at its position.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Program {
    name: String,
    alive: bool,
    /// By another program, not by the plan.
    made: bool,
    /// The process as a resource; `None` once the program is forgotten.
    resource: Option<ResourceId>,
    sid: Sid,
}

/// All programs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Programs {
    programs: Vec<Program>,
}

impl Programs {
    /// The position for the next program: a free one, or a new one. `None` when
    /// there are 2³².
    pub(super) fn next_id(&self) -> Option<TaskId> {
        let free = self.programs.iter().position(|p| p.resource.is_none());
        TaskId::new(free.unwrap_or(self.programs.len()))
    }

    /// Brings in a living program at [`Programs::next_id`]. `made`: by another
    /// program, not by the plan.
    pub(super) fn add(&mut self, task: TaskId, name: &str, made: bool, process: (ResourceId, Sid)) {
        let program = Program {
            name: name.to_owned(),
            alive: true,
            made,
            resource: Some(process.0),
            sid: process.1,
        };
        match self.programs.get_mut(task.index()) {
            Some(place) => *place = program,
            None => self.programs.push(program),
        }
    }

    /// The program at a position, alive or not.
    fn get(&self, task: TaskId) -> Option<&Program> {
        self.programs.get(task.index())
    }

    /// Whether the program is still there.
    #[must_use]
    pub fn is_alive(&self, task: TaskId) -> bool {
        self.get(task).is_some_and(|p| p.alive)
    }

    /// The program as the security module knows it.
    #[must_use]
    pub fn sid(&self, task: TaskId) -> Option<Sid> {
        self.get(task).map(|p| p.sid)
    }

    /// The program's task name; `?` for one that there is not.
    #[must_use]
    pub fn name(&self, task: TaskId) -> &str {
        self.get(task).map_or("?", |p| p.name.as_str())
    }

    /// The program with this task name; one that lives before one that does
    /// not.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<TaskId> {
        let named = |alive: bool| {
            self.programs
                .iter()
                .position(|p| p.resource.is_some() && p.alive == alive && p.name == name)
        };
        named(true).or_else(|| named(false)).and_then(TaskId::new)
    }

    /// The process as a resource.
    pub(super) fn resource(&self, task: TaskId) -> Option<ResourceId> {
        self.get(task)?.resource
    }

    /// Whether a program other than this one lives.
    pub(super) fn others_live(&self, task: TaskId) -> bool {
        self.living().any(|other| other != task)
    }

    /// The only program that lives, if there is just one.
    pub(super) fn last(&self) -> Option<TaskId> {
        let mut living = self.living();
        living.next().filter(|_| living.next().is_none())
    }

    /// The programs that live, by their positions.
    fn living(&self) -> impl Iterator<Item = TaskId> {
        (0_u32..)
            .map(TaskId)
            .zip(&self.programs)
            .filter(|(_, p)| p.alive)
            .map(|(task, _)| task)
    }

    /// A program has ended: its SID and its process. `None` when it had ended
    /// before.
    pub(super) fn end(&mut self, task: TaskId) -> Option<(Sid, Option<ResourceId>)> {
        let program = self.programs.get_mut(task.index())?;
        std::mem::replace(&mut program.alive, false).then_some((program.sid, program.resource))
    }

    /// The process of a program that may be forgotten: it has ended, and is not
    /// one of the plan.
    pub(super) fn forgettable(&self, task: TaskId) -> Option<ResourceId> {
        let program = self.get(task)?;
        program.resource.filter(|_| !program.alive && program.made)
    }

    /// Forgets a program; its position is free.
    pub(super) fn forget(&mut self, task: TaskId) {
        if let Some(program) = self.programs.get_mut(task.index()) {
            program.resource = None;
        }
    }
}
