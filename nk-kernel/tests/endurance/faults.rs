//! System calls of the kernel that fail, or during which it is killed: every run ends in a documented state, no program is
//! left, and no call gets a wrong answer.
//!
//! `strace` makes the calls fail; where it is not installed this is said and nothing is tried. `NK_FAULT_RUNS` says how many
//! runs on each level (100 unless it says otherwise), `NK_FAULT_SEED` repeats them.
use crate::common::image::{self, CLIENT, SERVER, channel, task};
use crate::common::processes;
use crate::common::wire::{Lane, number, open, opened};
use crate::common::{Dice, Roles, World};
use nk_runtime::frame::Kind;
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

pub(crate) const ROLES: Roles = &[("serve", serve), ("call", call)];

/// Answers each request with its number, and ends when something goes wrong.
fn serve() {
    let lane = Lane::nth(0);
    let handle = lane.register("fs");
    loop {
        let request = lane.take(handle);
        if request.header.kind != Kind::Request {
            return;
        }
        let n = String::from_utf8_lossy(request.arena())
            .trim_end_matches('\0')
            .parse()
            .unwrap();
        lane.reply(request.header.token, &opened(n), &[]);
    }
}

/// Ten calls. A wrong answer is said; that there is none is not wrong here.
fn call() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    for n in 0..10 {
        let (constant, arena) = open(&n.to_string());
        let answer = lane.call(handle, &constant, &arena);
        if answer.header.kind == Kind::Response && number(answer.constant()) != n {
            tell!("wrong: {} instead of {n}", number(answer.constant()));
        }
    }
}

/// What can go wrong with any call.
const ERRORS: [&str; 9] = [
    "EINTR", "EAGAIN", "ENOMEM", "ENOBUFS", "EIO", "EMFILE", "EPERM", "EINVAL", "ENOSYS",
];
/// Calls whose failure the Rust library or the C library answers with an abort.
const VITAL: [&str; 6] = [
    "mmap",
    "munmap",
    "mremap",
    "madvise",
    "rt_sigprocmask",
    "sigaltstack",
];
/// Calls that the system does not let fail in this way, and on which libraries rely: here the kernel is only killed.
const RELIABLE: [&str; 3] = ["futex", "brk", "close"];
/// Calls that cannot fail as they are made here; of limits, only the process's own are asked for.
const SURE: [&str; 7] = [
    "getpid",
    "gettid",
    "getppid",
    "getuid",
    "getgid",
    "exit_group",
    "prlimit64",
];
/// Longer than any run without a fault by far; a client that is not answered would wait for ever.
const HANG: Duration = Duration::from_secs(10);

fn world() -> World {
    let tasks = vec![task("server", SERVER), task("client", CLIENT)];
    let mut world = World::with(image::with_tasks(tasks, vec![channel(1, 0, "fs")]));
    world.cast(&["serve", "call"]);
    let folder = world.folder.path().display().to_string();
    for task in &mut world.image.plan.tasks {
        task.args.push(folder.clone());
    }
    world
}

/// `einit` under strace; what it printed, and how it ended.
fn einit(image: &Path, level: &str, strace: &[String]) -> (String, ExitStatus) {
    let folder = image.parent().unwrap();
    let said = folder.join("said");
    let file = std::fs::File::create(&said).unwrap();
    let mut command = Command::new("strace");
    command
        .args(strace)
        .arg(env!("CARGO_BIN_EXE_einit"))
        .arg(image)
        .args(["--isolation", level]);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(file.try_clone().unwrap())
        .stderr(file)
        .spawn()
        .unwrap();
    let since = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if since.elapsed() > HANG {
            for pid in processes::concerned_with(folder) {
                let _ = Command::new("/bin/kill")
                    .args(["-KILL", &pid.to_string()])
                    .status();
            }
            let _ = child.wait();
            panic!(
                "{strace:?} at level {level}: no end\n{}",
                std::fs::read_to_string(&said).unwrap_or_default()
            );
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    (std::fs::read_to_string(&said).unwrap_or_default(), status)
}

/// How often the kernel makes each call: before it reads the image, which is the loader's and the library's part, and in all.
fn calls(image: &Path, level: &str) -> BTreeMap<String, (u32, u32)> {
    let log = image.with_file_name("log");
    let (said, status) = einit(image, level, &["-o".into(), log.display().to_string()]);
    assert!(status.success(), "{status}: {said}");
    let log = std::fs::read_to_string(log).unwrap();
    let mut calls: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    let mut begun = false;
    for line in log.lines() {
        begun |= line.contains("solution.nki") && line.starts_with("open");
        let Some((name, _)) = line
            .split_once('(')
            .filter(|(name, _)| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
        else {
            continue;
        };
        let (before, all) = calls.entry(name.to_owned()).or_default();
        *all += 1;
        *before += u32::from(!begun);
    }
    calls.retain(|name, (before, all)| before < all && !SURE.contains(&name.as_str()));
    calls
}

/// 0 and 1: it went on without, or programs suffered; 3, 4, 5, 70: it said that it cannot.
fn is_documented(status: ExitStatus, call: &str, killed: bool) -> bool {
    match (status.code(), status.signal()) {
        (Some(code), _) => [0, 1, 3, 4, 5, 70].contains(&code),
        (None, Some(libc::SIGKILL)) => killed,
        (None, Some(libc::SIGABRT)) => VITAL.contains(&call),
        _ => false,
    }
}

#[test]
fn whatever_call_of_the_kernel_fails_the_run_ends_as_documented_and_leaves_nothing() {
    faults("2");
}

#[test]
fn so_it_does_at_level_3() {
    faults("3");
}

fn faults(level: &str) {
    if Command::new("strace")
        .arg("-V")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_err()
    {
        println!("strace is not installed: no call was made to fail");
        return;
    }
    let mut dice = Dice::seeded_by("NK_FAULT_SEED");
    let runs = std::env::var("NK_FAULT_RUNS").map_or(100, |n| n.parse().unwrap());
    let world = world();
    let image = world.write_image();
    let calls: Vec<_> = calls(&image, level).into_iter().collect();
    let mut pick = |n: usize| usize::try_from(dice.below(n.try_into().unwrap())).unwrap();
    let mut endings: BTreeMap<String, u32> = BTreeMap::new();
    for _ in 0..runs {
        let (call, (before, all)) = &calls[pick(calls.len())];
        let nth = before + 1 + u32::try_from(pick((all - before) as usize)).unwrap();
        let killed = pick(4) == 0 || RELIABLE.contains(&call.as_str());
        let fault = if killed {
            "signal=KILL".to_owned()
        } else {
            format!("error={}", ERRORS[pick(ERRORS.len())])
        };
        let inject = format!("inject={call}:{fault}:when={nth}");
        let log = image.with_file_name("log").display().to_string();
        let (said, status) = einit(
            &image,
            level,
            &["-o".into(), log, "-e".into(), inject.clone()],
        );
        assert!(
            is_documented(status, call, killed),
            "{inject} at level {level}: {status}\n{said}"
        );
        assert!(
            !said.contains("wrong: ") && !said.contains("einit panicked"),
            "{inject}: {said}"
        );
        let since = Instant::now();
        while !processes::concerned_with(world.folder.path()).is_empty() {
            assert!(
                since.elapsed() < Duration::from_secs(1),
                "{inject} at level {level}: something is left"
            );
            std::thread::sleep(Duration::from_millis(1));
        }
        *endings.entry(status.to_string()).or_default() += 1;
    }
    println!("{runs} runs at level {level}: {endings:?}");
}
