//! The process classes that a policy includes: `use EDL a.Class` and `task class Alias : a.Class`.
use super::files::Loaded;
use crate::analysis::Analysis;
use crate::diagnostic::{Diagnostic, Place};
use crate::model::{ComponentId, ComponentKind, Target};
use crate::suggest::did_you_mean;
use nk_grammar::psl::DeclarationKind;
use nk_grammar::syntax::QName;

/// A process class of a solution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// The name that the policy and the start-up description use.
    pub name: String,
    /// Its description.
    pub component: ComponentId,
    /// Where the policy includes it; `None` when it does not.
    pub included: Option<Place>,
}

/// The included classes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Classes {
    /// Those that are described, in the order of their first inclusion.
    pub known: Vec<Class>,
    /// Names of those of which nothing is known: external, or not found, which is reported elsewhere.
    pub unknown: Vec<String>,
    /// Those of them that were not found: another name like one of these is probably what was meant.
    pub missing: Vec<String>,
}

/// An inclusion as written: the name for the policy, and the name of the description.
struct Inclusion<'l> {
    name: &'l QName,
    class: &'l QName,
    place: Place,
}

impl Loaded {
    fn inclusions(&self) -> impl Iterator<Item = Inclusion<'_>> {
        self.declarations.iter().filter_map(|(file, declaration)| {
            let (name, class) = match &declaration.kind {
                DeclarationKind::UseEdl(class) => (class, class),
                DeclarationKind::TaskClass { alias, class } => (alias, class),
                _ => return None,
            };
            Some(Inclusion { name, class, place: Place { file: *file, span: class.span } })
        })
    }

    /// The descriptions that the policy needs, each with the place that names it first.
    pub fn class_names(&self) -> impl Iterator<Item = (&str, Place)> {
        self.inclusions().map(|inclusion| (inclusion.class.text.as_str(), inclusion.place))
    }

    /// Names of classes that the policy makes out of the description of another.
    pub fn aliases(&self) -> impl Iterator<Item = &str> {
        self.inclusions().filter(|i| i.name.text != i.class.text).map(|inclusion| inclusion.name.text.as_str())
    }

    /// Gives the included classes their descriptions. The names were given to [`crate::analyze`]; what it did not find it
    /// has reported.
    #[must_use]
    pub fn classes(&self, analysis: &Analysis, findings: &mut Vec<Diagnostic>) -> Classes {
        let mut classes = Classes::default();
        for Inclusion { name, class, place } in self.inclusions() {
            match analysis.class(&class.text) {
                Some(Target::Known(component)) => classes.include(name, *component, place, analysis, findings),
                Some(Target::External(_)) => classes.unknown.push(name.text.clone()),
                None => {
                    classes.unknown.push(name.text.clone());
                    classes.missing.push(name.text.clone());
                }
            }
        }
        classes
    }
}

impl Classes {
    /// Whether a name was probably meant by an inclusion that was not found: what is wrong is said there.
    #[must_use]
    pub fn is_meant(&self, name: &str) -> bool {
        did_you_mean(name, self.missing.iter().map(String::as_str)).is_some()
    }

    fn include(
        &mut self,
        name: &QName,
        component: ComponentId,
        place: Place,
        analysis: &Analysis,
        findings: &mut Vec<Diagnostic>,
    ) {
        let described = analysis.model.component(component);
        if described.kind != ComponentKind::ProcessClass {
            let message = format!("`{}` is a component, not a process class", described.name);
            let help = "include the process class that embeds it";
            findings.push(Diagnostic::error(108, message, place).help(help));
            return;
        }
        match self.known.iter().find(|known| known.name == name.text) {
            // real policies include a class from several files
            Some(same) if same.component == component => {}
            Some(other) => {
                let message = format!("`{}` already stands for another process class", name.text);
                let mut finding = Diagnostic::error(514, message, place).help("choose another alias");
                finding.others.extend(
                    other.included.map(|place| crate::diagnostic::Label { place, text: "included here".to_owned() }),
                );
                findings.push(finding);
            }
            None => self.known.push(Class { name: name.text.clone(), component, included: Some(place) }),
        }
    }
}
