//! Fuzz target: whole sessions. Two clients and two servers, one of which calls the other, do anything in any order, are cut
//! off and die, on a clock that the session moves; the kernel is the real one but for the processes. A reply reaches the call
//! that it answers or nobody, every operation is answered at most once and in its turn, nothing stays charged to the dead, and
//! an honest pair is served at the end.
//!
//! `cargo test` replays `__fuzz__` and tries some new inputs; `BOLERO_RANDOM_ITERATIONS` says how many, and
//! `cargo bolero test` looks for those that reach something new.
use crate::image::{self, CLIENT, SERVER, channel, task};
use bolero::{TypeGenerator, check, produce};
use nk_image::TaskId;
use nk_kernel::fuzzing::Harness;
use nk_kernel::{Console, Stream};
use nk_runtime::Retcode;
use nk_runtime::frame::{FOREVER, Header, Kind, Locate, write_locate};
use nk_runtime::message::Ex;
use rustix::fd::OwnedFd;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use std::collections::VecDeque;

/// Lanes of each program.
const LANES: u32 = 2;
/// Tasks that do anything; the other two are honest.
const WILD: usize = 4;
const HONEST_SERVER: usize = 4;
const HONEST_CLIENT: usize = 5;
/// In a response that nobody may get.
const POISON: u32 = 0xdead;

/// Something that a program does, or that happens to it.
#[derive(Debug, TypeGenerator)]
enum Step {
    /// A call that is answered as it should be, if nothing is in its way.
    Exchange {
        by: Place,
        server: bool,
        on: u8,
        receives: bool,
    },
    Call {
        by: Place,
        server: bool,
        timeout: u8,
        spoilt: Option<(u8, u8)>,
        room: u8,
    },
    Receive {
        by: Place,
        timeout: u8,
        room: u8,
    },
    Reply {
        by: Place,
        pick: u8,
        wrong: u8,
        receives: bool,
        spoilt: Option<(u8, u8)>,
    },
    Abort {
        by: Place,
        pick: u8,
        wrong: u8,
    },
    Read {
        by: Place,
    },
    Time {
        milliseconds: u8,
    },
    /// Once in a while, something after which less is known or possible.
    Seldom {
        unless: u8,
        mischief: Mischief,
    },
}

#[derive(Debug, TypeGenerator)]
enum Mischief {
    Frame {
        by: Place,
        kind: u8,
        handle: u8,
        token: u8,
        payload: Vec<u8>,
    },
    Bytes {
        by: Place,
        bytes: Vec<u8>,
    },
    Close {
        by: Place,
    },
    Die {
        task: u8,
    },
}

#[derive(Debug, Clone, Copy, TypeGenerator)]
struct Place {
    task: u8,
    lane: u8,
}

/// What a lane waits for an answer to.
#[derive(Debug, Clone, Copy)]
enum Operation {
    Call(u32),
    Receive,
    Reply,
    ReplyReceive,
}

/// What an answer answers.
#[derive(Debug, Clone, Copy)]
enum Asked {
    One(Operation),
    Nothing,
    /// Nobody can say any more.
    Unknown,
}

/// A program's end of a lane.
struct End {
    socket: OwnedFd,
    /// In the order in which they were sent. `None` when nobody can say any more what will be answered.
    waiting: Option<VecDeque<Operation>>,
}

/// A request that somebody was given.
struct ReceivedHandle {
    task: usize,
    token: u64,
    label: u32,
}

struct Quiet;
impl Console for Quiet {
    fn program(&mut self, _: &str, _: Stream, _: &str) {}
    fn kernel(&mut self, sentence: &str) {
        assert!(!sentence.starts_with("FAULT"), "{sentence}");
    }
}

struct Session {
    kernel: Harness,
    ends: Vec<Vec<Option<End>>>,
    given: Vec<ReceivedHandle>,
    /// Each call has its own number.
    label: u32,
    /// Handles by task: what it calls on, in the order of its channels, and what it receives on.
    calls: Vec<Vec<u32>>,
    serves: Vec<u32>,
}

