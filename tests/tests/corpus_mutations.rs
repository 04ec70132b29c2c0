//! No broken description makes the compiler panic, and every one that is refused says where it is wrong.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use nk_gen::text::diagnostic::Severity;
use nk_gen::{Options, analyze};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What replaces a token.
const REPLACEMENTS: [&str; 4] = ["", "}", "999999999999", "ж"];

/// The descriptions below a folder, by ending and text, each once.
fn descriptions(folder: &Path) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                std::fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if let Some(ending @ ("idl" | "cdl" | "edl")) =
            path.extension().and_then(|ending| ending.to_str())
        {
            found.insert((ending.to_owned(), std::fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

/// Where words and marks begin and end.
fn tokens(text: &str) -> Vec<(usize, usize)> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut tokens: Vec<(usize, usize)> = Vec::new();
    let mut inside = false;
    for (at, c) in text.char_indices().filter(|(_, c)| c.is_ascii()) {
        match tokens.last_mut() {
            Some((_, end)) if inside && word(c) && *end == at => *end = at + 1,
            _ if c.is_ascii_whitespace() => {}
            _ => tokens.push((at, at + 1)),
        }
        inside = word(c);
    }
    tokens
}

#[test]
fn a_description_with_a_replaced_token_is_accepted_or_refused_at_a_place() {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let mut texts = descriptions(&own);
    // the hand-written variety is in the examples of the vendor and one large solution
    if let Some(shared) = nk_tests::shared() {
        texts.extend(descriptions(
            &shared.join("corpus/KasperskyLab__kos-ce-extra"),
        ));
    }
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        include: vec![own],
        external: vec!["*".to_owned()],
        ..Options::default()
    };
    let (mut mutants, mut refused) = (0, 0);
    for (ending, text) in &texts {
        let file = folder.path().join("Mutant").with_extension(ending);
        for (start, end) in tokens(text) {
            for replacement in REPLACEMENTS {
                std::fs::write(&file, [&text[..start], replacement, &text[end..]].concat())
                    .unwrap();
                let analysis = analyze(std::slice::from_ref(&file), &[], &options);
                // the file is not called like what it declares
                let errors = || {
                    let findings = analysis
                        .diagnostics
                        .iter()
                        .filter(|finding| finding.code.number() != 101);
                    findings.filter(|finding| finding.severity == Severity::Error)
                };
                assert!(
                    errors().all(|finding| finding.primary.is_some()),
                    "{:?}",
                    analysis.diagnostics
                );
                assert!(
                    errors().count() < 20,
                    "one mistake, {} errors: {replacement:?} at {start} in {text}",
                    errors().count()
                );
                // rendering must hold for every place too
                let shown = nk_gen::text::render::plain(&analysis.sources, &analysis.diagnostics);
                assert!(errors().count() == 0 || shown.contains("-->"));
                mutants += 1;
                refused += usize::from(errors().count() > 0);
            }
        }
    }
    assert!(
        mutants > 5000 && refused > mutants / 2,
        "{refused} of {mutants} refused"
    );
}
