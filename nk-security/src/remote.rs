//! How the shapes of `nk-runtime`, which has no dependencies, are written and
//! read by serde.
use nk_runtime::shape::{FlatElem, FlatItem, List};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(remote = "List")]
pub(crate) struct ListDef {
    first: u32,
    len: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "FlatElem")]
struct FlatElemDef {
    size: u32,
    align: u32,
    #[serde(with = "ListDef")]
    items: List,
}

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

            #[derive(Serialize, Deserialize)]
            #[serde(transparent)]
            struct Wrapped(#[serde(with = $def)] $of);

            pub(crate) fn serialize<S: Serializer>(all: &[$of], s: S) -> Result<S::Ok, S::Error> {
                s.collect_seq(all.iter().map(|one| Wrapped(*one)))
            }
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
