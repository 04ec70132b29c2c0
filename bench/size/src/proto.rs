//! The set as Protocol Buffers with services.
use crate::set::{self, Field, Type};
use std::fmt::Write as _;

/// The text of a package by its number.
pub fn package(number: usize) -> String {
    let name = set::package(number);
    let mut text = format!("// Part {number}.\nsyntax = \"proto3\";\npackage {name};\n\n");
    for (number, name) in set::structs() {
        let _ = write!(
            text,
            "// Record number {number}.\n{}\n",
            message(&name, &set::fields(number))
        );
    }
    let mut service = format!("service Part{number} {{\n");
    for (number, name) in set::methods() {
        let (request, response) = set::parameters(number);
        text.push_str(&message(&format!("{name}Request"), &request));
        text.push_str(&message(&format!("{name}Response"), &response));
        let _ = write!(
            service,
            "    // Method number {number}.\n    rpc {name}({name}Request) returns ({name}Response);\n"
        );
    }
    text + &service + "}\n"
}

fn message(name: &str, fields: &[Field]) -> String {
    let lines = fields
        .iter()
        .zip(1..)
        .map(|((name, ty), tag)| format!("    {} {name} = {tag};\n", self::ty(*ty)));
    format!("message {name} {{\n{}}}\n", lines.collect::<String>())
}

fn ty(ty: Type) -> String {
    match ty {
        Type::Bool8 | Type::U16 | Type::U32 => "uint32".into(),
        Type::U64 => "uint64".into(),
        Type::I32 => "sint32".into(),
        Type::Text(_) => "string".into(),
        Type::Bytes(_) => "bytes".into(),
        Type::Numbers(_) => "repeated uint32".into(),
        Type::Struct(number) => format!("Record{number}"),
        Type::Structs(number, _) => format!("repeated Record{number}"),
    }
}
