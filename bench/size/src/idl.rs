//! The set as IDL, with bounds.
use crate::set::{self, Field, Type};
use std::fmt::Write as _;

/// The text of a package by its number.
pub fn package(number: usize) -> String {
    let mut text = format!("// Part {number}.\npackage Part{number}\n\n");
    for (number, name) in set::structs() {
        let _ = write!(text, "// Record number {number}.\nstruct {name} {{\n");
        for (name, ty) in set::fields(number) {
            let _ = writeln!(text, "    {} {name};", self::ty(ty));
        }
        text.push_str("}\n\n");
    }
    text.push_str("interface {\n");
    for (number, name) in set::methods() {
        let (request, response) = set::parameters(number);
        let parameter =
            |direction: &str, (name, ty): &Field| format!("{direction} {} {name}", self::ty(*ty));
        let inputs = request.iter().map(|field| parameter("in", field));
        // one name for both sides would be one parameter twice
        let renamed = response
            .iter()
            .map(|(name, ty)| format!("out {} {name}Out", self::ty(*ty)));
        let all: Vec<String> = inputs.chain(renamed).collect();
        let _ = writeln!(
            text,
            "    // Method number {number}.\n    {name}({});",
            all.join(", ")
        );
    }
    text.push_str("}\n");
    text
}

fn ty(ty: Type) -> String {
    match ty {
        Type::Bool8 => "UInt8".into(),
        Type::U16 => "UInt16".into(),
        Type::U32 => "UInt32".into(),
        Type::U64 => "UInt64".into(),
        Type::I32 => "SInt32".into(),
        Type::Text(most) => format!("string<{most}>"),
        Type::Bytes(most) => format!("bytes<{most}>"),
        Type::Numbers(most) => format!("sequence<UInt16, {most}>"),
        Type::Struct(number) => format!("Record{number}"),
        Type::Structs(number, most) => format!("sequence<Record{number}, {most}>"),
    }
}
