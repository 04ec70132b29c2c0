//! Starting the tasks of a plan, and what this asks of the kernel, as requests
//! to `kl.core.Core` that the policy decides on (`docs/init.md` §3,
//! `docs/kernel.md` §8): the steps of `Einit`, and what every program asks for before its own
//! code runs.
//!
//! | step | request | source |
//! |---|---|---|
//! | a task is created | `task.Task.Create` | `Einit` |
//! | it gets arguments and environment | `task.Task.SetEnv` | `Einit` |
//! | a channel is made | `handle.Handle.Connect` | `Einit` |
//! | it is resumed | `task.Task.Resume`, then `execute` | `Einit` |
//! | before its own code runs | `vmm.VMM.Allocate`, `hal.HAL.GetEnv`, `task.Task.FreeSelfEnv` | the task |
//!
//! The `execute` event is always decided on; the requests only as far as
//! [`KernelRequests`] says.
use super::Kernel;
use super::gate::EINIT_SID;
use super::requests::{self, message};
use crate::start::{Launch, StartError};
use nk_core::nk::kl::core::core::{ENDPOINTS, HANDLE_HANDLE, TASK_TASK};
use nk_core::nk::kl::core::handle::{Handle as _, Proxy as HandleProxy};
use nk_core::nk::kl::core::task::{Proxy as TaskProxy, Task as _};
use nk_core::server::Answer;
use nk_core::task::Equipment;
use nk_image::{Channel, Plan, Task, TaskId};
use nk_runtime::shape::{Interface, Method};
use nk_runtime::{Fault, Full, Handle, Mid, Retcode, Riid, Transport, Verified};
use nk_security::{KERNEL_CLASS, Sid, Subject};
use std::str::FromStr;

/// Which requests to the kernel are made besides those that programs make
/// through their proxies, which are always decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[non_exhaustive]
pub enum KernelRequests {
    /// None.
    #[default]
    Off,
    /// The steps of starting: `Einit` creates, equips, connects and resumes
    /// tasks.
    Startup,
    /// Also what every program asks for before its own code runs: memory, its
    /// arguments and its environment.
    Strict,
}

impl FromStr for KernelRequests {
    /// A sentence with the values that are possible.
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "off" => Self::Off,
            "startup" => Self::Startup,
            "strict" => Self::Strict,
            _ => return Err("expected strict, startup or off".to_owned()),
        })
    }
}

/// What the C library of every program asks for before `main`
/// (`docs/kernel.md` §8.2): endpoint and method.
const AT_START: [(&str, &str); 3] = [
    ("vmm.VMM", "Allocate"),
    ("hal.HAL", "GetEnv"),
    ("task.Task", "FreeSelfEnv"),
];

/// Bytes that hold any request of a start: the environment is the largest part.
const ROOM: usize = 160 * 1024;
/// Bytes of a handle in a message.
const HANDLE: usize = 16;

/// A task that could not be started, and why.
pub(crate) type Failed = (TaskId, StartError);

/// A request and its response, with the resources that the handles in them
/// refer to.
struct Step {
    /// Constant part and arena; `None` for one that is too long.
    request: Option<Vec<u8>>,
    /// The resources behind the handles in the request, in their order.
    sent: Vec<Option<Sid>>,
    /// What the kernel answers.
    answer: Answer,
    /// The resources behind the handles in the response.
    received: Vec<Option<Sid>>,
}

/// The start of a solution.
pub(super) struct Startup<'k>(&'k mut Kernel);

impl<'k> Startup<'k> {
    /// The start of what this kernel runs.
    pub(super) const fn of(kernel: &'k mut Kernel) -> Self {
        Self(kernel)
    }

