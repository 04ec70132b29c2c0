//! Values to try: the least one, and any one that a sequence of numbers selects.
use super::model::{Field, Kind, Message, Type};
use serde_json::{Map, Value, json};

/// Where choices come from: an answer below the given bound.
pub trait Choose {
    /// A number below `bound`, which is not 0.
    fn below(&mut self, bound: u128) -> u128;
}

/// Always the first choice: zeros, empty strings, first variants.
struct Least;
impl Choose for Least {
    fn below(&mut self, _: u128) -> u128 {
        0
    }
}

/// The value with nothing in it.
#[must_use]
pub fn least(message: &Message) -> Value {
    any(message, &mut Least)
}

/// A value of a message.
#[must_use]
pub fn any(message: &Message, choose: &mut impl Choose) -> Value {
    fields(&message.fields, choose)
}

fn fields(fields: &[Field], choose: &mut impl Choose) -> Value {
    let value = |field: &Field| (field.name.clone(), value(&field.ty, choose));
    Value::Object(fields.iter().map(value).collect::<Map<_, _>>())
}

fn value(ty: &Type, choose: &mut impl Choose) -> Value {
    match &ty.kind {
        Kind::Integer { signed } => integer(8 * ty.size, *signed, choose),
        Kind::Handle => json!({
            "handle": integer(32, false, choose),
            "rights": integer(32, false, choose),
            "badge": integer(64, false, choose),
        }),
        Kind::Bytes(max) => {
            let len = length(*max, choose);
            let bytes: Vec<u8> = (0..len)
                .map(|_| u8::try_from(choose.below(256)).unwrap_or_default())
                .collect();
            Value::String(crate::vectors::hex(&bytes))
        }
        Kind::Text(max) => text(*max, choose),
        Kind::Sequence(max, element) => {
            let count = length(*max, choose);
            (0..count).map(|_| value(element, choose)).collect()
        }
        Kind::Array(count, element) => (0..*count).map(|_| value(element, choose)).collect(),
        Kind::Struct(inner) => fields(inner, choose),
        Kind::Union(variants) => {
            let tag = usize::try_from(choose.below(variants.len() as u128)).unwrap_or_default();
            fields(&variants[tag..=tag], choose)
        }
    }
}

/// Zero, one, all bits, or anything.
fn integer(bits: u128, signed: bool, choose: &mut impl Choose) -> Value {
    let any = match choose.below(4) {
        0 => 0,
        1 => 1,
        2 => u64::MAX,
        _ => u64::try_from(choose.below(1 << 64)).unwrap_or_default(),
    };
    let cut = any << (64 - bits);
    if signed {
        Value::from(cut.cast_signed() >> (64 - bits))
    } else {
        Value::from(cut >> (64 - bits))
    }
}

/// Nothing, one, the bound, or anything; large bounds are not reached for.
fn length(max: u128, choose: &mut impl Choose) -> u128 {
    match choose.below(4) {
        0 => 0,
        1 => 1,
        2 => max.min(40),
        _ => choose.below(max.min(40) + 1),
    }
}

/// Text of characters of one to four bytes, or none at all.
fn text(max: u128, choose: &mut impl Choose) -> Value {
    let (mut text, len) = (String::new(), length(max, choose));
    while (text.len() as u128) < len {
        let characters = ['a', 'Z', '~', '\u{1}', 'ж', 'é', '漢', '\u{FFFD}', '😀'];
        let next =
            characters[usize::try_from(choose.below(characters.len() as u128)).unwrap_or_default()];
        if (text.len() + next.len_utf8()) as u128 > len {
            break;
        }
        text.push(next);
    }
    Value::String(text)
}
