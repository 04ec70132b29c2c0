//! A hostile client on raw frames: each thing that it sends gets exactly its code, no server sees it, the next ordinary call
//! works, and nothing of it stays in the kernel (`docs/threats.md` T1, `docs/wire.md` R01–R24, R31, R33).
//!
//! `NK_HOSTILE_MESSAGES` says how many mutated messages are sent (20,000 unless it says otherwise).
use crate::common::image::{BLOB, OPEN, PASS};
use crate::common::wire::{Frame, Lane, blob, head, number, open, opened};
use crate::common::{Dice, Roles, World, processes};
use nk_runtime::Retcode;
use nk_runtime::frame::{HEADER, Header, Kind, Locate, MAX_PACKET};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

pub(crate) const ROLES: Roles = &[
    ("serve", serve),
    ("send_cases", send_cases),
    ("mutate", mutate),
];

/// Whether a request is what the descriptions say, decided without anything of the project: `Open` with a string of at most
/// 256 bytes, `Blob` with bytes. Both have 32 bytes and one chunk at offset 24.
fn is_sound(constant: &[u8], arena: &[u8]) -> bool {
    let u16_at = |at: usize| u16::from_le_bytes([constant[at], constant[at + 1]]);
    let u32_at = |at: usize| u32::from_le_bytes(constant[at..at + 4].try_into().unwrap()) as usize;
    // size in the low 23 bits, no handles, no error
    if constant.len() != 32 || u16_at(0) != 0 || u32_at(4) != 32 {
        return false;
    }
    let (offset, size) = (u32_at(24), u32_at(28));
    // strict: the only chunk begins the arena and is all of it; an empty one is no chunk
    if offset != 0 || size != arena.len() {
        return false;
    }
    match u16_at(2) {
        OPEN => {
            let Some((last, text)) = arena.split_last() else {
                return true;
            };
            *last == 0 && size <= 257 && !text.contains(&0) && str::from_utf8(text).is_ok()
        }
        BLOB => true,
        _ => false,
    }
}

/// Counts what it sees; answers `Open` with the count and `Blob` with nothing. Says when it saw what it should not have.
fn serve() {
    let lane = Lane::nth(0);
    let handle = lane.register("fs");
    for seen in 1.. {
        let request = lane.take(handle);
        if request.header.kind != Kind::Request {
            return tell!("seen {}", seen - 1);
        }
        if !is_sound(request.constant(), request.arena()) {
            tell!(
                "unsound: {:02x?} {:02x?}",
                request.constant(),
                request.arena()
            );
        }
        let answer = if request.constant()[2..4] == BLOB.to_le_bytes() {
            blob(0).0
        } else {
            opened(seen)
        };
        assert_eq!(lane.reply(request.header.token, &answer, &[]), Retcode::OK);
    }
}

/// What is sent, and what is answered.
type Case = (&'static str, fn(Lane, u32) -> Frame, &'static str);

const REFUSED: &str = "rcSecurityDisallow";
const NO_FRAME: &str = "rcInvalidArgument";
const NO_OPERATION: &str = "rcInvalidOperation";

