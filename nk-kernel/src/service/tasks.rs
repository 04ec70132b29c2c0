//! Programs that programs make: a process is created stopped, equipped and connected, and started if the policy allows it,
//! with whoever starts it as the source of the `execute` event (`spec/psl-runtime.md` E.3, F.9).
use super::{Kernel, Program};
use crate::start::{Ended, StartError};
use nk_image::{Task, TaskId};
use nk_runtime::{Handle, Retcode};
use nk_security::ClassId;

/// Programs that other programs have made and that have not ended.
const MAX_MADE: usize = 256;

impl Kernel {
    /// Makes a process that does not run yet; answers the maker's handle of it.
    pub(super) fn create_task(
        &mut self,
        maker: TaskId,
        name: &str,
        class: &str,
        path: &str,
    ) -> Result<u32, Retcode> {
        let class = self
            .solution
            .policy
            .tables()
            .class_named(class)
            .ok_or(Retcode::RESOURCE_NOT_FOUND)?;
        if name.is_empty() || path.is_empty() {
            return Err(Retcode::INVALID_ARGUMENT);
        }
        if self
            .core
            .programs()
            .named(name)
            .is_some_and(|task| self.core.programs().is_alive(task))
        {
            return Err(Retcode::ALREADY_EXISTS);
        }
        let made = self
            .programs
            .iter()
            .skip(self.planned)
            .filter(|program| program.ended.is_none())
            .count();
        if made >= MAX_MADE || self.core.handles().is_full(maker) {
            return Err(Retcode::QUOTA_EXCEEDED);
        }
        let id = self.core.add_program(name).ok_or(Retcode::OUT_OF_MEMORY)?;
        self.enter(id, name, class, path);
        self.core.objects().hold_task(maker, id)
    }

    /// A made program in the kernel's lists, in a place that may have been another's.
    fn enter(&mut self, id: TaskId, name: &str, class: ClassId, path: &str) {
        let task = Task {
            name: name.to_owned(),
            class,
            path: path.to_owned(),
            args: Vec::new(),
            env: Vec::new(),
        };
        let program = Program::new(self.max_message);
        self.report.add(id, name);
        let (tasks, programs) = (&mut self.solution.plan.tasks, &mut self.programs);
        if let (Some(known), Some(place)) =
            (tasks.get_mut(id.index()), programs.get_mut(id.index()))
        {
            (*known, *place) = (task, program);
        } else {
            tasks.push(task);
            programs.push(program);
        }
    }

    /// The process behind a handle, if it has not been started.
    pub(super) fn stopped_task(&self, caller: TaskId, of: Handle) -> Result<TaskId, Retcode> {
        let task = self.find_task(caller, of.handle, true)?;
        let stopped = self
            .programs
            .get(task.index())
            .is_some_and(Program::is_stopped);
        if stopped {
            Ok(task)
        } else {
            Err(Retcode::INVALID_OPERATION)
        }
    }

    /// Arguments, environment and names of channels, before a process is started: [`nk_core::task::Equipment`] as bytes.
    pub(super) fn set_env(
        &mut self,
        caller: TaskId,
        of: Handle,
        bytes: &[u8],
    ) -> Result<(), Retcode> {
        let id = self.stopped_task(caller, of)?;
        let equipment =
            nk_core::task::Equipment::from_bytes(bytes).ok_or(Retcode::INVALID_ARGUMENT)?;
        for (name, handle) in &equipment.channels {
            self.core.connections().name_channel(id, name, *handle)?;
        }
        let task = self
            .solution
            .plan
            .tasks
            .get_mut(id.index())
            .ok_or(Retcode::INTERNAL_ERROR)?;
        (task.args, task.env) = (equipment.args, equipment.env);
        Ok(())
    }

    /// Starts a process, if the policy allows it.
    pub(super) fn resume_task(&mut self, caller: TaskId, of: Handle) -> Result<(), Retcode> {
        let id = self.stopped_task(caller, of)?;
        let (initiator, started) = self
            .subject(caller)
            .zip(self.subject(id))
            .ok_or(Retcode::INTERNAL_ERROR)?;
        let permit = match self
            .solution
            .policy
            .execute(&mut self.state, initiator, started)
        {
            Ok(permit) => permit,
            Err(record) => return Err(self.refuse(caller, &record)),
        };
        self.audit_granted(caller, permit.record());
        self.launch_program(id)
            .map_err(|_| Retcode::SECURITY_DISALLOW)?;
        self.start_one(id, permit).map_err(|e| {
            let name = self.task_name(id).to_owned();
            self.report.say(&format!("Can't run task \"{name}\": {e}"));
            match e {
                StartError::Missing { .. } => Retcode::RESOURCE_NOT_FOUND,
                StartError::Outside { .. }
                | StartError::NotAFile { .. }
                | StartError::Mode { .. } => Retcode::INVALID_ARGUMENT,
                _ => Retcode::FAIL,
            }
        })
    }

    /// Ends a process; one that was never started is given up.
    pub(super) fn terminate_task(&mut self, caller: TaskId, of: Handle) -> Result<(), Retcode> {
        let id = self.find_task(caller, of.handle, true)?;
        let program = self
            .programs
            .get(id.index())
            .ok_or(Retcode::INTERNAL_ERROR)?;
        match &program.running {
            Some(running) => running.kill(),
            None if program.ended.is_some() => return Err(Retcode::INVALID_OPERATION),
            None => self.give_up_task(id),
        }
        Ok(())
    }

    /// A process that was never started will not be.
    pub(super) fn give_up_task(&mut self, id: TaskId) {
        if let Some(program) = self
            .programs
            .get_mut(id.index())
            .filter(|program| program.is_stopped())
        {
            program.ended = Some(Ended::Signal(rustix::process::Signal::KILL.as_raw()));
            self.core.ended(id);
        }
    }

    /// The code that a process ended with; for one that was ended by a signal 128 and the signal's number.
    pub(super) fn exit_code_of(&self, of: TaskId) -> Result<u32, Retcode> {
        match self
            .programs
            .get(of.index())
            .and_then(|program| program.ended)
        {
            None => Err(Retcode::NOT_READY),
            Some(Ended::Code(code)) => Ok(code.cast_unsigned()),
            Some(Ended::Signal(signal)) => Ok(signal.saturating_add(128).cast_unsigned()),
        }
    }
}
