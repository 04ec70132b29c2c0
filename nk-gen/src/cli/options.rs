//! The command line's options.
use crate::emit::rust::{ExternPackage, Section, Sections};
use crate::model::PointerWidth;
use crate::options::limits::{self, Limits};
use crate::options::{ErrorParams, Version};
use crate::solution::MaxMessage;
use clap::builder::PossibleValue;
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

const ABOUT: &str =
    "Compiler for KasperskyOS descriptions (IDL, CDL, EDL), policies and start-up descriptions";
const EXIT_CODES: &str =
    "Exit codes: 0 done, 1 findings, 2 usage, 3 input or output, 70 internal error";

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
    /// Compiles a solution and runs it under `einit`
    Run(RunArgs),
    /// Runs the tests that a policy holds (`assert "…" { sequence { … } }`)
    Test(TestArgs),
    /// Decides about one event as the kernel would: every binding and rule, what it reads, and the verdict
    Decide(DecideArgs),
    /// Draws a solution: processes, channels, and which methods the policy lets through
    Graph(GraphArgs),
    /// Prints what a shell needs to complete this command line
    Completions(CompletionsArgs),
    /// Writes the manual pages of this command line
    Man(ManArgs),
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one flag of the command line"
)]
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
    /// Follows links that lead out of an `-I` or `-S` folder without a warning
    #[arg(long)]
    pub(crate) allow_outside_links: bool,
    /// Version that the descriptions are written for, 1.0 to 1.4: what it does not know yet is an error, and what it has
    /// left behind a warning. Without it all versions are accepted and old words pass in silence
    #[arg(long, value_name = "VERSION", value_parser = version)]
    pub(crate) compat_version: Option<Version>,
    /// Methods may have any number of `error` parameters of any type (the default since 1.3)
    #[arg(long, conflicts_with = "deprecated_no_extended_errors")]
    pub(crate) extended_errors: bool,
    /// Methods have no `error` parameters, or one `error UInt16 status` (the default before 1.3)
    #[arg(long)]
    pub(crate) deprecated_no_extended_errors: bool,
    /// Patterns of policies may fit a part of a text, as in 1.0 and 1.1; otherwise they describe the whole text
    #[arg(long)]
    pub(crate) regex_search: bool,
    /// Raises a limit; `--help` lists them
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = limit, long_help = limits::help())]
    pub(crate) limits: Vec<(String, u64)>,
    /// Form of findings, and of what the command prints
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

impl Common {
    /// The options as the library takes them.
    pub(crate) fn options(&self) -> crate::Options {
        let errors = match (self.extended_errors, self.deprecated_no_extended_errors) {
            (true, _) => Some(ErrorParams::Extended),
            (_, true) => Some(ErrorParams::Status),
            _ => None,
        };
        crate::Options {
            inline: Vec::new(),
            include: self.include.clone(),
            sources: self.sources.clone(),
            external: self.external.clone(),
            limits: self.limits(),
            compat: self.compat_version,
            errors,
            allow_outside_links: self.allow_outside_links,
            regex_search: self.regex_search,
            pointer_width: PointerWidth::default(),
        }
    }

