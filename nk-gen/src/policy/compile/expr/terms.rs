//! The types of expressions, as far as the compiler knows them: a scalar with
//! its type, a place in the message, or a composite of the policy itself
//! (`docs/psl.md` §6).
use crate::model::{Int, Type};
use nk_security::{ExprId, ObjectId, Width};

/// A value of the language while it is compiled.
#[derive(Debug, Clone)]
pub(in crate::policy) enum Term<'m> {
    /// A value that the program computes: its type, and the expression.
    Scalar(Scalar, ExprId),
    /// A composite in the message: where it begins, and its type without
    /// `typedef`s.
    Place(ExprId, &'m Type),
    /// The message itself.
    Message,
    /// `()`
    Unit,
    /// `{ key : value, … }`, which only arguments and entries take.
    Dictionary(Vec<(String, Term<'m>)>),
    /// `[ … ]`
    List(Vec<Term<'m>>),
    /// `re.select {text}`: the Regex object and the text; the patterns are the
    /// keys of the choice.
    Select(ObjectId, ExprId),
    /// Something wrong that was reported: nothing more is said about what uses
    /// it.
    Wrong,
}

/// Types of scalars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) enum Scalar {
    /// A constant integer, which has the type of what it is combined with.
    Literal,
    /// An integer of a type.
    Int(Width),
    /// The number of a process or resource, 64 bits.
    Sid,
    /// true or false
    Bool,
    /// A text.
    Text,
    /// A state of a Flow object: its number, comparable with the names of
    /// states.
    State(ObjectId),
    /// A level of a Mic object, comparable with the names of degrees.
    Level(ObjectId),
}

impl Scalar {
    /// The type of a name that the language has (`docs/psl.md` §6): `UInt8` to `SInt64`,
    /// `Boolean`, `Sid`, `Handle`.
    pub(in crate::policy) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "UInt8" => Self::Int(Width::U8),
            "UInt16" => Self::Int(Width::U16),
            "UInt32" => Self::Int(Width::U32),
            "UInt64" => Self::Int(Width::U64),
            "SInt8" => Self::Int(Width::I8),
            "SInt16" => Self::Int(Width::I16),
            "SInt32" => Self::Int(Width::I32),
            "SInt64" => Self::Int(Width::I64),
            "Boolean" => Self::Bool,
            "Sid" | "Handle" => Self::Sid,
            _ => return None,
        })
    }

    /// The type for a message: "a number", "`UInt32`".
    pub(in crate::policy) fn describe(self) -> String {
        match self {
            Self::Literal => "a number".to_owned(),
            Self::Int(width) => format!("`{}`", width_name(width)),
            Self::Sid => "a SID".to_owned(),
            Self::Bool => "a Boolean".to_owned(),
            Self::Text => "a text".to_owned(),
            Self::State(_) => "a state".to_owned(),
            Self::Level(_) => "a level".to_owned(),
        }
    }
}

impl Term<'_> {
    /// What was found, for a message that expected something else.
    pub(in crate::policy) fn describe(&self) -> String {
        let fixed = match self {
            Self::Scalar(scalar, _) => return scalar.describe(),
            Self::Place(_, ty) => match ty {
                Type::Bytes(_) => "bytes",
                Type::Sequence(..) => "a sequence",
                Type::Array(..) => "an array",
                Type::Handle | Type::TypedHandle(_) => "a handle",
                _ => "a structure",
            },
            Self::Message => "a whole message",
            Self::Unit => "`()`",
            Self::Dictionary(_) => "a dictionary",
            Self::List(_) => "a list",
            Self::Select(..) => "a selection, which is allowed in `choice ( … )` only",
            Self::Wrong => "something wrong",
        };
        fixed.to_owned()
    }
}

/// The program's type for an integer of a description. Sizes and pointers have
/// 64 bits.
pub(super) const fn width(int: Int) -> Width {
    match int {
        Int::U8 => Width::U8,
        Int::U16 => Width::U16,
        Int::U32 => Width::U32,
        Int::U64 | Int::Size | Int::Ptr => Width::U64,
        Int::I8 => Width::I8,
        Int::I16 => Width::I16,
        Int::I32 => Width::I32,
        Int::I64 => Width::I64,
    }
}

/// The name of a type in the language.
pub(super) const fn width_name(width: Width) -> &'static str {
    match width {
        Width::U8 => "UInt8",
        Width::U16 => "UInt16",
        Width::U32 => "UInt32",
        Width::U64 => "UInt64",
        Width::I8 => "SInt8",
        Width::I16 => "SInt16",
        Width::I32 => "SInt32",
        Width::I64 => "SInt64",
    }
}
