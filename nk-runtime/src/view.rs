//! Reading: total functions over bytes. A field that is not there reads as zero
//! or empty, so no getter can panic; after `verify` that case does not occur.
use crate::header::{HEADER_SIZE, Handle};
use core::fmt;

/// A struct (or constant part) and the arena that its descriptors point into.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View<'m> {
    base: &'m [u8],
    arena: &'m [u8],
}

macro_rules! ints {
    ($($t:ident)*) => {$(
        #[doc = concat!("The `", stringify!($t), "` at an offset.")]
        #[must_use] #[inline(always)]
        pub fn $t(self, at: usize) -> $t { self.array_at(at).map_or(0, |b| $t::from_le_bytes(*b)) }
    )*};
}

#[allow(
    clippy::inline_always,
    reason = "with the constant offset of the call site the bounds check folds away"
)]
impl<'m> View<'m> {
    /// A view of a struct and an arena.
    #[must_use]
    #[inline(always)]
    pub const fn new(base: &'m [u8], arena: &'m [u8]) -> Self {
        Self { base, arena }
    }
    /// The constant part (or struct).
    #[must_use]
    pub const fn base(self) -> &'m [u8] {
        self.base
    }
    /// The arena.
    #[must_use]
    pub const fn arena(self) -> &'m [u8] {
        self.arena
    }
    /// Length of the whole message, when this is the view of one.
    #[must_use]
    pub const fn message_len(self) -> usize {
        self.base.len().wrapping_add(self.arena.len())
    }
    #[inline(always)]
    fn array_at<const N: usize>(self, at: usize) -> Option<&'m [u8; N]> {
        self.base.get(at..)?.first_chunk()
    }
    ints!(u8 u16 u32 u64 i8 i16 i32 i64);

    /// The handle descriptor at an offset.
    #[must_use]
    #[inline(always)]
    pub fn handle(self, at: usize) -> Handle {
        Handle {
            handle: self.u32(at),
            rights: self.u32(at.wrapping_add(4)),
            badge: self.u64(at.wrapping_add(8)),
        }
    }
    /// The chunk that the descriptor at `at` points to.
    #[must_use]
    #[inline(always)]
    pub fn bytes(self, at: usize) -> &'m [u8] {
        let (offset, size) = (self.u32(at) as usize, self.u32(at.wrapping_add(4)) as usize);
        self.arena
            .get(offset..)
            .and_then(|b| b.get(..size))
            .unwrap_or(&[])
    }
    /// The string that the descriptor at `at` points to, without its
    /// terminator.
    #[must_use]
    #[inline(always)]
    pub fn str(self, at: usize) -> &'m str {
        match self.bytes(at) {
            [text @ .., 0] => core::str::from_utf8(text).unwrap_or(""),
            _ => "",
        }
    }
    /// Any type at `at`: a nested struct, a union, an array, a sequence.
    #[must_use]
    #[inline(always)]
    pub fn get<T: Wire<'m>>(self, at: usize) -> T {
        T::read(self.from(at))
    }
    /// The part of the struct that begins at `at`.
    #[must_use]
    #[inline(always)]
    pub fn from(self, at: usize) -> Self {
        Self {
            base: self.base.get(at..).unwrap_or(&[]),
            arena: self.arena,
        }
    }
}

/// A type that can be read from a message as a plain value.
pub trait Wire<'m>: Copy {
    /// Bytes in the constant part, or as an element; never 0.
    const SIZE: usize;
    /// Reads the value at the start of the view.
    fn read(v: View<'m>) -> Self;
}

macro_rules! wire_ints {
    ($($t:ident)*) => {$(
        impl<'m> Wire<'m> for $t {
            const SIZE: usize = core::mem::size_of::<$t>();
            #[inline] fn read(v: View<'m>) -> Self { v.$t(0) }
        }
    )*};
}
wire_ints!(u8 u16 u32 u64 i8 i16 i32 i64);

impl<'m> Wire<'m> for &'m str {
    const SIZE: usize = 8;
    #[inline]
    fn read(v: View<'m>) -> Self {
        v.str(0)
    }
}
impl<'m> Wire<'m> for &'m [u8] {
    const SIZE: usize = 8;
    #[inline]
    fn read(v: View<'m>) -> Self {
        v.bytes(0)
    }
}
impl<'m> Wire<'m> for Handle {
    const SIZE: usize = 16;
    #[inline]
    fn read(v: View<'m>) -> Self {
        v.handle(0)
    }
}
impl<'m, T: Wire<'m>, const N: usize> Wire<'m> for [T; N] {
    const SIZE: usize = N.wrapping_mul(T::SIZE);
    #[inline]
    fn read(v: View<'m>) -> Self {
        core::array::from_fn(|i| v.get(i.wrapping_mul(T::SIZE)))
    }
}
/// A large `array<UInt8, N>` is read in place.
impl<'m, const N: usize> Wire<'m> for &'m [u8; N] {
    const SIZE: usize = N;
    #[inline]
    fn read(v: View<'m>) -> Self {
        v.array_at(0).unwrap_or(const { &[0; N] })
    }
}
impl<'m> Wire<'m> for crate::error::Failed {
    const SIZE: usize = HEADER_SIZE;
    #[inline]
    fn read(_: View<'m>) -> Self {
        Self
    }
}
/// A parameter list without parameters.
impl<'m> Wire<'m> for () {
    const SIZE: usize = HEADER_SIZE;
    #[inline]
    fn read(_: View<'m>) -> Self {}
}

/// A parameter list with a single fixed-size parameter, which always lies right
/// behind the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct One<T>(pub T);
impl<T> One<T> {
    /// The parameter.
    pub fn get(self) -> T {
        self.0
    }
}
impl<'m, T: Wire<'m>> Wire<'m> for One<T> {
    const SIZE: usize = HEADER_SIZE.wrapping_add(T::SIZE);
    #[inline]
    fn read(v: View<'m>) -> Self {
        Self(v.get(HEADER_SIZE))
    }
}

/// Shows the parameters of a view by their names: what the generated `…Res`
/// types do for `Debug`.
///
/// # Errors
/// The formatter's.
pub fn debug(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    fields: &[(&str, &dyn fmt::Debug)],
) -> fmt::Result {
    let mut shown = f.debug_struct(name);
    for (field, value) in fields {
        shown.field(field, value);
    }
    shown.finish()
}
