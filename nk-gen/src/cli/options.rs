//! The command line's options.
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "nk-gen", version, about = ABOUT, after_help = EXIT_CODES)]
pub(crate) struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const ABOUT: &str = "Compiler for KasperskyOS descriptions (IDL, CDL, EDL), policies and start-up descriptions";
const EXIT_CODES: &str = "Exit codes: 0 done, 1 findings, 2 usage, 3 input or output, 70 internal error";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Checks descriptions and says what is wrong with them
    Check(CheckArgs),
    /// Explains a diagnostic, with an example
    Explain(ExplainArgs),
    /// Prints offsets, sizes, bounds and numbers of a description
    Layout(LayoutArgs),
    /// Prints the resolved model as JSON (its schema: `schema/nk-model.schema.json`)
    Json(JsonArgs),
    /// Generates Rust
    Rust(RustArgs),
    /// Compiles a solution image from init.yaml and a policy
    Solution(SolutionArgs),
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// Folder in which `a.b.C` is `a/b/C.idl` (repeatable; the first match wins)
    #[arg(short = 'I', long = "include", value_name = "DIR")]
    pub(crate) include: Vec<PathBuf>,
    /// Folder whose descriptions are found by the names they declare, however deep they lie (repeatable)
    #[arg(short = 'S', long = "sources", value_name = "DIR")]
    pub(crate) sources: Vec<PathBuf>,
    /// Names that may stay without a description: `kl.` for all below `kl`, `*` for all (repeatable)
    #[arg(long, value_name = "PREFIX")]
    pub(crate) external: Vec<String>,
    /// Value of a template variable `@NAME@` in policies and start-up descriptions (repeatable)
    #[arg(long = "define", short = 'D', value_name = "NAME=VALUE", value_parser = definition)]
    pub(crate) define: Vec<(String, String)>,
    /// Form of findings, and of what the command prints
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

impl Common {
    /// The options as the library takes them.
    pub(crate) fn options(&self) -> crate::Options {
        crate::Options { include: self.include.clone(), sources: self.sources.clone(), external: self.external.clone() }
    }
}

/// Form of what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// Findings as one JSON object a line
    Json,
}

/// `nk-gen check`
#[derive(Debug, Clone, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Descriptions: `.idl`, `.cdl`, `.edl`
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// `nk-gen explain`
#[derive(Debug, Clone, Args)]
pub(crate) struct ExplainArgs {
    /// The code, `NK0106` or `106`; without it all codes are listed
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<String>,
}

/// `nk-gen layout`
#[derive(Debug, Clone, Args)]
pub(crate) struct LayoutArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    /// A description: `.idl`, `.cdl`, `.edl`
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// `nk-gen json`
#[derive(Debug, Clone, Args)]
pub(crate) struct JsonArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    /// File to write to instead of printing
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Descriptions: `.idl`, `.cdl`, `.edl`
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// `nk-gen rust`
#[derive(Debug, Clone, Args)]
pub(crate) struct RustArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Folder to write to
    #[arg(short = 'o', long = "out", value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Package whose module stands in another crate: `farm.Sensor=::farm_api::nk::farm::sensor` (repeatable)
    #[arg(long, value_name = "NAME=PATH", value_parser = definition)]
    pub(crate) extern_package: Vec<(String, String)>,
    /// Descriptions: `.idl`, `.cdl`, `.edl`
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// `nk-gen solution`
#[derive(Debug, Clone, Args)]
pub(crate) struct SolutionArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    /// The start-up description
    #[arg(long, value_name = "FILE")]
    pub(crate) init: PathBuf,
    /// The policy
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    /// The solution image to write
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// `NAME=VALUE`; the value may be empty.
fn definition(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::CommandLine;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }
}
