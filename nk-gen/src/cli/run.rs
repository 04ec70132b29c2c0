//! `nk-gen run`: compiles a solution and runs it under `einit`; with `--watch` again whenever something that it is made of
//! changes. While a change does not compile, what runs goes on.
use super::options::RunArgs;
use super::{Console, Exit};
use crate::emit::write::write_all;
use crate::solution::{Inputs, Solution, build};
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;
use rustix::process::{Pid, Signal, kill_process};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, SystemTime};

/// Between two looks at the files.
const LOOK: Duration = Duration::from_millis(100);
/// After a change, for editors that write in several steps.
const SETTLE: Duration = Duration::from_millis(50);

/// Runs the command.
pub(super) fn run(args: &RunArgs, console: &mut Console<'_>) -> Exit {
    let image = args
        .out
        .clone()
        .unwrap_or_else(|| std::env::temp_dir().join(format!("nk-run-{}.nki", std::process::id())));
    let mut runner = Runner {
        args,
        console,
        image,
    };
    let exit = if args.watch {
        runner.watched()
    } else {
        runner.once()
    };
    if args.out.is_none() {
        // nobody named it, so nobody will look for it
        let _ = std::fs::remove_file(&runner.image);
    }
    exit
}

struct Runner<'r, 'c> {
    args: &'r RunArgs,
    console: &'r mut Console<'c>,
    image: PathBuf,
}

impl Runner<'_, '_> {
    fn once(&mut self) -> Exit {
        let (_, exit) = self.compile();
        if exit != Exit::Success {
            return exit;
        }
        match self.start().and_then(|mut einit| einit.wait()) {
            Ok(status) => ended(status),
            Err(why) => self.not_started(&why),
        }
    }

    fn watched(&mut self) -> Exit {
        let (mut seen, exit) = self.compile();
        let mut running = None;
        if exit == Exit::Success {
            match self.start() {
                Ok(einit) => running = Some(einit),
                Err(why) => return self.not_started(&why),
            }
        }
        loop {
            if let Some(status) = running
                .as_mut()
                .and_then(|einit| einit.try_wait().ok().flatten())
            {
                running = None;
                self.console.complain(&format!(
                    "nk-gen: the solution has ended ({status}); waiting for a change\n"
                ));
            }
            std::thread::sleep(LOOK);
            if !seen.changed() {
                continue;
            }
            std::thread::sleep(SETTLE);
            let (now, exit) = self.compile();
            seen = now;
            if exit != Exit::Success {
                self.console.complain(if running.is_some() {
                    "nk-gen: what runs goes on as it was\n"
                } else {
                    "nk-gen: waiting for a change\n"
                });
                continue;
            }
            if let Some(einit) = running.take() {
                stop(einit);
            }
            self.console
                .complain("nk-gen: something has changed; starting again\n");
            match self.start() {
                Ok(einit) => running = Some(einit),
                Err(why) => return self.not_started(&why),
            }
        }
    }

    /// Compiles the image; tells what is wrong, and what to look at for changes.
    fn compile(&mut self) -> (Seen, Exit) {
        let began = SystemTime::now();
        let solution = build(&Inputs {
            init: self.args.texts.init.clone(),
            policy: self.args.texts.policy.clone(),
            defines: self.args.common.define.clone(),
            options: self.args.common.options(),
            ..Inputs::default()
        });
        let seen = Seen::of(&solution, &self.args.programs, began);
        let mut more = Vec::new();
        if let (Some(image), false) = (&solution.image, solution.analysis.has_errors()) {
            let written = image
                .to_bytes()
                .map_err(|refused| refused.to_string())
                .and_then(|bytes| {
                    write_all(&[(self.image.clone(), bytes)]).map_err(|failed| failed.to_string())
                });
            more.extend(
                written
                    .err()
                    .map(|why| Diagnostic::new(Code::NOT_WRITTEN, why, None)),
            );
        }
        let exit = self.console.finish(&solution.analysis, &more);
        (
            seen,
            if solution.image.is_none() && exit == Exit::Success {
                Exit::Findings
            } else {
                exit
            },
        )
    }

    fn start(&self) -> std::io::Result<Child> {
        let mut command = Command::new(self.einit());
        command
            .arg(&self.image)
            .arg("--programs")
            .arg(&self.args.programs)
            .arg("--end-with-parent");
        command.args(&self.args.einit_options).spawn()
    }

    /// The one that was named, the one beside this program, or the one of the search path.
    fn einit(&self) -> PathBuf {
        let beside = || {
            let own = std::env::current_exe().ok()?;
            Some(own.with_file_name("einit")).filter(|path| path.is_file())
        };
        self.args
            .einit
            .clone()
            .or_else(beside)
            .unwrap_or_else(|| "einit".into())
    }

    fn not_started(&mut self, why: &std::io::Error) -> Exit {
        let einit = self.einit();
        self.console.complain(&format!(
            "cannot run `{}`: {why}; name it with `--einit`\n",
            einit.display()
        ));
        Exit::InputOutput
    }
}

fn ended(status: ExitStatus) -> Exit {
    match status.code().map(u8::try_from) {
        Some(Ok(0)) => Exit::Success,
        Some(Ok(code)) => Exit::Solution(code),
        _ => Exit::Internal,
    }
}

/// Ends `einit` with all its programs, and waits until they are gone.
fn stop(mut einit: Child) {
    let asked = i32::try_from(einit.id())
        .ok()
        .and_then(Pid::from_raw)
        .map(|pid| kill_process(pid, Signal::TERM));
    if !matches!(asked, Some(Ok(()))) {
        let _ = einit.kill();
    }
    let _ = einit.wait();
}

/// Files, and how they were when they were read.
struct Seen(Vec<(PathBuf, Option<(SystemTime, u64)>)>);

impl Seen {
    /// What was written since `began` may not be what was read: it counts as changed.
    fn of(solution: &Solution, programs: &Path, began: SystemTime) -> Self {
        let now = SystemTime::now();
        let read =
            |path: &Path| state(path).filter(|(modified, _)| *modified < began || *modified > now);
        let sources = solution
            .analysis
            .sources
            .iter()
            .map(|(_, source)| source.path.clone());
        let tasks = solution.image.iter().flat_map(|image| &image.plan.tasks);
        let programs = tasks.map(|task| programs.join(&task.path));
        Self(
            sources
                .chain(programs)
                .map(|path| (path.clone(), read(&path)))
                .collect(),
        )
    }

    fn changed(&self) -> bool {
        self.0.iter().any(|(path, before)| state(path) != *before)
    }
}

fn state(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
