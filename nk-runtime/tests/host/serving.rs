//! The server end of a channel: whatever becomes of one call, the next is served, and no client is left waiting.
use crate::class::{Class, Server, add, say, to};
use crate::kernel::{Frame, Lane, MAX_MESSAGE, program, scripted};
use nk_runtime::frame::{Header, Kind, Locate, RECEIVING, read_locate};
use nk_runtime::host::{Connection, Error, Incident, Listener, Outcome, Result, Task, Wait};
use nk_runtime::{Dispatch, Fault, NkErr, Retcode};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Barrier};

const HANDLE: u32 = 4;

/// The request of task 3 by channel 8.
fn request(token: u64) -> Header {
    Header {
        handle: 8,
        timeout: 3,
        token,
        ..Header::new(Kind::Request)
    }
}
/// Waits until the server receives.
fn receiving(lane: &Lane) {
    let receive = lane.receive().unwrap().header;
    assert_eq!(
        receive,
        Header {
            handle: HANDLE,
            token: MAX_MESSAGE,
            ..Header::new(Kind::Receive)
        },
        "a request can have gaps, so there is room for any message"
    );
}
fn no_client_left(lane: &Lane) {
    lane.send(
        Header {
            flags: RECEIVING,
            code: Retcode::NOT_CONNECTED,
            ..Header::new(Kind::Result)
        },
        &[],
        &[],
    );
}
/// Checks that the server answers with this number, and waits for the next request.
fn answers(lane: &Lane, token: u64, n: u32) {
    let timeout = u32::try_from(MAX_MESSAGE).unwrap();
    let expected = Header {
        handle: HANDLE,
        timeout,
        token,
        constant: 32,
        ..Header::new(Kind::ReplyReceive)
    };
    assert_eq!(
        lane.receive().unwrap(),
        Frame {
            header: expected,
            constant: add(n),
            arena: vec![]
        }
    );
}
fn aborts(lane: &Lane, token: u64, code: Retcode) {
    assert_eq!(
        lane.receive().unwrap().header,
        Header {
            code,
            token,
            ..Header::new(Kind::Abort)
        }
    );
    lane.result(Retcode::OK);
}
fn listener(program: &Connection) -> Listener<Class> {
    Listener::from_handle(program, HANDLE)
}
/// What serving answers, what it reported, and what reached the server.
fn served(script: impl FnOnce(&Lane) + Send + 'static) -> (Result<()>, Vec<Incident>, Vec<u32>) {
    let (program, kernel) = scripted(script);
    let (mut server, mut incidents) = (Server::default(), Vec::new());
    let answer = |call: nk_runtime::host::Call<'_>| server.dispatch(&call.request, call.room);
    let end = listener(&program).serve_reporting(answer, |incident| incidents.push(incident));
    drop(program);
    kernel.join().unwrap();
    (end, incidents, server.added)
}
fn incident(method: &'static str, outcome: Outcome) -> Incident {
    Incident {
        caller: Task(3),
        method: Some(("comp.echo", method)),
        outcome,
    }
}

#[test]
fn a_server_registers_with_its_class_and_its_description() {
    let (program, kernel) = scripted(|lane| {
        let asked = lane.receive().unwrap();
        assert_eq!(asked.header.flags, Locate::Register as u8);
        assert_eq!(
            read_locate(&asked.constant),
            Some(("server_connection", "t.Server", [0x5e; 32]))
        );
        lane.send(
            Header {
                handle: 12,
                ..Header::new(Kind::Result)
            },
            &[],
            &[],
        );
    });
    assert_eq!(
        Listener::<Class>::open(&program, "server_connection")
            .unwrap()
            .handle(),
        12
    );
    kernel.join().unwrap();
}

#[test]
fn each_response_goes_with_the_wait_for_the_next_request() {
    let (end, incidents, added) = served(|lane| {
        receiving(lane);
        lane.send(request(1), &add(40), &[]);
        answers(lane, 1, 41);
        lane.send(request(2), &add(u32::MAX - 1), &[]);
        answers(lane, 2, u32::MAX);
        let (constant, arena) = say("hello");
        lane.send(request(3), &constant, &arena);
        let reply = lane.receive().unwrap();
        assert_eq!((reply.constant, reply.arena), (constant, arena));
        no_client_left(lane);
    });
    assert_eq!(
        (end, incidents, added),
        (Ok(()), vec![], vec![40, u32::MAX - 1])
    );
}

