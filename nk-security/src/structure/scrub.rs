//! Compat mode: zeroes everything that no value of the message lies in, so that
//! nothing travels in padding, in unused bytes of unions or between chunks
//! (`docs/wire.md` §8, R10, R11, R13).
//!
//! Compat lets chunks overlap and stand in any order. So the message is walked
//! once to mark the bytes that hold values, then the rest is zeroed. A byte
//! that is padding of one chunk and value of another is kept: no value changes,
//! and what was verified stays verified.
use super::{Bytes, TableShape, Walked};
use nk_runtime::shape::{Items, MAX_DEPTH, Step};
use nk_runtime::{Malformed, Rule};

/// Bytes of padding inside one struct: offset and length.
type Gap = (usize, usize);

/// The walk through a message, and what it has found.
struct Marks<'m> {
    constant: &'m [u8],
    arena: &'m [u8],
    /// One flag for each byte of the arena: holds a value.
    used: Vec<bool>,
    /// Padding of the struct that is being marked.
    gaps: Vec<Gap>,
}

/// Zeroes what holds no value.
pub(super) fn scrub<M: Bytes>(shape: TableShape<'_>, message: &mut M) -> Walked {
    let (constant, arena) = message.parts();
    let mut marks = Marks {
        constant,
        arena,
        used: vec![false; arena.len()],
        gaps: Vec::new(),
    };
    marks.gaps_of(constant, shape.items, 0, MAX_DEPTH)?;
    let gaps = core::mem::take(&mut marks.gaps);
    marks.chunks_of(marks.constant, shape.items, MAX_DEPTH)?;
    let used = marks.used;
    let (constant, arena) = message.parts_mut();
    for (at, len) in gaps {
        constant
            .get_mut(at..)
            .and_then(|b| b.get_mut(..len))
            .unwrap_or(&mut [])
            .fill(0);
    }
    for (byte, used) in arena.iter_mut().zip(used) {
        if !used {
            *byte = 0;
        }
    }
    Ok(())
}

/// One level less to go.
///
/// # Errors
/// A message that nests deeper than any shape.
fn deeper(depth: u32, at: u32) -> Result<u32, Malformed> {
    depth.checked_sub(1).ok_or(Malformed {
        rule: Rule::Depth,
        at,
    })
}

/// The number of the variant that a union holds.
fn tag(base: &[u8], at: u32) -> u32 {
    base.get(at as usize..)
        .and_then(|b| b.first_chunk())
        .map_or(0, |b| u32::from_le_bytes(*b))
}

/// What begins at an offset of a struct.
fn tail(base: &[u8], at: u32) -> &[u8] {
    base.get(at as usize..).unwrap_or(&[])
}

impl<'m> Marks<'m> {
    /// Collects the padding of a struct, its nested structs and the selected
    /// variants of its unions. `from` is where `base` lies in the outermost
    /// struct.
    fn gaps_of<I: Items>(&mut self, base: &[u8], items: I, from: usize, depth: u32) -> Walked {
        for step in items.steps() {
            match step {
                Step::Zero { at, len } => self
                    .gaps
                    .push((from.saturating_add(at as usize), len as usize)),
                Step::Array {
                    at,
                    count,
                    size,
                    items,
                } if !items.none() => {
                    let depth = deeper(depth, at)?;
                    let elements = tail(base, at)
                        .chunks_exact(size.max(1) as usize)
                        .take(count as usize);
                    let mut from = from.saturating_add(at as usize);
                    for element in elements {
                        self.gaps_of(element, items, from, depth)?;
                        from = from.saturating_add(size as usize);
                    }
                }
                Step::Union { at, variants } => {
                    let depth = deeper(depth, at)?;
                    let variant = I::variant(variants, tag(base, at)).ok_or(Malformed {
                        rule: Rule::Tag,
                        at,
                    })?;
                    self.gaps_of(
                        tail(base, at),
                        variant,
                        from.saturating_add(at as usize),
                        depth,
                    )?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Marks the chunks that a struct points to, and theirs.
    fn chunks_of<I: Items>(&mut self, base: &'m [u8], items: I, depth: u32) -> Walked {
        for step in items.steps() {
            match step {
                Step::Str { at, .. } | Step::Bytes { at, .. } => {
                    let (start, chunk) = self.chunk(base, at);
                    self.mark(start, chunk.len());
                }
                Step::Seq {
                    at, size, items, ..
                } => {
                    let (start, chunk) = self.chunk(base, at);
                    if items.none() {
                        self.mark(start, chunk.len());
                    } else {
                        self.elements(start, chunk, size, items, deeper(depth, at)?)?;
                    }
                }
                Step::Array {
                    at,
                    count,
                    size,
                    items,
                } if !items.none() => {
                    let depth = deeper(depth, at)?;
                    for element in tail(base, at)
                        .chunks_exact(size.max(1) as usize)
                        .take(count as usize)
                    {
                        self.chunks_of(element, items, depth)?;
                    }
                }
                Step::Zero { .. } | Step::Array { .. } => {}
                Step::Union { at, variants } => {
                    let depth = deeper(depth, at)?;
                    let variant = I::variant(variants, tag(base, at)).ok_or(Malformed {
                        rule: Rule::Tag,
                        at,
                    })?;
                    self.chunks_of(tail(base, at), variant, depth)?;
                }
            }
        }
        Ok(())
    }

    /// Marks the elements of a chunk but for their padding.
    fn elements<I: Items>(
        &mut self,
        start: usize,
        chunk: &'m [u8],
        size: u32,
        items: I,
        depth: u32,
    ) -> Walked {
        let mut start = start;
        for element in chunk.chunks_exact(size.max(1) as usize) {
            self.gaps.clear();
            self.gaps_of(element, items, 0, depth)?;
            let gaps = core::mem::take(&mut self.gaps);
            let mut value = 0;
            for (at, len) in &gaps {
                self.mark(start.saturating_add(value), at.saturating_sub(value));
                value = value.max(at.saturating_add(*len));
            }
            self.mark(
                start.saturating_add(value),
                element.len().saturating_sub(value),
            );
            self.gaps = gaps;
            self.chunks_of(element, items, depth)?;
            start = start.saturating_add(element.len());
        }
        Ok(())
    }

    /// The chunk that a descriptor points to, and where it begins.
    fn chunk(&self, base: &[u8], at: u32) -> (usize, &'m [u8]) {
        let (start, len) = (
            tag(base, at) as usize,
            tag(base, at.saturating_add(4)) as usize,
        );
        (
            start,
            self.arena
                .get(start..)
                .and_then(|b| b.get(..len))
                .unwrap_or(&[]),
        )
    }

    /// Marks bytes of the arena as holding a value.
    fn mark(&mut self, start: usize, len: usize) {
        self.used
            .get_mut(start..)
            .and_then(|b| b.get_mut(..len))
            .unwrap_or(&mut [])
            .fill(true);
    }
}
