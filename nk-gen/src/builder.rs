//! The face for build scripts.
use crate::analysis::{Analysis, analyze};
use crate::emit::rust::{self, Rust, Section, Sections};
use crate::emit::write::below::write_below;
use crate::front::find::{Extension, is_cache, sorted};
use crate::options::limits::Limits;
use crate::options::{Options, Version};
use crate::stack;
use crate::text::diagnostic::{Diagnostic, Severity};
#[cfg(feature = "fancy")]
use crate::text::fancy::{self, Terminal};
use crate::text::render;
use crate::text::source::Sources;
use proc_macro2::TokenStream;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Compiles descriptions in a build script; `nk_runtime::include_nk!()` takes
/// the result in.
///
/// ```no_run
/// // build.rs
/// nk_gen::Builder::new().include("idl").compile(["Server.edl", "Client.edl"]).unwrap_or_exit();
/// ```
#[derive(Debug, Clone, Default)]
pub struct Builder {
    options: Options,
    rust: rust::Options,
    classes: Vec<String>,
    out: Option<PathBuf>,
    /// What was asked for and cannot be done; said when compiling, where the
    /// caller looks for it.
    refused: Option<Failure>,
}

impl Builder {
    /// A builder that writes to `OUT_DIR`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
    /// Looks `a.b.C` up as `DIR/a/b/C.idl` (`.cdl`, `.edl`), as `-I` does;
    /// relative to the package's folder.
    #[must_use]
    pub fn include(mut self, dir: impl Into<PathBuf>) -> Self {
        self.options.include.push(dir.into());
        self
    }
    /// Finds descriptions below `DIR` by the names they declare, as `-S` does;
    /// relative to the package's folder. Cargo watches the whole folder then
    /// (caches left out), because a file that appears in it can be nearer than
    /// the one that was used.
    #[must_use]
    pub fn sources(mut self, dir: impl Into<PathBuf>) -> Self {
        self.options.sources.push(dir.into());
        self
    }
    /// Compiles this text besides the files: a package, a component or a
    /// process class, whichever it declares.
    #[must_use]
    pub fn inline(mut self, text: impl Into<String>) -> Self {
        self.options.inline.push(text.into());
        self
    }
    /// Lets names with this prefix stay without a description, as long as no
    /// code needs their layout.
    #[must_use]
    pub fn external(mut self, prefix: impl Into<String>) -> Self {
        self.options.external.push(prefix.into());
        self
    }
    /// Compiles a process class by its name besides the files, wherever it is
    /// found: `kl.core.Core`, which is built in.
    #[must_use]
    pub fn class(mut self, name: impl Into<String>) -> Self {
        self.classes.push(name.into());
        self
    }
    /// Uses the module of another crate for a package instead of generating it:
    /// `("farm.Sensor", "::farm_api::nk::farm::sensor")`.
    #[must_use]
    pub fn extern_package(mut self, package: impl Into<String>, module: impl Into<String>) -> Self {
        match rust::ExternPackage::new(package, module) {
            Ok(package) => self.rust.extern_packages.push(package),
            Err(why) => self.refused = Some(Failure(format!("extern_package: {why}"))),
        }
        self
    }
    /// Generates these parts and what they need only, as `--types`, `--client`
    /// and so on do.
    #[must_use]
    pub fn sections(mut self, sections: impl IntoIterator<Item = Section>) -> Self {
        self.rust.sections = Sections::of(sections);
        self
    }
    /// Refuses what this version of the languages does not know, as
    /// `--compat-version` does.
    #[must_use]
    pub fn compat_version(mut self, version: Version) -> Self {
        self.options.compat = Some(version);
        self
    }
    /// Takes in more, or less, than [`Limits::DEFAULT`], as `--limit` does.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.rust.generated_bytes = limits.generated_bytes;
        self.options.limits = limits;
        self
    }
    /// Writes to this folder instead of `OUT_DIR`.
    #[must_use]
    pub fn out_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.out = Some(dir.into());
        self
    }
    /// Compiles files (relative to the package's folder, or to a folder given
    /// with [`Builder::include`] or [`Builder::sources`]) and everything they
    /// use into one module tree, `nk.rs`. The file is written only when its
    /// content has changed; cargo is told of every file that was read or looked
    /// for.
    pub fn compile<P: AsRef<Path>>(self, files: impl IntoIterator<Item = P>) -> Outcome {
        let files: Vec<_> = files.into_iter().map(|f| self.place(f.as_ref())).collect();
        let run = || self.run(&files);
        match stack::with_room(run) {
            Ok(outcome) => outcome,
            Err(_) => Outcome {
                notes: String::new(),
                result: Err(Failure("internal error: nk-gen panicked".into())),
            },
        }
    }

    /// As [`Builder::compile`], for a procedural macro: answers the tokens of
    /// the tree instead of writing its text, and every finding by itself.
    /// Nothing is printed.
    pub fn tokens<P: AsRef<Path>>(&self, files: impl IntoIterator<Item = P>) -> Tokens {
        if let Some(Failure(why)) = &self.refused {
            return Tokens::failed(why.clone());
        }
        let files: Vec<_> = files.into_iter().map(|f| self.place(f.as_ref())).collect();
        let analysis = stack::with_room(|| analyze(&files, &self.classes, &self.options));
        let Ok(analysis) = analysis else {
            return Tokens::failed("internal error: nk-gen panicked".into());
        };
        // tokens belong to the thread of the macro
        let (tokens, more) = if analysis.has_errors() {
            (None, Vec::new())
        } else {
            match generate(&analysis, &self.rust) {
                Ok(rust) => {
                    let notes = rust.notes.clone();
                    (Some(rust.tokens()), notes)
                }
                Err(findings) => (None, findings),
            }
        };
        let findings = analysis.diagnostics.iter().chain(&more);
        Tokens {
            tokens,
            findings: findings
                .map(|of| Finding::new(&analysis.sources, of))
                .collect(),
            files_read: analysis.files_read,
        }
    }

    fn place(&self, file: &Path) -> PathBuf {
        if file.exists() {
            return file.to_owned();
        }
        let folders = self.options.include.iter().chain(&self.options.sources);
        folders
            .map(|dir| dir.join(file))
            .find(|path| path.exists())
            .unwrap_or_else(|| file.to_owned())
    }

    fn run(&self, files: &[PathBuf]) -> Outcome {
        if let Some(refused) = &self.refused {
            return Outcome {
                notes: String::new(),
                result: Err(refused.clone()),
            };
        }
        let analysis = analyze(files, &self.classes, &self.options);
        for path in watched(&analysis) {
            println!("cargo::rerun-if-changed={}", path.display());
        }
        let failed = |findings: &[Diagnostic]| Outcome {
            notes: String::new(),
            result: Err(Failure(rendered(&analysis.sources, findings))),
        };
        if analysis.has_errors() {
            return failed(&analysis.diagnostics);
        }
        match self.text(&analysis) {
            Ok((text, notes)) => Outcome {
                notes: rendered(
                    &analysis.sources,
                    &[&analysis.diagnostics[..], &notes].concat(),
                ),
                result: self.write(&text),
            },
            Err(findings) => failed(&findings),
        }
    }

    fn text(&self, analysis: &Analysis) -> Result<(String, Vec<Diagnostic>), Vec<Diagnostic>> {
        let rust = generate(analysis, &self.rust)?;
        let notes = rust.notes.clone();
        Ok((rust.single_file(), notes))
    }

    fn write(&self, text: &str) -> Result<(), Failure> {
        let out = match &self.out {
            Some(out) => out.clone(),
            None => std::env::var_os("OUT_DIR")
                .map(PathBuf::from)
                .ok_or_else(|| {
                    Failure(
                        "OUT_DIR is not set: call this from a build script, or give out_dir".into(),
                    )
                })?,
        };
        write_below(&out, &[("nk.rs".into(), text)]).map_err(|e| Failure(e.to_string()))
    }
}

