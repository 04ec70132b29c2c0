//! The kernel's own endpoints (class `kl.core.Core`): what each request is answered with, and what it brings about. No I/O:
//! what comes here was granted, and what is answered is checked like the response of a program.
use crate::lane::Buffer;
use nk_core::nk::kl::core::core::Class;
use nk_core::server::{self, Services};
use nk_image::{Solution, Task};
use nk_runtime::{ClassType, Header, Retcode};
use nk_security::{Bytes, Granted, KERNEL_CLASS};
use std::time::{Duration, SystemTime};

/// A response, and what has to be done besides.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) response: Buffer,
    pub(super) effect: Effect,
}

/// What a request brings about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing: the response says it all.
    Nothing,
    /// The developer is shown a text.
    Show(String),
    /// The response is kept back for some milliseconds.
    Sleep(u32),
    /// The program ends with this code, and there is no response.
    Exit(i32),
}

/// The kernel's endpoints, as far as the solution means the same by them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Endpoints {
    same: bool,
}

impl Endpoints {
    pub(super) fn new(solution: &Solution) -> Self {
        let tables = solution.policy.tables();
        let described = tables.class_named(KERNEL_CLASS).and_then(|class| tables.class(class));
        Self { same: described.is_none_or(|class| class.digest == Class::DIGEST) }
    }

    /// Whether the solution's description of the kernel, if it has one, is the kernel's own. A request to another description
    /// would be misread.
    pub(super) const fn are_the_solutions(self) -> bool {
        self.same
    }

    /// Answers a request of a task.
    ///
    /// # Errors
    /// The code that the call ends with, instead of a response.
    pub(super) fn call(self, caller: &Task, request: &Granted<Buffer>) -> Result<Answer, Retcode> {
        if !self.same {
            return Err(Retcode::UNIMPLEMENTED);
        }
        let (constant, arena) = request.message().parts();
        let mut calling = Calling { task: caller, effect: Effect::Nothing };
        let mut room = vec![0; server::ROOM];
        let length = server::answer(&mut calling, &[constant, arena].concat(), &mut room)?;
        let response = room.get(..length).ok_or(Retcode::INTERNAL_ERROR)?;
        Ok(Answer { response: message(response).ok_or(Retcode::INTERNAL_ERROR)?, effect: calling.effect })
    }
}

/// A message whose arena follows its constant part directly.
fn message(bytes: &[u8]) -> Option<Buffer> {
    let (constant, arena) = bytes.split_at_checked(usize::try_from(Header::read(bytes)?.ex.size()).ok()?)?;
    Buffer::own(constant, arena)
}

/// The task that calls, and what has come of it.
struct Calling<'t> {
    task: &'t Task,
    effect: Effect,
}

impl Services for Calling<'_> {
    fn name(&self) -> Result<&str, Retcode> {
        Ok(&self.task.name)
    }
    fn path(&self) -> Result<&str, Retcode> {
        Ok(&self.task.path)
    }
    fn exit(&mut self, code: i32) -> Result<(), Retcode> {
        self.effect = Effect::Exit(code);
        Ok(())
    }
    fn env(&self, name: &str) -> Result<&str, Retcode> {
        let variable = self.task.env.iter().find(|(known, _)| known == name);
        variable.map(|(_, value)| value.as_str()).ok_or(Retcode::RESOURCE_NOT_FOUND)
    }
    fn debug_write(&mut self, text: &str) -> Result<(), Retcode> {
        self.effect = Effect::Show(text.to_owned());
        Ok(())
    }
    fn sleep(&mut self, milliseconds: u32) -> Result<(), Retcode> {
        self.effect = Effect::Sleep(milliseconds);
        Ok(())
    }
    fn now(&self) -> Result<Duration, Retcode> {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_err(|_| Retcode::FAIL)
    }
}
