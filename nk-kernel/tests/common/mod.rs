//! A world for a test: a hand-made image, programs that are this test binary itself, and everything that was said.
//!
//! A test calls [`World::run`] with the role of each task; the kernel then starts the test binary again, `program` (one
//! test of each binary) sees the role in its environment and plays it. A role is one of the file that asks for it. Roles
//! speak raw frames and print lines that begin with `> `, which is what a test compares.
#![allow(
    dead_code,
    clippy::must_use_candidate,
    reason = "each binary uses a part of it"
)]
pub mod exchange;
pub mod image;
pub mod processes;
pub mod wire;

use nk_gen::solution::{Inputs, build};
use nk_kernel::{Config, Console, Ended, Error, Isolation, KernelRequests, Outcome, Stream, run};
use std::cell::RefCell;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Environment variable with the file and the role of a program.
pub const ROLE: &str = "NK_TEST_ROLE";

/// A solution and how it is run.
pub struct World {
    pub image: nk_image::Image,
    pub folder: tempfile::TempDir,
    pub no_policy: bool,
    pub lanes: u32,
    pub isolation: Isolation,
    pub kernel_requests: KernelRequests,
    pub memory: Option<u64>,
    pub verbose: bool,
}

/// What came out of a run.
pub struct Run {
    pub outcome: Result<Outcome, Error>,
    /// Task and line, for lines that begin with `> `.
    pub lines: Vec<(String, String)>,
    /// The kernel's sentences.
    pub said: Vec<String>,
    /// Lines of the audit file.
    pub audit: Vec<String>,
}

#[derive(Clone, Default)]
struct Captured(Rc<RefCell<Heard>>);

#[derive(Default)]
struct Heard {
    lines: Vec<(String, String)>,
    said: Vec<String>,
}

impl Console for Captured {
    fn program(&mut self, task: &str, stream: Stream, line: &str) {
        match line.strip_prefix("> ") {
            Some(line) => self
                .0
                .borrow_mut()
                .lines
                .push((task.to_owned(), line.to_owned())),
            None if stream == Stream::Errors => eprintln!("[{task}] {line}"),
            None => {}
        }
    }
    fn kernel(&mut self, sentence: &str) {
        self.0.borrow_mut().said.push(sentence.to_owned());
    }
}

impl World {
    /// A client and a server, all granted.
    pub fn new() -> Self {
        Self::with(image::client_and_server())
    }

    pub fn with(image: nk_image::Image) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        let this = std::env::current_exe().unwrap();
        std::fs::hard_link(&this, &program)
            .or_else(|_| std::fs::copy(&this, &program).map(drop))
            .unwrap();
        Self {
            image,
            folder,
            no_policy: false,
            lanes: 4,
            isolation: Isolation::default(),
            kernel_requests: KernelRequests::default(),
            memory: Some(1 << 30),
            verbose: false,
        }
    }

    /// A solution compiled from `init.yaml`, `security.psl` and descriptions.
    pub fn built(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let options = nk_gen::Options {
            include: vec![folder.path().to_owned()],
            ..nk_gen::Options::default()
        };
        let (init, policy) = (
            folder.path().join("init.yaml"),
            folder.path().join("security.psl"),
        );
        let solution = build(&Inputs {
            init,
            policy,
            options,
            ..Inputs::default()
        });
        let findings =
            nk_gen::render::plain(&solution.analysis.sources, &solution.analysis.diagnostics);
        Self::with(solution.image.unwrap_or_else(|| panic!("{findings}")))
    }

    /// Gives each task of the image its role.
    #[track_caller]
    pub fn cast(&mut self, roles: &[&str]) {
        assert_eq!(roles.len(), self.image.plan.tasks.len());
        for (task, role) in self.image.plan.tasks.iter_mut().zip(roles) {
            task.args = arguments();
            task.env.push((ROLE.to_owned(), role_here(role)));
        }
    }

    pub fn write_image(&self) -> PathBuf {
        let path = self.folder.path().join("solution.nki");
        std::fs::write(&path, self.image.to_bytes().unwrap()).unwrap();
        path
    }

    /// Runs the solution with these roles, in the order of the plan.
    #[track_caller]
    pub fn run(mut self, roles: &[&str]) -> Run {
        self.cast(roles);
        self.go()
    }

    pub fn go(self) -> Run {
        let captured = Captured::default();
        let audit = self.folder.path().join("audit.jsonl");
        let config = Config {
            no_policy: self.no_policy,
            lanes: self.lanes,
            isolation: self.isolation,
            kernel_requests: self.kernel_requests,
            memory: self.memory,
            verbose: self.verbose,
            audit: Some(audit.clone()),
            ..Config::new(self.write_image(), Box::new(captured.clone()))
        };
        let outcome = run(config);
        let Heard { lines, said } = captured.0.take();
        assert!(!said.iter().any(|s| s.starts_with("FAULT")), "{said:#?}");
        Run {
            outcome,
            lines,
            said,
            audit: read_lines(&audit),
        }
    }
}

