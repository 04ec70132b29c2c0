//! What programs call and what a kernel answers, put together in one process: every request and response is verified.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests fail by panicking"
)]
use nk_core::nk::kl::core::core::ENDPOINTS;
use nk_core::server::{ROOM, Server, Services, answer, code_at};
use nk_core::{Caller, server};
use nk_runtime::host::Error;
use nk_runtime::{Ex, Handle, Header, InProcess, Method, Mid, Mode, Retcode, Riid, verify_response};
use std::time::{Duration, SystemTime};

/// A kernel that notes what it is asked.
#[derive(Default)]
struct Noting {
    name: String,
    said: Vec<String>,
}

impl Services for Noting {
    fn name(&self) -> Result<&str, Retcode> {
        Ok(&self.name)
    }
    fn path(&self) -> Result<&str, Retcode> {
        Ok("bin/камера")
    }
    fn exit(&mut self, code: i32) -> Result<(), Retcode> {
        self.said.push(format!("exit {code}"));
        Err(Retcode::BUSY)
    }
    fn env(&self, name: &str) -> Result<&str, Retcode> {
        match name {
            "EMPTY" => Ok(""),
            "LEVEL" => Ok("2"),
            "SECRET" => Err(Retcode::NO_CAPABILITY),
            _ => Err(Retcode::RESOURCE_NOT_FOUND),
        }
    }
    fn debug_write(&mut self, text: &str) -> Result<(), Retcode> {
        self.said.push(text.to_owned());
        Ok(())
    }
    fn sleep(&mut self, milliseconds: u32) -> Result<(), Retcode> {
        self.said.push(format!("sleep {milliseconds}"));
        Ok(())
    }
    fn now(&self) -> Result<Duration, Retcode> {
        Ok(Duration::new(1_000_000_000, 5))
    }
}

/// A kernel that offers nothing.
struct Nothing;
impl Services for Nothing {}

/// The largest request of these tests is a text of 1023 bytes.
fn caller<S: Services>(services: &mut S) -> Caller<InProcess<Server<'_, S>, 2048>> {
    Caller::new(InProcess::new(Server(services), Mode::Strict))
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>, code: Retcode) {
    assert_eq!(result.unwrap_err(), Error::Kernel(code));
}

#[test]
fn a_program_learns_its_name_path_environment_and_the_time() {
    let mut kernel = Noting { name: "camera".into(), ..Noting::default() };
    let mut program = caller(&mut kernel);
    assert_eq!((program.name().unwrap(), program.path().unwrap()), ("camera".into(), "bin/камера".into()));
    assert_eq!(program.env("LEVEL").unwrap().as_deref(), Some("2"));
    assert_eq!(program.env("EMPTY").unwrap().as_deref(), Some(""));
    assert_eq!(program.env("OTHER").unwrap(), None);
    refused(program.env("SECRET"), Retcode::NO_CAPABILITY);
    assert_eq!(program.now().unwrap(), SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 5));
}

#[test]
fn a_long_text_is_written_in_pieces_that_end_between_characters() {
    let mut kernel = Noting::default();
    // 2 bytes a character: 511 characters fit 1023 bytes
    caller(&mut kernel).debug_write(&"ж".repeat(600)).unwrap();
    caller(&mut kernel).debug_write("nul\0here").unwrap();
    caller(&mut kernel).debug_write("").unwrap();
    assert_eq!(kernel.said, ["ж".repeat(511), "ж".repeat(89), "nul\u{fffd}here".into()]);
}

#[test]
fn a_sleep_is_rounded_up_to_milliseconds_and_a_long_one_is_asked_for_day_by_day() {
    let mut kernel = Noting::default();
    let mut program = caller(&mut kernel);
    program.sleep(Duration::from_micros(1001)).unwrap();
    program.sleep(Duration::ZERO).unwrap();
    program.sleep(Duration::from_hours(36)).unwrap();
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
    let mut kernel = Noting { name: "n".repeat(1023), ..Noting::default() };
    assert_eq!(caller(&mut kernel).name().unwrap().len(), 1023);
    kernel.name.push('n');
    refused(caller(&mut kernel).name(), Retcode::BUFFER_TOO_SMALL);
}

#[test]
fn a_handle_of_another_process_is_not_the_callers() {
    use nk_core::nk::kl::core::core::TASK_TASK;
    use nk_core::nk::kl::core::task::{GetNameBuf, Proxy, Task};
    let mut kernel = Noting::default();
    let transport = InProcess::<_, 2048>::new(Server(&mut kernel), Mode::Strict);
    let mut room = GetNameBuf::new();
    let other = Handle { handle: 3, rights: 0, badge: 0 };
    let rc = Proxy::new(transport, TASK_TASK).get_name(other, room.out()).unwrap().rc();
    assert_eq!(Retcode(rc), Retcode::INVALID_ARGUMENT);
}

/// The smallest request of a method: numbers zero, everything else empty, handles invalid.
fn smallest(riid: u16, method: &Method) -> Vec<u8> {
    let mut bytes = vec![0; method.req.size as usize];
    bytes[..2].copy_from_slice(&riid.to_le_bytes());
    bytes[2..4].copy_from_slice(&method.mid.to_le_bytes());
    bytes[4..8].copy_from_slice(&Ex::new(method.req.size, method.req.handles, false).0.to_le_bytes());
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
            let length = answer(&mut Nothing, &smallest(riid, method), &mut room).unwrap();
            let response = verify_response(endpoint.interface, method, riid, &room[..length], Mode::Strict).unwrap();
            assert!(!response.header().ex.is_err(), "{place}");
            assert_eq!(Retcode(response.view().i32(code_at(&method.res))), Retcode::UNIMPLEMENTED, "{place}");
            for handle in 0..usize::from(method.res.handles) {
                assert!(response.view().handle(24 + 16 * handle).is_invalid(), "{place}");
            }
            methods += 1;
        }
    }
    // the table of spec/psl-runtime.md F.8, row by row
    assert_eq!(methods, 12 + 16 + 17 + 16 + 26 + 5 + 2 + 8 + 1 + 3 + 8 + 2 + 3 + 16 + 5 + 4 + 3 + 7 + 3 + 3 + 7);
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
        let mut room = [7; ROOM];
        assert_eq!(answer(&mut Nothing, &request, &mut room), Err(code), "{request:?}");
        assert_eq!(room, [7; ROOM]);
    }
    assert_eq!(Header::read(&good).map(|h| (h.iid, h.mid)), Some((Riid(6), Mid(0))));
    // a response that does not fit is a code too
    assert_eq!(server::answer(&mut Nothing, &good, &mut [0; 31]), Err(Retcode::BUFFER_TOO_SMALL));
}
