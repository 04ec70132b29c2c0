//! Whether a message is accepted, and if not, the first rule in walk order that it breaks.
//!
//! The walk goes through the constant part in layout order, gaps included; a chunk is followed by the chunks of its
//! elements, depth first (`docs/wire.md` §8). At a descriptor the rules are asked in the order of `docs/wire.md` §8 d: inside the arena, a
//! whole number of elements, not more than the bound, aligned; then, strictly, at its place in the order.
use super::model::{Field, Kind, Message, Model, Type};
use super::{HEADER, Outcome, Rule, up, utf8};

/// How much a message must satisfy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// One encoding for each value (`docs/wire.md` §8).
    Strict,
    /// What the original checks (`docs/wire.md` §8, a to d).
    Compat,
}

/// A request to a process class. Route first, then structure (`docs/wire.md` §8).
///
/// # Errors
/// The first rule that it breaks.
pub fn request(model: &Model, class: &str, bytes: &[u8], mode: Mode) -> Outcome {
    let header = Header::read(bytes).ok_or(Rule::Size)?;
    let (_, method) = model.method(class, header.riid, header.mid)?;
    if header.error {
        return Err(Rule::Direction);
    }
    message(&method.request, bytes, mode)
}

/// The answer of a process class to a request with this RIID and MID.
///
/// # Errors
/// The first rule that it breaks.
pub fn response(
    model: &Model,
    class: &str,
    riid: u16,
    mid: u16,
    bytes: &[u8],
    mode: Mode,
) -> Outcome {
    let header = Header::read(bytes).ok_or(Rule::Size)?;
    let (_, method) = model.method(class, riid, mid)?;
    if (header.riid, header.mid) != (riid, mid) {
        return Err(Rule::Route);
    }
    message(
        if header.error {
            &method.error
        } else {
            &method.response
        },
        bytes,
        mode,
    )
}

/// RIID, MID and the parts of `ex`: 23 bits size, 8 bits handles, 1 bit error (`docs/wire.md` §1).
pub(super) struct Header {
    pub(super) riid: u16,
    pub(super) mid: u16,
    size: u128,
    handles: u128,
    pub(super) error: bool,
}

impl Header {
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..24)?;
        let ex = number(bytes, 4, 4);
        Some(Self {
            riid: u16::from_le_bytes([bytes[0], bytes[1]]),
            mid: u16::from_le_bytes([bytes[2], bytes[3]]),
            size: ex % (1 << 23),
            handles: (ex >> 23) % (1 << 8),
            error: ex >> 31 == 1,
        })
    }
}

/// An unsigned little-endian number of `len` bytes.
pub(super) fn number(bytes: &[u8], at: u128, len: u128) -> u128 {
    (0..len)
        .map(|i| u128::from(bytes[index(at + i)]) << (8 * i))
        .sum()
}

/// A position in memory.
pub(super) fn index(n: u128) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

fn message(message: &Message, bytes: &[u8], mode: Mode) -> Outcome {
    let header = Header::read(bytes).ok_or(Rule::Size)?;
    if header.size != message.size || (bytes.len() as u128) < message.size {
        return Err(Rule::Size);
    }
    if header.handles != message.handles {
        return Err(Rule::Handles);
    }
    let (constant, arena) = bytes.split_at(index(message.size));
    if !message.variable() && !arena.is_empty() {
        return Err(Rule::Arena);
    }
    let present = bytes.len() as u128;
    let mut walk = Walk {
        arena,
        mode,
        end: 0,
        work: 128 * present + 1024,
    };
    walk.fields(&message.fields, constant, HEADER)?;
    if mode == Mode::Strict && walk.end != arena.len() as u128 {
        return Err(Rule::Trailing);
    }
    Ok(())
}

struct Walk<'m> {
    arena: &'m [u8],
    mode: Mode,
    /// Where the last chunk ended.
    end: u128,
    /// What the walk may still cost (R21): 128 for each byte present and 1024, and it costs the bytes of each chunk and of
    /// each element that is looked at. Messages that pass strictly cannot reach it, because their chunks are disjoint.
    work: u128,
}

