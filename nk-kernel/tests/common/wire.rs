//! Raw frames on the lanes that the kernel left for this process.
#![allow(unsafe_code, reason = "the lanes are known by their numbers only")]
use super::image::{self, FS_DIGEST, SERVER_DIGEST};
use crate::tell;
use nk_runtime::Retcode;
use nk_runtime::frame::{
    FIRST_LANE, FOREVER, HEADER, Header, Kind, Locate, MAX_PACKET, write_locate,
};
use rustix::fd::{BorrowedFd, RawFd};
use rustix::io::{IoSlice, IoSliceMut, retry_on_intr};
use rustix::net::{
    RecvAncillaryBuffer, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, recvmsg,
    sendmsg,
};

#[derive(Clone, Copy)]
pub struct Lane(RawFd);

/// A frame and what stood behind it.
#[derive(Debug)]
pub struct Frame {
    pub header: Header,
    pub payload: Vec<u8>,
}

/// Room that every message of these tests fits.
pub const ROOM: u32 = 1 << 25;

impl Lane {
    pub fn nth(n: i32) -> Self {
        Self(FIRST_LANE + n)
    }
    fn socket(self) -> BorrowedFd<'static> {
        // SAFETY: the kernel opened this descriptor for the process, and nothing here closes it.
        unsafe { BorrowedFd::borrow_raw(self.0) }
    }
    pub fn packet(self, bytes: &[u8]) {
        let send = || {
            sendmsg(
                self.socket(),
                &[IoSlice::new(bytes)],
                &mut SendAncillaryBuffer::default(),
                SendFlags::empty(),
            )
        };
        retry_on_intr(send).unwrap();
    }
    /// A packet with two descriptors beside it.
    pub fn packet_with_descriptors(self, bytes: &[u8]) {
        let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
        let mut beside = SendAncillaryBuffer::new(&mut space);
        let two = [self.socket(); 2];
        assert!(beside.push(SendAncillaryMessage::ScmRights(&two)));
        sendmsg(
            self.socket(),
            &[IoSlice::new(bytes)],
            &mut beside,
            SendFlags::empty(),
        )
        .unwrap();
    }
    /// A message that follows the protocol: full packets.
    pub fn send(self, header: Header, constant: &[u8], arena: &[u8]) {
        let lengths = (
            u32::try_from(constant.len()).unwrap(),
            u32::try_from(arena.len()).unwrap(),
        );
        let header = Header {
            constant: lengths.0,
            arena: lengths.1,
            ..header
        };
        let mut payload = constant.to_vec();
        payload.resize(header.arena_start().unwrap(), 0);
        payload.extend_from_slice(arena);
        let mut head = header;
        let mut rest = &payload[..];
        loop {
            let part = rest.len().min(MAX_PACKET - HEADER);
            self.packet(&[&head.to_bytes()[..], &rest[..part]].concat());
            rest = &rest[part..];
            if rest.is_empty() {
                return;
            }
            head = Header::new(Kind::Continuation);
        }
    }
    /// The next packet.
    pub fn read(self) -> Vec<u8> {
        let mut bytes = vec![0; MAX_PACKET + 1];
        let read = || {
            recvmsg(
                self.socket(),
                &mut [IoSliceMut::new(&mut bytes)],
                &mut RecvAncillaryBuffer::default(),
                RecvFlags::empty(),
            )
        };
        let mut read = read;
        let length = retry_on_intr(&mut read).unwrap().bytes;
        assert!(length > 0, "the kernel has closed the lane");
        bytes.truncate(length);
        bytes
    }
    /// Waits for the next packet; whether it is the end of the lane.
    pub fn ends(self) -> bool {
        let mut byte = [0];
        let mut room = [IoSliceMut::new(&mut byte)];
        let flags = RecvFlags::empty();
        recvmsg(
            self.socket(),
            &mut room,
            &mut RecvAncillaryBuffer::default(),
            flags,
        )
        .unwrap()
        .bytes
            == 0
    }
    pub fn receive(self) -> Frame {
        let first = self.read();
        let header = Header::from_bytes(&first).unwrap();
        let mut payload = first[HEADER..].to_vec();
        while payload.len() < header.payload().unwrap() {
            let more = self.read();
            assert_eq!(Header::from_bytes(&more).unwrap().kind, Kind::Continuation);
            payload.extend_from_slice(&more[HEADER..]);
        }
        Frame { header, payload }
    }
    pub fn ask(self, header: Header, constant: &[u8], arena: &[u8]) -> Frame {
        self.send(header, constant, arena);
        self.receive()
    }
    pub fn locate(
        self,
        which: Locate,
        handle: u32,
        name: &str,
        other: &str,
        digest: &[u8; 32],
    ) -> Frame {
        let mut room = [0; 1024];
        let payload = write_locate(&mut room, name, other, digest).unwrap();
        self.ask(
            Header {
                flags: which as u8,
                handle,
                ..Header::new(Kind::Locate)
            },
            payload,
            &[],
        )
    }
    pub fn connect(self, name: &str) -> u32 {
        let frame = self.locate(Locate::Connect, 0, name, "", &[0; 32]);
        assert_eq!(frame.header.code, Retcode::OK, "{}", frame.text());
        frame.header.handle
    }
    pub fn register(self, name: &str) -> u32 {
        let frame = self.locate(Locate::Register, 0, name, "fs.Server", &SERVER_DIGEST);
        assert_eq!(frame.header.code, Retcode::OK, "{}", frame.text());
        frame.header.handle
    }
    pub fn riid(self, handle: u32, name: &str) -> Frame {
        self.locate(Locate::Riid, handle, name, "fs.Filesystem", &FS_DIGEST)
    }
    pub fn call(self, handle: u32, constant: &[u8], arena: &[u8]) -> Frame {
        self.ask(
            Header {
                handle,
                token: u64::from(ROOM),
                ..Header::new(Kind::Call)
            },
            constant,
            arena,
        )
    }
    pub fn take(self, handle: u32) -> Frame {
        self.ask(
            Header {
                handle,
                token: u64::from(ROOM),
                timeout: FOREVER,
                ..Header::new(Kind::Receive)
            },
            &[],
            &[],
        )
    }
    pub fn reply(self, token: u64, constant: &[u8], arena: &[u8]) -> Retcode {
        self.ask(
            Header {
                token,
                ..Header::new(Kind::Reply)
            },
            constant,
            arena,
        )
        .header
        .code
    }
}

