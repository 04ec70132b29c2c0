//! One hostile program for each resource: it gets its code, and a pair of other programs does not notice
//! (`docs/threats.md` T6). That charges sum to zero at the end is asserted by every test that runs a kernel.
use crate::common::image::{self, CLIENT, SERVER, channel, task};
use crate::common::wire::{Lane, ROOM, blob, head, number, open, opened};
use crate::common::{Roles, World, timed};
use nk_runtime::Retcode;
use nk_runtime::frame::{HEADER, Header, Kind, Locate, MAX_PACKET};
use std::io::Write;
use std::time::{Duration, Instant};

pub(crate) const ROLES: Roles = &[
    ("serve", serve),
    ("call", call),
    ("hold", hold),
    ("queue", queue),
    ("halves", halves),
    ("refusals", refusals),
    ("lookups", lookups),
    ("output", output),
    ("processors", processors),
    ("memory", memory),
    ("descriptors", descriptors),
    ("silence", silence),
    ("count_refusals", count_refusals),
];

/// How long the hostile program goes on, and a little less, the others.
const ATTACK: Duration = Duration::from_millis(600);
const CALLS: Duration = Duration::from_millis(400);

fn serve() {
    let lane = Lane::nth(0);
    let handle = lane.register("fs");
    for n in 1.. {
        let request = lane.take(handle);
        if request.header.kind != Kind::Request {
            return;
        }
        lane.reply(request.header.token, &opened(n), &[]);
    }
}

/// Calls for a while. Each call is answered, in order, within a second.
fn call() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    let began = Instant::now();
    let (constant, arena) = open("x");
    let header = Header {
        handle,
        token: 100,
        timeout: 1000,
        ..Header::new(Kind::Call)
    };
    for n in 1.. {
        let answer = lane.ask(header, &constant, &arena);
        if answer.header.kind != Kind::Response || number(answer.constant()) != n {
            return tell!("call {n}: {}", answer.outcome());
        }
        if began.elapsed() > CALLS {
            return tell!("all right");
        }
    }
}

