//! `nk-gen completions` and `nk-gen man`: what shells and `man` are told about the command line, from the same definition
//! that reads it.
use super::depfile::not_written;
use super::options::{CommandLine, CompletionsArgs, ManArgs};
use super::{Console, Exit};
use crate::emit::write::write_all;
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;
use crate::text::source::Sources;
use clap::CommandFactory;
use clap_mangen::Man;
use std::path::PathBuf;

/// Prints the completions of one shell.
pub(super) fn completions(args: &CompletionsArgs, console: &mut Console<'_>) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(
        args.shell,
        &mut CommandLine::command(),
        "nk-gen",
        &mut script,
    );
    console.print(&String::from_utf8_lossy(&script));
    Exit::Success
}

/// Writes the pages `nk-gen.1`, `nk-gen-check.1` and so on into a folder, which is made if it is not there.
pub(super) fn man(args: &ManArgs, console: &mut Console<'_>) -> Exit {
    let written = pages(args)
        .map_err(|failed| format!("{}: {failed}", args.dir.display()))
        .and_then(|pages| write_all(&pages).map_err(|failed| not_written(&failed).message));
    match written {
        Ok(()) => Exit::Success,
        Err(message) => {
            let finding = Diagnostic::new(Code::NOT_WRITTEN, message, None);
            console.show(&Sources::default(), &[finding]);
            Exit::InputOutput
        }
    }
}

/// The pages and where they go: one of the whole program, one of each command.
fn pages(args: &ManArgs) -> std::io::Result<Vec<(PathBuf, Vec<u8>)>> {
    std::fs::create_dir_all(&args.dir)?;
    let mut program = CommandLine::command();
    program.build();
    // `nk-gen help` has nothing to say about itself
    let commands = program
        .get_subcommands()
        .filter(|command| command.get_name() != "help");
    std::iter::once(&program)
        .chain(commands)
        .map(|command| {
            let man =
                Man::new(command.clone()).source(concat!("nk-gen ", env!("CARGO_PKG_VERSION")));
            let mut page = Vec::new();
            man.render(&mut page)?;
            Ok((args.dir.join(man.get_filename()), page))
        })
        .collect()
}