    /// The limits, raised as asked.
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = Limits::DEFAULT;
        for (name, value) in &self.limits {
            // names and values were checked when the command line was read
            let _ = limits.set(name, *value);
        }
        limits
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
    /// Dependency file to write, in the syntax of make: its target is the file itself
    #[arg(long, value_name = "FILE")]
    pub(crate) depfile: Option<PathBuf>,
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

/// `nk-gen completions`
#[derive(Debug, Clone, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// `nk-gen man`
#[derive(Debug, Clone, Args)]
pub(crate) struct ManArgs {
    /// Folder for the pages
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
}

/// `nk-gen layout`
#[derive(Debug, Clone, Args)]
pub(crate) struct LayoutArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Bits of a pointer on the target. 32 is derived from the documentation and not verified
    #[arg(long, value_name = "BITS", value_enum, default_value_t = Bits::B64)]
    pub(crate) pointer_width: Bits,
    /// A description: `.idl`, `.cdl`, `.edl`
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

impl LayoutArgs {
    /// The options as the library takes them.
    pub(crate) fn options(&self) -> crate::Options {
        let pointer_width = match self.pointer_width {
            Bits::B32 => PointerWidth::Bits32,
            Bits::B64 => PointerWidth::Bits64,
        };
        crate::Options {
            pointer_width,
            ..self.common.options()
        }
    }
}

/// Bits of a pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bits {
    /// Unverified
    #[value(name = "32")]
    B32,
    /// As the vendor's compiler lays out
    #[value(name = "64")]
    B64,
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
    #[arg(short = 'o', long = "out", value_name = "DIR", default_value = ".")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) sections: SectionFlags,
    /// Dependency file to write, in the syntax of make
    #[arg(long, value_name = "FILE")]
    pub(crate) depfile: Option<PathBuf>,
    /// Package whose module stands in another crate: `farm.Sensor=::farm_api::nk::farm::sensor` (repeatable)
    #[arg(long, value_name = "NAME=PATH", value_parser = extern_package)]
    pub(crate) extern_package: Vec<ExternPackage>,
    /// Descriptions: `.idl`, `.cdl`, `.edl`
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// The parts to generate, as the original's flags name them.
#[derive(Debug, Clone, Args)]
#[command(
    next_help_heading = "Sections (all of them unless some are given; each brings what it needs)"
)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one flag of the command line"
)]
pub(crate) struct SectionFlags {
    /// Constants, structs, unions and typedefs
    #[arg(long)]
    types: bool,
    /// And interfaces: traits, message types, method tables
    #[arg(long)]
    interface: bool,
    /// And, for components and process classes, RIIDs, endpoint tables and the types of all messages
    #[arg(long)]
    endpoints: bool,
    /// Interfaces and their proxies
    #[arg(long)]
    client: bool,
    /// Interfaces and endpoints, with their dispatchers and the structs of components and process classes
    #[arg(long)]
    server: bool,
}

impl SectionFlags {
    /// The sections as the library takes them.
    pub(crate) fn sections(&self) -> Sections {
        let flags = [
            (self.types, Section::Types),
            (self.interface, Section::Interface),
            (self.endpoints, Section::Endpoints),
            (self.client, Section::Client),
            (self.server, Section::Server),
        ];
        Sections::of(
            flags
                .into_iter()
                .filter(|(given, _)| *given)
                .map(|(_, section)| section),
        )
    }
}

/// What a solution is made of beside descriptions.
#[derive(Debug, Clone, Args)]
pub(crate) struct Texts {
    /// The start-up description
    #[arg(long, value_name = "FILE")]
    pub(crate) init: PathBuf,
    /// The policy
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
}

impl Texts {
    /// Both, in this order.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        vec![self.init.clone(), self.policy.clone()]
    }
}

/// `nk-gen solution`
#[derive(Debug, Clone, Args)]
pub(crate) struct SolutionArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) texts: Texts,
    /// Largest message, constant part and arena together
    #[arg(long, value_name = "SIZE", value_enum, default_value_t)]
    pub(crate) max_message: MaxMessage,
    /// Process class whose messages are checked in compat mode, for programs with another encoder: gaps and padding are
    /// cleared instead of refused (repeatable)
    #[arg(long, value_name = "CLASS")]
    pub(crate) compat: Vec<String>,
    /// The solution image to write
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    pub(crate) out: PathBuf,
}

impl ValueEnum for MaxMessage {
    fn value_variants<'v>() -> &'v [Self] {
        &Self::ALL
    }
    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

/// `nk-gen run`
#[derive(Debug, Clone, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) texts: Texts,
    /// Folder of the programs
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) programs: PathBuf,
    /// Compiles and starts again when the policy, a description, the start-up description or a program changes
    #[arg(long)]
    pub(crate) watch: bool,
    /// The program `einit` [default: the one beside this program, then that of the search path]
    #[arg(long, value_name = "FILE")]
    pub(crate) einit: Option<PathBuf>,
    /// The solution image to write [default: a file for the time of the run]
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Options for `einit`
    #[arg(last = true, value_name = "OPTION")]
    pub(crate) einit_options: Vec<std::ffi::OsString>,
}

