//! One lane: whole messages to and from the kernel, cut into packets on the
//! way.
use super::{Error, Parts, Result, Size};
use crate::frame::{FrameError, HEADER, Header, Kind, MAX_PACKET, SMALL};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{
    RecvAncillaryBuffer, RecvFlags, SendAncillaryBuffer, SendFlags, recvmsg, send, sendmsg,
};
use std::io::{IoSlice, IoSliceMut};
use std::os::fd::OwnedFd;

/// Bytes of a message in one packet.
const IN_PACKET: usize = MAX_PACKET.saturating_sub(HEADER);
/// The arena begins at a multiple of this.
const ALIGN: usize = 16;
static PADDING: [u8; ALIGN] = [0; ALIGN];

/// A packet socket whose other end the kernel holds.
#[derive(Debug)]
pub(super) struct Lane(OwnedFd);

/// A message that arrived.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrived {
    /// The header of its first packet.
    pub(super) header: Header,
    /// What it takes of the room; `None` when the room was too small and the
    /// message was dropped.
    pub(super) size: Option<Size>,
}

impl Lane {
    pub(super) const fn new(socket: OwnedFd) -> Self {
        Self(socket)
    }

    /// Sends a message; the lengths in `header` are filled in.
    pub(super) fn send(&self, header: Header, message: Parts<'_>) -> Result<()> {
        let length = |part: &[u8]| u32::try_from(part.len()).map_err(|_| FrameError::Length);
        let mut header = Header {
            constant: length(message.constant)?,
            arena: length(message.arena)?,
            ..header
        };
        let padding = header
            .arena_start()
            .and_then(|n| n.checked_sub(message.constant.len()))
            .unwrap_or(0);
        if let Some(small) = Small::of(
            &header,
            [
                message.constant,
                PADDING.get(..padding).unwrap_or(&[]),
                message.arena,
            ],
        ) {
            return sent(retry_on_intr(|| {
                send(&self.0, small.bytes(), SendFlags::NOSIGNAL)
            }));
        }
        let mut rest = [
            message.constant,
            PADDING.get(..padding).unwrap_or(&[]),
            message.arena,
        ];
        loop {
            let bytes = header.to_bytes();
            let [constant, padding, arena] = split_off(&mut rest, IN_PACKET);
            self.write(&[&bytes, constant, padding, arena].map(IoSlice::new))?;
            if rest.iter().all(|part| part.is_empty()) {
                return Ok(());
            }
            header = Header::new(Kind::Continuation);
        }
    }

    /// Waits for a message and puts it into `room`, its arena directly behind
    /// its constant part. One that does not fit is read to its end and dropped,
    /// so that the next one is found.
    pub(super) fn receive(&self, room: &mut [u8]) -> Result<Arrived> {
        let (mut head, mut beyond) = ([0; HEADER], [0; ALIGN]);
        let packet = self.read(&mut [&mut head, &mut *room, &mut beyond].map(IoSliceMut::new))?;
        let header = Header::from_bytes(head.get(..packet.min(HEADER)).unwrap_or(&[]))?;
        let message = Extent::of(&header).ok_or(FrameError::Length)?;
        let present = packet.saturating_sub(HEADER);
        if present > message.total || header.kind == Kind::Continuation {
            return Err(FrameError::Length.into());
        }
        let fits = message.size().len() <= room.len();
        if fits {
            message.close_gap(room, &beyond, present);
        }
        self.receive_rest(&message, present, if fits { room } else { &mut [] })?;
        let size = fits.then(|| message.size());
        Ok(Arrived { header, size })
    }

    /// Reads the continuations of a message of which `done` bytes are there;
    /// into nothing when the room is empty.
    fn receive_rest(&self, message: &Extent, done: usize, room: &mut [u8]) -> Result<()> {
        let mut done = done;
        while done < message.total {
            let (mut head, mut padding) = ([0; HEADER], [0; ALIGN]);
            let [constant, padding, arena] = message.rest(done, room, &mut padding);
            let packet =
                self.read(&mut [&mut head, constant, padding, arena].map(IoSliceMut::new))?;
            let header = Header::from_bytes(head.get(..packet.min(HEADER)).unwrap_or(&[]))?;
            let present = packet.saturating_sub(HEADER);
            done = done.saturating_add(present);
            if header.kind != Kind::Continuation || present == 0 || done > message.total {
                return Err(FrameError::Length.into());
            }
        }
        Ok(())
    }

