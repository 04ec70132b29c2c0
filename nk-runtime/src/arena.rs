//! The arena: the variable part of a message, as chunks behind each other
//! (`docs/wire.md` §7).
use crate::error::Full;

/// A chunk's descriptor, `nk_ptr_t`: where it lies in its arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Chunk {
    /// Bytes from the arena's start.
    pub offset: u32,
    /// Bytes.
    pub size: u32,
}

/// Memory that chunks are stored in, one behind the other; nothing stale is
/// ever inside the used part.
///
/// ```
/// use nk_runtime::message::Arena;
/// let mut memory = [0xAA; 32];
/// let mut arena = Arena::new(&mut memory);
/// let text = arena.store(b"ab\0", 1)?;
/// let numbers = arena.alloc(8, 4)?;
/// assert_eq!((text.offset, text.size, numbers.offset), (0, 3, 4));
/// assert_eq!(arena.elements(numbers, 4).map(Iterator::count), Some(2));
/// assert_eq!(arena.used(), b"ab\0\0\0\0\0\0\0\0\0\0");
/// # Ok::<(), nk_runtime::Full>(())
/// ```
pub struct Arena<'b> {
    buf: &'b mut [u8],
    /// Where the arena begins in `buf`: a constant part may stand before it.
    base: usize,
    /// First free byte.
    end: usize,
}

