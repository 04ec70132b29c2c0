//! Shapes as a flat table with indexes, as the solution image holds them;
//! proved once, then walked without checks that could fail.
use super::{Form, Item, Items, MAX_DEPTH, Shape, Step};
use core::fmt;

/// A range of [`FlatShapes`]' items, or of its variant lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct List {
    /// Position of the first.
    pub first: u32,
    /// How many.
    pub len: u32,
}

impl List {
    fn end(self) -> Option<u32> {
        self.first.checked_add(self.len)
    }
    fn of<T>(self, all: &[T]) -> Option<&[T]> {
        let (first, len) = (
            usize::try_from(self.first).ok()?,
            usize::try_from(self.len).ok()?,
        );
        all.get(first..)?.get(..len)
    }
}

/// An element type of a sequence or array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FlatElem {
    /// Bytes.
    pub size: u32,
    /// Alignment, a power of two.
    pub align: u32,
    /// Its items.
    pub items: List,
}

/// Shapes as entries of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flat {}

impl Form for Flat {
    type Elem = FlatElem;
    type Variants = List;
}

/// An item of a table; the variants of a union are a range of its variant
/// lists.
pub type FlatItem = Item<Flat>;

/// Why a flat table is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlatError {
    /// A range leaves the table, or refers to itself or to what comes later.
    Range,
    /// An item lies outside its struct, overlaps the one before, or is
    /// misaligned.
    Place,
    /// Types nest deeper than [`MAX_DEPTH`].
    Depth,
    /// A message's size or handle count contradicts the layout rules.
    Message,
}

impl fmt::Display for FlatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Range => "a range of the shape table leaves the table",
            Self::Place => "an item of the shape table lies outside its struct",
            Self::Depth => "types of the shape table nest too deep",
            Self::Message => "a message of the shape table has an impossible size",
        })
    }
}
impl core::error::Error for FlatError {}

/// A table of shapes. Lists stand in post-order (what an item refers to stands
/// before the item's own list), hence no cycles.
#[derive(Debug, Clone, Copy)]
pub struct FlatShapes<'t> {
    items: &'t [FlatItem],
    variants: &'t [List],
}

impl<'t> FlatShapes<'t> {
    /// Wraps the two tables. [`FlatShapes::prove`] every message before walking
    /// it.
    #[must_use]
    pub const fn new(items: &'t [FlatItem], variants: &'t [List]) -> Self {
        Self { items, variants }
    }