impl Session {
    fn new() -> Self {
        let tasks = [SERVER, SERVER, CLIENT, CLIENT, SERVER, CLIENT];
        let tasks = tasks
            .iter()
            .zip(0..)
            .map(|(class, n): (_, u32)| task(&n.to_string(), *class))
            .collect();
        let channels = [(2, 0), (2, 1), (3, 0), (3, 1), (0, 1), (5, 4)];
        let channels = channels
            .iter()
            .map(|(c, s)| channel(*c, *s, &format!("to {s}")))
            .collect();
        let image = image::with_tasks(tasks, channels);
        let plan = image.plan.clone();
        let solution = image.prove().unwrap();
        let mut kernel = Harness::new(solution, LANES, Box::new(Quiet)).unwrap();
        let end = |socket| {
            Some(End {
                socket,
                waiting: Some(VecDeque::new()),
            })
        };
        let lanes = (0..6).map(|task| {
            let ends = kernel.open_lanes(TaskId(task)).unwrap();
            ends.into_iter().map(end).collect()
        });
        let ends = lanes.collect();
        let mut session = Self {
            kernel,
            ends,
            given: vec![],
            label: 1,
            calls: vec![vec![]; 6],
            serves: vec![0; 6],
        };
        for channel in &plan.channels {
            let client = channel.client.index();
            let handle = session.locate(client, Locate::Connect, &channel.name);
            session.calls[client].push(handle);
        }
        for server in [0, 1, HONEST_SERVER] {
            session.serves[server] =
                session.locate(server, Locate::Register, &format!("to {server}"));
        }
        session
    }

    fn locate(&mut self, task: usize, which: Locate, name: &str) -> u32 {
        let mut room = [0; 200];
        let (class, digest) = match which {
            Locate::Register => ("fs.Server", image::SERVER_DIGEST),
            _ => ("", [0; 32]),
        };
        let payload = write_locate(&mut room, name, class, &digest).unwrap();
        let answer = self.ask(
            task,
            Header {
                flags: which as u8,
                ..Header::new(Kind::Locate)
            },
            payload,
        );
        assert_eq!(answer.0.code, Retcode::OK, "{name}");
        answer.0.handle
    }

    /// Sends on the first lane of a program that behaves, and reads the answer.
    fn ask(&mut self, task: usize, header: Header, constant: &[u8]) -> (Header, Vec<u8>) {
        self.tell(task, header, constant, &[]);
        self.hear(task)
    }
    fn tell(&mut self, task: usize, header: Header, constant: &[u8], arena: &[u8]) {
        let socket = &self.ends[task][0].as_ref().unwrap().socket;
        send(
            socket,
            &packet(header, constant, arena),
            SendFlags::DONTWAIT,
        )
        .unwrap();
        self.turn();
    }
    fn hear(&mut self, task: usize) -> (Header, Vec<u8>) {
        self.turn();
        read_one(&self.ends[task][0].as_ref().unwrap().socket).unwrap()
    }

    fn turn(&mut self) {
        for _ in 0..4 {
            self.kernel.turn().unwrap();
        }
    }

    fn end(&mut self, place: Place) -> Option<(usize, &mut Option<End>)> {
        let task = usize::from(place.task) % WILD;
        let lanes = &mut self.ends[task];
        let lane = usize::from(place.lane) % lanes.len().max(1);
        Some((task, lanes.get_mut(lane)?))
    }

