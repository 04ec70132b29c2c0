//! Every description of the corpus is accepted, but for those that its README names as broken; these are refused at the
//! line that is wrong.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use nk_gen::cli::{Exit, run};
use nk_tests::descriptions;
use serde_json::Value;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The broken descriptions: the end of the path, the code, and a word of the line that is wrong.
const BROKEN: [(&str, &str, &str); 4] = [
    (
        "_history/0f2e82e5/resources/idl/MovementActions.idl",
        "NK0106",
        "Uint32",
    ),
    (
        "_history/0f2e82e5/resources/idl/FMACActions.idl",
        "NK0106",
        "Uint32",
    ),
    (
        "_history/0f2e82e5/resources/idl/EAICActions.idl",
        "NK0106",
        "Uint32",
    ),
    (
        "_history/dbd48829/resources/CummunicationSystem.edl",
        "NK0101",
        "traffic_light.CommunicationSystem",
    ),
];

/// Runs `nk-gen check` as the issue says; gives the exit and the errors.
fn check(repository: &Path, file: &Path) -> (Exit, Vec<Value>) {
    let mut arguments: Vec<OsString> = ["nk-gen", "check", "--format", "json"]
        .map(Into::into)
        .into();
    for folder in [file.parent().unwrap(), repository] {
        arguments.extend(["-S".into(), folder.into()]);
    }
    arguments.extend(["--external".into(), "kl.".into(), file.into()]);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = run(arguments, &mut out, &mut err, false);
    let findings = String::from_utf8(err).unwrap();
    let findings = findings
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    (
        exit,
        findings
            .filter(|finding| finding["severity"] == "error")
            .collect(),
    )
}

#[test]
fn every_description_of_the_corpus_is_accepted_or_refused_at_the_right_line() {
    let Some(shared) = nk_tests::shared() else {
        return;
    };
    let corpus = shared.join("corpus");
    let (mut accepted, mut refused) = (0, 0);
    for repository in folders(&corpus) {
        for file in descriptions(&repository) {
            let (exit, errors) = check(&repository, &file);
            if let Some((_, code, word)) = BROKEN.iter().find(|(end, _, _)| file.ends_with(end)) {
                let text = std::fs::read_to_string(&file).unwrap();
                let line = text.lines().position(|line| line.contains(word)).unwrap() + 1;
                assert_eq!(exit, Exit::Findings, "{}", file.display());
                assert_eq!(errors[0]["code"], *code, "{}", file.display());
                assert_eq!(errors[0]["file"], file.to_str().unwrap());
                assert_eq!(errors[0]["line"], line, "{}", file.display());
                refused += 1;
            } else {
                assert_eq!(
                    (exit, errors),
                    (Exit::Success, vec![]),
                    "{}",
                    file.display()
                );
                accepted += 1;
            }
        }
    }
    assert_eq!(refused, BROKEN.len());
    assert_eq!(
        accepted + refused,
        documented(&corpus),
        "the README counts the descriptions"
    );
}

/// The number of descriptions that the corpus's README gives in its last row: `| total | | 105 | 42 | 182 | …`.
fn documented(corpus: &Path) -> usize {
    let readme = std::fs::read_to_string(corpus.join("README.md")).unwrap();
    let total = readme
        .lines()
        .find(|line| line.starts_with("| total |"))
        .unwrap();
    let numbers = total
        .split('|')
        .filter_map(|cell| cell.trim().parse::<usize>().ok());
    numbers.take(3).sum()
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.retain(|path| path.is_dir());
    found.sort();
    found
}
