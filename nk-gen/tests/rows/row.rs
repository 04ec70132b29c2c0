//! One input of a row: texts with marked places, what is to be found there, and the command that finds it.
use serde_json::Value;
use std::ffi::OsString;
use std::path::Path;

/// A finding that a row expects.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Finding {
    severity: &'static str,
    /// Its code.
    pub(crate) code: u16,
    /// Words of its message, labels or help.
    words: &'static str,
    placed: bool,
}

/// An error at the next marked place.
pub(crate) const fn error(code: u16, words: &'static str) -> Finding {
    Finding {
        severity: "error",
        code,
        words,
        placed: true,
    }
}
/// A warning at the next marked place.
pub(crate) const fn warning(code: u16, words: &'static str) -> Finding {
    Finding {
        severity: "warning",
        code,
        words,
        placed: true,
    }
}
/// An error that is about no place in a file.
pub(crate) const fn nowhere(code: u16, words: &'static str) -> Finding {
    Finding {
        severity: "error",
        code,
        words,
        placed: false,
    }
}

/// One input. The first file is named on the command line; `«` and `»` stand around the place of each finding, in order.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// The row, or the check.
    pub(crate) id: &'static str,
    files: Vec<(String, String)>,
    options: &'static [&'static str],
    /// What is to be found, and nothing else.
    pub(crate) found: Vec<Finding>,
    also: Vec<Finding>,
}

/// A row about the package `p.T`, whose first line is there already.
pub(crate) fn idl(row: &'static str, text: impl AsRef<str>, found: &[Finding]) -> Row {
    files(
        row,
        &[("p/T.idl", &format!("package p.T\n{}", text.as_ref()))],
        found,
    )
}

/// A row about whole files.
pub(crate) fn files(row: &'static str, files: &[(&str, &str)], found: &[Finding]) -> Row {
    let files = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    Row {
        id: row,
        files,
        options: &[],
        found: found.to_vec(),
        also: Vec::new(),
    }
}

impl Row {
    /// With options of the command line.
    pub(crate) fn with(self, options: &'static [&'static str]) -> Self {
        Self { options, ..self }
    }

    /// With another finding at the place of the last one.
    pub(crate) fn also(mut self, finding: Finding) -> Self {
        self.also.push(finding);
        self
    }

    /// What is wrong with the answer to this input; `None` when all is as the row says.
    pub(crate) fn wrong(&self) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let (mut expected, mut with_place) = (
            Vec::new(),
            self.found.iter().filter(|finding| finding.placed),
        );
        for (path, text) in &self.files {
            let (text, places) = unmarked(text);
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            for place in places {
                expected.push((
                    path.display().to_string(),
                    place,
                    *with_place.next().expect("a finding for each place"),
                ));
            }
        }
        assert!(
            with_place.next().is_none(),
            "{}: a finding without its place",
            self.id
        );
        if let Some((path, place, _)) = expected.last().cloned() {
            expected.extend(
                self.also
                    .iter()
                    .map(|finding| (path.clone(), place, *finding)),
            );
        }
        let answer = generate(folder.path(), &self.files[0].0, self.options);
        let said = self.said(&answer, &expected);
        let failed = self
            .found
            .iter()
            .chain(&self.also)
            .any(|finding| finding.severity == "error");
        let end = match (answer.code, answer.written) {
            (1, false) if failed => None,
            (0, true) if !failed => None,
            (code, written) => Some(format!("ends with {code}, written: {written}")),
        };
        let wrong = said.or(end)?;
        let shown: Vec<String> = answer.findings.iter().map(shown).collect();
        let input: String = self.files[0].1.chars().take(120).collect();
        Some(format!(
            "{}: {input:?}\n  {wrong}\n  said: {}",
            self.id,
            shown.join("\n        ")
        ))
    }

    fn said(&self, answer: &Answer, expected: &[(String, Place, Finding)]) -> Option<String> {
        let findings = &answer.findings;
        let count = self.found.len() + self.also.len();
        if findings.len() != count {
            return Some(format!("{} findings instead of {count}", findings.len()));
        }
        let missing = expected.iter().find(|(file, place, finding)| {
            !findings
                .iter()
                .any(|said| said["file"] == **file && place.is_of(said) && finding.is(said))
        });
        let nowhere = self.found.iter().filter(|finding| !finding.placed);
        let unsaid = nowhere.into_iter().find(|finding| {
            !findings
                .iter()
                .any(|f| f["file"].is_null() && finding.is(f))
        });
        match (missing, unsaid) {
            (Some((_, place, finding)), _) => Some(format!("not found: {finding:?} at {place:?}")),
            (None, Some(finding)) => Some(format!("not found: {finding:?}")),
            (None, None) => None,
        }
    }
}

