//! The process classes of a policy, with their descriptions.
//!
//! A policy includes a class with `use EDL a.Class`, or under another name with
//! `task class Alias : a.Class`. A part of a policy may also name classes that
//! only the whole policy includes. This is the step that joins the policy with
//! the analysis of the descriptions; its result, [`Classes`], is what selectors
//! may name and what the image's table of classes is made from.
use super::files::Loaded;
use super::mentions::{Mentioned, mentioned};
use crate::analysis::Analysis;
use crate::front::load::Mention;
use crate::model::{Component, ComponentId, ComponentKind, Model, Target};
use crate::policy::EINIT;
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use crate::text::suggest::did_you_mean;
use nk_grammar::psl::DeclarationKind;
use nk_grammar::syntax::QName;
use nk_security::KERNEL_CLASS;
use std::collections::HashSet;

/// Classes that one note names at most.
const MAX_LISTED: usize = 6;

/// A process class of a solution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// The name that the policy and the start-up description use.
    pub name: String,
    /// Its description in the model: a component of the kind process class.
    pub component: ComponentId,
    /// Where the policy includes it; `None` when it does not.
    pub included: Option<Place>,
}

/// The classes that the policy includes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Classes {
    /// Those that are described, in the order of their first inclusion.
    pub known: Vec<Class>,
    /// Names of those of which nothing is known: external, or not found, which
    /// is reported elsewhere.
    pub unknown: Vec<String>,
    /// Those of the unknown that were not found. A name in the policy that is
    /// near one of them is probably the same class, so that nothing more is
    /// said about it.
    pub missing: Vec<String>,
}

/// An inclusion as written.
struct Inclusion<'l> {
    /// The name for the policy: the alias, or the class's own.
    name: &'l QName,
    /// The name of the description.
    class: &'l QName,
    /// Where the name of the description is written.
    place: Place,
}

