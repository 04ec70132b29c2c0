//! Messages of every size around the switch from one packet to several, and around the largest; slow programs, those that stop
//! half-way, and many at once.
use crate::common::World;
use crate::common::image::{self, CLIENT, SERVER, channel, task};
use crate::common::wire::{Frame, Lane, ROOM, blob, head, open, opened};
use nk_runtime::Retcode;
use nk_runtime::frame::{FOREVER, HEADER, Header, Kind, MAX_PACKET};
use std::time::Duration;

pub(crate) const ROLES: crate::common::Roles = &[
    ("sizes_serve", || serve(Lane::nth(0), true)),
    ("sizes_serve_fixed", || serve(Lane::nth(0), false)),
    ("sizes_serve_threads", serve_threads),
    ("sizes_serve_slowly", serve_slowly),
    ("sizes_switch", call_around_the_switch),
    ("sizes_maximum", call_around_the_maximum),
    ("sizes_fixed", call_fixed),
    ("sizes_slowly", call_slowly),
    ("sizes_ordinary", call_ordinary),
    ("sizes_stop", stop_half_way),
    ("sizes_stop_and_die", stop_and_die),
    ("sizes_stop_serving", stop_serving),
    ("sizes_call_once", || {
        tell!("{}", call_open(Lane::nth(0)).outcome());
    }),
    ("sizes_many", call_many),
];

/// Bytes of a message that one packet holds.
const IN_PACKET: usize = MAX_PACKET - HEADER;
/// Bytes of the constant part of `Blob`, behind which the arena begins at once.
const CONSTANT: usize = 32;
const LARGE: usize = 1 << 20;

/// Answers every message with itself; `opens`: method 0 is `Open`.
fn serve(lane: Lane, opens: bool) {
    let handle = lane.register("fs");
    loop {
        let request = lane.take(handle);
        if request.header.kind != Kind::Request {
            return;
        }
        let code = if opens && request.constant()[2..4] == image::OPEN.to_le_bytes() {
            lane.reply(request.header.token, &opened(1), &[])
        } else {
            lane.reply(request.header.token, request.constant(), request.arena())
        };
        assert!(
            [Retcode::OK, Retcode::NOT_CONNECTED].contains(&code),
            "{code}"
        );
    }
}

fn serve_threads() {
    let threads: Vec<_> = (0..4)
        .map(|lane| std::thread::spawn(move || serve(Lane::nth(lane), true)))
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

fn is_echo(answer: &Frame, constant: &[u8], arena: &[u8]) -> bool {
    // the kernel writes part of the header
    answer.header.kind == Kind::Response
        && answer.constant()[24..] == constant[24..]
        && answer.arena() == arena
}

/// Calls with so many bytes of arena; `whole` when they have come back.
fn echo(lane: Lane, handle: u32, bytes: usize) -> String {
    let (constant, arena) = blob(bytes);
    let answer = lane.call(handle, &constant, &arena);
    if is_echo(&answer, &constant, &arena) {
        "whole".into()
    } else {
        answer.outcome()
    }
}

/// Counts what is not as it should be, and shows the first of it.
fn report(results: impl Iterator<Item = (usize, String, &'static str)>) {
    let (mut all, mut wrong) = (0, Vec::new());
    for (size, is, should_be) in results {
        all += 1;
        if is != should_be {
            wrong.push(format!("{size}: {is}"));
        }
    }
    tell!("{all} sizes, wrong: {:?}", wrong.first());
}

fn call_around_the_switch() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    let around =
        |packets: usize| packets * IN_PACKET - CONSTANT - 9..=packets * IN_PACKET - CONSTANT + 9;
    let sizes = (1..=3).flat_map(around);
    report(sizes.map(|size| (size, echo(lane, handle, size), "whole")));
}

#[test]
fn messages_of_every_size_around_whole_packets_arrive_whole() {
    let run = World::new().run(&["sizes_serve", "sizes_switch"]);
    assert_eq!(run.of("client"), ["57 sizes, wrong: None"]);
    run.assert_clean();
}

fn call_around_the_maximum() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    let maximum = usize::try_from(lane.ask(Header::new(Kind::Hello), &[], &[]).header.token)
        .unwrap()
        - CONSTANT;
    // who sends what is refused is slowed down by its packets: few of these
    let sizes = [-9, -8, -1, 0, 1, 8].map(|more| maximum.strict_add_signed(more));
    let should_be = |size| {
        if size > maximum {
            "rcBufferTooLarge"
        } else {
            "whole"
        }
    };
    report(
        sizes
            .into_iter()
            .map(|size| (size, echo(lane, handle, size), should_be(size))),
    );
}

