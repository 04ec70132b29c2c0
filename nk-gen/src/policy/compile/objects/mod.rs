//! Policy objects: their declarations, types and configuration
//! (`docs/psl.md` §4, §9).
//!
//! ```text
//! policy object connections : Flow {
//!     type State = "closed" | "open"
//!     config = { states : ["closed", "open"], initial : "closed",
//!                transitions : { "closed" : ["open"] } }
//! }
//! ```
//!
//! Each model has a file for its configuration. An object that is wrong is
//! reported once and then unknown; rules that use it are passed over in
//! silence.
mod config;
mod entry;
mod flow;
mod mic;
mod tables;

pub(super) use entry::{EntryType, Field};
pub(super) use tables::MapType;

use crate::policy::compile::models::{AUXILIARY, MODELS};
use crate::policy::read::files::Loaded;
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use crate::text::source::FileId;
use crate::text::suggest::did_you_mean;
use nk_grammar::psl::{DeclarationKind, Type, Value};
use nk_grammar::syntax::Name;
use nk_security::{Model, Object, ObjectId};

/// A declared object.
#[derive(Debug)]
pub(super) struct Declared {
    /// Its name and configuration as the program has them.
    pub(super) object: Object,
    /// What a `HashSet` holds; nothing for an object of another model.
    pub(super) entry: EntryType,
    /// What a `StaticMap` maps; `None` for an object of another model.
    pub(super) map: Option<MapType>,
    /// Where it is declared; the implicit `base` and `re` are nowhere.
    place: Option<Place>,
}

impl Declared {
    /// An object that exists without a declaration.
    fn implicit(name: &str, model: Model) -> Self {
        let object = Object {
            name: name.to_owned(),
            model,
        };
        Self {
            object,
            entry: EntryType::default(),
            map: None,
            place: None,
        }
    }
}

/// All objects of a policy; their position is their number. `base` and `re`
/// come first.
#[derive(Debug)]
pub(super) struct Objects {
    /// The objects.
    pub(super) declared: Vec<Declared>,
    /// Whether a pattern may match a part of the text only.
    pub(super) regex_search: bool,
    /// Largest table of a pattern in bytes (`regex-table`).
    pub(super) regex_table: u64,
    /// Names of objects that were reported as wrong, about which nothing more
    /// is said.
    wrong: Vec<String>,
}

impl Objects {
    /// Reads the declarations of a policy, in textual order.
    pub(super) fn read(loaded: &Loaded, findings: &mut Vec<Diagnostic>) -> Self {
        let declared = vec![
            Declared::implicit("base", Model::Base),
            Declared::implicit("re", Model::Regex),
        ];
        let mut objects = Self {
            declared,
            regex_search: loaded.regex_search,
            regex_table: loaded.limits.regex_table,
            wrong: Vec::new(),
        };
        for (file, declaration) in &loaded.declarations {
            if let DeclarationKind::PolicyObject {
                name,
                model,
                types,
                config,
            } = &declaration.kind
            {
                let source = Source {
                    file: *file,
                    name,
                    types,
                    config,
                    most_states: loaded.limits.flow_states,
                };
                if let Err(finding) = objects.declare(&source, model) {
                    objects.wrong.push(name.text.clone());
                    findings.push(*finding);
                }
            }
        }
        objects
    }

    /// Takes in one declaration; refused when its name exists.
    fn declare(&mut self, source: &Source<'_>, model: &Name) -> Result<(), Box<Diagnostic>> {
        let here = Place::new(source.file, source.name.span);
        let name = &source.name.text;
        let known = self
            .declared
            .iter()
            .find(|known| known.object.name == *name);
        if known.is_some() || AUXILIARY.contains(&name.as_str()) {
            let mut finding = Diagnostic::new(
                Code::CLASS_ALIAS,
                format!("policy object `{name}` already exists"),
                here,
            );
            if let Some(there) = known.and_then(|other| other.place) {
                finding = finding.other(there, "declared here");
            }
            return Err(Box::new(finding.help("choose another name")));
        }
        let (model, entry, map) = source.model(model)?;
        let object = Object {
            name: name.clone(),
            model,
        };
        self.declared.push(Declared {
            object,
            entry,
            map,
            place: Some(here),
        });
        Ok(())
    }

