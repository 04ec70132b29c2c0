//! The one message in strict order that means a value, and a map of where its parts stand.
use super::model::{Direction, Field, Kind, Message, Method, Type};
use super::{Rule, up};
use crate::interpreter::decide::index;
use serde_json::Value;

/// A part of a message that a test may want to change; positions count from the start of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// Gap, or what a variant leaves free.
    Zero {
        /// Where.
        at: usize,
        /// Bytes.
        len: usize,
    },
    /// A descriptor.
    Descriptor {
        /// Where.
        at: usize,
        /// Bytes of an element.
        element: usize,
        /// Most elements.
        max: usize,
    },
    /// A union's tag.
    Tag {
        /// Where.
        at: usize,
        /// How many variants there are.
        variants: usize,
    },
    /// The text of a string with its NUL.
    Text {
        /// Where.
        at: usize,
        /// Bytes.
        len: usize,
    },
    /// An integer or handle.
    Plain {
        /// Where.
        at: usize,
        /// Bytes.
        len: usize,
    },
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Where the arena begins.
    pub arena: usize,
    /// Its parts in the order of the walk.
    pub sites: Vec<Site>,
}

/// Encodes the parameters of a message.
///
/// # Errors
/// [`Rule::Bound`] for a value that is longer than the description allows.
///
/// # Panics
/// When the value has not the form that the types ask for; the vectors of this crate have.
pub fn encode(
    method: &Method,
    direction: Direction,
    riid: u16,
    mid: u16,
    value: &Value,
) -> Result<Encoded, Rule> {
    let message: &Message = method.message(direction);
    let mut encoder = Encoder {
        bytes: vec![0; index(message.size)],
        arena: message.size,
        sites: Vec::new(),
    };
    let error = u128::from(direction == Direction::Error);
    encoder.write(0, riid.into(), 2);
    encoder.write(2, mid.into(), 2);
    encoder.write(4, message.size | (message.handles << 23) | (error << 31), 4);
    encoder.fields(&message.fields, 0, super::HEADER, message.size, value)?;
    Ok(Encoded {
        bytes: encoder.bytes,
        arena: index(message.size),
        sites: encoder.sites,
    })
}

struct Encoder {
    bytes: Vec<u8>,
    /// Where the arena begins, which is a multiple of 8.
    arena: u128,
    sites: Vec<Site>,
}

impl Encoder {
    /// Writes a little-endian number of `len` bytes.
    fn write(&mut self, at: u128, value: u128, len: u128) {
        for i in 0..len {
            self.bytes[index(at + i)] = u8::try_from(value >> (8 * i) & 0xFF).unwrap_or_default();
        }
    }

    fn zero(&mut self, from: u128, to: u128) {
        if from < to {
            self.sites.push(Site::Zero {
                at: index(from),
                len: index(to - from),
            });
        }
    }

    /// Fields of a struct that begins at `start`; gaps are looked for from `from` to `end`, counted from its start.
    fn fields(
        &mut self,
        fields: &[Field],
        start: u128,
        from: u128,
        end: u128,
        value: &Value,
    ) -> Result<(), Rule> {
        let mut last = from;
        for field in fields {
            self.zero(start + last, start + field.offset);
            let value = value
                .get(&field.name)
                .unwrap_or_else(|| panic!("`{}` is missing in {value}", field.name));
            self.value(&field.ty, start + field.offset, value)?;
            last = field.offset + field.ty.size;
        }
        self.zero(start + last, start + end);
        Ok(())
    }

    fn value(&mut self, ty: &Type, at: u128, value: &Value) -> Result<(), Rule> {
        match &ty.kind {
            Kind::Integer { .. } => self.integer(at, ty.size, value),
            Kind::Handle => {
                for (name, offset, len) in [("handle", 0, 4), ("rights", 4, 4), ("badge", 8, 8)] {
                    self.integer(at + offset, len, &value[name]);
                }
            }
            Kind::Bytes(max) => {
                let bytes = crate::vectors::unhex(text(value));
                self.chunk(at, *max, 1, 1, bytes.len() as u128)
                    .map(|chunk| self.store(chunk, &bytes))?;
            }
            Kind::Text(max) if value.is_null() => {
                self.chunk(at, max + 1, 1, 1, 0)?;
            }
            Kind::Text(max) => {
                let bytes = [text(value).as_bytes(), &[0]].concat();
                let chunk = self.chunk(at, max + 1, 1, 1, bytes.len() as u128)?;
                self.store(chunk, &bytes);
                self.sites.push(Site::Text {
                    at: index(chunk),
                    len: bytes.len(),
                });
            }
            Kind::Sequence(max, element) => {
                let list = list(value);
                let chunk =
                    self.chunk(at, *max, element.size, element.align, list.len() as u128)?;
                self.elements(element, chunk, list)?;
            }
            Kind::Array(count, element) => {
                let list = list(value);
                assert_eq!(
                    list.len() as u128,
                    *count,
                    "an array has all its elements: {value}"
                );
                self.elements(element, at, list)?;
            }
            Kind::Struct(fields) => self.fields(fields, at, 0, ty.size, value)?,
            Kind::Union(variants) => {
                let tag = variants
                    .iter()
                    .position(|variant| value.get(&variant.name).is_some());
                let tag = tag.unwrap_or_else(|| panic!("no variant in {value}"));
                self.write(at, tag as u128, 4);
                self.sites.push(Site::Tag {
                    at: index(at),
                    variants: variants.len(),
                });
                self.fields(&variants[tag..=tag], at, 4, ty.size, value)?;
            }
        }
        Ok(())
    }

    fn elements(&mut self, element: &Type, start: u128, list: &[Value]) -> Result<(), Rule> {
        (0..)
            .zip(list)
            .try_for_each(|(i, value)| self.value(element, start + i * element.size, value))
    }

    fn integer(&mut self, at: u128, len: u128, value: &Value) {
        let number = value
            .as_i64()
            .map(i128::from)
            .or_else(|| value.as_u64().map(i128::from));
        let number = number.unwrap_or_else(|| panic!("{value} is no integer"));
        // two's complement
        self.write(at, number.cast_unsigned(), len);
        self.sites.push(Site::Plain {
            at: index(at),
            len: index(len),
        });
    }

    /// Makes room for `count` elements at the end of the arena and writes the descriptor; answers where the chunk begins.
    fn chunk(
        &mut self,
        at: u128,
        max: u128,
        element: u128,
        align: u128,
        count: u128,
    ) -> Result<u128, Rule> {
        if count > max {
            return Err(Rule::Bound);
        }
        self.sites.push(Site::Descriptor {
            at: index(at),
            element: index(element),
            max: index(max),
        });
        if count == 0 {
            return Ok(self.arena); // {0, 0}
        }
        let end = self.bytes.len() as u128;
        let start = self.arena + up(end - self.arena, align);
        self.zero(end, start);
        self.bytes.resize(index(start + count * element), 0);
        self.write(at, start - self.arena, 4);
        self.write(at + 4, count * element, 4);
        Ok(start)
    }

    fn store(&mut self, at: u128, bytes: &[u8]) {
        self.bytes[index(at)..][..bytes.len()].copy_from_slice(bytes);
    }
}

fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
}

fn list(value: &Value) -> &[Value] {
    value
        .as_array()
        .unwrap_or_else(|| panic!("{value} is no list"))
}