impl<'m> Walk<'m> {
    /// Fields in layout order and the gaps around them; `bytes` is the whole struct, its first field begins at `from`.
    fn fields(&mut self, fields: &[Field], bytes: &'m [u8], from: u128) -> Outcome {
        let mut end = from;
        for field in fields {
            self.zero(&bytes[index(end)..index(field.offset)])?;
            end = field.offset + field.ty.size;
            self.value(&field.ty, &bytes[index(field.offset)..index(end)])?;
        }
        self.zero(&bytes[index(end)..])
    }

    fn zero(&self, bytes: &[u8]) -> Outcome {
        let clean = bytes.iter().all(|byte| *byte == 0);
        if self.mode == Mode::Strict && !clean {
            Err(Rule::NotZero)
        } else {
            Ok(())
        }
    }

    /// A value in place.
    fn value(&mut self, ty: &Type, bytes: &'m [u8]) -> Outcome {
        match &ty.kind {
            Kind::Integer { .. } | Kind::Handle => Ok(()),
            Kind::Bytes(max) => self.chunk(bytes, 1, *max, 1).map(drop),
            Kind::Text(max) => {
                let text = self.chunk(bytes, 1, max + 1, 1)?;
                self.text(text)
            }
            Kind::Sequence(max, element) => {
                let elements = self.chunk(bytes, element.size, *max, element.align)?;
                self.elements(element, elements)
            }
            // nothing in it can be wrong
            Kind::Array(_, element) if !element.inside() => Ok(()),
            Kind::Array(_, element) => self.elements(element, bytes),
            Kind::Struct(fields) => {
                self.spend(bytes, ty.looked_at())?;
                self.fields(fields, bytes, 0)
            }
            Kind::Union(variants) => {
                self.spend(bytes, true)?;
                let tag = number(bytes, 0, 4);
                let variant = variants.get(index(tag)).ok_or(Rule::Tag)?;
                self.fields(std::slice::from_ref(variant), bytes, 4)
            }
        }
    }

    fn elements(&mut self, element: &Type, bytes: &'m [u8]) -> Outcome {
        for bytes in bytes.chunks(index(element.size)) {
            if !matches!(element.kind, Kind::Struct(_) | Kind::Union(_)) {
                self.spend(bytes, element.looked_at())?;
            }
            self.value(element, bytes)?;
        }
        Ok(())
    }

    /// The bytes that the descriptor points to: at most `max` elements.
    fn chunk(
        &mut self,
        descriptor: &[u8],
        element: u128,
        max: u128,
        align: u128,
    ) -> Result<&'m [u8], Rule> {
        let (offset, size) = (number(descriptor, 0, 4), number(descriptor, 4, 4));
        if offset + size > self.arena.len() as u128 || size % element != 0 {
            return Err(Rule::Chunk);
        }
        if size / element > max {
            return Err(Rule::Bound);
        }
        if offset % align != 0 {
            return Err(Rule::Align);
        }
        let chunk = &self.arena[index(offset)..index(offset + size)];
        match self.mode {
            Mode::Compat => self.spend(chunk, true)?,
            Mode::Strict if size == 0 && offset != 0 => return Err(Rule::Order),
            Mode::Strict if size == 0 => {}
            Mode::Strict => {
                let place = up(self.end, align);
                if offset != place {
                    return Err(Rule::Order);
                }
                let gap = self.end..place;
                self.zero(&self.arena[index(gap.start)..index(gap.end)])?;
                self.end = offset + size;
            }
        }
        Ok(chunk)
    }

    fn text(&self, chunk: &[u8]) -> Outcome {
        let Some((last, text)) = chunk.split_last() else {
            return Ok(());
        };
        if *last != 0 {
            return Err(Rule::Nul);
        }
        if !utf8::valid(text) {
            return Err(Rule::Utf8);
        }
        if self.mode == Mode::Strict && text.contains(&0) {
            Err(Rule::Nul)
        } else {
            Ok(())
        }
    }

    fn spend(&mut self, bytes: &[u8], looked_at: bool) -> Outcome {
        if looked_at {
            self.work = self
                .work
                .checked_sub(bytes.len() as u128)
                .ok_or(Rule::Work)?;
        }
        Ok(())
    }
}
