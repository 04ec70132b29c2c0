//! What users write, for both descriptions.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "tests fail by panicking"
)]
use nk_runtime::{Dispatch, Error, Fault, Handle, InProcess, Mode, Transport};
use nk_tests::farm::farm::probe::Probe;
use nk_tests::farm::farm::sensor::{
    self, ListBuf, ListOut, ListRes, PutError, Reading, Sensor, Setting,
};
use nk_tests::farm::farm::station::{self, Station};
use nk_tests::filesystem::filesystem::{self, Filesystem};
use nk_tests::filesystem::operations::Operations;
use nk_tests::filesystem::server::{self, Server};

// ---- (1) the Filesystem example ------------------------------------------------------------------------------

struct Disk {
    next: u32,
}
impl Filesystem for Disk {
    fn open(&mut self, name: &str) -> nk_runtime::Result<u32> {
        if name.is_empty() {
            return Err(nk_runtime::Failed.into());
        }
        self.next += 1;
        Ok(self.next)
    }
}

/// A client does not know whether the component is linked in or behind a channel.
fn open_twice(fs: &mut impl Filesystem) -> nk_runtime::Result<(u32, u32)> {
    Ok((fs.open("/etc/hosts")?, fs.open("имя")?))
}

#[test]
fn open_works_through_a_channel_and_directly() {
    let server = Server::new(Operations::new(Disk { next: 0 }));
    let mut channel = InProcess::<_, { server::REQUEST_MAX }>::new(server, Mode::Strict);
    let riid = channel.riid("OpsComp.FS").unwrap();
    assert_eq!(riid, server::OPS_COMP_FS);
    let mut fs = filesystem::Proxy::new(&mut channel, riid);
    assert_eq!(open_twice(&mut fs), Ok((1, 2)));
    assert_eq!(fs.open(""), Err(Error::Method(nk_runtime::Failed)));
    assert_eq!(open_twice(&mut Disk { next: 4 }), Ok((5, 6)));
    // a trait object works as well
    let boxed: &mut dyn Filesystem = &mut Disk { next: 0 };
    assert_eq!(open_twice(&mut { boxed }), Ok((1, 2)));
}

#[test]
fn a_name_beyond_its_bound_never_leaves_the_client() {
    let mut channel = InProcess::<_, { server::REQUEST_MAX }>::new(
        Server::new(Operations::new(Disk { next: 0 })),
        Mode::Strict,
    );
    let mut fs = filesystem::Proxy::new(&mut channel, server::OPS_COMP_FS);
    assert_eq!(fs.open(&"x".repeat(256)), Ok(1));
    assert!(matches!(
        fs.open(&"x".repeat(257)),
        Err(Error::Call(Fault::TooLarge(_)))
    ));
}

// ---- (2) the Sensor example ----------------------------------------------------------------------------------

struct Row {
    kind: u8,
    stamp: u64,
    label: String,
}
#[derive(Default)]
struct Board {
    rows: Vec<Row>,
    period: u32,
    blob: Vec<u8>,
}
impl Sensor for Board {
    fn put(
        &mut self,
        slot: u32,
        owner: Handle,
        r: Reading<'_>,
    ) -> nk_runtime::Result<u16, PutError> {
        if owner.is_invalid() {
            return Err(PutError { status: -13 }.into());
        }
        let row = Row {
            kind: r.kind,
            stamp: r.stamp,
            label: r.label.to_owned(),
        };
        self.rows.insert((slot as usize).min(self.rows.len()), row);
        Ok(u16::try_from(self.rows.len()).unwrap())
    }
    fn list<'r>(&mut self, first: u16, out: ListOut<'r>) -> nk_runtime::Result<ListRes<'r>> {
        out.reply(self.rows.iter().skip(first.into()).map(|r| Reading {
            kind: r.kind,
            stamp: r.stamp,
            label: &r.label,
        }))
    }
    fn tune(&mut self, s: Setting<'_>) -> nk_runtime::Result<()> {
        match s {
            Setting::Period(ms) => self.period = ms,
            Setting::Blob(b) => self.blob = b.to_vec(),
        }
        Ok(())
    }
}