    /// Sends; a packet that the system does not take now has not been sent.
    fn send(&mut self, place: Place, bytes: &[u8], operation: Option<Operation>) {
        let Some((_, Some(end))) = self.end(place) else {
            return;
        };
        if send(
            &end.socket,
            bytes,
            SendFlags::DONTWAIT | SendFlags::NOSIGNAL,
        )
        .is_ok()
        {
            match (operation, &mut end.waiting) {
                (Some(operation), Some(waiting)) => waiting.push_back(operation),
                _ => end.waiting = None,
            }
        }
        self.turn();
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Exchange {
                by,
                server,
                on,
                receives,
            } => self.exchange(*by, *server, *on, *receives),
            Step::Call {
                by,
                server,
                timeout,
                spoilt,
                room,
            } => self.call(*by, *server, *timeout, *spoilt, *room),
            Step::Receive { by, timeout, room } => self.receive(*by, *timeout, *room),
            Step::Reply {
                by,
                pick,
                wrong,
                receives,
                spoilt,
            } => self.reply(*by, *pick, *wrong, *receives, *spoilt),
            Step::Abort { by, pick, wrong } => {
                let (token, _) = self.token(*by, *pick, *wrong);
                let header = Header {
                    token,
                    code: Retcode::FAIL,
                    ..Header::new(Kind::Abort)
                };
                self.send(*by, &packet(header, &[], &[]), Some(Operation::Reply));
            }
            Step::Read { by } => self.read(*by),
            Step::Time { milliseconds } => {
                self.kernel.advance((*milliseconds).into());
                self.turn();
            }
            Step::Seldom { unless, mischief } if unless.is_multiple_of(8) => {
                self.mischief(mischief);
            }
            Step::Seldom { .. } => {}
        }
    }

    fn mischief(&mut self, mischief: &Mischief) {
        match mischief {
            Mischief::Frame {
                by,
                kind,
                handle,
                token,
                payload,
            } => {
                let kind = Kind::from_number(kind % 12).unwrap_or(Kind::Locate);
                let header = Header {
                    handle: (*handle).into(),
                    token: (*token).into(),
                    ..Header::new(kind)
                };
                self.send(*by, &packet(header, payload, &[]), None);
            }
            Mischief::Bytes { by, bytes } => self.send(*by, bytes, None),
            Mischief::Close { by } => {
                if let Some((_, end)) = self.end(*by) {
                    *end = None;
                }
                self.turn();
            }
            Mischief::Die { task } => self.die(usize::from(*task) % WILD),
        }
    }

    /// Both sides of a call, in order. Whatever waits on the two lanes is read first.
    fn exchange(&mut self, by: Place, server: bool, on: u8, receives: bool) {
        let serving = Place {
            task: u8::from(server),
            lane: on,
        };
        let calling = Place {
            task: [0, 2, 3][usize::from(by.task) % 3],
            lane: by.lane,
        };
        self.read(serving);
        self.receive(serving, 0, 1);
        self.read(calling);
        self.call(calling, server, 0, None, 1);
        self.read(serving);
        self.reply(serving, u8::MAX, 2, receives, None);
        self.read(serving);
        self.read(calling);
    }

    fn receive(&mut self, by: Place, timeout: u8, room: u8) {
        let handle = self.serves[usize::from(by.task) % WILD];
        let (timeout, token) = (
            milliseconds(timeout),
            if room.is_multiple_of(8) { 8 } else { 4096 },
        );
        let header = Header {
            handle,
            timeout,
            token,
            ..Header::new(Kind::Receive)
        };
        self.send(by, &packet(header, &[], &[]), Some(Operation::Receive));
    }

    fn call(&mut self, by: Place, server: bool, timeout: u8, spoilt: Option<(u8, u8)>, room: u8) {
        let task = usize::from(by.task) % WILD;
        let handles = &self.calls[task];
        let handle = handles
            .get(usize::from(server) % handles.len().max(1))
            .copied()
            .unwrap_or(9);
        self.label += 1;
        let arena = format!("{}\0", self.label).into_bytes();
        let mut constant = head(image::OPEN, 32);
        constant.extend_from_slice(&0_u32.to_le_bytes());
        constant.extend_from_slice(&u32::try_from(arena.len()).unwrap().to_le_bytes());
        spoil(&mut constant, spoilt);
        let (timeout, token) = (
            milliseconds(timeout),
            if room.is_multiple_of(16) { 8 } else { 4096 },
        );
        let header = Header {
            handle,
            timeout,
            token,
            ..Header::new(Kind::Call)
        };
        let operation = Operation::Call(self.label);
        self.send(by, &packet(header, &constant, &arena), Some(operation));
    }

    /// A token: of a request that this program was given, of one that another was given, or of none; and what a response to
    /// it may say. (A small number could be one that this program has been given and has not read yet.)
    fn token(&self, by: Place, pick: u8, wrong: u8) -> (u64, u32) {
        let task = usize::from(by.task) % WILD;
        let pick = usize::from(pick.wrapping_add(1));
        // the latest first
        let (own, others): (Vec<_>, Vec<_>) = self
            .given
            .iter()
            .rev()
            .partition(|given| given.task == task);
        let own = own
            .get(pick % own.len().clamp(1, 4))
            .map(|given| (given.token, given.label));
        let other = others
            .get(pick % others.len().max(1))
            .map(|given| (given.token, POISON));
        let none = (u64::MAX - u64::from(wrong), POISON);
        match wrong % 8 {
            0 => none,
            1 => other.unwrap_or(none),
            _ => own.unwrap_or(none),
        }
    }

    fn reply(&mut self, by: Place, pick: u8, wrong: u8, receives: bool, spoilt: Option<(u8, u8)>) {
        let (token, label) = self.token(by, pick, wrong);
        let mut constant = head(image::OPEN, 32);
        constant.extend_from_slice(&label.to_le_bytes());
        constant.resize(32, 0);
        // not the number itself: a server may say what it likes
        spoil(&mut constant[..24], spoilt);
        let handle = self.serves[usize::from(by.task) % WILD];
        let (kind, operation) = if receives {
            (Kind::ReplyReceive, Operation::ReplyReceive)
        } else {
            (Kind::Reply, Operation::Reply)
        };
        let header = Header {
            handle,
            token,
            timeout: 4096,
            ..Header::new(kind)
        };
        self.send(by, &packet(header, &constant, &[]), Some(operation));
    }

    /// Reads whatever has come on a lane.
    fn read(&mut self, place: Place) {
        self.turn();
        loop {
            let Some((task, Some(end))) = self.end(place) else {
                return;
            };
            let Some((header, payload)) = read_one(&end.socket) else {
                return;
            };
            let asked = match &mut end.waiting {
                None => Asked::Unknown,
                Some(waiting) => waiting.pop_front().map_or(Asked::Nothing, Asked::One),
            };
            self.answered(task, asked, header, &payload);
            self.turn();
        }
    }

    fn answered(&mut self, task: usize, asked: Asked, header: Header, payload: &[u8]) {
        use Operation::{Call, Receive, ReplyReceive};
        let said = || u32::from_le_bytes(payload[24..28].try_into().unwrap());
        match (header.kind, asked) {
            (_, Asked::Nothing) => panic!("nothing was asked: {header:?}"),
            // the response to a spoilt method can be an error, which says nothing
            (Kind::Response, Asked::One(Call(_)) | Asked::Unknown) if payload.len() == 24 => {}
            (Kind::Response, Asked::One(Call(label))) => {
                assert_eq!(said(), label, "the answer to another call");
            }
            (Kind::Response, Asked::Unknown) => assert_ne!(said(), POISON, "an answer to nothing"),
            (Kind::Request, Asked::One(Receive | ReplyReceive) | Asked::Unknown) => {
                let start = header.arena_start().unwrap();
                let text = String::from_utf8(payload[start..].to_vec()).unwrap();
                let label = text.trim_end_matches('\0').parse().unwrap_or(0);
                assert!(
                    self.given.iter().all(|given| given.token != header.token),
                    "a token was used twice"
                );
                self.given.push(ReceivedHandle {
                    task,
                    token: header.token,
                    label,
                });
            }
            (Kind::Result, _) => assert!(DOCUMENTED.contains(&header.code), "{header:?}"),
            other => panic!("{other:?}"),
        }
    }

    /// As when the system says that the process has ended.
    fn die(&mut self, task: usize) {
        self.ends[task].clear();
        self.kernel.end(TaskId(u32::try_from(task).unwrap()));
        self.turn();
    }

    fn assert_nothing_is_charged(&self) {
        for task in (0..6).map(TaskId) {
            assert_eq!(self.kernel.charged(task), 0, "{task:?}");
        }
    }

    /// Everybody wild has died: nothing of them is left, and others are served.
    fn finish(mut self) {
        for task in 0..WILD {
            self.die(task);
        }
        self.assert_nothing_is_charged();
        let handle = self.serves[HONEST_SERVER];
        let receive = Header {
            handle,
            token: 4096,
            timeout: FOREVER,
            ..Header::new(Kind::Receive)
        };
        self.tell(HONEST_SERVER, receive, &[], &[]);
        let mut request = head(image::OPEN, 32);
        request.extend_from_slice(&[0, 0, 0, 0, 2, 0, 0, 0]);
        let call = Header {
            handle: self.calls[HONEST_CLIENT][0],
            token: 4096,
            ..Header::new(Kind::Call)
        };
        self.tell(HONEST_CLIENT, call, &request, b"x\0");
        let (given, _) = self.hear(HONEST_SERVER);
        assert_eq!(given.kind, Kind::Request);
        let mut response = head(image::OPEN, 32);
        response.resize(32, 7);
        response[28..].fill(0);
        let told = self.ask(
            HONEST_SERVER,
            Header {
                token: given.token,
                ..Header::new(Kind::Reply)
            },
            &response,
        );
        assert_eq!(told.0.code, Retcode::OK);
        // the kernel writes part of the header
        assert_eq!(self.hear(HONEST_CLIENT).1[24..], response[24..]);
        self.assert_nothing_is_charged();
    }
}

