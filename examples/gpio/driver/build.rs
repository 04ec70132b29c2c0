//! Compiles the process class into the module `nk`; the interface is the client library's.
fn main() {
    nk_gen::Builder::new()
        .include("../idl")
        .extern_package("kl.drivers.Pins", "::gpio_client::nk::kl::drivers::pins")
        .compile(["kl/drivers/GPIO.edl"])
        .unwrap_or_exit();
}
