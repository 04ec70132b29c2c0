//! Connecting, calling and closing again and again: after ten thousand times nobody has more than after a thousand.
use crate::common::exchange::*;
use crate::common::{ROLE, Roles, arguments, processes, role_here};
use nk_core::{cm, handle};
use nk_kernel::Isolation;
use nk_runtime::Riid;
use nk_runtime::frame::FOREVER;
use nk_runtime::host::{Parts, ipc};
use std::process::Command;

/// Cycles; `NK_CYCLES` says how many instead.
const CYCLES: u32 = 10_000;

fn cycles() -> u32 {
    std::env::args()
        .find_map(|argument| argument.strip_prefix("cycles=")?.parse().ok())
        .unwrap_or(CYCLES)
}

pub(crate) const ROLES: Roles = &[
    ("accept_many", accept_many),
    ("cycle", cycle),
    ("kernel", kernel),
];

fn accept_many() {
    let mut listener = None;
    for _ in 0..cycles() {
        let client = cm::listen(FOREVER).unwrap();
        let end = cm::accept(listener, &client, Riid(0)).unwrap();
        let by = *listener.get_or_insert(end);
        let (received, request) = receive(by).unwrap();
        let answer = message(ECHO, &[], Some(number(&request)));
        ipc::reply(received.token, Parts::of(&answer)).unwrap();
        if end != by {
            handle::close(end).unwrap();
        }
    }
}

/// Descriptors and resident pages of the kernel and of this program.
fn holdings() -> [usize; 4] {
    let (own, kernel) = (std::process::id(), std::os::unix::process::parent_id());
    let of = |pid| {
        (
            processes::descriptors(pid).unwrap(),
            usize::try_from(processes::resident(pid)).unwrap(),
        )
    };
    let ((a, b), (c, d)) = (of(kernel), of(own));
    [a, c, b, d]
}

fn cycle() {
    let (mut before, mut after) = ([0; 4], [0; 4]);
    for n in 0..cycles() {
        if n == cycles().isqrt() * 10 {
            before = holdings();
        }
        // after the last one the server ends
        if n == cycles() - 1 {
            after = holdings();
        }
        let channel = cm::connect("Server", "exchange", FOREVER).unwrap().channel;
        assert_eq!(echo(channel.handle(), n), n.to_string());
        handle::close(channel.handle()).unwrap();
    }
    tell!("descriptors {}", before[..2] == after[..2]);
    // what the allocator takes late is a few pages; a leak of as little as 64 bytes a cycle would be more than this
    tell!(
        "memory {}",
        before[2..]
            .iter()
            .zip(&after[2..])
            .all(|(before, after)| after - before.min(after) < 128)
    );
    tell!("{before:?} {after:?}");
}

/// Runs the kernel, in a process where no other test has any.
fn kernel() {
    const { assert!(CYCLES > 10 * nk_kernel::core::MAX_HANDLES) };
    let mut world = world(POLICY, &["Client", "Server"], &[]);
    // the client looks at what the kernel holds
    world.isolation = Isolation::Basic;
    cast(
        &mut world,
        &[("Server", "accept_many"), ("Client", "cycle")],
        |_| {
            std::env::var("NK_CYCLES")
                .map(|cycles| format!("cycles={cycles}"))
                .into_iter()
                .collect()
        },
    );
    let run = world.go();
    let lines = run.of("Client");
    assert_eq!(lines[..2], ["descriptors true", "memory true"], "{lines:?}");
    println!("{}", lines[2]);
    run.assert_clean();
}

#[test]
fn connecting_and_closing_again_and_again_costs_nobody_anything() {
    let alone = Command::new(std::env::current_exe().unwrap())
        .args(arguments())
        .env(ROLE, role_here("kernel"))
        .status()
        .unwrap();
    assert!(alone.success());
}
