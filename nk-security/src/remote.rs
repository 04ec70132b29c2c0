//! How the shapes of `nk-runtime`, which has no dependencies, are written and
//! read by serde.
//!
//! Each type stands here once more, field by field: serde's derive checks that
//! both agree, so that a change of a shape does not compile before it is
//! written here too.
use nk_runtime::shape::{FlatElem, FlatItem, List};
use serde::{Deserialize, Serialize};

/// As [`List`].
#[derive(Serialize, Deserialize)]
#[serde(remote = "List")]
pub(crate) struct ListDef {
    first: u32,
    len: u32,
}

/// As [`FlatElem`].
#[derive(Serialize, Deserialize)]
#[serde(remote = "FlatElem")]
struct FlatElemDef {
    size: u32,
    align: u32,
    #[serde(with = "ListDef")]
    items: List,
}

/// As [`FlatItem`].
#[derive(Serialize, Deserialize)]
#[serde(remote = "FlatItem")]
enum FlatItemDef {
    Zero(u32, u32),
    Str(u32, u32),
    Bytes(u32, u32),
    Seq(u32, u32, #[serde(with = "FlatElemDef")] FlatElem),
    Array(u32, u32, #[serde(with = "FlatElemDef")] FlatElem),
    Union(u32, #[serde(with = "ListDef")] List),
}

/// A remote type has to be wrapped to stand inside a sequence.
macro_rules! sequence {
    ($name:ident, $of:ty, $def:literal) => {
        pub(crate) mod $name {
            use super::*;
            use serde::{Deserializer, Serializer};

            /// One element.
            #[derive(Serialize, Deserialize)]
            #[serde(transparent)]
            struct Wrapped(#[serde(with = $def)] $of);

            /// Writes a sequence.
            pub(crate) fn serialize<S: Serializer>(all: &[$of], s: S) -> Result<S::Ok, S::Error> {
                s.collect_seq(all.iter().map(|one| Wrapped(*one)))
            }
            /// Reads a sequence.
            ///
            /// # Errors
            /// Of the format.
            pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
                d: D,
            ) -> Result<Vec<$of>, D::Error> {
                Ok(Vec::<Wrapped>::deserialize(d)?
                    .into_iter()
                    .map(|w| w.0)
                    .collect())
            }
        }
    };
}
sequence!(items, FlatItem, "FlatItemDef");
sequence!(lists, List, "ListDef");
