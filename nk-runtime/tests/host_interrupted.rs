//! A signal in the middle of a system call. Alone in its process, because it stops the whole of it.
#![cfg(feature = "host")]
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use nk_runtime::frame::{FOREVER, Header, Kind, MAX_PACKET};
use nk_runtime::host::{Connection, Parts, Size};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socketpair, sockopt,
};
use std::time::Duration;

/// A socket with a time limit answers `EINTR` after its process was stopped and continued (signal(7)), which needs no handler.
#[test]
fn an_interrupted_call_waits_on_and_is_sent_once() {
    let (end, kernel) = socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        SocketFlags::CLOEXEC,
        None,
    )
    .unwrap();
    sockopt::set_socket_timeout(
        &end,
        sockopt::Timeout::Recv,
        Some(Duration::from_secs(1000)),
    )
    .unwrap();
    let next = move |buffer: &mut Vec<u8>| {
        buffer.resize(MAX_PACKET, 0);
        let (n, _) = recv(&kernel, &mut buffer[..], RecvFlags::empty()).unwrap();
        buffer.truncate(n);
        kernel.try_clone().unwrap()
    };
    let script = std::thread::spawn(move || {
        let mut packet = Vec::new();
        let hello = Header {
            handle: 1,
            token: 1 << 20,
            ..Header::new(Kind::Result)
        };
        send(next(&mut packet), &hello.to_bytes(), SendFlags::empty()).unwrap();
        let kernel = next(&mut packet);
        assert_eq!(Header::from_bytes(&packet).unwrap().handle, 5);
        stop_and_continue();
        let resent = recv(&kernel, &mut [0; 64][..], RecvFlags::DONTWAIT);
        assert_eq!(
            resent.map(|_| ()),
            Err(rustix::io::Errno::AGAIN),
            "nothing was sent a second time"
        );
        let response = Header {
            constant: 24,
            ..Header::new(Kind::Response)
        };
        send(
            &kernel,
            &[&response.to_bytes()[..], &[3; 24]].concat(),
            SendFlags::empty(),
        )
        .unwrap();
    });
    let program = Connection::over([end]).unwrap();
    let mut room = [0; 24];
    let size = program.call(
        5,
        Parts {
            constant: &[1; 24],
            arena: &[],
        },
        &mut room,
        FOREVER,
    );
    assert_eq!(
        (size, room),
        (
            Ok(Size {
                constant: 24,
                arena: 0
            }),
            [3; 24]
        )
    );
    script.join().unwrap();
}

/// Stops this process for a moment, from outside.
fn stop_and_continue() {
    let shell = format!(
        "kill -STOP {0}; sleep 0.1; kill -CONT {0}",
        std::process::id()
    );
    // the caller is stopped as well, wherever it then is
    let mut child = std::process::Command::new("sh")
        .args(["-c", &shell])
        .spawn()
        .unwrap();
    assert!(child.wait().unwrap().success());
    std::thread::sleep(Duration::from_millis(50));
}