#[test]
fn a_refused_response_is_reported_and_serving_goes_on() {
    let refusals = [Retcode::SECURITY_DISALLOW, Retcode::NOT_CONNECTED];
    let (end, incidents, added) = served(move |lane| {
        for code in refusals {
            receiving(lane);
            lane.send(request(1), &add(1), &[]);
            answers(lane, 1, 2);
            lane.result(code);
        }
        receiving(lane);
        lane.send(request(2), &add(5), &[]);
        answers(lane, 2, 6);
        no_client_left(lane);
    });
    assert_eq!((end, added), (Ok(()), vec![1, 1, 5]));
    assert_eq!(
        incidents,
        refusals.map(|code| incident("Add", Outcome::Refused(code)))
    );
    assert_eq!(
        incidents[0].to_string(),
        "the response to the call of `comp.echo.Add` by task 3 was refused: rcSecurityDisallow"
    );
}

#[test]
fn a_request_that_the_server_cannot_answer_ends_with_rc_fail() {
    let (end, incidents, added) = served(|lane| {
        receiving(lane);
        lane.send(request(6), &add(0), &[]);
        aborts(lane, 6, Retcode::FAIL);
        receiving(lane);
        lane.send(request(7), &add(1), &[]);
        answers(lane, 7, 2);
        no_client_left(lane);
    });
    assert_eq!((end, added), (Ok(()), vec![0, 1]));
    assert_eq!(
        incidents,
        [incident("Add", Outcome::NotAnswered(NkErr::EINVAL))]
    );
}

#[test]
fn a_request_that_is_no_message_of_the_class_never_reaches_the_server() {
    let (constant, arena) = say("text");
    let wrong = [
        (to(1, 0), vec![], Retcode::RESOURCE_NOT_FOUND),
        (to(0, 2), vec![], Retcode::RESOURCE_NOT_FOUND),
        (add(1)[..24].to_vec(), vec![], Retcode::INVALID_ARGUMENT),
        (constant, arena[1..].to_vec(), Retcode::INVALID_ARGUMENT),
    ];
    let (end, incidents, added) = served(move |lane| {
        for (constant, arena, reason) in wrong {
            receiving(lane);
            lane.send(request(1), &constant, &arena);
            aborts(lane, 1, reason);
        }
        receiving(lane);
        no_client_left(lane);
    });
    assert_eq!((end, added), (Ok(()), vec![]));
    assert!(matches!(
        incidents.iter().map(|i| i.outcome).collect::<Vec<_>>()[..],
        [
            Outcome::Malformed(Fault::NoEndpoint),
            Outcome::Malformed(Fault::NoMethod),
            Outcome::Malformed(Fault::Malformed(_)),
            Outcome::Malformed(Fault::Malformed(_))
        ]
    ));
}

#[test]
fn a_request_larger_than_any_of_the_class_is_received_as_there_is_room_for_any_message() {
    let (mut constant, text) = say("far");
    constant[24] = 200;
    let (end, incidents, _) = served(move |lane| {
        receiving(lane);
        lane.send(request(1), &constant, &[vec![0; 200], text].concat());
        aborts(lane, 1, Retcode::BUFFER_TOO_SMALL);
        lane.receive().unwrap();
        lane.result(Retcode::BUFFER_TOO_SMALL);
    });
    assert_eq!(
        end,
        Err(Error::Kernel(Retcode::BUFFER_TOO_SMALL)),
        "more than the maximum is not asked for"
    );
    let reason = "the echo, gap and all, is larger than any response";
    assert_eq!(
        incidents,
        [incident("Say", Outcome::NotAnswered(NkErr::ENOMEM))],
        "{reason}"
    );
}

#[test]
fn serving_ends_well_with_its_clients_or_its_kernel_and_badly_otherwise() {
    let ended_by = |code| {
        served(move |lane| {
            receiving(lane);
            lane.result(code);
        })
        .0
    };
    assert_eq!(ended_by(Retcode::NOT_CONNECTED), Ok(()));
    assert_eq!(
        served(receiving).0,
        Ok(()),
        "the kernel has closed the lane"
    );
    assert_eq!(
        ended_by(Retcode::INVALID_OPERATION),
        Err(Error::Kernel(Retcode::INVALID_OPERATION))
    );
}

#[test]
fn a_server_that_panics_does_not_leave_its_client_waiting() {
    let (program, kernel) = scripted(|lane| {
        receiving(lane);
        lane.send(request(5), &add(13), &[]);
        aborts(lane, 5, Retcode::FAIL);
    });
    let serve = || listener(&program).serve(&mut Server::default());
    assert!(catch_unwind(AssertUnwindSafe(serve)).is_err());
    kernel.join().unwrap();
}

#[test]
fn a_session_knows_who_calls_and_by_which_channel() {
    let (program, kernel) = scripted(|lane| {
        receiving(lane);
        lane.send(request(1), &add(1), &[]);
        answers(lane, 1, 3008);
        no_client_left(lane);
    });
    let end = listener(&program).serve_with(|call| {
        let response = add(call.caller.0 * 1000 + call.channel);
        call.room[..response.len()].copy_from_slice(&response);
        Ok(response.len())
    });
    assert_eq!(end, Ok(()));
    kernel.join().unwrap();
}

