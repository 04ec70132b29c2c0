//! Fuzz target: frames. Whatever packets a program sends, what the kernel takes for a message is what was sent, its memory
//! is charged and given back, and the lane goes on working.
//!
//! `cargo test` replays `__fuzz__` and tries some new inputs; `BOLERO_RANDOM_ITERATIONS` says how many, and
//! `cargo bolero test` looks for those that reach something new.
use bolero::{TypeGenerator, check};
use nk_kernel::fuzzing::{Account, Buffer, IN_PACKET, Lane, Read};
use nk_runtime::frame::{HEADER, Header, Kind, MAX_PACKET};
use nk_security::Bytes;
use rustix::fd::OwnedFd;
use rustix::net::{SendFlags, send};

/// A packet of a program.
#[derive(Debug, TypeGenerator)]
enum Packet {
    /// Anything.
    Raw(Vec<u8>),
    /// A header with these lengths, which are small more often than not, and what stands behind it.
    Framed {
        kind: u8,
        constant: Length,
        arena: Length,
        payload: Payload,
    },
    /// A message in full packets, as the protocol wants it; in these cases the last is left out.
    Whole {
        constant: Length,
        arena: Length,
        stops: bool,
    },
    /// As many bytes of the message that has begun as are still missing, or fewer.
    Rest { less: u8 },
}

#[derive(Debug, TypeGenerator)]
enum Length {
    Small(u8),
    Any(u32),
    Packets { half: u8, more: i8 },
}

impl Length {
    fn bytes(&self) -> u32 {
        match *self {
            Self::Small(n) => n.into(),
            Self::Any(n) => n,
            Self::Packets { half, more } => {
                (u32::from(half % 6) * 32_752).saturating_add_signed(more.into())
            }
        }
    }
}

#[derive(Debug, TypeGenerator)]
enum Payload {
    /// What the header announces, as far as it fits a packet.
    Announced,
    Bytes(Vec<u8>),
}

const LIMIT: u64 = 200_000;
const MAX_MESSAGE: u32 = 150_000;

/// What has been sent of a message that is not complete.
#[derive(Debug, Default)]
struct Begun {
    header: Option<Header>,
    payload: Vec<u8>,
}

struct World {
    lane: Lane,
    program: OwnedFd,
    account: Account,
    room: Vec<u8>,
    begun: Begun,
    /// So that bytes of different packets differ.
    next: u8,
}

impl World {
    fn new() -> Self {
        let (lane, program) = Lane::pair().unwrap();
        let (account, room) = (Account::new(LIMIT), vec![0; MAX_PACKET]);
        Self {
            lane,
            program,
            account,
            room,
            begun: Begun::default(),
            next: 0,
        }
    }

    /// What is sent for it.
    fn packets(&mut self, packet: &Packet) -> Vec<Vec<u8>> {
        let mut fill = |n: usize| {
            let bytes: Vec<u8> = (0..n)
                .map(|i| self.next.wrapping_add(i.to_le_bytes()[0]))
                .collect();
            self.next = self.next.wrapping_add(101);
            bytes
        };
        match packet {
            Packet::Raw(bytes) => vec![bytes.clone()],
            Packet::Whole {
                constant,
                arena,
                stops,
            } => {
                let header = Header {
                    constant: constant.bytes(),
                    arena: arena.bytes(),
                    ..Header::new(Kind::Call)
                };
                let total = header.payload().unwrap_or(0).min(4 * IN_PACKET);
                let payload = fill(total);
                let mut heads = [header]
                    .into_iter()
                    .chain(std::iter::repeat(Header::new(Kind::Continuation)));
                let mut parts: Vec<&[u8]> = payload.chunks(IN_PACKET).collect();
                if parts.is_empty() {
                    parts.push(&[]);
                }
                let sent = parts.len().saturating_sub(usize::from(*stops));
                let packet = |part: &&[u8]| [&heads.next().unwrap().to_bytes()[..], part].concat();
                parts[..sent].iter().map(packet).collect()
            }
            Packet::Framed {
                kind,
                constant,
                arena,
                payload,
            } => {
                let kind = Kind::from_number(kind % 12).unwrap_or(Kind::Call);
                let header = Header {
                    constant: constant.bytes(),
                    arena: arena.bytes(),
                    ..Header::new(kind)
                };
                let behind = match payload {
                    Payload::Announced => fill(header.payload().unwrap_or(0).min(IN_PACKET)),
                    Payload::Bytes(bytes) => bytes.clone(),
                };
                vec![[&header.to_bytes()[..], &behind].concat()]
            }
            Packet::Rest { less } => {
                let announced = self.begun.header.and_then(|h| h.payload()).unwrap_or(0);
                let missing = announced.saturating_sub(self.begun.payload.len());
                let behind = fill(missing.min(IN_PACKET).saturating_sub(usize::from(*less)));
                vec![[&Header::new(Kind::Continuation).to_bytes()[..], &behind].concat()]
            }
        }
    }

