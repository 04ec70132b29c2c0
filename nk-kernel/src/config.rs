//! What `einit` can be told, the run from the image to the last program's end,
//! and what comes out of it.
//!
//! The steps of [`run`], in their order: read and prove the image, open the
//! folder of programs, choose the level of isolation, open the audit file, take
//! signals and orphans, start every task, serve until the last one ends, say
//! how they ended.
//!
//! Nothing of the machine is changed before the image has been proved, and no
//! program is started before the level of isolation is known to be possible. A
//! run that fails at any step leaves no program behind: the kernel ends them
//! when it is dropped.
use crate::files;
use crate::kernel::{Kernel, KernelRequests, OwnProcess, Settings, short};
use crate::report::{Console, Report, printable};
use crate::start::{Ended, Folder, Isolation, IsolationError, Level, Orphans, Sandbox, StartError};
use crate::sys::{Signals, default_child_signal};
use nk_image::{Image, LoadError, Solution};
use nk_runtime::frame::MAX_LANES;
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Bytes of the largest image that is read.
const MAX_IMAGE: u64 = 256 << 20;

/// Everything that can be set.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub struct Config {
    /// The solution image.
    pub solution: PathBuf,
    /// Folder of the programs; `None` for the image's.
    pub programs: Option<PathBuf>,
    /// Grant everything that is well-formed. For experiments, and loud.
    pub no_policy: bool,
    /// File that gets one JSON object for each refusal.
    pub audit: Option<PathBuf>,
    /// Lanes of each program: operations that can go on at once.
    pub lanes: u32,
    /// Largest message in bytes; `None` for the image's.
    pub max_message: Option<u32>,
    /// Which requests to the kernel are made besides those that programs make.
    pub kernel_requests: KernelRequests,
    /// How strongly programs are kept apart.
    pub isolation: Isolation,
    /// Bytes of memory of its own that each program may have; `None` for what
    /// the system gives.
    pub memory: Option<u64>,
    /// Slow programs down that are refused again and again, or write without
    /// end. Tests that do so for a purpose leave it off.
    pub throttle: bool,
    /// Tell about starts, ends and refused lookups too.
    pub verbose: bool,
    /// End on SIGINT and SIGTERM. They are blocked in the calling thread for
    /// good; leave it off where signals belong to somebody else.
    pub signals: bool,
    /// The process is there for this kernel alone: no other of its user can
    /// trace it, and what its programs leave behind becomes its child and is
    /// ended with them. Leave it off where the process has other children.
    pub own_process: bool,
    /// Where sentences and output go.
    pub console: Box<dyn Console>,
}

impl Config {
    /// The defaults for a solution.
    #[must_use]
    pub fn new(solution: impl Into<PathBuf>, console: Box<dyn Console>) -> Self {
        Self {
            solution: solution.into(),
            programs: None,
            no_policy: false,
            audit: None,
            lanes: 4,
            max_message: None,
            kernel_requests: KernelRequests::default(),
            isolation: Isolation::default(),
            memory: Some(1 << 30),
            throttle: true,
            verbose: false,
            signals: false,
            own_process: false,
            console,
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Every task and how it ended, in starting order.
    pub tasks: Vec<(String, Ended)>,
    /// The signal that ended the run before its programs ended.
    pub interrupted: Option<i32>,
    /// Something that programs wrote could not be shown, as the console failed.
    pub output_lost: bool,
}

impl Outcome {
    /// 0 when every task ended with 0; 1 when one did not; 3 when all did but
    /// output was lost; 128 + signal after SIGINT or SIGTERM.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.interrupted {
            Some(signal) => u8::try_from(signal.saturating_add(128)).unwrap_or(u8::MAX),
            None if self.failed().next().is_some() => 1,
            None if self.output_lost => 3,
            None => 0,
        }
    }
    /// The tasks that did not end with 0.
    pub fn failed(&self) -> impl Iterator<Item = &(String, Ended)> {
        self.tasks
            .iter()
            .filter(|(_, ended)| *ended != Ended::Code(0))
    }
}

