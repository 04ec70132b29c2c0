//! The value of a message that was accepted.
use super::decide::{Header, index, number};
use super::model::{Field, Kind, Message, Method, Type};
use serde_json::{Map, Value, json};

/// The parameters of a request, or of the response or error that the header says it is.
///
/// # Panics
/// With bytes that were not accepted.
#[must_use]
pub fn parameters(method: &Method, request: bool, bytes: &[u8]) -> Value {
    let error = Header::read(bytes).is_some_and(|header| header.error);
    let message: &Message = match (request, error) {
        (true, _) => &method.request,
        (false, false) => &method.response,
        (false, true) => &method.error,
    };
    let (constant, arena) = bytes.split_at(index(message.size));
    fields(&message.fields, constant, arena)
}

fn fields(fields: &[Field], bytes: &[u8], arena: &[u8]) -> Value {
    let value = |field: &Field| {
        (
            field.name.clone(),
            value(&field.ty, &bytes[index(field.offset)..], arena),
        )
    };
    Value::Object(fields.iter().map(value).collect::<Map<_, _>>())
}

fn value(ty: &Type, bytes: &[u8], arena: &[u8]) -> Value {
    match &ty.kind {
        Kind::Integer { signed } => integer(&bytes[..index(ty.size)], *signed),
        Kind::Handle => json!({
            "handle": integer(&bytes[..4], false),
            "rights": integer(&bytes[4..8], false),
            "badge": integer(&bytes[8..16], false),
        }),
        Kind::Bytes(_) => Value::String(crate::vectors::hex(chunk(bytes, arena))),
        Kind::Text(_) => {
            let text = chunk(bytes, arena).split_last();
            text.map_or(Value::Null, |(_, text)| {
                Value::String(String::from_utf8_lossy(text).into_owned())
            })
        }
        Kind::Sequence(_, element) => elements(element, chunk(bytes, arena), arena),
        Kind::Array(count, element) => {
            elements(element, &bytes[..index(count * element.size)], arena)
        }
        Kind::Struct(inner) => fields(inner, bytes, arena),
        Kind::Union(variants) => {
            let variant = &variants[index(number(bytes, 0, 4))];
            fields(std::slice::from_ref(variant), bytes, arena)
        }
    }
}

fn elements(element: &Type, bytes: &[u8], arena: &[u8]) -> Value {
    bytes
        .chunks(index(element.size))
        .map(|bytes| value(element, bytes, arena))
        .collect()
}

fn chunk<'m>(descriptor: &[u8], arena: &'m [u8]) -> &'m [u8] {
    let (offset, size) = (number(descriptor, 0, 4), number(descriptor, 4, 4));
    &arena[index(offset)..index(offset + size)]
}

fn integer(bytes: &[u8], signed: bool) -> Value {
    let bits = 8 * bytes.len();
    let unsigned = i128::try_from(number(bytes, 0, bytes.len() as u128)).unwrap_or_default();
    let value = if signed && unsigned >> (bits - 1) == 1 {
        unsigned - (1 << bits)
    } else {
        unsigned
    };
    // 64 bits of either kind fit a JSON number
    u64::try_from(value)
        .map(Value::from)
        .or_else(|_| i64::try_from(value).map(Value::from))
        .unwrap_or_default()
}
