//! Expressions: what a rule reads out of its event and the states, and computes
//! of it (`docs/psl.md` §9.2–§9.10).
use crate::{DfaId, ExprId, ListId, ObjectId, TextId};
use serde::{Deserialize, Serialize};

/// An expression. Parts are expressions that stand before it in
/// [`crate::Program::exprs`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Expr {
    /// An integer of any type.
    Int(i128),
    /// A Boolean.
    Bool(bool),
    /// A text of [`crate::Program::texts`].
    Text(TextId),
    /// The SID of the sending or starting process.
    SrcSid,
    /// The SID of the receiving or started process.
    DstSid,
    /// The SID of the resource behind the handle that the call went to; fails
    /// for a plain channel.
    CallableSid,
    /// A place in the constant part of the message, as an offset from its
    /// header.
    Place(u32),
    /// A place further on.
    Field(ExprId, u32),
    /// The place of an element of the sequence at a place.
    Element {
        /// Where the sequence's descriptor stands.
        of: ExprId,
        /// Counts from 0.
        index: ExprId,
        /// Bytes of an element.
        size: u32,
    },
    /// The place of an element of the array at a place.
    Item {
        /// Where the array begins.
        of: ExprId,
        /// Counts from 0.
        index: ExprId,
        /// Bytes of an element.
        size: u32,
        /// Number of elements.
        count: u32,
    },
    /// The place of a variant of the union at a place; fails when the union
    /// holds another one.
    Variant {
        /// Where the union's tag stands.
        of: ExprId,
        /// The tag that it must have.
        tag: u32,
        /// From the tag to the variant.
        offset: u32,
    },
    /// The integer at a place.
    Number(ExprId, Width),
    /// The text at a place.
    String(ExprId),
    /// The bytes at a place, as a text is compared.
    Bytes(ExprId),
    /// Whether the bytes, text or sequence at a place is empty.
    Empty(ExprId),
    /// The number of elements of this many bytes of the bytes or sequence at a
    /// place.
    Size(ExprId, u32),
    /// The SID of the resource behind the handle at a place of the constant
    /// part; fails for the invalid handle.
    Handle(ExprId),
    /// The number of bytes of a text.
    TextSize(ExprId),
    /// `! a`
    Not(ExprId),
    /// `a && b`; `b` is not looked at when `a` is false.
    And(ExprId, ExprId),
    /// `a || b`; `b` is not looked at when `a` is true.
    Or(ExprId, ExprId),
    /// `a == b` of integers.
    Equal(ExprId, ExprId),
    /// `a == b` of texts.
    EqualTexts(ExprId, ExprId),
    /// `a == b` of Booleans.
    EqualTruths(ExprId, ExprId),
    /// `a < b`
    Less(ExprId, ExprId),
    /// `a <= b`
    LessOrEqual(ExprId, ExprId),
    /// Whether an integer or a text is one of a list.
    Among(ExprId, ListId),
    /// `bool.cond {if, then, else}`
    If(ExprId, ExprId, ExprId),
    /// Checked arithmetic: a result outside of the type fails.
    Arithmetic(Arithmetic, ExprId, ExprId, Width),
    /// `~ a` within a type.
    Complement(ExprId, Width),
    /// The number of the state that a Flow object has for a SID.
    State(ObjectId, ExprId),
    /// Whether a `HashSet` object holds an entry for a SID.
    Contains(ObjectId, ExprId, Vec<ExprId>),
    /// The value that a `StaticMap` object has for a SID and a key.
    Entry {
        /// The object.
        object: ObjectId,
        /// The SID.
        sid: ExprId,
        /// The key.
        key: Key,
        /// Of the base instance; otherwise of the working one.
        committed: bool,
    },
    /// The level that a Mic object has for a SID.
    Level(ObjectId, ExprId),
    /// The lowest level from which a SID may receive data, in a Mic object.
    Least(ObjectId, ExprId),
    /// Whether the whole text is one that a pattern describes.
    Matches {
        /// The Regex object that is asked.
        object: ObjectId,
        /// The text.
        text: ExprId,
        /// The pattern.
        dfa: DfaId,
    },
    /// The number of the first pattern that describes the whole text; the
    /// number of patterns when none does.
    Selects {
        /// The Regex object that is asked.
        object: ObjectId,
        /// The text.
        text: ExprId,
        /// The patterns.
        dfa: DfaId,
    },
}

/// A key of a `StaticMap`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Key {
    /// The position of a key that is known.
    At(u32),
    /// A text or bytes; fails when there is no such key.
    Of(ExprId),
}

