//! The kernel's own endpoints (class `kl.core.Core`): what each request does. What comes here was granted.
use super::Kernel;
use crate::core::{LaneId, Mask, Patience, Provided, Rights, Service, Until};
use nk_core::nk::kl::core::core::Class;
use nk_core::nk::kl::core::{cm, hal, handle, ipc, notice, task, thread};
use nk_core::server::{self, Answer, Request};
use nk_image::{Solution, TaskId};
use nk_runtime::frame::FOREVER;
use nk_runtime::shape::ClassType;
use nk_runtime::{Handle, Retcode, Riid};
use nk_security::KERNEL_CLASS;
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

/// Whether the solution's description of the kernel, if it has one, is the kernel's own. A request to another description
/// would be misread.
pub(super) fn are_the_solutions(solution: &Solution) -> bool {
    let tables = solution.policy.tables();
    let described = tables
        .class_named(KERNEL_CLASS)
        .and_then(|class| tables.class(class));
    described.is_none_or(|class| class.digest == Class::DIGEST)
}

const UNIMPLEMENTED: Answer = Answer::Code(Retcode::UNIMPLEMENTED);

impl Kernel {
    /// Does what a request of a program says.
    ///
    /// # Errors
    /// The code that the call ends with, instead of a response.
    pub(super) fn perform(
        &mut self,
        lane: LaneId,
        call: Patience,
        request: &[u8],
    ) -> Result<Reaction, Retcode> {
        if !self.knows_endpoints {
            return Err(Retcode::UNIMPLEMENTED);
        }
        let caller = lane.task;
        Ok(match server::read(request)? {
            Request::TaskTask(request) => self.task_request(caller, &request),
            Request::HandleHandle(request) => self.handle_request(caller, &request),
            Request::CmCm(request) => self.channel_request(lane, call, &request),
            Request::NoticeNotice(request) => self.notice_request(lane, call, &request),
            Request::IpcIpc(request) => self.sync_request(caller, &request),
            Request::HalHal(request) => self.hal_request(caller, &request),
            Request::ThreadThread(thread::Request::Sleep(msecs)) => {
                // the millisecond that is running does not count
                let own = Some(
                    self.now()
                        .saturating_add(u64::from(msecs))
                        .saturating_add(1),
                );
                self.core.sleep(lane, Until { own, call });
                Reaction::Waits
            }
            Request::EfiEfi(nk_core::nk::kl::core::efi::Request::GetTime) => {
                let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
                now.map(Answer::Now).map_err(|_| Retcode::FAIL).into()
            }
            _ => Reaction::Answer(UNIMPLEMENTED),
        })
    }

    fn until(&self, msecs: u32, call: Patience) -> Until {
        Until {
            own: if msecs == FOREVER {
                None
            } else {
                self.deadline(msecs)
            },
            call,
        }
    }

    /// A handle that was made for a program, as an answer.
    fn made(&self, task: TaskId, handle: Result<u32, Retcode>) -> Reaction {
        handle
            .map(|handle| Answer::Handles(vec![self.shown(task, handle)]))
            .into()
    }

    fn task_request(&mut self, caller: TaskId, request: &task::Request<'_>) -> Reaction {
        match *request {
            task::Request::GetName(of) => self
                .process(caller, of)
                .map(|of| Answer::Texts(vec![self.core.name(of).to_owned()]))
                .into(),
            task::Request::GetPath(of) => self
                .process(caller, of)
                .and_then(|of| self.path_of(of))
                .into(),
            task::Request::GetPid(of) => self
                .process(caller, of)
                .map(|of| Answer::Number(u64::from(of.0).saturating_add(1)))
                .into(),
            task::Request::Exit(code) => {
                self.exit(caller, code);
                Reaction::Ended
            }
            task::Request::FreeSelfEnv => Ok(()).into(),
            task::Request::Create(what) => {
                let made = self.create_task(caller, what.name, what.eiid, what.path);
                self.made(caller, made)
            }
            task::Request::SetEnv(what) => self.set_env(caller, what.task, what.env).into(),
            task::Request::Resume(of) => self.resume_task(caller, of).into(),
            task::Request::Terminate(of) => self.terminate_task(caller, of).into(),
            task::Request::GetExitInfo(of) => self
                .process(caller, of)
                .and_then(|of| self.exit_code_of(of))
                .map(Answer::Ended)
                .into(),
            task::Request::TransferHandle(what) => self.transfer(caller, &what).into(),
            _ => Reaction::Answer(UNIMPLEMENTED),
        }
    }

