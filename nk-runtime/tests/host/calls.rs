//! Messages of every size pass unchanged in both directions, and every code comes through.
use crate::kernel::{MAX_MESSAGE, bytes, program, scripted};
use nk_runtime::Retcode;
use nk_runtime::frame::{FOREVER, HEADER, Header, Kind, MAX_PACKET, RECEIVING};
use nk_runtime::host::{Error, Next, Parts, Size, Task, Wait};

/// Bytes of a message in one packet.
const FULL: usize = MAX_PACKET - HEADER;

fn code(code: Retcode) -> Error {
    Error::Kernel(code)
}

#[test]
fn a_message_of_any_size_comes_back_unchanged_into_a_room_of_exactly_its_size() {
    let echo = program(1, |lane, frame| lane.echo(&frame));
    let around = |n: usize| (n - 17..=n + 17).collect::<Vec<_>>();
    let mut arenas = vec![0, 1, 2, 15, 16, 17, 1000, 200_000, 1 << 20];
    for constant in [
        24,
        32,
        40,
        FULL - 16,
        FULL - 8,
        FULL,
        FULL + 8,
        2 * FULL - 8,
        2 * FULL,
        150_000,
    ] {
        for packets in [1, 2, 3] {
            arenas.extend(around((packets * FULL).saturating_sub(constant).max(17)));
        }
        arenas.sort_unstable();
        arenas.dedup();
        for arena in arenas.drain(..) {
            let (c, a) = (bytes(constant, 1), bytes(arena, 2));
            let mut room = vec![0xee; constant + arena];
            let size = echo.call(
                7,
                Parts {
                    constant: &c,
                    arena: &a,
                },
                &mut room,
                FOREVER,
            );
            assert_eq!(size, Ok(Size { constant, arena }));
            assert!(
                room == [c, a].concat(),
                "constant part {constant}, arena {arena}"
            );
        }
        arenas.extend([0, 1, 15, 16, 17, 1000]);
    }
}

#[test]
fn bytes_of_the_room_behind_the_message_are_not_part_of_it() {
    let echo = program(1, |lane, frame| lane.echo(&frame));
    for (constant, arena, spare) in [
        (24, 10, 1),
        (24, 10, 7),
        (24, 10, 8),
        (24, 10, 30),
        (40, 70_000, 3),
    ] {
        let (c, a) = (bytes(constant, 1), bytes(arena, 2));
        let mut room = vec![0; constant + arena + spare];
        let size = echo
            .call(
                7,
                Parts {
                    constant: &c,
                    arena: &a,
                },
                &mut room,
                FOREVER,
            )
            .unwrap();
        assert_eq!(size.of(&room), [c, a].concat(), "spare {spare}");
    }
}

#[test]
fn a_call_tells_the_kernel_its_handle_its_time_limit_and_its_room() {
    let (program, kernel) = scripted(|lane| {
        for timeout in [250, 0, FOREVER] {
            let frame = lane.receive().unwrap();
            let expected = Header {
                handle: 9,
                timeout,
                token: 40,
                constant: 24,
                arena: 3,
                ..Header::new(Kind::Call)
            };
            assert_eq!(frame.header, expected);
            lane.result(Retcode::TIMEOUT);
        }
    });
    for timeout in [250, 0, FOREVER] {
        let request = Parts {
            constant: &[1; 24],
            arena: &[2; 3],
        };
        assert_eq!(
            program.call(9, request, &mut [0; 40], timeout),
            Err(code(Retcode::TIMEOUT))
        );
    }
    kernel.join().unwrap();
}

#[test]
fn every_code_of_the_kernel_comes_back_as_it_is() {
    let refuse = program(1, |lane, frame| {
        lane.result(Retcode(frame.header.timeout.cast_signed()));
    });
    for expected in Retcode::ALL.iter().copied().filter(|code| !code.is_ok()) {
        let answer = refuse.call(
            1,
            Parts {
                constant: &[0; 24],
                arena: &[],
            },
            &mut [],
            expected.0.cast_unsigned(),
        );
        assert_eq!(answer.map_err(|e| e.retcode()), Err(expected));
    }
}

