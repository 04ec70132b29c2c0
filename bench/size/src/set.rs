//! What is described: 10 packages of 10 structs and 15 methods each, so 100 structs and, with a request and a response a
//! method, 300 messages. A line of documentation stands above each struct and method.

/// Packages.
pub const PACKAGES: usize = 10;
/// Structs of a package.
const STRUCTS: usize = 10;
/// Methods of a package.
const METHODS: usize = 15;

/// The types that the descriptions have in common.
#[derive(Debug, Clone, Copy)]
pub enum Type {
    /// Yes or no.
    Bool8,
    /// An unsigned number of 16 bits.
    U16,
    /// An unsigned number of 32 bits.
    U32,
    /// An unsigned number of 64 bits.
    U64,
    /// A signed number of 32 bits.
    I32,
    /// A text of at most so many bytes.
    Text(u32),
    /// At most so many bytes.
    Bytes(u32),
    /// At most so many numbers.
    Numbers(u32),
    /// A struct of the package by its number.
    Struct(usize),
    /// At most so many of these structs.
    Structs(usize, u32),
}

/// A field or parameter.
pub type Field = (&'static str, Type);

/// The fields of a struct by its number; it may hold those before it.
pub fn fields(number: usize) -> Vec<Field> {
    use Type::{Bool8, Bytes, I32, Numbers, Struct, Structs, Text, U16, U32, U64};
    let mut fields = match number % 5 {
        0 => vec![("id", U32), ("name", Text(64)), ("flags", U16)],
        1 => vec![
            ("stamp", U64),
            ("level", I32),
            ("valid", Bool8),
            ("serial", Bytes(16)),
        ],
        2 => vec![("x", I32), ("y", I32), ("z", I32), ("speed", U16)],
        3 => vec![("label", Text(32)), ("samples", Numbers(32))],
        _ => vec![("kind", U16), ("data", Bytes(256)), ("checksum", U32)],
    };
    match number {
        3 | 7 => fields.push(("first", Struct(number - 2))),
        5 | 9 => fields.push(("list", Structs(number - 3, 8))),
        _ => {}
    }
    fields
}

/// Parameters of a method by its number: those of the request and those of the response.
pub fn parameters(number: usize) -> (Vec<Field>, Vec<Field>) {
    use Type::{Bytes, Struct, Structs, Text, U32, U64};
    let request = match number % 4 {
        0 => vec![("id", U32)],
        1 => vec![("name", Text(128)), ("record", Struct(number % STRUCTS))],
        2 => vec![("offset", U64), ("data", Bytes(1024)), ("id", U32)],
        _ => vec![("records", Structs(number % STRUCTS, 16))],
    };
    let response = match number % 3 {
        0 => vec![("count", U32)],
        1 => vec![("record", Struct((number + 3) % STRUCTS)), ("next", U64)],
        _ => vec![("items", Structs((number + 5) % STRUCTS, 8))],
    };
    (request, response)
}

/// The structs of a package: number and name.
pub fn structs() -> impl Iterator<Item = (usize, String)> {
    (0..STRUCTS).map(|number| (number, format!("Record{number}")))
}

/// The methods of a package: number and name.
pub fn methods() -> impl Iterator<Item = (usize, String)> {
    (0..METHODS).map(|number| (number, format!("Method{number}")))
}

/// A package's name in lower case.
pub fn package(number: usize) -> String {
    format!("part{number}")
}
