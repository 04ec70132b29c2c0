//! The one definition of what travels between a program and the kernel; both
//! ends read and write it here.
//!
//! A packet is a 32-byte header, the constant part, zero padding to a multiple
//! of 16, the arena. A message that does not fit one packet ([`MAX_PACKET`])
//! goes on in packets of kind [`Kind::Continuation`], whose bytes follow on
//! from the first's; every packet but the last is full, and an answer follows
//! the last packet of what it answers, even when it is a refusal. Nothing here
//! is trusted by the kernel: every length is compared with what is present and
//! with the sender's quota.
//!
//! A lane carries one operation at a time. Handles and tokens belong to the
//! program, not to a lane: a request taken on one lane may be answered on
//! another. The kernel tells a program to end by closing its lanes.
use crate::retcode::Retcode;

/// Bytes of a frame header.
pub const HEADER: usize = 32;
/// Largest packet, header included.
pub const MAX_PACKET: usize = 64 * 1024;
/// A message of at most so many bytes is put into one piece before it is sent:
/// the system takes that faster than pieces.
pub const SMALL: usize = 512;
/// Version of this format; a program built against another one is refused at
/// its hello.
pub const VERSION: u16 = 1;
/// Descriptor of a program's first lane.
pub const FIRST_LANE: i32 = 3;
/// The handle of the channel to the kernel that every program has.
pub const KERNEL_HANDLE: u32 = 0;
/// No handle.
pub const INVALID_HANDLE: u32 = u32::MAX;
/// No time limit.
pub const FOREVER: u32 = u32::MAX;
/// Most lanes that a program can have.
pub const MAX_LANES: u32 = 256;
/// In `flags` of a [`Kind::Result`] that answers a [`Kind::ReplyReceive`]: the
/// response was delivered, `code` says why no request follows. Without it the
/// response was refused, and nothing was waited for.
pub const RECEIVING: u8 = 1;

/// What a packet is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Program → kernel, first packet of the first lane; the other lanes need
    /// none. Answer: [`Kind::Result`] with the number of lanes in `handle` and
    /// the maximum message in `token`.
    Hello = 1,
    /// Program → kernel: a request on `handle`; `timeout` in milliseconds,
    /// `token` holds the room for the response in bytes (constant part and
    /// arena, without padding) and the handle of a sync object, see [`wait`].
    /// Answer: [`Kind::Response`] or [`Kind::Result`].
    Call = 2,
    /// Program → kernel: wait for a request on `handle`; `timeout` in
    /// milliseconds, `token` as in [`Kind::Call`]. Answer: [`Kind::Request`] or
    /// [`Kind::Result`]; with `rcNotConnected`, no client is left and none can
    /// come; with `rcBufferTooSmall`, the next request needed more room, and
    /// its client was told the same.
    Receive = 3,
    /// Program → kernel: the response to the request with `token`. Answer:
    /// [`Kind::Result`]; with `rcBufferTooLarge`, `rcQuotaExceeded` or
    /// `rcOutOfMemory` the response was not taken in, and the call has ended
    /// with `rcFail`.
    Reply = 4,
    /// Program → kernel: a response (`token`), then wait on `handle` without a
    /// time limit; `timeout` holds the room for the request in bytes. A refused
    /// response is answered with [`Kind::Result`] at once; otherwise the next
    /// [`Kind::Request`] (or a result with [`RECEIVING`]) says that it was
    /// delivered.
    ReplyReceive = 5,
    /// Program → kernel: the request with `token` cannot be answered; the call
    /// ends with `rcFail`, and `code` says why in the audit. Answer:
    /// [`Kind::Result`].
    Abort = 6,
    /// Program → kernel: look a name up, see [`Locate`]; fits one packet.
    /// Answer: [`Kind::Result`], with a text behind it (as constant part,
    /// UTF-8) when refused: `rcResourceNotFound` for an unknown name, `rcFail`
    /// for another description.
    Locate = 7,
    /// Either way: more bytes of the message before.
    Continuation = 8,
    /// Kernel → program: a request; `token` answers it, `handle` is the channel
    /// it came by, and `timeout` holds the number of the calling task, its
    /// position in the image's start-up plan.
    Request = 9,
    /// Kernel → program: the response to a call.
    Response = 10,
    /// Kernel → program: an outcome without a message; `code` says which.
    Result = 11,
}