#[test]
fn a_response_larger_than_its_room_is_read_to_its_end_and_the_lane_works_on() {
    let echo = program(1, |lane, frame| lane.echo(&frame));
    for (constant, arena) in [(32, 0), (24, 8), (24, 100), (40, 3 * FULL), (3 * FULL, 1)] {
        let (c, a) = (bytes(constant, 1), bytes(arena, 2));
        let message = Parts {
            constant: &c,
            arena: &a,
        };
        for room in [0, 1, 23, constant - 1, constant + arena - 1] {
            let answer = echo.call(1, message, &mut vec![0; room], FOREVER);
            assert_eq!(
                answer,
                Err(code(Retcode::BUFFER_TOO_SMALL)),
                "{constant} {arena} into {room}"
            );
        }
        let mut room = vec![0; message.len()];
        assert_eq!(
            echo.call(1, message, &mut room, FOREVER),
            Ok(Size { constant, arena })
        );
        assert_eq!(room, [c, a].concat());
    }
}

#[test]
fn a_message_over_the_maximum_is_refused_before_it_is_sent() {
    let (program, kernel) = scripted(|lane| {
        assert_eq!(
            lane.receive().unwrap().arena.len(),
            MAX_MESSAGE as usize - 24,
            "the first to arrive is the legal one"
        );
        lane.result(Retcode::FAIL);
    });
    let arena = vec![0; MAX_MESSAGE as usize];
    let request = |arena| Parts {
        constant: &[0; 24],
        arena,
    };
    assert_eq!(
        program.call(1, request(&arena[23..]), &mut [], 0),
        Err(code(Retcode::BUFFER_TOO_LARGE))
    );
    assert_eq!(
        program.call(1, request(&arena[24..]), &mut [], 0),
        Err(code(Retcode::FAIL))
    );
    kernel.join().unwrap();
}

#[test]
fn a_request_says_who_calls_and_by_which_channel() {
    let (program, kernel) = scripted(|lane| {
        let receive = lane.receive().unwrap().header;
        assert_eq!(
            receive,
            Header {
                handle: 4,
                timeout: 30,
                token: 64,
                ..Header::new(Kind::Receive)
            }
        );
        let request = Header {
            handle: 11,
            timeout: 2,
            token: u64::MAX,
            ..Header::new(Kind::Request)
        };
        lane.send(request, &[5; 24], &[6; 9]);
    });
    let mut room = [0; 64];
    let received = program.recv_with(4, &mut room, Wait::within(30)).unwrap();
    kernel.join().unwrap();
    assert_eq!(
        (received.caller, received.channel, received.token),
        (Task(2), 11, u64::MAX)
    );
    assert_eq!(
        received.size.of(&room),
        [[5; 24].as_slice(), &[6; 9]].concat()
    );
}

#[test]
fn a_request_larger_than_its_room_ends_the_call_instead_of_leaving_the_client_waiting() {
    let (program, kernel) = scripted(|lane| {
        lane.receive().unwrap();
        lane.send(
            Header {
                token: 77,
                ..Header::new(Kind::Request)
            },
            &[0; 24],
            &vec![1; 2 * FULL],
        );
        let abort = lane.receive().unwrap().header;
        assert_eq!(
            abort,
            Header {
                code: Retcode::BUFFER_TOO_SMALL,
                token: 77,
                ..Header::new(Kind::Abort)
            }
        );
        lane.result(Retcode::NOT_CONNECTED);
        lane.receive().unwrap();
        lane.send(Header::new(Kind::Request), &[9; 24], &[]);
    });
    let mut room = [0; 100];
    assert_eq!(
        program.recv(1, &mut room),
        Err(code(Retcode::BUFFER_TOO_SMALL)),
        "though the client has gone meanwhile"
    );
    assert_eq!(program.recv(1, &mut room).unwrap().size.of(&room), [9; 24]);
    kernel.join().unwrap();
}

