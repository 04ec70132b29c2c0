//! The command line `nk-gen`: reads options, runs one command, renders findings. All decisions are in the library.
mod check;
mod console;
mod decide;
mod depfile;
mod explain;
mod graph;
mod json;
mod layout;
mod model;
mod options;
mod run;
mod rust;
mod shell;
mod solution;
mod test;

pub(crate) use crate::text::fancy::Terminal;
pub(crate) use console::Console;

use crate::options::limits::Limits;
use crate::stack::with_room;
use clap::Parser;
use options::{Command, CommandLine};
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything is as it should be; warnings may have been shown.
    Success,
    /// The input is wrong; findings were shown.
    Findings,
    /// The command line is wrong.
    Usage,
    /// A file could not be read or written.
    InputOutput,
    /// The solution that was run ended with this code.
    Solution(u8),
    /// A fault of this program.
    Internal,
}

impl Exit {
    /// The number that the process ends with.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::InputOutput => 3,
            Self::Solution(code) => code,
            Self::Internal => 70,
        }
    }
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let terminal = Terminal::of_errors();
    run_on(
        terminal,
        std::env::args_os(),
        &mut std::io::stdout(),
        &mut std::io::stderr(),
    )
    .code()
    .into()
}

/// Runs a command line: `arguments` with the program's name first, results to `out`, findings to `err`, a hundred columns
/// wide.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut (dyn Write + Send),
    err: &mut (dyn Write + Send),
    colour: bool,
) -> Exit {
    run_on(Terminal::usual(colour), arguments, out, err)
}

fn run_on(
    terminal: Terminal,
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut (dyn Write + Send),
    err: &mut (dyn Write + Send),
) -> Exit {
    let command = match CommandLine::try_parse_from(arguments) {
        Ok(line) => line.command,
        // help and version are asked for; they are results
        Err(answer) if !answer.use_stderr() => {
            return ended(&write!(out, "{answer}"), Exit::Success);
        }
        Err(mistake) => return ended(&write!(err, "{mistake}"), Exit::Usage),
    };
    guarded(&inputs(&command), err, |err| {
        let common = common(&command);
        let format = common.map_or(options::Format::Text, |common| common.format);
        let most = common
            .map_or(Limits::DEFAULT, options::Common::limits)
            .findings;
        let mut console = Console::new(out, err, (format, most), terminal);
        match &command {
            Command::Check(args) => check::run(args, &mut console),
            Command::Explain(args) => explain::run(args, &mut console),
            Command::Layout(args) => layout::run(args, &mut console),
            Command::Json(args) => model::run(args, &mut console),
            Command::Rust(args) => rust::run(args, &mut console),
            Command::Solution(args) => solution::run(args, &mut console),
            Command::Test(args) => test::run(args, &mut console),
            Command::Graph(args) => graph::run(args, &mut console),
            Command::Decide(args) => decide::run(args, &mut console),
            Command::Run(args) => run::run(args, &mut console),
            Command::Completions(args) => shell::completions(args, &mut console),
            Command::Man(args) => shell::man(args, &mut console),
        }
    })
}

/// Runs the work with enough stack; a panic in it becomes a message and an exit code.
fn guarded(
    inputs: &[PathBuf],
    err: &mut (dyn Write + Send),
    work: impl FnOnce(&mut (dyn Write + Send)) -> Exit + Send,
) -> Exit {
    match with_room(|| work(err)) {
        Ok(exit) => exit,
        Err(panic) => {
            let message = panic.downcast_ref::<&str>().map(ToString::to_string);
            let message = message
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_default();
            let version = env!("CARGO_PKG_VERSION");
            let digest = digest(inputs);
            let report =
                format!("nk-gen {version}: internal error: {message}\ninput: SHA-256 {digest}");
            ended(
                &writeln!(err, "{report}\nplease report this together with the input"),
                Exit::Internal,
            )
        }
    }
}

/// The exit for something that was printed, or for a failure to print it.
fn ended(printed: &std::io::Result<()>, exit: Exit) -> Exit {
    if printed.is_ok() {
        exit
    } else {
        Exit::InputOutput
    }
}

fn common(command: &Command) -> Option<&options::Common> {
    match command {
        Command::Check(args) => Some(&args.common),
        Command::Explain(_) | Command::Completions(_) | Command::Man(_) => None,
        Command::Json(args) => Some(&args.common),
        Command::Layout(args) => Some(&args.common),
        Command::Rust(args) => Some(&args.common),
        Command::Solution(args) => Some(&args.common),
        Command::Test(args) => Some(&args.common),
        Command::Graph(args) => Some(&args.common),
        Command::Decide(args) => Some(&args.common),
        Command::Run(args) => Some(&args.common),
    }
}

/// The files that a command line names.
fn inputs(command: &Command) -> Vec<PathBuf> {
    match command {
        Command::Check(args) => args.files.clone(),
        Command::Explain(_) | Command::Completions(_) | Command::Man(_) => Vec::new(),
        Command::Layout(args) => vec![args.file.clone()],
        Command::Json(args) => args.files.clone(),
        Command::Rust(args) => args.files.clone(),
        Command::Solution(args) => args.texts.files(),
        Command::Graph(args) => args.texts.files(),
        Command::Decide(args) => vec![args.policy.clone()],
        Command::Run(args) => args.texts.files(),
        Command::Test(args) => args.init.iter().chain([&args.policy]).cloned().collect(),
    }
}

/// One digest over the named files, so that a report says which input it is about.
fn digest(inputs: &[PathBuf]) -> String {
    let mut hash = Sha256::new();
    for path in inputs.iter().filter(|path| path.is_file()) {
        let mut bytes = Vec::new();
        if let Ok(file) = std::fs::File::open(path)
            && file
                .take(Limits::DEFAULT.file_bytes)
                .read_to_end(&mut bytes)
                .is_ok()
        {
            hash.update(&bytes);
        }
    }
    crate::model::digest::hex(&hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::{Exit, guarded};

    #[test]
    fn a_panic_becomes_a_report_with_version_and_input_digest() {
        let mut err = Vec::new();
        let exit = guarded(&[], &mut err, |_| panic!("on purpose"));
        let report = String::from_utf8_lossy(&err);
        assert_eq!(exit, Exit::Internal);
        // the digest of no input at all
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert!(
            report.contains(env!("CARGO_PKG_VERSION"))
                && report.contains("on purpose")
                && report.contains(empty)
        );
    }
}
