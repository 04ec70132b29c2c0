//! Findings for programs: one JSON object a line.
use crate::diagnostic::{Diagnostic, Label};
use crate::position::range;
use crate::render::severity;
use crate::source::Sources;
use serde::Serialize;

/// A finding. Lines and columns count from 1, columns in characters; without a place they and `file` are null.
#[derive(Serialize)]
struct Finding<'f> {
    code: String,
    severity: &'static str,
    message: &'f str,
    #[serde(flatten)]
    place: Place,
    label: Option<&'f str>,
    help: Option<&'f str>,
    related: Vec<Related<'f>>,
}

/// Another place that belongs to a finding.
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

/// One finding as a line.
pub(super) fn line(sources: &Sources, finding: &Diagnostic) -> String {
    let object = Finding {
        code: finding.code.to_string(),
        severity: severity(finding.severity),
        message: &finding.message,
        place: finding.primary.as_ref().map(|label| place(sources, label)).unwrap_or_default(),
        label: finding.primary.as_ref().map(|label| label.text.as_str()).filter(|text| !text.is_empty()),
        help: finding.help.as_deref(),
        related: finding.others.iter().map(|label| related(sources, label)).collect(),
    };
    // these types always serialize
    serde_json::to_string(&object).map(|line| line + "\n").unwrap_or_default()
}

fn related<'f>(sources: &Sources, label: &'f Label) -> Related<'f> {
    Related { message: &label.text, place: place(sources, label) }
}

fn place(sources: &Sources, label: &Label) -> Place {
    let (start, end) = range(sources, label.place);
    Place {
        file: Some(sources.path(label.place.file).display().to_string()),
        line: Some(start.line),
        column: Some(start.column),
        end_line: Some(end.line),
        end_column: Some(end.column),
    }
}
