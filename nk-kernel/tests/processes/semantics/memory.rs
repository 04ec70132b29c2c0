//! A kernel without memory: whoever asked for too much is told, both sides go on, and so does the kernel.
use crate::common::World;
use crate::common::wire::{Frame, Lane, blob, number, open, opened};
use nk_runtime::frame::Kind;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

pub(crate) const ROLES: crate::common::Roles = &[("memory_serve", serve), ("memory_call", call)];

/// More than the kernel may still take.
const MUCH: usize = 3 << 20;
const MARGIN: u64 = 1 << 20;

fn await_limit() {
    let file = std::env::var("NK_TEST_FILE").unwrap();
    while !Path::new(&file).exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn ordinary(lane: Lane, handle: u32) {
    let answer = lane.call(handle, &open("x").0, b"x\0");
    assert_eq!(
        (answer.outcome().as_str(), number(answer.constant())),
        ("Response", 42)
    );
}

fn call() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    ordinary(lane, handle);
    tell!("ready");
    await_limit();
    let (constant, arena) = blob(MUCH);
    let said = |frame: Frame| tell!("{}", frame.outcome());
    said(lane.call(handle, &constant, &arena));
    ordinary(lane, handle);
    // the server answers this with as much
    said(lane.call(handle, &blob(1).0, &blob(1).1));
    ordinary(lane, handle);
}

fn serve() {
    let lane = Lane::nth(0);
    let handle = lane.register("fs");
    loop {
        let request = lane.take(handle);
        match (request.header.kind, request.constant().get(2)) {
            (Kind::Request, Some(0)) => {
                assert_eq!(
                    lane.reply(request.header.token, &opened(42), &[])
                        .to_string(),
                    "rcOk"
                );
            }
            (Kind::Request, _) => {
                let (constant, arena) = blob(MUCH);
                tell!("{}", lane.reply(request.header.token, &constant, &arena));
            }
            _ => return tell!("{}", request.outcome()),
        }
    }
}

/// Bytes of address space that a process has.
fn size(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmSize:"))
        .unwrap();
    1024 * line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
}

#[test]
fn a_kernel_without_memory_tells_who_asked_for_it_and_the_next_call_works() {
    let mut world = World::new();
    world.cast(&["memory_serve", "memory_call"]);
    let file = world.folder.path().join("limited");
    world.image.plan.tasks[1]
        .env
        .push(("NK_TEST_FILE".into(), file.to_str().unwrap().into()));
    let mut einit = Command::new(env!("CARGO_BIN_EXE_einit"));
    let einit = einit
        .arg(world.write_image())
        .args(["--isolation", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut einit = einit.spawn().unwrap();
    let pid = Pid::from_child(&einit);
    let mut told = Vec::new();
    for line in BufReader::new(einit.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap)
    {
        let Some((task, line)) = line
            .strip_prefix('[')
            .and_then(|line| line.split_once("] > "))
        else {
            continue;
        };
        if line == "ready" {
            let limit = Rlimit {
                current: Some(size(einit.id()) + MARGIN),
                maximum: None,
            };
            prlimit(Some(pid), Resource::As, limit).unwrap();
            std::fs::write(&file, "").unwrap();
        } else {
            told.push(format!("{task} {line}"));
        }
    }
    assert_eq!(einit.wait().unwrap().code(), Some(0), "{told:?}");
    let (client, server): (Vec<_>, Vec<_>) =
        told.iter().partition(|line| line.starts_with("client"));
    assert_eq!(client, ["client rcOutOfMemory", "client rcFail"]);
    assert_eq!(server, ["server rcOutOfMemory", "server rcNotConnected"]);
}
