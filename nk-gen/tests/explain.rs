//! Every diagnostic has a page with an example that gives exactly this diagnostic and one that gives none.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use nk_gen::text::codes::TABLE;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The diagnostics for which no example can exist; their pages say why.
const WITHOUT_EXAMPLE: [(&str, &str); 1] = [("NK0900", "a fault of the compiler")];

fn crate_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nk-gen"));
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    (
        status.code(),
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

/// The pages by code.
fn pages() -> BTreeMap<String, String> {
    let pages = std::fs::read_dir(crate_folder().join("explain"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (
                path.file_stem().unwrap().to_str().unwrap().to_owned(),
                std::fs::read_to_string(&path).unwrap(),
            )
        });
    pages.collect()
}

/// The texts of the crates that make diagnostics, without their unit tests.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![
        crate_folder().join("src"),
        crate_folder().join("../grammar/src"),
    ];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                std::fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap().to_owned();
            found.push((path, text));
        }
    }
    found
}

#[test]
fn every_diagnostic_has_a_page_and_every_page_is_about_one() {
    let known: BTreeSet<String> = TABLE.iter().map(|entry| entry.code.to_string()).collect();
    let pages: BTreeSet<String> = pages().into_keys().collect();
    assert_eq!(
        known, pages,
        "a row of nk-gen/src/text/codes.rs for each page, and the other way round"
    );
}

#[test]
fn every_diagnostic_is_made_somewhere() {
    let sources = sources();
    let made = |name: &str| {
        let written = format!("Code::{name}");
        let mut others = sources
            .iter()
            .filter(|(path, _)| !path.ends_with("text/codes.rs"));
        others.any(|(_, text)| {
            text.match_indices(&written).any(|(at, _)| {
                !text[at + written.len()..]
                    .starts_with(|c: char| c == '_' || c.is_ascii_alphanumeric())
            })
        })
    };
    // the grammar has names of its own for these; its tests make each of them
    let of_grammar = |name: &str| {
        let (_, table) = sources
            .iter()
            .find(|(path, _)| path.ends_with("text/codes.rs"))
            .unwrap();
        table.contains(&format!("=> Self::{name},"))
    };
    let never: Vec<&str> = TABLE
        .iter()
        .map(|entry| entry.name)
        .filter(|name| !made(name) && !of_grammar(name))
        .collect();
    assert!(never.is_empty(), "nothing makes these: {never:?}");
}

/// A part of a page: files, links to them, and the command that is run on them.
struct Example {
    files: Vec<(String, String)>,
    /// Where a link leads, and its own path.
    links: Vec<(String, String)>,
    command: Vec<String>,
}

/// The example below a heading.
fn example(page: &str, heading: &str) -> Option<Example> {
    let part = page
        .split(&format!("\n## {heading}\n"))
        .nth(1)?
        .split("\n## ")
        .next()?;
    let (mut files, mut links, mut command) = (Vec::new(), Vec::new(), None);
    for block in part.split("\n```").skip(1).step_by(2) {
        let (head, text) = block.split_once('\n')?;
        match head.split_once(' ') {
            Some((_, name)) => files.push((name.to_owned(), format!("{text}\n"))),
            None => {
                for line in text.lines() {
                    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
                    match words.as_slice() {
                        [ln, s, target, link] if ln == "ln" && s == "-s" => {
                            links.push((target.clone(), link.clone()));
                        }
                        [_, arguments @ ..] => command = Some(arguments.to_vec()),
                        [] => {}
                    }
                }
            }
        }
    }
    let first = files.first()?.0.clone();
    let check = || ["check", "-I", ".", &first].map(str::to_owned).into();
    Some(Example {
        command: command.unwrap_or_else(check),
        files,
        links,
    })
}

/// Writes what a page cannot show: `⟨U+0007⟩` is a character, `⟨0xFF⟩` a byte, `⟨3 × a#⟩` is `a0a1a2`.
fn expanded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('⟨') {
        bytes.extend(before.bytes());
        let (marked, after) = after.split_once('⟩').unwrap();
        if let Some(number) = marked.strip_prefix("U+") {
            let c = char::from_u32(u32::from_str_radix(number, 16).unwrap()).unwrap();
            bytes.extend(c.to_string().bytes());
        } else if let Some(number) = marked.strip_prefix("0x") {
            bytes.push(u8::from_str_radix(number, 16).unwrap());
        } else {
            let (count, repeated) = marked.split_once(" × ").unwrap();
            let count: usize = count.parse().unwrap();
            (0..count).for_each(|i| bytes.extend(repeated.replace('#', &i.to_string()).bytes()));
        }
        rest = after;
    }
    bytes.extend(rest.bytes());
    bytes
}

