//! Writing: a message is one buffer, constant part first, arena behind it.
//! Nothing stale ever stays in what is sent: the constant part is cleared at
//! the start, every chunk when it is reserved, padding when it is skipped.
use crate::arena::{Arena, Chunk};
use crate::error::Full;
use crate::header::{Ex, HEADER_SIZE, Handle};
use crate::seq::Element;
use crate::shape::{Elem, Item, Message};
use crate::view::Wire;

/// A place in the message that a [`Writer`] fills, in bytes from its start;
/// adding an offset never overflows loudly, so generated code has no panic
/// path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At(pub usize);

impl At {
    /// Where the message begins.
    pub const START: Self = Self(0);
}
impl core::ops::Add<usize> for At {
    type Output = Self;
    #[inline]
    fn add(self, offset: usize) -> Self {
        Self(self.0.wrapping_add(offset))
    }
}

/// Fills one message.
pub struct Writer<'b> {
    arena: Arena<'b>,
    /// Some chunk was reserved larger than it turned out to be, and others
    /// stand behind it.
    loose: bool,
}

macro_rules! ints {
    ($($t:ident)*) => {$(
        #[doc = concat!("Writes a `", stringify!($t), "`.")]
        #[inline(always)]
        pub fn $t(&mut self, at: At, v: $t) { self.store(at, &v.to_le_bytes()); }
    )*};
}

#[allow(
    clippy::inline_always,
    reason = "with the constant offset of the call site the bounds check folds away"
)]
impl<'b> Writer<'b> {
    /// Clears the constant part and writes the header.
    ///
    /// # Errors
    /// The buffer is shorter than the constant part.
    #[inline(always)]
    pub fn new(
        buf: &'b mut [u8],
        message: &Message,
        iid: u16,
        mid: u16,
        err: bool,
    ) -> Result<Self, Full> {
        let base = message.size as usize;
        buf.get_mut(..base).ok_or(Full::Buffer)?.fill(0);
        let mut w = Self {
            arena: Arena::behind(buf, base),
            loose: false,
        };
        w.u16(At::START, iid);
        w.u16(At(2), mid);
        w.u32(At(4), Ex::new(message.size, message.handles, err).0);
        Ok(w)
    }
    /// Ends writing: the constant part and the used arena, which lie behind
    /// each other.
    #[must_use]
    #[inline]
    pub fn finish(mut self, message: &Message) -> (&'b [u8], &'b [u8]) {
        if self.loose {
            self.pack(message);
        }
        let (used, base) = self.arena.into_parts();
        used.split_at_checked(base).unwrap_or((used, &[]))
    }
    /// As [`Writer::finish`]; answers the length of the message.
    #[must_use]
    #[inline]
    pub fn finish_len(self, message: &Message) -> usize {
        let (base, arena) = self.finish(message);
        base.len().wrapping_add(arena.len())
    }

    #[inline(always)]
    fn store<const N: usize>(&mut self, at: At, v: &[u8; N]) {
        if let Some(slot) = self
            .arena
            .buf()
            .get_mut(at.0..)
            .and_then(|b| b.first_chunk_mut())
        {
            *slot = *v;
        }
    }
    ints!(u8 u16 u32 u64 i8 i16 i32 i64);

    /// Writes a handle descriptor.
    #[inline(always)]
    pub fn handle(&mut self, at: At, v: Handle) {
        self.u32(at, v.handle);
        self.u32(at + 4, v.rights);
        self.u64(at + 8, v.badge);
    }
    /// Writes an `array<UInt8, N>` in place.
    #[inline]
    pub fn in_place(&mut self, at: At, v: &[u8]) {
        if let Some(slot) = self
            .arena
            .buf()
            .get_mut(at.0..)
            .and_then(|b| b.get_mut(..v.len()))
        {
            slot.copy_from_slice(v);
        }
    }
    /// Writes an `array<T, N>` in place; `K` names the element type without a
    /// lifetime.
    ///
    /// # Errors
    /// An element is out of its bounds, or the buffer is full.
    #[inline]
    pub fn array<K: ?Sized>(
        &mut self,
        at: At,
        items: impl IntoIterator<Item: Element<K>>,
        elem: &'static Elem,
    ) -> Result<(), Full> {
        let mut at = at;
        for v in items {
            v.put_element(self, at, elem)?;
            at = at + elem.size as usize;
        }
        Ok(())
    }

    #[inline(always)]
    fn chunk(&mut self, at: At, chunk: Chunk) {
        self.u32(at, chunk.offset);
        self.u32(at + 4, chunk.size);
    }
    /// Reserves and clears a chunk of `size` bytes at the next multiple of `align`, and writes its descriptor at `at`;
    /// answers where the chunk begins in the buffer. Without bytes there is no chunk, and the descriptor is {0, 0}.
    ///
    /// # Errors
    /// No room.
    #[inline]
    pub fn reserve(&mut self, at: At, size: usize, align: usize) -> Result<At, Full> {
        let chunk = self.arena.alloc(size, align)?;
        self.chunk(at, chunk);
        Ok(At(self.arena.base()) + chunk.offset as usize)
    }
    /// Shrinks the chunk whose descriptor is at `at` and which begins at
    /// `start`, from `reserved` to `used` bytes.
    pub(crate) fn shrink(&mut self, at: At, start: At, reserved: usize, used: usize) {
        if reserved == used {
            return;
        }
        if used == 0 {
            self.u32(at, 0);
        }
        self.u32(at + 4, u32::try_from(used).unwrap_or(0));
        if used != 0 && At(self.arena.end()) == start + reserved {
            self.arena.end_at((start + used).0);
        } else {
            self.loose = true;
        }
    }
    /// The `len` bytes of the buffer from `start`.
    pub(crate) fn slot(&mut self, start: At, len: usize) -> &mut [u8] {
        self.arena
            .buf()
            .get_mut(start.0..)
            .and_then(|b| b.get_mut(..len))
            .unwrap_or(&mut [])
    }

