//! The kernel's own endpoints (class `kl.core.Core`): what each request does.
//! What comes here was granted.
//!
//! What this host offers, by endpoint; every other method answers
//! `rcUnimplemented`:
//!
//! | endpoint | methods |
//! |---|---|
//! | `task.Task` | `Create`, `SetEnv`, `FreeSelfEnv`, `Resume`, `Exit`, `Terminate`, `GetExitInfo`, `GetName`, `GetPath`, `GetPid`, `TransferHandle` |
//! | `handle.Handle` | `Copy`, `CreateUserObject`, `Close`, `Connect`, `Disconnect`, `SecurityConnect`, `GetSidByHandle`, `Revoke`, `RevokeSubtree`, `CreateBadge` |
//! | `cm.CM` | `Connect`, `Listen`, `Drop`, `Accept` |
//! | `notice.Notice` | all seven |
//! | `ipc.IPC` | `CreateSyncObject`, `SetInterrupt`, `ClearInterrupt` |
//! | `hal.HAL` | `GetEnv`, `DebugWrite` |
//! | `thread.Thread` | `Sleep` |
//! | `efi.Efi` | `GetTime` |
//!
//! A code in a result `rc` is a response, and the policy decides on it; a code
//! that ends the call instead is none.
mod task;

use super::Kernel;
use super::handles::shown;
use crate::core::{
    ChannelRequest, Connections, Events, LaneId, Mask, Objects, Provided, Rights, Wait, WaitLimits,
};
use crate::report::{Lines, Stream};
use nk_core::nk::kl::core::{cm, efi, hal, handle, ipc, notice, thread};
use nk_core::server::{Answer, Request};
use nk_image::TaskId;
use nk_runtime::{Handle, Retcode, Riid};
use nk_security::{Granted, Route};
use std::time::SystemTime;

/// What comes of a request.
#[derive(Debug)]
pub(super) enum Reaction {
    /// It is answered.
    Answer(Answer),
    /// The program waits; the state machine says for how long.
    Waits,
    /// There is nobody left to answer.
    Ended,
}

/// What a method that answers nothing but `rc` has come to.
impl From<Result<(), Retcode>> for Reaction {
    fn from(result: Result<(), Retcode>) -> Self {
        Self::Answer(Answer::Code(result.err().unwrap_or(Retcode::OK)))
    }
}

/// The same for one with results.
impl From<Result<Answer, Retcode>> for Reaction {
    fn from(result: Result<Answer, Retcode>) -> Self {
        Self::Answer(result.unwrap_or_else(Answer::Code))
    }
}

/// The answer to a method that this host does not offer.
const UNIMPLEMENTED: Answer = Answer::Code(Retcode::UNIMPLEMENTED);

/// What the state machine carries.
type Message = Granted<crate::lane::Buffer>;

/// A request to the kernel, in the name of the program that makes it.
pub(super) struct Endpoints<'k> {
    pub(super) kernel: &'k mut Kernel,
    /// Where it came from.
    pub(super) lane: LaneId,
    /// How long the call waits.
    pub(super) wait: Wait,
}

