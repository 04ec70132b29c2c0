//! The other end of the lanes, written from the description in `frame` and sharing no code with the program's side but the
//! header itself.
use nk_runtime::Retcode;
use nk_runtime::frame::{HEADER, Header, Kind, MAX_PACKET};
use nk_runtime::host::Connection;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socketpair,
};
use std::os::fd::OwnedFd;
use std::sync::Arc;

pub(crate) const MAX_MESSAGE: u64 = 4 << 20;

/// A message as the kernel sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) header: Header,
    pub(crate) constant: Vec<u8>,
    pub(crate) arena: Vec<u8>,
}

/// The kernel's end of a lane.
pub(crate) struct Lane(OwnedFd);

impl Lane {
    /// A lane: the program's end and the kernel's.
    pub(crate) fn pair() -> (OwnedFd, Self) {
        let (a, b) = socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC,
            None,
        )
        .unwrap();
        (a, Self(b))
    }
    /// One packet; `None` when the program has closed the lane.
    pub(crate) fn packet(&self) -> Option<Vec<u8>> {
        let mut packet = vec![0; MAX_PACKET + 1];
        let (n, _) = recv(&self.0, &mut packet[..], RecvFlags::empty()).ok()?;
        assert!(n <= MAX_PACKET, "a packet of {n} bytes");
        packet.truncate(n);
        (n > 0).then_some(packet)
    }
    /// A whole message; checks that its packets are cut as described.
    pub(crate) fn receive(&self) -> Option<Frame> {
        let mut packet = self.packet()?;
        let header = Header::from_bytes(&packet).unwrap();
        let total = header.payload().unwrap();
        let mut payload = packet.split_off(HEADER);
        while payload.len() < total {
            assert_eq!(
                payload.len() % (MAX_PACKET - HEADER),
                0,
                "every packet but the last is full"
            );
            let mut packet = self.packet()?;
            assert_eq!(
                Header::from_bytes(&packet),
                Ok(Header::new(Kind::Continuation))
            );
            payload.extend(packet.split_off(HEADER));
        }
        assert_eq!(payload.len(), total);
        let arena = payload.split_off(header.arena_start().unwrap());
        let padding = payload.split_off(header.constant as usize);
        assert!(padding.iter().all(|b| *b == 0), "padding is zero");
        Some(Frame {
            header,
            constant: payload,
            arena,
        })
    }
    /// Sends bytes as one packet.
    pub(crate) fn send_packet(&self, packet: &[u8]) {
        assert_eq!(send(&self.0, packet, SendFlags::NOSIGNAL), Ok(packet.len()));
    }
    pub(crate) fn send(&self, header: Header, constant: &[u8], arena: &[u8]) {
        let mut header = Header {
            constant: constant.len() as u32,
            arena: arena.len() as u32,
            ..header
        };
        let mut payload = constant.to_vec();
        payload.resize(header.arena_start().unwrap(), 0);
        payload.extend(arena);
        let mut rest = &payload[..];
        loop {
            let (now, later) = rest.split_at(rest.len().min(MAX_PACKET - HEADER));
            self.send_packet(&[&header.to_bytes()[..], now].concat());
            (rest, header) = (later, Header::new(Kind::Continuation));
            if rest.is_empty() {
                return;
            }
        }
    }
    /// Sends an outcome without a message.
    pub(crate) fn result(&self, code: Retcode) {
        self.send(
            Header {
                code,
                ..Header::new(Kind::Result)
            },
            &[],
            &[],
        );
    }
    /// Sends the message back as the response to itself.
    pub(crate) fn echo(&self, frame: &Frame) {
        self.send(Header::new(Kind::Response), &frame.constant, &frame.arena);
    }
    /// Answers the hello.
    pub(crate) fn welcome(&self, lanes: u32) {
        let hello = self.receive().unwrap().header;
        assert_eq!(hello, Header::new(Kind::Hello));
        self.send(
            Header {
                handle: lanes,
                token: MAX_MESSAGE,
                ..Header::new(Kind::Result)
            },
            &[],
            &[],
        );
    }
}

/// A program with this many lanes, at whose other ends `answer` answers every message, each lane in a thread of its own.
pub(crate) fn program(
    lanes: u32,
    answer: impl Fn(&Lane, Frame) + Send + Sync + 'static,
) -> Connection {
    let answer = Arc::new(answer);
    let mut ends = Vec::new();
    for number in 0..lanes {
        let (end, lane) = Lane::pair();
        ends.push(end);
        let answer = Arc::clone(&answer);
        std::thread::spawn(move || {
            if number == 0 {
                lane.welcome(lanes);
            }
            while let Some(frame) = lane.receive() {
                answer(&lane, frame);
            }
        });
    }
    Connection::over(ends).unwrap()
}

/// A program with one lane, whose messages the kernel answers by `script`, in this thread's order.
pub(crate) fn scripted(
    script: impl FnOnce(&Lane) + Send + 'static,
) -> (Connection, std::thread::JoinHandle<()>) {
    let (end, lane) = Lane::pair();
    let kernel = std::thread::spawn(move || {
        lane.welcome(1);
        script(&lane);
    });
    (Connection::over([end]).unwrap(), kernel)
}

/// `len` bytes that differ from those of another seed.
pub(crate) fn bytes(len: usize, seed: u8) -> Vec<u8> {
    (0..len)
        .map(|i| {
            (i as u8)
                .wrapping_mul(31)
                .wrapping_add(seed)
                .wrapping_add((i >> 8) as u8)
        })
        .collect()
}
