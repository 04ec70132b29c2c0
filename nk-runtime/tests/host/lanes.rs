//! A lane carries one operation at a time, for one thread at a time.
use crate::kernel::{Lane, bytes, program};
use nk_runtime::Retcode;
use nk_runtime::frame::{FOREVER, Header, Kind, MAX_LANES};
use nk_runtime::host::{Connection, Error, Parts};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier};

#[test]
fn eight_threads_share_four_lanes_and_each_gets_its_own_answers() {
    static AT_ONCE: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    let echo = program(4, |lane, frame| {
        MOST.fetch_max(AT_ONCE.fetch_add(1, SeqCst) + 1, SeqCst);
        std::thread::yield_now();
        AT_ONCE.fetch_sub(1, SeqCst);
        lane.echo(&frame);
    });
    std::thread::scope(|scope| {
        for thread in 0..8_u8 {
            let echo = &echo;
            scope.spawn(move || {
                for call in 0..300_usize {
                    let (c, a) = (bytes(24, thread), bytes(call * 37 % 90_000, thread));
                    let mut room = vec![0; c.len() + a.len()];
                    let size = echo.call(
                        u32::from(thread),
                        Parts {
                            constant: &c,
                            arena: &a,
                        },
                        &mut room,
                        FOREVER,
                    );
                    assert_eq!(
                        size.unwrap().of(&room),
                        [c, a].concat(),
                        "thread {thread}, call {call}"
                    );
                }
            });
        }
    });
    assert!((1..=4).contains(&MOST.load(SeqCst)));
}

#[test]
fn as_many_calls_wait_at_once_as_there_are_lanes() {
    let all_here = Arc::new(Barrier::new(3));
    let echo = program(3, move |lane, frame| {
        all_here.wait();
        lane.echo(&frame);
    });
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                echo.call(
                    1,
                    Parts {
                        constant: &[0; 24],
                        arena: &[],
                    },
                    &mut [0; 24],
                    FOREVER,
                )
                .unwrap()
            });
        }
    });
}

#[test]
fn a_thread_that_waits_for_the_last_lane_is_told_when_it_breaks() {
    let (end, lane) = Lane::pair();
    let arrived = Arc::new(Barrier::new(2));
    let kernel = {
        let arrived = Arc::clone(&arrived);
        std::thread::spawn(move || {
            lane.welcome(1);
            lane.receive().unwrap();
            arrived.wait();
            drop(lane);
        })
    };
    let program = Connection::over([end]).unwrap();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| program.recv(1, &mut []));
        let second = scope.spawn(|| program.recv(1, &mut []));
        arrived.wait();
        assert_eq!(first.join().unwrap(), Err(Error::KernelGone));
        assert_eq!(second.join().unwrap(), Err(Error::KernelGone));
    });
    kernel.join().unwrap();
}

#[test]
fn a_hello_that_makes_no_sense_gives_no_connection() {
    let hello = |answer: Header| {
        let (end, lane) = Lane::pair();
        let kernel = std::thread::spawn(move || {
            lane.receive().unwrap();
            lane.send(answer, &[], &[]);
        });
        let connection = Connection::over([end]).map(|_| ());
        kernel.join().unwrap();
        connection.unwrap_err().retcode()
    };
    let result = Header::new(Kind::Result);
    assert_eq!(
        hello(Header {
            handle: 0,
            ..result
        }),
        Retcode::TRANSFER_ERROR,
        "no lanes"
    );
    assert_eq!(
        hello(Header {
            handle: MAX_LANES + 1,
            ..result
        }),
        Retcode::TRANSFER_ERROR,
        "too many"
    );
    assert_eq!(
        hello(Header {
            handle: 2,
            ..result
        }),
        Retcode::NOT_CONNECTED,
        "more than are there"
    );
    assert_eq!(
        hello(Header {
            code: Retcode::INVALID_ARGUMENT,
            ..result
        }),
        Retcode::INVALID_ARGUMENT,
        "refused"
    );
    assert_eq!(
        hello(Header {
            handle: 1,
            ..Header::new(Kind::Response)
        }),
        Retcode::TRANSFER_ERROR,
        "no result"
    );
    assert_eq!(Connection::over([]).map(|_| ()), Err(Error::NotStarted));
}
