//! A hostile server on raw frames: whatever it answers, or does not, each side gets exactly its code, and the next ordinary
//! call works (`docs/threats.md` T2, `docs/wire.md` R25–R31).
use crate::common::image::{self, BLOB, CLIENT, OPEN, PASS, SERVER, channel, task};
use crate::common::wire::{Frame, Lane, ROOM, blob, head, number, open, opened};
use crate::common::{Roles, World};
use nk_runtime::Retcode;
use nk_runtime::frame::{FOREVER, Header, Kind};
use std::time::Duration;

pub(crate) const ROLES: Roles = &[
    ("serve_cases", serve_cases),
    ("call_cases", call_cases),
    ("answer_others", answer_others),
    ("call_open", || call_once(open("x"))),
    ("call_blob", || call_once(blob(40))),
    ("call_late", call_late),
    ("answer_all_tokens", answer_all_tokens),
    ("never_answer", never_answer),
    ("call_with_timeout", call_with_timeout),
];

/// What a server does with a request, and what it hears.
type Misdeed = fn(Lane, u32, &Frame) -> String;

/// Name, misdeed, what the server hears, what its client hears.
type Case = (&'static str, Misdeed, &'static str, &'static str);

const LONG: u32 = 10_000;
/// A client waits this long for a server that does not answer.
const IMPATIENT: u32 = 150;

const REFUSED: &str = "rcSecurityDisallow";
const NO_REQUEST: &str = "rcInvalidOperation";

/// The client of each calls `Open`; an answer that reaches it is `Response`.
const CASES: &[Case] = &[
    (
        "no answer",
        |_, _, _| "nothing".into(),
        "nothing",
        "rcTimeout",
    ),
    (
        "two answers",
        two_answers,
        "rcOk rcInvalidOperation",
        "Response",
    ),
    (
        "the token before",
        |l, _, r| other_token(l, r, r.header.token.wrapping_sub(1)),
        NO_REQUEST,
        "Response",
    ),
    (
        "the token after",
        |l, _, r| other_token(l, r, r.header.token.wrapping_add(1)),
        NO_REQUEST,
        "Response",
    ),
    (
        "token 0",
        |l, _, r| other_token(l, r, 0),
        NO_REQUEST,
        "Response",
    ),
    (
        "the largest token",
        |l, _, r| other_token(l, r, u64::MAX),
        NO_REQUEST,
        "Response",
    ),
    (
        "the response of another method",
        |l, _, r| answer(l, r, &head(0, PASS, 24, false)),
        REFUSED,
        REFUSED,
    ),
    (
        "a method that does not exist",
        |l, _, r| answer(l, r, &head(0, 99, 32, false)),
        REFUSED,
        REFUSED,
    ),
    (
        "an endpoint that does not exist",
        |l, _, r| answer(l, r, &head(7, OPEN, 32, false)),
        REFUSED,
        REFUSED,
    ),
    (
        "success with the error bit",
        with_error_bit,
        REFUSED,
        REFUSED,
    ),
    (
        "success of an error's size",
        |l, _, r| answer(l, r, &head(0, OPEN, 24, false)),
        REFUSED,
        REFUSED,
    ),
    (
        "a proper error",
        |l, _, r| answer(l, r, &head(0, OPEN, 24, true)),
        "rcOk",
        "Response",
    ),
    (
        "less than a header",
        |l, _, r| answer(l, r, &[0; 23]),
        REFUSED,
        REFUSED,
    ),
    (
        "nothing at all",
        |l, _, r| answer(l, r, &[]),
        REFUSED,
        REFUSED,
    ),
    ("padding that is not zero", with_padding, REFUSED, REFUSED),
    (
        "bytes behind it",
        |l, _, r| reply(l, r, &opened(1), &[0; 16]),
        REFUSED,
        REFUSED,
    ),
    (
        "a handle that nobody has",
        |l, _, r| answer(l, r, &with_handle()),
        REFUSED,
        REFUSED,
    ),
    (
        "more than the client has room for",
        with_much,
        REFUSED,
        REFUSED,
    ),
    (
        "more than any message has",
        more_than_possible,
        "rcBufferTooLarge rcInvalidOperation",
        "rcFail",
    ),
    ("an abort", abort, "rcOk rcInvalidOperation", "rcFail"),
    (
        "an abort that says that all is well",
        |l, _, r| abort_with(l, r, Retcode::OK),
        "rcOk",
        "rcFail",
    ),
    (
        "after the client's timeout",
        late,
        "rcNotConnected rcInvalidOperation",
        "rcTimeout",
    ),
    (
        "a call in between",
        call_in_between,
        "rcInvalidOperation",
        "Response",
    ),
    (
        "half an answer, then another frame",
        half_an_answer,
        "rcInvalidArgument",
        "Response",
    ),
];

fn reply(lane: Lane, request: &Frame, constant: &[u8], arena: &[u8]) -> String {
    lane.reply(request.header.token, constant, arena)
        .to_string()
}

fn answer(lane: Lane, request: &Frame, constant: &[u8]) -> String {
    reply(lane, request, constant, &[])
}

/// The right answer, after what came to nothing.
fn then_properly(lane: Lane, request: &Frame, heard: String) -> String {
    assert_eq!(answer(lane, request, &opened(7)), "rcOk");
    heard
}

fn two_answers(lane: Lane, _: u32, request: &Frame) -> String {
    let first = answer(lane, request, &opened(7));
    format!("{first} {}", answer(lane, request, &opened(8)))
}

fn other_token(lane: Lane, request: &Frame, token: u64) -> String {
    let heard = lane.reply(token, &opened(8), &[]).to_string();
    then_properly(lane, request, heard)
}

fn with_error_bit(lane: Lane, _: u32, request: &Frame) -> String {
    let mut message = opened(7);
    message[7] |= 0x80;
    answer(lane, request, &message)
}

fn with_padding(lane: Lane, _: u32, request: &Frame) -> String {
    let mut message = opened(7);
    message[30] = 1;
    answer(lane, request, &message)
}

fn with_handle() -> Vec<u8> {
    let mut message = opened(7);
    let ex = nk_runtime::message::Ex::new(32, 1, false).0;
    message[4..8].copy_from_slice(&ex.to_le_bytes());
    message
}

/// `Open` has a fixed response; what is longer is refused before anybody's room is looked at.
fn with_much(lane: Lane, _: u32, request: &Frame) -> String {
    let (_, arena) = blob(100_000);
    reply(lane, request, &opened(7), &arena)
}

fn more_than_possible(lane: Lane, _: u32, request: &Frame) -> String {
    let (_, arena) = blob(4 << 20);
    let first = reply(lane, request, &opened(7), &arena);
    format!("{first} {}", answer(lane, request, &opened(7)))
}

fn abort_with(lane: Lane, request: &Frame, code: Retcode) -> String {
    let frame = Header {
        token: request.header.token,
        code,
        ..Header::new(Kind::Abort)
    };
    lane.ask(frame, &[], &[]).header.code.to_string()
}

fn abort(lane: Lane, _: u32, request: &Frame) -> String {
    let first = abort_with(lane, request, Retcode::UNIMPLEMENTED);
    format!(
        "{first} {}",
        abort_with(lane, request, Retcode::UNIMPLEMENTED)
    )
}

fn late(lane: Lane, _: u32, request: &Frame) -> String {
    std::thread::sleep(Duration::from_millis(u64::from(2 * IMPATIENT)));
    let first = answer(lane, request, &opened(7));
    format!("{first} {}", answer(lane, request, &opened(7)))
}

fn call_in_between(lane: Lane, handle: u32, request: &Frame) -> String {
    let (constant, arena) = open("x");
    let heard = lane.call(handle, &constant, &arena).outcome();
    then_properly(lane, request, heard)
}

/// Announces more than one packet holds and sends a frame of another kind instead of the rest.
fn half_an_answer(lane: Lane, _: u32, request: &Frame) -> String {
    let header = Header {
        token: request.header.token,
        constant: 32,
        arena: 100_000,
        ..Header::new(Kind::Reply)
    };
    lane.packet(&[&header.to_bytes()[..], &vec![0; 60_000]].concat());
    let heard = lane
        .ask(Header::new(Kind::Hello), &[], &[])
        .header
        .code
        .to_string();
    then_properly(lane, request, heard)
}

fn serve_cases() {
    let lane = Lane::nth(0);
    // before anything was received, no answer is one
    tell!("before: {}", lane.reply(1, &opened(1), &[]));
    let handle = lane.register("fs");
    for (name, misdeed, ..) in CASES {
        let request = lane.take(handle);
        tell!("{name}: {}", misdeed(lane, handle, &request));
        let ordinary = lane.take(handle);
        assert_eq!(answer(lane, &ordinary, &opened(42)), "rcOk");
    }
}

fn call_cases() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    let (constant, arena) = open("x");
    let call = |timeout| {
        lane.ask(
            Header {
                handle,
                token: u64::from(ROOM),
                timeout,
                ..Header::new(Kind::Call)
            },
            &constant,
            &arena,
        )
    };
    for (name, _, _, heard) in CASES {
        let timeout = if *heard == "rcTimeout" {
            IMPATIENT
        } else {
            LONG
        };
        tell!("{name}: {}", call(timeout).outcome());
        assert_eq!(
            number(call(LONG).constant()),
            42,
            "the ordinary call after: {name}"
        );
    }
}