    /// Starts every task in the order of the plan. All starts are decided
    /// before the first is made.
    ///
    /// # Errors
    /// The first task that cannot be started; what was started before still
    /// runs.
    pub(super) fn all(&mut self, plan: &Plan) -> Result<(), Failed> {
        let einit = Subject {
            class: plan.initiator,
            sid: EINIT_SID,
        };
        self.0.gate.start_kernel(einit);
        let tasks = || (0..).map(TaskId).zip(&plan.tasks);
        for (id, task) in tasks() {
            self.create(einit, id, task)?;
        }
        for channel in &plan.channels {
            self.connect(einit, channel)?;
        }
        let mut permits = Vec::new();
        for (id, _) in tasks() {
            self.resume(einit, id)?;
            permits.push((id, self.permit(einit, id)?));
            self.requests_of(id)?;
        }
        for (id, permit) in permits {
            self.0.start(id, permit).map_err(|e| (id, e))?;
        }
        Ok(())
    }

    /// The policy's decision on a start of the plan.
    fn permit(&mut self, einit: Subject, id: TaskId) -> Result<nk_security::Permit, Failed> {
        let Kernel {
            gate,
            core,
            processes,
            report,
            ..
        } = &mut *self.0;
        let Some(started) = processes.subject(core, id) else {
            let missing = StartError::lanes(rustix::io::Errno::INVAL);
            return Err((id, missing));
        };
        let permit = gate.start(report, id, einit, started);
        permit.map_err(|refused| {
            let text = refused.record().text(gate.policy()).to_string();
            (id, StartError::Denied(text))
        })
    }

    /// A task as a resource.
    fn sid(&self, id: TaskId) -> Option<Sid> {
        self.0.core.programs().sid(id)
    }

    /// A task is created, and equipped if there is anything to equip it with.
    fn create(&mut self, einit: Subject, id: TaskId, task: &Task) -> Result<(), Failed> {
        let class = self.0.gate.policy().tables().class(task.class);
        let class = class.map_or("", |class| class.name.as_str());
        let create = Step {
            request: recorded(|to| {
                let mut proxy = TaskProxy::new(to, TASK_TASK);
                let _ = proxy.create(&task.name, class, &task.path, 0, 0, 0);
            }),
            sent: vec![],
            answer: Answer::Handles(vec![Handle::named(1)]),
            received: vec![self.sid(id)],
        };
        self.step(einit, id, Launch::Create, create)?;
        if task.args.is_empty() && task.env.is_empty() {
            return Ok(());
        }
        let equipment = Equipment {
            args: task.args.clone(),
            env: task.env.clone(),
            channels: vec![],
        };
        let bytes = equipment.to_bytes().unwrap_or_default();
        let equip = Step {
            request: recorded(|to| {
                let mut proxy = TaskProxy::new(to, TASK_TASK);
                let _ = proxy.set_env(Handle::named(1), bytes.as_slice());
            }),
            sent: vec![self.sid(id)],
            ..Step::done()
        };
        self.step(einit, id, Launch::Equip, equip)
    }

    /// A static channel is made between two tasks that have been created.
    fn connect(&mut self, einit: Subject, channel: &Channel) -> Result<(), Failed> {
        let connect = Step {
            request: recorded(|to| {
                let mut proxy = HandleProxy::new(to, HANDLE_HANDLE);
                let (server, client) = (Handle::named(1), Handle::named(2));
                let _ = proxy.connect(server, client, Handle::INVALID, 0);
            }),
            sent: vec![self.sid(channel.server), self.sid(channel.client), None],
            ..Step::done()
        };
        let what = Launch::Connect(channel.name.clone());
        self.step(einit, channel.client, what, connect)
    }

    /// A task is about to run: the request before its `execute` event.
    fn resume(&mut self, einit: Subject, id: TaskId) -> Result<(), Failed> {
        let resume = Step {
            request: recorded(|to| {
                let _ = TaskProxy::new(to, TASK_TASK).resume(Handle::named(1));
            }),
            sent: vec![self.sid(id)],
            ..Step::done()
        };
        self.step(einit, id, Launch::Resume, resume)
    }

