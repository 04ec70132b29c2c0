//! As Protocol Buffers with services, for prost and tonic.
use crate::subject::Subject;
use bench_size::{proto, set, set::PACKAGES};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Descriptions and Rust: messages, clients and servers.
pub fn subject(folder: &Path) -> Subject {
    let mut description = 0;
    let files: Vec<PathBuf> = (0..PACKAGES)
        .map(|number| {
            let text = proto::package(number);
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