impl Loaded {
    /// All inclusions in textual order; the same class may be among them
    /// several times.
    fn inclusions(&self) -> impl Iterator<Item = Inclusion<'_>> {
        self.declarations.iter().filter_map(|(file, declaration)| {
            let (name, class) = match &declaration.kind {
                DeclarationKind::UseEdl(class) => (class, class),
                DeclarationKind::TaskClass { alias, class } => (alias, class),
                _ => return None,
            };
            Some(Inclusion {
                name,
                class,
                place: Place {
                    file: *file,
                    span: class.span,
                },
            })
        })
    }

    /// The descriptions that the policy needs, in textual order, each with its
    /// place. A description that is included twice is named twice.
    pub fn class_names(&self) -> impl Iterator<Item = (&str, Place)> {
        self.inclusions()
            .map(|inclusion| (inclusion.class.text.as_str(), inclusion.place))
    }

    /// Names of classes that the policy makes out of the description of another
    /// one: they have no description of their own.
    pub fn aliases(&self) -> impl Iterator<Item = &str> {
        self.inclusions()
            .filter(|i| i.name.text != i.class.text)
            .map(|inclusion| inclusion.name.text.as_str())
    }

    /// The classes that the policy names without including them, each with its
    /// first place.
    pub(crate) fn named_but_not_included(&self) -> Vec<(&str, Place)> {
        let mut known: HashSet<&str> = self
            .inclusions()
            .map(|inclusion| inclusion.name.text.as_str())
            .collect();
        let named = mentioned(self)
            .into_iter()
            .filter(|Mentioned { name, .. }| known.insert(name));
        named
            .map(|Mentioned { name, place }| (name, place))
            .collect()
    }

    /// Whether this is a part of a policy: a whole one includes the kernel or
    /// the program that starts the others (`docs/psl.md` §3).
    fn is_part(&self) -> bool {
        self.inclusions()
            .all(|inclusion| ![EINIT, KERNEL_CLASS].contains(&inclusion.name.text.as_str()))
    }

    /// Gives the classes their descriptions.
    ///
    /// The names were given to [`crate::analyze`]; what that did not find it
    /// has reported. Of what is external, only classes in `started` need a
    /// description. `whole`: the policy is not a part of another, so it has to
    /// include what it names.
    ///
    ///
    /// A class that is not found is not among the findings made here, but its
    /// name is kept in [`Classes::missing`], so that selectors of it are not
    /// reported again.
    #[must_use]
    pub fn classes(
        &self,
        analysis: &Analysis,
        started: &[&str],
        whole: bool,
        findings: &mut Vec<Diagnostic>,
    ) -> Classes {
        let mut classes = Classes::default();
        for Inclusion { name, class, place } in self.inclusions() {
            match analysis.class(&class.text) {
                Some(Target::Known(component)) => {
                    classes.include(name, *component, place, (analysis, started), findings);
                }
                Some(Target::External(_)) => classes.external(&name.text, &[], place, findings),
                None => {
                    classes.unknown.push(name.text.clone());
                    classes.missing.push(name.text.clone());
                }
            }
        }
        self.assume(&mut classes, analysis, whole, findings);
        classes
    }

    /// Takes in the classes that are named without being included: of a part of
    /// a policy those that were found, with one note about all of them (N541);
    /// and those that are external.
    ///
    ///
    /// A part of a policy is checked this way although nothing includes its
    /// classes, which makes `nk-gen check` useful for one file of a large
    /// policy.
    fn assume(
        &self,
        classes: &mut Classes,
        analysis: &Analysis,
        whole: bool,
        findings: &mut Vec<Diagnostic>,
    ) {
        let included = !whole && self.is_part();
        let mut assumed: Vec<(&str, Place)> = Vec::new();
        for (name, place) in self.named_but_not_included() {
            match analysis.class(name) {
                Some(Target::External(_)) => classes.external(name, &[], place, findings),
                Some(Target::Known(component))
                    if !whole && is_whole(&analysis.model, *component) =>
                {
                    assumed.push((name, place));
                    classes.known.push(Class {
                        name: name.to_owned(),
                        component: *component,
                        included: included.then_some(place),
                    });
                }
                Some(Target::Known(_)) if !whole => classes.external(name, &[], place, findings),
                _ => {}
            }
        }
        let Some((_, first)) = assumed.first() else {
            return;
        };
        if let Some(Target::Known(einit)) = analysis.class(EINIT).filter(|_| included) {
            // what the other parts of the policy start is started by it
            classes.known.push(Class {
                name: EINIT.to_owned(),
                component: *einit,
                included: Some(*first),
            });
        }
        let names: Vec<&str> = assumed.iter().map(|(name, _)| *name).collect();
        findings.push(assumed_note(&names, included, *first));
    }
}

/// N541 about all classes that are taken in without being included. `included`:
/// the policy is a part of another, which probably includes them.
fn assumed_note(names: &[&str], included: bool, first: Place) -> Diagnostic {
    let more = if names.len() > MAX_LISTED {
        ", …"
    } else {
        ""
    };
    let shown: Vec<&str> = names.iter().take(MAX_LISTED).copied().collect();
    let shown = crate::text::suggest::quoted(&shown);
    let message = format!("a class that the policy names but does not include: {shown}{more}");
    let help = if included {
        "taken for a part of a policy: checked against the descriptions that were found"
    } else {
        "checked against the descriptions that were found; here, what they do is denied"
    };
    Diagnostic::new(Code::INCOMPLETE_CLASS, message, first).help(help)
}

impl Classes {
    /// Whether the policy includes a class of this name that was not found.
    #[must_use]
    pub fn is_missing(&self, name: &str) -> bool {
        self.missing.iter().any(|missing| missing == name)
    }

    /// Whether a name was probably meant by an inclusion that was not found:
    /// what is wrong is reported there.
    #[must_use]
    pub fn is_meant(&self, name: &str) -> bool {
        did_you_mean(name, self.missing.iter().map(String::as_str)).is_some()
    }

