//! What is spoilt: descriptions of the corpus and the files of the example solution, each with everything that it needs.
use nk_gen::solution::{Inputs, build};
use nk_gen::text::diagnostic::Severity;
use nk_gen::text::position::position;
use nk_gen::{Analysis, Options, analyze};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// An error as a user sees it.
#[derive(Debug)]
pub(crate) struct Said {
    /// The line; 0 without a place, and in another file.
    pub(crate) line: usize,
    /// The message.
    #[allow(dead_code, reason = "shown when a test fails")]
    pub(crate) message: String,
    /// What to do, if anything is said about that.
    pub(crate) help: String,
}

/// A file that is right.
pub(crate) trait Subject {
    /// Its name in figures.
    fn name(&self) -> String;
    /// Its text.
    fn text(&self) -> &str;
    /// What the whole check says when the file reads `text`.
    fn errors(&self, text: &str) -> Vec<Said>;
}

fn errors(analysis: &Analysis, file: &Path) -> Vec<Said> {
    let errors = analysis
        .diagnostics
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    let said = errors.map(|finding| {
        let place = finding.primary.as_ref().map(|label| label.place);
        let place = place.filter(|place| analysis.sources.path(place.file) == file);
        Said {
            line: place.map_or(0, |place| {
                position(analysis.sources.text(place.file), place.span.start).line
            }),
            message: format!("{} {}", finding.code, finding.message),
            help: finding.help.clone().unwrap_or_default(),
        }
    });
    said.collect()
}

/// A description of the corpus, copied with everything that it mentions.
pub(crate) struct Description {
    folder: TempDir,
    file: PathBuf,
    text: String,
}

impl Description {
    /// `None` for a description that is wrong by itself.
    fn new(repository: &Path, file: &Path) -> Option<Self> {
        let sources = vec![file.parent()?.to_owned(), repository.to_owned()];
        let analysis = analyze(
            &[file.to_owned()],
            &[],
            &Options {
                sources,
                ..options()
            },
        );
        if analysis.has_errors() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let packages = analysis
            .model
            .packages
            .iter()
            .map(|package| (&package.name, Some(package.place)));
        let components = analysis
            .model
            .components
            .iter()
            .map(|component| (&component.name, component.place));
        let mut found = None;
        for (name, place) in packages.chain(components) {
            let source = analysis.sources.get(place?.file)?;
            if source.path.starts_with("<builtin>") {
                continue;
            }
            let path = folder
                .path()
                .join(name.replace('.', "/"))
                .with_extension(source.path.extension()?);
            std::fs::create_dir_all(path.parent()?).unwrap();
            std::fs::write(&path, &*source.text).unwrap();
            if source.path == file {
                found = Some((path, source.text.to_string()));
            }
        }
        let (file, text) = found?;
        Some(Self { folder, file, text })
    }

    /// All descriptions of the corpus that are right, those of one text once.
    pub(crate) fn corpus(shared: &Path) -> Vec<Self> {
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for repository in entries(&shared.join("corpus")) {
            let mut open = vec![repository.clone()];
            while let Some(path) = open.pop() {
                if path.is_dir() {
                    open.extend(entries(&path));
                } else if path
                    .extension()
                    .is_some_and(|ending| ["idl", "cdl", "edl"].iter().any(|e| ending == *e))
                {
                    let text = std::fs::read_to_string(&path).unwrap();
                    if seen.insert(text.split_whitespace().collect::<String>()) {
                        found.extend(Self::new(&repository, &path));
                    }
                }
            }
        }
        found
    }

    /// `idl`, `cdl` or `edl`.
    pub(crate) fn ending(&self) -> &str {
        self.file
            .extension()
            .and_then(|ending| ending.to_str())
            .unwrap_or("")
    }
}

fn options() -> Options {
    Options {
        external: vec!["kl.".to_owned()],
        ..Options::default()
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = match std::fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
        Err(_) => Vec::new(),
    };
    found.sort();
    found
}

impl Subject for Description {
    fn name(&self) -> String {
        self.file
            .strip_prefix(self.folder.path())
            .unwrap_or(&self.file)
            .display()
            .to_string()
    }
    fn text(&self) -> &str {
        &self.text
    }
    fn errors(&self, text: &str) -> Vec<Said> {
        std::fs::write(&self.file, text).unwrap();
        let options = Options {
            include: vec![self.folder.path().to_owned()],
            ..options()
        };
        errors(
            &analyze(std::slice::from_ref(&self.file), &[], &options),
            &self.file,
        )
    }
}

/// The policy or the start-up description of the example solution.
pub(crate) struct Example {
    folder: TempDir,
    file: &'static str,
    text: String,
}

/// Selectors that the example does without.
const MORE_POLICY: &str = "
request src=Client, dst=Server, endpoint=OpsComp.FS, method=Open { grant () }
request src=Client {
    match dst=Server interface=Filesystem { grant () }
}
";

impl Example {
    /// The file of this name.
    pub(crate) fn new(file: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut text = String::new();
        for name in ["security.psl", "init.yaml"] {
            let mut content = std::fs::read_to_string(example().join(name)).unwrap();
            if name == "security.psl" {
                content += MORE_POLICY;
            } else {
                // the marks of a comment in YAML are none in the other languages
                content = content
                    .lines()
                    .filter(|line| !line.starts_with('#'))
                    .flat_map(|line| [line, "\n"])
                    .collect();
            }
            std::fs::write(folder.path().join(name), &content).unwrap();
            if name == file {
                text = content;
            }
        }
        Self { folder, file, text }
    }
}

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/filesystem")
}

impl Subject for Example {
    fn name(&self) -> String {
        self.file.to_owned()
    }
    fn text(&self) -> &str {
        &self.text
    }
    fn errors(&self, text: &str) -> Vec<Said> {
        let file = self.folder.path().join(self.file);
        std::fs::write(&file, text).unwrap();
        let solution = build(&Inputs {
            init: self.folder.path().join("init.yaml"),
            policy: self.folder.path().join("security.psl"),
            options: Options {
                include: vec![example().join("idl")],
                ..Options::default()
            },
            ..Inputs::default()
        });
        errors(&solution.analysis, &file)
    }
}
