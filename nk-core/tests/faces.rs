//! What programs call and what a kernel answers, put together in one process: every request and response is verified.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests fail by panicking"
)]
use nk_core::Caller;
use nk_core::nk::kl::core::core::ENDPOINTS;
use nk_core::nk::kl::core::{efi, hal, task, thread};
use nk_core::server::{Answer, ROOM, Request, Server, code_at, read, write};
use nk_runtime::host::Error;
use nk_runtime::message::Ex;
use nk_runtime::shape::Method;
use nk_runtime::{Handle, InProcess, Mid, Mode, Retcode, Riid, Transport, verify_response};
use std::time::{Duration, SystemTime};

/// A kernel that notes what it is asked.
#[derive(Default)]
struct Noting {
    name: String,
    said: Vec<String>,
}

impl Noting {
    fn answer(&mut self, request: Request<'_>) -> Answer {
        match request {
            Request::TaskTask(task::Request::GetName(_)) => Answer::Texts(vec![self.name.clone()]),
            Request::TaskTask(task::Request::GetPath(_)) => {
                Answer::Texts(vec!["bin/камера".into()])
            }
            Request::TaskTask(task::Request::Exit(code)) => {
                self.said.push(format!("exit {code}"));
                Answer::Code(Retcode::BUSY)
            }
            Request::HalHal(hal::Request::GetEnv(of)) => match of.name {
                "EMPTY" => Answer::Texts(vec![String::new()]),
                "LEVEL" => Answer::Texts(vec!["2".into()]),
                "SECRET" => Answer::Code(Retcode::NO_CAPABILITY),
                _ => Answer::Code(Retcode::RESOURCE_NOT_FOUND),
            },
            Request::HalHal(hal::Request::DebugWrite(what)) => {
                self.said.push(what.text.to_owned());
                Answer::Code(Retcode::OK)
            }
            Request::ThreadThread(thread::Request::Sleep(milliseconds)) => {
                self.said.push(format!("sleep {milliseconds}"));
                Answer::Code(Retcode::OK)
            }
            Request::EfiEfi(efi::Request::GetTime) => Answer::Now(Duration::new(1_000_000_000, 5)),
            _ => Answer::Code(Retcode::UNIMPLEMENTED),
        }
    }
}

/// The largest request of these tests is a text of 1023 bytes.
fn caller(kernel: &mut Noting) -> Caller<impl Transport> {
    Caller::new(InProcess::<_, 2048>::new(
        Server(|request: Request<'_>| kernel.answer(request)),
        Mode::Strict,
    ))
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>, code: Retcode) {
    assert_eq!(result.unwrap_err(), Error::Kernel(code));
}

#[test]
fn a_program_learns_its_name_path_environment_and_the_time() {
    let mut kernel = Noting {
        name: "camera".into(),
        ..Noting::default()
    };
    let mut program = caller(&mut kernel);
    assert_eq!(
        (program.name().unwrap(), program.path().unwrap()),
        ("camera".into(), "bin/камера".into())
    );
    assert_eq!(program.env("LEVEL").unwrap().as_deref(), Some("2"));
    assert_eq!(program.env("EMPTY").unwrap().as_deref(), Some(""));
    assert_eq!(program.env("OTHER").unwrap(), None);
    refused(program.env("SECRET"), Retcode::NO_CAPABILITY);
    assert_eq!(
        program.now().unwrap(),
        SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 5)
    );
}

#[test]
fn a_long_text_is_written_in_pieces_that_end_between_characters() {
    let mut kernel = Noting::default();
    // 2 bytes a character: 511 characters fit 1023 bytes
    caller(&mut kernel).debug_write(&"ж".repeat(600)).unwrap();
    caller(&mut kernel).debug_write("nul\0here").unwrap();
    caller(&mut kernel).debug_write("").unwrap();
    assert_eq!(
        kernel.said,
        ["ж".repeat(511), "ж".repeat(89), "nul\u{fffd}here".into()]
    );
}

