//! Compiles the golden descriptions.
fn main() {
    nk_gen::Builder::new()
        .sources("../../tests/goldens/filesystem")
        .sources("../../tests/goldens/farm")
        .compile([
            "../../tests/goldens/filesystem/Server.edl",
            "../../tests/goldens/farm/farm/Station.edl",
        ])
        .unwrap_or_exit();
}