fn read_lines(path: &Path) -> Vec<String> {
    std::fs::read_to_string(path)
        .map(|t| t.lines().map(str::to_owned).collect())
        .unwrap_or_default()
}

impl Run {
    /// What a task said.
    pub fn of(&self, task: &str) -> Vec<&str> {
        self.lines
            .iter()
            .filter(|(t, _)| t == task)
            .map(|(_, line)| line.as_str())
            .collect()
    }
    /// Whether the kernel said a sentence with all of these parts.
    #[track_caller]
    pub fn assert_said(&self, parts: &[&str]) {
        assert!(
            self.said
                .iter()
                .any(|s| parts.iter().all(|p| s.contains(p))),
            "{parts:?} not in {:#?}",
            self.said
        );
    }
    #[track_caller]
    pub fn ended(&self) -> Vec<(&str, Ended)> {
        self.outcome
            .as_ref()
            .unwrap()
            .tasks
            .iter()
            .map(|(n, e)| (n.as_str(), *e))
            .collect()
    }
    /// Every task ended with 0.
    #[track_caller]
    pub fn assert_clean(&self) {
        assert_eq!(
            self.outcome.as_ref().unwrap().exit_code(),
            0,
            "{:?}\n{:#?}",
            self.outcome,
            self.lines
        );
    }
}

/// Held by tests that look at how long something takes: one of them runs at a time.
pub fn timed() -> MutexGuard<'static, ()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Numbers that look random, the same for the same seed (xorshift).
pub struct Dice(u64);

impl Dice {
    /// With the seed of this variable, or one that is new each time; says which.
    pub fn seeded_by(variable: &str) -> Self {
        let new = || {
            u64::from(
                std::time::SystemTime::now()
                    .duration_since(std::time::UNIX_EPOCH)
                    .unwrap()
                    .subsec_nanos(),
            )
        };
        let seed = std::env::var(variable).map_or_else(|_| new(), |seed| seed.parse().unwrap());
        println!("{variable}={seed}");
        Self::from_seed(seed)
    }
    pub const fn from_seed(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }
    /// From 0 to below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % n
    }
}

/// What the programs of a file can be.
pub type Roles = &'static [(&'static str, fn())];

/// The arguments that make this binary play a role.
pub fn arguments() -> Vec<String> {
    ["program", "--exact", "--nocapture", "--test-threads=1"]
        .map(str::to_owned)
        .to_vec()
}

/// A role of the file that asks, as [`ROLE`] names it.
#[track_caller]
pub fn role_here(role: &str) -> String {
    let file = Path::new(Location::caller().file()).file_stem().unwrap();
    format!("{}/{role}", file.to_str().unwrap())
}

/// Plays the role that the environment names, if it names one. Never comes back then.
pub fn play(files: &[(&str, Roles)]) {
    let Ok(named) = std::env::var(ROLE) else {
        return;
    };
    let (file, role) = named.split_once('/').unwrap();
    let of_file = files.iter().find(|(name, _)| *name == file);
    let play = of_file.and_then(|(_, roles)| roles.iter().find(|(name, _)| *name == role));
    play.unwrap_or_else(|| panic!("no role {named}")).1();
    std::process::exit(0);
}

/// A line for the test to see.
#[macro_export]
macro_rules! tell {
    ($($t:tt)*) => { println!("\n> {}", format_args!($($t)*)) };
}