const CASES: &[Case] = &[
    // messages
    (
        "an endpoint that does not exist",
        |l, h| l.call(h, &with(open("x").0, 0, &[1, 0]), b"x\0"),
        REFUSED,
    ),
    (
        "a method that does not exist",
        |l, h| l.call(h, &with(open("x").0, 2, &[3, 0]), b"x\0"),
        REFUSED,
    ),
    (
        "a size one too small",
        |l, h| l.call(h, &with(open("x").0, 4, &[31]), b"x\0"),
        REFUSED,
    ),
    (
        "a size one too large",
        |l, h| l.call(h, &with(open("x").0, 4, &[33]), b"x\0"),
        REFUSED,
    ),
    (
        "the largest size",
        |l, h| l.call(h, &with(open("x").0, 4, &[0xff, 0xff, 0x7f]), b"x\0"),
        REFUSED,
    ),
    (
        "the error bit in a request",
        |l, h| l.call(h, &with(open("x").0, 7, &[0x80]), b"x\0"),
        REFUSED,
    ),
    (
        "a handle that is none of the method's",
        |l, h| l.call(h, &with(open("x").0, 6, &[0x80]), b"x\0"),
        REFUSED,
    ),
    (
        "handle 0 as a parameter",
        |l, h| l.call(h, &passing(0), &[]),
        REFUSED,
    ),
    (
        "somebody else's handle as a parameter",
        |l, h| l.call(h, &passing(77), &[]),
        REFUSED,
    ),
    (
        "a shorter constant part than it says",
        |l, h| l.call(h, &open("x").0[..24], b"x\0"),
        REFUSED,
    ),
    (
        "less than a header",
        |l, h| l.call(h, &[0; 23], &[]),
        REFUSED,
    ),
    ("nothing", |l, h| l.call(h, &[], &[]), REFUSED),
    (
        "an arena without a chunk",
        |l, h| l.call(h, &passing(u32::MAX), &[0; 8]),
        REFUSED,
    ),
    (
        "an offset behind the arena",
        |l, h| l.call(h, &with(open("x").0, 24, &[2]), b"x\0"),
        REFUSED,
    ),
    (
        "an offset that wraps",
        |l, h| l.call(h, &with(open("x").0, 24, &[0xfe, 0xff, 0xff, 0xff]), b"x\0"),
        REFUSED,
    ),
    (
        "a chunk larger than the arena",
        |l, h| l.call(h, &with(open("x").0, 28, &[3]), b"x\0"),
        REFUSED,
    ),
    (
        "a chunk of 4 GiB",
        |l, h| l.call(h, &with(open("x").0, 28, &[0xff; 4]), b"x\0"),
        REFUSED,
    ),
    (
        "bytes behind the last chunk",
        |l, h| l.call(h, &open("x").0, b"x\0\0"),
        REFUSED,
    ),
    (
        "a string without its NUL",
        |l, h| l.call(h, &open("x").0, b"xy"),
        REFUSED,
    ),
    (
        "a string with a NUL inside",
        |l, h| l.call(h, &with(open("xyz").0, 0, &[]), b"x\0z\0"),
        REFUSED,
    ),
    (
        "a string that is not UTF-8",
        |l, h| l.call(h, &open("x").0, &[0xff, 0]),
        REFUSED,
    ),
    (
        "a string over its bound",
        |l, h| {
            l.call(
                h,
                &open(&"x".repeat(257)).0,
                open(&"x".repeat(257)).1.as_slice(),
            )
        },
        REFUSED,
    ),
    // operations
    ("a receive on its own end", |l, h| l.take(h), NO_OPERATION),
    ("a receive on the kernel", |l, _| l.take(0), NO_OPERATION),
    (
        "a call by a handle that is none",
        |l, _| l.call(99, &open("x").0, b"x\0"),
        NO_FRAME,
    ),
    (
        "a call by the largest handle",
        |l, _| l.call(u32::MAX, &open("x").0, b"x\0"),
        NO_FRAME,
    ),
    (
        "an answer without a request",
        |l, _| {
            ask(
                l,
                Header {
                    token: 1,
                    ..Header::new(Kind::Reply)
                },
                &opened(1),
            )
        },
        NO_OPERATION,
    ),
    (
        "an abort without a request",
        |l, _| {
            ask(
                l,
                Header {
                    token: 1,
                    ..Header::new(Kind::Abort)
                },
                &[],
            )
        },
        NO_OPERATION,
    ),
    (
        "an answer and a receive",
        |l, h| {
            ask(
                l,
                Header {
                    handle: h,
                    token: 1,
                    ..Header::new(Kind::ReplyReceive)
                },
                &opened(1),
            )
        },
        NO_OPERATION,
    ),
    // frames
    ("a packet without a byte", |l, _| raw(l, &[]), NO_FRAME),
    (
        "a packet shorter than its header",
        |l, _| raw(l, &Header::new(Kind::Call).to_bytes()[..31]),
        NO_FRAME,
    ),
    (
        "another version",
        |l, _| {
            raw(
                l,
                &with(Header::new(Kind::Hello).to_bytes().to_vec(), 2, &[9]),
            )
        },
        NO_FRAME,
    ),
    (
        "a kind that does not exist",
        |l, _| {
            raw(
                l,
                &with(Header::new(Kind::Hello).to_bytes().to_vec(), 0, &[99]),
            )
        },
        NO_FRAME,
    ),
    (
        "a request, as only the kernel sends",
        |l, _| raw(l, &Header::new(Kind::Request).to_bytes()),
        NO_FRAME,
    ),
    (
        "a response, as only the kernel sends",
        |l, _| raw(l, &Header::new(Kind::Response).to_bytes()),
        NO_FRAME,
    ),
    (
        "a continuation of nothing",
        |l, _| raw(l, &Header::new(Kind::Continuation).to_bytes()),
        NO_FRAME,
    ),
    (
        "a hello with a message",
        |l, _| ask(l, Header::new(Kind::Hello), &[0; 8]),
        NO_FRAME,
    ),
    (
        "a receive with a message",
        |l, h| {
            ask(
                l,
                Header {
                    handle: h,
                    ..Header::new(Kind::Receive)
                },
                &[0; 8],
            )
        },
        NO_FRAME,
    ),
    (
        "more bytes than it announces",
        more_than_announced,
        NO_FRAME,
    ),
    ("8 GiB announced, then something else", eight_gib, NO_FRAME),
    (
        "a message over the maximum",
        |l, h| l.call(h, &blob(4 << 20).0, &blob(4 << 20).1),
        "rcBufferTooLarge",
    ),
    ("a packet over the largest", oversized, NO_FRAME),
    ("half a message, then another", half_a_message, NO_FRAME),
    (
        "a lookup that is none",
        |l, _| {
            ask(
                l,
                Header {
                    flags: 1,
                    ..Header::new(Kind::Locate)
                },
                &[0xff; 40],
            )
        },
        NO_FRAME,
    ),
    (
        "a lookup of a kind that does not exist",
        |l, _| {
            ask(
                l,
                Header {
                    flags: 77,
                    ..Header::new(Kind::Locate)
                },
                &[0; 36],
            )
        },
        NO_FRAME,
    ),
    (
        "a lookup of a channel that is none",
        |l, _| l.locate(Locate::Connect, 0, "\u{1b}[2J", "", &[0; 32]),
        "rcResourceNotFound",
    ),
    // and what looks odd, but is well
    (
        "a timeout of 0",
        |l, h| {
            ask(
                l,
                Header {
                    handle: h,
                    timeout: 0,
                    token: 100,
                    ..Header::new(Kind::Call)
                },
                &[],
            )
        },
        REFUSED,
    ),
    ("no room for the answer", without_room, "rcBufferTooSmall"),
    (
        "a descriptor beside the message",
        with_descriptor,
        "Response",
    ),
];

