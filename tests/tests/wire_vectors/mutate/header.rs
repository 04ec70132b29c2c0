//! Changes of the header: endpoint, method, size, handles, error flag (`docs/wire.md` §1).
use super::{Message, one};

/// The bits of `ex` that hold the size, and those that hold the number of handles.
const SIZE: u32 = 0x007F_FFFF;
const HANDLES: u32 = 0x7F80_0000;
const ERROR: u32 = 1 << 31;

impl Message {
    pub(super) fn header(&mut self, with: u32) {
        let (value, route) = (with >> 8, self.word(0));
        match with % 8 {
            0 => self.put(0, (route & 0xFFFF_0000) | (value % 6)),
            1 => self.put(0, (route & 0x0000_FFFF) | ((value % 9) << 16)),
            2 => self.put(0, value),
            3 => self.add_to_ex(SIZE, one(&[1, 8, u32::MAX, 8_u32.wrapping_neg()], value)),
            4 => self.add_to_ex(
                HANDLES,
                one(&[1 << 23, (1_u32 << 23).wrapping_neg()], value),
            ),
            5 | 6 => self.put(4, self.word(4) ^ ERROR),
            _ => self.put(4, self.word(4) ^ (1 << (value % 32))),
        }
    }

    /// Adds to a part of `ex` and leaves the others.
    fn add_to_ex(&mut self, part: u32, delta: Option<u32>) {
        let ex = self.word(4);
        let sum = ex.wrapping_add(delta.unwrap_or(0));
        self.put(4, (ex & !part) | (sum & part));
    }
}
