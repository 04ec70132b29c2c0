//! The programs: each task with its process, what it has made the kernel hold,
//! and how it ended.
//!
//! ```text
//! Stopped ── start ──► Running ── its process ends ──► Ended
//!    └────────── give up ───────────────────────────────┘
//! ```
//!
//! The tasks of the plan stay in its order for good; the position of a program
//! that was made and is forgotten is given to another.
use super::Carrier;
use crate::lane::Account;
use crate::start::{Ended, Running};
use crate::sys::Threads;
use nk_image::{Task, TaskId};
use nk_runtime::Retcode;
use nk_security::Subject;
use rustix::process::{Pid, Signal};

/// Queued bytes that a program may have besides one maximum message (design
/// §5).
const EXTRA_QUEUED: u64 = 1 << 20;
/// Processes that other programs have made and that have not ended.
const MAX_MADE: usize = 256;

/// Where a program is in its life.
enum Life {
    /// Not started yet.
    Stopped,
    Running(Running),
    Ended(Ended),
}

/// A task and its process.
struct Program {
    /// What is started.
    task: Task,
    /// Bytes of its messages that the kernel holds.
    account: Account,
    life: Life,
    /// The code that it asked to end with.
    exit: Option<i32>,
}

impl Program {
    /// One that is not started yet. `max_message`: bytes of the largest
    /// message, which its account has room for once.
    fn new(task: Task, max_message: u32) -> Self {
        Self {
            task,
            account: Account::new(u64::from(max_message).saturating_add(EXTRA_QUEUED)),
            life: Life::Stopped,
            exit: None,
        }
    }

    /// Its process, while it runs.
    const fn running(&self) -> Option<&Running> {
        match &self.life {
            Life::Running(running) => Some(running),
            Life::Stopped | Life::Ended(_) => None,
        }
    }

    /// How it ended, if it has.
    const fn ended(&self) -> Option<Ended> {
        match self.life {
            Life::Ended(ended) => Some(ended),
            Life::Stopped | Life::Running(_) => None,
        }
    }

    /// Waits for the end of a program that runs. A process that the kernel
    /// ended on the program's own wish ended with the code that it gave.
    fn wait(&mut self) -> Option<Ended> {
        let ended = match (self.running()?.wait(), self.exit) {
            (Ended::Signal(_), Some(code)) => Ended::Code(code),
            (seen, _) => seen,
        };
        self.life = Life::Ended(ended);
        Some(ended)
    }
}

/// All programs.
pub(super) struct Processes {
    programs: Vec<Program>,
    /// How many of them are the plan's; the others were made by programs.
    planned: usize,
    max_message: u32,
}

impl Processes {
    /// The tasks of a plan, none of them started. `max_message`: bytes of the
    /// largest message.
    pub(super) fn new(tasks: &[Task], max_message: u32) -> Self {
        let program = |task: &Task| Program::new(task.clone(), max_message);
        Self {
            programs: tasks.iter().map(program).collect(),
            planned: tasks.len(),
            max_message,
        }
    }

    /// The program at a position.
    fn get(&self, id: TaskId) -> Option<&Program> {
        self.programs.get(id.index())
    }

    /// What is started as this program.
    pub(super) fn task(&self, id: TaskId) -> Option<&Task> {
        self.get(id).map(|program| &program.task)
    }

    /// A program as a party of events.
    pub(super) fn subject(&self, core: &Carrier, id: TaskId) -> Option<Subject> {
        let (class, sid) = (self.task(id)?.class, core.programs().sid(id)?);
        Some(Subject { class, sid })
    }

    /// The task name of a program; `?` for one that there is not.
    pub(super) fn name(&self, id: TaskId) -> &str {
        self.task(id).map_or("?", |task| task.name.as_str())
    }

    /// What is charged to a program.
    pub(super) fn account(&self, id: TaskId) -> Option<&Account> {
        self.get(id).map(|program| &program.account)
    }

    /// Whether other programs may make another one.
    pub(super) fn has_room(&self) -> bool {
        let made = self.programs.iter().skip(self.planned);
        made.filter(|program| program.ended().is_none()).count() < MAX_MADE
    }

