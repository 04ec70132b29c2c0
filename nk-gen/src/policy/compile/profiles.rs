//! Audit profiles (E514, E518; `docs/psl.md` §11).
//!
//! A profile says, for each level, which decisions of which objects are
//! recorded:
//!
//! ```text
//! audit profile security = { 0 : { base : { kss : ["denied"] } } }
//! audit default security 0
//! ```
//!
//! It is in force in a block that names it, or everywhere with `audit default`.
use super::models::AUXILIARY;
use super::objects::Objects;
use crate::policy::read::files::Loaded;
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use crate::text::source::FileId;
use crate::text::suggest::did_you_mean;
use nk_grammar::psl::{DeclarationKind, Entry, Value, ValueKind};
use nk_grammar::syntax::{Name, Span};
use nk_security::{Audited, Emit, Model, Profile, ProfileId};

/// The profile that comes with the Base model, number 0: nothing is recorded.
const EMPTY: &str = "empty";

/// All profiles of a policy; their position is their number.
#[derive(Debug, Default)]
pub(in crate::policy) struct Profiles {
    /// The profiles in the order of their declarations, after `empty`.
    pub(in crate::policy) all: Vec<Profile>,
    /// `audit default`: profile and level.
    pub(in crate::policy) default: Option<(ProfileId, u8)>,
    /// Where each is declared; `empty` is nowhere.
    places: Vec<Option<Place>>,
}

impl Profiles {
    /// Reads the declarations of a policy. A profile that is wrong is reported,
    /// and exists with what is right in it, so that its uses are no further
    /// mistakes.
    pub(in crate::policy) fn read(
        loaded: &Loaded,
        objects: &Objects,
        findings: &mut Vec<Diagnostic>,
    ) -> Self {
        let empty = Profile {
            name: EMPTY.to_owned(),
            levels: Vec::new(),
        };
        let mut profiles = Self {
            all: vec![empty],
            default: None,
            places: vec![None],
        };
        for (file, declaration) in &loaded.declarations {
            if let DeclarationKind::AuditProfile { name, levels } = &declaration.kind {
                let mut reader = Reader {
                    file: *file,
                    objects,
                    findings,
                };
                profiles.declare(name, levels, &mut reader);
            }
        }
        profiles.read_default(loaded, objects, findings);
        profiles
    }

    /// `audit default profile level`: at most one in a policy.
    ///
    ///
    /// ```text
    /// audit default security 0
    /// ```
    fn read_default(&mut self, loaded: &Loaded, objects: &Objects, findings: &mut Vec<Diagnostic>) {
        let mut first = None;
        for (file, declaration) in &loaded.declarations {
            let DeclarationKind::AuditDefault { profile, level } = &declaration.kind else {
                continue;
            };
            let here = Place::new(*file, declaration.span);
            if let Some(there) = first {
                let message = "duplicate `audit default`";
                let finding = Diagnostic::new(Code::CLASS_ALIAS, message, here);
                findings.push(finding.other(there, "first here").help("remove one"));
                continue;
            }
            first = Some(here);
            let reader = Reader {
                file: *file,
                objects,
                findings,
            };
            match (self.find(profile, *file), reader.level(level)) {
                (Ok(profile), Ok(level)) => self.default = Some((profile, level)),
                (profile, level) => {
                    let wrong = profile.err().into_iter().chain(level.err());
                    findings.extend(wrong.map(|finding| *finding));
                }
            }
        }
    }

    /// Takes in one profile; refused when its name exists.
    fn declare(&mut self, name: &Name, levels: &Value, reader: &mut Reader<'_>) {
        let here = Place::new(reader.file, name.span);
        let known = self.all.iter().position(|known| known.name == name.text);
        if let Some(at) = known {
            let message = format!("audit profile `{}` already exists", name.text);
            let mut finding =
                Diagnostic::new(Code::CLASS_ALIAS, message, here).help("choose another name");
            if let Some(there) = self.places.get(at).copied().flatten() {
                finding = finding.other(there, "declared here");
            }
            reader.findings.push(finding);
            return;
        }
        let levels = reader.levels(levels);
        self.all.push(Profile {
            name: name.text.clone(),
            levels,
        });
        self.places.push(Some(here));
    }