/// Operations on two integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `&`
    And,
    /// `|`
    Or,
}

/// Integer types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Width {
    /// `UInt8`
    U8,
    /// `UInt16`
    U16,
    /// `UInt32`
    U32,
    /// `UInt64`
    U64,
    /// `SInt8`
    I8,
    /// `SInt16`
    I16,
    /// `SInt32`
    I32,
    /// `SInt64`
    I64,
}

impl Width {
    /// Bytes in a message.
    #[must_use]
    pub const fn size(self) -> u32 {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 => 4,
            Self::U64 | Self::I64 => 8,
        }
    }
    /// Whether it has a sign.
    #[must_use]
    pub const fn signed(self) -> bool {
        matches!(self, Self::I8 | Self::I16 | Self::I32 | Self::I64)
    }
    /// The smallest and the largest value.
    #[must_use]
    pub const fn range(self) -> (i128, i128) {
        match self {
            Self::U8 => (0, u8::MAX as i128),
            Self::U16 => (0, u16::MAX as i128),
            Self::U32 => (0, u32::MAX as i128),
            Self::U64 => (0, u64::MAX as i128),
            Self::I8 => (i8::MIN as i128, i8::MAX as i128),
            Self::I16 => (i16::MIN as i128, i16::MAX as i128),
            Self::I32 => (i32::MIN as i128, i32::MAX as i128),
            Self::I64 => (i64::MIN as i128, i64::MAX as i128),
        }
    }
    /// Whether a value is one of the type.
    #[must_use]
    pub const fn holds(self, value: i128) -> bool {
        let (smallest, largest) = self.range();
        smallest <= value && value <= largest
    }
    /// A value of the type out of the word that stands for it.
    #[must_use]
    pub const fn of_word(self, word: u64) -> i128 {
        if self.signed() {
            word.cast_signed() as i128
        } else {
            word as i128
        }
    }
}

/// The word that stands for an integer of any type; nothing for one of more
/// than 64 bits.
pub(crate) fn word(number: i128) -> Option<u64> {
    u64::try_from(number)
        .ok()
        .or_else(|| i64::try_from(number).ok().map(i64::cast_unsigned))
}

impl Expr {
    /// Visits the expressions that it is made of.
    pub(crate) fn parts(&self, visit: &mut dyn FnMut(ExprId)) {
        match self {
            Self::Int(_)
            | Self::Bool(_)
            | Self::Text(_)
            | Self::SrcSid
            | Self::DstSid
            | Self::CallableSid
            | Self::Place(_) => {}
            Self::Field(a, _)
            | Self::Variant { of: a, .. }
            | Self::Number(a, _)
            | Self::String(a)
            | Self::Bytes(a)
            | Self::Empty(a)
            | Self::Size(a, _)
            | Self::TextSize(a)
            | Self::Handle(a)
            | Self::Not(a)
            | Self::Complement(a, _)
            | Self::Among(a, _)
            | Self::State(_, a)
            | Self::Level(_, a)
            | Self::Least(_, a)
            | Self::Matches { text: a, .. }
            | Self::Selects { text: a, .. }
            | Self::Entry {
                sid: a,
                key: Key::At(_),
                ..
            } => visit(*a),
            Self::Element {
                of: a, index: b, ..
            }
            | Self::Item {
                of: a, index: b, ..
            }
            | Self::And(a, b)
            | Self::Or(a, b)
            | Self::Equal(a, b)
            | Self::EqualTexts(a, b)
            | Self::EqualTruths(a, b)
            | Self::Less(a, b)
            | Self::LessOrEqual(a, b)
            | Self::Arithmetic(_, a, b, _)
            | Self::Entry {
                sid: a,
                key: Key::Of(b),
                ..
            } => [a, b].into_iter().for_each(|part| visit(*part)),
            Self::If(a, b, c) => [a, b, c].into_iter().for_each(|part| visit(*part)),
            Self::Contains(_, sid, entry) => {
                [sid].into_iter().chain(entry).for_each(|part| visit(*part));
            }
        }
    }

    /// The policy object that it asks.
    pub(crate) const fn object(&self) -> Option<ObjectId> {
        match self {
            Self::State(object, _)
            | Self::Contains(object, ..)
            | Self::Level(object, _)
            | Self::Least(object, _)
            | Self::Entry { object, .. }
            | Self::Matches { object, .. }
            | Self::Selects { object, .. } => Some(*object),
            _ => None,
        }
    }
}
