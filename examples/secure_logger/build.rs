//! Compiles the descriptions into the module `nk`.
fn main() {
    let classes = ["Logger.edl", "Application.edl", "Viewer.edl"];
    nk_gen::Builder::new()
        .include("idl")
        .compile(classes)
        .unwrap_or_exit();
}
