//! The rows of the code table that messages and frames show, as scripts of both sides.
use crate::common::World;
use crate::common::image::{
    self, BLOB, CLIENT, DENY, GRANT, OPEN, PASS, SERVER, channel, pair, set_row, task,
};
use crate::common::wire::{Frame, Lane, ROOM, blob, head, number, open, opened};
use nk_runtime::frame::{FOREVER, HEADER, Header, Kind, Locate, MAX_PACKET};
use std::time::Duration;

pub(crate) const ROLES: crate::common::Roles = &[
    ("codes_server", serve_rows),
    ("codes_client", call_rows),
    ("codes_end", take_and_end),
    ("codes_serve", serve),
    ("codes_after", call_the_ended),
    ("codes_register", register_twice),
    ("codes_look_up", look_up_and_call),
];

/// What one side does in a row, by its handle of the channel, and what it hears.
type Step = fn(Lane, u32) -> String;

struct Row {
    name: &'static str,
    client: Step,
    server: Step,
    client_hears: &'static str,
    server_hears: &'static str,
}

const fn row(
    name: &'static str,
    client: Step,
    client_hears: &'static str,
    server: Step,
    server_hears: &'static str,
) -> Row {
    Row {
        name,
        client,
        server,
        client_hears,
        server_hears,
    }
}

const ARGUMENT: &str = "rcInvalidArgument";
const REFUSED: &str = "rcSecurityDisallow";
const OPERATION: &str = "rcInvalidOperation";
/// Nothing came to this side, and it did nothing.
const NOTHING: &str = "nothing";
/// A side that waits shortly waits so long, in milliseconds; the other one takes longer.
const SHORT: u32 = 60;
const LONG: Duration = Duration::from_millis(200);

/// In the policy of these, the request of `Pass` is denied, and the response of `Blob`.
const ROWS: &[Row] = &[
    row(
        "1 less than a header",
        short_frame,
        ARGUMENT,
        short_frame,
        ARGUMENT,
    ),
    row(
        "2 lengths that do not add up",
        |l, _| too_long(l, Kind::Call),
        ARGUMENT,
        |l, _| too_long(l, Kind::Reply),
        ARGUMENT,
    ),
    row(
        "3 a handle that is none",
        |l, _| call(l, 99),
        ARGUMENT,
        |l, _| l.take(99).outcome(),
        ARGUMENT,
    ),
    row(
        "4 over the maximum",
        |l, h| send_blob(l, h, 4 << 20),
        "rcBufferTooLarge",
        nothing,
        NOTHING,
    ),
    row(
        "5 a response over the maximum",
        call,
        "rcFail",
        reply_too_much,
        "rcBufferTooLarge rcInvalidOperation",
    ),
    row(
        "6 no room for the request",
        call,
        "rcBufferTooSmall",
        receive_small,
        "rcBufferTooSmall",
    ),
    row(
        "7 no room for the response",
        |l, h| ask(l, h, 31, FOREVER),
        "rcBufferTooSmall",
        reply_well,
        "rcOk",
    ),
    row(
        "8 no such endpoint",
        |l, h| said(&l.call(h, &with(open("x").0, 0, 7), b"x\0")),
        REFUSED,
        nothing,
        NOTHING,
    ),
    row(
        "9 a request that is malformed",
        |l, h| said(&l.call(h, &open("x").0, b"xy")),
        REFUSED,
        nothing,
        NOTHING,
    ),
    row(
        "10 a response that is malformed",
        call,
        REFUSED,
        |l, h| reply(l, h, &head(0, OPEN, 24, false), &[]),
        REFUSED,
    ),
    row(
        "11 a request that a rule denies",
        |l, h| said(&l.call(h, &passing(), &[])),
        REFUSED,
        nothing,
        NOTHING,
    ),
    row(
        "12 a response that a rule denies",
        |l, h| send_blob(l, h, 9),
        REFUSED,
        reply_blob,
        REFUSED,
    ),
    row(
        "13 the wrong end",
        |l, h| l.take(h).outcome(),
        OPERATION,
        call,
        OPERATION,
    ),
    row(
        "14 an answer to nothing",
        answer_nothing,
        OPERATION,
        answer_nothing,
        OPERATION,
    ),
    row(
        "15 a second answer",
        call,
        "Response",
        reply_twice,
        "rcOk rcInvalidOperation",
    ),
    row(
        "16 an answer too late",
        |l, h| ask(l, h, ROOM, SHORT),
        "rcTimeout",
        reply_late,
        "rcNotConnected rcInvalidOperation",
    ),
    row(
        "17 nobody receives",
        |l, h| ask(l, h, ROOM, SHORT),
        "rcTimeout",
        sleep,
        NOTHING,
    ),
    row(
        "18 nobody calls",
        sleep,
        NOTHING,
        receive_shortly,
        "rcTimeout",
    ),
    row(
        "19 over the client's quota",
        two_large_requests,
        "rcQuotaExceeded Response",
        sleep_and_reply,
        "rcOk",
    ),
    row(
        "20 over the server's quota",
        call,
        "rcFail",
        two_large_responses,
        "rcQuotaExceeded rcInvalidArgument",
    ),
    row(
        "21 a request that is given up",
        call,
        "rcFail",
        abort,
        "rcOk",
    ),
];

