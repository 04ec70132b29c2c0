//! Policies that real people wrote compile, but for those that are wrong in themselves.
use nk_gen::solution::{Inputs, Solution, build};
use nk_gen::text::diagnostic::Severity;
use nk_gen::text::position::position;
use nk_gen::tools::testing::{report, run};
use std::path::{Path, PathBuf};

/// Values of the corpus's own template variables (`corpus/README.md`).
const DEFINES: [(&str, &str); 2] = [("BOARD", "RPI4_BCM2711"), ("MAIN_TASK", "drone_controller")];

/// The policies that are refused: the path's beginning and end, the line and number of the first error, and why.
const REFUSED: [(&str, &str, usize, u16, &str); 2] = [
    (
        "C-STACK7__day1-homework/_branches/day1-homework_ver1/",
        "security.psl",
        41,
        1,
        "the markers of a merge conflict",
    ),
    (
        "avtimofeev70__cyberimmune-systems-example-traffic-light-kos/_history/415e36d4/",
        "security.psl",
        158,
        503,
        "`diagnostics.report`, which no description of the repository declares: a broken state of a history",
    ),
];

fn corpus() -> Option<PathBuf> {
    let shared = std::env::var_os("NK_SHARED");
    if shared.is_none() {
        eprintln!("skipped: NK_SHARED does not name the folder of the corpus");
    }
    Some(PathBuf::from(shared?).join("corpus"))
}

/// Compiles a policy with its repository's folder as `-S`.
fn compiled(corpus: &Path, policy: &Path) -> Solution {
    let repository = corpus.join(policy.strip_prefix(corpus).unwrap().iter().next().unwrap());
    let options = nk_gen::Options {
        sources: vec![repository],
        external: vec!["*".to_owned()],
        ..nk_gen::Options::default()
    };
    let defines = DEFINES
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
    build(&Inputs {
        policy: policy.to_owned(),
        options,
        defines,
        ..Inputs::default()
    })
}

#[test]
fn every_policy_of_the_corpus_compiles_but_for_those_that_are_broken() {
    let Some(corpus) = corpus() else { return };
    let mut policies = Vec::new();
    collect(&corpus, &mut policies);
    assert_eq!(
        policies.len(),
        117,
        "the policies of the corpus, templates included"
    );
    let mut wrong = Vec::new();
    let mut refused = 0;
    for policy in &policies {
        let solution = compiled(&corpus, policy);
        let analysis = &solution.analysis;
        let first = analysis
            .diagnostics
            .iter()
            .find(|finding| finding.severity == Severity::Error);
        let first = first.map(|finding| {
            let place = finding.primary.as_ref().unwrap().place;
            (
                position(analysis.sources.text(place.file), place.span.start).line,
                finding.code.number(),
            )
        });
        let name = policy
            .strip_prefix(&corpus)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let known = REFUSED
            .iter()
            .find(|(start, end, ..)| name.starts_with(start) && name.ends_with(end));
        refused += usize::from(known.is_some());
        if first != known.map(|(_, _, line, code, _)| (*line, *code)) {
            wrong.push(format!("{name}: {first:?}"));
        }
        assert_eq!(solution.image.is_some(), first.is_none(), "{name}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(refused, REFUSED.len());
}

#[test]
fn the_tests_of_the_corpus_go_as_they_say() {
    let Some(corpus) = corpus() else { return };
    let drone = "cyberimmunity-edu__cyberimmune-systems-autonomous-delivery-drone-with-kos";
    let file = "kos/einit/drone_controller/src/pal_tests.psl.in";
    for repository in [
        drone,
        "Vadimololo19__cyberimmunity_drone",
        "gldkizz__cyberimmune-drone",
    ] {
        let solution = compiled(&corpus, &corpus.join(repository).join(file));
        let outcomes = run(&solution).unwrap();
        let report = report(&outcomes, &solution.analysis.sources);
        assert!(
            report.ends_with("\n14 passed, 0 failed\n"),
            "{repository}: {report}"
        );
    }
    // a branch that added a method gives its response a field of another method
    let solution = compiled(
        &corpus,
        &corpus
            .join(drone)
            .join("_branches/kos-diagnostics")
            .join(file),
    );
    let findings = run(&solution).unwrap_err();
    let place = findings[0].primary.as_ref().unwrap().place;
    let line = position(solution.analysis.sources.text(place.file), place.span.start).line;
    let said = (line, findings[0].message.as_str(), findings.len());
    assert_eq!(
        said,
        (160, "the message has no field `speed`", 1),
        "{findings:?}"
    );
}

fn collect(folder: &Path, policies: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, policies);
        } else if name.contains(".psl") {
            policies.push(path);
        }
    }
}