    /// Sends a packet and reads until nothing is left.
    fn send(&mut self, bytes: &[u8]) {
        // one that the system does not take has not been sent
        if send(&self.program, bytes, SendFlags::DONTWAIT).is_err() {
            return;
        }
        self.note(bytes);
        match self.lane.read(&mut self.room, &self.account, MAX_MESSAGE) {
            Read::Message(header, buffer) => {
                self.check(header, &buffer);
                assert!(
                    self.account.charged() > 0 || header.payload() == Some(0),
                    "memory is charged"
                );
                drop(buffer);
                self.begun = Begun::default();
                assert_eq!(self.account.charged(), 0, "and given back");
            }
            Read::Refused(_, code) => {
                assert!(!code.is_ok());
                self.begun = Begun::default();
                assert_eq!(self.account.charged(), 0, "what is refused costs nothing");
            }
            Read::More => assert!(self.account.charged() <= LIMIT),
            Read::Empty | Read::Closed => panic!("a packet was sent"),
        }
        assert!(matches!(
            self.lane.read(&mut self.room, &self.account, MAX_MESSAGE),
            Read::Empty
        ));
    }

    /// What a program that knows the protocol means by its packets.
    fn note(&mut self, bytes: &[u8]) {
        let behind = bytes.get(HEADER..).unwrap_or_default();
        match Header::from_bytes(bytes) {
            Ok(Header {
                kind: Kind::Continuation,
                ..
            }) if self.begun.header.is_some() => {
                self.begun.payload.extend_from_slice(behind);
            }
            Ok(header) => {
                self.begun = Begun {
                    header: Some(header),
                    payload: behind.to_vec(),
                }
            }
            Err(_) => self.begun = Begun::default(),
        }
    }

    /// A message is exactly what was sent of it.
    fn check(&self, header: Header, buffer: &Buffer) {
        let sent = self.begun.header.unwrap();
        assert_eq!(header, sent);
        let (constant, arena) = buffer.parts();
        let (size, start) = (sent.constant as usize, sent.arena_start().unwrap());
        assert_eq!(self.begun.payload.len(), sent.payload().unwrap());
        assert_eq!(constant, &self.begun.payload[..size]);
        assert_eq!(arena, &self.begun.payload[start..]);
        assert!(size + arena.len() <= MAX_MESSAGE as usize);
    }
}

#[test]
fn whatever_packets_come_messages_are_what_was_sent_and_the_lane_goes_on() {
    check!()
        .with_iterations(150)
        .with_type::<Vec<Packet>>()
        .for_each(|packets| {
            let mut world = World::new();
            for packet in packets.iter().take(20) {
                for bytes in world.packets(packet) {
                    world.send(&bytes);
                }
            }
            // whatever has begun, is cut off by a frame of another kind; the next is a message again
            let hello = Header::new(Kind::Hello);
            for _ in 0..2 {
                send(&world.program, &hello.to_bytes(), SendFlags::empty()).unwrap();
            }
            let _cut_off = world
                .lane
                .read(&mut world.room, &world.account, MAX_MESSAGE);
            let read = world
                .lane
                .read(&mut world.room, &world.account, MAX_MESSAGE);
            assert!(matches!(read, Read::Message(header, _) if header == hello));
            assert_eq!(world.account.charged(), 0);
        });
}