    /// The number of a profile; E518 with a near name when there is none.
    pub(in crate::policy) fn find(
        &self,
        name: &Name,
        file: FileId,
    ) -> Result<ProfileId, Box<Diagnostic>> {
        let at = self
            .all
            .iter()
            .position(|known| known.name == name.text)
            .and_then(ProfileId::new);
        at.ok_or_else(|| {
            let help = did_you_mean(&name.text, self.all.iter().map(|known| known.name.as_str()));
            let help = help
                .unwrap_or_else(|| format!("declare it: `audit profile {} = {{ … }}`", name.text));
            let message = format!("unknown audit profile `{}`", name.text);
            Box::new(
                Diagnostic::new(Code::AUDIT_PROFILE, message, Place::new(file, name.span))
                    .help(help),
            )
        })
    }
}

/// What reading a profile works with.
struct Reader<'r> {
    /// The file of the declaration, for places.
    file: FileId,
    /// The objects that a profile may name.
    objects: &'r Objects,
    /// Takes what is wrong.
    findings: &'r mut Vec<Diagnostic>,
}

impl Reader<'_> {
    /// A level as a number, from 0 to 255.
    fn level(&self, value: &Value) -> Result<u8, Box<Diagnostic>> {
        let level = match value.kind {
            ValueKind::Integer(Some(level)) => u8::try_from(level).ok(),
            _ => None,
        };
        level.ok_or_else(|| {
            Box::new(Diagnostic::new(
                Code::AUDIT_PROFILE,
                "an audit level is a number from 0 to 255",
                Place::new(self.file, value.span),
            ))
        })
    }

    /// What is recorded at each level, in ascending order of levels. Rules
    /// change the level in force with `set_level`.
    fn levels(&mut self, value: &Value) -> Vec<(u8, Vec<Audited>)> {
        let mut levels: Vec<(u8, Vec<Audited>)> = Vec::new();
        for entry in self.entries(value) {
            let here = Place::new(self.file, entry.key.span);
            match entry.key.text.parse() {
                Ok(level) if levels.iter().any(|(known, _)| *known == level) => {
                    self.findings.push(Diagnostic::new(
                        Code::AUDIT_PROFILE,
                        format!("duplicate level {level}"),
                        here,
                    ));
                }
                Ok(level) => {
                    let entries = self.entries(&entry.value);
                    let audited = self.all_audited(entries);
                    levels.push((level, audited));
                }
                Err(_) => {
                    self.findings.push(Diagnostic::new(
                        Code::AUDIT_PROFILE,
                        "an audit level is a number from 0 to 255",
                        here,
                    ));
                }
            }
        }
        levels.sort_by_key(|(level, _)| *level);
        levels
    }

    /// What is recorded of each object, in ascending order of object numbers,
    /// which is how the security module searches them.
    fn all_audited(&mut self, entries: &[Entry]) -> Vec<Audited> {
        let mut all: Vec<Audited> = Vec::new();
        for entry in entries {
            let Some(audited) = self.audited(entry) else {
                continue;
            };
            if all.iter().any(|known| known.object == audited.object) {
                let message = format!("duplicate object `{}`", entry.key.text);
                self.refuse(message, entry.key.span, "remove one");
                continue;
            }
            all.push(audited);
        }
        all.sort_by_key(|audited| audited.object);
        all
    }

    /// The entries of what must be a dictionary; none, with E518, otherwise.
    fn entries<'v>(&mut self, value: &'v Value) -> &'v [Entry] {
        if let ValueKind::Dictionary(entries) = &value.kind {
            return entries;
        }
        let help = "a profile is `{ level : { object : { kss : [\"denied\"] } } }`";
        self.refuse("expected `{ … }`", value.span, help);
        &[]
    }

    /// What is recorded of one object: `object : { kss : […], omit : […], emit
    /// : […] }`.
    ///
    /// A Regex object has to say which of its expressions are recorded, since
    /// it has no rules.
    ///
    ///
    /// ```text
    /// door : { kss : ["granted", "denied"], omit : ["closed"] }
    /// re   : { kss : ["denied"], emit : ["match"] }
    /// ```
    fn audited(&mut self, entry: &Entry) -> Option<Audited> {
        let options = self.entries(&entry.value);
        let Some((object, declared)) = self.objects.find(&entry.key.text) else {
            // expressions are not recorded
            if !AUXILIARY.contains(&entry.key.text.as_str()) {
                self.findings.extend(
                    self.objects
                        .unknown(&entry.key.text, Place::new(self.file, entry.key.span)),
                );
            }
            return None;
        };
        let mut audited = Audited {
            object,
            granted: false,
            denied: false,
            omit: Vec::new(),
            emit: Emit::default(),
        };
        for option in options {
            self.option(&entry.key, option, &declared.object.model, &mut audited);
        }
        let emits = options.iter().any(|option| option.key.text == "emit");
        if declared.object.model == Model::Regex && !emits {
            let message = format!("`{}` needs the audit option `emit`", entry.key.text);
            let help =
                "say which of its expressions are recorded: `emit : [\"match\", \"select\"]`";
            self.refuse(message, entry.key.span, help);
        }
        Some(audited)
    }

    /// One option of an object: `kss` for any, `omit` for Flow, `emit` for Regex.
    fn option(&mut self, object: &Name, option: &Entry, model: &Model, audited: &mut Audited) {
        match (option.key.text.as_str(), model) {
            ("kss", _) => {
                let words = self.words(&option.value, &["granted", "denied"]);
                audited.granted = words.contains(&"granted");
                audited.denied = words.contains(&"denied");
            }
            ("omit", Model::Flow(flow)) => {
                audited.omit = self.omitted_states(&option.value, &flow.states);
            }
            ("emit", Model::Regex) => {
                let words = self.words(&option.value, &["match", "select"]);
                audited.emit = Emit {
                    matches: words.contains(&"match"),
                    selects: words.contains(&"select"),
                };
            }
            (other, _) => {
                let message = format!("`{}` has no audit option `{other}`", object.text);
                let help = "the option of every object is `kss`";
                self.refuse(message, option.key.span, help);
            }
        }
    }

    /// The numbers of the states in which a Flow object's calls are not
    /// recorded.
    fn omitted_states(&mut self, value: &Value, states: &[String]) -> Vec<u16> {
        let states: Vec<&str> = states.iter().map(String::as_str).collect();
        let omitted = self.words(value, &states);
        let number = |state: &&str| states.iter().position(|known| known == state);
        let numbers = omitted.iter().filter_map(number);
        numbers.filter_map(|at| u16::try_from(at).ok()).collect()
    }

    /// Reports E518 with what to do about it.
    fn refuse(&mut self, message: impl Into<String>, span: Span, help: impl Into<String>) {
        let here = Place::new(self.file, span);
        let finding = Diagnostic::new(Code::AUDIT_PROFILE, message, here);
        self.findings.push(finding.help(help));
    }

    /// A list of texts out of `known`; others are reported and left out.
    fn words<'v>(&mut self, value: &'v Value, known: &[&str]) -> Vec<&'v str> {
        let mut words = Vec::new();
        let ValueKind::List(values) = &value.kind else {
            let finding = Diagnostic::new(
                Code::AUDIT_PROFILE,
                "expected a list of texts",
                Place::new(self.file, value.span),
            );
            self.findings.push(finding);
            return words;
        };
        for value in values {
            match &value.kind {
                ValueKind::Text(word) if known.contains(&word.as_str()) => {
                    words.push(word.as_str());
                }
                _ => {
                    let help = format!("it is one of {}", crate::text::suggest::quoted(known));
                    self.refuse("unknown word in an audit option", value.span, help);
                }
            }
        }
        words
    }
}