/// What the result depends on. Cargo takes a path that does not exist for one
/// that has changed, so a description that was looked for in vain is watched
/// through the nearest folder that exists; the package's own folder is too much
/// to watch.
fn watched(analysis: &Analysis) -> BTreeSet<PathBuf> {
    let nearest = |missed: &PathBuf| {
        missed
            .ancestors()
            .skip(1)
            .find(|folder| folder.is_dir())
            .map(Path::to_owned)
    };
    let folders = analysis.files_missed.iter().filter_map(nearest);
    let folders =
        folders.filter(|folder| !folder.as_os_str().is_empty() && folder != Path::new("."));
    let mut watched: BTreeSet<_> = analysis.files_read.iter().cloned().chain(folders).collect();
    for folder in &analysis.folders {
        match without_caches(folder) {
            Some(parts) => watched.extend(parts),
            None => {
                watched.insert(folder.clone());
            }
        }
    }
    // cargo reads one instruction a line: a path with a line break would be another instruction
    watched.retain(|path| !path.as_os_str().as_encoded_bytes().contains(&b'\n'));
    watched
}

/// Cargo watches everything below a folder. One that holds a cache, such as its
/// own target folder, would change with every build: then its parts are watched
/// instead, and a new description directly in it is found by the next change.
/// `None` for a folder without caches.
fn without_caches(folder: &Path) -> Option<Vec<PathBuf>> {
    let (mut parts, mut any) = (Vec::new(), false);
    for (path, is_folder) in sorted(folder) {
        if is_folder && is_cache(&path) {
            any = true;
        } else if let Some(inside) = is_folder.then(|| without_caches(&path)).flatten() {
            parts.extend(inside);
            any = true;
        } else if is_folder || Extension::of(&path).is_some() {
            parts.push(path);
        }
    }
    any.then_some(parts)
}

