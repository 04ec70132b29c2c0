//! What a message means, read off the JSON model by an interpreter that is slow and obviously right. It shares no code with
//! the encoder, the decoder and the structure check, so that a mistake in one of them shows as a disagreement.
//!
//! It walks the *types* of the model (not the shapes, which are derived), computes in `u128`, and writes down
//! `docs/wire.md` §1–§8 directly:
//!
//! * [`encode`]: a value to the one message in strict order that means it;
//! * [`decide`]: whether a message is accepted, strictly or compatibly, or the first rule in walk order that it breaks;
//! * [`decode`]: an accepted message to its value.
//!
//! Values are JSON: integers are numbers, strings text, `bytes` hexadecimal digits, sequences and arrays lists, structs
//! objects, a union an object with the name of its variant, a handle `{handle, rights, badge}`. The empty string has two
//! encodings (`docs/wire.md` §8): `""` is the one with a NUL, `null` the one without a chunk.
pub mod decide;
pub mod decode;
pub mod encode;
pub mod model;
pub mod sample;
mod utf8;

pub use decide::{Mode, request, response};
pub use encode::{Encoded, Site};
pub use model::{Direction, Model};

/// The rule that a message breaks. The names are those of `nk_runtime::Rule` and, for the route, of `nk_runtime::Fault`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The class has no endpoint with this RIID (R04).
    NoEndpoint,
    /// The interface has no method with this MID (R04).
    NoMethod,
    /// A request with the error flag (R05).
    Direction,
    /// A response that names another endpoint or method than its request (R26).
    Route,
    /// The constant part is not exactly as large as its struct (R01, R02).
    Size,
    /// The number of handles is not the method's (R03).
    Handles,
    /// Variable data where the method has none (`docs/wire.md` §8 c).
    Arena,
    /// A descriptor that points outside the arena, or whose size is no whole number of elements (R06, R07).
    Chunk,
    /// More than the description allows (R07, R16).
    Bound,
    /// A chunk that is not aligned for its elements (R08).
    Align,
    /// A string that is not UTF-8 (R18).
    Utf8,
    /// A string without a NUL at its end (R16), or strict, with one inside (R17).
    Nul,
    /// A tag that the union does not have (R14).
    Tag,
    /// Compat: chunks that are shared so often that the walk would cost too much (R21).
    Work,
    /// Strict: a chunk that is not the next one, or an empty one that is not {0, 0} (R09, R10).
    Order,
    /// Strict: padding or a gap that is not zero (R10, R11, R13).
    NotZero,
    /// Strict: bytes behind the last chunk (R10).
    Trailing,
}

/// All rules.
pub const RULES: [Rule; 17] = [
    Rule::NoEndpoint,
    Rule::NoMethod,
    Rule::Direction,
    Rule::Route,
    Rule::Size,
    Rule::Handles,
    Rule::Arena,
    Rule::Chunk,
    Rule::Bound,
    Rule::Align,
    Rule::Utf8,
    Rule::Nul,
    Rule::Tag,
    Rule::Work,
    Rule::Order,
    Rule::NotZero,
    Rule::Trailing,
];

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

/// Whether a message is accepted.
pub type Outcome = Result<(), Rule>;

/// Bytes of the message header.
pub(crate) const HEADER: u128 = 24;

/// The least multiple of `align` that is not below `n`.
pub(crate) fn up(n: u128, align: u128) -> u128 {
    n.div_ceil(align) * align
}
