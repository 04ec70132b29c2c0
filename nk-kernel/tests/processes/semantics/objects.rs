//! The rows of the code table about handles and the kernel's methods: each side shows each, and the next call works.
use super::exchange::{self, EXCHANGE_HANDLE, echo};
use nk_core::handle::{self, Provided};
use nk_core::nk::kl::core::core::SYNC_SYNC;
use nk_core::nk::kl::core::sync::{Proxy, Sync};
use nk_core::notice::{USER, raise};
use nk_runtime::frame::FOREVER;
use nk_runtime::host::{Error, Parts, ipc};
use nk_runtime::{Retcode, Rights, Riid};

pub(crate) const ROLES: crate::common::Roles = &[("objects_serve", serve), ("objects_call", call)];

const NAMES: [&str; 4] = [
    "1 a closed handle",
    "2 a revoked handle",
    "3 a right that is missing",
    "4 not offered",
];

fn code<T>(result: Result<T, Error>) -> Retcode {
    result.map_or_else(|e| e.retcode(), |_| Retcode::OK)
}

/// What each program can show on handles of its own: `calls` is a listener, if it has one.
fn rows(listener: Option<u32>) -> [Retcode; 4] {
    let rights = Rights::COPY.and(Rights::CALL);
    let calls = listener.map(|listener| (listener, Riid(0)));
    let own = || {
        handle::user_object(Provided {
            rights,
            calls,
            ..Provided::default()
        })
        .unwrap()
    };
    let closed = own();
    handle::close(closed).unwrap();
    let (revoked, copied) = (own(), Rights::COPY);
    let copy = handle::copy(revoked, copied, None).unwrap();
    handle::revoke(revoked).unwrap();
    let woken = Proxy::new(nk_core::channel().unwrap(), SYNC_SYNC)
        .wake(0, 1)
        .unwrap();
    [
        code(handle::copy(closed, Rights::NONE, None)),
        code(handle::copy(copy, Rights::NONE, None)),
        code(raise(own(), USER)),
        Retcode(woken.rc),
    ]
}

fn serve() {
    let codes = rows(Some(EXCHANGE_HANDLE));
    let mut room = [0; 64];
    for (name, code) in NAMES.iter().zip(codes) {
        tell!("{name}: {code}");
        let received = ipc::recv(EXCHANGE_HANDLE, &mut room).unwrap();
        ipc::reply(received.token, Parts::of(&echo(42))).unwrap();
    }
}

fn call() {
    let codes = rows(None);
    for (name, code) in NAMES.iter().zip(codes) {
        tell!("{name}: {code}");
        let mut room = [0; 64];
        let size = ipc::call(EXCHANGE_HANDLE, Parts::of(&echo(41)), &mut room, FOREVER).unwrap();
        assert_eq!(size.of(&room)[24], 42, "the call after: {name}");
    }
}

#[test]
fn what_handles_and_methods_do_not_allow_has_its_code_on_both_sides_and_the_next_call_works() {
    let run = exchange::run("objects_serve", "objects_call");
    let codes = [
        "rcInvalidArgument",
        "rcHandleRevoked",
        "rcNoCapability",
        "rcUnimplemented",
    ];
    let expected: Vec<String> = NAMES
        .iter()
        .zip(codes)
        .map(|(name, code)| format!("{name}: {code}"))
        .collect();
    assert_eq!(run.of("Server"), expected);
    assert_eq!(run.of("Client"), expected);
    run.assert_clean();
}
