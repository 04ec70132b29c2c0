//! Front end and Rust at sizes that double. Beside the megabytes a second, which belong to the machine: the growth, which
//! is the time of a size over the time of half of it, and the bytes written per byte read.
use crate::{clock, mix};
use nk_gen::emit::rust;
use nk_gen::options::limits::Limits;
use std::time::Duration;

/// Sizes from 4 KB to `most` bytes.
pub fn print(most: usize) {
    println!(
        "{:>10} {:>12} {:>8} {:>8} {:>12} {:>8} {:>8}",
        "bytes", "front end", "MB/s", "growth", "Rust", "growth", "out/in"
    );
    let (mut bytes, mut before): (usize, Option<(Duration, Duration)>) = (4_000, None);
    while bytes <= most {
        let row = Row::of(bytes);
        let growth = |now: Duration, then: Option<Duration>| {
            then.map_or_else(String::new, |then| {
                format!("{:.2}", now.as_secs_f64() / then.as_secs_f64())
            })
        };
        println!(
            "{:>10} {:>12.2?} {:>8.1} {:>8} {:>12.2?} {:>8} {:>8.1}",
            row.read,
            row.front,
            row.read as f64 / row.front.as_secs_f64() / 1e6,
            growth(row.front, before.map(|(front, _)| front)),
            row.rust,
            growth(row.rust, before.map(|(_, rust)| rust)),
            row.written as f64 / row.read as f64,
        );
        before = Some((row.front, row.rust));
        bytes *= 2;
    }
}

struct Row {
    read: usize,
    written: usize,
    front: Duration,
    rust: Duration,
}

impl Row {
    fn of(bytes: usize) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("Mix.idl");
        let text = mix::text(bytes);
        std::fs::write(&file, &text).expect("a file");
        let mut limits = Limits::DEFAULT;
        limits.set("file-bytes", 1 << 30).expect("a limit");
        let options = nk_gen::Options {
            limits,
            ..nk_gen::Options::default()
        };
        let (front, analysis) =
            clock::median(|| nk_gen::analyze(std::slice::from_ref(&file), &[], &options));
        assert!(
            !analysis.has_errors(),
            "{}",
            nk_gen::text::render::plain(&analysis.sources, &analysis.diagnostics)
        );
        let options = rust::Options {
            generated_bytes: 1 << 40,
            ..rust::Options::default()
        };
        let (rust, written) = clock::median(|| {
            let rust = rust::generate(&analysis.model, &options).expect("Rust");
            rust.files()
                .iter()
                .map(|(_, text)| text.len())
                .sum::<usize>()
        });
        Self {
            read: text.len(),
            written,
            front,
            rust,
        }
    }
}
