//! Tracing: a transport around another one shows what passes and changes nothing.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
use nk_runtime::message::Kind;
use nk_runtime::shape::{Interface, Method};
use nk_runtime::{
    Error, Fault, Handle, InProcess, Mode, Result, Riid, Sink, Trace, Transport, Verified,
};
use nk_tests::farm::farm::probe::Probe;
use nk_tests::farm::farm::sensor::{
    self, ListBuf, ListOut, ListRes, Proxy, PutError, Reading, Request, Response, Sensor, Setting,
};
use nk_tests::farm::farm::station::{self, Station};

struct Board;
impl Sensor for Board {
    fn put(&mut self, slot: u32, _: Handle, _: Reading<'_>) -> Result<u16, PutError> {
        if slot == 0 {
            Err(PutError { status: -2 }.into())
        } else {
            Ok(7)
        }
    }
    fn list<'r>(&mut self, count: u16, out: ListOut<'r>) -> Result<ListRes<'r>> {
        out.reply((0..count).map(|i| Reading {
            kind: 1,
            stamp: i.into(),
            label: "x",
        }))
    }
    fn tune(&mut self, _: Setting<'_>) -> Result<()> {
        Ok(())
    }
}

/// Keeps what it is told.
#[derive(Default)]
struct Log {
    headers: Vec<String>,
    values: Vec<String>,
    typed: Vec<String>,
}
impl Sink for Log {
    fn message(&mut self, message: &Verified<'_>) {
        self.headers.push(message.shown().to_string());
        self.values.push(format!("{:#}", message.shown()));
        self.typed.push(match message.kind() {
            Kind::Request => format!("{:?}", Request::read(message).unwrap()),
            Kind::Response | Kind::Error => format!("{:?}", Response::read(message).unwrap()),
        });
    }
    fn fault(
        &mut self,
        interface: &'static Interface,
        method: &'static Method,
        iid: Riid,
        fault: &Fault,
    ) {
        self.headers.push(format!(
            "{}.{} iid {}: {fault:?}",
            interface.name, method.name, iid.0
        ));
    }
}

type Channel = InProcess<Station<Board, Probe<Board, Board>>, { station::REQUEST_MAX }>;

fn channel() -> Channel {
    InProcess::new(Station::new(Board, Probe::new(Board, Board)), Mode::Strict)
}

#[test]
fn a_sink_sees_header_and_values_of_request_and_response() {
    let mut trace = Trace::new(channel(), Log::default());
    let owner = Handle {
        handle: 7,
        rights: 1,
        badge: 0,
    };
    let put = |slot, transport: &mut Trace<Channel, Log>| {
        Proxy::new(transport, station::PROBE_MAIN).put(
            slot,
            owner,
            Reading {
                kind: 1,
                stamp: 9,
                label: "ab",
            },
        )
    };
    assert_eq!(put(3, &mut trace), Ok(7));
    assert_eq!(
        put(0, &mut trace),
        Err(Error::Method(PutError { status: -2 }))
    );
    let log = trace.sink();
    // sizes of docs/wire.md §10: 72 with three bytes for "ab", 32, 32
    assert_eq!(
        log.headers,
        [
            "request farm.Sensor.Put iid 1 mid 0, 72 bytes + 3, 1 handles",
            "response farm.Sensor.Put iid 1 mid 0, 32 bytes + 0, 0 handles",
            "request farm.Sensor.Put iid 1 mid 0, 72 bytes + 3, 1 handles",
            "error farm.Sensor.Put iid 1 mid 0, 32 bytes + 0, 0 handles",
        ]
    );
    // the same section places slot at 40 and r at 48: kind 48, stamp 56, label 64; the label is the first chunk
    let request = "\
request farm.Sensor.Put iid 1 mid 0, 72 bytes + 3, 1 handles
  24: handle 7 rights 0x1 badge 0
  40: 03 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00
  56: 09 00 00 00 00 00 00 00 00 00 00 00 03 00 00 00
  48: 1 in place, 24 bytes each
    [0]: 01 00 00 00 00 00 00 00 09 00 00 00 00 00 00 00 00 00 00 00 03 00 00 00
      16: \"ab\"";
    assert_eq!(log.values[0], request);
    assert!(
        log.typed[0].contains("slot: 3") && log.typed[0].contains("label: \"ab\""),
        "{}",
        log.typed[0]
    );
    assert_eq!(log.typed[3], "Put(Err(PutError { status: -2 }))");
}

#[test]
fn elements_and_what_they_lead_to_are_shown_too() {
    let mut trace = Trace::new(channel(), Log::default());
    let mut buf = ListBuf::new();
    assert_eq!(
        Proxy::new(&mut trace, station::PROBE_MAIN)
            .list(1, buf.out())
            .unwrap()
            .items()
            .len(),
        1
    );
    let response = "\
response farm.Sensor.List iid 1 mid 1, 32 bytes + 26, 0 handles
  24: 00 00 00 00 18 00 00 00
  24: 1 elements of 24 bytes
    [0]: 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 18 00 00 00 02 00 00 00
      16: \"x\"";
    assert_eq!(trace.sink().values[1], response);
}

#[test]
fn a_call_that_comes_to_nothing_is_told_once() {
    let mut trace = Trace::new(channel(), Log::default());
    let answer = Proxy::new(&mut trace, Riid(99)).tune(Setting::Period(5));
    assert_eq!(answer, Err(Error::Call(Fault::NoEndpoint)));
    let expected = [
        "request farm.Sensor.Tune iid 99 mid 2, 40 bytes + 0, 0 handles",
        "farm.Sensor.Tune iid 99: NoEndpoint",
    ];
    assert_eq!(trace.into_parts().1.headers, expected);
}

#[test]
fn the_answer_is_the_same_with_and_without() {
    fn answers(transport: &mut impl Transport) -> (Result<u16, PutError>, Result<()>) {
        let mut sensor = Proxy::new(transport, station::PROBE_MAIN);
        let reading = Reading {
            kind: 0,
            stamp: 1,
            label: "",
        };
        (
            sensor.put(1, Handle::INVALID, reading),
            sensor.tune(Setting::Blob(&[1, 2, 3])),
        )
    }
    assert_eq!(
        answers(&mut Trace::new(channel(), Log::default())),
        answers(&mut channel())
    );
    assert_eq!(sensor::INTERFACE.methods.len(), 3);
}
