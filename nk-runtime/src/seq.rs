//! Sequences and large arrays: one type for reading them from a message and for
//! passing them to a method.
use crate::error::Full;
use crate::header::Handle;
use crate::shape::{Elem, Item};
use crate::view::{View, Wire};
use crate::writer::bound;
use crate::writer::{At, Put, Writer};
use core::{fmt, marker::PhantomData};

/// `sequence<T, N>`: a chunk of a message, or a slice of the caller. Copying it
/// copies two pointers.
pub struct Seq<'m, T>(Kept<'m, T>);

enum Kept<'m, T> {
    /// The elements, and the arena that they point into.
    Wire(View<'m>),
    Slice(&'m [T]),
}
impl<T> Clone for Kept<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Kept<'_, T> {}

impl<'m, T: Wire<'m>> Kept<'m, T> {
    fn get(self, i: usize) -> Option<T> {
        match self {
            Self::Wire(v) => {
                let element = v.base().get(i.checked_mul(T::SIZE)?..)?.get(..T::SIZE)?;
                Some(T::read(View::new(element, v.arena())))
            }
            Self::Slice(s) => s.get(i).copied(),
        }
    }
}

impl<T> Clone for Seq<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Seq<'_, T> {}
impl<T> Default for Seq<'_, T> {
    fn default() -> Self {
        Self(Kept::Slice(&[]))
    }
}
impl<'m, T> From<&'m [T]> for Seq<'m, T> {
    fn from(s: &'m [T]) -> Self {
        Self(Kept::Slice(s))
    }
}
impl<'m, T, const N: usize> From<&'m [T; N]> for Seq<'m, T> {
    fn from(s: &'m [T; N]) -> Self {
        Self(Kept::Slice(s))
    }
}
impl<'m, T: Wire<'m>> Seq<'m, T> {
    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        match self.0 {
            Kept::Wire(v) => v.base().len().checked_div(T::SIZE).unwrap_or(0),
            Kept::Slice(s) => s.len(),
        }
    }
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// An element.
    #[must_use]
    pub fn get(&self, i: usize) -> Option<T> {
        self.0.get(i)
    }
    /// The elements as plain values.
    #[must_use]
    pub fn iter(&self) -> SeqIter<'m, T> {
        SeqIter {
            kept: self.0,
            next: 0,
            len: self.len(),
        }
    }
}
impl<'m, T: Wire<'m>> Wire<'m> for Seq<'m, T> {
    const SIZE: usize = 8;
    #[inline]
    fn read(v: View<'m>) -> Self {
        Self(Kept::Wire(View::new(v.bytes(0), v.arena())))
    }
}

/// `array<T, N>` of more than 64 bytes: part of a message, or an array of the
/// caller.
pub struct Array<'m, T, const N: usize>(Kept<'m, T>);

impl<T, const N: usize> Clone for Array<'_, T, N> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T, const N: usize> Copy for Array<'_, T, N> {}
impl<'m, T, const N: usize> From<&'m [T; N]> for Array<'m, T, N> {
    fn from(s: &'m [T; N]) -> Self {
        Self(Kept::Slice(s))
    }
}
impl<'m, T: Wire<'m>, const N: usize> Array<'m, T, N> {
    /// An element; `None` beyond the last.
    #[must_use]
    pub fn get(&self, i: usize) -> Option<T> {
        if i < N { self.0.get(i) } else { None }
    }
    /// The elements as plain values.
    #[must_use]
    pub const fn iter(&self) -> SeqIter<'m, T> {
        SeqIter {
            kept: self.0,
            next: 0,
            len: N,
        }
    }
}
impl<'m, T: Wire<'m>, const N: usize> Wire<'m> for Array<'m, T, N> {
    const SIZE: usize = N.wrapping_mul(T::SIZE);
    #[inline]
    fn read(v: View<'m>) -> Self {
        Self(Kept::Wire(v))
    }
}

