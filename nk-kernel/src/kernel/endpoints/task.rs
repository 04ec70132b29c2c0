//! Processes that programs make: one is created stopped, equipped and
//! connected, and started if the policy allows it, with whoever starts it as
//! the source of the `execute` event (`docs/init.md` §3, `docs/kernel.md` §9).
//!
//! A made process has no channel but those that its maker gives it before it
//! runs: `Connect` makes them, `SetEnv` names them together with arguments and
//! environment. It is one of at most 256 that live at a time, and is forgotten
//! when it has ended and nobody has a handle of it. One that is never started
//! is given up with its last handle.
use super::{Endpoints, Reaction, UNIMPLEMENTED, foreign, number};
use crate::core::Rights;
use crate::kernel::Kernel;
use crate::kernel::startup::Startup;
use crate::start::StartError;
use nk_core::nk::kl::core::task;
use nk_core::server::Answer;
use nk_core::task::Equipment;
use nk_image::{Task, TaskId};
use nk_runtime::{Handle, Retcode};

impl Endpoints<'_> {
    /// `task.Task`: the life of a process, from `Create` to `GetExitInfo`. The
    /// numbers of processes count from 1; they are positions, not those of the
    /// system.
    pub(super) fn task(&mut self, request: &task::Request<'_>) -> Reaction {
        match *request {
            task::Request::GetName(of) => self.process(of).map(|of| self.name(of)).into(),
            task::Request::GetPath(of) => self.process(of).and_then(|of| self.path(of)).into(),
            task::Request::GetPid(of) => {
                let pid = |of: TaskId| Answer::Number(u64::from(of.0).saturating_add(1));
                self.process(of).map(pid).into()
            }
            task::Request::Exit(code) => {
                self.kernel.processes.exit(self.caller(), code);
                Reaction::Ended
            }
            task::Request::FreeSelfEnv => Ok(()).into(),
            task::Request::Create(what) => {
                let created = self.create(what.name, what.eiid, what.path);
                self.created(created)
            }
            task::Request::SetEnv(what) => self.equip(what.task, what.env).into(),
            task::Request::Resume(of) => self.resume(of).into(),
            task::Request::Terminate(of) => self.terminate(of).into(),
            task::Request::GetExitInfo(of) => {
                let code = |of| self.kernel.processes.exit_code(of);
                self.process(of).and_then(code).map(Answer::Ended).into()
            }
            task::Request::TransferHandle(what) => self.transfer(&what).into(),
            _ => Reaction::Answer(UNIMPLEMENTED),
        }
    }

    /// The task name of a process; it stays known after its end.
    fn name(&self, of: TaskId) -> Answer {
        Answer::Texts(vec![self.kernel.core.programs().name(of).to_owned()])
    }

    /// The file of a process below the folder of programs.
    fn path(&self, of: TaskId) -> Result<Answer, Retcode> {
        let task = self.kernel.processes.task(of);
        let path = task.ok_or(Retcode::INTERNAL_ERROR)?.path.clone();
        Ok(Answer::Texts(vec![path]))
    }

    /// The process that a request speaks of: the invalid handle is the caller.
    fn process(&self, of: Handle) -> Result<TaskId, Retcode> {
        match number(of) {
            None => Ok(self.caller()),
            Some(of) => self.kernel.core.handles().find(self.caller(), of)?.task(),
        }
    }

    /// The process behind a handle with the right to control it.
    fn controlled(&self, of: Handle) -> Result<TaskId, Retcode> {
        let found = self.kernel.core.handles().find(self.caller(), of.handle)?;
        let task = found.task()?;
        found.with(Rights::CONTROL)?;
        Ok(task)
    }

    /// The same, if it has not been started.
    pub(super) fn stopped(&self, of: Handle) -> Result<TaskId, Retcode> {
        let task = self.controlled(of)?;
        if self.kernel.processes.is_stopped(task) {
            Ok(task)
        } else {
            Err(Retcode::INVALID_OPERATION)
        }
    }

    /// Makes a process that does not run yet; answers the caller's handle of
    /// it.
    fn create(&mut self, name: &str, class: &str, path: &str) -> Result<u32, Retcode> {
        let caller = self.caller();
        let Kernel {
            gate,
            core,
            processes,
            ..
        } = &mut *self.kernel;
        let class = gate.policy().tables().class_named(class);
        let class = class.ok_or(Retcode::RESOURCE_NOT_FOUND)?;
        if name.is_empty() || path.is_empty() {
            return Err(Retcode::INVALID_ARGUMENT);
        }
        let namesake = core.programs().named(name);
        if namesake.is_some_and(|task| core.programs().is_alive(task)) {
            return Err(Retcode::ALREADY_EXISTS);
        }
        if !processes.has_room() || core.handles().is_full(caller) {
            return Err(Retcode::QUOTA_EXCEEDED);
        }
        let id = core.add_program(name).ok_or(Retcode::OUT_OF_MEMORY)?;
        let task = Task {
            name: name.to_owned(),
            class,
            path: path.to_owned(),
            args: Vec::new(),
            env: Vec::new(),
        };
        processes.add(id, task);
        self.kernel.throttle.add_program(id);
        self.kernel.report.add(id, name);
        self.objects().hold_task(caller, id)
    }

    /// Arguments, environment and names of channels, before a process is
    /// started: [`Equipment`] as bytes.
    fn equip(&mut self, of: Handle, bytes: &[u8]) -> Result<(), Retcode> {
        let id = self.stopped(of)?;
        let equipment = Equipment::from_bytes(bytes).ok_or(Retcode::INVALID_ARGUMENT)?;
        for (name, handle) in &equipment.channels {
            self.connections().name_channel(id, name, *handle)?;
        }
        let Equipment { args, env, .. } = equipment;
        self.kernel.processes.equip(id, args, env);
        Ok(())
    }

    /// Starts a process, if the policy allows it.
    fn resume(&mut self, of: Handle) -> Result<(), Retcode> {
        let id = self.stopped(of)?;
        let caller = self.caller();
        let Kernel {
            gate,
            core,
            processes,
            report,
            ..
        } = &mut *self.kernel;
        let parties = processes
            .subject(core, caller)
            .zip(processes.subject(core, id));
        let (initiator, started) = parties.ok_or(Retcode::INTERNAL_ERROR)?;
        let permit = gate.start(report, caller, initiator, started)?;
        Startup::of(self.kernel)
            .requests_of(id)
            .map_err(|_| Retcode::SECURITY_DISALLOW)?;
        let started = self.kernel.start(id, permit);
        started.map_err(|e| self.not_started(id, &e))
    }

    /// Says why a process could not be started, in the documented words, and
    /// what its maker is answered: `rcResourceNotFound` for a file that is not
    /// there, `rcInvalidArgument` for one that cannot be a program, `rcFail`
    /// for the rest.
    fn not_started(&mut self, id: TaskId, e: &StartError) -> Retcode {
        let Kernel {
            processes, report, ..
        } = &mut *self.kernel;
        let name = processes.name(id);
        report.message(&format!("Can't run task \"{name}\": {e}"));
        match e {
            StartError::Missing { .. } => Retcode::RESOURCE_NOT_FOUND,
            StartError::Outside { .. } | StartError::NotAFile { .. } | StartError::Mode { .. } => {
                Retcode::INVALID_ARGUMENT
            }
            _ => Retcode::FAIL,
        }
    }

    /// Ends a process; one that was never started is given up.
    fn terminate(&mut self, of: Handle) -> Result<(), Retcode> {
        let id = self.controlled(of)?;
        if self.kernel.processes.kill(id) || self.kernel.give_up(id) {
            Ok(())
        } else {
            Err(Retcode::INVALID_OPERATION)
        }
    }

    /// Gives a process a handle of the caller's. The number in the answer is
    /// the process's.
    fn transfer(&mut self, what: &task::TransferHandleReq) -> Result<Answer, Retcode> {
        let (caller, to) = (self.caller(), self.controlled(what.task)?);
        let (handle, badge) = (what.src_handle.handle, number(what.src_badge));
        let rights = Rights(what.dst_rights);
        let handle = self.objects().pass(caller, handle, badge, rights, to)?;
        Ok(Answer::Handles(vec![foreign(handle)]))
    }
}
