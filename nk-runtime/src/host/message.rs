//! A message on its way: its two parts as they are sent, their sizes as they
//! arrived.
use crate::header::Header;

/// A message to send: constant part and arena, which may lie apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts<'m> {
    /// The constant part, header included.
    pub constant: &'m [u8],
    /// The arena.
    pub arena: &'m [u8],
}

impl<'m> Parts<'m> {
    /// No message.
    pub(super) const NONE: Self = Self {
        constant: &[],
        arena: &[],
    };

    /// Cuts a message whose arena follows its constant part directly, as
    /// [`crate::writer::Writer`] leaves it; the header says where. Bytes that
    /// are shorter than their header says are all constant part, and for the
    /// kernel to refuse.
    #[must_use]
    pub fn of(message: &'m [u8]) -> Self {
        let size = Header::read(message).and_then(|h| usize::try_from(h.ex.size()).ok());
        let (constant, arena) = size
            .and_then(|n| message.split_at_checked(n))
            .unwrap_or((message, &[]));
        Self { constant, arena }
    }
    /// Bytes of both parts.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.constant.len().saturating_add(self.arena.len())
    }
    /// Whether there is nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What a received message takes of its room: the constant part, and directly
/// behind it the arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Bytes of the constant part.
    pub constant: usize,
    /// Bytes of the arena.
    pub arena: usize,
}

impl Size {
    /// Bytes of both parts.
    #[must_use]
    pub const fn len(self) -> usize {
        self.constant.saturating_add(self.arena)
    }
    /// Whether nothing was received.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }
    /// The message in the room that it was received into.
    #[must_use]
    pub fn of(self, room: &[u8]) -> &[u8] {
        room.get(..self.len()).unwrap_or(&[])
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_cut_where_its_header_says() {
        let mut bytes = [7; 30];
        bytes[4..8].copy_from_slice(&24_u32.to_le_bytes());
        let parts = Parts::of(&bytes);
        assert_eq!(
            (parts.constant.len(), parts.arena.len(), parts.len()),
            (24, 6, 30)
        );
    }

    #[test]
    fn a_message_shorter_than_its_header_says_is_all_constant_part() {
        let mut bytes = [0; 30];
        bytes[4..8].copy_from_slice(&31_u32.to_le_bytes());
        for n in [0, 23, 24, 30] {
            assert_eq!(
                Parts::of(&bytes[..n]),
                Parts {
                    constant: &bytes[..n],
                    arena: &[]
                }
            );
        }
    }
}