const OWNER: Handle = Handle {
    handle: 7,
    rights: 1,
    badge: 0,
};

/// Client code with variable results: the caller owns the memory, so the probe stays usable while the items live.
fn double_stamps(probe: &mut impl Sensor) -> nk_runtime::Result<usize, PutError> {
    let mut buf = ListBuf::new();
    let items = probe
        .list(0, buf.out())
        .map_err(|e| e.map_method(|_| PutError { status: -1 }))?
        .items();
    for (i, r) in items.iter().enumerate() {
        probe.put(
            i as u32,
            OWNER,
            Reading {
                stamp: r.stamp * 2,
                ..r
            },
        )?;
    }
    Ok(items.len())
}

fn station() -> InProcess<Station<Board, Probe<Board, Board>>, { station::REQUEST_MAX }> {
    let probe = Probe::new(Board::default(), Board::default());
    InProcess::new(Station::new(Board::default(), probe), Mode::Strict)
}

#[test]
fn sensors_work_through_a_channel_and_directly() {
    let mut channel = station();
    let (own, spare) = (
        channel.riid("own").unwrap(),
        channel.riid("probe.spare").unwrap(),
    );
    let mut probe = sensor::Proxy::new(&mut channel, spare);
    assert_eq!(
        probe.put(
            0,
            OWNER,
            Reading {
                kind: 1,
                stamp: 21,
                label: "ab"
            }
        ),
        Ok(1)
    );
    assert_eq!(
        probe.put(
            0,
            OWNER,
            Reading {
                kind: 2,
                stamp: 4,
                label: ""
            }
        ),
        Ok(2)
    );
    assert_eq!(
        probe.put(
            0,
            Handle::default(),
            Reading {
                kind: 1,
                stamp: 0,
                label: ""
            }
        ),
        Err(Error::Method(PutError { status: -13 }))
    );
    assert_eq!(double_stamps(&mut probe), Ok(2));
    probe.tune(Setting::Period(50)).unwrap();
    probe.tune(Setting::Blob(&[1, 2, 3])).unwrap();
    let mut buf = ListBuf::new();
    let stamps: Vec<u64> = probe
        .list(0, buf.out())
        .unwrap()
        .items()
        .iter()
        .map(|r| r.stamp)
        .collect();
    assert_eq!(stamps, [8, 42, 4, 21]);
    assert_eq!(
        sensor::Proxy::new(&mut channel, own)
            .list(0, buf.out())
            .unwrap()
            .items()
            .len(),
        0
    );
    let spare = &channel.server().probe.spare;
    assert_eq!(
        (spare.period, spare.blob.as_slice(), spare.rows.len()),
        (50, &[1, 2, 3][..], 4)
    );
    // the same client code on a linked-in component
    assert_eq!(double_stamps(&mut Board::default()), Ok(0));
}

#[test]
fn more_rows_than_the_bound_is_the_servers_error() {
    let mut board = Board::default();
    for i in 0..9 {
        board
            .put(
                i,
                OWNER,
                Reading {
                    kind: 0,
                    stamp: u64::from(i),
                    label: "x",
                },
            )
            .unwrap();
    }
    let mut buf = ListBuf::new();
    assert!(matches!(
        board.list(0, buf.out()),
        Err(Error::Call(Fault::TooLarge(_)))
    ));
    assert_eq!(board.list(1, buf.out()).unwrap().items().len(), 8);
}

// ---- servers used by several threads: implement the trait for a shared reference, as std does for `&File` ------