    fn transfer(
        &mut self,
        caller: TaskId,
        what: &task::TransferHandleReq,
    ) -> Result<Answer, Retcode> {
        let to = self.core.find_task(caller, what.task.handle, true)?;
        let badge = (!what.src_badge.is_invalid()).then_some(what.src_badge.handle);
        let rights = Rights(what.dst_rights);
        let number = self
            .core
            .pass_handle(caller, what.src_handle.handle, badge, rights, to)?;
        // the number is the other program's: it says nothing about a handle of the caller
        Ok(Answer::Handles(vec![Handle {
            handle: number,
            rights: 0,
            badge: 0,
        }]))
    }

    fn path_of(&self, of: TaskId) -> Result<Answer, Retcode> {
        let task = self
            .solution
            .plan
            .tasks
            .get(of.index())
            .ok_or(Retcode::INTERNAL_ERROR)?;
        Ok(Answer::Texts(vec![task.path.clone()]))
    }

    /// The process that a request speaks of: the invalid handle is the caller.
    pub(super) fn process(&self, caller: TaskId, of: Handle) -> Result<TaskId, Retcode> {
        if of.is_invalid() {
            Ok(caller)
        } else {
            self.core.find_task(caller, of.handle, false)
        }
    }

    fn handle_request(&mut self, caller: TaskId, request: &handle::Request) -> Reaction {
        let given = |handle: Handle| (!handle.is_invalid()).then_some(handle.handle);
        match *request {
            handle::Request::Copy(what) => {
                let rights = Rights(what.new_rights_mask);
                let copy = self.core.copy_handle(
                    caller,
                    what.in_handle.handle,
                    rights,
                    given(what.copy_badge),
                );
                self.made(caller, copy)
            }
            handle::Request::CreateUserObject(what) => {
                let riid = u16::try_from(what.riid)
                    .map(Riid)
                    .map_err(|_| Retcode::INVALID_ARGUMENT);
                let calls = given(what.ipc_channel)
                    .map(|channel| riid.map(|riid| (channel, riid)))
                    .transpose();
                let (rights, context) = (Rights(what.rights), what.context);
                let made = calls.and_then(|calls| {
                    self.core.new_user_object(
                        caller,
                        Provided {
                            of_type: what.r#type,
                            rights,
                            context,
                            calls,
                        },
                    )
                });
                self.made(caller, made)
            }
            handle::Request::Close(handle) => self.core.close(caller, handle.handle).into(),
            handle::Request::Connect(what) => self.connect_tasks(caller, &what).into(),
            handle::Request::Disconnect(handle) => {
                self.core.disconnect(caller, handle.handle).into()
            }
            handle::Request::SecurityConnect => {
                let handle = self.core.new_security(caller);
                self.made(caller, handle)
            }
            handle::Request::GetSidByHandle(handle) => self
                .core
                .sid_of(caller, handle.handle)
                .map(|sid| Answer::Number(sid.0))
                .into(),
            handle::Request::Revoke(handle) => self.core.revoke(caller, handle.handle).into(),
            handle::Request::RevokeSubtree(what) => self
                .core
                .revoke_subtree(caller, what.in_handle.handle, what.badge.handle)
                .into(),
            handle::Request::CreateBadge(what) => {
                let badge =
                    self.core
                        .new_badge(caller, given(what.notice), what.event_id, what.context);
                self.made(caller, badge)
            }
            _ => Reaction::Answer(UNIMPLEMENTED),
        }
    }

