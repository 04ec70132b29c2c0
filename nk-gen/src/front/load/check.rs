//! Checks a description's name against its file, and says what a name that was
//! not found may be.
use super::references::{Reference, Role};
use super::{Loader, Unit};
use crate::front::find::{Candidate, Expected, Found, From, NameSet};
use crate::text::codes::Code;
use crate::text::diagnostic::Severity;
use crate::text::diagnostic::{Diagnostic, Place};
use nk_grammar::syntax::QName;
/// The declared name is the one that the path promises (E101), its last element
/// begins with an upper-case letter and has no underscore (E102), and no other
/// file declares it differently (W406). Source: `docs/languages.md` §3.
pub(super) fn declared_name<T>(candidate: &Candidate, unit: &Unit<T>) -> Vec<Diagnostic> {
    let place = unit.at(unit.name.span);
    // of a name without its dot the last element is not what was meant
    let spelling = (!lacks_dot(candidate, unit)).then(|| wrong_spelling(unit.name.last(), place));
    let found = [
        wrong_path(candidate, unit, place),
        spelling.flatten(),
        declared_differently(candidate, unit, place),
    ];
    found.into_iter().flatten().collect()
}

/// E102: the last element of a name becomes a type name in generated code,
/// whose parts are joined by underscores. A lower-case letter is an error, an
/// underscore a warning.
fn wrong_spelling(last: &str, place: Place) -> Option<Diagnostic> {
    if !last.starts_with(|c: char| c.is_ascii_uppercase()) {
        let message = format!("the name `{last}` does not begin with an upper-case letter");
        let finding = Diagnostic::new(Code::NAME_CASE, message, place);
        return Some(finding.help("rename it, and its file with it"));
    }
    let message = format!("the name `{last}` contains `_`");
    let help =
        "names in generated code may become ambiguous; use upper-case letters to separate words";
    let finding = Diagnostic::new(Code::NAME_CASE, message, place);
    last.contains('_')
        .then(|| finding.severity(Severity::Warning).help(help))
}

/// W406: the search found another file of this name with different content.
fn declared_differently<T>(
    candidate: &Candidate,
    unit: &Unit<T>,
    place: Place,
) -> Option<Diagnostic> {
    let message = format!(
        "`{}` is declared differently in `{}` and `{}`",
        unit.name.text,
        candidate.path.display(),
        candidate.differs.as_ref()?.display()
    );
    let help = "the first of them is used; keep one, or name the folder of the right one first";
    let finding = Diagnostic::new(Code::TWO_DESCRIPTIONS, message, place);
    Some(finding.label("this one is used").help(help))
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
///
/// A forgotten dot is by far the most common reason, and a finding about the
/// letter case would lead away from it.
fn lacks_dot<T>(candidate: &Candidate, unit: &Unit<T>) -> bool {
    let expected = match &candidate.expected {
        Expected::Anything => return false,
        Expected::FileName(name) | Expected::Path { name, .. } => {
            name.rsplit('.').next().unwrap_or(name)
        }
    };
    unit.name.last() != expected && unit.name.last().ends_with(expected)
}

/// E101: the file's name, and below `-I` its whole path, say what it declares.
fn wrong_path<T>(candidate: &Candidate, unit: &Unit<T>, place: Place) -> Option<Diagnostic> {
    let declared = &unit.name.text;
    let (file, instead) = what_fits(candidate, &unit.name)?;
    let message = format!("`{declared}` is declared in `{}`", candidate.path.display());
    let finding = Diagnostic::new(Code::FILE_NAME_MISMATCH, message, place)
        .label(format!("expected file `{file}`"));
    Some(finding.help(format!("rename the file, or declare `{instead}`")))
}

/// The file that the declared name belongs into, and the name that belongs into
/// the file; `None` when they fit each other.
fn what_fits(candidate: &Candidate, declared: &QName) -> Option<(String, String)> {
    let (whole, last) = (&declared.text, declared.last());
    let ending = candidate.extension.name();
    match &candidate.expected {
        Expected::Anything => None,
        Expected::FileName(name) if name == last => None,
        Expected::Path { name, .. } if name == whole => None,
        Expected::FileName(name) => {
            let folder = whole.strip_suffix(last).unwrap_or_default();
            Some((format!("{last}.{ending}"), format!("{folder}{name}")))
        }
        Expected::Path { name, folder } => {
            let path = folder.join(format!("{}.{ending}", whole.replace('.', "/")));
            Some((path.display().to_string(), name.clone()))
        }
    }
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
        Some(match reference.role {
            Role::Bound if self.exists(NameSet::Package, name) => return None,
            Role::Instance if self.exists(NameSet::Package, name) => {
                let message = format!("`{name}` is a package, not a component");
                Diagnostic::new(Code::WRONG_COMPONENT_KIND, message, place)
                    .label("`components` embeds components (CDL)")
            }
            Role::Endpoint | Role::Security if self.exists(NameSet::Component, name) => {
                let message = format!("`{name}` is a component or process class, not an interface");
                Diagnostic::new(Code::NO_INTERFACE, message, place)
                    .label("expected a package (IDL) with an `interface` block")
            }
            role => {
                let message = format!("{} `{name}` was not found", role.noun());
                Diagnostic::new(Code::NOT_FOUND, message, place).help(explanation)
            }
        })
    }

    /// Whether a set holds a name: one that was looked for already, or one that
    /// a file declares.
    fn exists(&mut self, set: NameSet, name: &str) -> bool {
        self.program.is_settled(set, name)
            || matches!(self.finder.find(set, name, From::default()), Found::File(_))
    }
}