impl<'b> Arena<'b> {
    /// An empty arena over `buf`.
    #[must_use]
    pub const fn new(buf: &'b mut [u8]) -> Self {
        Self {
            buf,
            base: 0,
            end: 0,
        }
    }
    /// An empty arena behind a constant part of `base` bytes.
    pub(crate) const fn behind(buf: &'b mut [u8], base: usize) -> Self {
        Self {
            buf,
            base,
            end: base,
        }
    }
    /// Forgets all chunks.
    pub const fn reset(&mut self) {
        self.end = self.base;
    }
    /// The used part.
    #[must_use]
    pub fn used(&self) -> &[u8] {
        self.buf.get(self.base..self.end).unwrap_or(&[])
    }
    /// Reserves and clears a chunk at the next multiple of `align`; an empty
    /// one is `{0, 0}`.
    ///
    /// # Errors
    /// The memory is full.
    #[inline]
    pub fn alloc(&mut self, size: usize, align: usize) -> Result<Chunk, Full> {
        if size == 0 {
            return Ok(Chunk::default());
        }
        let start = self.next(align);
        let end = start.checked_add(size).ok_or(Full::Buffer)?;
        self.buf.get_mut(self.end..end).ok_or(Full::Buffer)?.fill(0);
        self.take(start, end)
    }
    /// Stores a chunk.
    ///
    /// # Errors
    /// The memory is full.
    #[inline]
    pub fn store(&mut self, bytes: &[u8], align: usize) -> Result<Chunk, Full> {
        self.store_ended(bytes, 0, align)
    }
    /// Stores a chunk with `zeros` zero bytes at its end.
    #[inline]
    pub(crate) fn store_ended(
        &mut self,
        bytes: &[u8],
        zeros: usize,
        align: usize,
    ) -> Result<Chunk, Full> {
        let size = bytes.len().checked_add(zeros).ok_or(Full::Buffer)?;
        if size == 0 {
            return Ok(Chunk::default());
        }
        let start = self.next(align);
        let end = start.checked_add(size).ok_or(Full::Buffer)?;
        let room = self.buf.get_mut(self.end..end).ok_or(Full::Buffer)?;
        let (gap, room) = room
            .split_at_mut_checked(start.wrapping_sub(self.end))
            .ok_or(Full::Buffer)?;
        gap.fill(0);
        let (text, tail) = room.split_at_mut_checked(bytes.len()).ok_or(Full::Buffer)?;
        text.copy_from_slice(bytes);
        tail.fill(0);
        self.take(start, end)
    }
    /// The bytes of a chunk; `None` when the descriptor leaves the used part.
    #[must_use]
    pub fn get(&self, chunk: Chunk) -> Option<&[u8]> {
        let (offset, size) = (
            usize::try_from(chunk.offset).ok()?,
            usize::try_from(chunk.size).ok()?,
        );
        self.used().get(offset..)?.get(..size)
    }
    /// The elements of a chunk; `None` when the descriptor leaves the used part
    /// or its size is no multiple of `size`.
    #[must_use]
    pub fn elements(&self, chunk: Chunk, size: usize) -> Option<core::slice::ChunksExact<'_, u8>> {
        let bytes = self.get(chunk)?;
        (size != 0 && bytes.len().is_multiple_of(size)).then(|| bytes.chunks_exact(size))
    }

    /// Where the next chunk of this alignment begins in `buf`.
    #[inline]
    pub(crate) fn next(&self, align: usize) -> usize {
        let pad = self.base.wrapping_sub(self.end) & align.wrapping_sub(1);
        self.end.wrapping_add(pad)
    }
    #[inline]
    fn take(&mut self, start: usize, end: usize) -> Result<Chunk, Full> {
        let word = |n: usize| u32::try_from(n).map_err(|_| Full::Buffer);
        let chunk = Chunk {
            offset: word(start.wrapping_sub(self.base))?,
            size: word(end.wrapping_sub(start))?,
        };
        self.end = end;
        Ok(chunk)
    }
    pub(crate) fn buf(&mut self) -> &mut [u8] {
        self.buf
    }
    pub(crate) fn bytes(&self) -> &[u8] {
        self.buf
    }
    pub(crate) const fn base(&self) -> usize {
        self.base
    }
    pub(crate) const fn end(&self) -> usize {
        self.end
    }
    /// Gives back the end of the used part.
    pub(crate) fn end_at(&mut self, end: usize) {
        self.end = end.min(self.end).max(self.base);
    }
    /// Moves a chunk down to the next free place of its alignment; answers
    /// where it begins in `buf`. Used by [`crate::writer::Writer::pack`], which
    /// visits chunks in the order in which they were stored.
    pub(crate) fn pull(&mut self, chunk: Chunk, align: usize) -> Option<(usize, Chunk)> {
        let old = usize::try_from(chunk.offset).ok()?.checked_add(self.base)?;
        let size = usize::try_from(chunk.size).ok()?;
        let start = self.next(align);
        let down = old.checked_sub(start)?;
        let region = self.buf.get_mut(start..old.checked_add(size)?)?;
        if down > region.len() {
            return None; // cannot be; said so that the copy below has no panic path
        }
        region.copy_within(down.., 0);
        self.buf.get_mut(self.end..start)?.fill(0);
        let chunk = self.take(start, start.wrapping_add(size)).ok()?;
        Some((start, chunk))
    }
    pub(crate) fn into_parts(self) -> (&'b [u8], usize) {
        (self.buf.get(..self.end).unwrap_or(&[]), self.base)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_full_arena_refuses_and_keeps_what_it_holds() {
        let mut memory = [0xAA; 8];
        let mut arena = Arena::new(&mut memory);
        let a = arena.store(b"abc", 1).unwrap();
        assert_eq!(arena.alloc(8, 4), Err(Full::Buffer));
        assert_eq!(arena.store(b"123456", 1), Err(Full::Buffer));
        assert_eq!(arena.get(a), Some(&b"abc"[..]));
        assert_eq!(arena.used(), b"abc");
        assert_eq!(arena.alloc(4, 4).unwrap(), Chunk { offset: 4, size: 4 });
        arena.reset();
        assert_eq!((arena.used(), arena.get(a)), (&[][..], None));
    }

    #[test]
    fn descriptors_outside_the_used_part_are_none() {
        let mut memory = [0; 16];
        let mut arena = Arena::new(&mut memory);
        arena.store(b"abcdefgh", 1).unwrap();
        for (offset, size) in [
            (0, 9),
            (8, 1),
            (9, 0),
            (u32::MAX, 1),
            (1, u32::MAX),
            (u32::MAX, u32::MAX),
        ] {
            assert_eq!(arena.get(Chunk { offset, size }), None, "{offset} {size}");
        }
        assert_eq!(arena.get(Chunk { offset: 8, size: 0 }), Some(&[][..]));
        assert!(arena.elements(Chunk { offset: 0, size: 8 }, 3).is_none());
        assert!(arena.elements(Chunk { offset: 0, size: 8 }, 0).is_none());
    }
}
