//! Builds an example's programs, compiles its solution and runs it under `einit`: what every example's one command does, and
//! its test.
//!
//! An example is a package: programs in `src/bin`, descriptions in `idl`, `init.yaml`, `security.psl`. Its `main` is
//!
//! ```no_run
//! fn main() -> std::process::ExitCode {
//!     example_runner::example!().show()
//! }
//! ```
#![forbid(unsafe_code)]
use nk_gen::solution::{Inputs, build};
use serde_json::Value;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};

/// The example whose package asks.
#[macro_export]
macro_rules! example {
    () => {
        $crate::Example::new(env!("CARGO_PKG_NAME"), env!("CARGO_MANIFEST_DIR"))
    };
}

/// What can go wrong: something does not build, compile or start, and has said so.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A solution, and how it is to be run.
#[derive(Debug, Clone)]
pub struct Example {
    package: &'static str,
    folder: PathBuf,
    /// Packages beside the example's own whose programs it starts.
    packages: Vec<&'static str>,
    init: Option<String>,
    policy: Option<String>,
    options: Vec<String>,
}

/// What came of a run.
#[derive(Debug)]
pub struct Run {
    /// Everything that programs printed, each line behind its task's name in brackets.
    pub said: String,
    /// What `einit` said itself, and what programs wrote to standard error.
    pub told: String,
    /// The audit's records, in their order.
    pub audit: Vec<Value>,
    /// How `einit` ended: 0 when every program did.
    pub status: ExitStatus,
}

impl Example {
    /// The example in this folder.
    #[must_use]
    pub fn new(package: &'static str, folder: &str) -> Self {
        Self {
            package,
            folder: folder.into(),
            packages: vec![],
            init: None,
            policy: None,
            options: vec![],
        }
    }
    /// Starts programs of another package too.
    #[must_use]
    pub fn with_package(mut self, package: &'static str) -> Self {
        self.packages.push(package);
        self
    }
    /// The policy changed in one place, lines staying where they are.
    ///
    /// # Errors
    /// The policy does not contain that text.
    pub fn with_policy(mut self, from: &str, to: &str) -> Result<Self> {
        self.policy = Some(replaced(
            &self.folder.join("security.psl"),
            self.policy.take(),
            from,
            to,
        )?);
        Ok(self)
    }
    /// `init.yaml` changed in one place.
    ///
    /// # Errors
    /// The file does not contain that text.
    pub fn with_init(mut self, from: &str, to: &str) -> Result<Self> {
        self.init = Some(replaced(
            &self.folder.join("init.yaml"),
            self.init.take(),
            from,
            to,
        )?);
        Ok(self)
    }
    /// An option of `einit`.
    #[must_use]
    pub fn with_option(mut self, option: &str) -> Self {
        self.options.push(option.to_owned());
        self
    }

    /// Runs it on this terminal: the whole of an example's `main`.
    #[must_use]
    pub fn show(&self) -> ExitCode {
        let shown = self
            .ready()
            .and_then(|ready| Ok(ready.einit().stdin(Stdio::null()).status()?));
        match shown {
            Ok(status) => ExitCode::from(
                status
                    .code()
                    .and_then(|code| u8::try_from(code).ok())
                    .unwrap_or(1),
            ),
            Err(error) => {
                eprintln!("{}: {error}", self.package);
                ExitCode::FAILURE
            }
        }
    }

