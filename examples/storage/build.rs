//! Compiles the descriptions into the module `nk`.
fn main() {
    nk_gen::Builder::new()
        .include("idl")
        .compile(["Keys.edl", "Files.edl", "Keeper.edl", "Browser.edl"])
        .unwrap_or_exit();
}
