//! The structure of messages as data. Generated code holds it as constants
//! ([`Item`]), the solution image as a flat table ([`FlatItem`]); [`Items`] is
//! what [`crate::verify::verify`] needs of either, so that one walker serves
//! both.
mod check;
mod flat;

pub use check::{check, hex};
pub use flat::{Flat, FlatElem, FlatError, FlatItem, FlatItems, FlatShapes, List};

/// Deepest nesting of types inside one message.
pub const MAX_DEPTH: u32 = 64;

/// How a shape is kept: what stands for an element type, and for the variants
/// of a union.
pub trait Form {
    /// An element type: a reference, an entry of a table, a name.
    type Elem;
    /// The items of each variant of a union.
    type Variants;
}

/// Shapes as constants of generated code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Constant {}

impl Form for Constant {
    type Elem = &'static Elem;
    type Variants = Variants;
}

/// The items of each variant of a union. A type of its own, because [`Item`]
/// contains itself through it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Variants(pub &'static [&'static [Item]]);

/// Something in a struct or constant part that needs checking; plain integers
/// need none and do not appear. The first number is always the offset inside
/// the enclosing struct. Items stand in layout order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(bound(
        serialize = "F::Elem: serde::Serialize, F::Variants: serde::Serialize",
        deserialize = "F::Elem: serde::Deserialize<'de>, F::Variants: serde::Deserialize<'de>"
    ))
)]
pub enum Item<F: Form = Constant> {
    /// Padding: `(at, length)`; zero in strict mode.
    Zero(u32, u32),
    /// `string<N>`: `(at, N)`. The chunk has up to N + 1 bytes.
    Str(u32, u32),
    /// `bytes<N>` and `sequence<UInt8, N>`: `(at, N)`.
    Bytes(u32, u32),
    /// `sequence<T, N>`: `(at, N, T)`.
    Seq(u32, u32, F::Elem),
    /// `array<T, N>` of a `T` that needs checking, or (N = 1) a nested struct
    /// or union: `(at, N, T)`.
    Array(u32, u32, F::Elem),
    /// A union: `(at, items of each variant)`; offsets of a variant's items
    /// count from the union's tag.
    Union(u32, F::Variants),
}

/// A type that can be an element or a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Elem {
    /// Bytes.
    pub size: u32,
    /// Alignment, a power of two.
    pub align: u32,
    /// What inside it needs checking.
    pub items: &'static [Item],
}

impl Elem {
    const fn int(size: u32) -> Self {
        Self {
            size,
            align: size,
            items: &[],
        }
    }
}
/// Table of integers of one byte.
pub const INT1: Elem = Elem::int(1);
/// Table of integers of two bytes.
pub const INT2: Elem = Elem::int(2);
/// Table of integers of four bytes.
pub const INT4: Elem = Elem::int(4);
/// Table of integers of eight bytes.
pub const INT8: Elem = Elem::int(8);

/// One direction of one method.
#[derive(Debug, Clone, Copy)]
pub struct Message {
    /// Size of the constant part, header included.
    pub size: u32,
    /// Number of handle descriptors, which directly follow the header.
    pub handles: u8,
    /// Largest arena by the vendor's rule (a plain sum of sizes, `docs/wire.md`
    /// §6).
    pub arena: u64,
    /// Largest arena that our writer can need: sizes plus alignment.
    pub arena_padded: u64,
    /// What needs checking; offsets count from the header.
    pub items: &'static [Item],
}

impl Message {
    /// A message without variable data.
    #[must_use]
    pub const fn fixed(size: u32, handles: u8, items: &'static [Item]) -> Self {
        Self {
            size,
            handles,
            arena: 0,
            arena_padded: 0,
            items,
        }
    }
    /// A message with an arena.
    #[must_use]
    pub const fn new(
        size: u32,
        handles: u8,
        arena: u64,
        arena_padded: u64,
        items: &'static [Item],
    ) -> Self {
        Self {
            size,
            handles,
            arena,
            arena_padded,
            items,
        }
    }
    /// Bytes that hold any message of this shape; saturates at `usize::MAX`.
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        reason = "compared with usize::MAX first"
    )]
    pub const fn max(&self) -> usize {
        let max = self.arena_padded.saturating_add(self.size as u64);
        if max > usize::MAX as u64 {
            usize::MAX
        } else {
            max as usize
        }
    }
    /// The part that [`crate::verify::verify`] needs.
    #[must_use]
    #[inline]
    pub const fn shape(&self) -> Shape<&'static [Item]> {
        Shape {
            size: self.size,
            handles: self.handles,
            arena: self.arena != 0,
            items: self.items,
        }
    }
}

/// What the structure check of one message needs to know, wherever it is kept.
#[derive(Debug, Clone, Copy)]
pub struct Shape<I> {
    /// Size of the constant part, header included.
    pub size: u32,
    /// Number of handle descriptors.
    pub handles: u8,
    /// Whether any variable data can follow.
    pub arena: bool,
    /// What needs checking.
    pub items: I,
}

/// A method: its number is its position in [`Interface::methods`].
#[derive(Debug, Clone, Copy)]
pub struct Method {
    /// The name in the description.
    pub name: &'static str,
    /// The position.
    pub mid: u16,
    /// The request.
    pub req: Message,
    /// The response.
    pub res: Message,
    /// The error response; exists for every method.
    pub err: Message,
}

impl Method {
    /// Bytes that hold any response of this method.
    #[must_use]
    pub const fn room(&self) -> usize {
        if self.res.max() > self.err.max() {
            self.res.max()
        } else {
            self.err.max()
        }
    }
}