/// Why a solution does not run.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The image cannot be read.
    Read(PathBuf, std::io::Error),
    /// The image is not accepted.
    Load(PathBuf, LoadError),
    /// The folder of programs cannot be opened.
    Folder(PathBuf, std::io::Error),
    /// The audit file cannot be opened.
    Audit(PathBuf, std::io::Error),
    /// A number of lanes that cannot be given.
    Lanes(u32),
    /// The machine cannot keep programs apart in the way that is asked for.
    Isolation(IsolationError),
    /// A task cannot be run. What was started before is ended.
    Start(String, StartError),
    /// A system call failed that the kernel cannot do without.
    System(&'static str, std::io::Error),
}

impl Error {
    /// 2: wrong usage; 3: files; 4: a task cannot be run; 5: no such isolation
    /// on this machine; 70: the kernel itself.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Lanes(_) => 2,
            Self::Read(..) | Self::Load(..) | Self::Folder(..) | Self::Audit(..) => 3,
            Self::Start(..) => 4,
            Self::Isolation(_) => 5,
            Self::System(..) => 70,
        }
    }
}

impl Error {
    /// The error as a sentence. It can hold names out of the image, which may
    /// contain anything.
    fn sentence(&self) -> String {
        match self {
            Self::Read(path, e) => {
                format!("cannot read the solution image {}: {e}", path.display())
            }
            Self::Load(path, e) => format!("{}: {e}", path.display()),
            Self::Folder(path, e) => {
                format!("cannot open the folder of programs {}: {e}", path.display())
            }
            Self::Audit(path, e) => format!("cannot write the audit file {}: {e}", path.display()),
            Self::Lanes(n) => {
                format!("{n} lanes for each program, expected 1 to {MAX_LANES}")
            }
            Self::Isolation(e) => e.to_string(),
            Self::Start(task, e) => format!("{}: {e}", e.failed(task)),
            Self::System(doing, e) => format!("{doing}: {e}"),
        }
    }
}
/// One line, whatever the names in it contain.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(&self.sentence()))
    }
}
impl std::error::Error for Error {}

/// Runs a solution until its last program ends. The calling thread becomes the
/// kernel, and programs die with it.
///
/// # Errors
/// Everything that keeps the solution from starting, and faults of the system.
/// No program is left behind.
pub fn run(config: Config) -> Result<Outcome, Error> {
    let solution = load(&config)?;
    let folder = folder(&config)?;
    if !(1..=MAX_LANES).contains(&config.lanes) {
        return Err(Error::Lanes(config.lanes));
    }
    raise_descriptor_limit();
    if config.signals {
        default_child_signal();
    }
    let sandbox = Sandbox::new(folder, config.isolation, config.memory);
    let sandbox = sandbox.map_err(Error::Isolation)?;
    let audit = config.audit.as_deref().map(audit_file).transpose()?;
    let settings = Settings {
        lanes: config.lanes,
        max_message: config.max_message.unwrap_or(solution.max_message),
        requests: config.kernel_requests,
        throttle: config.throttle,
    };
    let process = own_process(&config)?;
    let mut report = Report::new(&solution.plan, config.console, audit, config.verbose);
    banner(
        &mut report,
        &solution,
        sandbox.level(),
        settings.max_message,
    );
    let Solution { plan, policy, .. } = solution;
    let kernel = Kernel::new(&plan, policy, settings, sandbox, report, process);
    let mut kernel = kernel.map_err(system("preparing to wait for programs"))?;
    if let Err((task, e)) = kernel.start_all(&plan) {
        let task = plan.tasks.get(task.index());
        let name = task.map(|t| t.name.clone()).unwrap_or_default();
        return Err(Error::Start(name, e));
    }
    finish(kernel, config.no_policy)
}

/// Serves until the last program has ended and everything is shown.
fn finish(mut kernel: Kernel, no_policy: bool) -> Result<Outcome, Error> {
    let interrupted = kernel.serve().map_err(system("waiting for programs"))?;
    kernel.end_all();
    let mut outcome = Outcome {
        tasks: kernel.endings(),
        interrupted,
        output_lost: false,
    };
    summary(kernel.report(), &outcome, no_policy);
    if interrupted.is_none() {
        let signal = kernel.show_rest();
        outcome.interrupted = signal.map_err(system("waiting for the console"))?;
    }
    outcome.output_lost = kernel.report().output_lost();
    Ok(outcome)
}

