//! Builds and runs the solution: the two programs under `einit`, then once more with a line taken out of the policy.
//! Prints one line per outcome; what `einit` says itself goes to standard error.
#![forbid(unsafe_code)]
use nk_gen::solution::{Inputs, build};
use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// The line that the second run does without.
const TAKEN_OUT: &str = "request  src=Client, dst=Server { grant () }";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("filesystem: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let programs = build_programs()?;
    let work = programs.join("filesystem-solution");
    std::fs::create_dir_all(&work)?;

    let image = compile(&here.join("init.yaml"), &here.join("security.psl"), &work.join("filesystem.nki"))?;
    for line in outcomes(&einit(&programs, &image, &[])?, "Client") {
        println!("{line}");
    }

    // the same policy, one line shorter, and a client that calls once
    let policy = std::fs::read_to_string(here.join("security.psl"))?;
    let denied = work.join("denied");
    std::fs::create_dir_all(&denied)?;
    std::fs::write(denied.join("security.psl"), without(&policy, TAKEN_OUT)?)?;
    let init = std::fs::read_to_string(here.join("init.yaml"))?;
    let init = init.replace("  path: filesystem-client\n", "  path: filesystem-client\n  args: [\"once\"]\n");
    std::fs::write(denied.join("init.yaml"), init)?;
    let image = compile(&denied.join("init.yaml"), &denied.join("security.psl"), &denied.join("filesystem.nki"))?;
    let audit = denied.join("audit.jsonl");
    // an audit of an earlier run must not pass for this one's
    let _ = std::fs::remove_file(&audit);
    let said = einit(&programs, &image, &["--audit".into(), audit.clone().into()])?;
    if !outcomes(&said, "Client").any(|line| line.ends_with(": rcSecurityDisallow")) {
        return Err("the shorter policy did not deny the call".into());
    }
    println!("denied by policy: {}", denial(&std::fs::read_to_string(&audit)?)?);
    Ok(())
}

/// Cargo builds only the binary that it runs: this builds the programs of the solution and `einit`, with the same profile;
/// answers the folder that they are in.
fn build_programs() -> Result<PathBuf, Box<dyn Error>> {
    let own = std::env::current_exe()?;
    let folder = own.parent().ok_or("this program has no folder")?.to_owned();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--package", "filesystem", "--package", "nk-kernel"]);
    command.args(["--bin", "filesystem-client", "--bin", "filesystem-server", "--bin", "einit"]);
    command.arg("--manifest-path").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    if let Some(target) = folder.parent() {
        command.arg("--target-dir").arg(target);
    }
    if !command.status()?.success() {
        return Err("the programs of the solution do not build".into());
    }
    Ok(folder)
}

/// Compiles descriptions, start-up description and policy into an image.
fn compile(init: &Path, policy: &Path, image: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let descriptions = Path::new(env!("CARGO_MANIFEST_DIR")).join("idl");
    let options = nk_gen::Options { include: vec![descriptions], ..Default::default() };
    let inputs = Inputs { init: init.to_owned(), policy: policy.to_owned(), options, ..Default::default() };
    let solution = build(&inputs);
    let findings = nk_gen::render::plain(&solution.analysis.sources, &solution.analysis.diagnostics);
    eprint!("{findings}");
    let bytes = solution.image.ok_or("the solution does not compile")?.to_bytes()?;
    nk_gen::output::write_all(&[(image.to_owned(), bytes)])?;
    Ok(image.to_owned())
}

/// Runs `einit` and answers what the programs printed; shows everything else.
fn einit(programs: &Path, image: &Path, more: &[OsString]) -> Result<String, Box<dyn Error>> {
    let mut command = Command::new(programs.join("einit"));
    command.arg(image).arg("--programs").arg(programs).args(more);
    let done = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    if !done.status.success() {
        eprint!("{said}");
        return Err(format!("einit ended with {}", done.status).into());
    }
    Ok(said)
}

/// The lines of one task, without its name.
fn outcomes<'s>(said: &'s str, task: &str) -> impl Iterator<Item = &'s str> {
    let lead = format!("[{task}] ");
    said.lines().filter_map(move |line| line.strip_prefix(&lead))
}

/// The text with one line emptied, so that the numbers of the others stay.
fn without(text: &str, line: &str) -> Result<String, Box<dyn Error>> {
    if !text.lines().any(|l| l == line) {
        return Err(format!("security.psl has no line `{line}`").into());
    }
    Ok(text.lines().map(|l| if l == line { "" } else { l }).collect::<Vec<_>>().join("\n") + "\n")
}

/// Where the denied request's decision stands: `security.psl:LINE` and why.
fn denial(audit: &str) -> Result<String, Box<dyn Error>> {
    let records: Result<Vec<serde_json::Value>, _> = audit.lines().map(serde_json::from_str).collect();
    let records = records?;
    let denied = records.iter().find(|r| r["decision"] == "denied" && r["op"] == "request");
    let place = denied.and_then(|d| d["place"].as_str()).ok_or("the audit has no denied request with a place")?;
    let (line, _column) = place.rsplit_once(':').ok_or("the place has no column")?;
    let reason = denied.and_then(|d| d["reason"].as_str()).unwrap_or_default();
    Ok(format!("{line}: {reason}"))
}