impl Kind {
    /// The kind with this number.
    #[must_use]
    pub const fn from_number(n: u8) -> Option<Self> {
        Some(match n {
            1 => Self::Hello,
            2 => Self::Call,
            3 => Self::Receive,
            4 => Self::Reply,
            5 => Self::ReplyReceive,
            6 => Self::Abort,
            7 => Self::Locate,
            8 => Self::Continuation,
            9 => Self::Request,
            10 => Self::Response,
            11 => Self::Result,
            _ => return None,
        })
    }
}

/// What a [`Kind::Locate`] frame asks, in `flags`. Its payload (constant part)
/// is two texts and a digest: `u16` length and bytes, twice, then 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Locate {
    /// The client end of the channel named by the first text; the rest is empty
    /// and zero. Answer: `handle`.
    Connect = 1,
    /// The server end of the channels named by the first text; the second text
    /// and the digest are the process class that the program was built for.
    /// Answer: `handle`.
    Register = 2,
    /// The RIID of the endpoint named by the first text at the other end of
    /// `handle`; the second text and the digest are the interface that the
    /// program was built with. Answer: the RIID in `token`.
    Riid = 3,
}

impl Locate {
    /// The question with this number.
    #[must_use]
    pub const fn from_number(n: u8) -> Option<Self> {
        Some(match n {
            1 => Self::Connect,
            2 => Self::Register,
            3 => Self::Riid,
            _ => return None,
        })
    }
}

/// The header of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// What it is for.
    pub kind: Kind,
    /// Meaning depends on the kind; 0 where none is given.
    pub flags: u8,
    /// Outcome.
    pub code: Retcode,
    /// Channel handle.
    pub handle: u32,
    /// Milliseconds, [`FOREVER`] for none; or as the kind says.
    pub timeout: u32,
    /// One-shot number of a request, or as the kind says.
    pub token: u64,
    /// Bytes of the constant part of the whole message.
    pub constant: u32,
    /// Bytes of the arena of the whole message.
    pub arena: u32,
}

impl Header {
    /// A header of this kind with everything else empty.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self {
            kind,
            flags: 0,
            code: Retcode::OK,
            handle: 0,
            timeout: FOREVER,
            token: 0,
            constant: 0,
            arena: 0,
        }
    }
    /// The bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; HEADER] {
        let mut b = [0; HEADER];
        let parts: [(usize, &[u8]); 8] = [
            (0, &[self.kind as u8, self.flags]),
            (2, &VERSION.to_le_bytes()),
            (4, &self.code.0.to_le_bytes()),
            (8, &self.handle.to_le_bytes()),
            (12, &self.timeout.to_le_bytes()),
            (16, &self.token.to_le_bytes()),
            (24, &self.constant.to_le_bytes()),
            (28, &self.arena.to_le_bytes()),
        ];
        for (at, part) in parts {
            if let Some(slot) = b.get_mut(at..).and_then(|b| b.get_mut(..part.len())) {
                slot.copy_from_slice(part);
            }
        }
        b
    }
    /// Reads a header.
    ///
    /// # Errors
    /// [`FrameError`]: too short, another version, an unknown kind.
    pub fn from_bytes(packet: &[u8]) -> Result<Self, FrameError> {
        let b = packet.first_chunk::<HEADER>().ok_or(FrameError::Short)?;
        let u32_at = |at: usize| {
            b.get(at..)
                .and_then(|b| b.first_chunk())
                .map_or(0, |c| u32::from_le_bytes(*c))
        };
        if u16::from_le_bytes([b[2], b[3]]) != VERSION {
            return Err(FrameError::Version);
        }
        Ok(Self {
            kind: Kind::from_number(b[0]).ok_or(FrameError::Kind)?,
            flags: b[1],
            code: Retcode(i32::from_le_bytes([b[4], b[5], b[6], b[7]])),
            handle: u32_at(8),
            timeout: u32_at(12),
            token: b
                .get(16..)
                .and_then(|b| b.first_chunk())
                .map_or(0, |c| u64::from_le_bytes(*c)),
            constant: u32_at(24),
            arena: u32_at(28),
        })
    }
    /// Bytes of the message behind the headers: constant part, padding, arena.
    /// `None` when the sum does not fit.
    #[must_use]
    pub fn payload(&self) -> Option<usize> {
        let arena = usize::try_from(self.arena).ok()?;
        self.arena_start()?.checked_add(arena)
    }
    /// Where the arena begins, counted from the end of the header: the constant
    /// part rounded up to 16, or just its size when there is no arena.
    #[must_use]
    pub fn arena_start(&self) -> Option<usize> {
        let constant = usize::try_from(self.constant).ok()?;
        if self.arena == 0 {
            Some(constant)
        } else {
            constant.checked_next_multiple_of(16)
        }
    }
}

