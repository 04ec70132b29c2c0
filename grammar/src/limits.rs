//! How large a text may be in every direction before it is refused
//! (`docs/inputs.md` §2).
//!
//! They bound what one text can cost: memory by its bytes, stack by its
//! nesting, and the length of messages by that of names and literals.

/// The limits of one text. They keep hostile input from costing more than it
/// should; a caller who trusts its input may raise them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of a file (E008). Positions are 32-bit numbers, so more than
    /// `u32::MAX` is refused whatever stands here.
    ///
    /// 4 MiB unless raised.
    pub file_bytes: usize,
    /// Deepest nesting of brackets, and the longest run of operators that nest
    /// without brackets (E009). The parser is recursive: whoever raises this
    /// gives it the stack.
    ///
    /// 64 unless raised; a type inside a type, a parenthesis, a `!` each count
    /// as one.
    pub nesting: usize,
    /// Most digits of an integer literal (E012).
    ///
    /// Zeros in front count too.
    pub literal_digits: usize,
    /// Most characters of an identifier (E013).
    pub identifier: usize,
    /// Most characters of a dotted name (E013).
    pub dotted_name: usize,
}

impl Limits {
    /// What holds unless the caller says otherwise.
    pub const DEFAULT: Self = Self {
        file_bytes: 4 << 20,
        nesting: 64,
        literal_digits: 40,
        identifier: 128,
        dotted_name: 255,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Most lexical mistakes of one text: whoever has made so many does not count
/// them.
pub(crate) const MOST_MISTAKES: usize = 10_000;
