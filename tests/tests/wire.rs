//! The bytes: golden messages of the layout rules, and what happens to every message that differs from them.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "tests fail by panicking"
)]
#![allow(
    clippy::many_single_char_names,
    clippy::naive_bytecount,
    reason = "m is a message, b its bytes; a few hundred of them"
)]
use nk_runtime::generated::{At, Put, Writer};
use nk_runtime::message::{Ex, verify};
use nk_runtime::shape::{Item, Message, Method};
use nk_runtime::*;
use nk_tests::farm::farm::sensor::{
    self, ListBuf, ListOut, ListRes, PutError, PutReq, Reading, Request, Sensor, Setting,
};
use nk_tests::farm::farm::{probe::Probe, station};
use nk_tests::filesystem::{filesystem, operations::Operations, server};

const OWNER: Handle = Handle {
    handle: 7,
    rights: 1,
    badge: 0,
};

fn request<'b, Q: Put>(m: &'static Method, iid: u16, q: &Q, buf: &'b mut [u8]) -> &'b [u8] {
    buf.fill(0xAA);
    let mut w = Writer::new(buf, &m.req, iid, m.mid, false).unwrap();
    q.put(&mut w, At::START).unwrap();
    let (c, a) = w.finish(&m.req);
    let len = c.len() + a.len();
    &buf[..len]
}

#[test]
fn put_has_the_documented_bytes() {
    let mut buf = [0; 128];
    let q = PutReq {
        slot: 3,
        owner: OWNER,
        r: Reading {
            kind: 1,
            stamp: 9,
            label: "ab",
        },
    };
    let b = request(&sensor::PUT, 5, &q, &mut buf);
    assert_eq!(b.len(), 75);
    assert_eq!(b[..8], [5, 0, 0, 0, 0x48, 0, 0x80, 0]);
    assert_eq!(b[24..32], [7, 0, 0, 0, 1, 0, 0, 0]);
    assert_eq!((b[40], b[48], b[56]), (3, 1, 9));
    assert_eq!(b[64..], [0, 0, 0, 0, 3, 0, 0, 0, b'a', b'b', 0]);
    assert_eq!(
        b.iter().filter(|x| **x == 0xAA).count(),
        0,
        "no stale byte leaves"
    );
    assert_eq!(Ex::new(32, 0, true).0, 0x8000_0020);
}

struct One;
impl Sensor for One {
    fn put(&mut self, _: u32, _: Handle, _: Reading<'_>) -> Result<u16, PutError> {
        Err(PutError { status: -2 }.into())
    }
    fn list<'r>(&mut self, n: u16, out: ListOut<'r>) -> Result<ListRes<'r>> {
        out.reply((0..n).map(|i| Reading {
            kind: 1,
            stamp: i.into(),
            label: "x",
        }))
    }
    fn tune(&mut self, _: Setting<'_>) -> Result<()> {
        Ok(())
    }
}

fn world() -> station::Station<One, Probe<One, One>> {
    station::Station::new(One, Probe::new(One, One))
}

#[test]
fn list_has_the_documented_arena() {
    let (mut buf, mut room) = ([0; 128], [0xAA; station::RESPONSE_MAX]);
    let req = verify_request(
        station::ENDPOINTS,
        request(
            &sensor::LIST,
            1,
            &nk_runtime::generated::One(1u16),
            &mut buf,
        ),
        Mode::Strict,
    )
    .unwrap();
    let n = world().dispatch(&req, &mut room).unwrap();
    assert_eq!(n, 32 + 26);
    assert_eq!(room[24..32], [0, 0, 0, 0, 24, 0, 0, 0]);
    assert_eq!(room[32 + 16..32 + 26], [24, 0, 0, 0, 2, 0, 0, 0, b'x', 0]);
    let v = verify_response(
        &sensor::INTERFACE,
        &sensor::LIST,
        1,
        &room[..n],
        Mode::Strict,
    )
    .unwrap();
    assert_eq!(v.header().iid, station::PROBE_MAIN);
}

