//! Timeouts and interruption of calls and receives, in every phase of a call.
use super::exchange::{
    self, EXCHANGE_HANDLE, FOREVER_WAIT, Wait, clear, echo, much, set, sync_object,
};
use crate::common::wire::{Lane, ROOM};
use nk_runtime::frame::{FOREVER, HEADER, Header, Kind, MAX_PACKET};
use std::time::Duration;

pub(crate) const ROLES: crate::common::Roles = &[
    ("waits_call_timeout", || call_phases(Way::Timeout)),
    ("waits_call_interrupt", || call_phases(Way::Interrupt)),
    ("waits_serve", serve_phases),
    ("waits_receive_timeout", || receive_phases(Way::Timeout)),
    ("waits_receive_interrupt", || receive_phases(Way::Interrupt)),
    ("waits_call", call_receivers),
];

/// How a wait is ended before its time.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Timeout,
    Interrupt,
}

/// A wait ends after so many milliseconds; what the other side does takes longer.
const SHORT: u32 = 60;
const LONG: Duration = Duration::from_millis(300);
/// So long when the other side is to be in time.
const AMPLE: u32 = 600;
/// Enough for many packets, more than a socket holds.
const LARGE: usize = 1 << 20;

impl Way {
    /// Does something that waits in this way, `after` milliseconds; the sync object is set by another thread, and then set no
    /// more.
    fn during<T>(self, sync: u32, after: u32, wait: impl FnOnce(Wait) -> T) -> T {
        match self {
            Self::Timeout => wait(Wait {
                timeout: after,
                sync: 0,
            }),
            Self::Interrupt => std::thread::scope(|scope| {
                let other = Lane::nth(1);
                scope.spawn(move || {
                    std::thread::sleep(Duration::from_millis(after.into()));
                    set(other, sync);
                });
                let result = wait(Wait {
                    timeout: FOREVER,
                    sync,
                });
                // after it was set, whatever it has ended
                std::thread::sleep(Duration::from_millis(after.into()));
                clear(other, sync);
                result
            }),
        }
    }
    const fn code(self) -> &'static str {
        match self {
            Self::Timeout => "rcTimeout",
            Self::Interrupt => "rcIpcInterrupt",
        }
    }
}

/// The phases of a call in which its client stops waiting; what the client hears (nothing: what the wait ended with), and
/// the server.
const CALL_PHASES: [(&str, &str, &str); 5] = [
    ("queued", "", "nothing"),
    ("delivered", "", "rcNotConnected rcInvalidOperation"),
    (
        "half of the response sent",
        "",
        "rcNotConnected rcInvalidOperation",
    ),
    ("the response on its way", "Response whole", "rcOk"),
    ("answered", "Response whole", "rcOk"),
];

fn call_phases(way: Way) {
    let lane = Lane::nth(0);
    let sync = sync_object(lane);
    for (phase, hears, _) in CALL_PHASES {
        let after = if hears.is_empty() { SHORT } else { AMPLE };
        let said = way.during(sync, after, |wait| {
            lane.send(wait.call(EXCHANGE_HANDLE), &echo_or_much(phase), &[]);
            if phase == "the response on its way" {
                // the kernel has it and cannot send it all
                std::thread::sleep(Duration::from_millis(AMPLE.into()) + LONG);
            }
            let answer = lane.receive();
            match answer.outcome().as_str() {
                "Response" if answer.arena().len() == LARGE || phase == "answered" => {
                    "Response whole".to_owned()
                }
                other => other.to_owned(),
            }
        });
        tell!("{phase}: {said}");
        ordinary(lane, phase);
    }
}

/// The phase in which the response is large is asked for by an empty `Much`.
fn echo_or_much(phase: &str) -> Vec<u8> {
    if phase == "the response on its way" {
        much(0).0
    } else {
        echo(1)
    }
}

fn ordinary(lane: Lane, after: &str) {
    let answer = lane.ask(FOREVER_WAIT.call(EXCHANGE_HANDLE), &echo(41), &[]);
    assert_eq!(
        (answer.outcome().as_str(), answer.constant()[24]),
        ("Response", 42),
        "the call after: {after}"
    );
}

fn take(lane: Lane) -> u64 {
    let request = lane.ask(FOREVER_WAIT.receive(EXCHANGE_HANDLE), &[], &[]);
    assert_eq!(request.outcome(), "Request");
    request.header.token
}

