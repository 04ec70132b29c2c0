//! Compiles the interface into the module `nk`.
fn main() {
    nk_gen::Builder::new()
        .include("../idl")
        .compile(["kl/drivers/Pins.idl"])
        .unwrap_or_exit();
}