#[test]
fn the_three_dispatchers_refuse_a_wrong_riid_or_mid_and_touch_nothing() {
    let (mut buf, mut room) = ([0; 128], [0xAA; station::RESPONSE_MAX]);
    let req = verify_request(
        station::ENDPOINTS,
        request(
            &sensor::LIST,
            2,
            &nk_runtime::generated::One(1u16),
            &mut buf,
        ),
        Mode::Strict,
    )
    .unwrap();
    assert_eq!(
        sensor::dispatch(&mut One, Riid(1), &req, &mut room),
        Err(NkErr::ENOENT)
    );
    assert_eq!(
        Probe::new(One, One).dispatch(3, &req, &mut room),
        Err(NkErr::ENOENT)
    );
    let mut fs = server::Server::new(Operations::new(Nothing));
    assert_eq!(fs.dispatch(&req, &mut room), Err(NkErr::ENOENT));
    assert!(room.iter().all(|b| *b == 0xAA));
    assert_eq!(
        verify_request(
            station::ENDPOINTS,
            request(
                &sensor::LIST,
                3,
                &nk_runtime::generated::One(1u16),
                &mut buf
            ),
            Mode::Strict
        )
        .err(),
        Some(Fault::NoEndpoint)
    );
    buf[0] = 0;
    buf[2] = 3;
    assert_eq!(
        verify_request(station::ENDPOINTS, &buf, Mode::Strict).err(),
        Some(Fault::NoMethod)
    );
}
struct Nothing;
impl filesystem::Filesystem for Nothing {
    fn open(&mut self, _: &str) -> Result<u32> {
        Ok(0)
    }
}

/// Writes an accepted request again from its plain values.
fn again<'b>(r: &Verified<'_>, buf: &'b mut [u8]) -> &'b [u8] {
    let iid = r.header().iid.0;
    match Request::read(r).unwrap() {
        Request::Put(q) => request(&sensor::PUT, iid, &q, buf),
        Request::List(first) => {
            request(&sensor::LIST, iid, &nk_runtime::generated::One(first), buf)
        }
        Request::Tune(q) => request(&sensor::TUNE, iid, &q, buf),
    }
}

#[test]
fn every_prefix_and_every_changed_byte_is_refused_or_means_exactly_its_bytes() {
    let (mut a, mut b, mut c) = ([0; 128], [0; 128], [0; 128]);
    let goldens = [
        request(
            &sensor::PUT,
            0,
            &PutReq {
                slot: 3,
                owner: OWNER,
                r: Reading {
                    kind: 1,
                    stamp: 9,
                    label: "slåp",
                },
            },
            &mut a,
        )
        .to_vec(),
        request(&sensor::LIST, 1, &nk_runtime::generated::One(8u16), &mut b).to_vec(),
        request(
            &sensor::TUNE,
            2,
            &sensor::TuneReq {
                s: Setting::Blob(b"0123456789"),
            },
            &mut c,
        )
        .to_vec(),
        request(
            &sensor::TUNE,
            2,
            &sensor::TuneReq {
                s: Setting::Period(5),
            },
            &mut c,
        )
        .to_vec(),
    ];
    let (mut accepted, mut refused, mut room, mut buf) =
        (0, 0, [0; station::RESPONSE_MAX], [0; 256]);
    let mut world = world();
    let mut try_one = |m: &[u8]| match verify_request(station::ENDPOINTS, m, Mode::Strict) {
        Err(_) => refused += 1,
        Ok(v) => {
            accepted += 1;
            // header bytes 8..24 (`self`) belong to the kernel
            assert_eq!(again(&v, &mut buf)[24..], m[24..]);
            let _ = world.dispatch(&v, &mut room);
            let _ = verify_request(station::ENDPOINTS, m, Mode::Compat).unwrap();
        }
    };
    for g in &goldens {
        try_one(g);
        (0..g.len()).for_each(|n| try_one(&g[..n]));
        for i in 0..g.len() {
            for x in 0..=255 {
                let mut m = g.clone();
                m[i] = x;
                try_one(&m);
            }
        }
        for extra in 1..16 {
            let mut m = g.clone();
            m.extend(std::iter::repeat_n(1, extra));
            try_one(&m);
        }
    }
    assert!(
        accepted > 5_000 && refused > 20_000,
        "{accepted} accepted, {refused} refused"
    );
}

#[test]
fn responses_with_nested_strings_are_checked_like_requests() {
    let mut buf = ListBuf::new();
    let res = One.list(8, buf.out()).unwrap();
    assert_eq!(res.items().iter().map(|r| r.label.len()).sum::<usize>(), 8);
    let (mut req, mut room) = ([0; 128], [0; station::RESPONSE_MAX]);
    let v = verify_request(
        station::ENDPOINTS,
        request(
            &sensor::LIST,
            0,
            &nk_runtime::generated::One(8u16),
            &mut req,
        ),
        Mode::Strict,
    )
    .unwrap();
    let n = world().dispatch(&v, &mut room).unwrap();
    let (mut ok, mut bad) = (0, 0);
    for i in 0..n {
        for x in 0..=255 {
            let mut m = room[..n].to_vec();
            m[i] = x;
            match verify_response(&sensor::INTERFACE, &sensor::LIST, 0, &m, Mode::Strict) {
                Ok(v) => {
                    ok += 1;
                    let Some(sensor::Response::List(Ok(r))) = sensor::Response::read(&v) else {
                        panic!()
                    };
                    assert_eq!(r.items().len(), 8);
                }
                Err(_) => bad += 1,
            }
        }
    }
    assert!(ok > 1_000 && bad > 10_000, "{ok} {bad}");
}