impl Finding {
    fn is(&self, said: &Value) -> bool {
        let related = said["related"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|related| &related["message"]);
        let texts = [&said["message"], &said["label"], &said["help"]]
            .into_iter()
            .chain(related);
        let text: Vec<&str> = texts.filter_map(Value::as_str).collect();
        said["code"] == format!("NK{:04}", self.code)
            && said["severity"] == self.severity
            && text.iter().any(|text| text.contains(self.words))
    }
}

fn shown(said: &Value) -> String {
    let text = |key: &str| {
        said[key]
            .as_str()
            .unwrap_or("")
            .chars()
            .take(120)
            .collect::<String>()
    };
    let at = format!(
        "{}:{}-{}:{}",
        said["line"], said["column"], said["end_line"], said["end_column"]
    );
    format!(
        "{} {} {at} {} | {} | {}",
        text("severity"),
        text("code"),
        text("message"),
        text("label"),
        text("help")
    )
}

/// What a command answered.
pub(crate) struct Answer {
    /// The exit code.
    pub(crate) code: u8,
    /// The findings.
    pub(crate) findings: Vec<Value>,
    /// Whether the output folder is there.
    pub(crate) written: bool,
}

/// Generates Rust from a file below `folder`, which is the `-I` folder too, into `folder/out`.
pub(crate) fn generate(folder: &Path, file: &str, options: &[&str]) -> Answer {
    let path = |name: &str| folder.join(name).into_os_string();
    let mut arguments: Vec<OsString> = ["nk-gen", "rust", "--format=json", "-I"]
        .map(OsString::from)
        .into();
    arguments.extend([folder.into(), "-o".into(), path("out")]);
    arguments.extend(options.iter().map(OsString::from));
    arguments.push(path(file));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = nk_gen::cli::run(arguments, &mut out, &mut err, false).code();
    let text = String::from_utf8(err).unwrap();
    let findings = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{text}")))
        .collect();
    Answer {
        code,
        findings,
        written: folder.join("out").exists(),
    }
}

/// Lines and columns from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    start: (usize, usize),
    end: (usize, usize),
}

impl Place {
    fn is_of(self, said: &Value) -> bool {
        let at = |line: &str, column: &str| (said[line].as_u64(), said[column].as_u64());
        let is = |at: (Option<u64>, Option<u64>), place: (usize, usize)| {
            at == (u64::try_from(place.0).ok(), u64::try_from(place.1).ok())
        };
        is(at("line", "column"), self.start) && is(at("end_line", "end_column"), self.end)
    }
}

/// The lines (or words) made of some things, one behind the other.
pub(crate) fn joined<I>(
    things: impl IntoIterator<Item = I>,
    line: impl FnMut(I) -> String,
) -> String {
    things.into_iter().map(line).collect::<Vec<_>>().concat()
}

/// The text without its marks, and the marked places.
fn unmarked(marked: &str) -> (String, Vec<Place>) {
    let (mut text, mut places, mut at, mut start) = (String::new(), Vec::new(), (1, 1), (1, 1));
    for c in marked.chars() {
        match c {
            '«' => start = at,
            '»' => places.push(Place { start, end: at }),
            _ => {
                text.push(c);
                at = if c == '\n' {
                    (at.0 + 1, 1)
                } else {
                    (at.0, at.1 + 1)
                };
            }
        }
    }
    (text, places)
}
