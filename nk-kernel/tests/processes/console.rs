//! What reaches the terminal: whole, in the right name, and never at the cost of the kernel's other work.
use crate::common::wire::{Lane, open};
use crate::common::{Roles, World};
use nk_runtime::Retcode;
use nk_runtime::frame::{Header, Kind, Locate};
use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Environment variable with a file that a program makes when it has done its part.
const DONE: &str = "NK_TEST_DONE";
const LINES: usize = 20_000;

pub(crate) const ROLES: Roles = &[
    ("finish", || ()),
    ("flood", flood),
    ("call_with_timeout", call_with_timeout),
    ("many_lines", many_lines),
    ("forge", forge),
    ("look_up_long_names", look_up_long_names),
    ("say", || println!("something")),
];

/// `einit` with these roles, not yet started.
fn einit(roles: &[&str]) -> (World, Command, PathBuf) {
    let mut world = World::new();
    world.cast(roles);
    let done = world.folder.path().join("done");
    for task in &mut world.image.plan.tasks {
        task.env.push((DONE.into(), done.to_str().unwrap().into()));
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_einit"));
    // level 1: the programs leave files
    command
        .arg(world.write_image())
        .args(["--isolation", "1"])
        .stdin(Stdio::null());
    (world, command, done)
}

fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[track_caller]
fn ends_on_request(einit: &mut Child) {
    Command::new("/bin/kill")
        .args(["-TERM", &einit.id().to_string()])
        .status()
        .unwrap();
    wait_for("a request to end is heard", || {
        einit.try_wait().unwrap().is_some()
    });
    assert_eq!(einit.wait().unwrap().code(), Some(143));
}

fn flood() {
    let line = "x".repeat(200);
    loop {
        println!("{line}");
        eprintln!("{line}");
    }
}

/// Calls a server that does not answer, many times.
fn call_with_timeout() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    let (constant, arena) = open("x");
    for _ in 0..20 {
        let header = Header {
            handle,
            token: 100,
            timeout: 10,
            ..Header::new(Kind::Call)
        };
        assert_eq!(
            lane.ask(header, &constant, &arena).header.code,
            Retcode::TIMEOUT
        );
    }
    File::create(std::env::var(DONE).unwrap()).unwrap();
}

#[test]
fn a_terminal_that_nobody_reads_stops_the_program_that_writes_and_nobody_else() {
    let (_world, mut command, done) = einit(&["flood", "call_with_timeout"]);
    let mut einit = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for("calls and timeouts go on", || done.exists());
    ends_on_request(&mut einit);
}

fn many_lines() {
    let mut out = std::io::stdout().lock();
    // after what the test harness has begun
    writeln!(out).unwrap();
    for i in 0..LINES {
        writeln!(out, "line {i} {}", "x".repeat(100)).unwrap();
    }
    File::create(std::env::var(DONE).unwrap()).unwrap();
}

#[test]
fn a_slow_reader_gets_every_line_after_the_programs_have_ended_too() {
    let (_world, mut command, done) = einit(&["many_lines", "finish"]);
    let mut einit = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert!(!done.exists(), "the program waits");
    let mut shown = String::new();
    einit
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut shown)
        .unwrap();
    let numbers = shown.lines().filter_map(|l| {
        l.strip_prefix("[server] line ")?
            .split(' ')
            .next()?
            .parse::<usize>()
            .ok()
    });
    assert!(numbers.eq(0..LINES), "every line, in order");
    assert_eq!(einit.wait().unwrap().code(), Some(0));
}

#[test]
fn lines_that_cannot_be_written_are_told_and_are_the_exit_code() {
    let (_world, mut command, _) = einit(&["say", "say"]);
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = command
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        said.matches("standard output cannot be written (No space left on device")
            .count(),
        1,
        "{said}"
    );
    assert_eq!(output.status.code(), Some(3));
}

fn forge() {
    print!("\nx\r[client] mine\u{1b}[2K\u{9b}1A\u{202e}\tend\r\neinit: denied\n");
    std::io::stdout().write_all(b"\xff\xfe\n").unwrap();
}

#[test]
fn a_program_cannot_speak_in_another_name() {
    let (_world, mut command, _) = einit(&["forge", "finish"]);
    let output = command.output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(
        shown.contains("\n[server] x\\u{d}[client] mine\\u{1b}[2K\\u{9b}1A\\u{202e}\tend\n"),
        "{shown}"
    );
    assert!(
        shown.contains("\n[server] einit: denied\n[server] \u{fffd}\u{fffd}\n"),
        "{shown}"
    );
    assert!(
        shown
            .lines()
            .all(|l| l.starts_with("[server] ") || l.starts_with("[client] ")),
        "{shown}"
    );
}

/// Thousands of lookups of names that would look like sentences of the kernel.
fn look_up_long_names() {
    let name = "\neinit: \u{1b}[2Jforged ".repeat(20);
    for _ in 0..2000 {
        let frame = Lane::nth(0).locate(Locate::Connect, 0, &name, "", &[0; 32]);
        assert_eq!(frame.header.code, Retcode::RESOURCE_NOT_FOUND);
    }
}

#[test]
fn names_in_lookups_are_shown_short_and_harmless_and_not_without_end() {
    let (_world, mut command, _) = einit(&["look_up_long_names", "finish"]);
    let output = command
        .args(["--verbose", "--no-throttle"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let kernels =
        |l: &str| l.starts_with("einit: ") && !l.contains("einit: forged") && !l.contains('\u{1b}');
    assert!(
        said.lines()
            .all(|l| kernels(l) || l.starts_with("[server] ") || l.starts_with("[client] ")),
        "{said}"
    );
    assert!(
        said.contains("calls by no channel `\\u{a}einit: \\u{1b}[2Jforged"),
        "{said}"
    );
    let lookups = said
        .lines()
        .filter(|l| l.contains("lookup of task"))
        .count();
    assert!((100..2000).contains(&lookups), "{lookups}");
    assert!(said.lines().all(|l| l.len() < 1000));
    assert!(
        said.contains("more lookups of task `server` not shown"),
        "{said}"
    );
}