    fn connect_tasks(
        &mut self,
        caller: TaskId,
        what: &handle::ConnectReq,
    ) -> Result<Answer, Retcode> {
        let server = self.stopped_task(caller, what.server)?;
        let client = self.stopped_task(caller, what.client)?;
        let listener = (!what.sr_listener.is_invalid()).then_some(what.sr_listener.handle);
        let made =
            self.core
                .connect_tasks(server, client, listener, what.create_sr_endpoint != 0)?;
        // the numbers are those of the two programs
        let theirs = |handle: Option<u32>| {
            handle.map_or(Handle::INVALID, |handle| Handle {
                handle,
                rights: 0,
                badge: 0,
            })
        };
        Ok(Answer::Handles(vec![
            theirs(Some(made.listener)),
            theirs(made.serving),
            theirs(Some(made.calling)),
        ]))
    }

    fn channel_request(
        &mut self,
        lane: LaneId,
        call: Patience,
        request: &cm::Request<'_>,
    ) -> Reaction {
        match *request {
            cm::Request::Connect(what) => {
                let until = self.until(what.msecs, call);
                self.core
                    .ask_channel(lane, what.server, what.service, until);
                Reaction::Waits
            }
            cm::Request::Listen(what) => {
                let until = self.until(what.msecs, call);
                self.core.listen(lane, until);
                Reaction::Waits
            }
            cm::Request::Drop(what) => {
                let client = Service {
                    client: what.client,
                    name: what.service,
                };
                self.core.refuse_client(lane.task, client).into()
            }
            cm::Request::Accept(what) => {
                let listener = (!what.listener.is_invalid()).then_some(what.listener.handle);
                let client = Service {
                    client: what.client,
                    name: what.service,
                };
                let handle = self.core.accept(lane.task, listener, client, what.id);
                self.made(lane.task, handle)
            }
        }
    }

    fn notice_request(
        &mut self,
        lane: LaneId,
        call: Patience,
        request: &notice::Request,
    ) -> Reaction {
        let caller = lane.task;
        match *request {
            notice::Request::Create => {
                let notice = self.core.new_notice(caller);
                self.made(caller, notice)
            }
            notice::Request::SubscribeToObject(what) => {
                let (notice, object) = (what.notice.handle, what.object.handle);
                self.core
                    .subscribe(caller, notice, object, Mask(what.mask), what.id)
                    .into()
            }
            notice::Request::UnsubscribeFromEvent(what) => self
                .core
                .unsubscribe(
                    caller,
                    what.notice.handle,
                    what.object.handle,
                    Some(what.id),
                )
                .into(),
            notice::Request::UnsubscribeFromObject(what) => self
                .core
                .unsubscribe(caller, what.notice.handle, what.object.handle, None)
                .into(),
            notice::Request::GetEvent(what) => {
                let until = self.until(what.msecs, call);
                self.core
                    .fetch_events(lane, what.notice.handle, what.count, until);
                Reaction::Waits
            }
            notice::Request::DropAndWake(notice) => {
                self.core.drop_notice(caller, notice.handle).into()
            }
            notice::Request::SetObjectEvent(what) => self
                .core
                .raise_event(caller, what.object.handle, Mask(what.mask))
                .into(),
        }
    }

    fn sync_request(&mut self, caller: TaskId, request: &ipc::Request) -> Reaction {
        match *request {
            ipc::Request::CreateSyncObject => {
                let sync = self.core.new_sync(caller);
                self.made(caller, sync)
            }
            ipc::Request::SetInterrupt(object) => {
                self.core.set_sync(caller, object.handle, true).into()
            }
            ipc::Request::ClearInterrupt(object) => {
                self.core.set_sync(caller, object.handle, false).into()
            }
        }
    }

    fn hal_request(&mut self, caller: TaskId, request: &hal::Request<'_>) -> Reaction {
        match *request {
            hal::Request::GetEnv(of) => {
                let task = self.solution.plan.tasks.get(caller.index());
                let variable =
                    task.and_then(|task| task.env.iter().find(|(name, _)| name == of.name));
                variable
                    .map(|(_, value)| Answer::Texts(vec![value.clone()]))
                    .ok_or(Retcode::RESOURCE_NOT_FOUND)
                    .into()
            }
            hal::Request::DebugWrite(what) => {
                self.show(caller, what.text);
                Ok(()).into()
            }
            _ => Reaction::Answer(UNIMPLEMENTED),
        }
    }
}