fn serve_phases() {
    let lane = Lane::nth(0);
    for (phase, ..) in CALL_PHASES {
        let said = match phase {
            "queued" => {
                std::thread::sleep(2 * LONG);
                "nothing".to_owned()
            }
            "delivered" => {
                let token = take(lane);
                std::thread::sleep(LONG);
                format!(
                    "{} {}",
                    lane.reply(token, &echo(2), &[]),
                    lane.reply(token, &echo(2), &[])
                )
            }
            "half of the response sent" => {
                let token = take(lane);
                let header = Header {
                    token,
                    constant: 32,
                    arena: 100_000,
                    ..Header::new(Kind::Reply)
                };
                lane.packet(&[&header.to_bytes()[..], &vec![0; MAX_PACKET - HEADER]].concat());
                std::thread::sleep(LONG);
                let rest = 100_032 - (MAX_PACKET - HEADER);
                lane.packet(
                    &[
                        &Header::new(Kind::Continuation).to_bytes()[..],
                        &vec![0; rest],
                    ]
                    .concat(),
                );
                format!(
                    "{} {}",
                    lane.receive().outcome(),
                    lane.reply(token, &echo(2), &[])
                )
            }
            "the response on its way" => {
                let (constant, arena) = much(LARGE);
                lane.reply(take(lane), &constant, &arena).to_string()
            }
            _ => lane.reply(take(lane), &echo(2), &[]).to_string(),
        };
        tell!("{phase}: {said}");
        assert_eq!(
            lane.reply(take(lane), &echo(42), &[]).to_string(),
            "rcOk",
            "{phase}"
        );
    }
}

#[test]
fn a_call_that_is_not_waited_for_any_longer_ends_in_every_phase_and_the_next_call_works() {
    for (way, role) in [
        (Way::Timeout, "waits_call_timeout"),
        (Way::Interrupt, "waits_call_interrupt"),
    ] {
        let run = exchange::run("waits_serve", role);
        let heard = |hears: &str| {
            if hears.is_empty() {
                way.code().to_owned()
            } else {
                hears.to_owned()
            }
        };
        let client = CALL_PHASES.map(|(phase, hears, _)| format!("{phase}: {}", heard(hears)));
        assert_eq!(run.of("Client"), client);
        assert_eq!(
            run.of("Server"),
            CALL_PHASES.map(|(phase, _, hears)| format!("{phase}: {hears}"))
        );
        run.assert_clean();
    }
}

/// The same for a receive: what the server hears (nothing: what the wait ended with), and the client.
const RECEIVE_PHASES: [(&str, &str, &str); 3] = [
    ("waiting", "", "nothing"),
    ("half of the request sent", "", "Response"),
    ("the request on its way", "Request whole", "Response"),
];

fn receive_phases(way: Way) {
    let lane = Lane::nth(0);
    let sync = sync_object(lane);
    for (phase, hears, _) in RECEIVE_PHASES {
        let after = if hears.is_empty() { SHORT } else { AMPLE };
        let received = way.during(sync, after, |wait| {
            lane.send(wait.receive(EXCHANGE_HANDLE), &[], &[]);
            if phase == "the request on its way" {
                std::thread::sleep(Duration::from_millis(AMPLE.into()) + LONG);
            }
            lane.receive()
        });
        let whole = received.outcome() == "Request" && received.arena().len() == LARGE;
        tell!(
            "{phase}: {}",
            if whole {
                "Request whole".to_owned()
            } else {
                received.outcome()
            }
        );
        let token = match phase {
            "half of the request sent" => Some(take(lane)),
            _ => whole.then_some(received.header.token),
        };
        if let Some(token) = token {
            assert_eq!(lane.reply(token, &much(0).0, &[]).to_string(), "rcOk");
        }
        assert_eq!(
            lane.reply(take(lane), &echo(42), &[]).to_string(),
            "rcOk",
            "{phase}"
        );
    }
}

fn call_receivers() {
    let lane = Lane::nth(0);
    for (phase, ..) in RECEIVE_PHASES {
        let said = match phase {
            "waiting" => {
                std::thread::sleep(2 * LONG);
                "nothing".to_owned()
            }
            "half of the request sent" => {
                let (constant, arena) = much(100_000);
                let whole = [constant, arena].concat();
                let header = Header {
                    constant: 32,
                    arena: 100_000,
                    ..FOREVER_WAIT.call(EXCHANGE_HANDLE)
                };
                let (first, rest) = whole.split_at(MAX_PACKET - HEADER);
                lane.packet(&[&header.to_bytes()[..], first].concat());
                std::thread::sleep(3 * LONG);
                lane.packet(&[&Header::new(Kind::Continuation).to_bytes()[..], rest].concat());
                lane.receive().outcome()
            }
            _ => {
                // before the receive ends
                std::thread::sleep(Duration::from_millis(20));
                let (constant, arena) = much(LARGE);
                lane.call(EXCHANGE_HANDLE, &constant, &arena).outcome()
            }
        };
        tell!("{phase}: {said}");
        ordinary(lane, phase);
    }
}

#[test]
fn a_receive_that_does_not_wait_any_longer_ends_in_every_phase_and_loses_no_request() {
    assert!(LARGE < ROOM as usize);
    for (way, role) in [
        (Way::Timeout, "waits_receive_timeout"),
        (Way::Interrupt, "waits_receive_interrupt"),
    ] {
        let run = exchange::run(role, "waits_call");
        let heard = |hears: &str| {
            if hears.is_empty() {
                way.code().to_owned()
            } else {
                hears.to_owned()
            }
        };
        assert_eq!(
            run.of("Server"),
            RECEIVE_PHASES.map(|(phase, hears, _)| format!("{phase}: {}", heard(hears)))
        );
        assert_eq!(
            run.of("Client"),
            RECEIVE_PHASES.map(|(phase, _, hears)| format!("{phase}: {hears}"))
        );
        run.assert_clean();
    }
}