#[test]
fn messages_up_to_each_maximum_arrive_whole_and_larger_ones_are_refused() {
    for maximum in [4 << 20, 8 << 20, 16 << 20] {
        let mut image = image::client_and_server();
        image.max_message = maximum;
        let run = World::with(image).run(&["sizes_serve", "sizes_maximum"]);
        assert_eq!(run.of("client"), ["6 sizes, wrong: None"], "{maximum}");
        run.assert_clean();
    }
}

/// Sizes of constant parts (they are multiples of 8): with them alone and with an arena behind them a message is around one packet.
fn fixed_sizes() -> impl Iterator<Item = u32> {
    [-16_i32, -8, 0, 8, 16]
        .into_iter()
        .map(|more| u32::try_from(IN_PACKET).unwrap().strict_add_signed(more))
}

/// Each method of the interface has a constant part of one of these sizes, in both directions: bytes alone, then bytes and a
/// sequence.
fn call_fixed() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    let mut results = Vec::new();
    for (mid, size) in (0..).step_by(2).zip(fixed_sizes()) {
        for (mid, arena) in [
            (mid, vec![]),
            (mid + 1, vec![]),
            (mid + 1, vec![7; 100]),
            (mid + 1, vec![7; IN_PACKET]),
        ] {
            let mut constant = head(0, mid, size, false);
            constant.resize(size as usize, 5);
            if mid % 2 == 1 {
                constant[24..28].fill(0);
                constant[28..32]
                    .copy_from_slice(&u32::try_from(arena.len()).unwrap().to_le_bytes());
            }
            let answer = lane.call(handle, &constant, &arena);
            let is = if is_echo(&answer, &constant, &arena) {
                "whole".into()
            } else {
                answer.outcome()
            };
            results.push((constant.len() + arena.len(), is, "whole"));
        }
    }
    report(results.into_iter());
}

#[test]
fn constant_parts_around_a_packet_arrive_whole_with_and_without_an_arena() {
    use nk_image::{Message, Method};
    use nk_runtime::shape::{FlatItem, List};
    let mut image = image::client_and_server();
    let bytes = u32::try_from(image.tables.items.len()).unwrap();
    image.tables.items.push(FlatItem::Bytes(24, 1 << 24));
    let message = |size, arena| {
        let items = List {
            first: if arena { bytes } else { 0 },
            len: u32::from(arena),
        };
        Message {
            size,
            handles: 0,
            arena,
            items,
        }
    };
    let error = message(24, false);
    let method = |size: u32, arena: bool| {
        let (request, response) = (message(size, arena), message(size, arena));
        Method {
            name: format!("M{size}{arena}"),
            request,
            response,
            error,
        }
    };
    let methods: Vec<Method> = fixed_sizes()
        .flat_map(|size| [method(size, false), method(size, true)])
        .collect();
    let rows = vec![image::GRANT; methods.len()];
    image.program.rows[1] = rows;
    image.program.rows[2] = vec![image::UNCOVERED; methods.len()];
    image.tables.interfaces[0].methods = methods;
    let run = World::with(image).run(&["sizes_serve_fixed", "sizes_fixed"]);
    assert_eq!(run.of("client"), ["20 sizes, wrong: None"]);
    run.assert_clean();
}

/// Reads the packets of a message one by one.
fn receive_slowly(lane: Lane) -> Frame {
    let first = lane.read();
    let header = Header::from_bytes(&first).unwrap();
    let mut payload = first[HEADER..].to_vec();
    while payload.len() < header.payload().unwrap() {
        std::thread::sleep(Duration::from_millis(15));
        payload.extend_from_slice(&lane.read()[HEADER..]);
    }
    Frame { header, payload }
}

fn serve_slowly() {
    let lane = Lane::nth(0);
    let handle = lane.register("fs");
    let receive = Header {
        handle,
        token: ROOM.into(),
        timeout: FOREVER,
        ..Header::new(Kind::Receive)
    };
    for _ in 0..2 {
        lane.send(receive, &[], &[]);
        let request = receive_slowly(lane);
        assert_eq!(
            lane.reply(request.header.token, request.constant(), request.arena()),
            Retcode::OK
        );
    }
}

fn call_slowly() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    let (constant, arena) = blob(LARGE);
    for _ in 0..2 {
        lane.send(
            Header {
                handle,
                token: ROOM.into(),
                timeout: FOREVER,
                ..Header::new(Kind::Call)
            },
            &constant,
            &arena,
        );
        tell!("{}", is_echo(&receive_slowly(lane), &constant, &arena));
    }
}

/// Each call is answered within a second: nobody waits for those who are slow.
fn call_ordinary() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    let (constant, arena) = open("x");
    let call = Header {
        handle,
        token: 100,
        timeout: 1000,
        ..Header::new(Kind::Call)
    };
    let answered = (0..300)
        .filter(|_| lane.ask(call, &constant, &arena).header.kind == Kind::Response)
        .count();
    tell!("{answered}");
}

