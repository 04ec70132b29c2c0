//! The socket lane: whole messages to and from a program over a packet socket,
//! without ever waiting for the program.
//!
//! A message is read into the kernel's own memory packet by packet, charged to
//! its sender before the memory is taken. What the program does not read stays
//! in the lane until it does, and meanwhile nothing more is read from that
//! lane.
//!
//! A packet is a header of 32 bytes and at most [`IN_PACKET`] bytes behind it.
//! The first packet of a message says how long constant part and arena are;
//! packets of the kind `Continuation` bring the rest. A packet boundary means
//! nothing else, but that no packet but the last may be short of what was
//! announced without being refused when another message begins.
mod buffer;
mod incoming;
mod outgoing;
mod quota;

pub use buffer::Buffer;
pub(crate) use incoming::Incoming;
pub use incoming::Read;
pub(crate) use outgoing::{Outgoing, Sent};
pub use quota::Account;
pub(crate) use quota::Charge;

use nk_runtime::frame::{HEADER, Header, MAX_PACKET};
use rustix::fd::OwnedFd;
use rustix::io::{self, Errno};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

/// Bytes of a message in one packet; a packet with more is none.
pub const IN_PACKET: usize = MAX_PACKET.saturating_sub(HEADER);

/// The kernel's end of a lane.
#[derive(Debug)]
pub struct Lane {
    socket: OwnedFd,
    /// What has come of a message so far.
    incoming: Incoming,
    /// What the program has not taken yet.
    outgoing: Option<Outgoing>,
}

impl Lane {
    /// A lane: the kernel's end, and the program's.
    ///
    /// # Errors
    /// Of the system: no descriptors are left.
    pub fn pair() -> io::Result<(Self, OwnedFd)> {
        let (ours, theirs) = socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC,
            None,
        )?;
        Ok((
            Self {
                socket: ours,
                incoming: Incoming::default(),
                outgoing: None,
            },
            theirs,
        ))
    }

    /// What is waited for.
    pub(crate) const fn socket(&self) -> &OwnedFd {
        &self.socket
    }

    /// Whether something waits for the program to read it.
    pub(crate) const fn is_backlogged(&self) -> bool {
        self.outgoing.is_some()
    }

    /// Reads what is there of one message. `room` is memory for a packet with
    /// its header.
    pub fn read(&mut self, room: &mut [u8], account: &Account, max_message: u32) -> Read {
        self.incoming.read(&self.socket, room, account, max_message)
    }

    /// Sends a message, or as much of it as the program has room for.
    pub(crate) fn send(&mut self, header: Header, payload: Payload) -> Sent {
        self.outgoing = Some(Outgoing::new(header, payload));
        self.flush()
    }

    /// Goes on sending.
    pub(crate) fn flush(&mut self) -> Sent {
        let Some(outgoing) = &mut self.outgoing else {
            return Sent::All;
        };
        let sent = outgoing.send(&self.socket);
        if sent != Sent::Some {
            self.outgoing = None;
        }
        sent
    }
}

/// What stands behind a header.
#[derive(Debug)]
pub(crate) enum Payload {
    /// Nothing.
    None,
    /// A message.
    Message(Buffer),
    /// A text for a person.
    Text(String),
}

impl Payload {
    /// The bytes as they travel.
    fn bytes(&self) -> &[u8] {
        match self {
            Self::None => &[],
            Self::Message(buffer) => buffer.payload(),
            Self::Text(text) => text.as_bytes(),
        }
    }
}

/// Errors that say that the other end is gone; any other error of a lane ends
/// it too.
fn would_block(e: Errno) -> bool {
    matches!(e, Errno::AGAIN | Errno::NOBUFS | Errno::NOMEM)
}
