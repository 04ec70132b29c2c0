//! Compiles the descriptions into the module `nk`.
fn main() {
    nk_gen::Builder::new()
        .include("idl")
        .compile(["Archive.edl", "Editor.edl", "Viewer.edl"])
        .unwrap_or_exit();
}