fn ask(lane: Lane, header: Header, constant: &[u8]) -> Frame {
    lane.ask(header, constant, &[])
}

fn raw(lane: Lane, packet: &[u8]) -> Frame {
    lane.packet(packet);
    lane.receive()
}

fn with(mut bytes: Vec<u8>, at: usize, new: &[u8]) -> Vec<u8> {
    bytes[at..at + new.len()].copy_from_slice(new);
    bytes
}

/// `Pass(in Handle h)` with this handle, everything else in order.
fn passing(handle: u32) -> Vec<u8> {
    let mut message = head(0, PASS, 40, false);
    let ex = nk_runtime::message::Ex::new(40, 1, false).0;
    message[4..8].copy_from_slice(&ex.to_le_bytes());
    message.extend_from_slice(&handle.to_le_bytes());
    message.resize(40, 0);
    message
}

fn more_than_announced(lane: Lane, handle: u32) -> Frame {
    let header = Header {
        handle,
        constant: 32,
        ..Header::new(Kind::Call)
    };
    raw(lane, &[&header.to_bytes()[..], &[0; 40]].concat())
}

fn eight_gib(lane: Lane, handle: u32) -> Frame {
    let header = Header {
        handle,
        constant: u32::MAX,
        arena: u32::MAX,
        ..Header::new(Kind::Call)
    };
    lane.packet(&header.to_bytes());
    raw(lane, &Header::new(Kind::Hello).to_bytes())
}