    /// What a program asks for before its own code runs.
    ///
    /// # Errors
    /// The first request that is refused.
    pub(super) fn requests_of(&mut self, id: TaskId) -> Result<(), Failed> {
        let program = self.0.processes.subject(&self.0.core, id);
        let strict = self.0.settings.requests == KernelRequests::Strict;
        let Some(program) = program.filter(|_| strict) else {
            return Ok(());
        };
        for (endpoint, method) in AT_START {
            let request = Step {
                request: empty(endpoint, method),
                ..Step::done()
            };
            self.step(program, id, Launch::Resume, request)?;
        }
        Ok(())
    }

    /// Decides on a step, if steps are requests at all.
    fn step(&mut self, by: Subject, id: TaskId, what: Launch, step: Step) -> Result<(), Failed> {
        if self.0.settings.requests == KernelRequests::Off {
            return Ok(());
        }
        let decided = self.decide(by, id, step);
        decided.map_err(|text| (id, StartError::Launch(what, text)))
    }

    /// The text is the audit's.
    fn decide(&mut self, by: Subject, id: TaskId, step: Step) -> Result<(), String> {
        let Kernel { gate, report, .. } = &mut *self.0;
        let described = gate.describes_this_kernel();
        let Some(kernel) = gate.kernel().filter(|_| described) else {
            return Err(format!(
                "the policy does not include `{KERNEL_CLASS}`; add `use EDL {KERNEL_CLASS}`"
            ));
        };
        let Some(mut request) = step.request.as_deref().and_then(message) else {
            let text = "its name, arguments or environment are too long for a request";
            return Err(text.to_owned());
        };
        request.set_sids(step.sent);
        let granted = gate.request(report, id, (by, kernel), request);
        let decided = granted.map(|granted| granted.route()).and_then(|route| {
            let response = requests::response(route, &step.answer, step.received);
            // a response that cannot be written is not decided on
            let response = response.map(|response| gate.response(report, id, route, response));
            response.transpose()
        });
        match decided {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(Retcode::INTERNAL_ERROR.to_string()),
            Err(refused) => Err(refused.record().text(gate.policy()).to_string()),
        }
    }
}

impl Step {
    /// A request that is answered with a code only.
    const fn done() -> Self {
        Self {
            request: None,
            sent: vec![],
            answer: Answer::Code(Retcode::OK),
            received: vec![],
        }
    }
}

/// Takes what a proxy sends, and answers nothing.
struct Recorder {
    room: Vec<u8>,
    length: Option<usize>,
}

impl Transport for Recorder {
    /// Keeps the request, and answers as if nobody were there: the proxy has
    /// done its part.
    fn call<'r>(
        &mut self,
        _: &'static Interface,
        _: &'static Method,
        _: Riid,
        encode: impl FnOnce(&mut [u8]) -> Result<usize, Full>,
        _: &'r mut [u8],
    ) -> Result<Verified<'r>, Fault> {
        self.length = Some(encode(&mut self.room)?);
        Err(Full::Buffer.into())
    }
}

/// The request that a proxy makes; `None` when it has no room for what it
/// should say.
fn recorded(ask: impl FnOnce(&mut Recorder)) -> Option<Vec<u8>> {
    let mut recorder = Recorder {
        room: vec![0; ROOM],
        length: None,
    };
    ask(&mut recorder);
    recorder.room.truncate(recorder.length?);
    Some(recorder.room)
}

/// A request in which every parameter is zero or empty and every handle
/// invalid.
fn empty(endpoint: &str, method: &str) -> Option<Vec<u8>> {
    let riid = ENDPOINTS.iter().position(|known| known.name == endpoint)?;
    let mut methods = ENDPOINTS.get(riid)?.interface.methods.iter();
    let method = methods.find(|known| known.name == method)?;
    let (riid, mid) = (Riid(u16::try_from(riid).ok()?), Mid(method.mid));
    let handles = method.req.handles;
    let mut request = requests::header(riid, mid, method.req.size, handles)?;
    let slots = request.get_mut(nk_runtime::message::HEADER_SIZE..)?;
    for slot in slots.chunks_exact_mut(HANDLE).take(handles.into()) {
        slot.first_chunk_mut::<4>()?
            .copy_from_slice(&u32::MAX.to_le_bytes());
    }
    Some(request)
}
