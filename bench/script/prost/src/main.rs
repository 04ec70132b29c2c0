//! `bench-script-prost FOLDER`: compiles the descriptions in a folder into `FOLDER/out`, read by protox rather than protoc.
#![forbid(unsafe_code)]
use std::path::{Path, PathBuf};

fn main() {
    let folder = std::env::args_os().nth(1).expect("a folder");
    let folder = Path::new(&folder);
    let files = std::fs::read_dir(folder).expect("a folder");
    let files = files.map(|entry| entry.expect("an entry").path());
    let files: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|ending| ending == "proto"))
        .collect();
    let descriptors = protox::compile(&files, [folder]).expect("right descriptions");
    tonic_prost_build::configure()
        .out_dir(folder.join("out"))
        .compile_fds(descriptors)
        .expect("Rust");
}
