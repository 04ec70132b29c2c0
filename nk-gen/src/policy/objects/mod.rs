//! Policy objects: `policy object name : Model { … }`, their types and configuration (`spec/psl-runtime.md` §A.4, part B).
mod config;
mod entry;

pub(crate) use config::quoted;
pub(super) use entry::{EntryType, Field};

use super::files::{Loaded, place};
use super::rules::not_yet;
use crate::diagnostic::{Diagnostic, Place};
use crate::source::FileId;
use crate::suggest::did_you_mean;
use nk_grammar::psl::{DeclarationKind, Type, Value};
use nk_grammar::syntax::Name;
use nk_security::{Model, Object, ObjectId};

/// Models that exist without an object of theirs: what they offer are expressions.
pub(super) const AUXILIARY: [&str; 5] = ["pred", "bool", "math", "struct", "re"];
/// The models that objects can have.
const MODELS: [&str; 6] = ["Base", "Flow", "HashSet", "StaticMap", "Regex", "Mic"];

/// A declared object.
#[derive(Debug)]
pub(super) struct Declared {
    /// Its name and configuration as the program has them.
    pub(super) object: Object,
    /// What a `HashSet` holds.
    pub(super) entry: EntryType,
    /// Where it is declared; the implicit `base` is nowhere.
    place: Option<Place>,
}

/// All objects of a policy; their position is their number.
#[derive(Debug)]
pub(super) struct Objects {
    /// The objects.
    pub(super) declared: Vec<Declared>,
    /// Names of objects that were reported as wrong, about which nothing more is said.
    wrong: Vec<String>,
}

impl Objects {
    /// Reads the declarations of a policy.
    pub(super) fn read(loaded: &Loaded, findings: &mut Vec<Diagnostic>) -> Self {
        let base = Object { name: "base".to_owned(), model: Model::Base };
        let base = Declared { object: base, entry: EntryType::default(), place: None };
        let mut objects = Self { declared: vec![base], wrong: Vec::new() };
        for (file, declaration) in &loaded.declarations {
            if let DeclarationKind::PolicyObject { name, model, types, config } = &declaration.kind {
                let source = Source { file: *file, whole: place(*file, declaration.span), name, types, config };
                if let Err(finding) = objects.declare(&source, model) {
                    objects.wrong.push(name.text.clone());
                    findings.push(*finding);
                }
            }
        }
        objects
    }

    fn declare(&mut self, source: &Source<'_>, model: &Name) -> Result<(), Box<Diagnostic>> {
        let here = place(source.file, source.name.span);
        let name = &source.name.text;
        if let Some(other) = self.declared.iter().find(|known| known.object.name == *name) {
            let mut finding = Diagnostic::error(514, format!("policy object `{name}` exists already"), here);
            if let Some(there) = other.place {
                finding = finding.other(there, "declared here");
            }
            return Err(Box::new(finding.help("choose another name")));
        }
        let (read, entry) = source.model(model)?;
        let object = Object { name: name.clone(), model: read };
        self.declared.push(Declared { object, entry, place: Some(here) });
        Ok(())
    }

    /// An object by its name.
    pub(super) fn find(&self, name: &str) -> Option<(ObjectId, &Declared)> {
        let at = self.declared.iter().position(|known| known.object.name == name)?;
        Some((ObjectId::new(at)?, self.declared.get(at)?))
    }

    /// An object by its number.
    pub(super) fn get(&self, id: ObjectId) -> Option<&Declared> {
        self.declared.get(id.index())
    }

    /// What to say about a name that is no object; nothing when that was said where it is declared.
    pub(super) fn unknown(&self, name: &str, here: Place) -> Option<Diagnostic> {
        if self.wrong.iter().any(|wrong| wrong == name) {
            return None;
        }
        let known = self.declared.iter().map(|known| known.object.name.as_str()).chain(AUXILIARY);
        let help = did_you_mean(name, known);
        let help = help.unwrap_or_else(|| format!("declare it with `policy object {name} : Model {{ … }}`"));
        Some(Diagnostic::error(508, format!("unknown policy object `{name}`"), here).help(help))
    }
}

/// A declaration as written.
struct Source<'p> {
    file: FileId,
    whole: Place,
    name: &'p Name,
    types: &'p [(Name, Type)],
    config: &'p Option<Value>,
}

impl Source<'_> {
    fn model(&self, model: &Name) -> Result<(Model, EntryType), Box<Diagnostic>> {
        match model.text.as_str() {
            "Base" => Ok((Model::Base, EntryType::default())),
            "Flow" => Ok((Model::Flow(self.flow()?), EntryType::default())),
            "HashSet" => self.hash_set(),
            "StaticMap" | "Regex" | "Mic" => {
                let what = format!("`policy object` of the model `{}`", model.text);
                Err(Box::new(not_yet(&what, self.whole)))
            }
            other => {
                let help =
                    did_you_mean(other, MODELS).unwrap_or_else(|| format!("the models are {}", MODELS.join(", ")));
                let here = place(self.file, model.span);
                Err(Box::new(Diagnostic::error(508, format!("unknown security model `{other}`"), here).help(help)))
            }
        }
    }
}
