//! A generator's text in a crate of its own, and what checking it costs.
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike as _};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// What a generator made of the set.
pub struct Subject {
    /// The generator.
    pub name: &'static str,
    /// Bytes of the descriptions.
    pub description: usize,
    /// Bytes of the files that the generator writes.
    pub written: usize,
    /// Their texts as one crate.
    pub rust: String,
    /// What it needs, as lines of a manifest.
    pub dependencies: String,
}

impl Subject {
    /// Processor time of `cargo check` when only the crate itself has changed: the median of five runs.
    pub fn check(&self, folder: &Path) -> Duration {
        let krate = folder.join("crate");
        std::fs::create_dir_all(krate.join("src")).expect("a folder");
        let manifest = format!(
            "[package]\nname = \"subject\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n{}",
            self.dependencies
        );
        std::fs::write(krate.join("Cargo.toml"), manifest).expect("a file");
        let source = krate.join("src/lib.rs");
        // what a user's crate would use is not used here, and lints of generated code are none of its reader's
        let allowed = "#![allow(dead_code, unused_imports, clippy::all)]\n";
        let mut times: Vec<Duration> = (0..6)
            .map(|run| {
                // other text every time, so that cargo cannot take the result of the run before
                std::fs::write(&source, format!("{allowed}// run {run}\n{}", self.rust))
                    .expect("a file");
                let before = children();
                let done = Command::new(env!("CARGO"))
                    .args(["check", "--quiet"])
                    .current_dir(&krate)
                    .output();
                let done = done.expect("cargo starts");
                let said: String = String::from_utf8_lossy(&done.stderr)
                    .chars()
                    .take(2_000)
                    .collect();
                assert!(done.status.success(), "{}: {said}", self.name);
                children() - before
            })
            // the first run checks the dependencies as well
            .skip(1)
            .collect();
        times.sort();
        times[times.len() / 2]
    }
}

/// Processor time of the children so far, and of their children.
fn children() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system counts");
    let time = |value: TimeVal| {
        Duration::from_micros(u64::try_from(value.num_microseconds()).expect("time goes forward"))
    };
    time(usage.user_time()) + time(usage.system_time())
}
