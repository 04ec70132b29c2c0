//! Compiles the descriptions into the module `nk`.
fn main() {
    nk_gen::Builder::new()
        .include("idl")
        .compile(["Server.edl", "Client.edl"])
        .unwrap_or_exit();
}
