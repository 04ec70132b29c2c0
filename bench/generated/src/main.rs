//! Medians of 101 batches of 20 000 calls, one core, no framework. Absolute figures belong to the machine; quote the last
//! lines, which are ratios of figures of one run.
#![forbid(unsafe_code)]
nk_runtime::include_nk!();

use nk::farm::sensor::{self, ListBuf, ListOut, ListRes, PutReq, Reading, Sensor, Setting};
use nk::farm::{probe::Probe, station};
use nk::filesystem::{self, Filesystem};
use nk::{operations::Operations, server};
use nk_runtime::{Dispatch, Handle, InProcess, Mode, verify_request};
use nk_runtime::generated::{At, Put, Wire, Writer};
use nk_runtime::message::verify;
use nk_runtime::shape::{Item, Message, Method};
use std::hint::black_box as bb;
use std::time::Instant;

fn median(name: &str, mut f: impl FnMut()) -> f64 {
    let mut v: Vec<f64> = (0..101)
        .map(|_| {
            let t = Instant::now();
            (0..20_000).for_each(|_| f());
            t.elapsed().as_secs_f64() * 1e9 / 20_000.0
        })
        .collect();
    v.sort_by(f64::total_cmp);
    println!(
        "{name:<58}{:>8.1} ns   (p5 {:.1}, p95 {:.1})",
        v[50], v[5], v[95]
    );
    v[50]
}

struct Disk(u32);
impl Filesystem for Disk {
    fn open(&mut self, name: &str) -> nk_runtime::Result<u32> {
        self.0 = self.0.wrapping_add(u32::try_from(name.len()).unwrap_or(0));
        Ok(self.0)
    }
}
struct Board;
impl Sensor for Board {
    fn put(
        &mut self,
        slot: u32,
        _: Handle,
        r: Reading<'_>,
    ) -> nk_runtime::Result<u16, sensor::PutError> {
        Ok(u16::try_from(slot)
            .unwrap_or(0)
            .wrapping_add(u16::try_from(r.label.len()).unwrap_or(0)))
    }
    fn list<'r>(&mut self, first: u16, out: ListOut<'r>) -> nk_runtime::Result<ListRes<'r>> {
        out.reply((first..8).map(|i| Reading {
            kind: 1,
            stamp: i.into(),
            label: "label",
        }))
    }
    fn tune(&mut self, _: Setting<'_>) -> nk_runtime::Result<()> {
        Ok(())
    }
}

fn request<'b, Q: Put>(m: &'static Method, q: &Q, buf: &'b mut [u8]) -> &'b [u8] {
    let mut w = Writer::new(buf, &m.req, 0, m.mid, false).unwrap();
    q.put(&mut w, At::START).unwrap();
    let n = w.finish_len(&m.req);
    &buf[..n]
}

/// What a person would write for one string and one bytes parameter.
fn by_hand(m: &[u8]) -> bool {
    let w = |at: usize| {
        m.get(at..at + 4)
            .map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])) as usize
    };
    if m.len() < 40 || w(4) != 40 {
        return false;
    }
    let arena = &m[40..];
    let chunk = |at: usize| arena.get(w(at)..).and_then(|b| b.get(..w(at + 4)));
    let (Some(s), Some(b)) = (chunk(24), chunk(32)) else {
        return false;
    };
    s.len() <= 257
        && b.len() <= 64
        && (s.is_empty()
            || (s[s.len() - 1] == 0 && core::str::from_utf8(&s[..s.len() - 1]).is_ok()))
}