#[test]
fn whatever_a_server_answers_both_sides_get_their_code_and_the_next_call_works() {
    let run = World::new().run(&["serve_cases", "call_cases"]);
    let server = CASES
        .iter()
        .map(|(name, _, heard, _)| format!("{name}: {heard}"));
    let server: Vec<String> = ["before: rcInvalidOperation".to_owned()]
        .into_iter()
        .chain(server)
        .collect();
    let client: Vec<String> = CASES
        .iter()
        .map(|(name, _, _, heard)| format!("{name}: {heard}"))
        .collect();
    assert_eq!(run.of("server"), server);
    assert_eq!(run.of("client"), client);
    run.assert_clean();
}

/// Takes a request of each of two clients, and answers one with what is meant for the other. Then tries a token that was
/// given to another server.
fn answer_others() {
    let lanes = [Lane::nth(0), Lane::nth(1)];
    let handle = lanes[0].register("fs");
    let requests = lanes.map(|lane| lane.take(handle));
    let of = |mid| {
        requests
            .iter()
            .find(|r| r.constant()[2..4] == u16::to_le_bytes(mid))
            .unwrap()
    };
    let (opens, blobs) = (of(OPEN), of(BLOB));
    tell!("{}", answer(lanes[0], blobs, &opened(7)));
    tell!("{}", answer(lanes[0], opens, &opened(7)));
}

