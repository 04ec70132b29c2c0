//! Values and types of the policy language: part of the tree of [`crate::psl`]
//! (`docs/psl.md` §6, §8).
//!
//! Nothing is evaluated: whether `a + b` adds numbers is known when the types
//! of `a` and `b` are.
use crate::syntax::{Name, QName, Span};

/// A value, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// What it is.
    pub kind: ValueKind,
    /// Where it stands.
    pub span: Span,
}

/// Kinds of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueKind {
    /// `()`
    Unit,
    /// `17`, `0x11`; `None` when it needs more than 128 bits
    Integer(Option<u128>),
    /// `"text"`, without quotes and escapes
    Text(String),
    /// `message.port`, `src_sid`, `true`
    ///
    /// What it means depends on where it stands: an event's field, a variable,
    /// a literal of a model.
    Path(QName),
    /// `{ key : value, … }`
    Dictionary(Vec<Entry>),
    /// `[ value, … ]`
    List(Vec<Value>),
    /// `object.expression argument`
    Call {
        /// The expression, with its object in front.
        name: QName,
        /// Its argument.
        argument: Box<Value>,
    },
    /// `! value`
    Prefix(Prefix, Box<Value>),
    /// Operands with operators of one precedence between them, of which there
    /// is one fewer. They are kept in one row, so that a long one does not
    /// nest.
    Chain(Vec<Value>, Vec<Operator>),
    /// `value.field`
    Field(Box<Value>, Name),
    /// `value.[index]`
    Index(Box<Value>, Box<Value>),
}

/// `key : value` of a dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key: an integer, a text or a name; names and texts of one spelling
    /// are the same key.
    pub key: Name,
    /// The elements of a key that is a list; its `key` is the list as it is
    /// written.
    pub elements: Option<Vec<Value>>,
    /// What belongs to it.
    pub value: Value,
}

/// Operators in front of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Prefix {
    /// `!`
    Not,
    /// `~`
    Complement,
    /// `-`
    Minus,
    /// `+`
    Plus,
}

/// Operators between values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `==>`, groups from the right
    Implies,
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `|`
    BitOr,
    /// `&`
    BitAnd,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
}

impl Operator {
    /// All operators, as written.
    pub(crate) const ALL: [(Self, &'static str); 14] = [
        (Self::Implies, "==>"),
        (Self::Or, "||"),
        (Self::And, "&&"),
        (Self::Equal, "=="),
        (Self::NotEqual, "!="),
        (Self::Less, "<"),
        (Self::LessOrEqual, "<="),
        (Self::Greater, ">"),
        (Self::GreaterOrEqual, ">="),
        (Self::BitOr, "|"),
        (Self::BitAnd, "&"),
        (Self::Plus, "+"),
        (Self::Minus, "-"),
        (Self::Times, "*"),
    ];

    /// As written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(operator, _)| *operator == self)
            .map_or("", |(_, symbol)| symbol)
    }

    /// How tightly it binds, from 0 (`docs/psl.md` §8).
    pub(crate) const fn precedence(self) -> u8 {
        match self {
            Self::Implies => 0,
            Self::Or => 1,
            Self::And => 2,
            Self::BitOr => 4,
            Self::BitAnd => 5,
            Self::Plus | Self::Minus => 6,
            Self::Times => 7,
            _ => 3,
        }
    }
}

/// A type, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Type {
    /// What it is.
    pub kind: TypeKind,
    /// Where it stands.
    pub span: Span,
}

/// Kinds of types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeKind {
    /// `()`
    Unit,
    /// `"text"`: this text only
    Text(String),
    /// `17`: this number only
    Integer(Option<u128>),
    /// `[A, B]`
    Tuple(Vec<Type>),
    /// `{ name : A, … }`
    Dictionary(Vec<(Name, Type)>),
    /// `Name` or `Name<<A, B>>`
    ///
    /// A type of a model with its arguments, or one that the object declares.
    Named(QName, Vec<Type>),
    /// `A | B`
    Variant(Vec<Type>),
}
