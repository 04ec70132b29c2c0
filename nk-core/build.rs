//! Compiles the built-in description of the kernel's class.

fn main() {
    nk_gen::Builder::new().class("kl.core.Core").compile([] as [&str; 0]).unwrap_or_exit();
}