#[test]
fn a_length_beyond_the_room_is_no_response() {
    let (program, kernel) = scripted(|lane| {
        receiving(lane);
        lane.send(request(1), &add(1), &[]);
        aborts(lane, 1, Retcode::FAIL);
        receiving(lane);
        no_client_left(lane);
    });
    let mut incidents = Vec::new();
    listener(&program)
        .serve_reporting(|call| Ok(call.room.len() + 1), |i| incidents.push(i))
        .unwrap();
    assert_eq!(
        incidents,
        [incident("Add", Outcome::NotAnswered(NkErr::EINVAL))]
    );
    kernel.join().unwrap();
}

#[test]
fn a_request_taken_by_hand_is_answered_once_or_aborted() {
    let (program, kernel) = scripted(|lane| {
        let receive = Header {
            handle: HANDLE,
            timeout: 70,
            token: 133,
            ..Header::new(Kind::Receive)
        };
        for token in 1..=4 {
            assert_eq!(lane.receive().unwrap().header, receive);
            lane.send(request(token), &add(9), &[]);
            match token {
                1 => {
                    assert_eq!(lane.receive().unwrap().constant, add(10));
                    lane.result(Retcode::SECURITY_DISALLOW);
                }
                2 => aborts(lane, token, Retcode::QUOTA_EXCEEDED),
                _ => aborts(lane, token, Retcode::FAIL),
            }
        }
        assert_eq!(lane.receive().unwrap().header, receive);
        lane.result(Retcode::TIMEOUT);
    });
    let (listener, mut room) = (listener(&program), [0; 133]);
    let request = listener.receive(&mut room, Wait::within(70)).unwrap();
    assert_eq!(
        (
            request.caller,
            request.channel,
            request.message.method().name
        ),
        (Task(3), 8, "Add")
    );
    assert_eq!(
        request.reply(&add(10)),
        Err(Error::Kernel(Retcode::SECURITY_DISALLOW))
    );
    assert_eq!(
        listener
            .receive(&mut room, Wait::within(70))
            .unwrap()
            .abort(Retcode::QUOTA_EXCEEDED),
        Ok(())
    );
    drop(listener.receive(&mut room, Wait::within(70)).unwrap());
    let too_large = vec![0; program.max_message() + 1];
    let request = listener.receive(&mut room, Wait::within(70)).unwrap();
    assert_eq!(
        request.reply(&too_large),
        Err(Error::Kernel(Retcode::BUFFER_TOO_LARGE))
    );
    assert_eq!(
        listener.receive(&mut room, Wait::within(70)).err(),
        Some(Error::Kernel(Retcode::TIMEOUT))
    );
    kernel.join().unwrap();
}

#[test]
fn serving_once_waits_until_the_response_is_delivered() {
    let (program, kernel) = scripted(|lane| {
        for (token, code) in [(1, Retcode::OK), (2, Retcode::NOT_CONNECTED)] {
            receiving(lane);
            lane.send(request(token), &add(9), &[]);
            let reply = lane.receive().unwrap();
            assert_eq!(
                (reply.header.kind, reply.header.token, reply.constant),
                (Kind::Reply, token, add(10))
            );
            lane.result(code);
        }
        receiving(lane);
        lane.send(request(3), &add(0), &[]);
        aborts(lane, 3, Retcode::FAIL);
    });
    let (listener, mut server) = (listener(&program), Server::default());
    assert_eq!(listener.serve_once(&mut server), Ok(()));
    assert_eq!(
        listener.serve_once(&mut server),
        Err(Error::Kernel(Retcode::NOT_CONNECTED))
    );
    assert_eq!(
        listener.serve_once(&mut server),
        Err(Error::Call(Fault::Other(NkErr::EINVAL)))
    );
    kernel.join().unwrap();
}

#[test]
fn several_threads_serve_one_listener() {
    let (both_asked, requests) = (Arc::new(Barrier::new(2)), AtomicU32::new(0));
    let program = program(2, move |lane, frame| match frame.header.kind {
        Kind::Receive => {
            both_asked.wait();
            lane.send(request(1), &add(requests.fetch_add(1, SeqCst) + 1), &[]);
        }
        _ => no_client_left(lane),
    });
    let mut added = std::thread::scope(|scope| {
        let threads = [(); 2].map(|()| {
            scope.spawn(|| {
                let mut server = Server::default();
                listener(&program).serve(&mut server).unwrap();
                server.added
            })
        });
        threads.map(|thread| thread.join().unwrap()).concat()
    });
    added.sort_unstable();
    assert_eq!(added, [1, 2]);
}
