//! As FlatBuffers, for planus. It has messages only: no clients, no servers.
use crate::subject::Subject;
use bench_size::set::{self, Field, PACKAGES, Type};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What the generated code needs.
const DEPENDENCIES: &str =
    "planus = \"1.3\"\nserde = { version = \"1\", features = [\"derive\"] }\n";

/// Descriptions and Rust.
pub fn subject(folder: &Path) -> Subject {
    let mut description = 0;
    let files: Vec<PathBuf> = (0..PACKAGES)
        .map(|number| {
            let text = package(number);
            description += text.len();
            let file = folder.join(format!("{}.fbs", set::package(number)));
            std::fs::write(&file, text).expect("a file");
            file
        })
        .collect();
    let declarations = planus_translation::translate_files(&files).expect("right descriptions");
    let rust = planus_codegen::generate_rust(&declarations, true).expect("Rust");
    Subject {
        name: "planus (no methods)",
        description,
        written: rust.len(),
        rust,
        dependencies: DEPENDENCIES.to_owned(),
    }
}

fn package(number: usize) -> String {
    let mut text = format!("// Part {number}.\nnamespace {};\n\n", set::package(number));
    for (number, name) in set::structs() {
        let _ = write!(
            text,
            "/// Record number {number}.\n{}\n",
            table(&name, &set::fields(number))
        );
    }
    for (number, name) in set::methods() {
        let (request, response) = set::parameters(number);
        let _ = writeln!(text, "/// Method number {number}.");
        text.push_str(&table(&format!("{name}Request"), &request));
        text.push_str(&table(&format!("{name}Response"), &response));
    }
    text
}

fn table(name: &str, fields: &[Field]) -> String {
    let lines = fields
        .iter()
        .map(|(name, ty)| format!("    {name}: {};\n", self::ty(*ty)));
    format!("table {name} {{\n{}}}\n", lines.collect::<String>())
}

fn ty(ty: Type) -> String {
    match ty {
        Type::Bool8 => "uint8".into(),
        Type::U16 => "uint16".into(),
        Type::U32 => "uint32".into(),
        Type::U64 => "uint64".into(),
        Type::I32 => "int32".into(),
        Type::Text(_) => "string".into(),
        Type::Bytes(_) => "[uint8]".into(),
        Type::Numbers(_) => "[uint16]".into(),
        Type::Struct(number) => format!("Record{number}"),
        Type::Structs(number, _) => format!("[Record{number}]"),
    }
}
