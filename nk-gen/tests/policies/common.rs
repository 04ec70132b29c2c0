//! A solution of the classes `C`, `S` and `Einit`: `S` serves `comp.impl` with `Do` and `Put`, and two of its parts ask.
use nk_gen::solution::{Inputs, Solution, build};
use nk_gen::text::diagnostic::Severity;
use nk_gen::text::position::position;
use nk_gen::tools::testing::{report, run};
use std::fmt::Write;

const FILES: [(&str, &str); 6] = [
    (
        "Ping.idl",
        "package Ping
const UInt32 Most = 9;
struct Point { UInt8 x; SInt16 y; }
union Either { UInt8 small; UInt64 large; }
interface {
    Do(in UInt32 v, out UInt32 r, error UInt8 code);
    Put(in string<16> name, in bytes<8> data, in sequence<Point, 4> points, in array<UInt16, 3> words, in Either either,
        in SInt64 wide);
}",
    ),
    ("Guard.idl", "package Guard interface { Check(in UInt16 port); }"),
    ("Comp.cdl", "component Comp endpoints { impl : Ping }"),
    ("Part.cdl", "component Part security Guard"),
    ("S.edl", "task class S components { comp : Comp left : Part right : Part }"),
    ("C.edl", "task class C security Guard"),
];

/// What every policy begins with; the vectors' `execute { grant () }` is among it.
pub(crate) const HEAD: &str = "use nk.base._ use nk.basic._ use EDL Einit use EDL kl.core.Core use EDL C use EDL S \
                    execute { grant () }\n";

/// Three processes.
pub(crate) const SETUP: &str =
    "setup { c <- execute dst=C  s <- execute dst=S  t <- execute dst=S }";

pub(crate) fn solution(policy: &str) -> Solution {
    solution_with(&format!("{HEAD}{policy}"), nk_gen::Options::default())
}

/// A whole policy with other options.
pub(crate) fn solution_with(policy: &str, options: nk_gen::Options) -> Solution {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in FILES {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    std::fs::write(folder.path().join("security.psl"), policy).unwrap();
    let options = nk_gen::Options {
        include: vec![folder.path().to_owned()],
        ..options
    };
    build(&Inputs {
        policy: folder.path().join("security.psl"),
        options,
        ..Inputs::default()
    })
}

/// What is said about a policy: `line E507: message | help`, the head's line not counted.
pub(crate) fn said(policy: &str) -> String {
    said_of(&solution(policy))
}

fn said_of(solution: &Solution) -> String {
    let analysis = &solution.analysis;
    let mut all = String::new();
    for finding in &analysis.diagnostics {
        let line = finding.primary.as_ref().map_or(1, |label| {
            position(
                analysis.sources.text(label.place.file),
                label.place.span.start,
            )
            .line
        });
        let severity = if finding.severity == Severity::Error {
            "E"
        } else {
            "W"
        };
        let help = finding.help.as_deref().unwrap_or("");
        writeln!(
            all,
            "{} {severity}{}: {} | {help}",
            line.saturating_sub(1),
            finding.code.number(),
            finding.message
        )
        .unwrap();
    }
    all
}

/// What the tests of a policy came to, without the path of the file.
#[track_caller]
pub(crate) fn played(policy: &str) -> String {
    let solution = solution(policy);
    let outcomes =
        run(&solution).unwrap_or_else(|findings| panic!("{}{findings:?}", said_of(&solution)));
    let text = report(&outcomes, &solution.analysis.sources);
    text.lines()
        .map(|line| {
            line.rsplit_once("/security.psl:")
                .map_or(line, |(_, rest)| rest)
        })
        .fold(String::new(), |all, line| all + line + "\n")
}

/// Plays one sequence, which has to go as it says.
#[track_caller]
pub(crate) fn holds(policy: &str, sequence: &str) {
    let result = played(&format!(
        "{policy}\nassert \"it\" {{ {SETUP} sequence \"holds\" {{ {sequence} }} }}"
    ));
    assert!(
        result.ends_with("1 passed, 0 failed\n"),
        "{policy}\n{sequence}\n{result}"
    );
}
