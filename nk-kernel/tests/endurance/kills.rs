//! SIGKILL at random moments: of clients and servers, after which every other call is right and nothing of them is left in
//! the kernel; and of the kernel, after which nothing at all is left.
//!
//! `NK_KILL_ROUNDS` says how many are killed (1,000 unless it says otherwise), `NK_KILL_SEED` repeats a run.
use crate::common::image::{self, CLIENT, SERVER, channel, task};
use crate::common::processes;
use crate::common::wire::{Lane, number, open, opened};
use crate::common::{Dice, Roles, World, timed};
use nk_runtime::Retcode;
use nk_runtime::frame::{Header, Kind};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Nothing may take longer.
const HANG: Duration = Duration::from_secs(1);
/// Of the kernel, for each program at levels 2 and 3: its process, its threads, four lanes, two streams; the
/// word about its end.
const DESCRIPTORS: [usize; 2] = [8, 9];
/// Pairs of a client and a server under one kernel.
const PAIRS: u32 = 12;

pub(crate) const ROLES: Roles = &[
    ("serve", || serve("fs")),
    ("serve_steadily", || serve("steady")),
    ("call_both", call_both),
    ("call", call),
];

/// Answers each request with its number until no client is left.
fn serve(name: &str) {
    let lane = Lane::nth(0);
    let handle = lane.register(name);
    loop {
        let request = lane.take(handle);
        if request.header.kind != Kind::Request {
            assert_eq!(request.header.code, Retcode::NOT_CONNECTED);
            return wait_for_the_end();
        }
        let n = String::from_utf8_lossy(request.arena())
            .trim_end_matches('\0')
            .parse()
            .unwrap();
        let code = lane.reply(request.header.token, &opened(n), &[]);
        assert!(
            [Retcode::OK, Retcode::NOT_CONNECTED].contains(&code),
            "{code}"
        );
    }
}

/// One call: whether it was answered, or the code. An answer is that to this request.
fn ask(lane: Lane, handle: u32, n: u32) -> Result<(), Retcode> {
    let (constant, arena) = open(&n.to_string());
    let timeout = u32::try_from(HANG.as_millis()).unwrap();
    let answer = lane.ask(
        Header {
            handle,
            token: 100,
            timeout,
            ..Header::new(Kind::Call)
        },
        &constant,
        &arena,
    );
    if answer.header.kind != Kind::Response {
        return Err(answer.header.code);
    }
    assert_eq!(number(answer.constant()), n, "the answer to another call");
    Ok(())
}

/// Calls a server that may die and one that does not, in turn.
fn call_both() {
    let lane = Lane::nth(0);
    let (mortal, steady) = (lane.connect("fs"), lane.connect("steady"));
    tell!("begun");
    for n in 0.. {
        ask(lane, steady, n).unwrap();
        if let Err(code) = ask(lane, mortal, n) {
            assert!(
                [Retcode::ABORT, Retcode::NOT_CONNECTED].contains(&code),
                "{code}"
            );
            // its lanes end before its process: a call in between is aborted too
            let last = (0..10)
                .map(|_| ask(lane, mortal, n))
                .find(|answer| *answer != Err(Retcode::ABORT));
            assert_eq!(last, Some(Err(Retcode::NOT_CONNECTED)));
            ask(lane, steady, n + 1).unwrap();
            tell!("bereaved");
            return wait_for_the_end();
        }
        if told_to_end() {
            return;
        }
    }
}

fn call() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    tell!("begun");
    for n in 0.. {
        ask(lane, handle, n).unwrap();
    }
}

/// The test has seen enough: it makes a file in the folder of programs.
fn told_to_end() -> bool {
    std::fs::exists(std::env::var("NK_TEST_END").unwrap()).unwrap()
}

fn wait_for_the_end() {
    while !told_to_end() {
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn rounds() -> u64 {
    std::env::var("NK_KILL_ROUNDS").map_or(1000, |n| n.parse().unwrap())
}

/// `einit` with these tasks and roles. Each process has its task's name and the folder of this world among its arguments.
fn einit(
    tasks: &[(String, image::ClassId, &str)],
    channels: Vec<image::Channel>,
    level: &str,
) -> (World, Child) {
    let plan = tasks
        .iter()
        .map(|(name, class, _)| task(name, *class))
        .collect();
    let mut world = World::with(image::with_tasks(plan, channels));
    world.cast(&tasks.iter().map(|(.., role)| *role).collect::<Vec<_>>());
    let folder = world.folder.path().to_owned();
    for task in &mut world.image.plan.tasks {
        task.args
            .extend([task.name.clone(), folder.display().to_string()]);
        task.env.push((
            "NK_TEST_END".into(),
            folder.join("end").display().to_string(),
        ));
    }
    let mut einit = Command::new(env!("CARGO_BIN_EXE_einit"));
    einit
        .arg(world.write_image())
        .args(["--isolation", level])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let einit = einit.spawn().unwrap();
    (world, einit)
}

/// Whether it is so within a second.
fn comes_true(mut is_so: impl FnMut() -> bool) -> bool {
    let since = Instant::now();
    while !is_so() {
        if since.elapsed() > HANG {
            return false;
        }
        std::thread::sleep(Duration::from_micros(300));
    }
    true
}

fn kill(pid: u32) {
    let _ = kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), Signal::KILL);
}