#[test]
fn a_sleep_is_rounded_up_to_milliseconds_and_a_long_one_is_asked_for_day_by_day() {
    let mut kernel = Noting::default();
    let mut program = caller(&mut kernel);
    program.sleep(Duration::from_micros(1001)).unwrap();
    program.sleep(Duration::ZERO).unwrap();
    program.sleep(Duration::from_hours(36)).unwrap();
    drop(program);
    assert_eq!(kernel.said, ["sleep 2", "sleep 86400000", "sleep 43200000"]);
}

#[test]
fn a_refused_exit_comes_back_with_the_code() {
    let mut kernel = Noting::default();
    let refusal = caller(&mut kernel).exit(-7);
    assert_eq!(refusal.unwrap_err(), Error::Kernel(Retcode::BUSY));
    assert_eq!(kernel.said, ["exit -7"]);
}

#[test]
fn a_name_that_no_message_holds_is_a_code_and_not_cut() {
    let mut kernel = Noting {
        name: "n".repeat(1023),
        ..Noting::default()
    };
    assert_eq!(caller(&mut kernel).name().unwrap().len(), 1023);
    kernel.name.push('n');
    refused(caller(&mut kernel).name(), Retcode::BUFFER_TOO_SMALL);
}

/// Results of every kind, as their proxies read them.
#[test]
fn every_kind_of_answer_arrives_in_its_place() {
    use nk_core::nk::kl::core::core::{CM_CM, HANDLE_HANDLE, NOTICE_NOTICE, TASK_TASK};
    use nk_core::nk::kl::core::{cm, handle, notice};
    use {cm::Cm as _, handle::Handle as _, notice::Notice as _, task::Task as _};
    let given = |number| Handle {
        handle: number,
        rights: 7,
        badge: 0,
    };
    let answering = |answer: Answer| {
        InProcess::<_, 2048>::new(Server(move |_: Request<'_>| answer.clone()), Mode::Strict)
    };
    let connected = cm::Proxy::new(answering(Answer::Numbered(given(5), 9)), CM_CM)
        .connect("s", "e", 1)
        .unwrap();
    assert_eq!(
        (connected.handle, connected.id, connected.rc),
        (given(5), 9, 0)
    );
    let mut room = cm::ListenBuf::new();
    let texts = Answer::Texts(vec!["client".into(), "comp.impl".into()]);
    let mut proxy = cm::Proxy::new(answering(texts), CM_CM);
    let asked = proxy.listen("", 1, room.out()).unwrap();
    assert_eq!(
        (asked.client(), asked.service(), asked.rc()),
        ("client", "comp.impl", 0)
    );
    let three = Answer::Handles(vec![given(1), Handle::INVALID, given(3)]);
    let none = Handle::INVALID;
    let made = handle::Proxy::new(answering(three), HANDLE_HANDLE)
        .connect(none, none, none, 0)
        .unwrap();
    assert_eq!(
        (
            made.out_sr_listener,
            made.out_sr_endpoint,
            made.out_cl_endpoint
        ),
        (given(1), none, given(3))
    );
    let sid = handle::Proxy::new(answering(Answer::Number(u64::MAX - 1)), HANDLE_HANDLE)
        .get_sid_by_handle(none)
        .unwrap();
    assert_eq!((sid.sid, sid.rc), (u64::MAX - 1, 0));
    let pid = task::Proxy::new(answering(Answer::Number(12)), TASK_TASK)
        .get_pid(none)
        .unwrap();
    assert_eq!((pid.pid, pid.rc), (12, 0));
    let mut room = task::GetExitInfoBuf::new();
    let mut proxy = task::Proxy::new(answering(Answer::Ended(3)), TASK_TASK);
    let ended = proxy.get_exit_info(none, room.out()).unwrap();
    assert_eq!((ended.info(), ended.rc()), (task::ExitInfo::Code(3), 0));
    let event = notice::EventDesc {
        id: 4,
        mask: 2,
        counter: 1,
    };
    let mut room = notice::GetEventBuf::new();
    let mut proxy =
        notice::Proxy::new(answering(Answer::Events(vec![event, event])), NOTICE_NOTICE);
    let events = proxy.get_event(none, 1, 9, room.out()).unwrap();
    assert_eq!(
        (events.events().iter().collect::<Vec<_>>(), events.rc()),
        (vec![event, event], 0)
    );
}

/// The smallest request of a method: numbers zero, everything else empty, handles invalid.
fn smallest(riid: u16, method: &Method) -> Vec<u8> {
    let mut bytes = vec![0; method.req.size as usize];
    bytes[..2].copy_from_slice(&riid.to_le_bytes());
    bytes[2..4].copy_from_slice(&method.mid.to_le_bytes());
    bytes[4..8].copy_from_slice(
        &Ex::new(method.req.size, method.req.handles, false)
            .0
            .to_le_bytes(),
    );
    for handle in 0..usize::from(method.req.handles) {
        let at = 24 + 16 * handle;
        bytes[at..at + 4].copy_from_slice(&Handle::INVALID.handle.to_le_bytes());
    }
    bytes
}

#[test]
fn every_method_that_is_not_offered_answers_its_code_in_a_well_formed_response() {
    let mut methods = 0;
    for (riid, endpoint) in (0..).zip(ENDPOINTS) {
        for method in endpoint.interface.methods {
            let place = format!("{} {}", endpoint.name, method.name);
            let mut room = vec![0xaa; ROOM];
            read(&smallest(riid, method)).unwrap();
            let answer = Answer::Code(Retcode::UNIMPLEMENTED);
            let length = write(Riid(riid), Mid(method.mid), &answer, &mut room).unwrap();
            let response = verify_response(
                endpoint.interface,
                method,
                riid,
                &room[..length],
                Mode::Strict,
            )
            .unwrap();
            assert!(!response.header().ex.is_err(), "{place}");
            assert_eq!(
                Retcode(response.view().i32(code_at(&method.res))),
                Retcode::UNIMPLEMENTED,
                "{place}"
            );
            for handle in 0..usize::from(method.res.handles) {
                assert!(
                    response.view().handle(24 + 16 * handle).is_invalid(),
                    "{place}"
                );
            }
            methods += 1;
        }
    }
    // the table of docs/kernel.md §8, row by row
    assert_eq!(
        methods,
        12 + 16 + 17 + 16 + 26 + 5 + 2 + 8 + 1 + 3 + 8 + 2 + 3 + 16 + 5 + 4 + 3 + 7 + 3 + 3 + 7
    );
}

#[test]
fn what_is_no_request_is_answered_with_a_code_and_touches_nothing() {
    let good = smallest(6, &ENDPOINTS[6].interface.methods[0]);
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    let cases = [
        (with(0, 21), Retcode::RESOURCE_NOT_FOUND),
        (with(2, 2), Retcode::RESOURCE_NOT_FOUND),
        (with(4, 24), Retcode::INVALID_ARGUMENT),
        (with(7, 0x80), Retcode::INVALID_ARGUMENT),
        (good[..20].to_vec(), Retcode::INVALID_ARGUMENT),
        (vec![], Retcode::INVALID_ARGUMENT),
    ];
    for (request, code) in cases {
        assert_eq!(read(&request).err(), Some(code), "{request:?}");
    }
    // a response that does not fit, or to nothing, is a code too
    let answer = Answer::Code(Retcode::OK);
    assert_eq!(
        write(Riid(6), Mid(0), &answer, &mut [0; 31]),
        Err(Retcode::BUFFER_TOO_SMALL)
    );
    for nothing in [(21, 0), (6, 2)] {
        assert_eq!(
            write(Riid(nothing.0), Mid(nothing.1), &answer, &mut [0; ROOM]),
            Err(Retcode::RESOURCE_NOT_FOUND)
        );
    }
}