    /// Sends one packet. An interrupted call has sent nothing and is repeated.
    pub(super) fn write(&self, packet: &[IoSlice<'_>]) -> Result<()> {
        let send = || {
            sendmsg(
                &self.0,
                packet,
                &mut SendAncillaryBuffer::default(),
                SendFlags::NOSIGNAL,
            )
        };
        sent(retry_on_intr(send))
    }

    /// Receives one packet; answers its length, which can be more than there
    /// was room for.
    pub(super) fn read(&self, packet: &mut [IoSliceMut<'_>]) -> Result<usize> {
        let receive = || {
            recvmsg(
                &self.0,
                packet,
                &mut RecvAncillaryBuffer::default(),
                RecvFlags::TRUNC,
            )
        };
        match retry_on_intr(receive) {
            // a packet without a byte reads like the end, but the other end is still there
            Ok(received) if received.bytes == 0 && self.is_hung_up() => Err(Error::KernelGone),
            Ok(received) => Ok(received.bytes),
            Err(e) => Err(failed("receiving from the kernel", e)),
        }
    }

    fn is_hung_up(&self) -> bool {
        let mut asked = [PollFd::new(&self.0, PollFlags::RDHUP)];
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        retry_on_intr(|| poll(&mut asked, Some(&now))).map_or(true, |happened| happened > 0)
    }
}

fn sent(sent: std::result::Result<usize, Errno>) -> Result<()> {
    sent.map(drop)
        .map_err(|e| failed("sending to the kernel", e))
}

/// A small packet in one piece.
struct Small {
    bytes: [u8; HEADER + SMALL],
    length: usize,
}

impl Small {
    fn of(header: &Header, parts: [&[u8]; 3]) -> Option<Self> {
        let mut small = Self {
            bytes: [0; HEADER + SMALL],
            length: 0,
        };
        for part in [&header.to_bytes()[..], parts[0], parts[1], parts[2]] {
            let end = small.length.checked_add(part.len())?;
            small
                .bytes
                .get_mut(small.length..end)?
                .copy_from_slice(part);
            small.length = end;
        }
        Some(small)
    }
    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

fn failed(doing: &'static str, e: Errno) -> Error {
    match e {
        Errno::PIPE | Errno::CONNRESET | Errno::NOTCONN => Error::KernelGone,
        e => Error::System {
            doing,
            errno: e.raw_os_error(),
        },
    }
}

/// Takes the first `n` bytes off a sequence of slices.
fn split_off<'m, const N: usize>(slices: &mut [&'m [u8]; N], n: usize) -> [&'m [u8]; N] {
    let mut left = n;
    slices.each_mut().map(|slice| {
        let (taken, rest) = slice.split_at_checked(left).unwrap_or((slice, &[]));
        left = left.saturating_sub(taken.len());
        *slice = rest;
        taken
    })
}

/// Where the parts of an announced message lie among its bytes.
struct Extent {
    constant: usize,
    /// Where the arena begins.
    start: usize,
    arena: usize,
    /// Bytes with the padding.
    total: usize,
}

impl Extent {
    fn of(header: &Header) -> Option<Self> {
        let (constant, arena) = (
            usize::try_from(header.constant).ok()?,
            usize::try_from(header.arena).ok()?,
        );
        Some(Self {
            constant,
            start: header.arena_start()?,
            arena,
            total: header.payload()?,
        })
    }
    const fn size(&self) -> Size {
        Size {
            constant: self.constant,
            arena: self.arena,
        }
    }
    /// Moves the arena of a first packet down over the padding. The packet was
    /// read before anything was known about it: where the room is exactly as
    /// large as the message, its last bytes lie `beyond`, and these can begin
    /// inside the padding.
    fn close_gap(&self, room: &mut [u8], beyond: &[u8; ALIGN], present: usize) {
        if self.start == self.constant || present <= self.start {
            return;
        }
        let inside = present.min(room.len());
        let moved = inside.saturating_sub(self.start);
        if moved > 0 {
            room.copy_within(self.start..inside, self.constant);
        }
        let tail = beyond
            .get(self.start.saturating_sub(inside)..present.saturating_sub(inside))
            .unwrap_or(&[]);
        let end = self.constant.saturating_add(moved);
        if let Some(place) = room
            .get_mut(end..)
            .and_then(|room| room.get_mut(..tail.len()))
        {
            place.copy_from_slice(tail);
        }
    }
    /// Where the bytes from `done` on belong: the rest of the constant part, of
    /// the padding, of the arena.
    fn rest<'r>(
        &self,
        done: usize,
        room: &'r mut [u8],
        padding: &'r mut [u8; ALIGN],
    ) -> [&'r mut [u8]; 3] {
        let (constant, arena) = room.split_at_mut_checked(self.constant).unwrap_or_default();
        let gap = self.start.saturating_sub(self.constant);
        [
            constant.get_mut(done..).unwrap_or_default(),
            padding
                .get_mut(done.saturating_sub(self.constant)..gap)
                .unwrap_or_default(),
            arena
                .get_mut(done.saturating_sub(self.start)..self.arena)
                .unwrap_or_default(),
        ]
    }
}
