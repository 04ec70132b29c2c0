//! The syntax tree of IDL, CDL and EDL: plain data, a byte span on every node,
//! comments kept.
//!
//! Nothing is resolved here: a type name is a [`QName`], an expression is a
//! tree over literals and names. Source of the forms: `docs/languages.md` §2–§7 and
//! §9.
//!
//! The tree is data without behaviour. Whoever builds one by hand, as tests do,
//! can give any spans: nothing in it refers to the text.

/// A range of bytes in one source text.
///
/// Always at the boundaries of characters. A text has less than 4 GiB, so 32
/// bits are enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span from `start` up to, not including, `end`.
    #[must_use]
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }
    /// The smallest span that holds both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// One identifier.
///
/// ASCII letters, digits and underscores, not starting with a digit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The identifier as written.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A dotted name, `a.b.C`; a single identifier is one with a single part.
///
/// No blanks stand around the dots, so the text is one piece of the source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QName {
    /// The name as written, dots included.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

impl QName {
    /// The elements between the dots.
    ///
    /// At least one, also of an empty name.
    #[must_use]
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.text.split('.')
    }
    /// The last element.
    #[must_use]
    pub fn last(&self) -> &str {
        self.text.rsplit('.').next().unwrap_or(&self.text)
    }
}

/// A comment as written, delimiters included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// From `//` up to the line's end, or from `/*` to `*/`.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// What a description says about the item below: the text of the comments that
/// stand directly above it (no blank line between) or behind it on the same
/// line, without delimiters and common indentation; one string per line.
pub type Docs = Vec<String>;

/// Any of the three kinds of description.
///
/// For code that treats all three alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Description {
    /// A package.
    Idl(Idl),
    /// A component.
    Cdl(Component),
    /// A process class.
    Edl(Component),
}

/// An IDL file: one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idl {
    /// Documentation above `package`.
    pub docs: Docs,
    /// The declared name.
    pub package: QName,
    /// `import` lines in order.
    pub imports: Vec<QName>,
    /// Constants and types in order.
    pub items: Vec<Item>,
    /// The `interface` block. The grammar accepts several; more than one is a
    /// semantic error (E301).
    pub interfaces: Vec<Interface>,
    /// All comments of the file, in order.
    pub comments: Vec<Comment>,
    /// Tokens that the languages tolerate and a lint mentions.
    pub tolerated: Vec<Tolerated>,
}

/// A declaration at the top level of an IDL file, other than the interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Documentation of the declaration.
    pub docs: Docs,
    /// The declared name.
    pub name: Name,
    /// What is declared.
    pub kind: ItemKind,
    /// The whole declaration.
    pub span: Span,
}

/// What an [`Item`] declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemKind {
    /// `const TYPE NAME = VALUE;`
    Const {
        /// The declared type, not yet known to be an integer.
        ty: QName,
        /// The value.
        value: Expr,
    },
    /// `typedef TYPE NAME;`
    Typedef(Type),
    /// `struct NAME { … }`
    Struct(Vec<Field>),
    /// `union NAME { … }`
    Union(Vec<Field>),
}

/// A field of a struct or a variant of a union.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Documentation of the field.
    pub docs: Docs,
    /// Its type.
    pub ty: Type,
    /// Its name.
    pub name: Name,
}

/// A type expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Type {
    /// Its form.
    pub kind: TypeKind,
    /// Where it stands.
    pub span: Span,
}

/// Forms of a type expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeKind {
    /// A built-in or declared type by name.
    Named(QName),
    /// `array<T, N>`
    Array(Box<Type>, Expr),
    /// `sequence<T, N>`
    Sequence(Box<Type>, Expr),
    /// `bytes<N>`
    Bytes(Expr),
    /// `string<N>`
    String(Expr),
    /// `handle<a.b.Iface>`
    Handle(QName),
}

/// A constant expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr {
    /// Its form.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// Forms of a constant expression. Chains are flat (`a + b + c` is one node per
/// precedence level), so that neither building nor dropping a long chain needs
/// a deep stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExprKind {
    /// An integer literal; `None` when it does not fit 128 bits.
    Int(Option<u128>),
    /// The name of a constant.
    Name(QName),
    /// Prefix operators (outermost first) before an operand.
    Unary(Vec<UnaryOp>, Box<Expr>),
    /// Left-associative operators of one precedence level: `first op x op y …`.
    Chain(Box<Expr>, Vec<(BinaryOp, Expr)>),
    /// `base ** exponent`, right-associative.
    Power(Box<Expr>, Box<Expr>),
}

