//! The connection of a whole process: this test program, started again with its lanes where `einit` leaves them.
use crate::kernel::Lane;
use nk_runtime::frame::{FOREVER, Header, Kind};
use nk_runtime::host::{self, Error, Parts, ipc};
use std::process::{Child, Command, Stdio};

/// Says which part another process of this program plays; without it the parts are no tests.
const PART: &str = "NK_TEST_PART";

fn plays(part: &str) -> bool {
    std::env::var_os(PART).is_some_and(|p| p == part)
}
/// This program with only one of its tests, after the shell has set up its descriptors. (Those of this process are no
/// use: any of them can be the socket of another test.)
fn other_process(part: &str, descriptors: &str) -> Command {
    let mut command = Command::new("sh");
    command.args([
        "-c",
        &format!("exec \"$0\" --exact process::{part} {descriptors} </dev/null 1>&2"),
    ]);
    command
        .arg(std::env::current_exe().unwrap())
        .env(PART, part)
        .stderr(Stdio::piped());
    command
}
fn succeeds(process: Child) {
    let output = process.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_process_that_einit_did_not_start_is_told_how_it_is_started() {
    succeeds(other_process("without_lanes", "3<&-").spawn().unwrap());
    succeeds(
        other_process("without_lanes", "3</dev/null")
            .spawn()
            .unwrap(),
    );
}

#[test]
fn without_lanes() {
    if !plays("without_lanes") {
        return;
    }
    let message = "this program is started by einit: run `einit SOLUTION`, which starts the programs of a solution and \
                   connects them";
    assert_eq!(
        host::connect("server_connection").unwrap_err().to_string(),
        message
    );
    assert_eq!(
        host::register::<crate::class::Class>("server_connection").unwrap_err(),
        Error::NotStarted
    );
    assert_eq!(ipc::recv(0, &mut []), Err(Error::NotStarted));
    let ended: std::result::Result<(), Error> = Err(Error::NotStarted);
    assert_eq!(
        format!("{ended:?}"),
        format!("Err({message})"),
        "what `main` prints when it returns the error"
    );
}

#[test]
fn a_program_finds_its_lanes_from_descriptor_3_on_and_keeps_them_from_its_children() {
    let (first, kernel) = Lane::pair();
    let (second, other) = Lane::pair();
    let process = other_process("with_lanes", "3<&0 4<&1")
        .stdin(first)
        .stdout(second)
        .spawn()
        .unwrap();
    kernel.welcome(2);
    assert_eq!(other.receive().unwrap().header.kind, Kind::Locate);
    other.send(
        Header {
            handle: 21,
            ..Header::new(Kind::Result)
        },
        &[],
        &[],
    );
    for _ in 0..2 {
        let frame = other.receive().unwrap();
        other.echo(&frame);
    }
    succeeds(process);
    assert_eq!(
        (kernel.receive(), other.receive()),
        (None, None),
        "both lanes have ended with the process"
    );
}

#[test]
fn with_lanes() {
    if !plays("with_lanes") {
        return;
    }
    let channel = host::connect("server_connection").unwrap();
    assert_eq!(channel.handle(), 21);
    let (mut room, request) = (
        [0; 40],
        Parts {
            constant: &[1; 24],
            arena: &[2; 10],
        },
    );
    for _ in 0..2 {
        let size = ipc::call(channel.handle(), request, &mut room, FOREVER).unwrap();
        assert_eq!(size.of(&room)[20..30], [1, 1, 1, 1, 2, 2, 2, 2, 2, 2]);
    }
    let traceable = rustix::process::dumpable_behavior().unwrap();
    assert_eq!(
        traceable,
        rustix::process::DumpableBehavior::NotDumpable,
        "others of the user cannot trace it"
    );
    let inherits = Command::new("sh")
        .args(["-c", "test -e /proc/self/fd/3 || test -e /proc/self/fd/4"])
        .status();
    assert_eq!(
        inherits.unwrap().code(),
        Some(1),
        "programs that this one starts do not get its lanes"
    );
}
