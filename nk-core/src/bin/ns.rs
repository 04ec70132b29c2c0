//! The name server: see [`nk_core::name_server`].

fn main() -> nk_runtime::host::Result<()> {
    nk_core::name_server::run()
}
