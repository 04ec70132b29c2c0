//! `bench-compiler`: everything up to 512 KB of description; `growth BYTES`, `command`, `hostile [NAME]`: one part. Times are
//! processor times, but for whole commands.
#![forbid(unsafe_code)]
mod clock;
mod command;
mod growth;
mod hostile;
mod mix;

use std::process::{Command, ExitCode};

/// Memory that was used once stays with the process. Otherwise sizes from 1 MB on, and only those, would give it back
/// after every run and take it page by page for the next, and growth would be that of the page faults.
const KEEP_MEMORY: [(&str, &str); 3] = [
    ("MALLOC_TRIM_THRESHOLD_", "4294967296"),
    ("MALLOC_MMAP_THRESHOLD_", "4294967296"),
    ("MALLOC_TOP_PAD_", "268435456"),
];

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).peekable();
    if arguments.peek().is_some_and(|first| first == "nk-gen") {
        let exit = nk_gen::cli::run(
            arguments,
            &mut std::io::stdout(),
            &mut std::io::stderr(),
            false,
        );
        return exit.code().into();
    }
    let arguments: Vec<String> = arguments
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if KEEP_MEMORY
        .iter()
        .any(|(name, _)| std::env::var_os(name).is_none())
    {
        let again = Command::new(std::env::current_exe().expect("this program"))
            .args(&arguments)
            .envs(KEEP_MEMORY)
            .status();
        return if again.is_ok_and(|status| status.success()) {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        };
    }
    match arguments.as_slice() {
        [] => {
            growth::print(512_000);
            command::print();
            hostile::print("");
        }
        ["growth", bytes] => growth::print(bytes.parse().expect("a number of bytes")),
        ["command"] => command::print(),
        ["hostile"] => hostile::print(""),
        ["hostile", name] => hostile::print(name),
        _ => {
            eprintln!("bench-compiler [growth BYTES | command | hostile [NAME]]");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