#[test]
fn strict_refuses_what_compat_accepts() {
    const SB: Message = Message::new(40, 0, 321, 321, &[Item::Str(24, 256), Item::Bytes(32, 64)]);
    let message = |ptrs: [u32; 4], arena: &[u8]| {
        let mut m = vec![0; 40];
        m[4..8].copy_from_slice(&Ex::new(40, 0, false).0.to_le_bytes());
        for (i, p) in ptrs.iter().enumerate() {
            m[24 + 4 * i..28 + 4 * i].copy_from_slice(&p.to_le_bytes());
        }
        m.extend(arena);
        m
    };
    let rule = |m: &[u8], mode| verify(SB.shape(), m, mode).err().map(|e| e.rule);
    for (ptrs, arena, strict) in [
        ([0, 3, 3, 2], &b"ab\0xy"[..], None),
        ([2, 3, 0, 2], b"\0\0ab\0", Some(Rule::Order)),
        ([2, 3, 0, 2], b"xyab\0", Some(Rule::Order)),
        ([0, 3, 1, 2], b"ab\0", Some(Rule::Order)),
        ([1, 3, 4, 2], b"?ab\0xy", Some(Rule::Order)),
        ([0, 3, 3, 2], b"ab\0xy!", Some(Rule::Trailing)),
        ([0, 4, 4, 2], b"a\0b\0xy", Some(Rule::Nul)),
        ([0, 3, 4, 2], b"ab\0\0xy", Some(Rule::Order)),
        ([0, 0, 0, 2], b"xy", None),
        ([0, 1, 1, 2], b"\0xy", None), // the empty string may have its terminator or no chunk at all
        ([0, 3, 3, 0], b"ab\0", Some(Rule::Order)), // an empty chunk is {0, 0}
    ] {
        let m = message(ptrs, arena);
        assert_eq!(
            (rule(&m, Mode::Compat), rule(&m, Mode::Strict)),
            (None, strict),
            "{ptrs:?}"
        );
    }
    for (ptrs, arena, expected) in [
        ([0, 3, 3, 2], &b"abcxy"[..], Rule::Nul),
        ([0, 3, 3, 3], b"ab\0xy", Rule::Chunk),
        ([u32::MAX, 3, 3, 2], b"ab\0xy", Rule::Chunk),
        ([0, u32::MAX, 3, 2], b"ab\0xy", Rule::Chunk),
        ([0, 3, 3, 2], b"\xc0\x80\0xy", Rule::Utf8),
        ([0, 0, 0, 65], &[0; 65], Rule::Bound),
    ] {
        let m = message(ptrs, arena);
        assert_eq!(
            (rule(&m, Mode::Compat), rule(&m, Mode::Strict)),
            (Some(expected), Some(expected)),
            "{ptrs:?}"
        );
    }
}

/// Answers with a response that lives somewhere else.
struct Elsewhere;
impl Sensor for Elsewhere {
    fn put(&mut self, _: u32, _: Handle, _: Reading<'_>) -> Result<u16, PutError> {
        Ok(0)
    }
    fn list<'r>(&mut self, n: u16, _: ListOut<'r>) -> Result<ListRes<'r>> {
        One.list(n, Box::leak(Box::new(ListBuf::new())).out())
    }
    fn tune(&mut self, _: Setting<'_>) -> Result<()> {
        Ok(())
    }
}

#[test]
fn a_response_that_is_not_in_its_room_is_refused_even_after_a_good_one() {
    let (mut buf, mut room) = ([0; 128], [0; station::RESPONSE_MAX]);
    let req = verify_request(
        station::ENDPOINTS,
        request(
            &sensor::LIST,
            0,
            &nk_runtime::generated::One(1u16),
            &mut buf,
        ),
        Mode::Strict,
    )
    .unwrap();
    sensor::dispatch(&mut One, Riid(0), &req, &mut room).unwrap();
    assert_eq!(
        sensor::dispatch(&mut Elsewhere, Riid(0), &req, &mut room),
        Err(NkErr::EINVAL)
    );
}
