//! Findings for programs: one JSON object a line.
use crate::text::diagnostic::{Diagnostic, Label};
use crate::text::position::Lines;
use crate::text::render::severity;
use crate::text::source::{FileId, Sources};
use serde::Serialize;
use std::collections::HashMap;

/// A finding. Lines and columns count from 1, columns in characters; without a place they and `file` are null.
#[derive(Serialize)]
struct Finding<'f> {
    code: String,
    severity: &'static str,
    message: &'f str,
    #[serde(flatten)]
    place: Place,
    help: Option<&'f str>,
    related: Vec<Related<'f>>,
}

/// Words at a place: the finding's own, or another that belongs to it.
#[derive(Serialize)]
struct Related<'f> {
    message: &'f str,
    #[serde(flatten)]
    place: Place,
}

#[derive(Serialize, Default)]
struct Place {
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
}

/// All findings, one object a line.
pub(super) fn lines(sources: &Sources, findings: &[Diagnostic]) -> String {
    let mut places = Places {
        sources,
        lines: HashMap::new(),
    };
    findings
        .iter()
        .map(|finding| line(&mut places, finding))
        .collect()
}

fn line(places: &mut Places<'_>, finding: &Diagnostic) -> String {
    let object = Finding {
        code: finding.code.to_string(),
        severity: severity(finding.severity),
        message: &finding.message,
        place: finding
            .primary
            .as_ref()
            .map(|label| places.of(label))
            .unwrap_or_default(),
        help: finding.help.as_deref(),
        // the words under the finding's own place come last
        related: (finding.others.iter().chain(
            finding
                .primary
                .iter()
                .filter(|label| !label.text.is_empty()),
        ))
        .map(|label| Related {
            message: &label.text,
            place: places.of(label),
        })
        .collect(),
    };
    // these types always serialize
    serde_json::to_string(&object)
        .map(|line| line + "\n")
        .unwrap_or_default()
}

/// The lines of every file that a finding is about.
struct Places<'s> {
    sources: &'s Sources,
    lines: HashMap<FileId, Lines<'s>>,
}

impl Places<'_> {
    fn of(&mut self, label: &Label) -> Place {
        let (file, span) = (label.place.file, label.place.span);
        let sources = self.sources;
        let lines = self
            .lines
            .entry(file)
            .or_insert_with(|| Lines::new(sources.text(file)));
        let (start, end) = (lines.position(span.start), lines.position(span.end));
        Place {
            file: Some(sources.path(file).display().to_string()),
            line: Some(start.line),
            column: Some(start.column),
            end_line: Some(end.line),
            end_column: Some(end.column),
        }
    }
}
