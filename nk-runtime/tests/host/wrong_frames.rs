//! Whatever the kernel sends, the program gets an error or a message, and never one that belongs to another call.
use crate::kernel::{Lane, bytes, scripted};
use nk_runtime::Retcode;
use nk_runtime::frame::{FOREVER, FrameError, HEADER, Header, Kind, MAX_PACKET};
use nk_runtime::host::{Connection, Error, Parts, Size};

/// What a call with a room of 100,000 bytes answers when the kernel sends these packets and closes the lane.
fn call_answered_with(packets: Vec<Vec<u8>>) -> Result<Size, Error> {
    let (program, kernel) = scripted(move |lane| {
        lane.receive().unwrap();
        for packet in packets {
            lane.send_packet(&packet);
        }
    });
    let mut room = vec![0; 100_000];
    let answer = program.call(
        1,
        Parts {
            constant: &[0; 24],
            arena: &[],
        },
        &mut room,
        FOREVER,
    );
    kernel.join().unwrap();
    let again = program.call(
        1,
        Parts {
            constant: &[0; 24],
            arena: &[],
        },
        &mut room,
        FOREVER,
    );
    assert_eq!(
        again,
        Err(Error::KernelGone),
        "a lane is not used after its kernel has gone wrong or gone"
    );
    answer
}

fn packet(header: Header, payload: usize) -> Vec<u8> {
    [&header.to_bytes()[..], &bytes(payload, 3)].concat()
}

#[test]
fn packets_that_are_no_frames_are_errors() {
    let response = Header {
        constant: 24,
        ..Header::new(Kind::Response)
    };
    let good = packet(response, 24);
    assert_eq!(
        call_answered_with(vec![good.clone()]),
        Ok(Size {
            constant: 24,
            arena: 0
        })
    );
    for length in 1..HEADER {
        assert_eq!(
            call_answered_with(vec![good[..length].to_vec()]),
            Err(Error::Frame(FrameError::Short))
        );
    }
    for (at, value, error) in [
        (0, 0, FrameError::Kind),
        (0, 99, FrameError::Kind),
        (2, 200, FrameError::Version),
    ] {
        let mut bad = good.clone();
        bad[at] = value;
        assert_eq!(call_answered_with(vec![bad]), Err(Error::Frame(error)));
    }
    assert_eq!(call_answered_with(vec![]), Err(Error::KernelGone));
}

#[test]
fn a_packet_without_a_byte_is_a_wrong_frame_and_not_the_kernels_end() {
    let (program, kernel) = scripted(|lane| {
        lane.receive().unwrap();
        lane.send_packet(&[]);
        assert_eq!(lane.receive(), None, "the program closes the lane");
    });
    let answer = program.call(
        1,
        Parts {
            constant: &[0; 24],
            arena: &[],
        },
        &mut [0; 100],
        FOREVER,
    );
    assert_eq!(answer, Err(Error::Frame(FrameError::Short)));
    drop(program);
    kernel.join().unwrap();
}

#[test]
fn lengths_that_do_not_add_up_are_errors() {
    let response = |constant, arena| Header {
        constant,
        arena,
        ..Header::new(Kind::Response)
    };
    let full = MAX_PACKET - HEADER;
    let length = Err(Error::Frame(FrameError::Length));
    assert_eq!(
        call_answered_with(vec![packet(response(24, 0), 25)]),
        length,
        "more than announced"
    );
    assert_eq!(call_answered_with(vec![packet(response(0, 0), 1)]), length);
    let first = packet(response(24, 70_000), full);
    let rest = 32 + 70_000 - full;
    let continuation = Header::new(Kind::Continuation);
    let with = |second| call_answered_with(vec![first.clone(), second]);
    assert_eq!(
        with(packet(continuation, rest)),
        Ok(Size {
            constant: 24,
            arena: 70_000
        })
    );
    assert_eq!(
        with(packet(continuation, rest + 1)),
        length,
        "a continuation beyond the end"
    );
    assert_eq!(
        with(packet(continuation, 0)),
        length,
        "an empty continuation"
    );
    assert_eq!(
        with(packet(response(24, 0), 24)),
        length,
        "another message instead of a continuation"
    );
    assert_eq!(with(vec![8; 7]), Err(Error::Frame(FrameError::Short)));
    assert_eq!(
        call_answered_with(vec![first.clone()]),
        Err(Error::KernelGone),
        "a message without its end"
    );
    assert_eq!(
        call_answered_with(vec![packet(continuation, 24)]),
        length,
        "a continuation of nothing"
    );
    let huge = packet(response(u32::MAX, u32::MAX), 100);
    assert_eq!(
        call_answered_with(vec![huge]),
        Err(Error::KernelGone),
        "is looked for to its end, without memory"
    );
}

#[test]
fn an_answer_to_something_else_is_an_error() {
    for got in [
        Kind::Hello,
        Kind::Call,
        Kind::Receive,
        Kind::Reply,
        Kind::ReplyReceive,
        Kind::Abort,
        Kind::Locate,
    ] {
        let answer = call_answered_with(vec![packet(Header::new(got), 0)]);
        assert_eq!(
            answer,
            Err(Error::Unexpected {
                sent: Kind::Call,
                got
            })
        );
    }
    let request = call_answered_with(vec![packet(Header::new(Kind::Request), 0)]);
    assert_eq!(
        request,
        Err(Error::Unexpected {
            sent: Kind::Call,
            got: Kind::Request
        })
    );
    let success = call_answered_with(vec![packet(Header::new(Kind::Result), 0)]);
    assert_eq!(
        success,
        Err(Error::Unexpected {
            sent: Kind::Call,
            got: Kind::Result
        }),
        "success without a response"
    );
}

#[test]
fn the_other_lanes_work_on_when_one_has_gone_wrong() {
    let (ends, lanes): (Vec<_>, Vec<_>) = (0..2).map(|_| Lane::pair()).unzip();
    let kernel = std::thread::spawn(move || {
        lanes[0].welcome(2);
        let (one, other) = (&lanes[0], &lanes[1]);
        // the lane that was added last is taken first
        other.receive().unwrap();
        other.send_packet(&[0; 5]);
        assert_eq!(other.receive(), None, "the program has closed it");
        let frame = one.receive().unwrap();
        one.echo(&frame);
    });
    let program = Connection::over(ends).unwrap();
    let call = || {
        program.call(
            1,
            Parts {
                constant: &[4; 24],
                arena: &[],
            },
            &mut [0; 24],
            FOREVER,
        )
    };
    assert_eq!(call(), Err(Error::Frame(FrameError::Short)));
    assert_eq!(
        call(),
        Ok(Size {
            constant: 24,
            arena: 0
        })
    );
    kernel.join().unwrap();
}

#[test]
fn a_test_can_send_any_packet_and_read_the_answer() {
    let (program, kernel) = scripted(|lane| {
        assert_eq!(lane.packet().unwrap(), [1, 2, 3]);
        lane.result(Retcode::INVALID_ARGUMENT);
    });
    let mut answer = [0; HEADER];
    assert_eq!(program.packet(&[1, 2, 3], &mut answer), Ok(HEADER));
    kernel.join().unwrap();
    assert_eq!(
        Header::from_bytes(&answer).unwrap().code,
        Retcode::INVALID_ARGUMENT
    );
}
