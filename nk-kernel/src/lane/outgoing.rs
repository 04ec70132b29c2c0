//! Sending: full packets, as many as the program's side takes now; the rest waits in the lane.
use super::{IN_PACKET, Payload, would_block};
use nk_runtime::frame::{Header, Kind};
use rustix::fd::OwnedFd;
use rustix::io::{IoSlice, retry_on_intr};
use rustix::net::{SendAncillaryBuffer, SendFlags, sendmsg};

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
        Self { header: Header { constant, arena, ..header }, payload, sent: 0 }
    }

    pub(super) fn send(&mut self, socket: &OwnedFd) -> Sent {
        loop {
            let rest = self.payload.bytes().get(self.sent..).unwrap_or_default();
            let part = rest.get(..IN_PACKET).unwrap_or(rest);
            let header = self.header.to_bytes();
            let packet = [IoSlice::new(&header), IoSlice::new(part)];
            let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
            match retry_on_intr(|| sendmsg(socket, &packet, &mut SendAncillaryBuffer::default(), flags)) {
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