macro_rules! collection {
    ($name:ident $(, $n:ident)?) => {
        impl<'m, T: Wire<'m> + PartialEq $(, const $n: usize)?> PartialEq for $name<'m, T $(, $n)?> {
            fn eq(&self, other: &Self) -> bool {
                self.iter().eq(other.iter())
            }
        }
        impl<'m, T: Wire<'m> + fmt::Debug $(, const $n: usize)?> fmt::Debug for $name<'m, T $(, $n)?> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.iter()).finish()
            }
        }
        impl<'m, T: Wire<'m> $(, const $n: usize)?> IntoIterator for $name<'m, T $(, $n)?> {
            type Item = T;
            type IntoIter = SeqIter<'m, T>;
            fn into_iter(self) -> SeqIter<'m, T> {
                self.iter()
            }
        }
        impl<'m, T: Wire<'m> $(, const $n: usize)?> IntoIterator for &$name<'m, T $(, $n)?> {
            type Item = T;
            type IntoIter = SeqIter<'m, T>;
            fn into_iter(self) -> SeqIter<'m, T> {
                self.iter()
            }
        }
    };
}
collection!(Seq);
collection!(Array, N);

/// Elements of a [`Seq`] or [`Array`], as plain values.
pub struct SeqIter<'m, T> {
    kept: Kept<'m, T>,
    next: usize,
    len: usize,
}
impl<T> Clone for SeqIter<'_, T> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}
impl<'m, T: Wire<'m>> Iterator for SeqIter<'m, T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        if self.next >= self.len {
            return None;
        }
        let v = self.kept.get(self.next)?;
        self.next = self.next.wrapping_add(1);
        Some(v)
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.len.saturating_sub(self.next);
        (left, Some(left))
    }
}
impl<'m, T: Wire<'m>> ExactSizeIterator for SeqIter<'m, T> {}

/// A value that can be written as an element of a sequence or array of `K`.
///
/// `K` names the element type without a lifetime (`Reading<'static>`, `str`),
/// so that every element may borrow from something else.
pub trait Element<K: ?Sized> {
    /// Writes the element; `elem` is its table, which holds the bounds of
    /// strings and sequences.
    ///
    /// # Errors
    /// Longer than its bound, or the buffer is full.
    fn put_element(&self, w: &mut Writer<'_>, at: At, elem: &'static Elem) -> Result<(), Full>;
}
/// Names an element that is itself a sequence of `K`.
pub struct Nested<K: ?Sized>(PhantomData<fn(&K)>);
/// Names an element that is itself an array of `N` times `K`.
pub struct Fixed<K: ?Sized, const N: usize>(PhantomData<fn(&K)>);

