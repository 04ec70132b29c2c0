//! `einit SOLUTION`: runs a solution image.
use clap::{CommandFactory, Parser};
use clap_complete::Shell;
use clap_mangen::Man;
use nk_kernel::{Config, Isolation, KernelRequests, StdConsole, run};
use rustix::process::{Signal, set_parent_process_death_signal};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Starts the programs of a solution and carries their calls under its policy.
///
/// It ends when the last program has ended. Programs' output appears with the
/// task's name in front; refused messages are shown at once as error output.
#[derive(Parser)]
#[command(version, after_help = EXIT_CODES)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one flag of the command line"
)]
struct Arguments {
    /// The solution image, as `nk-gen solution` writes it
    #[arg(required = true)]
    solution: Option<PathBuf>,
    /// Folder of the programs [default: the image's]
    #[arg(long, value_name = "DIR")]
    programs: Option<PathBuf>,
    /// Let every well-formed message through, without asking a rule
    #[arg(long)]
    no_policy: bool,
    /// Append one JSON object for each refusal to this file
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,
    /// Operations that each program can have going on at once
    #[arg(long, value_name = "N", default_value_t = 4)]
    lanes: u32,
    /// Largest message [default: the image's]
    #[arg(long, value_name = "SIZE", value_parser = max_message)]
    max_message: Option<u32>,
    /// Which requests to `kl.core.Core` the policy decides on besides those
    /// that programs make: startup, the steps of starting them; strict, also
    /// what every program asks for before its own code runs
    #[arg(long, value_name = "strict|startup|off", default_value = "off")]
    kernel_requests: KernelRequests,
    /// How strongly programs are kept apart: 1 no new privileges and limits; 2
    /// also no files but their folder and libraries, and few system calls; 3
    /// also namespaces; best: the highest that this machine can give
    #[arg(long, value_name = "1|2|3|best", default_value = "2")]
    isolation: Isolation,
    /// Memory of its own that each program may have: 512M, 2G, unlimited
    #[arg(long, value_name = "SIZE", default_value = "1G", value_parser = memory)]
    memory: Memory,
    /// End when the program that started this one ends
    #[arg(long)]
    end_with_parent: bool,
    /// Do not slow programs down that are refused again and again, or write
    /// without end
    #[arg(long)]
    no_throttle: bool,
    /// Tell about starts, ends and refused lookups too
    #[arg(long)]
    verbose: bool,
    /// Print what a shell needs to complete this command line, and run nothing
    #[arg(long, value_name = "SHELL", exclusive = true)]
    completions: Option<Shell>,
    /// Print the manual page, and run nothing
    #[arg(long, exclusive = true)]
    man: bool,
}

/// Shown below the options: what a caller learns from the exit code. The
/// numbers are those of `Outcome::exit_code` and `Error::exit_code`.
const EXIT_CODES: &str = "Exit codes: 0 all programs ended with 0; 1 one did not; 2 wrong usage; 3 the image or another file \
                          cannot be used, or output of the programs was lost because it could not be written; 4 a task cannot \
                          be run; 5 this machine cannot give the level of isolation; 70 fault of einit itself; 130, 143 after SIGINT, SIGTERM";

/// Reads `--max-message`: the answer is in bytes.
///
/// # Errors
/// A sentence with the sizes that are possible.
fn max_message(text: &str) -> Result<u32, String> {
    match text {
        "4M" => Ok(4 << 20),
        "8M" => Ok(8 << 20),
        "16M" => Ok(16 << 20),
        _ => Err("expected 4M, 8M or 16M".to_owned()),
    }
}

/// Bytes, or no limit.
#[derive(Clone, Copy)]
struct Memory(Option<u64>);