fn oversized(lane: Lane, handle: u32) -> Frame {
    let header = Header {
        handle,
        constant: 100_000,
        ..Header::new(Kind::Call)
    };
    raw(
        lane,
        &[&header.to_bytes()[..], &vec![0; MAX_PACKET]].concat(),
    )
}

fn half_a_message(lane: Lane, handle: u32) -> Frame {
    let header = Header {
        handle,
        constant: 32,
        arena: 100_000,
        ..Header::new(Kind::Call)
    };
    lane.packet(&[&header.to_bytes()[..], &vec![0; MAX_PACKET - HEADER]].concat());
    raw(lane, &Header::new(Kind::Hello).to_bytes())
}

fn without_room(lane: Lane, handle: u32) -> Frame {
    let (constant, arena) = open("x");
    lane.ask(
        Header {
            handle,
            token: 31,
            ..Header::new(Kind::Call)
        },
        &constant,
        &arena,
    )
}

fn with_descriptor(lane: Lane, handle: u32) -> Frame {
    let (constant, arena) = open("x");
    let header = Header {
        handle,
        token: 100,
        constant: 32,
        arena: 2,
        ..Header::new(Kind::Call)
    };
    lane.packet_with_descriptors(&[&header.to_bytes()[..], &constant, &arena].concat());
    lane.receive()
}

fn send_cases() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    let mut last = 0;
    let mut ordinary = |seen: u32, after: &str| {
        let now = number(lane.call(handle, &open("x").0, b"x\0").constant());
        // each call that the server should have seen, and no other
        assert_eq!(now, last + seen, "what the server has seen after: {after}");
        last = now;
    };
    ordinary(1, "nothing");
    for (name, send, expected) in CASES {
        tell!("{name}: {}", send(lane, handle).outcome());
        let delivered = ["Response", "rcBufferTooSmall"].contains(expected);
        ordinary(1 + u32::from(delivered), name);
    }
}

#[test]
fn whatever_a_client_sends_it_gets_its_code_no_server_sees_it_and_the_next_call_works() {
    let run = World::new().run(&["serve", "send_cases"]);
    let client: Vec<String> = CASES
        .iter()
        .map(|(name, _, heard)| format!("{name}: {heard}"))
        .collect();
    assert_eq!(run.of("client"), client);
    let delivered = CASES
        .iter()
        .filter(|(.., heard)| ["Response", "rcBufferTooSmall"].contains(heard))
        .count();
    assert_eq!(
        run.of("server"),
        [format!("seen {}", 1 + CASES.len() + delivered)]
    );
    run.assert_clean();
}

fn messages() -> u32 {
    std::env::var("NK_HOSTILE_MESSAGES").map_or(20_000, |n| n.parse().unwrap())
}

