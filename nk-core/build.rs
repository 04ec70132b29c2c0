//! Compiles the built-in descriptions of the kernel's class and of the name server's.

fn main() {
    let classes = nk_gen::Builder::new()
        .class("kl.core.Core")
        .class("kl.core.NameServer");
    classes.compile([] as [&str; 0]).unwrap_or_exit();
}
