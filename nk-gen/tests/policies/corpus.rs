//! Policies that real people wrote: none needs a part of the language that this version lacks.
use nk_gen::solution::{Inputs, build};
use std::path::{Path, PathBuf};

#[test]
fn no_policy_of_the_corpus_needs_what_this_version_lacks() {
    let Some(shared) = std::env::var_os("NK_SHARED") else {
        eprintln!("skipped: NK_SHARED does not name the folder of the corpus");
        return;
    };
    let corpus = PathBuf::from(shared).join("corpus");
    let mut policies = Vec::new();
    collect(&corpus, &mut policies);
    let mut lacking = Vec::new();
    let (mut read, mut right) = (0, 0);
    for policy in &policies {
        let folder = corpus.join(policy.strip_prefix(&corpus).unwrap().iter().next().unwrap());
        let external = vec!["*".to_owned()];
        let options = nk_gen::Options { sources: vec![folder], external, ..nk_gen::Options::default() };
        let solution = build(&Inputs { policy: policy.clone(), options, ..Inputs::default() });
        let has = |code: u16| solution.analysis.diagnostics.iter().any(|finding| finding.code.0 == code);
        read += usize::from(!has(1));
        right += usize::from(!solution.analysis.has_errors());
        if has(599) {
            lacking.push(policy.strip_prefix(&corpus).unwrap().display().to_string());
        }
    }
    eprintln!("{} policies: {read} read, {right} without an error, {} lack something", policies.len(), lacking.len());
    assert!(lacking.is_empty(), "{lacking:#?}");
}

fn collect(folder: &Path, policies: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
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
