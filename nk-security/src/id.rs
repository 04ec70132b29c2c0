//! Numbers that stand for rows of the tables. A type for each, so that no row
//! of one table is looked up in another.
use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);
        impl $name {
            /// The position in its table.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
            /// The id of a position; `None` beyond `u32`.
            #[must_use]
            pub fn new(index: usize) -> Option<Self> {
                u32::try_from(index).ok().map(Self)
            }
        }
    )*};
}
ids! {
    /// Position in [`crate::Tables::classes`].
    ClassId
    /// Position in [`crate::Tables::interfaces`].
    InterfaceId
    /// Position in [`crate::Program::files`].
    FileId
    /// Position in [`crate::Program::trees`].
    TreeId
    /// Position in [`crate::Program::bodies`].
    BodyId
    /// Position in [`crate::Program::rules`].
    RuleId
    /// Position in [`crate::Program::choices`].
    ChoiceId
    /// Position in [`crate::Program::exprs`].
    ExprId
    /// Position in [`crate::Program::texts`].
    TextId
    /// Position in [`crate::Program::lists`].
    ListId
    /// Position in [`crate::Program::dfas`].
    DfaId
    /// Position in [`crate::Program::objects`].
    ObjectId
    /// Position in [`crate::Program::profiles`].
    ProfileId
    /// Position in [`crate::Program::rows`].
    RowId
}

/// The number of a process, or of another resource, for the rules: each has its
/// own, and no number is used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sid(pub u64);

/// A process as a party of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subject {
    /// Its class.
    pub class: ClassId,
    /// Its number.
    pub sid: Sid,
}