/// A steady server, and pairs of a client and a server of which one is killed.
fn kill_one_of_each_pair(dice: &mut Dice, level: usize) {
    let mut tasks = vec![("steady".to_owned(), SERVER, "serve_steadily")];
    let mut channels = Vec::new();
    for n in 0..PAIRS {
        let (server, client) = (1 + 2 * n, 2 + 2 * n);
        tasks.push((format!("server{n}"), SERVER, "serve"));
        tasks.push((format!("client{n}"), CLIENT, "call_both"));
        channels.extend([channel(client, server, "fs"), channel(client, 0, "steady")]);
    }
    let (world, mut einit) = einit(&tasks, channels, ["2", "3"][level]);
    let mut output = BufReader::new(einit.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    for _ in 0..PAIRS {
        output.find(|line| line.ends_with("> begun")).unwrap();
    }
    let before = processes::descriptors(einit.id());
    // at level 3 process 1 of a namespace stands between, with the kernel's arguments
    let named: Vec<(u32, String)> = processes::below(einit.id())
        .into_iter()
        .filter_map(|pid| {
            Some((
                pid,
                processes::arguments(pid)
                    .into_iter()
                    .find(|a| tasks.iter().any(|(n, ..)| n == a))?,
            ))
        })
        .collect();
    assert_eq!(named.len(), tasks.len());
    let mut victims: Vec<String> = Vec::new();
    for n in 0..PAIRS {
        victims.push(format!(
            "{}{n}",
            ["server", "client"][usize::try_from(dice.below(2)).unwrap()]
        ));
        kill(
            named
                .iter()
                .find(|(_, name)| victims.last() == Some(name))
                .unwrap()
                .0,
        );
        std::thread::sleep(Duration::from_micros(dice.below(1000)));
    }
    let left = before.map(|n| n - DESCRIPTORS[level] * PAIRS as usize);
    let settled = || left.is_none() || processes::descriptors(einit.id()) == left;
    let clean = || processes::zombies(einit.id()) == 0;
    // said below, with what everybody else has said
    let (settled, clean) = (comes_true(settled), comes_true(clean));
    let open = processes::descriptors(einit.id());
    std::fs::write(world.folder.path().join("end"), "").unwrap();
    let mut said = String::new();
    einit
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(einit.wait().unwrap().code(), Some(1));
    // whoever got a wrong answer, or waited too long, has panicked
    let mut failed: Vec<&str> = said
        .lines()
        .filter_map(|l| l.strip_prefix("einit: task "))
        .collect();
    let mut expected: Vec<_> = victims
        .iter()
        .map(|v| format!("`{v}` was ended by signal 9 (SIGKILL)"))
        .collect();
    failed.sort_unstable();
    expected.sort_unstable();
    assert_eq!(failed, expected, "{said}");
    assert!(
        settled,
        "descriptors of the dead: {before:?} before, {open:?} after {PAIRS} of them, {left:?} expected"
    );
    assert!(clean, "a zombie was left");
    assert!(processes::concerned_with(world.folder.path()).is_empty());
}

#[test]
fn after_a_kill_every_other_call_is_right_and_nothing_of_the_dead_is_left() {
    let _timed = timed();
    let mut dice = Dice::seeded_by("NK_KILL_SEED");
    let kernels = rounds().div_ceil(2 * u64::from(PAIRS));
    for n in 0..kernels {
        kill_one_of_each_pair(&mut dice, usize::from(n % 4 == 3));
    }
    println!(
        "{} programs killed under {kernels} kernels",
        kernels * u64::from(PAIRS)
    );
}

#[test]
fn when_the_kernel_is_killed_everything_is_gone_within_a_second() {
    let _timed = timed();
    let mut dice = Dice::seeded_by("NK_KILL_SEED");
    let tasks = [
        ("server".to_owned(), SERVER, "serve"),
        ("client".to_owned(), CLIENT, "call"),
    ];
    let (mut longest, mut calling) = (Duration::ZERO, 0);
    for n in 0..rounds().div_ceil(2) {
        let (world, mut einit) = einit(
            &tasks,
            vec![channel(1, 0, "fs")],
            ["2", "2", "2", "3"][usize::try_from(n % 4).unwrap()],
        );
        let mut output = BufReader::new(einit.stdout.take().unwrap());
        // while it starts, or while calls go on
        let under_calls = n % 2 == 1;
        if under_calls {
            output
                .by_ref()
                .lines()
                .find(|line| line.as_ref().unwrap().ends_with("> begun"))
                .unwrap()
                .unwrap();
            calling += 1;
        }
        std::thread::sleep(Duration::from_micros(dice.below(if under_calls {
            2_000
        } else {
            15_000
        })));
        einit.kill().unwrap();
        einit.wait().unwrap();
        let since = Instant::now();
        let folder = world.folder.path();
        let gone = comes_true(|| processes::concerned_with(folder).is_empty());
        assert!(gone, "left behind: {:?}", processes::concerned_with(folder));
        longest = longest.max(since.elapsed());
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        files.sort();
        assert_eq!(files, ["program", "solution.nki"]);
    }
    println!(
        "{calling} kernels were killed under calls; the last process was gone after {longest:?} at the latest"
    );
}
