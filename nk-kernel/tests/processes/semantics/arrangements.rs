//! Who calls whom: many clients, many servers, programs that are both, threads, listeners, and chains back to the caller.
use super::class::{Class, Server};
use crate::common::World;
use crate::common::image::{self, CLIENT, SERVER, channel, task};
use crate::common::wire::{Lane, ROOM, number, open, opened};
use nk_runtime::frame::{FOREVER, Header, Kind};
use nk_runtime::host::{self, Parts, ipc};
use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) const ROLES: crate::common::Roles = &[
    ("many_serve", serve_own_name),
    ("many_call", call_all),
    ("threads_back", serve_back),
    ("threads_middle", serve_and_call),
    ("threads_call", call_in_threads),
    ("names_serve", serve_names),
    ("names_call", || call_once("fs")),
    ("names_call_other", || call_once("other")),
    ("chain_a", chain_a),
    ("chain_b", chain_b),
];

const SERVERS: u32 = 8;
const ROUNDS: u32 = 25;

/// The channel that a server of many serves, and the number that it answers.
const NAME: &str = "NK_TEST_NAME";

fn serve_own_name() {
    let name = std::env::var(NAME).unwrap();
    let lane = Lane::nth(0);
    let handle = lane.register(&name);
    let mut served = 0;
    loop {
        let request = lane.take(handle);
        if request.header.kind != Kind::Request {
            return tell!("served {served}");
        }
        served += 1;
        assert_eq!(
            lane.reply(request.header.token, &opened(name.parse().unwrap()), &[])
                .to_string(),
            "rcOk"
        );
    }
}

fn call_all() {
    let lane = Lane::nth(0);
    let handles: Vec<u32> = (0..SERVERS).map(|n| lane.connect(&n.to_string())).collect();
    let mut wrong = 0;
    for _ in 0..ROUNDS {
        for (n, handle) in (0..).zip(&handles) {
            let answer = lane.call(*handle, &open("x").0, b"x\0");
            wrong += u32::from(answer.outcome() != "Response" || number(answer.constant()) != n);
        }
    }
    tell!("{wrong} wrong");
}

#[test]
fn two_clients_of_many_servers_are_answered_by_the_one_that_they_called() {
    let servers: Vec<String> = (0..SERVERS).map(|n| format!("server {n}")).collect();
    let mut tasks: Vec<_> = servers.iter().map(|name| task(name, SERVER)).collect();
    tasks.extend([task("a", CLIENT), task("b", CLIENT)]);
    let channels = (0..SERVERS)
        .flat_map(|n| [SERVERS, SERVERS + 1].map(|client| channel(client, n, &n.to_string())));
    let mut image = image::with_tasks(tasks, channels.collect());
    for (n, task) in image.plan.tasks.iter_mut().enumerate() {
        task.env.push((NAME.into(), n.to_string()));
    }
    let roles = ["many_serve"; SERVERS as usize]
        .into_iter()
        .chain(["many_call"; 2]);
    let run = World::with(image).run(&roles.collect::<Vec<_>>());
    assert_eq!(
        (run.of("a"), run.of("b")),
        (vec!["0 wrong"], vec!["0 wrong"])
    );
    for server in &servers {
        assert_eq!(
            run.of(server),
            [format!("served {}", 2 * ROUNDS)],
            "{server}"
        );
    }
    run.assert_clean();
}

const THREADS: usize = 3;
const CALLS: u32 = 40;

/// How many requests this program is answering, and the most that it has been answering at once.
static NOW: AtomicU32 = AtomicU32::new(0);
static MOST: AtomicU32 = AtomicU32::new(0);