fn call_once((constant, arena): (Vec<u8>, Vec<u8>)) {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    tell!("{}", lane.call(handle, &constant, &arena).outcome());
}

#[test]
fn an_answer_for_another_client_does_not_reach_one_that_asked_something_else() {
    let image = image::with_tasks(
        vec![
            task("server", SERVER),
            task("opens", CLIENT),
            task("blobs", CLIENT),
        ],
        vec![channel(1, 0, "fs"), channel(2, 0, "fs")],
    );
    let run = World::with(image).run(&["answer_others", "call_open", "call_blob"]);
    assert_eq!(run.of("server"), [REFUSED, "rcOk"]);
    assert_eq!(run.of("blobs"), [REFUSED]);
    assert_eq!(run.of("opens"), ["Response"]);
}

/// Its requests are somebody else's to guess. Holds one until its client has timed out.
fn never_answer() {
    let lane = Lane::nth(0);
    let handle = lane.register("fs");
    let request = lane.take(handle);
    tell!("{}", request.header.token);
    std::thread::sleep(Duration::from_millis(600));
    tell!("{}", answer(lane, &request, &opened(1)));
}

fn call_with_timeout() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    // gives the thief time
    let (constant, arena) = open("x");
    let header = Header {
        handle,
        token: 100,
        timeout: 400,
        ..Header::new(Kind::Call)
    };
    tell!("{}", lane.ask(header, &constant, &arena).outcome());
    // its own client that is never answered
    std::thread::sleep(Duration::from_millis(100));
}

/// Answers all tokens that could have been given so far: none of them is its own.
fn answer_all_tokens() {
    let lane = Lane::nth(0);
    let handle = lane.register("fs");
    let receive = Header {
        handle,
        token: 100,
        timeout: 100,
        ..Header::new(Kind::Receive)
    };
    tell!("{}", lane.ask(receive, &[], &[]).outcome());
    let codes: Vec<Retcode> = (0..200)
        .map(|token| lane.reply(token, &opened(66), &[]))
        .collect();
    tell!(
        "{}",
        codes.iter().all(|code| *code == Retcode::INVALID_OPERATION)
    );
    // its own client has been waiting all the time
    let request = lane.ask(
        Header {
            timeout: FOREVER,
            ..receive
        },
        &[],
        &[],
    );
    tell!("{}", answer(lane, &request, &opened(7)));
}

fn call_late() {
    std::thread::sleep(Duration::from_millis(250));
    call_once(open("x"));
}

#[test]
fn a_server_cannot_answer_requests_of_another() {
    let image = image::with_tasks(
        vec![
            task("victim", SERVER),
            task("thief", SERVER),
            task("client", CLIENT),
            task("late", CLIENT),
        ],
        vec![channel(2, 0, "fs"), channel(3, 1, "fs")],
    );
    let run = World::with(image).run(&[
        "never_answer",
        "answer_all_tokens",
        "call_with_timeout",
        "call_late",
    ]);
    let victim = run.of("victim");
    assert!(
        victim[0].parse::<u64>().unwrap() < 200,
        "the thief has tried it: {victim:?}"
    );
    assert_eq!(victim[1], "rcNotConnected");
    assert_eq!(run.of("client"), ["rcTimeout"], "nobody answered");
    assert_eq!(run.of("thief"), ["rcTimeout", "true", "rcOk"]);
    assert_eq!(run.of("late"), ["Response"]);
}