/// An interface.
#[derive(Debug, Clone, Copy)]
pub struct Interface {
    /// Full name of the package.
    pub name: &'static str,
    /// SHA-256 of the description's canonical form; equal digests mean equal
    /// messages.
    pub digest: [u8; 32],
    /// Methods in MID order.
    pub methods: &'static [Method],
}

/// One row of a component's or process class's flattened endpoint list; the
/// RIID is the position.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    /// `OpsComp.FS`
    pub name: &'static str,
    /// `Operations.FS`
    pub alias: &'static str,
    /// What it offers.
    pub interface: &'static Interface,
}

/// A generated marker type that stands for an interface:
/// `channel.riid::<nk::filesystem::Interface>("OpsComp.FS")`.
pub trait InterfaceType {
    /// The interface's table.
    const TABLE: &'static Interface;
}

/// A generated marker type that stands for a process class:
/// `register::<nk::server::Class>("server_connection")`.
pub trait ClassType {
    /// Full name of the process class.
    const NAME: &'static str;
    /// SHA-256 of the description's canonical form.
    const DIGEST: [u8; 32];
    /// All endpoints; the RIID is the position.
    const ENDPOINTS: &'static [Endpoint];
}

/// The largest of something over a list, in a `const fn`, which has no
/// iterators.
macro_rules! largest {
    ($list:expr, $item:ident => $size:expr) => {{
        let (list, mut i, mut max) = ($list, 0, crate::header::HEADER_SIZE);
        while i < list.len() {
            let $item = &list[i];
            let size = $size;
            if size > max {
                max = size;
            }
            i += 1;
        }
        max
    }};
}

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "indexes below len"
)]
impl Interface {
    /// Bytes that hold any request of this interface.
    #[must_use]
    pub const fn request_max(&self) -> usize {
        largest!(self.methods, m => m.req.max())
    }
    /// Bytes that hold any response of this interface.
    #[must_use]
    pub const fn response_max(&self) -> usize {
        largest!(self.methods, m => m.room())
    }
}

/// Bytes that hold any request to these endpoints.
#[must_use]
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "indexes below len"
)]
pub const fn request_max(endpoints: &[Endpoint]) -> usize {
    largest!(endpoints, e => e.interface.request_max())
}

/// Bytes that hold any response of these endpoints.
#[must_use]
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "indexes below len"
)]
pub const fn response_max(endpoints: &[Endpoint]) -> usize {
    largest!(endpoints, e => e.interface.response_max())
}

/// A list of items, wherever it is kept.
pub trait Items: Copy {
    /// Walks the list.
    type Iter: Iterator<Item = Step<Self>>;
    /// The variants of a union.
    type Variants: Copy;
    /// The items in layout order.
    fn steps(self) -> Self::Iter;
    /// Whether nothing needs checking.
    fn none(self) -> bool;
    /// The items of the variant with this tag; `None` for a tag that the union
    /// does not have.
    fn variant(variants: Self::Variants, tag: u32) -> Option<Self>;
}

/// One item as the walker sees it.
#[derive(Debug, Clone, Copy)]
pub enum Step<I: Items> {
    /// Padding.
    Zero {
        /// Offset.
        at: u32,
        /// Length in bytes.
        len: u32,
    },
    /// A string descriptor.
    Str {
        /// Offset.
        at: u32,
        /// Largest length without the terminator.
        max: u32,
    },
    /// A descriptor of plain bytes.
    Bytes {
        /// Offset.
        at: u32,
        /// Largest length.
        max: u32,
    },
    /// A descriptor of elements.
    Seq {
        /// Offset.
        at: u32,
        /// Largest number of elements.
        max: u32,
        /// Bytes of an element.
        size: u32,
        /// Alignment of an element.
        align: u32,
        /// What inside an element needs checking.
        items: I,
    },
    /// Elements in place.
    Array {
        /// Offset.
        at: u32,
        /// Number of elements.
        count: u32,
        /// Bytes of an element.
        size: u32,
        /// What inside an element needs checking.
        items: I,
    },
    /// A tagged union.
    Union {
        /// Offset of the tag.
        at: u32,
        /// The items of each variant.
        variants: I::Variants,
    },
}

impl Items for &'static [Item] {
    type Iter = core::iter::Map<core::slice::Iter<'static, Item>, fn(&'static Item) -> Step<Self>>;
    type Variants = &'static [&'static [Item]];
    #[inline]
    fn steps(self) -> Self::Iter {
        fn step(item: &'static Item) -> Step<&'static [Item]> {
            match *item {
                Item::Zero(at, len) => Step::Zero { at, len },
                Item::Str(at, max) => Step::Str { at, max },
                Item::Bytes(at, max) => Step::Bytes { at, max },
                Item::Seq(at, max, e) => Step::Seq {
                    at,
                    max,
                    size: e.size,
                    align: e.align,
                    items: e.items,
                },
                Item::Array(at, count, e) => Step::Array {
                    at,
                    count,
                    size: e.size,
                    items: e.items,
                },
                Item::Union(at, Variants(variants)) => Step::Union { at, variants },
            }
        }
        self.iter().map(step)
    }
    #[inline]
    fn none(self) -> bool {
        self.is_empty()
    }
    #[inline]
    fn variant(variants: Self::Variants, tag: u32) -> Option<Self> {
        variants.get(usize::try_from(tag).ok()?).copied()
    }
}