/// The codes of `docs/kernel.md` §10.3 that a program without handles of its own can be told.
const DOCUMENTED: [Retcode; 13] = [
    Retcode::OK,
    Retcode::INVALID_ARGUMENT,
    Retcode::BUFFER_TOO_LARGE,
    Retcode::BUFFER_TOO_SMALL,
    Retcode::SECURITY_DISALLOW,
    Retcode::INVALID_OPERATION,
    Retcode::NOT_CONNECTED,
    Retcode::ABORT,
    Retcode::FAIL,
    Retcode::TIMEOUT,
    Retcode::QUOTA_EXCEEDED,
    Retcode::RESOURCE_NOT_FOUND,
    Retcode::UNIMPLEMENTED,
];

fn milliseconds(timeout: u8) -> u32 {
    if timeout < 128 {
        FOREVER
    } else {
        u32::from(timeout - 128)
    }
}

fn head(mid: u16, size: u32) -> Vec<u8> {
    let mut bytes = [0_u16.to_le_bytes(), mid.to_le_bytes()].concat();
    bytes.extend_from_slice(&Ex::new(size, 0, false).0.to_le_bytes());
    bytes.resize(24, 0);
    bytes
}

fn spoil(message: &mut [u8], spoilt: Option<(u8, u8)>) {
    if let Some((at, value)) = spoilt.filter(|(at, _)| at.is_multiple_of(4)) {
        message[usize::from(at) % 24] = value;
    }
}