fn said(frame: &Frame) -> String {
    frame.outcome()
}

fn with(mut bytes: Vec<u8>, at: usize, byte: u8) -> Vec<u8> {
    bytes[at] = byte;
    bytes
}

fn nothing(_: Lane, _: u32) -> String {
    NOTHING.into()
}

fn sleep(_: Lane, _: u32) -> String {
    std::thread::sleep(LONG);
    NOTHING.into()
}

fn short_frame(lane: Lane, _: u32) -> String {
    lane.packet(&Header::new(Kind::Call).to_bytes()[..31]);
    said(&lane.receive())
}

fn too_long(lane: Lane, kind: Kind) -> String {
    let header = Header {
        constant: 32,
        token: 1,
        ..Header::new(kind)
    };
    lane.packet(&[&header.to_bytes()[..], &[0; 40]].concat());
    said(&lane.receive())
}

fn ask(lane: Lane, handle: u32, room: u32, timeout: u32) -> String {
    let header = Header {
        handle,
        timeout,
        token: room.into(),
        ..Header::new(Kind::Call)
    };
    said(&lane.ask(header, &open("x").0, b"x\0"))
}

fn call(lane: Lane, handle: u32) -> String {
    ask(lane, handle, ROOM, FOREVER)
}

fn send_blob(lane: Lane, handle: u32, bytes: usize) -> String {
    let (constant, arena) = blob(bytes);
    said(&lane.call(handle, &constant, &arena))
}

/// `Pass` with no handle.
fn passing() -> Vec<u8> {
    let mut message = with(head(0, PASS, 40, false), 6, 0x80);
    message.extend_from_slice(&[0xff; 4]);
    message.resize(40, 0);
    message
}

fn answer_nothing(lane: Lane, _: u32) -> String {
    lane.reply(1, &opened(1), &[]).to_string()
}

fn two_large_requests(lane: Lane, handle: u32) -> String {
    let other = Lane::nth(1);
    let (constant, arena) = open(&"x".repeat(200));
    // not what the method takes, but that is looked at when it is there
    let half = Header {
        handle,
        constant: 32,
        arena: 3 << 20,
        ..Header::new(Kind::Call)
    };
    other.packet(&[&half.to_bytes()[..], &vec![0; MAX_PACKET - HEADER]].concat());
    std::thread::sleep(Duration::from_millis(30));
    let (large, much) = blob(3 << 20);
    let refused = said(&lane.call(handle, &large, &much));
    other.packet(&Header::new(Kind::Hello).to_bytes());
    assert_eq!(said(&other.receive()), ARGUMENT, "the half is no message");
    format!("{refused} {}", said(&lane.call(handle, &constant, &arena)))
}

fn take(lane: Lane, handle: u32) -> u64 {
    let request = lane.take(handle);
    assert_eq!(said(&request), "Request");
    request.header.token
}

fn reply(lane: Lane, handle: u32, constant: &[u8], arena: &[u8]) -> String {
    lane.reply(take(lane, handle), constant, arena).to_string()
}

fn reply_well(lane: Lane, handle: u32) -> String {
    reply(lane, handle, &opened(1), &[])
}

fn reply_blob(lane: Lane, handle: u32) -> String {
    let (constant, arena) = blob(9);
    reply(lane, handle, &constant, &arena)
}

fn reply_twice(lane: Lane, handle: u32) -> String {
    let token = take(lane, handle);
    format!(
        "{} {}",
        lane.reply(token, &opened(1), &[]),
        lane.reply(token, &opened(2), &[])
    )
}

fn reply_late(lane: Lane, handle: u32) -> String {
    let token = take(lane, handle);
    std::thread::sleep(LONG);
    format!(
        "{} {}",
        lane.reply(token, &opened(1), &[]),
        lane.reply(token, &opened(2), &[])
    )
}

/// A response that is larger than any message; the call is over then.
fn reply_too_much(lane: Lane, handle: u32) -> String {
    let token = take(lane, handle);
    let refused = lane.reply(token, &opened(1), &vec![0; 4 << 20]);
    format!("{refused} {}", lane.reply(token, &opened(1), &[]))
}

fn receive_small(lane: Lane, handle: u32) -> String {
    let small = Header {
        handle,
        token: 10,
        timeout: FOREVER,
        ..Header::new(Kind::Receive)
    };
    said(&lane.ask(small, &[], &[]))
}

fn receive_shortly(lane: Lane, handle: u32) -> String {
    said(&lane.ask(
        Header {
            handle,
            token: 100,
            timeout: SHORT,
            ..Header::new(Kind::Receive)
        },
        &[],
        &[],
    ))
}

fn sleep_and_reply(lane: Lane, handle: u32) -> String {
    std::thread::sleep(LONG);
    reply_well(lane, handle)
}