    /// Stores `bytes<N>`.
    ///
    /// # Errors
    /// Longer than `max`, or no room.
    #[inline]
    pub fn bytes(&mut self, at: At, v: &[u8], max: u32) -> Result<(), Full> {
        self.raw(at, v, max, 0)
    }
    /// Stores a string and its terminator.
    ///
    /// # Errors
    /// Longer than `max`, or no room.
    #[inline]
    pub fn str(&mut self, at: At, v: &str, max: u32) -> Result<(), Full> {
        self.raw(at, v.as_bytes(), max, 1)
    }
    #[inline]
    fn raw(&mut self, at: At, v: &[u8], max: u32, nul: usize) -> Result<(), Full> {
        if v.len() > max as usize {
            return Err(bound(at));
        }
        let chunk = self.arena.store_ended(v, nul, 1)?;
        self.chunk(at, chunk);
        Ok(())
    }

    /// Moves all chunks together, in walk order, after something was reserved
    /// and not used: strict mode allows no gaps.
    #[cold]
    fn pack(&mut self, message: &Message) {
        self.arena.reset();
        self.pack_items(At::START, message.items);
        self.loose = false;
    }
    fn pack_items(&mut self, base: At, items: &'static [Item]) {
        for item in items {
            match *item {
                Item::Zero(..) => {}
                Item::Str(at, _) | Item::Bytes(at, _) => {
                    self.pull(base + at as usize, 1);
                }
                Item::Seq(at, _, elem) => {
                    let (start, size) = self.pull(base + at as usize, elem.align as usize);
                    self.pack_elements(
                        start,
                        size.checked_div(elem.size as usize).unwrap_or(0),
                        elem,
                    );
                }
                Item::Array(at, n, elem) => {
                    self.pack_elements(base + at as usize, n as usize, elem);
                }
                Item::Union(at, crate::shape::Variants(variants)) => {
                    let at = base + at as usize;
                    if let Some(variant) = variants.get(self.word(at) as usize) {
                        self.pack_items(at, variant);
                    }
                }
            }
        }
    }
    fn pack_elements(&mut self, start: At, n: usize, elem: &'static Elem) {
        if elem.items.is_empty() {
            return;
        }
        for i in 0..n {
            self.pack_items(start + i.wrapping_mul(elem.size as usize), elem.items);
        }
    }
    /// Answers where the chunk begins now, and its size.
    fn pull(&mut self, at: At, align: usize) -> (At, usize) {
        let chunk = Chunk {
            offset: self.word(at),
            size: self.word(at + 4),
        };
        if chunk.size == 0 {
            return (At::START, 0);
        }
        match self.arena.pull(chunk, align) {
            Some((start, chunk)) => {
                self.chunk(at, chunk);
                (At(start), chunk.size as usize)
            }
            None => (At::START, 0),
        }
    }
    fn word(&self, at: At) -> u32 {
        self.arena
            .bytes()
            .get(at.0..)
            .and_then(|b| b.first_chunk())
            .map_or(0, |c| u32::from_le_bytes(*c))
    }
}

/// "The value at `at` is longer than its bound".
#[cold]
pub(crate) fn bound(at: At) -> Full {
    Full::Bound {
        at: u32::try_from(at.0).unwrap_or(u32::MAX),
    }
}

/// A type that can be written into a message at `at`.
pub trait Put {
    /// Writes the value.
    ///
    /// # Errors
    /// A part is longer than its bound, or the buffer is full.
    fn put(&self, w: &mut Writer<'_>, at: At) -> Result<(), Full>;
}
macro_rules! put_ints {
    ($($t:ident)*) => {$(
        impl Put for $t {
            #[inline] fn put(&self, w: &mut Writer<'_>, at: At) -> Result<(), Full> { w.$t(at, *self); Ok(()) }
        }
    )*};
}
put_ints!(u8 u16 u32 u64 i8 i16 i32 i64);
impl Put for Handle {
    #[inline]
    fn put(&self, w: &mut Writer<'_>, at: At) -> Result<(), Full> {
        w.handle(at, *self);
        Ok(())
    }
}
/// An array of fixed-size elements, in place.
impl<T: Put + Wire<'static>, const N: usize> Put for [T; N] {
    #[inline]
    fn put(&self, w: &mut Writer<'_>, at: At) -> Result<(), Full> {
        let mut at = at;
        for v in self {
            v.put(w, at)?;
            at = at + T::SIZE;
        }
        Ok(())
    }
}
impl Put for () {
    fn put(&self, _: &mut Writer<'_>, _: At) -> Result<(), Full> {
        Ok(())
    }
}
impl Put for crate::error::Failed {
    fn put(&self, _: &mut Writer<'_>, _: At) -> Result<(), Full> {
        Ok(())
    }
}
impl<T: Put> Put for crate::view::One<T> {
    #[inline]
    fn put(&self, w: &mut Writer<'_>, _: At) -> Result<(), Full> {
        self.0.put(w, At(HEADER_SIZE))
    }
}