struct Shared(std::sync::atomic::AtomicU32);
impl Filesystem for &Shared {
    fn open(&mut self, _: &str) -> nk_runtime::Result<u32> {
        Ok(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
    }
}

#[test]
fn one_implementation_serves_several_threads() {
    let shared = Shared(0.into());
    std::thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| {
                let mut channel = InProcess::<_, { server::REQUEST_MAX }>::new(
                    Server::new(Operations::new(&shared)),
                    Mode::Strict,
                );
                let mut fs = filesystem::Proxy::new(&mut channel, server::OPS_COMP_FS);
                for _ in 0..100 {
                    fs.open("a").unwrap();
                }
            });
        }
    });
    assert_eq!(shared.0.into_inner(), 400);
}

// ---- who calls: a session value made per request, no parameter in every method ---------------------------------

struct Session<'d> {
    disk: &'d mut Disk,
    caller: u32,
}
impl Filesystem for Session<'_> {
    fn open(&mut self, name: &str) -> nk_runtime::Result<u32> {
        Ok(self.disk.open(name)? + 1000 * self.caller)
    }
}

#[test]
fn the_caller_is_known_through_a_session_value() {
    let mut disk = Disk { next: 0 };
    let mut serve = |caller: u32, request: &nk_runtime::Verified<'_>, room: &mut [u8]| {
        Server::new(Operations::new(Session {
            disk: &mut disk,
            caller,
        }))
        .dispatch(request, room)
    };
    let (message, len) = request_open("a");
    let request =
        nk_runtime::verify_request(server::ENDPOINTS, &message[..len], Mode::Strict).unwrap();
    let mut room = [0; server::RESPONSE_MAX];
    for (caller, handle) in [(1, 1001), (2, 2002)] {
        let n = serve(caller, &request, &mut room).unwrap();
        let answer = nk_runtime::verify_response(
            &filesystem::INTERFACE,
            &filesystem::OPEN,
            0,
            &room[..n],
            Mode::Strict,
        )
        .unwrap();
        assert_eq!(
            filesystem::Response::read(&answer),
            Some(filesystem::Response::Open(Ok(handle)))
        );
    }
}

fn request_open(name: &str) -> ([u8; server::REQUEST_MAX], usize) {
    use nk_runtime::generated::Put;
    let mut buf = [0xAA; server::REQUEST_MAX];
    let mut w =
        nk_runtime::generated::Writer::new(&mut buf, &filesystem::OPEN.req, 0, 0, false).unwrap();
    filesystem::OpenReq { name }
        .put(&mut w, nk_runtime::generated::At::START)
        .unwrap();
    let len = w.finish_len(&filesystem::OPEN.req);
    (buf, len)
}

// ---- a mock and a recorder are ordinary implementations --------------------------------------------------------

struct Denied;
impl Filesystem for Denied {
    fn open(&mut self, _: &str) -> nk_runtime::Result<u32> {
        Err(Fault::Denied.into())
    }
}

#[test]
fn a_mock_can_show_a_denied_call() {
    assert_eq!(open_twice(&mut Denied), Err(Error::Call(Fault::Denied)));
}

fn _transport_by_reference<T: Transport>(t: &mut T) -> impl Filesystem + '_ {
    filesystem::Proxy::new(t, server::OPS_COMP_FS)
}

#[test]
fn results_without_a_small_bound_go_to_memory_of_any_size() {
    let mut channel = station();
    let mut probe = sensor::Proxy::new(&mut channel, station::OWN);
    probe
        .put(
            0,
            OWNER,
            Reading {
                kind: 1,
                stamp: 1,
                label: "ab",
            },
        )
        .unwrap();
    let mut memory = vec![0; 1 << 16];
    assert_eq!(
        probe
            .list(0, nk_runtime::Out::new(&mut memory).into())
            .unwrap()
            .items()
            .len(),
        1
    );
    let mut small = [0; 40];
    assert!(matches!(
        probe.list(0, nk_runtime::Out::new(&mut small).into()),
        Err(Error::Call(Fault::TooLarge(_)))
    ));
}