/// The diagnostics that an example gives, each once, and whether one is an error.
fn findings(example: &Example) -> (BTreeSet<String>, bool) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in &example.files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, expanded(text)).unwrap();
    }
    for (target, link) in &example.links {
        std::os::unix::fs::symlink(target, folder.path().join(link)).unwrap();
    }
    let mut arguments: Vec<&str> = example.command.iter().map(String::as_str).collect();
    arguments.insert(1, "--format=json");
    let (code, _, err) = run(folder.path(), &arguments);
    assert!(matches!(code, Some(0 | 1 | 3)), "{arguments:?}: {err}");
    let findings: Vec<Value> = err
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let failed = findings
        .iter()
        .any(|finding| finding["severity"] == "error");
    assert_eq!(failed, code != Some(0), "{err}");
    (
        findings
            .iter()
            .map(|finding| finding["code"].as_str().unwrap().to_owned())
            .collect(),
        failed,
    )
}

#[test]
fn the_bad_example_of_a_page_gives_exactly_its_diagnostic_and_the_good_one_none() {
    let mut wrong = Vec::new();
    for (code, page) in pages() {
        if WITHOUT_EXAMPLE.iter().any(|(without, _)| *without == code) {
            assert!(page.contains("\n## No example\n\n"), "{code}");
            continue;
        }
        let (Some(bad), Some(good)) = (example(&page, "Bad"), example(&page, "Good")) else {
            wrong.push(format!("{code}: an example is missing"));
            continue;
        };
        let (found, _) = findings(&bad);
        if found != BTreeSet::from([code.clone()]) {
            wrong.push(format!("{code}: the bad example gives {found:?}"));
        }
        let (found, _) = findings(&good);
        if !found.is_empty() {
            wrong.push(format!("{code}: the good example gives {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_page_is_found_however_its_code_is_written() {
    let folder = crate_folder();
    let page = std::fs::read_to_string(folder.join("explain/NK0106.md")).unwrap();
    for code in ["NK0106", "NK106", "106", "nk0106", "0106", "Nk106"] {
        assert_eq!(
            run(&folder, &["explain", code]),
            (Some(0), page.clone(), String::new()),
            "{code}"
        );
    }
}

#[test]
fn without_a_code_all_are_listed_with_a_line_each() {
    let (code, out, err) = run(&crate_folder(), &["explain"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let listed: Vec<&str> = out
        .lines()
        .map(|line| line.split_once("  ").unwrap().0)
        .collect();
    assert_eq!(listed, pages().into_keys().collect::<Vec<_>>());
    assert!(out.contains("NK0106  a name that is not known"), "{out}");
}

#[test]
fn an_unknown_code_is_answered_with_the_nearest() {
    let answer = |code| run(&crate_folder(), &["explain", code]);
    let help = "`nk-gen explain` lists all codes\n";
    let expected = format!("no diagnostic has the code `NK9000`\ndid you mean `NK0900`?\n{help}");
    assert_eq!(answer("NK9000"), (Some(2), String::new(), expected));
    let expected = format!("no diagnostic has the code `syntax`\n{help}");
    assert_eq!(answer("syntax"), (Some(2), String::new(), expected));
}

#[test]
fn findings_end_with_the_way_to_the_page_of_the_first_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("A.idl"),
        "package A\nconst UInt8 X_Y = 256;\nconst Uint8 Z = 1;\n",
    )
    .unwrap();
    std::fs::write(
        folder.path().join("B.idl"),
        "package B\nconst UInt8 X_Y = 1;\n",
    )
    .unwrap();
    let (_, _, err) = run(folder.path(), &["check", "A.idl"]);
    assert!(
        err.ends_with("\n\nfor more about an error: nk-gen explain NK0202\n"),
        "{err}"
    );
    let (_, _, err) = run(folder.path(), &["check", "B.idl"]);
    assert!(
        err.contains("NK0403") && !err.contains("for more"),
        "warnings speak for themselves: {err}"
    );
}
