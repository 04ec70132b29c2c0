//! What a program can say besides calls: names that it looks up, handles of the wrong end, and frames that are none.
use crate::common::image::{self, CLIENT, SERVER, channel, task};
use crate::common::wire::{Frame, Lane, blob, open, serve};
use crate::common::{Roles, World};
use nk_runtime::frame::{Header, Kind, Locate};

pub(crate) const ROLES: Roles = &[
    ("serve", serve),
    ("register_wrongly", register_wrongly),
    ("look_up", look_up),
    ("misuse_handles", misuse_handles),
    ("bad_frames", bad_frames),
];

fn look_up() {
    let lane = Lane::nth(0);
    let say = |frame: Frame| {
        tell!(
            "{} {} {}",
            frame.header.code,
            frame.header.token,
            frame.text()
        );
    };
    say(lane.locate(Locate::Connect, 0, "sf", "", &[0; 32]));
    say(lane.locate(Locate::Register, 0, "fs", "client.Client", &[0xc1; 32]));
    let handle = lane.connect("fs");
    say(lane.riid(handle, "OpsComp.FS"));
    say(lane.riid(handle, "Operations.FS"));
    say(lane.riid(handle, "OpsComp.SF"));
    say(lane.riid(handle + 1, "OpsComp.FS"));
    say(lane.locate(
        Locate::Riid,
        handle,
        "OpsComp.FS",
        "fs.Filesystem",
        &[0xab; 32],
    ));
    say(lane.ask(
        Header {
            flags: 9,
            ..Header::new(Kind::Locate)
        },
        &[0; 8],
        &[],
    ));
}

#[test]
fn a_lookup_finds_both_spellings_and_names_what_there_is() {
    let run = World::new().run(&["register_wrongly", "look_up"]);
    let lines = run.of("client");
    assert_eq!(
        lines[0],
        "rcResourceNotFound 0 task `client` calls by no channel `sf` in the solution's init.yaml (there are `fs`)"
    );
    assert_eq!(
        lines[1],
        "rcResourceNotFound 0 task `client` serves no channel `fs` in the solution's init.yaml (there is none)"
    );
    assert_eq!(lines[2..4], ["rcOk 0 ", "rcOk 0 "]);
    assert_eq!(
        lines[4],
        "rcResourceNotFound 0 class `fs.Server` has no endpoint `OpsComp.SF` (there are `OpsComp.FS`)"
    );
    assert!(lines[5].starts_with("rcInvalidArgument"));
    assert!(lines[6].starts_with("rcFail 0 the program has interface `fs.Filesystem` abababababababab, the solution has interface `fs.Filesystem` f5f5f5f5f5f5f5f5"), "{}", lines[6]);
    assert!(lines[6].contains("build"), "says what to do");
    assert!(lines[7].starts_with("rcInvalidArgument"));
    let server = run.of("server");
    assert!(
        server[0].starts_with("rcFail the program has class `fs.Server` 0000000000000000"),
        "{server:?}"
    );
    assert!(
        server[1].starts_with("rcFail the program has class `fs.Other` 5e5e5e5e5e5e5e5e"),
        "{server:?}"
    );
}

/// Registers as what it is not.
fn register_wrongly() {
    let lane = Lane::nth(0);
    for (class, digest) in [
        ("fs.Server", [0; 32]),
        ("fs.Other", crate::common::image::SERVER_DIGEST),
    ] {
        let frame = lane.locate(Locate::Register, 0, "fs", class, &digest);
        tell!("{} {}", frame.header.code, frame.text());
    }
}

fn misuse_handles() {
    let lane = Lane::nth(0);
    let (constant, arena) = open("x");
    let client = lane.connect("fs");
    let server = lane.register("back");
    tell!(
        "call on a server end {}",
        lane.call(server, &constant, &arena).outcome()
    );
    tell!("receive on a client end {}", lane.take(client).outcome());
    tell!("receive on the kernel {}", lane.take(0).outcome());
    for handle in [server + 1, u32::MAX] {
        tell!(
            "{} {}",
            lane.call(handle, &constant, &arena).outcome(),
            lane.take(handle).outcome()
        );
    }
    let hello = lane.ask(Header::new(Kind::Hello), &[], &[]).header;
    tell!("hello {} {} {}", hello.code, hello.handle, hello.token);
}

#[test]
fn a_handle_is_good_for_its_own_end_only() {
    let mut image = image::with_tasks(
        vec![task("server", SERVER), task("client", SERVER)],
        vec![channel(1, 0, "fs"), channel(0, 1, "back")],
    );
    image.tables.classes[CLIENT.index()].compat = true;
    let run = World::with(image).run(&["serve", "misuse_handles"]);
    assert_eq!(
        run.of("client"),
        [
            "call on a server end rcInvalidOperation",
            "receive on a client end rcInvalidOperation",
            "receive on the kernel rcInvalidOperation",
            "rcInvalidArgument rcInvalidArgument",
            "rcInvalidArgument rcInvalidArgument",
            "hello rcOk 4 4194304",
        ]
    );
    run.assert_said(&["messages of class `client.Client` are checked in compat mode"]);
}

fn bad_frames() {
    let lane = Lane::nth(1);
    let good = Header::new(Kind::Hello).to_bytes();
    let mut other_version = good;
    other_version[2] = 9;
    let mut kind = good;
    kind[0] = 99;
    let lengths = Header {
        constant: u32::MAX,
        arena: u32::MAX,
        ..Header::new(Kind::Call)
    }
    .to_bytes();
    let more = [&good[..], &[0; 8]].concat();
    let alone = Header::new(Kind::Continuation).to_bytes();
    let from_kernel = Header::new(Kind::Response).to_bytes();
    let cases: [&[u8]; 7] = [
        &[],
        &good[..31],
        &other_version,
        &kind,
        &more,
        &alone,
        &from_kernel,
    ];
    for packet in cases {
        lane.packet(packet);
        tell!("{}", lane.receive().header.code);
    }
    // promises 8 GiB: refused when it is interrupted by something else, and nothing was taken for it
    lane.packet(&lengths);
    lane.packet(&good);
    tell!("{}", lane.receive().header.code);
    tell!(
        "{}",
        lane.ask(Header::new(Kind::Hello), &[], &[]).header.code
    );
    // a message over the quota: refused after its last packet
    let (constant, arena) = blob((5 << 20) + 1);
    tell!("{}", lane.call(1, &constant, &arena).outcome());
}

#[test]
fn frames_that_are_none_are_refused_and_the_lane_stays_usable() {
    let run = World::new().run(&["serve", "bad_frames"]);
    let mut expected = vec!["rcInvalidArgument"; 8];
    expected.extend(["rcOk", "rcBufferTooLarge"]);
    assert_eq!(run.of("client"), expected);
}
