//! Descriptions that real people wrote for the real tools: every one parses, but for those that were broken when written.
//! The texts are not part of this repository; `NK_SHARED` names the folder that holds them.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use nk_grammar::syntax::SyntaxError;
use nk_grammar::{Declared, declared_name, decode, parse_cdl, parse_edl, parse_idl, parse_psl};
use std::path::{Path, PathBuf};

/// The corpus, or nothing with a word about why.
fn corpus() -> Option<PathBuf> {
    let shared = std::env::var_os("NK_SHARED");
    if shared.is_none() {
        eprintln!("skipped: NK_SHARED is not set");
    }
    Some(PathBuf::from(shared?).join("corpus"))
}

/// All files below `dir` with one of these extensions, in a stable order.
fn files(dir: &Path, extensions: &[&str], into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, extensions, into);
        } else if path
            .extension()
            .is_some_and(|e| extensions.iter().any(|known| e == *known))
        {
            into.push(path);
        }
    }
}

/// The declared name and the errors of one file, parsed as its extension says.
fn parse(path: &Path, text: &str) -> (Option<(Declared, String)>, Vec<SyntaxError>) {
    let kind = path.extension().and_then(|e| e.to_str()).unwrap();
    match kind {
        "idl" => {
            let parsed = parse_idl(text);
            (
                parsed.tree.map(|t| (Declared::Package, t.package.text)),
                parsed.errors,
            )
        }
        "cdl" => {
            let parsed = parse_cdl(text);
            (
                parsed.tree.map(|t| (Declared::Component, t.name.text)),
                parsed.errors,
            )
        }
        _ => {
            let parsed = parse_edl(text);
            (
                parsed.tree.map(|t| (Declared::ProcessClass, t.name.text)),
                parsed.errors,
            )
        }
    }
}

#[test]
fn every_description_of_the_corpus_parses_and_declares_the_name_that_the_index_finds() {
    let Some(corpus) = corpus() else { return };
    let mut found = Vec::new();
    files(&corpus, &["idl", "cdl", "edl"], &mut found);
    assert!(
        found.len() >= 329,
        "only {} descriptions below {}",
        found.len(),
        corpus.display()
    );
    let mut failures = Vec::new();
    for path in &found {
        let bytes = std::fs::read(path).unwrap();
        let text = decode(&bytes).unwrap();
        let (declared, errors) = parse(path, text);
        let indexed = declared_name(text).map(|(kind, name)| (kind, name.text));
        if !errors.is_empty() || declared.is_none() || declared != indexed {
            failures.push(format!(
                "{}: {declared:?} {indexed:?} {errors:?}",
                path.display()
            ));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {}:\n{}",
        failures.len(),
        found.len(),
        failures.join("\n")
    );
}

#[test]
fn every_policy_of_the_corpus_parses_unless_it_is_a_template_or_an_unfinished_merge() {
    let Some(corpus) = corpus() else { return };
    let mut found = Vec::new();
    files(&corpus, &["psl"], &mut found);
    let mut parsed = 0_u32;
    for path in &found {
        let bytes = std::fs::read(path).unwrap();
        let text = decode(&bytes).unwrap();
        let errors = parse_psl(text).errors;
        let Some(first) = errors.first() else {
            parsed += 1;
            continue;
        };
        let help = first.help.as_deref().unwrap_or("");
        assert!(
            help.contains("template") || help.contains("conflict"),
            "{}: {errors:#?}",
            path.display()
        );
    }
    assert!(parsed >= 60, "only {parsed} of {}", found.len());
}

#[test]
fn the_unfinished_merge_of_the_corpus_is_found_at_its_first_marker() {
    let Some(corpus) = corpus() else { return };
    let path =
        corpus.join("C-STACK7__day1-homework/_branches/day1-homework_ver1/einit/src/security.psl");
    let text = std::fs::read_to_string(path).unwrap();
    let errors = parse_psl(&text).errors;
    let line = text[..errors[0].span.start as usize].matches('\n').count() + 1;
    assert_eq!(
        (line, errors[0].message.as_str()),
        (41, "merge conflict marker")
    );
}
