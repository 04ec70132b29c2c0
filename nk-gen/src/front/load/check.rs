//! Checks a description's name against its file, and says what a name that was
//! not found may be.
use super::references::{Reference, Role};
use super::{Loader, Unit};
use crate::front::find::{Candidate, Expected, Found, From, NameSet};
use crate::text::codes::Code;
use crate::text::diagnostic::Severity;
use crate::text::diagnostic::{Diagnostic, Place};
use std::path::Path;

/// The declared name is the one that the path promises (E101), its last element
/// begins with an upper-case letter and has no underscore (E102), and no other
/// file declares it differently (W406). Source: `spec/idl.md` §3.
pub(super) fn declared_name<T>(candidate: &Candidate, unit: &Unit<T>) -> Vec<Diagnostic> {
    let place = unit.at(unit.name.span);
    let mut findings: Vec<Diagnostic> = wrong_path(candidate, unit, place).into_iter().collect();
    let last = unit.name.last();
    if lacks_dot(candidate, unit) {
        // the name's last element is not what was meant
    } else if !last.starts_with(|c: char| c.is_ascii_uppercase()) {
        let message = format!("the name `{last}` does not begin with an upper-case letter");
        findings.push(
            Diagnostic::new(Code::NAME_CASE, message, place)
                .help("rename it, and its file with it"),
        );
    } else if last.contains('_') {
        let message = format!("the name `{last}` contains `_`");
        let help = "names in generated code may become ambiguous; use upper-case letters to separate words";
        findings.push(
            Diagnostic::new(Code::NAME_CASE, message, place)
                .severity(Severity::Warning)
                .help(help),
        );
    }
    if let Some(other) = &candidate.differs {
        let message = format!(
            "`{}` is declared differently in `{}` and `{}`",
            unit.name.text,
            candidate.path.display(),
            other.display()
        );
        let help = "the first of them is used; keep one, or name the folder of the right one first";
        findings.push(
            Diagnostic::new(Code::TWO_DESCRIPTIONS, message, place)
                .label("this one is used")
                .help(help),
        );
    }
    findings
}

/// A link that leads out of the folder it was found in (110): what it leads to
/// is not part of what the user named.
pub(super) fn outside<T>(candidate: &Candidate, unit: &Unit<T>) -> Option<Diagnostic> {
    let target = candidate.outside.as_ref()?;
    let message = format!(
        "`{}` is a link out of its folder, to `{}`",
        candidate.path.display(),
        target.display()
    );
    let help = "copy the file, name its folder with `-I` or `-S`, or allow such links with `--allow-outside-links`";
    Some(Diagnostic::new(Code::OUTSIDE_LINK, message, unit.at(unit.name.span)).help(help))
}

/// Whether the name is the expected one without a dot: `farmSensor` in
/// `Sensor.idl`.
fn lacks_dot<T>(candidate: &Candidate, unit: &Unit<T>) -> bool {
    let expected = match &candidate.expected {
        Expected::Anything => return false,
        Expected::FileName(name) | Expected::Path { name, .. } => {
            name.rsplit('.').next().unwrap_or(name)
        }
    };
    unit.name.last() != expected && unit.name.last().ends_with(expected)
}

fn wrong_path<T>(candidate: &Candidate, unit: &Unit<T>, place: Place) -> Option<Diagnostic> {
    let declared = &unit.name.text;
    let ending = candidate.extension.name();
    let (file, instead) = match &candidate.expected {
        Expected::Anything => return None,
        Expected::FileName(name) if name == unit.name.last() => return None,
        Expected::Path { name, .. } if name == declared => return None,
        Expected::FileName(name) => {
            let folder = declared.strip_suffix(unit.name.last()).unwrap_or_default();
            (
                format!("{}.{ending}", unit.name.last()),
                format!("{folder}{name}"),
            )
        }
        Expected::Path { name, folder } => {
            let path = Path::new(folder).join(format!("{}.{ending}", declared.replace('.', "/")));
            (path.display().to_string(), name.clone())
        }
    };
    let message = format!("`{declared}` is declared in `{}`", candidate.path.display());
    let finding = Diagnostic::new(Code::FILE_NAME_MISMATCH, message, place)
        .label(format!("expected file `{file}`"));
    Some(finding.help(format!("rename the file, or declare `{instead}`")))
}

impl Loader<'_> {
    /// The finding for a name that no file declares: E103, or E107 and E108
    /// when the name belongs to the other set.
    pub(super) fn not_found(
        &mut self,
        reference: &Reference,
        place: Place,
        explanation: String,
    ) -> Option<Diagnostic> {
        let name = &reference.name;
        let mut exists = |set| {
            self.program
                .names
                .get(&set)
                .is_some_and(|names| names.contains_key(name))
                || matches!(self.finder.find(set, name, From::default()), Found::File(_))
        };
        let finding = match reference.role {
            Role::Bound if exists(NameSet::Package) => return None,
            Role::Instance if exists(NameSet::Package) => {
                let message = format!("`{name}` is a package, not a component");
                Diagnostic::new(Code::WRONG_COMPONENT_KIND, message, place)
                    .label("`components` embeds components (CDL)")
            }
            Role::Endpoint | Role::Security if exists(NameSet::Component) => {
                let message = format!("`{name}` is a component or process class, not an interface");
                Diagnostic::new(Code::NO_INTERFACE, message, place)
                    .label("expected a package (IDL) with an `interface` block")
            }
            role => {
                let message = format!("{} `{name}` was not found", role.noun());
                Diagnostic::new(Code::NOT_FOUND, message, place).help(explanation)
            }
        };
        Some(finding)
    }
}
