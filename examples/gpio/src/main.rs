//! Builds the programs, compiles the solution and runs it here.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    example_runner::example!().with_package("gpio_hw").show()
}
