//! Programs: those of the plan, and those that programs make while the solution runs.
use super::handles::{Kind, Rights};
use super::{Activity, Core, ListenerId, Program};
use nk_image::TaskId;
use nk_runtime::Retcode;
use nk_security::Sid;

/// What making a channel between two programs that do not run yet has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connected {
    /// The server's handle of the listener.
    pub listener: u32,
    /// The server's handle of the channel's end, if it was asked for.
    pub serving: Option<u32>,
    /// The client's handle.
    pub calling: u32,
}

impl<M, T: Copy> Core<M, T> {
    /// Brings a program in that another has made, alive and idle, in a place that is free.
    pub fn add_program(&mut self, name: &str) -> Option<TaskId> {
        self.add(name, true)
    }

    pub(super) fn add(&mut self, name: &str, made: bool) -> Option<TaskId> {
        let recycled = self
            .programs
            .iter()
            .position(|program| program.resource.is_none());
        let task = TaskId::new(recycled.unwrap_or(self.programs.len()))?;
        self.handles.add_program(task);
        let sid = self.handles.new_sid();
        let resource = self.handles.resource(Kind::Task(task), sid).ok()?;
        let program = Program {
            name: name.to_owned(),
            alive: true,
            made,
            resource: Some(resource),
            sid,
            calls: 0,
            lanes: vec![Activity::Idle; self.lanes as usize],
            names: Vec::new(),
            connecting: super::Connecting::default(),
        };
        match self.programs.get_mut(task.index()) {
            Some(place) => *place = program,
            None => self.programs.push(program),
        }
        Some(task)
    }

    /// A handle of a process for a program: its own, or one that it has made.
    ///
    /// # Errors
    /// `rcQuotaExceeded`, `rcResourceNotFound`.
    pub fn hold_task(&mut self, holder: TaskId, of: TaskId) -> Result<u32, Retcode> {
        let resource = self
            .programs
            .get(of.index())
            .and_then(|program| program.resource);
        self.handles.hold(
            holder,
            resource.ok_or(Retcode::RESOURCE_NOT_FOUND)?,
            Rights::ALL,
        )
    }

    /// The process behind a handle.
    ///
    /// # Errors
    /// `rcInvalidArgument`, `rcHandleRevoked`; `rcNoCapability` when `control` is asked for and not given.
    pub fn find_task(&self, task: TaskId, handle: u32, control: bool) -> Result<TaskId, Retcode> {
        let found = self.handles.find(task, handle)?;
        let Kind::Task(of) = found.kind else {
            return Err(Retcode::INVALID_ARGUMENT);
        };
        if control {
            found.with(Rights::CONTROL)?;
        }
        Ok(of)
    }

    /// Makes a static channel between two programs; both have to be stopped, which whoever starts them knows. With a listener
    /// of the server the channel is added to it.
    ///
    /// # Errors
    /// `rcInvalidArgument` when a program is to call itself or the listener is none of the server's, `rcOutOfMemory`.
    pub fn connect_tasks(
        &mut self,
        server: TaskId,
        client: TaskId,
        listener: Option<u32>,
        own_end: bool,
    ) -> Result<Connected, Retcode> {
        if server == client {
            return Err(Retcode::INVALID_ARGUMENT);
        }
        let (listener, handle) = match listener {
            Some(handle) => match self.handles.find(server, handle)?.kind {
                Kind::Listener(listener) => (listener, handle),
                _ => return Err(Retcode::INVALID_ARGUMENT),
            },
            None => self.new_listener(server, true)?,
        };
        let (channel, calling) = self.new_channel(client, listener, true)?;
        let serving = if own_end {
            Some(self.new_serving(server, channel)?)
        } else {
            None
        };
        Ok(Connected {
            listener: handle,
            serving,
            calling,
        })
    }

    /// A program that does not run yet finds a handle of its own by this name once it runs.
    ///
    /// # Errors
    /// `rcInvalidArgument` for a handle of another kind, `rcAlreadyExists` for a name that it has.
    pub fn name_channel(&mut self, task: TaskId, name: &str, handle: u32) -> Result<(), Retcode> {
        let serving = match self.handles.find(task, handle)?.kind {
            Kind::Listener(_) => true,
            Kind::Channel(_) => false,
            _ => return Err(Retcode::INVALID_ARGUMENT),
        };
        let known = if serving {
            self.find_listener(task, name)
        } else {
            self.find_channel(task, name)
        };
        if known.is_some() {
            return Err(Retcode::ALREADY_EXISTS);
        }
        self.give_name(task, name, serving, handle);
        Ok(())
    }

    /// Whether the program is still there.
    #[must_use]
    pub fn is_alive(&self, task: TaskId) -> bool {
        self.programs.get(task.index()).is_some_and(|p| p.alive)
    }
    /// The program as the security module knows it.
    #[must_use]
    pub fn sid(&self, task: TaskId) -> Option<Sid> {
        self.programs.get(task.index()).map(|p| p.sid)
    }
    /// The program's task name.
    #[must_use]
    pub fn name(&self, task: TaskId) -> &str {
        self.programs
            .get(task.index())
            .map_or("?", |p| p.name.as_str())
    }
    /// The program with this task name; one that lives before one that does not.
    #[must_use]
    pub fn task_named(&self, name: &str) -> Option<TaskId> {
        let named = |alive: bool| {
            self.programs
                .iter()
                .position(|p| p.resource.is_some() && p.alive == alive && p.name == name)
        };
        named(true).or_else(|| named(false)).and_then(TaskId::new)
    }
    /// The program that serves a listener.
    #[must_use]
    pub fn server(&self, listener: ListenerId) -> Option<TaskId> {
        self.listeners.get(listener.0).map(|l| l.server)
    }

    /// Nobody can call a server any more whose clients have all ended: its threads are not kept waiting.
    pub(super) fn release_all_alone(&mut self) {
        let listeners: Vec<_> = self
            .listeners
            .iter()
            .map(|(number, _)| ListenerId(number))
            .collect();
        for listener in listeners {
            self.release_if_deserted(listener);
        }
        let alive = |core: &Self| {
            (0_u32..)
                .map(TaskId)
                .zip(&core.programs)
                .filter(|(_, p)| p.alive)
                .map(|(id, _)| id)
                .collect::<Vec<_>>()
        };
        if let [last] = alive(self)[..] {
            self.release_listeners_if_alone(last);
        }
    }

    /// Whether the place of an ended program may be given to another: nothing refers to it any more.
    #[must_use]
    pub fn is_forgotten(&self, task: TaskId) -> bool {
        self.programs
            .get(task.index())
            .is_some_and(|p| p.resource.is_none())
    }

    /// Forgets an ended program that nobody has a handle of and no server still works for. Those of the plan stay.
    pub(super) fn recycle(&mut self, task: TaskId) {
        let Some(program) = self.programs.get(task.index()) else {
            return;
        };
        if program.alive || program.calls > 0 || !program.made {
            return;
        }
        let Some(resource) = program
            .resource
            .filter(|resource| self.handles.is_unheld(*resource))
        else {
            return;
        };
        self.forget_resource(resource);
        self.handles.remove_resource(resource);
        if let Some(program) = self.programs.get_mut(task.index()) {
            program.resource = None;
            program.names.clear();
        }
        for (_, listener) in self.listeners.iter_mut() {
            listener.line.forget(task);
        }
    }
}