impl Endpoints<'_> {
    /// Does what a request says.
    pub(super) fn perform(&mut self, request: Request<'_>) -> Reaction {
        match request {
            Request::TaskTask(request) => self.task(&request),
            Request::HandleHandle(request) => self.handle(&request),
            Request::CmCm(request) => self.channel(&request),
            Request::NoticeNotice(request) => self.notice(&request),
            Request::IpcIpc(request) => self.sync(&request),
            Request::HalHal(request) => self.hal(&request),
            Request::ThreadThread(thread::Request::Sleep(msecs)) => {
                let limits = WaitLimits {
                    request: Some(self.kernel.clock.after(msecs)),
                    call: self.wait,
                };
                self.kernel.core.events().sleep(self.lane, limits);
                Reaction::Waits
            }
            Request::EfiEfi(efi::Request::GetTime) => {
                let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
                now.map(Answer::Now).map_err(|_| Retcode::FAIL).into()
            }
            _ => Reaction::Answer(UNIMPLEMENTED),
        }
    }

    /// The program that makes the request.
    const fn caller(&self) -> TaskId {
        self.lane.task
    }

    /// The handles, to be changed.
    const fn objects(&mut self) -> Objects<'_, Message, Route> {
        self.kernel.core.objects()
    }

    /// The events, and the waits for them.
    const fn events(&mut self) -> Events<'_, Message, Route> {
        self.kernel.core.events()
    }

    /// The channels, to be changed.
    const fn connections(&mut self) -> Connections<'_, Message, Route> {
        self.kernel.core.connections()
    }

    /// How long a request waits that names a time itself.
    fn limits(&self, msecs: u32) -> WaitLimits {
        WaitLimits {
            request: self.kernel.clock.deadline(msecs),
            call: self.wait,
        }
    }

    /// A handle that was made for the caller, as an answer.
    fn created(&self, handle: Result<u32, Retcode>) -> Reaction {
        let handles = self.kernel.core.handles();
        let shown = |handle| Answer::Handles(vec![shown(handles, self.caller(), handle)]);
        handle.map(shown).into()
    }

    /// `handle.Handle`: copying, badging, revoking and closing handles, and
    /// making resources.
    fn handle(&mut self, request: &handle::Request) -> Reaction {
        let caller = self.caller();
        match *request {
            handle::Request::Copy(what) => {
                let (handle, rights) = (what.in_handle.handle, Rights(what.new_rights_mask));
                let badge = number(what.copy_badge);
                let copy = self.objects().copy(caller, handle, rights, badge);
                self.created(copy)
            }
            handle::Request::CreateUserObject(what) => self.create_user_object(&what),
            handle::Request::Close(handle) => self.objects().close(caller, handle.handle).into(),
            handle::Request::Connect(what) => self.connect_tasks(&what).into(),
            handle::Request::Disconnect(handle) => {
                self.connections().disconnect(caller, handle.handle).into()
            }
            handle::Request::SecurityConnect => {
                let handle = self.objects().new_security(caller);
                self.created(handle)
            }
            handle::Request::GetSidByHandle(handle) => {
                let sid = self.objects().sid(caller, handle.handle);
                sid.map(|sid| Answer::Number(sid.0)).into()
            }
            handle::Request::Revoke(handle) => self.objects().revoke(caller, handle.handle).into(),
            handle::Request::RevokeSubtree(what) => {
                let (handle, badge) = (what.in_handle.handle, what.badge.handle);
                self.objects().revoke_subtree(caller, handle, badge).into()
            }
            handle::Request::CreateBadge(what) => {
                let (notice, event) = (number(what.notice), what.event_id);
                let badge = self
                    .objects()
                    .new_badge(caller, notice, event, what.context);
                self.created(badge)
            }
            _ => Reaction::Answer(UNIMPLEMENTED),
        }
    }

    /// `CreateUserObject`: a resource of the caller's own, callable if it names
    /// a listener and an endpoint there. A RIID beyond 16 bits is an invalid
    /// argument.
    fn create_user_object(&mut self, what: &handle::CreateUserObjectReq) -> Reaction {
        let riid = || u16::try_from(what.riid).map(Riid);
        let riid = || riid().map_err(|_| Retcode::INVALID_ARGUMENT);
        let calls = number(what.ipc_channel).map(|channel| Ok((channel, riid()?)));
        let caller = self.caller();
        let created = calls.transpose().and_then(|calls| {
            let provided = Provided {
                of_type: what.r#type,
                rights: Rights(what.rights),
                context: what.context,
                calls,
            };
            self.objects().new_user_object(caller, provided)
        });
        self.created(created)
    }

    /// A channel between two programs that do not run yet. The numbers in the
    /// answer are those of the two programs.
    fn connect_tasks(&mut self, what: &handle::ConnectReq) -> Result<Answer, Retcode> {
        let server = self.stopped(what.server)?;
        let client = self.stopped(what.client)?;
        let (listener, serving_end) = (number(what.sr_listener), what.create_sr_endpoint != 0);
        let connections = self.connections();
        let connected = connections.connect(server, client, listener, serving_end)?;
        let serving = connected.serving.map_or(Handle::INVALID, foreign);
        let (listener, calling) = (foreign(connected.listener), foreign(connected.calling));
        Ok(Answer::Handles(vec![listener, serving, calling]))
    }

    /// `cm.CM`: dynamic channels. `Connect` and `Listen` wait until their own
    /// time, which then is a response, or the call's.
    fn channel(&mut self, request: &cm::Request<'_>) -> Reaction {
        let (lane, server) = (self.lane, self.caller());
        match *request {
            cm::Request::Connect(what) => {
                let limits = self.limits(what.msecs);
                let connections = self.connections();
                connections.request(lane, what.server, what.service, limits);
                Reaction::Waits
            }
            cm::Request::Listen(what) => {
                let limits = self.limits(what.msecs);
                self.connections().listen(lane, limits);
                Reaction::Waits
            }
            cm::Request::Drop(what) => {
                let request = ChannelRequest {
                    client: what.client,
                    service: what.service,
                };
                self.connections().refuse(server, request).into()
            }
            cm::Request::Accept(what) => {
                let request = ChannelRequest {
                    client: what.client,
                    service: what.service,
                };
                let listener = number(what.listener);
                let connections = self.connections();
                let handle = connections.accept(server, listener, request, what.id);
                self.created(handle)
            }
        }
    }

    /// `notice.Notice`: subscriptions, and fetching and raising events.
    fn notice(&mut self, request: &notice::Request) -> Reaction {
        let caller = self.caller();
        match *request {
            notice::Request::Create => {
                let notice = self.events().new_notice(caller);
                self.created(notice)
            }
            notice::Request::SubscribeToObject(what) => {
                let (notice, object) = (what.notice.handle, what.object.handle);
                let mask = Mask(what.mask);
                let events = self.events();
                events
                    .subscribe(caller, notice, object, mask, what.id)
                    .into()
            }
            notice::Request::UnsubscribeFromEvent(what) => {
                let (notice, object) = (what.notice.handle, what.object.handle);
                let id = Some(what.id);
                self.events().unsubscribe(caller, notice, object, id).into()
            }
            notice::Request::UnsubscribeFromObject(what) => {
                let (notice, object) = (what.notice.handle, what.object.handle);
                self.events()
                    .unsubscribe(caller, notice, object, None)
                    .into()
            }
            notice::Request::GetEvent(what) => {
                let (lane, limits) = (self.lane, self.limits(what.msecs));
                let (notice, count) = (what.notice.handle, what.count);
                self.events().fetch(lane, notice, count, limits);
                Reaction::Waits
            }
            notice::Request::DropAndWake(notice) => {
                self.events().drop_notice(caller, notice.handle).into()
            }
            notice::Request::SetObjectEvent(what) => {
                let (object, mask) = (what.object.handle, Mask(what.mask));
                self.events().raise(caller, object, mask).into()
            }
        }
    }

    /// `ipc.IPC`: sync objects. Setting one interrupts the waits of the caller
    /// that were begun with it.
    fn sync(&mut self, request: &ipc::Request) -> Reaction {
        let caller = self.caller();
        match *request {
            ipc::Request::CreateSyncObject => {
                let sync = self.objects().new_sync(caller);
                self.created(sync)
            }
            ipc::Request::SetInterrupt(object) => {
                self.objects().set_sync(caller, object.handle, true).into()
            }
            ipc::Request::ClearInterrupt(object) => {
                self.objects().set_sync(caller, object.handle, false).into()
            }
        }
    }

    /// `hal.HAL`: the caller's environment, as the plan or its maker gave it,
    /// and a line for the developer.
    fn hal(&mut self, request: &hal::Request<'_>) -> Reaction {
        match *request {
            hal::Request::GetEnv(of) => {
                let task = self.kernel.processes.task(self.caller());
                let mut variables = task.into_iter().flat_map(|task| &task.env);
                let variable = variables.find(|(name, _)| name == of.name);
                variable
                    .map(|(_, value)| Answer::Texts(vec![value.clone()]))
                    .ok_or(Retcode::RESOURCE_NOT_FOUND)
                    .into()
            }
            hal::Request::DebugWrite(what) => {
                self.show(what.text);
                Ok(()).into()
            }
            _ => Reaction::Answer(UNIMPLEMENTED),
        }
    }

    /// Shows a text of the caller to the developer.
    fn show(&mut self, text: &str) {
        let (task, report) = (self.caller(), &mut self.kernel.report);
        let mut lines = Lines::default();
        let mut show = |line: &[u8]| report.line(task, Stream::Errors, line);
        lines.push(text.as_bytes(), &mut show);
        lines.finish(show);
    }
}

/// The number of a handle that may be left out.
fn number(handle: Handle) -> Option<u32> {
    (!handle.is_invalid()).then_some(handle.handle)
}

/// A number of another program's: it says nothing about a handle of the caller.
const fn foreign(handle: u32) -> Handle {
    Handle {
        handle,
        rights: 0,
        badge: 0,
    }
}