    /// An object by its name.
    pub(super) fn find(&self, name: &str) -> Option<(ObjectId, &Declared)> {
        let at = self
            .declared
            .iter()
            .position(|known| known.object.name == name)?;
        Some((ObjectId::new(at)?, self.declared.get(at)?))
    }

    /// An object by its number.
    pub(super) fn get(&self, id: ObjectId) -> Option<&Declared> {
        self.declared.get(id.index())
    }

    /// E508 for a name that is not an object; `None` when its declaration was
    /// reported as wrong.
    pub(super) fn unknown(&self, name: &str, here: Place) -> Option<Diagnostic> {
        if self.wrong.iter().any(|wrong| wrong == name) {
            return None;
        }
        let known = self
            .declared
            .iter()
            .map(|known| known.object.name.as_str())
            .chain(AUXILIARY);
        let help = did_you_mean(name, known);
        let help = help
            .unwrap_or_else(|| format!("declare it with `policy object {name} : Model {{ … }}`"));
        Some(
            Diagnostic::new(
                Code::UNKNOWN_RULE,
                format!("unknown policy object `{name}`"),
                here,
            )
            .help(help),
        )
    }
}

/// A declaration as written.
struct Source<'p> {
    /// The file of the declaration, for places.
    file: FileId,
    /// The object's name.
    name: &'p Name,
    /// `type Name = …`, in textual order.
    types: &'p [(Name, Type)],
    /// `config = …`, if there is one.
    config: &'p Option<Value>,
    /// Most states of a Flow object.
    most_states: u64,
}

/// The model of an object with its configuration, and the types that go with
/// it.
type Read = (Model, EntryType, Option<MapType>);

impl Source<'_> {
    /// Reads the configuration by the model's rules.
    fn model(&self, model: &Name) -> Result<Read, Box<Diagnostic>> {
        let plain = |model| (model, EntryType::default(), None);
        match model.text.as_str() {
            "Base" | "Regex" => {
                self.check_empty()?;
                Ok(plain(if model.text == "Base" {
                    Model::Base
                } else {
                    Model::Regex
                }))
            }
            "Flow" => self.flow().map(|flow| plain(Model::Flow(flow))),
            "HashSet" => self.hash_set().map(|(model, entry)| (model, entry, None)),
            "StaticMap" => self
                .static_map()
                .map(|(model, map)| (model, EntryType::default(), Some(map))),
            "Mic" => self.mic().map(|mic| plain(Model::Mic(mic))),
            other => {
                let help = did_you_mean(other, MODELS)
                    .unwrap_or_else(|| format!("the models are {}", MODELS.join(", ")));
                let here = Place::new(self.file, model.span);
                Err(Box::new(
                    Diagnostic::new(
                        Code::UNKNOWN_RULE,
                        format!("unknown security model `{other}`"),
                        here,
                    )
                    .help(help),
                ))
            }
        }
    }

    /// E508: Base and Regex objects have nothing to configure.
    fn check_empty(&self) -> Result<(), Box<Diagnostic>> {
        let given = self.types.first().map(|(name, _)| name.span);
        match given.or(self.config.as_ref().map(|config| config.span)) {
            None => Ok(()),
            Some(span) => {
                let message = format!(
                    "policy object `{}` has nothing to configure",
                    self.name.text
                );
                Err(Box::new(
                    Diagnostic::new(Code::UNKNOWN_RULE, message, Place::new(self.file, span))
                        .help("write `{}`"),
                ))
            }
        }
    }
}