    /// Takes in a class. Refused: a component that is not a process class, and
    /// a name that already names another class. A class of which a part is
    /// external counts as external, unless it is started.
    ///
    ///
    /// A class may be included by several files of a policy, under one name or
    /// under several: each name is a class of its own in the image's table.
    fn include(
        &mut self,
        name: &QName,
        component: ComponentId,
        place: Place,
        (analysis, started): (&Analysis, &[&str]),
        findings: &mut Vec<Diagnostic>,
    ) {
        let described = analysis.model.component(component);
        if described.kind != ComponentKind::ProcessClass {
            let message = format!("`{}` is a component, not a process class", described.name);
            let help = "include the process class that embeds it";
            findings.push(Diagnostic::new(Code::WRONG_COMPONENT_KIND, message, place).help(help));
            return;
        }
        if !is_whole(&analysis.model, component) && !started.contains(&name.text.as_str()) {
            self.external(
                &name.text,
                &externals(&analysis.model, described),
                place,
                findings,
            );
            return;
        }
        match self.known.iter().find(|known| known.name == name.text) {
            // real policies include a class from several files
            Some(same) if same.component == component => {}
            Some(other) => findings.push(alias_conflict(name, other, place)),
            None => self.known.push(Class {
                name: name.text.clone(),
                component,
                included: Some(place),
            }),
        }
    }

    /// A class of which nothing is known: one note for each name. `parts` are
    /// the external components and interfaces that it is made of; empty when it
    /// is external itself.
    fn external(
        &mut self,
        name: &str,
        parts: &[&str],
        place: Place,
        findings: &mut Vec<Diagnostic>,
    ) {
        if self.unknown.iter().any(|known| known == name) {
            return;
        }
        self.unknown.push(name.to_owned());
        let why = match parts {
            [] => "is external".to_owned(),
            parts => format!(
                "is made of something external ({})",
                crate::text::suggest::quoted(parts)
            ),
        };
        let message = format!(
            "process class `{name}` {why}: what selects it is not checked and matches nothing here"
        );
        let note = Diagnostic::new(Code::INCOMPLETE_CLASS, message, place);
        findings.push(note.help("name a folder that has its description with `-I` or `-S`"));
    }
}

/// E514: one name for two classes.
fn alias_conflict(name: &QName, other: &Class, place: Place) -> Diagnostic {
    let message = format!("`{}` already names another process class", name.text);
    let finding = Diagnostic::new(Code::CLASS_ALIAS, message, place).help("choose another alias");
    match other.included {
        Some(there) => finding.other(there, "included here"),
        None => finding,
    }
}

/// Whether everything that a class is made of is described: only then does it
/// have a digest.
fn is_whole(model: &Model, component: ComponentId) -> bool {
    model.component(component).digest.is_some()
}

/// The external components and interfaces that a component is made of, embedded
/// ones included; sorted, each once.
fn externals<'m>(model: &'m Model, component: &'m Component) -> Vec<&'m str> {
    let mut names: Vec<&str> = Vec::new();
    let interfaces = component
        .endpoints
        .iter()
        .map(|endpoint| &endpoint.interface)
        .chain(&component.security);
    names.extend(interfaces.filter_map(|target| match target {
        Target::External(name) => Some(name.as_str()),
        Target::Known(_) => None,
    }));
    // embedding does not go round in circles and is limited in depth
    for instance in &component.instances {
        match &instance.component {
            Target::External(name) => names.push(name),
            Target::Known(inner) => names.extend(externals(model, model.component(*inner))),
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// The mentions of a policy for the analysis: the classes that it includes,
/// which it needs, then those that it only names, which it does not.
pub(crate) fn mentions(loaded: &Loaded) -> impl Iterator<Item = Mention> {
    let mention = |needed| {
        move |(name, place): (&str, Place)| Mention {
            name: name.to_owned(),
            place: Some(place),
            needed,
        }
    };
    let named = loaded
        .named_but_not_included()
        .into_iter()
        .map(mention(false));
    loaded.class_names().map(mention(true)).chain(named)
}