/// Prefix operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `~`
    Not,
    /// `+`
    Plus,
}

/// Infix operators but `**`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `|`
    Or,
    /// `^`
    Xor,
    /// `&`
    And,
    /// `<<`
    Shl,
    /// `>>`
    Shr,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`, truncating
    Div,
    /// `%`
    Rem,
}

/// An `interface { … }` block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Documentation above `interface`.
    pub docs: Docs,
    /// Methods in order.
    pub methods: Vec<Method>,
    /// The whole block.
    pub span: Span,
}

/// A method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// Documentation of the method.
    pub docs: Docs,
    /// Its name.
    pub name: Name,
    /// Its parameters in order.
    pub params: Vec<Param>,
    /// The whole line.
    pub span: Span,
}

/// A parameter of a method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// `in`, `out` or `error`.
    pub direction: Direction,
    /// Where the direction stands.
    pub direction_span: Span,
    /// Its type.
    pub ty: Type,
    /// Its name.
    pub name: Name,
}

/// Which message carries a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The request.
    In,
    /// The response.
    Out,
    /// The error response.
    Error,
}

/// A CDL file (component) or an EDL file (process class).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Documentation above the first line.
    pub docs: Docs,
    /// The words that open the file.
    pub head: Head,
    /// Where those words stand.
    pub head_span: Span,
    /// The declared name.
    pub name: QName,
    /// Sections in order; repetition is a semantic error (E301).
    pub sections: Vec<Section>,
    /// All comments of the file, in order.
    pub comments: Vec<Comment>,
    /// Tokens that the languages tolerate and a lint mentions.
    pub tolerated: Vec<Tolerated>,
}

/// The words that open a CDL or EDL file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// `component`
    Component,
    /// `task class`
    TaskClass,
    /// `entity`, the older spelling
    Entity,
}

/// A section of a CDL or EDL file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What it lists.
    pub kind: SectionKind,
    /// The section's keyword.
    pub keyword: Span,
    /// The whole section.
    pub span: Span,
}

/// Kinds of sections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SectionKind {
    /// `security a.b.Iface`
    Security(QName),
    /// `endpoints { … }`; `old` when spelt `interfaces`
    Endpoints {
        /// Bindings in order.
        bindings: Vec<Binding>,
        /// The 1.0 spelling `interfaces`.
        old: bool,
    },
    /// `components { … }`
    Components(Vec<Binding>),
    /// A section whose keyword is wrong: only in what is salvaged of a wrong
    /// text.
    Unknown(Vec<Binding>),
}

/// `name : a.b.Target`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Documentation of the line.
    pub docs: Docs,
    /// The endpoint or instance name.
    pub name: Name,
    /// The interface or component.
    pub target: QName,
}

/// A token that real sources contain, that means nothing, and that a lint
/// mentions (W402).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tolerated {
    /// Where it stands.
    pub span: Span,
}

/// What kind of mistake a text has: one for each row of `docs/languages.md` §10 and
/// `docs/inputs.md` §4 that the text alone can show. The compiler gives
/// them their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mistake {
    /// The grammar expects something else.
    Syntax,
    /// Not UTF-8.
    Encoding,
    /// A control character.
    ControlCharacter,
    /// A character outside ASCII where only ASCII may stand.
    NotAscii,
    /// A carriage return without a line feed.
    CarriageReturn,
    /// A comment or text without an end.
    Unclosed,
    /// A character that hides text.
    HiddenCharacter,
    /// A file over the limit.
    FileSize,
    /// Nesting over the limit.
    Nesting,
    /// Not a number.
    Number,
    /// More digits than the limit.
    Digits,
    /// A name over the limit.
    NameLength,
    /// A backslash that means nothing in a text.
    Escape,
}

/// An error found while reading a text.
///
/// The compiler turns it into a finding with the file and the number of its
/// mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Which kind of mistake.
    pub mistake: Mistake,
    /// One lower-case sentence without a full stop: what is wrong.
    pub message: String,
    /// The place; may be empty (between two tokens).
    pub span: Span,
    /// What stands under the place, when that says more than the message.
    pub label: Option<String>,
    /// Another place that belongs to it, such as the bracket that was never
    /// closed.
    pub related: Option<(Span, String)>,
    /// What to do.
    pub help: Option<String>,
}
