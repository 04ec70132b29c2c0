//! Values of generated types from JSON and to JSON, so that vectors can go through them.
use nk_runtime::generated::Wire;
use nk_runtime::{Array, Failed, Handle, Seq};
use serde_json::{Value, json};

/// Made of a JSON value. What it borrows is never given back: a few kilobytes of vectors in a test.
pub(crate) trait FromJson: Sized {
    /// The value.
    fn from_json(value: &Value) -> Self;
}

/// Shown as a JSON value.
pub(crate) trait ToJson {
    /// The JSON value.
    fn to_json(&self) -> Value;
}

/// A member of an object.
pub(crate) fn member<T: FromJson>(value: &Value, name: &str) -> T {
    T::from_json(&value[name])
}

macro_rules! integers {
    ($($t:ident $as:ident)*) => {$(
        impl FromJson for $t {
            fn from_json(value: &Value) -> Self {
                value.$as().and_then(|n| n.try_into().ok()).unwrap_or_else(|| panic!("{value} is no {}", stringify!($t)))
            }
        }
        impl ToJson for $t {
            fn to_json(&self) -> Value { Value::from(*self) }
        }
    )*};
}
integers!(u8 as_u64 u16 as_u64 u32 as_u64 u64 as_u64 i8 as_i64 i16 as_i64 i32 as_i64 i64 as_i64);

/// The given struct types by their fields; the type twice, once for what was made and once for what was read.
macro_rules! structs {
    ($($made:ty, $read:ty { $($field:ident)* })*) => {$(
        impl FromJson for $made {
            fn from_json(value: &Value) -> Self {
                Self { $($field: crate::values::member(value, stringify!($field))),* }
            }
        }
        impl ToJson for $read {
            fn to_json(&self) -> Value {
                serde_json::json!({ $(stringify!($field): self.$field.to_json()),* })
            }
        }
    )*};
}
pub(crate) use structs;

/// The given union types by their variants.
macro_rules! unions {
    ($($made:ty, $read:ty { $($variant:ident $name:literal)* })*) => {$(
        impl FromJson for $made {
            fn from_json(value: &Value) -> Self {
                $(if let Some(inner) = value.get($name) {
                    return Self::$variant(FromJson::from_json(inner));
                })*
                panic!("no variant in {value}")
            }
        }
        impl ToJson for $read {
            fn to_json(&self) -> Value {
                match self { $(Self::$variant(inner) => serde_json::json!({ $name: inner.to_json() })),* }
            }
        }
    )*};
}
pub(crate) use unions;

impl FromJson for Handle {
    fn from_json(value: &Value) -> Self {
        Self {
            handle: member(value, "handle"),
            rights: member(value, "rights"),
            badge: member(value, "badge"),
        }
    }
}
impl ToJson for Handle {
    fn to_json(&self) -> Value {
        json!({ "handle": self.handle, "rights": self.rights, "badge": self.badge })
    }
}
impl FromJson for Failed {
    fn from_json(_: &Value) -> Self {
        Self
    }
}
impl ToJson for Failed {
    fn to_json(&self) -> Value {
        json!({})
    }
}
impl FromJson for &'static str {
    fn from_json(value: &Value) -> Self {
        String::leak(
            value
                .as_str()
                .unwrap_or_else(|| panic!("{value} is no text"))
                .to_owned(),
        )
    }
}
impl ToJson for &str {
    fn to_json(&self) -> Value {
        Value::from(*self)
    }
}
impl FromJson for &'static [u8] {
    fn from_json(value: &Value) -> Self {
        Vec::leak(nk_tests::vectors::unhex(
            value
                .as_str()
                .unwrap_or_else(|| panic!("{value} are no bytes")),
        ))
    }
}
impl ToJson for &[u8] {
    fn to_json(&self) -> Value {
        Value::from(nk_tests::vectors::hex(self))
    }
}

/// The elements of a list.
fn elements<T: FromJson>(value: &Value) -> Vec<T> {
    value
        .as_array()
        .unwrap_or_else(|| panic!("{value} is no list"))
        .iter()
        .map(T::from_json)
        .collect()
}
impl<T: FromJson, const N: usize> FromJson for [T; N] {
    fn from_json(value: &Value) -> Self {
        elements(value)
            .try_into()
            .unwrap_or_else(|_| panic!("{value} has not {N} elements"))
    }
}
impl<T: ToJson, const N: usize> ToJson for [T; N] {
    fn to_json(&self) -> Value {
        self.iter().map(ToJson::to_json).collect()
    }
}
impl<const N: usize> FromJson for &'static [u8; N] {
    fn from_json(value: &Value) -> Self {
        Box::leak(Box::new(FromJson::from_json(value)))
    }
}
impl<const N: usize> ToJson for &[u8; N] {
    fn to_json(&self) -> Value {
        (*self).to_json()
    }
}
impl<T: FromJson> FromJson for Seq<'static, T> {
    fn from_json(value: &Value) -> Self {
        let elements: &'static [T] = Vec::leak(elements(value));
        Self::from(elements)
    }
}
impl<'m, T: Wire<'m> + ToJson> ToJson for Seq<'m, T> {
    fn to_json(&self) -> Value {
        self.iter().map(|element| element.to_json()).collect()
    }
}
impl<T: FromJson, const N: usize> FromJson for Array<'static, T, N> {
    fn from_json(value: &Value) -> Self {
        let elements: &'static [T; N] = Box::leak(Box::new(FromJson::from_json(value)));
        Self::from(elements)
    }
}
impl<'m, T: Wire<'m> + ToJson, const N: usize> ToJson for Array<'m, T, N> {
    fn to_json(&self) -> Value {
        self.iter().map(|element| element.to_json()).collect()
    }
}
