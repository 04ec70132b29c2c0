//! Changes of descriptors and of where chunks stand.
use super::{Descriptor, Message, one, pick};
use nk_tests::interpreter::Site;

impl Message {
    /// The numbers at which checks of offsets and sizes go wrong (R06).
    pub(super) fn edge(&self, with: u32) -> u32 {
        let len = u32::try_from(self.bytes.len().saturating_sub(self.arena)).unwrap_or(u32::MAX);
        let near = [0, 1, 2, 3, 4, 7, 8, 16, len.saturating_sub(1), len, len + 1];
        let far = [
            (1 << 31) - 1,
            1 << 31,
            u32::MAX - 7,
            u32::MAX,
            0_u32.wrapping_sub(len),
            0xFF80_0000,
        ];
        one(&[&near[..], &far[..]].concat(), with).unwrap_or(0)
    }

    /// A little more or less, by bytes or by whole elements.
    pub(super) fn nudge(&mut self, at: usize, with: u32, element: usize) {
        let step = if with.is_multiple_of(2) {
            1
        } else {
            u32::try_from(element).unwrap_or(1)
        };
        let delta = step.wrapping_mul(1 + (with >> 2) % 3);
        let delta = if with & 2 == 0 {
            delta
        } else {
            delta.wrapping_neg()
        };
        self.put(at, self.word(at).wrapping_add(delta));
    }

    /// A descriptor's two words.
    fn pair(&self, at: usize) -> [u32; 2] {
        [self.word(at), self.word(at + 4)]
    }
    fn put_pair(&mut self, at: usize, [offset, size]: [u32; 2]) {
        self.put(at, offset);
        self.put(at + 4, size);
    }

    /// Two descriptors of one chunk.
    pub(super) fn alias(&mut self, at: usize, with: u32) {
        if let Some(other) = one(&self.descriptors(), with) {
            self.put_pair(at, self.pair(other.at));
        }
    }

    /// Two descriptors that changed places.
    pub(super) fn swap(&mut self, at: usize, with: u32) {
        if let Some(other) = one(&self.descriptors(), with) {
            let (a, b) = (self.pair(at), self.pair(other.at));
            self.put_pair(at, b);
            self.put_pair(other.at, a);
        }
    }

    /// The same chunk once more at the end, aligned or not.
    pub(super) fn move_behind(&mut self, at: usize, with: u32) {
        let [offset, size] = self.pair(at).map(|word| word as usize);
        let start = self.arena.saturating_add(offset);
        let Some(chunk) = self.bytes.get(start..start.saturating_add(size)) else {
            return;
        };
        let chunk = chunk.to_vec();
        if !with.is_multiple_of(4) {
            self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        }
        let end = self.bytes.len().saturating_sub(self.arena);
        self.bytes.extend(chunk);
        self.put(at, u32::try_from(end).unwrap_or(u32::MAX));
    }

    /// As many elements as are allowed, or one more; they are there.
    pub(super) fn grow(&mut self, descriptor: Descriptor, with: u32) {
        let Descriptor { at, element, max } = descriptor;
        let more = usize::from(!with.is_multiple_of(3));
        let size = max.saturating_add(more).saturating_mul(element);
        let end = (self.word(at) as usize).saturating_add(size);
        if end < 4096 && self.bytes.len() >= self.arena {
            self.put(at + 4, u32::try_from(size).unwrap_or(u32::MAX));
            self.bytes.resize(self.bytes.len().max(self.arena + end), 0);
        }
    }

    /// Three of four descriptors point to the same chunk.
    pub(super) fn share(&mut self, part: u32, with: u32) {
        let descriptors = self.descriptors();
        let Some(from) = one(&descriptors, with) else {
            return;
        };
        let pair = self.pair(from.at);
        for (i, descriptor) in (part..).zip(descriptors) {
            if !i.is_multiple_of(4) {
                self.put_pair(descriptor.at, pair);
            }
        }
    }

    /// Every empty element of a chunk of descriptors points to what the one before points to.
    pub(super) fn fan_out(&mut self) {
        let mut descriptors = self.descriptors();
        descriptors.sort_unstable();
        for pair in descriptors.windows(2) {
            let (before, after) = (pair[0], pair[1]);
            let neighbours = after
                == Descriptor {
                    at: before.at + 8,
                    ..before
                }
                && before.at >= self.arena;
            if neighbours && self.word(after.at + 4) == 0 {
                self.put_pair(after.at, self.pair(before.at));
            }
        }
    }

    /// Bytes in front of a chunk; all descriptors behind are mended, so that only the gap is wrong.
    pub(super) fn gap(&mut self, part: u32, with: u32) {
        let Some(descriptor) = one(&self.descriptors(), part) else {
            return;
        };
        let offset = self.word(descriptor.at);
        let (len, at) = (
            1 + pick(with, 15),
            self.arena.saturating_add(offset as usize),
        );
        if at > self.bytes.len() {
            return;
        }
        let byte = if with >> 16 & 1 == 0 { 0 } else { 0xEE };
        self.bytes.splice(at..at, std::iter::repeat_n(byte, len));
        self.move_sites(at, len);
        let len = u32::try_from(len).unwrap_or(0);
        for descriptor in self.descriptors() {
            let [start, size] = self.pair(descriptor.at);
            if size != 0 && start >= offset {
                self.put(descriptor.at, start.wrapping_add(len));
            }
        }
    }

    fn move_sites(&mut self, from: usize, by: usize) {
        for site in &mut self.sites {
            let (Site::Zero { at, .. }
            | Site::Descriptor { at, .. }
            | Site::Tag { at, .. }
            | Site::Text { at, .. }
            | Site::Plain { at, .. }) = site;
            if *at >= from {
                *at += by;
            }
        }
    }
}
