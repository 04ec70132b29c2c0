//! Reading: one packet at a time, until a message is complete. A message that
//! is refused is read to its end all the same, so that the answer follows its
//! last packet and the next message is found.
//!
//! | what comes | what is read |
//! |---|---|
//! | a whole message in one packet | `Message` |
//! | a first packet, a continuation | `More`, until the last one |
//! | a message that may not be taken in | `More`, then `Refused` with its header |
//! | a packet that is none, or out of its turn | `Refused` without a header |
//! | nothing | `Empty` |
//! | the end | `Closed` |
//!
//! Descriptors that come along are never taken over.
use super::{Account, Buffer, would_block};
use nk_runtime::Retcode;
use nk_runtime::frame::{HEADER, Header, Kind};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::io::{ioctl_fionread, retry_on_intr};
use rustix::net::{RecvFlags, recv};

/// What of a message is there.
#[derive(Debug, Default)]
pub(crate) enum Incoming {
    /// The next packet begins a message.
    #[default]
    Nothing,
    /// A message that continues.
    Partial(Header, Buffer),
    /// A message that was refused and continues: how it began, bytes that are
    /// still to come, and the refusal.
    Refused(Header, u64, Retcode),
}

/// What reading a packet came to.
#[derive(Debug)]
#[must_use]
pub enum Read {
    /// Nothing was there.
    Empty,
    /// A packet, but more is to come.
    More,
    /// A whole message.
    Message(Header, Buffer),
    /// The end of something that is no message, and the header of one that is
    /// none because it is too much.
    Refused(Option<Header>, Retcode),
    /// The program has closed its end.
    Closed,
}

impl Incoming {
    /// Reads one packet, without waiting, and adds it to the message that has
    /// begun. `room`: memory for one packet. `max_message`: bytes of constant
    /// part and arena together.
    pub(super) fn read(
        &mut self,
        socket: &OwnedFd,
        room: &mut [u8],
        account: &Account,
        max_message: u32,
    ) -> Read {
        // descriptors that came along are not taken over: without room for them the system closes them
        let flags = RecvFlags::DONTWAIT | RecvFlags::TRUNC;
        let length = match retry_on_intr(|| recv(socket, &mut *room, flags)) {
            Ok((_, 0)) if is_closed(socket) => return Read::Closed,
            Ok((_, length)) => length,
            Err(e) if would_block(e) => return Read::Empty,
            Err(_) => return Read::Closed,
        };
        // a packet that is longer than the room is none
        let packet = room.get(..length).unwrap_or_default();
        let (head, payload) = packet.split_at_checked(HEADER).unwrap_or((packet, &[]));
        match Header::from_bytes(head) {
            Ok(header) => self.packet(header, payload, account, max_message),
            Err(_) => self.fail(),
        }
    }

    /// A packet that cannot be read: whatever it was part of is dropped.
    fn fail(&mut self) -> Read {
        *self = Self::Nothing;
        Read::Refused(None, Retcode::INVALID_ARGUMENT)
    }

    /// A packet with a sound header: it begins a message or goes on with one,
    /// whichever is due. Anything else drops what has begun.
    fn packet(
        &mut self,
        header: Header,
        payload: &[u8],
        account: &Account,
        max_message: u32,
    ) -> Read {
        let continues = header.kind == Kind::Continuation;
        match (std::mem::take(self), continues) {
            (Self::Nothing, false) => self.begin(header, payload, account, max_message),
            (Self::Partial(..) | Self::Refused(..), true) if payload.is_empty() => self.fail(),
            (Self::Partial(first, buffer), true) => self.extend(first, buffer, payload),
            (Self::Refused(first, left, code), true) => self.skip(first, left, payload, code),
            _ => self.fail(),
        }
    }

    /// The first packet of a message, whose memory is charged and taken here.
    fn begin(
        &mut self,
        header: Header,
        payload: &[u8],
        account: &Account,
        max_message: u32,
    ) -> Read {
        match Buffer::announced(&header, account, max_message) {
            Ok(buffer) => self.extend(header, buffer, payload),
            Err(code) => match header.payload().and_then(|n| u64::try_from(n).ok()) {
                Some(total) => self.skip(header, total, payload, code),
                None => self.fail(),
            },
        }
    }

    /// More of a message. A packet without a byte, or with more than was
    /// announced, is refused.
    fn extend(&mut self, header: Header, mut buffer: Buffer, payload: &[u8]) -> Read {
        let progress = !payload.is_empty() || buffer.missing() == 0;
        if !progress || !buffer.extend(payload) {
            return self.fail();
        }
        if buffer.missing() == 0 {
            return Read::Message(header, buffer.complete());
        }
        *self = Self::Partial(header, buffer);
        Read::More
    }

    /// More of a message that was refused: its bytes are counted and thrown
    /// away.
    fn skip(&mut self, first: Header, left: u64, payload: &[u8], code: Retcode) -> Read {
        match u64::try_from(payload.len())
            .ok()
            .and_then(|n| left.checked_sub(n))
        {
            None => self.fail(),
            Some(0) => Read::Refused(Some(first), code),
            Some(left) => {
                *self = Self::Refused(first, left, code);
                Read::More
            }
        }
    }
}

/// Whether reading nothing was the end. A packet without a byte reads the same
/// way, and may stand before others that the program sent before it closed its
/// end.
fn is_closed(socket: &OwnedFd) -> bool {
    let mut asked = [PollFd::new(socket, PollFlags::RDHUP)];
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let hung_up =
        retry_on_intr(|| poll(&mut asked, Some(&now))).map_or(true, |happened| happened > 0);
    hung_up && ioctl_fionread(socket).unwrap_or(0) == 0
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::super::Lane;
    use super::*;
    use rustix::net::{SendFlags, send};

    #[test]
    fn a_packet_without_a_byte_is_no_end_and_hides_nothing_behind_it() {
        let (mut lane, program) = Lane::pair().unwrap();
        let (account, mut room) = (Account::new(100), [0; HEADER + 100]);
        let mut read = || lane.read(&mut room, &account, 100);
        send(&program, &[], SendFlags::empty()).unwrap();
        assert!(matches!(
            read(),
            Read::Refused(None, Retcode::INVALID_ARGUMENT)
        ));
        assert!(matches!(read(), Read::Empty));
        send(&program, &[], SendFlags::empty()).unwrap();
        send(
            &program,
            &Header::new(Kind::Hello).to_bytes(),
            SendFlags::empty(),
        )
        .unwrap();
        drop(program);
        assert!(matches!(
            read(),
            Read::Refused(None, Retcode::INVALID_ARGUMENT)
        ));
        assert!(matches!(read(), Read::Message(..)));
        assert!(matches!(read(), Read::Closed));
    }
}
