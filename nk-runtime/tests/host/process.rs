//! The connection of a whole process: this test program, started again with its lanes where `einit` leaves them.
use crate::kernel::Lane;
use nk_runtime::frame::{FOREVER, Header, Kind};
use nk_runtime::host::{self, Error, Parts, ipc};
use std::process::{Command, Stdio};

/// Set in a process that has lanes.
const STARTED: &str = "NK_TEST_STARTED_WITH_LANES";

#[test]
fn a_process_that_einit_did_not_start_is_told_how_it_is_started() {
    if std::env::var_os(STARTED).is_some() {
        return;
    }
    let message = "this program is started by einit: run `einit SOLUTION`, which starts the programs of a solution and \
                   connects them";
    assert_eq!(host::connect("server_connection").unwrap_err().to_string(), message);
    assert_eq!(host::register::<crate::class::Class>("server_connection").unwrap_err(), Error::NotStarted);
    assert_eq!(ipc::recv(0, &mut []), Err(Error::NotStarted));
    let ended: std::result::Result<(), Error> = Err(Error::NotStarted);
    assert_eq!(format!("{ended:?}"), format!("Err({message})"), "what `main` prints when it returns the error");
}

/// Not a test by itself: what the other process does.
#[test]
fn the_process_with_lanes() {
    if std::env::var_os(STARTED).is_none() {
        return;
    }
    let channel = host::connect("server_connection").unwrap();
    assert_eq!(channel.handle(), 21);
    let (mut room, request) = ([0; 40], Parts { constant: &[1; 24], arena: &[2; 10] });
    for _ in 0..2 {
        let size = ipc::call(channel.handle(), request, &mut room, FOREVER).unwrap();
        assert_eq!(size.of(&room)[20..30], [1, 1, 1, 1, 2, 2, 2, 2, 2, 2]);
    }
    let inherits = Command::new("sh").args(["-c", "test -e /proc/self/fd/3 || test -e /proc/self/fd/4"]).status();
    assert_eq!(inherits.unwrap().code(), Some(1), "programs that this one starts do not get its lanes");
}

#[test]
fn a_program_finds_its_lanes_from_descriptor_3_on_and_keeps_them_from_its_children() {
    let (first, kernel) = Lane::pair();
    let (second, other) = Lane::pair();

    let child = Command::new("sh")
        .args(["-c", "exec \"$0\" --exact process::the_process_with_lanes 3<&0 4<&1 0</dev/null 1>&2"])
        .arg(std::env::current_exe().unwrap())
        .env(STARTED, "1")
        .stdin(Stdio::from(first))
        .stdout(Stdio::from(second))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    kernel.welcome(2);
    let (locate, rest) = (other.receive().unwrap().header.kind, other);
    assert_eq!(locate, Kind::Locate);
    rest.send(Header { handle: 21, ..Header::new(Kind::Result) }, &[], &[]);
    for _ in 0..2 {
        let frame = rest.receive().unwrap();
        rest.echo(&frame);
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!((kernel.receive(), rest.receive()), (None, None), "both lanes have ended with the process");
}