impl<K: ?Sized, T: Element<K> + ?Sized> Element<K> for &T {
    #[inline]
    fn put_element(&self, w: &mut Writer<'_>, at: At, elem: &'static Elem) -> Result<(), Full> {
        (**self).put_element(w, at, elem)
    }
}
impl Element<str> for str {
    fn put_element(&self, w: &mut Writer<'_>, at: At, elem: &'static Elem) -> Result<(), Full> {
        w.str(at, self, max(elem))
    }
}
impl Element<[u8]> for [u8] {
    fn put_element(&self, w: &mut Writer<'_>, at: At, elem: &'static Elem) -> Result<(), Full> {
        w.bytes(at, self, max(elem))
    }
}
impl<K: ?Sized, T: Element<K>> Element<Nested<K>> for [T] {
    fn put_element(&self, w: &mut Writer<'_>, at: At, elem: &'static Elem) -> Result<(), Full> {
        nested(w, at, self, elem)
    }
}
impl<'m, K: ?Sized, T: Wire<'m> + Element<K>> Element<Nested<K>> for Seq<'m, T> {
    fn put_element(&self, w: &mut Writer<'_>, at: At, elem: &'static Elem) -> Result<(), Full> {
        nested(w, at, *self, elem)
    }
}
impl<K: ?Sized, T: Element<K>, const N: usize> Element<Fixed<K, N>> for [T; N] {
    fn put_element(&self, w: &mut Writer<'_>, at: At, elem: &'static Elem) -> Result<(), Full> {
        w.array(at, self, inner(elem))
    }
}
impl<'m, K: ?Sized, T: Wire<'m> + Element<K>, const N: usize> Element<Fixed<K, N>>
    for Array<'m, T, N>
{
    fn put_element(&self, w: &mut Writer<'_>, at: At, elem: &'static Elem) -> Result<(), Full> {
        w.array(at, *self, inner(elem))
    }
}
impl Element<Handle> for Handle {
    fn put_element(&self, w: &mut Writer<'_>, at: At, _: &'static Elem) -> Result<(), Full> {
        self.put(w, at)
    }
}
macro_rules! int_elements {
    ($($t:ident)*) => {$(
        impl Element<$t> for $t {
            #[inline]
            fn put_element(&self, w: &mut Writer<'_>, at: At, _: &'static Elem) -> Result<(), Full> { w.$t(at, *self); Ok(()) }
        }
    )*};
}
int_elements!(u8 u16 u32 u64 i8 i16 i32 i64);

