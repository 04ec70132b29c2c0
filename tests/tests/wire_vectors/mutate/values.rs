//! Changes of what stands in place or in a chunk: gaps, tags, text, numbers.
use super::{Message, one, pick};
use nk_tests::interpreter::Site;

/// What strings can have wrong, and what only looks wrong: NULs, and the edges of UTF-8 (R17, R18).
const SPECIAL: [&[u8]; 14] = [
    b"\0",
    b"\xFF",
    b"\x80",
    b"\xC0\x80",
    b"\xC1\xBF",
    b"\xC2",
    b"\xE0\x80\x80",
    b"\xED\xA0\x80",
    b"\xED\x9F\xBF",
    b"\xEF\xBF\xBF",
    b"\xF0\x80\x80\x80",
    b"\xF4\x8F\xBF\xBF",
    b"\xF4\x90\x80\x80",
    b"\xF8\x88\x80\x80\x80",
];

impl Message {
    /// A byte of a gap.
    pub(super) fn dirty(&mut self, part: u32, with: u32) {
        let gaps = self.parts(|site| match site {
            Site::Zero { at, len } => Some((at, len)),
            _ => None,
        });
        if let Some((at, len)) = one(&gaps, part)
            && let Some(byte) = self.bytes.get_mut(at + pick(with, len))
        {
            *byte = 0xEE;
        }
    }

    /// Another variant, or none.
    pub(super) fn tag(&mut self, part: u32, with: u32) {
        let tags = self.parts(|site| match site {
            Site::Tag { at, variants } => Some((at, u32::try_from(variants).unwrap_or(u32::MAX))),
            _ => None,
        });
        if let Some((at, variants)) = one(&tags, part) {
            let edges = [
                variants,
                variants - 1,
                u32::MAX,
                with % variants,
                1 << 31,
                variants + 1,
            ];
            self.put(at, edges[pick(with >> 8, edges.len())]);
        }
    }

    /// No NUL at the end, or something special anywhere.
    pub(super) fn text(&mut self, part: u32, with: u32) {
        let texts = self.parts(|site| match site {
            Site::Text { at, len } => Some((at, len)),
            _ => None,
        });
        let Some((at, len)) = one(&texts, part) else {
            return;
        };
        let Some(text) = self.bytes.get_mut(at..at + len) else {
            return;
        };
        if (with >> 24).is_multiple_of(4) {
            text[len - 1] = b'x';
            return;
        }
        let special = SPECIAL[pick(with, SPECIAL.len())];
        for (to, from) in text[pick(with >> 8, len)..].iter_mut().zip(special) {
            *to = *from;
        }
    }

    /// Any value of an integer or handle.
    pub(super) fn plain(&mut self, part: u32, with: u32) {
        let plain = self.parts(|site| match site {
            Site::Plain { at, len } => Some((at, len)),
            _ => None,
        });
        if let Some((at, len)) = one(&plain, part) {
            for (byte, new) in self
                .bytes
                .iter_mut()
                .skip(at)
                .take(len)
                .zip(with.to_le_bytes().into_iter().cycle())
            {
                *byte = new;
            }
        }
    }
}