    /// A program that another has made, in a place that may have been
    /// another's.
    pub(super) fn add(&mut self, id: TaskId, task: Task) {
        let program = Program::new(task, self.max_message);
        match self.programs.get_mut(id.index()) {
            Some(place) => *place = program,
            None => self.programs.push(program),
        }
    }

    /// Arguments and environment of a program that has not been started.
    pub(super) fn equip(&mut self, id: TaskId, args: Vec<String>, env: Vec<(String, String)>) {
        if let Some(program) = self.programs.get_mut(id.index()) {
            (program.task.args, program.task.env) = (args, env);
        }
    }

    /// Whether it has not been started.
    pub(super) fn is_stopped(&self, id: TaskId) -> bool {
        self.get(id)
            .is_some_and(|program| matches!(program.life, Life::Stopped))
    }

    /// It runs from now on.
    pub(super) fn started(&mut self, id: TaskId, running: Running) {
        if let Some(program) = self.programs.get_mut(id.index()) {
            program.life = Life::Running(running);
        }
    }

    /// Whether any program runs.
    pub(super) fn any_runs(&self) -> bool {
        self.programs.iter().any(|p| p.running().is_some())
    }

    /// The processes of programs that run.
    pub(super) fn pids(&self) -> Vec<Pid> {
        let running = self.programs.iter().filter_map(Program::running);
        running.map(|running| running.pid).collect()
    }

    /// Where a program's new threads are asked about; empty when they no longer
    /// are.
    pub(super) fn threads(&mut self, id: TaskId) -> Option<&mut Option<Threads>> {
        match &mut self.programs.get_mut(id.index())?.life {
            Life::Running(running) => Some(&mut running.threads),
            Life::Stopped | Life::Ended(_) => None,
        }
    }

    /// Waits for the process of a program, which is ending; `None` for one that
    /// does not run.
    pub(super) fn wait(&mut self, id: TaskId) -> Option<Ended> {
        self.programs.get_mut(id.index())?.wait()
    }

    /// A program ends itself: its process is ended at once, and its code is
    /// what is reported.
    pub(super) fn exit(&mut self, id: TaskId, code: i32) {
        if let Some(program) = self.programs.get_mut(id.index())
            && let Life::Running(running) = &program.life
        {
            running.kill();
            program.exit.get_or_insert(code);
        }
    }

    /// Ends the process of a program; `false` for one that does not run.
    pub(super) fn kill(&self, id: TaskId) -> bool {
        let running = self.get(id).and_then(Program::running);
        running.map(Running::kill).is_some()
    }

    /// A program that was never started will not be; `false` for any other.
    pub(super) fn give_up(&mut self, id: TaskId) -> bool {
        let stopped = self.is_stopped(id);
        if let Some(program) = self.programs.get_mut(id.index()).filter(|_| stopped) {
            program.life = Life::Ended(Ended::Signal(Signal::KILL.as_raw()));
        }
        stopped
    }

    /// The code that a process ended with; for one that was ended by a signal
    /// 128 and the signal's number.
    ///
    /// # Errors
    /// `rcNotReady` while it has not ended.
    pub(super) fn exit_code(&self, id: TaskId) -> Result<u32, Retcode> {
        match self.get(id).and_then(Program::ended) {
            None => Err(Retcode::NOT_READY),
            Some(Ended::Code(code)) => Ok(code.cast_unsigned()),
            Some(Ended::Signal(signal)) => Ok(signal.saturating_add(128).cast_unsigned()),
        }
    }

    /// Ends every program that still runs, and waits for all.
    pub(super) fn end_all(&mut self) {
        for running in self.programs.iter().filter_map(Program::running) {
            running.kill();
        }
        for program in &mut self.programs {
            program.wait();
        }
    }

    /// How every task of the plan ended, in its order.
    pub(super) fn endings(&self) -> Vec<(String, Ended)> {
        let ending = |p: &Program| Some((p.task.name.clone(), p.ended()?));
        let planned = self.programs.iter().take(self.planned);
        planned.filter_map(ending).collect()
    }
}
