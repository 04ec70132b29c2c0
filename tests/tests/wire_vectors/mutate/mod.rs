//! Changes of a valid message that know where its parts are: random bytes find only the first check.
mod chunks;
mod header;
mod numbers;
mod values;

pub(crate) use numbers::Numbers;

use nk_tests::interpreter::{Encoded, Site};

/// A change: what is done, to which part, with which number. Any three numbers are a change.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change {
    /// Selects the kind.
    pub(crate) kind: u8,
    /// Selects the part.
    pub(crate) part: u16,
    /// Selects the value.
    pub(crate) with: u32,
}

/// A message that is being changed.
pub(crate) struct Message {
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// Where the arena begins.
    arena: usize,
    sites: Vec<Site>,
}

impl From<&Encoded> for Message {
    fn from(encoded: &Encoded) -> Self {
        Self {
            bytes: encoded.bytes.clone(),
            arena: encoded.arena,
            sites: encoded.sites.clone(),
        }
    }
}

/// A descriptor: where it stands, the bytes of an element, the most elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Descriptor {
    at: usize,
    element: usize,
    max: usize,
}

/// A number below `bound`, or 0.
fn pick(number: u32, bound: usize) -> usize {
    (number as usize).checked_rem(bound).unwrap_or(0)
}

/// One of a list.
fn one<T: Copy>(list: &[T], number: u32) -> Option<T> {
    list.get(pick(number, list.len())).copied()
}

impl Message {
    /// Carries out a change; one that finds nothing to change leaves the message as it is.
    pub(crate) fn change(&mut self, change: Change) {
        let Change { kind, part, with } = change;
        let part = u32::from(part);
        match kind % 21 {
            kind @ 0..=6 => {
                if let Some(descriptor) = one(&self.descriptors(), part) {
                    self.descriptor(kind, descriptor, with);
                }
            }
            7 => self.share(part, with),
            8 | 9 => self.dirty(part, with),
            10 => self.tag(part, with),
            11..=13 => self.text(part, with),
            14 => self.plain(part, with),
            15 => self.header(with),
            16 => self.bytes.truncate(pick(with, self.bytes.len() + 1)),
            17 => self.append(part, with),
            18 => self.gap(part, with),
            19 => self.fan_out(),
            _ => self.byte(part, with),
        }
    }

    fn descriptor(&mut self, kind: u8, descriptor: Descriptor, with: u32) {
        let at = descriptor.at;
        match kind {
            0 => self.put(at, self.edge(with)),
            1 => self.put(at + 4, self.edge(with)),
            2 => self.nudge(at + 4 * pick(with, 2), with >> 1, descriptor.element),
            3 => self.alias(at, with),
            4 => self.swap(at, with),
            5 => self.move_behind(at, with),
            _ => self.grow(descriptor, with),
        }
    }

    /// The parts of one kind.
    fn parts<T>(&self, of_kind: impl Fn(Site) -> Option<T>) -> Vec<T> {
        self.sites.iter().copied().filter_map(of_kind).collect()
    }

    fn descriptors(&self) -> Vec<Descriptor> {
        self.parts(|site| match site {
            Site::Descriptor { at, element, max } => Some(Descriptor { at, element, max }),
            _ => None,
        })
    }

    /// The word at a position; 0 beyond the end.
    fn word(&self, at: usize) -> u32 {
        self.bytes.get(at..at + 4).map_or(0, |bytes| {
            u32::from_le_bytes(bytes.try_into().unwrap_or_default())
        })
    }

    /// Replaces a word; nothing happens beyond the end.
    fn put(&mut self, at: usize, word: u32) {
        if let Some(bytes) = self.bytes.get_mut(at..at + 4) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
    }

    fn append(&mut self, part: u32, with: u32) {
        let byte = if part.is_multiple_of(2) { 0 } else { 0xEE };
        self.bytes
            .resize(self.bytes.len() + 1 + pick(with, 16), byte);
    }

    fn byte(&mut self, part: u32, with: u32) {
        let at = pick(part, self.bytes.len());
        if let Some(byte) = self.bytes.get_mut(at) {
            *byte = with.to_le_bytes()[0];
        }
    }
}
