//! As Protocol Buffers with services, for prost and tonic.
use crate::set::{self, Field, PACKAGES, Type};
use crate::subject::Subject;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Descriptions and Rust: messages, clients and servers.
pub fn subject(folder: &Path) -> Subject {
    let mut description = 0;
    let files: Vec<PathBuf> = (0..PACKAGES)
        .map(|number| {
            let text = package(number);
            description += text.len();
            let file = folder.join(format!("{}.proto", set::package(number)));
            std::fs::write(&file, text).expect("a file");
            file
        })
        .collect();
    let descriptors = protox::compile(&files, [folder]).expect("right descriptions");
    let out = folder.join("out");
    std::fs::create_dir(&out).expect("a folder");
    tonic_prost_build::configure()
        .out_dir(&out)
        .compile_fds(descriptors)
        .expect("Rust");
    let (mut rust, mut written) = (String::new(), 0);
    for number in 0..PACKAGES {
        let name = set::package(number);
        let text = std::fs::read_to_string(out.join(format!("{name}.rs")))
            .expect("a file for each package");
        written += text.len();
        let _ = write!(rust, "pub mod {name} {{\n{text}}}\n");
    }
    let dependencies = "prost = \"0.14\"\ntonic = \"0.14\"\ntonic-prost = \"0.14\"\n".to_owned();
    Subject {
        name: "prost + tonic",
        description,
        written,
        rust,
        dependencies,
    }
}

fn package(number: usize) -> String {
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