    /// A message of this table.
    #[must_use]
    pub fn shape(self, size: u32, handles: u8, arena: bool, items: List) -> Shape<FlatItems<'t>> {
        Shape {
            size,
            handles,
            arena,
            items: FlatItems {
                shapes: self,
                list: items,
            },
        }
    }

    /// Proves that a message can be walked: ranges inside the table, no cycles,
    /// bounded depth, items inside their structs. The work is bounded by the
    /// table's size times [`MAX_DEPTH`] when shared lists are few; the caller
    /// charges `budget`, one for each item visited, and a table that would take
    /// longer is refused.
    ///
    /// # Errors
    /// The first rule that the table breaks.
    pub fn prove(
        self,
        size: u32,
        handles: u8,
        items: List,
        budget: &mut u64,
    ) -> Result<(), FlatError> {
        let header = u32::from(handles)
            .checked_mul(16)
            .and_then(|h| h.checked_add(24));
        if !size.is_multiple_of(8) || size >= 1 << 23 || header.is_none_or(|h| size < h) {
            return Err(FlatError::Message);
        }
        self.prove_list(items, size, u32::MAX, MAX_DEPTH, budget)
    }

    fn prove_list(
        self,
        list: List,
        size: u32,
        below: u32,
        depth: u32,
        budget: &mut u64,
    ) -> Result<(), FlatError> {
        let depth = depth.checked_sub(1).ok_or(FlatError::Depth)?;
        if list.end().is_none_or(|end| end > below) {
            return Err(FlatError::Range);
        }
        let mut end_before = 0;
        for item in list.of(self.items).ok_or(FlatError::Range)? {
            *budget = budget.checked_sub(1).ok_or(FlatError::Range)?;
            let (at, len, align) = self.prove_item(item, list.first, size, depth, budget)?;
            let end = at.checked_add(len).ok_or(FlatError::Place)?;
            if !at.is_multiple_of(align) || at < end_before || end > size {
                return Err(FlatError::Place);
            }
            end_before = end;
        }
        Ok(())
    }

    /// Answers where the item lies: offset, length, alignment.
    fn prove_item(
        self,
        item: &FlatItem,
        below: u32,
        size: u32,
        depth: u32,
        budget: &mut u64,
    ) -> Result<(u32, u32, u32), FlatError> {
        Ok(match *item {
            FlatItem::Zero(at, len) => (at, len, 1),
            FlatItem::Str(at, _) | FlatItem::Bytes(at, _) => (at, 8, 4),
            FlatItem::Seq(at, _, e) => {
                self.prove_elem(e, below, depth, budget)?;
                (at, 8, 4)
            }
            FlatItem::Array(at, n, e) => {
                self.prove_elem(e, below, depth, budget)?;
                (at, n.checked_mul(e.size).ok_or(FlatError::Place)?, e.align)
            }
            FlatItem::Union(at, variants) => {
                let inside = size.checked_sub(at).ok_or(FlatError::Place)?;
                for list in variants.of(self.variants).ok_or(FlatError::Range)? {
                    self.prove_list(*list, inside, below, depth, budget)?;
                }
                (at, 4, 4)
            }
        })
    }

    fn prove_elem(
        self,
        e: FlatElem,
        below: u32,
        depth: u32,
        budget: &mut u64,
    ) -> Result<(), FlatError> {
        if e.size == 0 || !e.align.is_power_of_two() || !e.size.is_multiple_of(e.align) {
            return Err(FlatError::Place);
        }
        self.prove_list(e.items, e.size, below, depth, budget)
    }
}

/// A list of a [`FlatShapes`].
#[derive(Debug, Clone, Copy)]
pub struct FlatItems<'t> {
    shapes: FlatShapes<'t>,
    list: List,
}

impl<'t> Items for FlatItems<'t> {
    type Iter = FlatIter<'t>;
    type Variants = (FlatShapes<'t>, List);
    #[inline]
    fn steps(self) -> Self::Iter {
        FlatIter {
            shapes: self.shapes,
            items: self.list.of(self.shapes.items).unwrap_or(&[]).iter(),
        }
    }
    #[inline]
    fn none(self) -> bool {
        self.list.len == 0
    }
    #[inline]
    fn variant((shapes, list): Self::Variants, tag: u32) -> Option<Self> {
        let list = *list.of(shapes.variants)?.get(usize::try_from(tag).ok()?)?;
        Some(Self { shapes, list })
    }
}

/// Walks a [`FlatItems`].
#[derive(Debug, Clone)]
pub struct FlatIter<'t> {
    shapes: FlatShapes<'t>,
    items: core::slice::Iter<'t, FlatItem>,
}

impl<'t> Iterator for FlatIter<'t> {
    type Item = Step<FlatItems<'t>>;
    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let inside = |list| FlatItems {
            shapes: self.shapes,
            list,
        };
        Some(match *self.items.next()? {
            FlatItem::Zero(at, len) => Step::Zero { at, len },
            FlatItem::Str(at, max) => Step::Str { at, max },
            FlatItem::Bytes(at, max) => Step::Bytes { at, max },
            FlatItem::Seq(at, max, e) => Step::Seq {
                at,
                max,
                size: e.size,
                align: e.align,
                items: inside(e.items),
            },
            FlatItem::Array(at, count, e) => Step::Array {
                at,
                count,
                size: e.size,
                items: inside(e.items),
            },
            FlatItem::Union(at, variants) => Step::Union {
                at,
                variants: (self.shapes, variants),
            },
        })
    }
}
