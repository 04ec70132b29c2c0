//! `bench-script`: a build script with `nk_gen::Builder` beside one with prost-build and tonic-prost-build, on descriptions
//! of the same structs and methods. Whole processes, one after the other, pair by pair; in the release profile, and in the
//! debug profile, which is how cargo builds build scripts.
#![forbid(unsafe_code)]
use bench_size::{idl, proto, set};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Packages of a run, and how many pairs of it are timed.
const RUNS: [(usize, usize); 4] = [(1, 61), (4, 31), (16, 15), (64, 7)];

/// The programs, each with the ending of its descriptions.
const PROGRAMS: [&str; 2] = ["bench-script-ours", "bench-script-prost"];

fn main() {
    println!(
        "{:<8} {:>9} {:>9} {:>12} {:>12} {:>12}",
        "profile", "IDL", "proto", "nk-gen", "prost+tonic", "pair by pair"
    );
    for profile in ["release", "debug"] {
        let programs = PROGRAMS.map(|name| build(name, profile));
        for (packages, pairs) in RUNS {
            let folder = tempfile::tempdir().expect("a folder");
            let [read, read_by_peer] = describe(folder.path(), packages);
            let times: Vec<[Duration; 2]> = (0..pairs)
                .map(|_| {
                    let [ours, peer] = &programs;
                    [time(ours, folder.path()), time(peer, folder.path())]
                })
                .collect();
            let [ours, peer] =
                [0, 1].map(|which| median(times.iter().map(|pair| pair[which].as_secs_f64())));
            let ratio = median(times.iter().map(|[a, b]| a.as_secs_f64() / b.as_secs_f64()));
            let milliseconds = |seconds: f64| format!("{:.1} ms", seconds * 1e3);
            println!(
                "{profile:<8} {read:>9} {read_by_peer:>9} {:>12} {:>12} {ratio:>12.2}",
                milliseconds(ours),
                milliseconds(peer)
            );
        }
    }
}

/// Builds a program by itself, so that neither brings features into the other.
fn build(name: &str, profile: &str) -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "-p", name]);
    if profile == "release" {
        cargo.arg("--release");
    }
    let status = cargo.current_dir(workspace).status().expect("cargo starts");
    assert!(status.success(), "{name} does not build");
    let target = std::env::var_os("CARGO_TARGET_DIR");
    let target = target.map_or_else(|| workspace.join("target"), PathBuf::from);
    target.join(profile).join(name)
}

/// Writes so many packages in both languages; answers the bytes of each.
fn describe(folder: &Path, packages: usize) -> [usize; 2] {
    std::fs::create_dir(folder.join("out")).expect("a folder");
    let write = |name: String, text: String| {
        std::fs::write(folder.join(name), &text).expect("a file");
        text.len()
    };
    let ours = (0..packages).map(|n| write(format!("Part{n}.idl"), idl::package(n)));
    let ours = ours.sum();
    let peer =
        (0..packages).map(|n| write(format!("{}.proto", set::package(n)), proto::package(n)));
    [ours, peer.sum()]
}

fn time(program: &Path, folder: &Path) -> Duration {
    // what is there already would not be written again
    for entry in std::fs::read_dir(folder.join("out")).expect("a folder") {
        std::fs::remove_file(entry.expect("an entry").path()).expect("a file");
    }
    let start = Instant::now();
    let output = Command::new(program)
        .arg(folder)
        .output()
        .expect("it starts");
    let took = start.elapsed();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", program.display());
    took
}

fn median(times: impl Iterator<Item = f64>) -> f64 {
    let mut times: Vec<f64> = times.collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