/// While 3 MiB of one response have been announced, there is no room for as much again.
fn two_large_responses(lane: Lane, handle: u32) -> String {
    let (token, other) = (take(lane, handle), Lane::nth(1));
    let half = Header {
        token,
        constant: 32,
        arena: 3 << 20,
        ..Header::new(Kind::Reply)
    };
    other.packet(&[&half.to_bytes()[..], &vec![0; MAX_PACKET - HEADER]].concat());
    std::thread::sleep(Duration::from_millis(30));
    let refused = lane.reply(token, &opened(1), &vec![0; 3 << 20]);
    other.packet(&Header::new(Kind::Hello).to_bytes());
    format!("{refused} {}", said(&other.receive()))
}

fn abort(lane: Lane, handle: u32) -> String {
    let token = take(lane, handle);
    said(&lane.ask(
        Header {
            token,
            ..Header::new(Kind::Abort)
        },
        &[],
        &[],
    ))
}

fn serve_rows() {
    let lane = Lane::nth(0);
    let handle = lane.register("fs");
    for Row { name, server, .. } in ROWS {
        tell!("{name}: {}", server(lane, handle));
        let token = take(lane, handle);
        assert_eq!(
            lane.reply(token, &opened(42), &[]).to_string(),
            "rcOk",
            "{name}"
        );
    }
}

fn call_rows() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    for Row { name, client, .. } in ROWS {
        tell!("{name}: {}", client(lane, handle));
        let answer = lane.call(handle, &open("x").0, b"x\0");
        assert_eq!(
            (said(&answer).as_str(), number(answer.constant())),
            ("Response", 42),
            "the call after: {name}"
        );
    }
}

#[test]
fn each_row_gives_both_sides_their_codes_and_the_next_call_works() {
    let mut image = image::client_and_server();
    set_row(
        &mut image.program,
        |p| &mut p.request,
        pair(CLIENT, SERVER),
        [GRANT, GRANT, DENY],
    );
    set_row(
        &mut image.program,
        |p| &mut p.response,
        pair(SERVER, CLIENT),
        [GRANT, DENY, GRANT],
    );
    assert_eq!(
        (OPEN, BLOB, PASS),
        (0, 1, 2),
        "the methods of the rows above"
    );
    let run = World::with(image).run(&["codes_server", "codes_client"]);
    let expected = |hears: fn(&Row) -> &'static str| -> Vec<String> {
        ROWS.iter()
            .map(|row| format!("{}: {}", row.name, hears(row)))
            .collect()
    };
    assert_eq!(run.of("client"), expected(|row| row.client_hears));
    assert_eq!(run.of("server"), expected(|row| row.server_hears));
    run.assert_clean();
}

fn take_and_end() {
    let lane = Lane::nth(0);
    take(lane, lane.register("fs"));
}

fn serve() {
    let lane = Lane::nth(0);
    let handle = lane.register("other");
    loop {
        let request = lane.take(handle);
        if request.header.kind != Kind::Request {
            return tell!("{}", said(&request));
        }
        lane.reply(request.header.token, &opened(1), &[]);
    }
}

fn call_the_ended() {
    let lane = Lane::nth(0);
    let (ending, other) = (lane.connect("fs"), lane.connect("other"));
    for handle in [ending, ending, other] {
        tell!("{}", call(lane, handle));
    }
}

#[test]
fn a_server_that_ends_under_a_call_and_one_that_has_ended_have_their_codes_and_others_serve() {
    let tasks = vec![
        task("ends", SERVER),
        task("stays", SERVER),
        task("client", CLIENT),
    ];
    let image = image::with_tasks(tasks, vec![channel(2, 0, "fs"), channel(2, 1, "other")]);
    let run = World::with(image).run(&["codes_end", "codes_serve", "codes_after"]);
    assert_eq!(run.of("client"), ["rcAbort", "rcNotConnected", "Response"]);
    assert_eq!(run.of("stays"), ["rcNotConnected"], "its client has ended");
    run.assert_clean();
}

fn register_twice() {
    let lane = Lane::nth(0);
    let wrong = lane.locate(Locate::Register, 0, "fs", "fs.Server", &[9; 32]);
    tell!("{} {}", said(&wrong), wrong.text());
    tell!("{}", reply_well(lane, lane.register("fs")));
}

fn look_up_and_call() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    let wrong = lane.locate(
        Locate::Riid,
        handle,
        "OpsComp.FS",
        "fs.Filesystem",
        &[9; 32],
    );
    tell!("{} {}", said(&wrong), wrong.text());
    tell!("{}", call(lane, handle));
}

#[test]
fn other_digests_are_refused_with_a_text_on_both_sides_and_the_next_call_works() {
    let run = World::new().run(&["codes_register", "codes_look_up"]);
    for (task, what) in [
        ("server", "class `fs.Server`"),
        ("client", "interface `fs.Filesystem`"),
    ] {
        let lines = run.of(task);
        let start =
            format!("rcFail the program has {what} 0909090909090909, the solution has {what} ");
        assert!(lines[0].starts_with(&start), "{lines:?}");
    }
    assert_eq!(
        (run.of("server")[1], run.of("client")[1]),
        ("rcOk", "Response")
    );
    run.assert_clean();
}