/// A system call failed that the kernel cannot do without.
fn system(doing: &'static str) -> impl Fn(Errno) -> Error {
    move |e| Error::System(doing, e.into())
}

/// What of its own process the kernel takes.
fn own_process(config: &Config) -> Result<OwnProcess, Error> {
    let signals = config.signals.then(Signals::take).transpose();
    let orphans = config.own_process.then(Orphans::adopt).transpose();
    Ok(OwnProcess {
        signals: signals.map_err(system("taking signals"))?,
        orphans: orphans.map_err(system("taking programs' processes in"))?,
    })
}

/// Reads the image and proves it; with `no_policy`, without its rules.
///
/// # Errors
/// [`Error::Read`] for a file that cannot be read or is larger than
/// [`MAX_IMAGE`], [`Error::Load`] for one that is not an image of this version,
/// or not sound.
fn load(config: &Config) -> Result<Solution, Error> {
    let path = &config.solution;
    let bytes = files::read(path, MAX_IMAGE).map_err(|e| Error::Read(path.clone(), e))?;
    let solution = Image::load(&bytes).map_err(|e| Error::Load(path.clone(), e))?;
    Ok(if config.no_policy {
        Solution {
            policy: solution.policy.opened(),
            ..solution
        }
    } else {
        solution
    })
}

/// The folder of programs: the one that is named, or the one that the image
/// lies in.
///
/// # Errors
/// [`Error::Folder`].
fn folder(config: &Config) -> Result<Folder, Error> {
    let beside = config
        .solution
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let path = config.programs.as_deref().unwrap_or(beside);
    Folder::open(path).map_err(|e| Error::Folder(path.to_owned(), e))
}

/// Opens the audit file for lines at its end.
///
/// # Errors
/// [`Error::Audit`], also for what is not a regular file.
fn audit_file(path: &Path) -> Result<File, Error> {
    files::append_to(path).map_err(|e| Error::Audit(path.to_owned(), e))
}

/// Lanes take descriptors; what the system allows is used. Less makes starting
/// fail with a message, nothing worse.
fn raise_descriptor_limit() {
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            ..limit
        },
    );
}

/// The first lines of a run: what is run under which policy, and how strongly
/// its programs are kept apart. A claim about security is worth no more than
/// the level that was in force.
fn banner(report: &mut Report, solution: &Solution, isolation: Level, max_message: u32) {
    let tasks: Vec<&str> = solution
        .plan
        .tasks
        .iter()
        .map(|t| t.name.as_str())
        .collect();
    let policy = match solution.policy.program() {
        Some(_) => short(&solution.policy_digest),
        None => "none".to_owned(),
    };
    report.message(&format!(
        "solution `{}`: tasks {}; policy {policy}; isolation level {isolation}; messages up to {} MiB",
        solution.name,
        tasks.join(", "),
        max_message >> 20
    ));
    for class in solution.policy.tables().classes.iter().filter(|c| c.compat) {
        report.message(&format!(
            "messages of class `{}` are checked in compat mode and scrubbed",
            class.name
        ));
    }
    if solution.policy.program().is_none() {
        report.message(NO_POLICY);
    }
}

/// Said at the start and at the end, so that it is on the screen whatever the
/// programs print.
const NO_POLICY: &str =
    "WARNING: --no-policy: every well-formed message is delivered, whatever the policy says";

/// The last lines of a run: every task that did not end with 0, or the signal
/// that ended all.
fn summary(report: &mut Report, outcome: &Outcome, no_policy: bool) {
    if let Some(signal) = outcome.interrupted {
        report.message(&format!(
            "ended by signal {signal}; all programs were ended"
        ));
    } else {
        for (task, ended) in outcome.failed() {
            report.message(&format!("task `{task}` {ended}"));
        }
    }
    if no_policy {
        report.message(NO_POLICY);
    }
}
