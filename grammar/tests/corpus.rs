//! Descriptions that real people wrote for the real tools: every one parses, but for those that were broken when written.
//! The texts are not part of this repository; `NK_SHARED` names the folder that holds them.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use nk_grammar::syntax::SyntaxError;
use nk_grammar::{Declared, declared_name, decode, parse_cdl, parse_edl, parse_idl};
use std::path::{Path, PathBuf};

/// The corpus, or nothing with a word about why.
fn corpus() -> Option<PathBuf> {
    let shared = std::env::var_os("NK_SHARED");
    if shared.is_none() {
        eprintln!("skipped: NK_SHARED is not set");
    }
    Some(PathBuf::from(shared?).join("corpus"))
}

/// All files below `dir` with one of the three extensions, in a stable order.
fn descriptions(dir: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            descriptions(&path, into);
        } else if path.extension().is_some_and(|e| e == "idl" || e == "cdl" || e == "edl") {
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
            (parsed.tree.map(|t| (Declared::Package, t.package.text)), parsed.errors)
        }
        "cdl" => {
            let parsed = parse_cdl(text);
            (parsed.tree.map(|t| (Declared::Component, t.name.text)), parsed.errors)
        }
        _ => {
            let parsed = parse_edl(text);
            (parsed.tree.map(|t| (Declared::ProcessClass, t.name.text)), parsed.errors)
        }
    }
}

#[test]
fn every_description_of_the_corpus_parses_and_declares_the_name_that_the_index_finds() {
    let Some(corpus) = corpus() else { return };
    let mut files = Vec::new();
    descriptions(&corpus, &mut files);
    assert!(files.len() >= 329, "only {} descriptions below {}", files.len(), corpus.display());
    let mut failures = Vec::new();
    for path in &files {
        let bytes = std::fs::read(path).unwrap();
        let text = decode(&bytes).unwrap();
        let (declared, errors) = parse(path, text);
        let indexed = declared_name(text).map(|(kind, name)| (kind, name.text));
        if !errors.is_empty() || declared.is_none() || declared != indexed {
            failures.push(format!("{}: {declared:?} {indexed:?} {errors:?}", path.display()));
        }
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), files.len(), failures.join("\n"));
}
