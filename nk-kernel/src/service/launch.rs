//! What starting programs asks of the kernel, as requests to `kl.core.Core` that the policy decides on
//! (`spec/psl-runtime.md` E.3, F.8): the steps of `Einit`, and what every program asks for before its own code runs.
use super::dispatch::KERNEL_SID;
use super::own::message;
use super::{Kernel, own};
use crate::lane::Buffer;
use crate::start::{Launch, StartError};
use nk_core::nk::kl::core::core::{ENDPOINTS, HANDLE_HANDLE, TASK_TASK};
use nk_core::nk::kl::core::handle::{Handle as _, Proxy as HandleProxy};
use nk_core::nk::kl::core::task::{Proxy as TaskProxy, Task as _};
use nk_core::server::{self, Answer};
use nk_core::task::Equipment;
use nk_image::TaskId;
use nk_runtime::shape::{Interface, Method};
use nk_runtime::{Fault, Full, Handle, Mid, Retcode, Riid, Transport, Verified};
use nk_security::{KERNEL_CLASS, Sid, Subject};
use std::str::FromStr;

/// Which requests to the kernel are made besides those that programs make through their proxies, which are always decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum KernelRequests {
    /// None.
    #[default]
    Off,
    /// The steps of starting: `Einit` creates, equips, connects and resumes tasks.
    Startup,
    /// Also what every program asks for before its own code runs: memory, its arguments and its environment.
    Strict,
}

impl FromStr for KernelRequests {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "off" => Self::Off,
            "startup" => Self::Startup,
            "strict" => Self::Strict,
            _ => return Err("strict, startup and off are possible".to_owned()),
        })
    }
}

/// What the C library of every program asks for before `main` (`spec/psl-runtime.md` H.1.2).
const AT_START: [(&str, &str); 3] = [
    ("vmm.VMM", "Allocate"),
    ("hal.HAL", "GetEnv"),
    ("task.Task", "FreeSelfEnv"),
];

/// Bytes that hold any request of a start: the environment is the largest part.
const ROOM: usize = 160 * 1024;
/// Bytes of an empty message's handle.
const HANDLE: usize = 16;

/// A request and its response, with what the handles in them lead to.
struct Step {
    request: Buffer,
    asks_about: Vec<Sid>,
    answer: Answer,
    gives: Vec<Sid>,
}

impl Kernel {
    /// Every task is created and equipped, then all channels are made.
    pub(super) fn launch(&mut self, einit: Subject) -> Result<(), (TaskId, StartError)> {
        if self.requests == KernelRequests::Off {
            return Ok(());
        }
        let plan = self.solution.plan.clone();
        for (id, task) in (0..).map(TaskId).zip(&plan.tasks) {
            let sid = self.core.sid(id).unwrap_or(Sid::NONE);
            let class = self
                .solution
                .policy
                .tables()
                .class(task.class)
                .map_or("", |class| class.name.as_str());
            let request = recorded(|to| {
                let _ =
                    TaskProxy::new(to, TASK_TASK).create(&task.name, class, &task.path, 0, 0, 0);
            });
            let created = Answer::Handles(vec![Handle::named(1)]);
            self.step(
                einit,
                id,
                Launch::Create,
                request.as_deref(),
                (vec![], created, vec![sid]),
            )?;
            let equipment = Equipment {
                args: task.args.clone(),
                env: task.env.clone(),
                channels: vec![],
            };
            if task.args.is_empty() && task.env.is_empty() {
                continue;
            }
            let bytes = equipment.to_bytes().unwrap_or_default();
            let request = recorded(|to| {
                let _ = TaskProxy::new(to, TASK_TASK).set_env(Handle::named(1), bytes.as_slice());
            });
            self.step(
                einit,
                id,
                Launch::Equip,
                request.as_deref(),
                (vec![sid], Answer::Code(Retcode::OK), vec![]),
            )?;
        }
        for channel in &plan.channels {
            let sid = |task| self.core.sid(task).unwrap_or(Sid::NONE);
            let parties = vec![sid(channel.server), sid(channel.client), Sid::NONE];
            let request = recorded(|to| {
                let mut proxy = HandleProxy::new(to, HANDLE_HANDLE);
                let _ = proxy.connect(Handle::named(1), Handle::named(2), Handle::INVALID, 0);
            });
            let answer = Answer::Code(Retcode::OK);
            let what = Launch::Connect(channel.name.clone());
            self.step(
                einit,
                channel.client,
                what,
                request.as_deref(),
                (parties, answer, vec![]),
            )?;
        }
        Ok(())
    }

