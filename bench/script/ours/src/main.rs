//! `bench-script-ours FOLDER`: compiles the descriptions in a folder into `FOLDER/out`.
#![forbid(unsafe_code)]
use std::path::Path;

fn main() {
    let folder = std::env::args_os().nth(1).expect("a folder");
    let folder = Path::new(&folder);
    let files = std::fs::read_dir(folder).expect("a folder");
    let files = files.map(|entry| entry.expect("an entry").path());
    nk_gen::Builder::new()
        .out_dir(folder.join("out"))
        .compile(files.filter(|path| path.extension().is_some_and(|ending| ending == "idl")))
        .unwrap_or_exit();
}