fn packet(header: Header, constant: &[u8], arena: &[u8]) -> Vec<u8> {
    let length = |part: &[u8]| u32::try_from(part.len()).unwrap();
    let header = Header {
        constant: length(constant),
        arena: length(arena),
        ..header
    };
    let mut bytes = [&header.to_bytes()[..], constant].concat();
    bytes.resize(32 + header.arena_start().unwrap(), 0);
    bytes.extend_from_slice(arena);
    bytes
}

fn read_one(socket: &OwnedFd) -> Option<(Header, Vec<u8>)> {
    let mut bytes = vec![0; 8192];
    let (length, _) = recv(socket, &mut bytes[..], RecvFlags::DONTWAIT).ok()?;
    let header = Header::from_bytes(&bytes[..length]).ok()?;
    Some((header, bytes[32..length].to_vec()))
}

#[test]
fn whatever_programs_do_replies_reach_their_calls_or_nobody_and_others_are_served() {
    let steps = produce::<Vec<Step>>().with().len(10..=64_usize);
    check!()
        .with_iterations(1_000)
        .with_max_len(16 << 10)
        .with_generator(steps)
        .for_each(|steps| {
            let mut session = Session::new();
            for step in steps {
                session.step(step);
            }
            for (task, lane) in (0..4).flat_map(|task| [(task, 0), (task, 1)]) {
                session.read(Place { task, lane });
            }
            session.finish();
        });
}