/// A good message with one to four things changed in it.
fn mutated(dice: &mut Dice) -> (Vec<u8>, Vec<u8>) {
    let mut message = match dice.below(3) {
        0 => open(&"name".repeat(usize::try_from(dice.below(70)).unwrap())),
        1 => open("größer"),
        _ => blob(usize::try_from(dice.below(300)).unwrap()),
    };
    let at = |n: usize, dice: &mut Dice| usize::try_from(dice.below(n as u64)).unwrap();
    for _ in 0..=at(4, dice) {
        let (constant, arena) = (&mut message.0, &mut message.1);
        match dice.below(8) {
            0 => constant[at(24, dice)] ^= 1 << dice.below(8),
            1 => constant[24 + at(8, dice)] = [0, 1, 7, 8, 0x7f, 0x80, 0xff][at(7, dice)],
            2 if !arena.is_empty() => {
                let place = at(arena.len(), dice);
                arena[place] = [0, 1, 0x80, 0xc0, 0xff][at(5, dice)];
            }
            3 => constant.truncate(at(33, dice)),
            4 => arena.truncate(at(arena.len() + 1, dice)),
            5 => arena.push(0),
            6 => constant[2] = u8::try_from(dice.below(4)).unwrap(),
            _ => {}
        }
        if message.0.len() < 32 {
            break;
        }
    }
    message
}

/// Sends them all; says how many were right as they were, and each answer that is not what the message deserves.
fn mutate() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    let mut dice = Dice::seeded_by("NK_HOSTILE_SEED");
    let count = std::env::var("NK_TEST_MESSAGES").unwrap().parse().unwrap();
    let mut sound = 0;
    tell!("begun");
    for _ in 0..count {
        let (constant, arena) = mutated(&mut dice);
        let answer = lane.call(handle, &constant, &arena).outcome();
        let deserves = if is_sound(&constant, &arena) {
            "Response"
        } else {
            REFUSED
        };
        sound += u32::from(deserves == "Response");
        if answer != deserves {
            tell!("{answer} instead of {deserves} for {constant:02x?} {arena:02x?}");
        }
    }
    tell!("sound {sound} of {count}");
    // until the kernel has been looked at
    lane.ends();
}

#[test]
fn mutated_messages_reach_a_server_only_when_they_are_sound_and_nothing_of_them_stays() {
    let mut world = World::new();
    world.cast(&["serve", "mutate"]);
    world.image.plan.tasks[1]
        .env
        .push(("NK_TEST_MESSAGES".into(), messages().to_string()));
    let audit = world.folder.path().join("audit.jsonl");
    let mut einit = Command::new(env!("CARGO_BIN_EXE_einit"));
    einit
        .arg(world.write_image())
        .args(["--no-throttle", "--audit"])
        .arg(&audit)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let began = std::time::Instant::now();
    let mut einit = einit.spawn().unwrap();
    let mut lines = BufReader::new(einit.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let mut said = |task: &str| loop {
        let line = lines.next().unwrap();
        if let Some(line) = line.strip_prefix(&format!("[{task}] > ")) {
            return line.to_owned();
        }
    };
    assert_eq!(said("client"), "begun");
    let before = (
        processes::descriptors(einit.id()),
        processes::resident(einit.id()),
    );
    let sound = said("client");
    let seconds = began.elapsed().as_secs();
    let after = (
        processes::descriptors(einit.id()),
        processes::resident(einit.id()),
    );
    println!(
        "{sound} in {seconds} s; kernel before and after: {before:?} {after:?} (descriptors, pages)"
    );
    let [sound, all] = [1, 3].map(|n| sound.split(' ').nth(n).unwrap().parse::<u32>().unwrap());
    assert!(
        10 * sound > all && 10 * sound < 9 * all,
        "blind: {sound} of {all} are sound"
    );
    assert_eq!(before.0, after.0, "descriptors");
    assert!(after.1 < before.1 + 512, "2 MiB more than before");
    // a hundred a second are written down, and how many were not
    let lines = std::fs::read_to_string(&audit).unwrap().lines().count();
    assert!(
        u64::try_from(lines).unwrap() <= 102 * (seconds + 2),
        "{lines} audit lines in {seconds} s"
    );
    einit.kill().unwrap();
    einit.wait().unwrap();
}