#[test]
fn slow_readers_get_their_messages_whole_and_hold_nobody_up() {
    let tasks = vec![
        task("slow", SERVER),
        task("server", SERVER),
        task("client", CLIENT),
        task("ordinary", CLIENT),
    ];
    let image = image::with_tasks(tasks, vec![channel(2, 0, "fs"), channel(3, 1, "fs")]);
    let run = World::with(image).run(&[
        "sizes_serve_slowly",
        "sizes_serve",
        "sizes_slowly",
        "sizes_ordinary",
    ]);
    assert_eq!(run.of("client"), ["true", "true"]);
    assert_eq!(run.of("ordinary"), ["300"]);
    run.assert_clean();
}

/// The first packet of a message that has more.
fn half(lane: Lane, header: Header) {
    let header = Header {
        constant: 32,
        arena: u32::try_from(LARGE).unwrap(),
        ..header
    };
    lane.packet(&[&header.to_bytes()[..], &vec![0; IN_PACKET]].concat());
}

fn call_open(lane: Lane) -> Frame {
    lane.call(lane.connect("fs"), &open("x").0, b"x\0")
}

/// Stops half-way on one lane; others of the program work, and so does this one when the message is cut off by another.
fn stop_half_way() {
    let (stopped, other) = (Lane::nth(0), Lane::nth(1));
    let handle = stopped.connect("fs");
    half(
        stopped,
        Header {
            handle,
            ..Header::new(Kind::Call)
        },
    );
    tell!("{}", call_open(other).outcome());
    stopped.packet(
        &Header {
            handle,
            ..Header::new(Kind::Call)
        }
        .to_bytes(),
    );
    tell!("{}", stopped.receive().outcome());
    tell!("{}", call_open(stopped).outcome());
    half(
        stopped,
        Header {
            handle,
            ..Header::new(Kind::Call)
        },
    );
}

fn stop_and_die() {
    for n in 0..4 {
        let lane = Lane::nth(n);
        let handle = lane.connect("fs");
        half(
            lane,
            Header {
                handle,
                ..Header::new(Kind::Call)
            },
        );
    }
}

#[test]
fn a_client_that_stops_half_way_keeps_nobody_waiting_and_no_server_sees_half_a_message() {
    let tasks = vec![
        task("server", SERVER),
        task("stops", CLIENT),
        task("dies", CLIENT),
        task("client", CLIENT),
    ];
    let image = image::with_tasks(
        tasks,
        (1..4).map(|client| channel(client, 0, "fs")).collect(),
    );
    let run = World::with(image).run(&[
        "sizes_serve",
        "sizes_stop",
        "sizes_stop_and_die",
        "sizes_ordinary",
    ]);
    assert_eq!(
        run.of("stops"),
        ["Response", "rcInvalidArgument", "Response"]
    );
    assert_eq!(run.of("client"), ["300"]);
    // it answers nothing but `Open`, and has ended well
    run.assert_clean();
}

/// Answers the first request half-way, and ends.
fn stop_serving() {
    let lane = Lane::nth(0);
    let request = lane.take(lane.register("fs"));
    half(
        lane,
        Header {
            token: request.header.token,
            ..Header::new(Kind::Reply)
        },
    );
}

#[test]
fn a_server_that_stops_half_way_and_ends_leaves_no_client_waiting_and_nothing_of_its_answer() {
    let run = World::new().run(&["sizes_stop_serving", "sizes_call_once"]);
    assert_eq!(run.of("client"), ["rcAbort"]);
    run.assert_clean();
}

/// Calls on three lanes at once with messages of many sizes.
fn call_many() {
    let calls = |lane: i32| {
        let (lane, handle) = (Lane::nth(lane), Lane::nth(lane).connect("fs"));
        let size = |n: usize| [0, 100, IN_PACKET - CONSTANT, IN_PACKET, 200_000, LARGE][n % 6] + n;
        (0..24)
            .filter(|n| echo(lane, handle, size(*n)) == "whole")
            .count()
    };
    let threads: Vec<_> = (0..3)
        .map(|lane| std::thread::spawn(move || calls(lane)))
        .collect();
    tell!(
        "{}",
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum::<usize>()
    );
}

#[test]
fn large_messages_of_many_programs_at_once_are_not_mixed_up() {
    let clients: Vec<String> = (0..4).map(|n| format!("client {n}")).collect();
    let tasks = [task("server", SERVER)]
        .into_iter()
        .chain(clients.iter().map(|name| task(name, CLIENT)))
        .collect();
    let image = image::with_tasks(
        tasks,
        (1..5).map(|client| channel(client, 0, "fs")).collect(),
    );
    let roles = ["sizes_serve_threads"].into_iter().chain(["sizes_many"; 4]);
    let run = World::with(image).run(&roles.collect::<Vec<_>>());
    for client in &clients {
        assert_eq!(run.of(client), ["72"], "{client}");
    }
    run.assert_clean();
}