#[test]
fn reply_and_receive_tells_a_refused_response_from_the_end_of_the_clients() {
    let outcomes = [
        (0, Retcode::SECURITY_DISALLOW),
        (0, Retcode::NOT_CONNECTED),
        (RECEIVING, Retcode::NOT_CONNECTED),
    ];
    let (program, kernel) = scripted(move |lane| {
        let frame = lane.receive().unwrap();
        let expected = Header {
            handle: 3,
            timeout: 32,
            token: 50,
            constant: 24,
            ..Header::new(Kind::ReplyReceive)
        };
        assert_eq!(
            frame.header,
            Header {
                arena: 70_000,
                ..expected
            }
        );
        assert_eq!(
            (frame.constant, frame.arena),
            (bytes(24, 1), bytes(70_000, 2))
        );
        lane.send(
            Header {
                token: 51,
                ..Header::new(Kind::Request)
            },
            &[7; 32],
            &[],
        );
        for (flags, code) in outcomes {
            lane.receive().unwrap();
            lane.send(
                Header {
                    flags,
                    code,
                    ..Header::new(Kind::Result)
                },
                &[],
                &[],
            );
        }
    });
    let (constant, arena, mut room) = (bytes(24, 1), bytes(70_000, 2), [0; 32]);
    let mut next = |token| {
        program.reply_recv(
            token,
            Parts {
                constant: &constant,
                arena: &arena,
            },
            3,
            &mut room,
        )
    };
    assert!(matches!(next(50), Ok(Next::Request(r)) if r.token == 51));
    assert_eq!(next(51), Ok(Next::Refused(Retcode::SECURITY_DISALLOW)));
    assert_eq!(
        next(52),
        Ok(Next::Refused(Retcode::NOT_CONNECTED)),
        "the client of that response has gone"
    );
    assert_eq!(next(53), Err(code(Retcode::NOT_CONNECTED)), "all have");
    kernel.join().unwrap();
}

#[test]
fn replies_and_aborts_answer_with_their_own_code() {
    let (program, kernel) = scripted(|lane| {
        let frame = lane.receive().unwrap();
        assert_eq!(
            frame.header,
            Header {
                token: 5,
                constant: 24,
                ..Header::new(Kind::Reply)
            }
        );
        lane.result(Retcode::OK);
        lane.receive().unwrap();
        lane.result(Retcode::INVALID_OPERATION);
        let abort = lane.receive().unwrap().header;
        assert_eq!(
            abort,
            Header {
                code: Retcode::FAIL,
                token: 6,
                ..Header::new(Kind::Abort)
            }
        );
        lane.result(Retcode::OK);
    });
    let response = Parts {
        constant: &[0; 24],
        arena: &[],
    };
    assert_eq!(program.reply(5, response), Ok(()));
    assert_eq!(
        program.reply(5, response),
        Err(code(Retcode::INVALID_OPERATION)),
        "a second reply"
    );
    assert_eq!(program.abort(6, Retcode::FAIL), Ok(()));
    kernel.join().unwrap();
}

#[test]
fn a_response_larger_than_any_message_is_refused_here_and_its_call_ends() {
    let (program, kernel) = scripted(|lane| {
        for token in [5, 6] {
            let abort = lane.receive().unwrap().header;
            assert_eq!(
                abort,
                Header {
                    code: Retcode::BUFFER_TOO_LARGE,
                    token,
                    ..Header::new(Kind::Abort)
                }
            );
            lane.result(Retcode::OK);
        }
    });
    let arena = vec![0; MAX_MESSAGE as usize];
    let response = Parts {
        constant: &[0; 24],
        arena: &arena,
    };
    assert_eq!(
        program.reply(5, response),
        Err(code(Retcode::BUFFER_TOO_LARGE))
    );
    assert_eq!(
        program.reply_recv(6, response, 1, &mut []),
        Ok(Next::Refused(Retcode::BUFFER_TOO_LARGE))
    );
    kernel.join().unwrap();
}