/// Reads `--memory`: a number of bytes, or of MiB or GiB with the unit behind
/// it, or no limit.
///
/// # Errors
/// A sentence, also for 0 and for what does not fit 64 bits.
fn memory(text: &str) -> Result<Memory, String> {
    if text == "unlimited" {
        return Ok(Memory(None));
    }
    let shift = match text.chars().last() {
        Some('M') => 20,
        Some('G') => 30,
        _ => 0,
    };
    let number = text
        .strip_suffix(['M', 'G'])
        .and_then(|n| n.parse::<u64>().ok());
    let bytes = number
        .filter(|n| *n > 0)
        .and_then(|n| n.checked_mul(1 << shift));
    bytes
        .map(|n| Memory(Some(n)))
        .ok_or_else(|| "expected a number with M or G, or `unlimited`".to_owned())
}

/// What was asked about the command line itself, if anything was.
fn about(arguments: &Arguments) -> Option<std::io::Result<Vec<u8>>> {
    let mut command = Arguments::command();
    let mut text = Vec::new();
    if let Some(shell) = arguments.completions {
        clap_complete::generate(shell, &mut command, "einit", &mut text);
        return Some(Ok(text));
    }
    let page = || {
        Man::new(command.name("einit"))
            .render(&mut text)
            .map(|()| text)
    };
    arguments.man.then(page)
}

/// Runs the solution, and ends with the documented exit code: never by a panic,
/// and never with a program left behind.
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(text) = about(&arguments) {
        let printed = text.and_then(|text| std::io::stdout().write_all(&text));
        return printed.map_or_else(
            |e| fail(&format!("printing: {e}"), 3),
            |()| ExitCode::SUCCESS,
        );
    }
    if arguments.end_with_parent
        && let Err(e) = set_parent_process_death_signal(Some(Signal::TERM))
    {
        return fail(
            &format!("ending with the program that started this one: {e}"),
            70,
        );
    }
    let console = match StdConsole::new() {
        Ok(console) => console,
        Err(e) => return fail(&format!("preparing to show what programs write: {e}"), 70),
    };
    let config = Config {
        programs: arguments.programs,
        no_policy: arguments.no_policy,
        audit: arguments.audit,
        lanes: arguments.lanes,
        max_message: arguments.max_message,
        kernel_requests: arguments.kernel_requests,
        isolation: arguments.isolation,
        memory: arguments.memory.0,
        throttle: !arguments.no_throttle,
        verbose: arguments.verbose,
        signals: true,
        own_process: true,
        ..Config::new(arguments.solution.unwrap_or_default(), Box::new(console))
    };
    match run(config) {
        Ok(outcome) => ExitCode::from(outcome.exit_code()),
        Err(e) => fail(&e.to_string(), e.exit_code()),
    }
}

/// Says why there is no run, and answers the code for it.
fn fail(sentence: &str, code: u8) -> ExitCode {
    // where nothing can be written, the code still says it
    let _ = writeln!(std::io::stderr(), "einit: {sentence}");
    ExitCode::from(code)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Arguments, about};
    use clap::{CommandFactory, Parser};

    fn told(arguments: &[&str]) -> String {
        let arguments = Arguments::try_parse_from(arguments).unwrap();
        String::from_utf8(about(&arguments).unwrap().unwrap()).unwrap()
    }

    #[test]
    fn shells_and_man_are_told_about_every_option() {
        Arguments::command().debug_assert();
        let (script, page) = (
            told(&["einit", "--completions", "fish"]),
            told(&["einit", "--man"]),
        );
        for option in Arguments::command()
            .get_arguments()
            .filter_map(|a| a.get_long())
        {
            let escaped = format!("\\-\\-{}", option.replace('-', "\\-"));
            assert!(script.contains(&format!("-l {option}")), "{option}");
            assert!(page.contains(&escaped), "{option}");
        }
    }

    #[test]
    fn a_solution_is_needed_unless_the_question_is_about_the_command_line() {
        assert!(Arguments::try_parse_from(["einit"]).is_err());
        assert!(Arguments::try_parse_from(["einit", "--man", "solution.nki"]).is_err());
        let run = Arguments::try_parse_from(["einit", "solution.nki", "--verbose"]).unwrap();
        assert!(about(&run).is_none());
    }
}