/// The bound of an element that is a string or bytes.
fn max(elem: &'static Elem) -> u32 {
    match elem.items {
        [Item::Str(_, max) | Item::Bytes(_, max)] => *max,
        _ => 0,
    }
}
/// The element type inside an element that is an array; tables hold it even
/// when nothing in it needs checking.
fn inner(elem: &'static Elem) -> &'static Elem {
    match elem.items {
        [Item::Array(_, _, inner)] => inner,
        _ => elem,
    }
}
/// Writes a sequence that is an element.
fn nested<K: ?Sized>(
    w: &mut Writer<'_>,
    at: At,
    items: impl IntoIterator<Item: Element<K>>,
    elem: &'static Elem,
) -> Result<(), Full> {
    match elem.items {
        [Item::Seq(_, max, inner)] => w.seq::<K>(at, items, *max, inner),
        _ => Err(bound(at)),
    }
}

/// Writes the elements of one sequence.
pub struct SeqWriter<'w, 'b, K: ?Sized> {
    w: &'w mut Writer<'b>,
    at: At,
    max: usize,
    elem: &'static Elem,
    start: At,
    reserved: usize,
    used: usize,
    kind: PhantomData<fn(&K)>,
}
impl<K: ?Sized> SeqWriter<'_, '_, K> {
    /// Makes room for `n` elements (at most the sequence's bound); once, before
    /// the first `push`. Without it, room for the bound is made. What is not
    /// used is taken back.
    ///
    /// # Errors
    /// The buffer is full.
    pub fn reserve(&mut self, n: usize) -> Result<(), Full> {
        if self.reserved == 0 {
            let n = n.min(self.max);
            let bytes = n.checked_mul(self.elem.size as usize).ok_or(Full::Buffer)?;
            self.start = self.w.reserve(self.at, bytes, self.elem.align as usize)?;
            self.reserved = n;
        }
        Ok(())
    }
    /// Appends an element.
    ///
    /// # Errors
    /// More elements than the bound or than were reserved, or the buffer is
    /// full.
    #[inline]
    pub fn push(&mut self, v: impl Element<K>) -> Result<(), Full> {
        if self.used == self.reserved {
            if self.reserved != 0 {
                return Err(bound(self.at));
            }
            self.reserve(self.max)?;
        }
        let at = self.start + self.used.wrapping_mul(self.elem.size as usize);
        v.put_element(self.w, at, self.elem)?;
        self.used = self.used.wrapping_add(1);
        Ok(())
    }
    fn finish(self) {
        let size = self.elem.size as usize;
        self.w.shrink(
            self.at,
            self.start,
            self.reserved.wrapping_mul(size),
            self.used.wrapping_mul(size),
        );
    }
}

/// What can become a variable sequence: anything iterable over elements or
/// references to them, or [`fill`].
pub trait IntoSeq<K: ?Sized> {
    /// Pushes the elements.
    ///
    /// # Errors
    /// The writer's.
    fn feed(self, w: &mut SeqWriter<'_, '_, K>) -> Result<(), Full>;
}
impl<K: ?Sized, I> IntoSeq<K> for I
where
    I: IntoIterator,
    I::Item: Element<K>,
{
    #[inline]
    fn feed(self, w: &mut SeqWriter<'_, '_, K>) -> Result<(), Full> {
        let mut iter = self.into_iter();
        match iter.size_hint().1 {
            Some(0) => return Ok(()),
            n => w.reserve(n.unwrap_or(usize::MAX))?,
        }
        iter.try_for_each(|v| w.push(v))
    }
}
/// See [`fill`].
pub struct Fill<K: ?Sized, F>(F, PhantomData<fn(&K)>);
/// Elements pushed one by one: for results whose elements borrow from
/// temporaries, or whose number is not known before.
pub fn fill<K: ?Sized, F: FnOnce(&mut SeqWriter<'_, '_, K>) -> Result<(), Full>>(
    f: F,
) -> Fill<K, F> {
    Fill(f, PhantomData)
}
impl<K: ?Sized, F: FnOnce(&mut SeqWriter<'_, '_, K>) -> Result<(), Full>> IntoSeq<K>
    for Fill<K, F>
{
    fn feed(self, w: &mut SeqWriter<'_, '_, K>) -> Result<(), Full> {
        (self.0)(w)
    }
}

impl Writer<'_> {
    /// Stores a sequence of at most `max` elements.
    ///
    /// # Errors
    /// More elements than the bound, an element out of its bounds, or the
    /// buffer is full.
    #[inline]
    pub fn seq<K: ?Sized>(
        &mut self,
        at: At,
        items: impl IntoSeq<K>,
        max: u32,
        elem: &'static Elem,
    ) -> Result<(), Full> {
        let mut s = SeqWriter {
            at,
            max: max as usize,
            elem,
            start: At::START,
            reserved: 0,
            used: 0,
            w: &mut *self,
            kind: PhantomData,
        };
        items.feed(&mut s)?;
        s.finish();
        Ok(())
    }
    /// Stores `bytes<N>` from a slice, or lets [`With`] fill it in place.
    ///
    /// # Errors
    /// Longer than `max`, or the buffer is full.
    pub fn blob(&mut self, at: At, v: impl IntoBytes, max: u32) -> Result<(), Full> {
        v.store(self, at, max)
    }
}

/// What can become a `bytes<N>` result.
pub trait IntoBytes {
    /// Stores the bytes.
    ///
    /// # Errors
    /// The writer's.
    fn store(self, w: &mut Writer<'_>, at: At, max: u32) -> Result<(), Full>;
}
impl<B: AsRef<[u8]> + ?Sized> IntoBytes for &B {
    fn store(self, w: &mut Writer<'_>, at: At, max: u32) -> Result<(), Full> {
        w.bytes(at, self.as_ref(), max)
    }
}
/// Bytes written directly into the response: reserves `.0` bytes, the closure
/// answers how many it wrote.
pub struct With<F>(pub usize, pub F);
impl<F: FnOnce(&mut [u8]) -> usize> IntoBytes for With<F> {
    fn store(self, w: &mut Writer<'_>, at: At, max: u32) -> Result<(), Full> {
        if self.0 > max as usize {
            return Err(bound(at));
        }
        let start = w.reserve(at, self.0, 1)?;
        let n = (self.1)(w.slot(start, self.0)).min(self.0);
        w.shrink(at, start, self.0, n);
        Ok(())
    }
}