/// Generates Rust from an analysis without errors, unless something in it was
/// found nowhere.
pub(crate) fn generate(
    analysis: &Analysis,
    options: &rust::Options,
) -> Result<Rust, Vec<Diagnostic>> {
    let missing: Vec<_> = analysis.missing();
    if missing.iter().any(|d| d.severity == Severity::Error) {
        return Err(missing);
    }
    rust::generate(&analysis.model, options)
}

/// Findings for people: plain, or drawn with the feature `fancy`.
fn rendered(sources: &Sources, findings: &[Diagnostic]) -> String {
    #[cfg(feature = "fancy")]
    {
        let (most, terminal) = (Limits::DEFAULT.findings, Terminal::of_errors());
        let one = |sources: &Sources, finding: &Diagnostic| fancy::one(sources, finding, terminal);
        render::first(sources, findings, most, one)
    }
    #[cfg(not(feature = "fancy"))]
    render::plain(sources, findings)
}

/// Why nothing was written: text for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(pub String);

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for Failure {}

/// What [`Builder::tokens`] answers.
#[derive(Debug)]
pub struct Tokens {
    /// The tree as `pub mod nk { … }`; `None` when there is an error among the
    /// findings.
    pub tokens: Option<TokenStream>,
    /// What was found, by file and place.
    pub findings: Vec<Finding>,
    /// The files that were read: the result changes with them.
    pub files_read: Vec<PathBuf>,
}

impl Tokens {
    fn failed(why: String) -> Self {
        let finding = Finding {
            severity: Severity::Error,
            text: why,
            file: None,
        };
        Self {
            tokens: None,
            findings: vec![finding],
            files_read: Vec::new(),
        }
    }
}

/// A finding as text for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Message, excerpt of the description, and help, without a line break at
    /// the end.
    pub text: String,
    /// The file that it is about; a text given with [`Builder::inline`] has a
    /// path below `<inline>`.
    pub file: Option<PathBuf>,
}

impl Finding {
    fn new(sources: &Sources, finding: &Diagnostic) -> Self {
        let primary = finding.primary.as_ref();
        Self {
            severity: finding.severity,
            text: render::one(sources, finding).trim_end().to_owned(),
            file: primary.map(|label| sources.path(label.place.file).to_owned()),
        }
    }
}

/// What [`Builder::compile`] answers.
#[must_use = "descriptions that did not compile have to stop the build: call `unwrap_or_exit`"]
#[derive(Debug)]
pub struct Outcome {
    notes: String,
    result: Result<(), Failure>,
}

impl Outcome {
    /// Shows warnings through cargo; on errors shows them and ends the build
    /// script with code 1.
    pub fn unwrap_or_exit(self) {
        for line in self.notes.lines().filter(|l| !l.is_empty()) {
            println!("cargo::warning={line}");
        }
        if let Err(failure) = self.result {
            eprintln!("{failure}");
            std::process::exit(1);
        }
    }
    /// The result as a value, for build scripts with an error story of their
    /// own.
    ///
    /// # Errors
    /// The findings as text.
    pub fn into_result(self) -> Result<(), Failure> {
        self.result
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::without_caches;

    #[test]
    fn a_folder_is_watched_without_the_caches_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        for folder in ["idl/deep", "target/debug", "src"] {
            std::fs::create_dir_all(path(folder)).unwrap();
        }
        std::fs::write(path("A.idl"), "package A").unwrap();
        std::fs::write(path("notes.txt"), "").unwrap();
        assert_eq!(
            without_caches(dir.path()),
            None,
            "as long as nothing is a cache, the folder itself"
        );
        std::fs::write(path("target/CACHEDIR.TAG"), "").unwrap();
        assert_eq!(
            without_caches(dir.path()),
            Some(vec![path("A.idl"), path("idl"), path("src")])
        );
    }
}
