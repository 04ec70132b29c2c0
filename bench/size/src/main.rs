//! `bench-size`: 100 structs and 300 messages as each generator's description and Rust; with the feature `peers` others
//! beside ours. Bounds are part of our descriptions only; planus has no methods.
#![forbid(unsafe_code)]
#[cfg(feature = "peers")]
mod flatbuffers;
mod ours;
#[cfg(feature = "peers")]
mod protobuf;
mod subject;

use std::path::Path;
use subject::Subject;

const SUBJECTS: &[fn(&Path) -> Subject] = &[
    ours::subject,
    #[cfg(feature = "peers")]
    protobuf::subject,
    #[cfg(feature = "peers")]
    flatbuffers::subject,
];

fn main() {
    println!(
        "{:<22} {:>12} {:>10} {:>8} {:>16}",
        "generator", "description", "Rust", "ratio", "check, CPU-s"
    );
    for make in SUBJECTS {
        let folder = tempfile::tempdir().expect("a folder");
        let subject = make(folder.path());
        let check = subject.check(folder.path());
        let (description, written) = (subject.description, subject.written);
        let ratio = written as f64 / description as f64;
        println!(
            "{:<22} {description:>12} {written:>10} {ratio:>8.1} {:>16.2}",
            subject.name,
            check.as_secs_f64()
        );
    }
}
