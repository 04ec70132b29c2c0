//! Compiles the descriptions into the module `nk`.
fn main() {
    nk_gen::Builder::new()
        .include("idl")
        .compile(["Victim.edl", "Attacker.edl"])
        .unwrap_or_exit();
}