/// `nk-gen test`
#[derive(Debug, Clone, Args)]
pub(crate) struct TestArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    /// The start-up description, if what it starts belongs to the tests
    #[arg(long, value_name = "FILE")]
    pub(crate) init: Option<PathBuf>,
    /// Prints the outcomes in the Test Anything Protocol
    #[arg(long)]
    pub(crate) tap: bool,
    /// Also says which bindings, alternatives and transitions the tests reach
    #[arg(long)]
    pub(crate) coverage: bool,
    /// The policy
    #[arg(value_name = "FILE")]
    pub(crate) policy: PathBuf,
}

/// `nk-gen decide`
#[derive(Debug, Clone, Args)]
pub(crate) struct DecideArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    /// The policy
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    /// The kind of event
    #[arg(long, default_value = "request", value_parser = ["request", "response", "error", "security", "execute"])]
    pub(crate) event: String,
    /// Who sends or starts: a process class, or a variable of `--before`
    #[arg(long, value_name = "CLASS", required_unless_present = "line")]
    pub(crate) src: Option<String>,
    /// Who receives or is started
    #[arg(long, value_name = "CLASS")]
    pub(crate) dst: Option<String>,
    /// The endpoint: path of instances and name
    #[arg(long, value_name = "NAME")]
    pub(crate) endpoint: Option<String>,
    /// The interface, where the endpoint is not given
    #[arg(long, value_name = "NAME")]
    pub(crate) interface: Option<String>,
    /// The method
    #[arg(long, value_name = "NAME")]
    pub(crate) method: Option<String>,
    /// Fields of the message as a JSON object; what is not named is zero or empty
    #[arg(long, value_name = "JSON")]
    pub(crate) message: Option<String>,
    /// What happened before, as cases of a test: `b <- execute dst=Board`. Without it, both sides have been started
    #[arg(long, value_name = "CASES")]
    pub(crate) before: Option<String>,
    /// Explains a line that `einit --audit` wrote instead; `-` reads it from the standard input
    #[arg(long, value_name = "JSON", conflicts_with_all = ["src", "dst", "endpoint", "interface", "method", "message", "before"])]
    pub(crate) line: Option<String>,
}

/// `nk-gen graph`
#[derive(Debug, Clone, Args)]
pub(crate) struct GraphArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) texts: Texts,
    /// The form of the picture
    #[arg(long, value_enum, default_value_t = Picture::Svg)]
    pub(crate) picture: Picture,
    /// File to write to instead of printing
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Form of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Picture {
    /// Scalable vector graphics, for documents
    Svg,
    /// A flowchart of Mermaid, for pages that draw it themselves
    Mermaid,
}

/// `NAME=VALUE`; the value may be empty.
fn definition(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

/// `NAME=PATH` of a package in another crate.
fn extern_package(text: &str) -> Result<ExternPackage, String> {
    let (name, path) = definition(text)?;
    ExternPackage::new(name, path)
}

/// A version by its name.
fn version(text: &str) -> Result<Version, String> {
    let found = Version::ALL
        .into_iter()
        .find(|version| version.name() == text);
    found.ok_or_else(|| {
        format!(
            "the versions are {}",
            Version::ALL.map(Version::name).join(", ")
        )
    })
}

/// `NAME=VALUE` of a limit.
fn limit(text: &str) -> Result<(String, u64), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    let value = value
        .parse()
        .map_err(|_| format!("`{value}` is no number of at most 64 bits"))?;
    Limits::DEFAULT.clone().set(name, value)?;
    Ok((name.to_owned(), value))
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
