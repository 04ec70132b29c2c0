//! The command line `nk-gen`.
fn main() -> std::process::ExitCode {
    nk_gen::cli::main()
}