/// Receives nothing as long as an attack goes on: what is sent to it stays in the kernel. Then until no client is left.
fn hold() {
    let lane = Lane::nth(0);
    let handle = lane.register("held");
    std::thread::sleep(ATTACK + Duration::from_secs(1));
    let receive = Header {
        handle,
        token: 1,
        timeout: 50,
        ..Header::new(Kind::Receive)
    };
    while lane.ask(receive, &[], &[]).header.code != Retcode::NOT_CONNECTED {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Repeats something for the length of the attack; says what the last time came to.
fn attack(mut once: impl FnMut() -> String) {
    let began = Instant::now();
    let mut last = String::new();
    while began.elapsed() < ATTACK {
        last = once();
    }
    tell!("{last}");
}

/// 4 MiB that nobody receives, and then as much again.
fn queue() {
    let (first, second) = (Lane::nth(0), Lane::nth(1));
    let handle = first.connect("held");
    let (constant, arena) = blob((4 << 20) - 32);
    let header = Header {
        handle,
        token: u64::from(ROOM),
        ..Header::new(Kind::Call)
    };
    first.send(header, &constant, &arena);
    std::thread::sleep(Duration::from_millis(50));
    attack(|| second.ask(header, &constant, &arena).outcome());
}

/// Three messages of 4 MiB, of each of which only the first packet comes.
fn halves() {
    let handle = Lane::nth(0).connect("held");
    let header = Header {
        handle,
        constant: 32,
        arena: (4 << 20) - 32,
        ..Header::new(Kind::Call)
    };
    let packet = [&header.to_bytes()[..], &vec![0; MAX_PACKET - HEADER]].concat();
    for lane in 0..2 {
        Lane::nth(lane).packet(&packet);
    }
    std::thread::sleep(Duration::from_millis(50));
    // there is room for one, whichever it was: the answer to another follows its last packet
    let (constant, arena) = blob((4 << 20) - 32);
    let whole = Header {
        handle,
        token: u64::from(ROOM),
        ..Header::new(Kind::Call)
    };
    attack(|| Lane::nth(2).ask(whole, &constant, &arena).outcome());
}

/// Messages without sense on all lanes, as fast as they are refused.
fn refusals() {
    let handle = Lane::nth(0).connect("held");
    let flood = move |lane| {
        Lane::nth(lane)
            .call(handle, &head(9, 9, 24, false), &[])
            .outcome()
    };
    let others: Vec<_> = (1..4)
        .map(|lane| std::thread::spawn(move || attack(|| flood(lane))))
        .collect();
    attack(|| flood(0));
    for other in others {
        other.join().unwrap();
    }
}

fn lookups() {
    let name = "x".repeat(900);
    attack(|| {
        Lane::nth(0)
            .locate(Locate::Connect, 0, &name, "", &[0; 32])
            .outcome()
    });
}

/// Writes without end. Nobody says when it is too much: it waits.
fn output() {
    let line = [b'x'; 4000];
    attack(|| {
        let _ = std::io::stdout().write_all(&line);
        "written".to_owned()
    });
}

fn processors() {
    let threads: Vec<_> = (0..8)
        .map(|_| std::thread::spawn(|| attack(|| "computed".to_owned())))
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

/// What each program of these tests may have.
const MEMORY: usize = 128 << 20;

/// Takes and uses memory until there is no more, and keeps it.
fn memory() {
    const PIECE: usize = 4 << 20;
    let mut taken: Vec<Vec<u8>> = Vec::new();
    let mut take = || {
        let mut piece = Vec::new();
        if piece.try_reserve_exact(PIECE).is_err() {
            return "ENOMEM".to_owned();
        }
        // so that it is really there
        piece.resize(PIECE, 1_u8);
        taken.push(piece);
        assert!(taken.len() * PIECE < MEMORY, "more than it may have");
        "taken".to_owned()
    };
    while take() == "taken" {}
    // what the system refused once and gives now is taken too
    attack(take);
}

fn descriptors() {
    let take = || rustix::event::eventfd(0, rustix::event::EventfdFlags::empty());
    let mut taken = Vec::new();
    while let Ok(fd) = take() {
        taken.push(fd);
    }
    attack(|| match take() {
        Ok(_) => "taken".to_owned(),
        Err(e) if e == rustix::io::Errno::MFILE => "EMFILE".to_owned(),
        Err(e) => e.to_string(),
    });
}

/// Asks for large answers on all lanes and reads none.
fn silence() {
    let handle = Lane::nth(0).connect("held");
    for lane in 0..4 {
        let (constant, arena) = blob(100_000);
        Lane::nth(lane).send(
            Header {
                handle,
                token: u64::from(ROOM),
                ..Header::new(Kind::Call)
            },
            &constant,
            &arena,
        );
    }
    std::thread::sleep(ATTACK);
    tell!("silent");
}

#[test]
fn a_program_that_takes_all_of_something_gets_its_code_and_others_do_not_notice() {
    let _timed = timed();
    let quota = "rcQuotaExceeded";
    let cases: [(&str, &[&str]); 9] = [
        ("queue", &[quota]),
        ("halves", &[quota]),
        ("refusals", &["rcSecurityDisallow"; 4]),
        ("lookups", &["rcResourceNotFound"]),
        ("output", &["written"]),
        ("processors", &["computed"; 8]),
        ("memory", &["ENOMEM"]),
        ("descriptors", &["EMFILE"]),
        ("silence", &["silent"]),
    ];
    for (hostile, hears) in cases {
        let tasks = [
            ("server", SERVER),
            ("client", CLIENT),
            ("holder", SERVER),
            ("hostile", CLIENT),
        ];
        let tasks = tasks.map(|(name, class)| task(name, class)).to_vec();
        let mut world = World::with(image::with_tasks(
            tasks,
            vec![channel(1, 0, "fs"), channel(3, 2, "held")],
        ));
        // so that the machine does not notice either
        world.memory = Some(MEMORY as u64);
        let run = world.run(&["serve", "call", "hold", hostile]);
        assert_eq!(run.of("client"), ["all right"], "{hostile}");
        assert_eq!(run.of("hostile"), hears, "{hostile}");
        run.assert_clean();
    }
}

/// Refused without end for a second; says how often.
fn count_refusals() {
    let lane = Lane::nth(0);
    let handle = lane.connect("held");
    let began = Instant::now();
    let mut refused = 0;
    while began.elapsed() < Duration::from_secs(1) {
        lane.call(handle, &head(9, 9, 24, false), &[]);
        refused += 1;
    }
    tell!("{refused}");
}

#[test]
fn a_program_that_is_refused_again_and_again_is_slowed_down() {
    let _timed = timed();
    let tasks = [("server", SERVER), ("hostile", CLIENT)]
        .map(|(name, class)| task(name, class))
        .to_vec();
    let run = World::with(image::with_tasks(tasks, vec![channel(1, 0, "held")]))
        .run(&["hold", "count_refusals"]);
    let refused: u32 = run.of("hostile")[0].parse().unwrap();
    // a burst of 500, then 250 in the second that follows; it is slow machines that have fewer
    assert!((100..1000).contains(&refused), "{refused}");
}

#[test]
fn refusals_above_a_hundred_a_second_are_counted_and_not_written() {
    let _timed = timed();
    let tasks = [("server", SERVER), ("hostile", CLIENT)]
        .map(|(name, class)| task(name, class))
        .to_vec();
    let run = World::with(image::with_tasks(tasks, vec![channel(1, 0, "held")]))
        .run(&["hold", "refusals"]);
    let (counted, written): (Vec<&String>, Vec<&String>) = run
        .audit
        .iter()
        .partition(|line| line.contains(r#""op":"suppressed""#));
    let suppressed = |line: &&String| {
        line.rsplit("\"count\":")
            .next()
            .unwrap()
            .trim_end_matches('}')
            .parse::<u64>()
            .unwrap()
    };
    assert!(
        counted.iter().map(suppressed).sum::<u64>() > 100,
        "the flood was no flood: {counted:?}"
    );
    assert!(written.len() <= 100 * 2, "{}", written.len());
    run.assert_said(&["more refusals of task `hostile` suppressed"]);
}
