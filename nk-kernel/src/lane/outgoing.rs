//! Sending: full packets, as many as the program's side takes now; the rest
//! waits in the lane.
//!
//! Of each lane at most one message waits here. The kernel reads nothing from a
//! lane that has one, so that a program that does not read holds up itself: its
//! own next operation.
use super::{IN_PACKET, Payload, would_block};
use nk_runtime::frame::{HEADER, Header, Kind, SMALL};
use rustix::fd::OwnedFd;
use rustix::io::{self, IoSlice, retry_on_intr};
use rustix::net::{SendAncillaryBuffer, SendFlags, send, sendmsg};

/// A message that is being sent.
#[derive(Debug)]
pub(crate) struct Outgoing {
    header: Header,
    payload: Payload,
    /// Bytes of the payload that are gone.
    sent: usize,
}

/// How far sending came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Sent {
    /// To the end.
    All,
    /// The program has to read first.
    Some,
    /// The program's end is gone.
    Closed,
}

impl Outgoing {
    /// Fills the lengths into the header.
    pub(super) fn new(header: Header, payload: Payload) -> Self {
        let (constant, arena) = match &payload {
            Payload::None => (0, 0),
            Payload::Message(buffer) => buffer.lengths(),
            Payload::Text(text) => (u32::try_from(text.len()).unwrap_or(u32::MAX), 0),
        };
        Self {
            header: Header {
                constant,
                arena,
                ..header
            },
            payload,
            sent: 0,
        }
    }

    /// Sends packets until all are gone or the program's side takes no more. A
    /// packet is sent whole or not at all.
    pub(super) fn send(&mut self, socket: &OwnedFd) -> Sent {
        loop {
            let rest = self.payload.bytes().get(self.sent..).unwrap_or_default();
            let part = rest.get(..IN_PACKET).unwrap_or(rest);
            match send_packet(socket, &self.header.to_bytes(), part) {
                Ok(_) if part.len() == rest.len() => return Sent::All,
                Ok(_) => {}
                Err(e) if would_block(e) => return Sent::Some,
                Err(_) => return Sent::Closed,
            }
            self.sent = self.sent.saturating_add(part.len());
            self.header = Header::new(Kind::Continuation);
        }
    }
}

/// Sends one packet, a small one in one piece.
fn send_packet(socket: &OwnedFd, header: &[u8; HEADER], part: &[u8]) -> io::Result<usize> {
    let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
    let mut small = [0; HEADER + SMALL];
    let length = HEADER.saturating_add(part.len());
    if let Some(packet) = small.get_mut(..length)
        && let Some((head, rest)) = packet.split_at_mut_checked(HEADER)
    {
        head.copy_from_slice(header);
        rest.copy_from_slice(part);
        return retry_on_intr(|| send(socket, packet, flags));
    }
    let packet = [IoSlice::new(header), IoSlice::new(part)];
    retry_on_intr(|| sendmsg(socket, &packet, &mut SendAncillaryBuffer::default(), flags))
}