fn main() {
    const SB: Message = Message::new(40, 0, 321, 321, &[Item::Str(24, 256), Item::Bytes(32, 64)]);
    const FIXED: Message = Message::fixed(32, 0, &[]);
    let mut buf = [0u8; 512];
    let open = filesystem::OpenReq { name: "/etc/hosts" };
    let put = PutReq {
        slot: 3,
        owner: Handle {
            handle: 7,
            rights: 1,
            badge: 0,
        },
        r: Reading {
            kind: 1,
            stamp: 9,
            label: "ab",
        },
    };

    median("encode Open(\"/etc/hosts\")", || {
        bb(request(&filesystem::OPEN, bb(&open), &mut buf));
    });
    median("encode Put(3, h, {1, 9, \"ab\"})", || {
        bb(request(&sensor::PUT, bb(&put), &mut buf));
    });

    let mut b1 = [0u8; 512];
    let open_bytes = request(&filesystem::OPEN, &open, &mut b1).to_vec();
    let put_bytes = request(&sensor::PUT, &put, &mut b1).to_vec();
    let mut w = Writer::new(&mut b1, &SB, 0, 0, false).unwrap();
    w.str(At(24), "/etc/hosts", 256).unwrap();
    w.bytes(At(32), &[7; 16], 64).unwrap();
    let n = w.finish_len(&SB);
    let sb = b1[..n].to_vec();
    let mut b2 = [0u8; 512];
    let w = Writer::new(&mut b2, &FIXED, 0, 0, false).unwrap();
    let n = w.finish_len(&FIXED);
    let fixed = b2[..n].to_vec();

    let mut tables = Vec::new();
    for mode in [Mode::Strict, Mode::Compat] {
        median(&format!("verify fixed {mode:?}"), || {
            bb(verify(bb(&FIXED).shape(), bb(&fixed), mode).is_ok());
        });
        let table = median(&format!("verify string + bytes {mode:?}"), || {
            bb(verify(bb(&SB).shape(), bb(&sb), mode).is_ok());
        });
        tables.push((mode, table));
        median(&format!("verify + route Open {mode:?}"), || {
            bb(verify_request(bb(server::ENDPOINTS), bb(&open_bytes), mode).is_ok());
        });
        median(&format!("verify + route Put {mode:?}"), || {
            bb(verify_request(bb(station::ENDPOINTS), bb(&put_bytes), mode).is_ok());
        });
    }
    let hand = median("verify string + bytes, by hand (compat rules)", || {
        bb(by_hand(bb(&sb)));
    });

    let vo = verify_request(server::ENDPOINTS, &open_bytes, Mode::Strict).unwrap();
    let vp = verify_request(station::ENDPOINTS, &put_bytes, Mode::Strict).unwrap();
    median("view Open (plain values, str checked again)", || {
        bb(filesystem::OpenReq::read(bb(&vo).view()));
    });
    median("view the same string as bytes (no UTF-8 check)", || {
        bb(bb(&vo).view().bytes(24));
    });
    median("view Put", || {
        bb(PutReq::read(bb(&vp).view()));
    });

    let mut room = [0u8; 512];
    let mut s = server::Server::new(Operations::new(Disk(0)));
    median("dispatch Open (entity -> component -> interface)", || {
        bb(s.dispatch(bb(&vo), &mut room).is_ok());
    });
    let mut st = station::Station::new(Board, Probe::new(Board, Board));
    median("dispatch Put", || {
        bb(st.dispatch(bb(&vp), &mut room).is_ok());
    });

    for mode in [Mode::Strict, Mode::Compat] {
        let mut ch = InProcess::<_, { server::REQUEST_MAX }>::new(
            server::Server::new(Operations::new(Disk(0))),
            mode,
        );
        let mut fs = filesystem::Proxy::new(&mut ch, server::OPS_COMP_FS);
        median(
            &format!("call Open: encode, verify, dispatch, verify {mode:?}"),
            || {
                bb(fs.open(bb("/etc/hosts")).is_ok());
            },
        );
        let mut ch = InProcess::<_, { station::REQUEST_MAX }>::new(
            station::Station::new(Board, Probe::new(Board, Board)),
            mode,
        );
        let mut p = sensor::Proxy::new(&mut ch, station::PROBE_SPARE);
        median(&format!("call Put {mode:?}"), || {
            let q = bb(&put);
            bb(p.put(q.slot, q.owner, q.r).is_ok());
        });
        let mut lb = ListBuf::new();
        median(
            &format!("call List, 8 readings with a string each {mode:?}"),
            || {
                let r = p.list(bb(0), lb.out()).map(|r| {
                    r.items()
                        .iter()
                        .map(|x| x.stamp + x.label.len() as u64)
                        .sum::<u64>()
                });
                bb(r.unwrap_or(0));
            },
        );
    }
    let mut direct: Box<dyn Filesystem> = Box::new(Disk(0));
    median("the same trait without a channel (dyn)", || {
        bb(bb(&mut direct).open(bb("/etc/hosts")).is_ok());
    });
    for (mode, table) in tables {
        println!(
            "ratio: verify string + bytes {mode:?} / by hand {:.2}",
            table / hand
        );
    }
}
