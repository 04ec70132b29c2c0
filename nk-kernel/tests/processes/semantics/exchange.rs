//! A solution with the kernel's endpoints for raw frames: tasks `Server` and `Client` with the channel `exchange`.
use crate::common::wire::{Frame, Lane, ROOM};
use crate::common::{Run, World};
use nk_runtime::frame::{FOREVER, Header, Kind, wait};
use nk_runtime::message::Ex;

const EXCHANGE: &str = "package Exchange
interface {
    Echo(in UInt32 n, out UInt32 m);
    Much(in bytes<8388608> all, out bytes<8388608> back);
}";
pub const ECHO: u16 = 0;
pub const MUCH: u16 = 1;

pub const POLICY: &str = "use nk.base._
use EDL Einit
use EDL kl.core.Core
use EDL Server
use EDL Client
execute { grant () }
request { grant () }
response { grant () }
";

const INIT: &str = "entities:
- {name: Server, path: program}
- name: Client
  path: program
  connections: [{target: Server, id: exchange}]
";

/// Runs both with these roles.
#[track_caller]
pub fn run(server: &str, client: &str) -> Run {
    let world = World::built(&[
        ("init.yaml", INIT),
        ("security.psl", POLICY),
        ("Exchange.idl", EXCHANGE),
        (
            "Server.edl",
            "task class Server\nendpoints { exchange : Exchange }",
        ),
        ("Client.edl", "task class Client"),
    ]);
    let names: Vec<_> = world
        .image
        .plan
        .tasks
        .iter()
        .map(|task| task.name.as_str())
        .collect();
    assert_eq!(names, ["Server", "Client"]);
    world.run(&[server, client])
}

/// Either side's handle of `exchange`: the first that it has.
pub const EXCHANGE_HANDLE: u32 = 1;

/// A message with these handles and this number or descriptor behind them.
pub fn message(riid: u16, mid: u16, handles: &[u32], behind: &[u8]) -> Vec<u8> {
    let size = 24 + 16 * handles.len() + behind.len();
    let ex = Ex::new(
        u32::try_from(size).unwrap(),
        u8::try_from(handles.len()).unwrap(),
        false,
    );
    let mut bytes = [
        &riid.to_le_bytes()[..],
        &mid.to_le_bytes(),
        &ex.0.to_le_bytes(),
        &[0; 16],
    ]
    .concat();
    for handle in handles {
        bytes.extend_from_slice(&handle.to_le_bytes());
        bytes.extend_from_slice(&[0; 12]);
    }
    bytes.extend_from_slice(behind);
    bytes
}

/// `Echo` in either direction.
pub fn echo(n: u32) -> Vec<u8> {
    message(0, ECHO, &[], &u64::from(n).to_le_bytes())
}

/// `Much` in either direction: constant part and arena.
pub fn much(bytes: usize) -> (Vec<u8>, Vec<u8>) {
    let length = u32::try_from(bytes).unwrap();
    (
        message(0, MUCH, &[], &(u64::from(length) << 32).to_le_bytes()),
        vec![7; bytes],
    )
}

/// RIID and methods of the kernel's endpoint `ipc.IPC` (`docs/kernel.md` §8).
const IPC: u16 = 18;
const CREATE: u16 = 0;
const SET: u16 = 1;
const CLEAR: u16 = 2;

fn kernel(lane: Lane, mid: u16, handles: &[u32]) -> Frame {
    let header = Header {
        handle: 0,
        token: ROOM.into(),
        timeout: FOREVER,
        ..Header::new(Kind::Call)
    };
    let answer = lane.ask(header, &message(IPC, mid, handles, &[]), &[]);
    assert_eq!(answer.outcome(), "Response");
    answer
}

/// A new sync object.
pub fn sync_object(lane: Lane) -> u32 {
    let answer = kernel(lane, CREATE, &[]);
    u32::from_le_bytes(answer.constant()[24..28].try_into().unwrap())
}

pub fn set(lane: Lane, sync: u32) {
    kernel(lane, SET, &[sync]);
}

pub fn clear(lane: Lane, sync: u32) {
    kernel(lane, CLEAR, &[sync]);
}

/// How a wait ends before its time: by a timeout in milliseconds, or by a sync object.
#[derive(Clone, Copy)]
pub struct Wait {
    pub timeout: u32,
    pub sync: u32,
}

pub const FOREVER_WAIT: Wait = Wait {
    timeout: FOREVER,
    sync: 0,
};

impl Wait {
    pub fn call(self, handle: u32) -> Header {
        let Self { timeout, sync } = self;
        Header {
            handle,
            timeout,
            token: wait(ROOM, sync),
            ..Header::new(Kind::Call)
        }
    }
    pub fn receive(self, handle: u32) -> Header {
        Header {
            kind: Kind::Receive,
            ..self.call(handle)
        }
    }
}
