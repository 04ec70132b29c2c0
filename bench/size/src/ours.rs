//! As IDL, with bounds, for `nk-gen`.
use crate::subject::Subject;
use bench_size::{idl, set::PACKAGES};
use std::path::Path;

/// Descriptions and Rust.
pub fn subject(folder: &Path) -> Subject {
    let mut description = 0;
    let mut files = Vec::new();
    for number in 0..PACKAGES {
        let text = idl::package(number);
        description += text.len();
        let file = folder.join(format!("Part{number}.idl"));
        std::fs::write(&file, text).expect("a file");
        files.push(file);
    }
    let analysis = nk_gen::analyze(&files, &[], &nk_gen::Options::default());
    assert!(
        !analysis.has_errors(),
        "{}",
        nk_gen::text::render::plain(&analysis.sources, &analysis.diagnostics)
    );
    let rust = nk_gen::emit::rust::generate(&analysis.model, &Default::default()).expect("Rust");
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../nk-runtime");
    let runtime = runtime.canonicalize().expect("the runtime");
    Subject {
        name: "nk-gen",
        description,
        written: rust
            .clone()
            .files()
            .iter()
            .map(|(_, text)| text.len())
            .sum(),
        rust: rust.single_file(),
        dependencies: format!("nk-runtime = {{ path = {:?} }}\n", runtime.display()),
    }
}