/// The `token` of a frame that waits: the room in bytes, and the handle of the
/// sync object that interrupts the wait; 0 for none.
#[must_use]
pub const fn wait(room: u32, sync: u32) -> u64 {
    (sync as u64) << 32 | room as u64
}

/// Room and sync object of a frame that waits.
#[must_use]
pub fn split_wait(token: u64) -> (u32, u32) {
    let bytes = token.to_le_bytes();
    let half = |half: Option<&[u8; 4]>| half.map_or(0, |bytes| u32::from_le_bytes(*bytes));
    (half(bytes.first_chunk()), half(bytes.last_chunk()))
}

/// A packet that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameError {
    /// Shorter than a header.
    Short,
    /// Of another version of this format.
    Version,
    /// Of no kind that exists.
    Kind,
    /// Lengths that do not add up.
    Length,
}

/// Writes the payload of a [`Kind::Locate`] frame; `None` when a text is longer
/// than 65,535 bytes or `room` too small.
pub fn write_locate<'b>(
    room: &'b mut [u8],
    name: &str,
    other: &str,
    digest: &[u8; 32],
) -> Option<&'b [u8]> {
    let mut at = 0_usize;
    for text in [name, other] {
        at = put(room, at, &u16::try_from(text.len()).ok()?.to_le_bytes())?;
        at = put(room, at, text.as_bytes())?;
    }
    at = put(room, at, digest)?;
    room.get(..at)
}

fn put(room: &mut [u8], at: usize, bytes: &[u8]) -> Option<usize> {
    let end = at.checked_add(bytes.len())?;
    room.get_mut(at..end)?.copy_from_slice(bytes);
    Some(end)
}

/// Reads the payload of a [`Kind::Locate`] frame: the two texts and the digest.
#[must_use]
pub fn read_locate(payload: &[u8]) -> Option<(&str, &str, [u8; 32])> {
    let (name, rest) = text(payload)?;
    let (other, rest) = text(rest)?;
    let digest = <[u8; 32]>::try_from(rest).ok()?;
    Some((name, other, digest))
}

fn text(b: &[u8]) -> Option<(&str, &[u8])> {
    let (len, rest) = b.split_first_chunk::<2>()?;
    let (text, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*len)))?;
    Some((core::str::from_utf8(text).ok()?, rest))
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]
mod tests {
    use super::*;

    #[test]
    fn a_header_survives_its_bytes() {
        let h = Header {
            flags: 3,
            code: Retcode::ABORT,
            handle: 7,
            timeout: 9,
            token: u64::MAX - 1,
            constant: 40,
            arena: 11,
            ..Header::new(Kind::ReplyReceive)
        };
        assert_eq!(Header::from_bytes(&h.to_bytes()), Ok(h));
        assert_eq!(
            (h.arena_start(), h.payload()),
            (Some(48), Some(59)),
            "40 rounded up to 16, then 11"
        );
    }

    #[test]
    fn room_and_sync_object_share_a_token() {
        assert_eq!(split_wait(wait(u32::MAX, 7)), (u32::MAX, 7));
        assert_eq!(
            split_wait(u64::from(5_u32)),
            (5, 0),
            "a bare room has no sync object"
        );
    }

    #[test]
    fn bytes_that_are_no_frame_are_refused() {
        let good = Header::new(Kind::Call).to_bytes();
        assert_eq!(Header::from_bytes(&good[..31]), Err(FrameError::Short));
        let mut other = good;
        other[2] = 2;
        assert_eq!(Header::from_bytes(&other), Err(FrameError::Version));
        for kind in [0, 12, 255] {
            other = good;
            other[0] = kind;
            assert_eq!(Header::from_bytes(&other), Err(FrameError::Kind));
        }
        let huge = Header {
            constant: u32::MAX,
            arena: u32::MAX,
            ..Header::new(Kind::Call)
        };
        assert_eq!(
            huge.payload(),
            Some(0x1_0000_0000 + 0xffff_ffff),
            "lengths are summed without wrapping"
        );
    }

    #[test]
    fn a_locate_payload_is_read_back_and_every_prefix_refused() {
        let mut room = [0; 64];
        let bytes = write_locate(&mut room, "a.b", "имя", &[5; 32]).unwrap();
        assert_eq!(read_locate(bytes), Some(("a.b", "имя", [5; 32])));
        for n in 0..bytes.len() {
            assert_eq!(read_locate(&bytes[..n]), None);
        }
    }
}