fn counted(answer: impl FnOnce() -> u32) -> u32 {
    MOST.fetch_max(NOW.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
    let answer = answer();
    NOW.fetch_sub(1, Ordering::SeqCst);
    answer
}

fn serve_back() {
    let listener = host::register::<Class>("back").unwrap();
    let answer = |name: &str| counted(|| name.parse::<u32>().unwrap() + 1);
    listener.serve_threads(THREADS, || Server(answer)).unwrap();
    tell!(
        "at once: {}",
        (1..=u32::try_from(THREADS).unwrap()).contains(&MOST.load(Ordering::SeqCst))
    );
}

/// Each request is answered with what the server behind it says, and a thousand.
fn serve_and_call() {
    let listener = host::register::<Class>("front").unwrap();
    let back = host::connect("back").unwrap().handle();
    let answer = |name: &str| counted(|| 1000 + ask(back, name).unwrap());
    listener.serve_threads(THREADS, || Server(answer)).unwrap();
    tell!("at once: {}", MOST.load(Ordering::SeqCst) > 1);
}

fn ask(handle: u32, name: &str) -> Result<u32, host::Error> {
    let (constant, arena) = open(name);
    let mut room = [0; 64];
    let size = ipc::call(
        handle,
        Parts {
            constant: &constant,
            arena: &arena,
        },
        &mut room,
        FOREVER,
    )?;
    Ok(number(size.of(&room)))
}

fn call_in_threads() {
    let front = host::connect("front").unwrap().handle();
    let calls = |thread: u32| {
        (0..CALLS)
            .filter(|n| {
                ask(front, &(100 * thread + n).to_string()).unwrap() == 1001 + 100 * thread + n
            })
            .count()
    };
    let right: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3)
            .map(|thread| scope.spawn(move || calls(thread)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    tell!("{right} right");
}

#[test]
fn threads_call_and_serve_at_once_in_a_program_that_does_both() {
    let tasks = ["back", "middle"]
        .map(|name| task(name, SERVER))
        .into_iter();
    let tasks = tasks
        .chain(["a", "b", "c"].map(|name| task(name, CLIENT)))
        .collect();
    let mut channels = vec![channel(1, 0, "back")];
    channels.extend((2..5).map(|client| channel(client, 1, "front")));
    let mut world = World::with(image::with_tasks(tasks, channels));
    // a thread that serves needs one more while it calls
    world.lanes = 2 * u32::try_from(THREADS).unwrap();
    let run = world.run(&[
        "threads_back",
        "threads_middle",
        "threads_call",
        "threads_call",
        "threads_call",
    ]);
    for client in ["a", "b", "c"] {
        assert_eq!(run.of(client), [format!("{} right", 3 * CALLS)]);
    }
    assert_eq!(
        (run.of("middle"), run.of("back")),
        (vec!["at once: true"], vec!["at once: true"])
    );
    run.assert_clean();
}

/// Serves all channels of one name by one handle; the channel of another name waits for its own.
fn serve_names() {
    let lane = Lane::nth(0);
    let handle = lane.register("fs");
    assert_eq!(lane.register("fs"), handle, "it is the same listener");
    let mut callers: Vec<u32> = Vec::new();
    for _ in 0..3 {
        let request = lane.take(handle);
        callers.push(request.header.timeout);
        assert_eq!(request.header.handle, handle);
        lane.reply(request.header.token, &opened(1), &[]);
    }
    callers.sort_unstable();
    tell!("{callers:?}");
    // the fourth has called by now, or does so later: not here
    let shortly = Header {
        handle,
        token: 100,
        timeout: 300,
        ..Header::new(Kind::Receive)
    };
    tell!("{}", lane.ask(shortly, &[], &[]).outcome());
    let other = lane.register("other");
    let request = lane.take(other);
    tell!("{} {}", other == handle, request.header.timeout);
    lane.reply(request.header.token, &opened(2), &[]);
    let end = lane.register("end");
    (0..4).for_each(|_| assert_eq!(answer(lane, end, 3), "rcOk"));
}

/// Calls, and stays until it has been answered by `end` as well.
fn call_once(name: &str) {
    let lane = Lane::nth(0);
    for name in [name, "end"] {
        let answer = lane.call(lane.connect(name), &open("x").0, b"x\0");
        tell!("{}", number(answer.constant()));
    }
}

#[test]
fn a_listener_serves_all_channels_of_its_name_and_no_other() {
    let clients = ["a", "b", "c", "other"].map(|name| task(name, CLIENT));
    let tasks = [task("server", SERVER)]
        .into_iter()
        .chain(clients)
        .collect();
    let named = |client| {
        [if client < 4 { "fs" } else { "other" }, "end"].map(|name| channel(client, 0, name))
    };
    let world = World::with(image::with_tasks(tasks, (1..5).flat_map(named).collect()));
    let run = world.run(&[
        "names_serve",
        "names_call",
        "names_call",
        "names_call",
        "names_call_other",
    ]);
    assert_eq!(run.of("server"), ["[1, 2, 3]", "rcTimeout", "false 4"]);
    for (client, heard) in [("a", "1"), ("b", "1"), ("c", "1"), ("other", "2")] {
        assert_eq!(run.of(client), [heard, "3"], "{client}");
    }
    run.assert_clean();
}

/// One side of a chain: calls the other, and is called back.
fn call(lane: Lane, handle: u32, timeout: u32) -> String {
    let header = Header {
        handle,
        timeout,
        token: ROOM.into(),
        ..Header::new(Kind::Call)
    };
    let answer = lane.ask(header, &open("x").0, b"x\0");
    if answer.header.kind == Kind::Response {
        number(answer.constant()).to_string()
    } else {
        answer.outcome()
    }
}

fn answer(lane: Lane, handle: u32, n: u32) -> String {
    let request = lane.take(handle);
    assert_eq!(request.outcome(), "Request");
    lane.reply(request.header.token, &opened(n), &[])
        .to_string()
}

const SHORT: u32 = 60;

fn chain_a() {
    let lane = Lane::nth(0);
    let (forth, back) = (lane.connect("forth"), lane.register("back"));
    // a thread that serves while another waits
    std::thread::scope(|scope| {
        let served = scope.spawn(move || answer(Lane::nth(1), back, 5));
        tell!("two threads: {}", call(lane, forth, FOREVER));
        tell!("served: {}", served.join().unwrap());
    });
    // nobody serves: the other side times out, and answers
    tell!("one thread: {}", call(lane, forth, FOREVER));
    // this side times out first, and then serves
    tell!("impatient: {}", call(lane, forth, SHORT));
    tell!("served: {}", answer(lane, back, 9));
    tell!("after: {}", call(lane, forth, FOREVER));
}

fn chain_b() {
    let lane = Lane::nth(0);
    let (back, forth) = (lane.connect("back"), lane.register("forth"));
    for (what, timeout) in [
        ("two threads", FOREVER),
        ("one thread", SHORT),
        ("waiting", FOREVER),
    ] {
        let request = lane.take(forth);
        let called = call(lane, back, timeout);
        let n = called.parse::<u32>().map_or(7, |n| n + 1);
        tell!(
            "{what}: {called}, {}",
            lane.reply(request.header.token, &opened(n), &[])
        );
    }
    tell!("after: {}", answer(lane, forth, 11));
}

#[test]
fn chains_back_to_the_caller_are_answered_or_end_with_the_patience_of_either() {
    let tasks = ["a", "b"].map(|name| task(name, SERVER)).to_vec();
    let run = World::with(image::with_tasks(
        tasks,
        vec![channel(0, 1, "forth"), channel(1, 0, "back")],
    ));
    let run = run.run(&["chain_a", "chain_b"]);
    let a = [
        "two threads: 6",
        "served: rcOk",
        "one thread: 7",
        "impatient: rcTimeout",
        "served: rcOk",
        "after: 11",
    ];
    assert_eq!(run.of("a"), a);
    let b = [
        "two threads: 5, rcOk",
        "one thread: rcTimeout, rcOk",
        "waiting: 9, rcNotConnected",
        "after: rcOk",
    ];
    assert_eq!(run.of("b"), b);
    run.assert_clean();
}
