//! The texts that are changed: those of the examples beside this crate.
use std::path::{Path, PathBuf};

/// An example: its folder, and the files below it that a person wrote for the compiler.
pub(crate) struct Example {
    pub(crate) folder: PathBuf,
    /// Path below the folder, and text.
    pub(crate) files: Vec<(PathBuf, String)>,
}

impl Example {
    /// The files whose names end so.
    pub(crate) fn texts(&self, ending: &str) -> impl Iterator<Item = &str> {
        let meant = move |(path, _): &&(PathBuf, String)| path.to_string_lossy().ends_with(ending);
        self.files
            .iter()
            .filter(meant)
            .map(|(_, text)| text.as_str())
    }
}

/// All examples that have a policy.
pub(crate) fn examples() -> Vec<Example> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut examples = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let folder = entry.unwrap().path();
        let mut files = Vec::new();
        collect(&folder, &folder, &mut files);
        if files
            .iter()
            .any(|(path, _)| path == Path::new("security.psl"))
        {
            examples.push(Example { folder, files });
        }
    }
    examples.sort_by(|a, b| a.folder.cmp(&b.folder));
    assert!(examples.len() >= 8, "only {} examples", examples.len());
    examples
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let extension = path.extension().and_then(|e| e.to_str());
        let written = matches!(extension, Some("idl" | "cdl" | "edl" | "psl" | "yaml"));
        if path.is_dir() {
            collect(root, &path, files);
        } else if written {
            let below = path.strip_prefix(root).unwrap().to_owned();
            files.push((below, std::fs::read_to_string(&path).unwrap()));
        }
    }
    files.sort();
}