impl Frame {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.payload).into_owned()
    }
    pub fn constant(&self) -> &[u8] {
        &self.payload[..self.header.constant as usize]
    }
    pub fn arena(&self) -> &[u8] {
        &self.payload[self.header.arena_start().unwrap()..]
    }
    /// What came, in a word.
    pub fn outcome(&self) -> String {
        match self.header.kind {
            Kind::Result => self.header.code.to_string(),
            kind => format!("{kind:?}"),
        }
    }
}

/// The header of a message.
pub fn head(riid: u16, mid: u16, size: u32, err: bool) -> Vec<u8> {
    let ex = nk_runtime::message::Ex::new(size, 0, err).0;
    let mut bytes = [riid.to_le_bytes(), mid.to_le_bytes()].concat();
    bytes.extend_from_slice(&ex.to_le_bytes());
    bytes.resize(24, 0);
    bytes
}

/// `Open(in string name)`: constant part and arena.
pub fn open(name: &str) -> (Vec<u8>, Vec<u8>) {
    let arena = [name.as_bytes(), b"\0"].concat();
    (
        with_chunk(head(0, image::OPEN, 32, false), arena.len()),
        arena,
    )
}

/// `Blob` in either direction.
pub fn blob(bytes: usize) -> (Vec<u8>, Vec<u8>) {
    let mut arena = (0..251).collect::<Vec<u8>>().repeat(bytes.div_ceil(251));
    arena.truncate(bytes);
    (with_chunk(head(0, image::BLOB, 32, false), bytes), arena)
}

/// The answer of `Open`.
pub fn opened(h: u32) -> Vec<u8> {
    let mut constant = head(0, image::OPEN, 32, false);
    constant.extend_from_slice(&h.to_le_bytes());
    constant.resize(32, 0);
    constant
}

fn with_chunk(mut constant: Vec<u8>, size: usize) -> Vec<u8> {
    constant.extend_from_slice(&0_u32.to_le_bytes());
    constant.extend_from_slice(&u32::try_from(size).unwrap().to_le_bytes());
    constant
}

/// The number behind a response's header.
pub fn number(constant: &[u8]) -> u32 {
    u32::from_le_bytes(constant[24..28].try_into().unwrap())
}

fn mid(constant: &[u8]) -> u16 {
    u16::from_le_bytes([constant[2], constant[3]])
}

/// Answers `Open` with 1, 2, 3 and `Blob` with the same bytes, until no client is left.
pub fn serve() {
    let lane = Lane::nth(0);
    let handle = lane.register("fs");
    let mut served = 0;
    loop {
        let request = lane.take(handle);
        if request.header.kind == Kind::Result {
            return tell!("served {served}, then {}", request.header.code);
        }
        served += 1;
        let token = request.header.token;
        let code = match mid(request.constant()) {
            image::OPEN => lane.reply(token, &opened(served), &[]),
            _ => lane.reply(token, request.constant(), request.arena()),
        };
        if code != Retcode::OK {
            tell!("reply {code}");
        }
    }
}