    /// Runs it and keeps what was said.
    ///
    /// # Errors
    /// Something does not build, compile or start. Programs that fail are no error here.
    pub fn run(&self) -> Result<Run> {
        let ready = self.ready()?;
        let done = ready.einit().stdin(Stdio::null()).output()?;
        let audit = std::fs::read_to_string(ready.audit())?;
        let audit = audit
            .lines()
            .map(serde_json::from_str)
            .collect::<std::result::Result<_, _>>()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Run {
            said: text(&done.stdout),
            told: text(&done.stderr),
            audit,
            status: done.status,
        })
    }

    fn ready(&self) -> Result<Ready> {
        let programs = self.build_programs()?;
        let work = tempfile::tempdir()?;
        // a solution is called by the folder that its files are in
        let folder = work.path().join(self.package);
        std::fs::create_dir(&folder)?;
        let image = folder.join("solution.nki");
        let bytes = self.compile(&folder)?;
        nk_gen::emit::write::write_all(&[(image.clone(), bytes)])?;
        Ok(Ready {
            programs,
            image,
            work,
            options: self.options.clone(),
        })
    }

    /// Cargo builds only the binary that it runs: this builds the programs of the solution and `einit`, with the same profile;
    /// answers the folder that they are in.
    fn build_programs(&self) -> Result<PathBuf> {
        let own = std::env::current_exe()?;
        let folder = own.parent().ok_or("this program has no folder")?;
        // tests are one folder deeper
        let folder = if folder.ends_with("deps") {
            folder.parent().unwrap_or(folder)
        } else {
            folder
        };
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args([
            "build",
            "--quiet",
            "--bins",
            "--package",
            "nk-kernel",
            "--package",
            self.package,
        ]);
        command.args(
            self.packages
                .iter()
                .flat_map(|package| ["--package", package]),
        );
        command
            .arg("--manifest-path")
            .arg(self.folder.join("Cargo.toml"));
        if !cfg!(debug_assertions) {
            command.arg("--release");
        }
        if let Some(target) = folder.parent() {
            command.arg("--target-dir").arg(target);
        }
        if !command.status()?.success() {
            return Err("the programs of the solution do not build".into());
        }
        Ok(folder.to_owned())
    }

    /// Compiles descriptions, `init.yaml` and policy into an image. A changed file stands in the work folder, under its name.
    fn compile(&self, work: &Path) -> Result<Vec<u8>> {
        let file = |name: &str, changed: &Option<String>| -> Result<PathBuf> {
            let Some(text) = changed else {
                return Ok(self.folder.join(name));
            };
            std::fs::write(work.join(name), text)?;
            Ok(work.join(name))
        };
        let (init, policy) = (
            file("init.yaml", &self.init)?,
            file("security.psl", &self.policy)?,
        );
        let options = nk_gen::Options {
            include: vec![self.folder.join("idl")],
            ..Default::default()
        };
        let solution = build(&Inputs {
            init,
            policy,
            options,
            ..Default::default()
        });
        eprint!(
            "{}",
            nk_gen::text::render::plain(&solution.analysis.sources, &solution.analysis.diagnostics)
        );
        Ok(solution
            .image
            .ok_or("the solution does not compile")?
            .to_bytes()?)
    }
}

/// An image and the folder of its programs.
struct Ready {
    programs: PathBuf,
    image: PathBuf,
    /// Goes away with what is in it.
    work: tempfile::TempDir,
    options: Vec<String>,
}

impl Ready {
    fn audit(&self) -> PathBuf {
        self.work.path().join("audit.jsonl")
    }
    fn einit(&self) -> Command {
        let mut command = Command::new(self.programs.join("einit"));
        command
            .arg(&self.image)
            .arg("--programs")
            .arg(&self.programs)
            .arg("--audit")
            .arg(self.audit());
        command.args(&self.options);
        command
    }
}

impl Run {
    /// The lines that a task printed.
    #[must_use]
    pub fn lines(&self, task: &str) -> Vec<&str> {
        let lead = format!("[{task}] ");
        self.said
            .lines()
            .filter_map(|line| line.strip_prefix(&lead))
            .collect()
    }
    /// Where requests (`op` = `request`), responses or starts were denied, and why, as `FILE:LINE: REASON`.
    #[must_use]
    pub fn denied(&self, op: &str) -> Vec<String> {
        let denied = self
            .audit
            .iter()
            .filter(|record| record["decision"] == "denied" && record["op"] == op);
        denied.map(place_and_reason).collect()
    }
}

fn place_and_reason(record: &Value) -> String {
    let place = record["place"].as_str().unwrap_or_default();
    let line = place.rsplit_once(':').map_or(place, |(line, _column)| line);
    format!("{line}: {}", record["reason"].as_str().unwrap_or_default())
}

/// The text of a file, or what has been made of it already, with one place changed.
fn replaced(file: &Path, text: Option<String>, from: &str, to: &str) -> Result<String> {
    let text = text.map_or_else(|| std::fs::read_to_string(file), Ok)?;
    if !text.contains(from) {
        return Err(format!("{} has no `{from}`", file.display()).into());
    }
    Ok(text.replacen(from, to, 1))
}
