//! The whole command, started as a process: `nk-gen rust` on 4 KB beside `nk-gen --version`, which only starts and ends.
use crate::mix;
use std::process::Command;
use std::time::{Duration, Instant};

/// Runs of each, in turn.
const RUNS: usize = 101;

/// Medians of both, and of what one takes more than the other beside it.
pub fn print() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("Mix.idl");
    std::fs::write(&file, mix::text(4_000)).expect("a file");
    let out = dir.path().join("out");
    let (mut whole, mut start, mut more) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let mut command = myself();
        let rust = time(command.arg("rust").arg("-o").arg(&out).arg(&file));
        let nothing = time(myself().arg("--version"));
        whole.push(rust);
        start.push(nothing);
        more.push(rust.saturating_sub(nothing));
    }
    let [whole, start, more] = [whole, start, more].map(|mut times| {
        times.sort();
        times[RUNS / 2]
    });
    println!(
        "\nnk-gen rust on 4 KB: {whole:.2?}; nk-gen --version: {start:.2?}; pair by pair {more:.2?} more"
    );
}

/// This program as `nk-gen`.
fn myself() -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    crate::KEEP_MEMORY.iter().for_each(|(name, _)| {
        command.env_remove(name);
    });
    command.arg("nk-gen");
    command
}

fn time(command: &mut Command) -> Duration {
    let start = Instant::now();
    let output = command.output().expect("it starts");
    let took = start.elapsed();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    took
}
