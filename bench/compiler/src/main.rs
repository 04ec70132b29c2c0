//! Front end, generation and formatting of a mix of structs and methods, at sizes that double. The columns to quote are the
//! growth (time of a size over time of half of it) and bytes written per byte read; megabytes a second belong to the machine.
#![forbid(unsafe_code)]
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A package of about `bytes` bytes: half structs, half methods, one line of documentation each.
fn mix(bytes: usize) -> String {
    let mut text = String::from("// A mix.\npackage Mix\n\n");
    let mut structs = 0_usize;
    while text.len() < bytes / 2 {
        let _ = write!(
            text,
            "// Structure number {structs}.\nstruct Rec{structs} {{\n    UInt32 id;\n    string<64> name;\n    \
             sequence<UInt16, 32> samples; // raw\n    array<UInt8, 16> serial;\n}}\n\n"
        );
        structs += 1;
    }
    text.push_str("interface {\n");
    let mut methods = 0_usize;
    while text.len() < bytes && methods < 65_000 {
        let (a, b) = (methods % structs, methods * 7 % structs);
        let _ = write!(
            text,
            "    // Method number {methods}.\n    Do{methods}(in Rec{a} r, in UInt32 a, in string<128> text, out UInt64 b, \
             out sequence<Rec{b}, 8> items, error SInt32 status);\n"
        );
        methods += 1;
    }
    text.push_str("}\n");
    text
}

/// The median of nine runs.
fn median<T>(mut run: impl FnMut() -> T) -> (Duration, T) {
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..9 {
        let start = Instant::now();
        last = Some(run());
        times.push(start.elapsed());
    }
    times.sort();
    (times[times.len() / 2], last.expect("nine runs"))
}

#[derive(Clone, Copy)]
struct Row {
    front: Duration,
    plan: Duration,
    format: Duration,
}

fn measure(bytes: usize) -> (usize, usize, Row) {
    let dir = tempfile::tempdir().expect("a folder");
    let file: PathBuf = dir.path().join("Mix.idl");
    let text = mix(bytes);
    std::fs::write(&file, &text).expect("a file");
    let files = [file];
    let options = nk_gen::Options::default();
    let (front, analysis) = median(|| nk_gen::analyze(&files, &[], &options));
    assert!(!analysis.has_errors(), "{}", nk_gen::render::plain(&analysis.sources, &analysis.diagnostics));
    let (plan, rust) = median(|| nk_gen::emit::rust::generate(&analysis.model, &Default::default()).expect("Rust"));
    let (format, written) = median(|| rust.files().iter().map(|(_, text)| text.len()).sum::<usize>());
    (text.len(), written, Row { front, plan, format })
}

fn main() {
    let top = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(400_000);
    println!("{:>10} {:>12} {:>9} {:>8} {:>12} {:>8} {:>12} {:>8} {:>10}", "bytes", "front end", "MB/s", "growth", "tokens", "growth", "formatting", "growth", "out/in");
    let (mut bytes, mut before): (usize, Option<Row>) = (4_000, None);
    while bytes <= top {
        let (read, written, row) = measure(bytes);
        let growth = |now: Duration, then: fn(Row) -> Duration| {
            before.map_or_else(String::new, |b| format!("{:.2}", now.as_secs_f64() / then(b).as_secs_f64()))
        };
        println!(
            "{read:>10} {:>12.2?} {:>9.1} {:>8} {:>12.2?} {:>8} {:>12.2?} {:>8} {:>10.1}",
            row.front,
            read as f64 / row.front.as_secs_f64() / 1e6,
            growth(row.front, |b| b.front),
            row.plan,
            growth(row.plan, |b| b.plan),
            row.format,
            growth(row.format, |b| b.format),
            written as f64 / read as f64,
        );
        before = Some(row);
        bytes = if bytes * 2 > top && bytes < top { top } else { bytes * 2 };
    }
}