    /// A task is about to run.
    pub(super) fn launch_resume(
        &mut self,
        einit: Subject,
        id: TaskId,
    ) -> Result<(), (TaskId, StartError)> {
        if self.requests == KernelRequests::Off {
            return Ok(());
        }
        let sid = self.core.sid(id).unwrap_or(Sid::NONE);
        let request = recorded(|to| {
            let _ = TaskProxy::new(to, TASK_TASK).resume(Handle::named(1));
        });
        self.step(
            einit,
            id,
            Launch::Resume,
            request.as_deref(),
            (vec![sid], Answer::Code(Retcode::OK), vec![]),
        )
    }

    /// What a program asks for before its own code runs.
    pub(super) fn launch_program(&mut self, id: TaskId) -> Result<(), (TaskId, StartError)> {
        let Some(program) = self
            .subject(id)
            .filter(|_| self.requests == KernelRequests::Strict)
        else {
            return Ok(());
        };
        for (endpoint, method) in AT_START {
            let request = empty(endpoint, method);
            self.step(
                program,
                id,
                Launch::Resume,
                request.as_deref(),
                (vec![], Answer::Code(Retcode::OK), vec![]),
            )?;
        }
        Ok(())
    }

    fn step(
        &mut self,
        asker: Subject,
        id: TaskId,
        what: Launch,
        request: Option<&[u8]>,
        (asks_about, answer, gives): (Vec<Sid>, Answer, Vec<Sid>),
    ) -> Result<(), (TaskId, StartError)> {
        let failed = |text: String| (id, StartError::Launch(what, text));
        let Some(kernel) = self
            .solution
            .policy
            .tables()
            .class_named(KERNEL_CLASS)
            .filter(|_| self.knows_endpoints)
        else {
            return Err(failed(format!(
                "the policy does not include `{KERNEL_CLASS}`; add `use EDL {KERNEL_CLASS}`"
            )));
        };
        let Some(request) = request.and_then(message) else {
            return Err(failed(
                "its name, arguments or environment are too long for a request".to_owned(),
            ));
        };
        let kernel = Subject {
            class: kernel,
            sid: KERNEL_SID,
        };
        self.decide_step(
            asker,
            kernel,
            id,
            Step {
                request,
                asks_about,
                answer,
                gives,
            },
        )
        .map_err(failed)
    }

    /// The text is the audit's.
    fn decide_step(
        &mut self,
        asker: Subject,
        kernel: Subject,
        id: TaskId,
        step: Step,
    ) -> Result<(), String> {
        let Step {
            mut request,
            asks_about,
            answer,
            gives,
        } = step;
        request.know(asks_about);
        let request = match self.grant_request(asker, kernel, request) {
            Ok(granted) => granted,
            Err(denied) => return Err(self.denied_step(id, &denied.record)),
        };
        self.audit_granted(id, request.record());
        let route = request.route();
        let mut room = vec![0; server::ROOM];
        let response = server::write(route.riid(), route.mid(), &answer, &mut room).ok();
        let response = response.and_then(|length| message(room.get(..length)?));
        let mut response = response.ok_or_else(|| Retcode::INTERNAL_ERROR.to_string())?;
        own::know(&mut response, gives);
        match self.grant_response(route, response) {
            Ok(granted) => self.audit_granted(id, granted.record()),
            Err(denied) => return Err(self.denied_step(id, &denied.record)),
        }
        Ok(())
    }

    fn denied_step(&mut self, id: TaskId, record: &nk_security::Record) -> String {
        self.audit(id, record);
        record.text(&self.solution.policy).to_string()
    }
}

/// Takes what a proxy sends, and answers nothing.
struct Recorder {
    room: Vec<u8>,
    length: Option<usize>,
}

impl Transport for Recorder {
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

/// The request that a proxy makes; nothing when it does not hold what it should say.
fn recorded(ask: impl FnOnce(&mut Recorder)) -> Option<Vec<u8>> {
    let mut recorder = Recorder {
        room: vec![0; ROOM],
        length: None,
    };
    ask(&mut recorder);
    recorder.room.truncate(recorder.length?);
    Some(recorder.room)
}

/// A request in which every parameter is zero or empty and every handle invalid.
fn empty(endpoint: &str, method: &str) -> Option<Vec<u8>> {
    let riid = ENDPOINTS.iter().position(|known| known.name == endpoint)?;
    let method = ENDPOINTS
        .get(riid)?
        .interface
        .methods
        .iter()
        .find(|known| known.name == method)?;
    let handles = method.req.handles;
    let mut request = own::header(
        Riid(u16::try_from(riid).ok()?),
        Mid(method.mid),
        method.req.size,
        handles,
    )?;
    for slot in 0..usize::from(handles) {
        let at = nk_runtime::message::HEADER_SIZE.checked_add(slot.checked_mul(HANDLE)?)?;
        request
            .get_mut(at..)?
            .first_chunk_mut::<4>()?
            .copy_from_slice(&u32::MAX.to_le_bytes());
    }
    Some(request)
}
