//! The slow evaluator: for every event it walks the whole policy, in textual order.
use crate::memory::Lines;
use crate::world::Happening;
use nk_gen::text::position::position;
use nk_grammar::psl::{
    Block, DeclarationKind, Event, Policy, Selector, SelectorKey, Statement, StatementKind, Value,
    ValueKind,
};
use nk_grammar::syntax::Span;
use nk_security::Cause;
use std::collections::{BTreeMap, BTreeSet};

/// Line and column.
pub(crate) type At = (u32, u32);

/// What is decided about an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decided {
    /// Why it is denied, and where; nothing when it is granted.
    pub(crate) reason: Option<(At, String)>,
    /// What was asked: where, what, whether it granted, whether the audit wants to know.
    pub(crate) asked: Vec<(At, String, bool, bool)>,
    /// Whether it belongs into the audit.
    pub(crate) recorded: bool,
}

impl Decided {
    /// Granted, and nobody wants to know more.
    pub(crate) const fn granted() -> Self {
        Self {
            reason: None,
            asked: Vec::new(),
            recorded: false,
        }
    }
}

/// What the policy remembers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory {
    pub(crate) level: u8,
    pub(crate) flow: BTreeMap<u64, String>,
    pub(crate) sets: BTreeMap<u64, BTreeSet<u64>>,
    /// Base and working values, by the keys in their order.
    pub(crate) maps: BTreeMap<u64, ([u64; 2], [u64; 2])>,
    /// Level, and the lowest level that is received from; resources have none.
    pub(crate) levels: BTreeMap<u64, (usize, Option<usize>)>,
}

/// `audit profile`: level, object, results, omitted states.
type Profile = BTreeMap<u8, BTreeMap<String, (Vec<String>, Vec<String>)>>;

pub(crate) struct Interpreter<'p> {
    policy: &'p Policy,
    text: &'p str,
    profiles: BTreeMap<String, Profile>,
    default: Option<String>,
    memory: Memory,
}

/// An event that is being decided.
pub(crate) struct Deciding<'i> {
    pub(crate) event: &'i Happening,
    pub(crate) memory: Memory,
    asked: Vec<(At, String, bool, bool)>,
    /// Rules that were called.
    called: usize,
    /// Rules and choices that the event meets at all.
    met: usize,
    first_choice: Option<At>,
}

pub(crate) type Result<T> = std::result::Result<T, Cause>;

impl<'p> Interpreter<'p> {
    pub(crate) fn new(policy: &'p Policy, text: &'p str) -> Self {
        let mut new = Self {
            policy,
            text,
            profiles: BTreeMap::from([("empty".to_owned(), Profile::new())]),
            default: None,
            memory: Memory::default(),
        };
        for declaration in &policy.declarations {
            match &declaration.kind {
                DeclarationKind::AuditProfile { name, levels } => {
                    new.profiles.insert(name.text.clone(), profile(levels));
                }
                DeclarationKind::AuditDefault { profile, level } => {
                    new.default = Some(profile.text.clone());
                    new.memory.level = u8::try_from(integer(level)).unwrap();
                }
                _ => {}
            }
        }
        new
    }

    fn at(&self, span: Span) -> At {
        let at = position(self.text, span.start);
        (
            u32::try_from(at.line).unwrap(),
            u32::try_from(at.column).unwrap(),
        )
    }

    /// Decides an event, and keeps what its rules did if it is granted (`docs/psl.md` §7.5).
    pub(crate) fn decide(&mut self, event: &Happening) -> Decided {
        let mut deciding = Deciding {
            event,
            memory: self.memory.clone(),
            asked: vec![],
            called: 0,
            met: 0,
            first_choice: None,
        };
        let (mut matched, mut denied) = (None, None);
        for declaration in &self.policy.declarations {
            let DeclarationKind::Binding(binding) = &declaration.kind else {
                continue;
            };
            if binding.event != event.event || !fits(&binding.selectors, event) {
                continue;
            }
            matched.get_or_insert(self.at(binding.event_span));
            if denied.is_none() {
                denied = self.block(&binding.block, None, &mut deciding).err();
            } else {
                count(&binding.block, &mut deciding);
            }
        }
        if deciding.met == 0 {
            let reason = match matched {
                Some(at) => (at, "EmptyBinding".to_owned()),
                None => (self.inclusion(event), "NoBinding".to_owned()),
            };
            return Decided {
                reason: Some(reason),
                asked: vec![],
                recorded: true,
            };
        }
        if denied.is_none() && deciding.called == 0 {
            denied = Some((deciding.first_choice.unwrap(), Cause::EmptyAlternative));
        }
        let choice = matches!(
            denied,
            Some((_, Cause::NoAlternative | Cause::EmptyAlternative))
        );
        let recorded = choice || deciding.asked.iter().any(|(.., recorded)| *recorded);
        if denied.is_none() {
            self.memory = deciding.memory;
        }
        let reason = denied.map(|(at, cause)| (at, format!("{cause:?}")));
        Decided {
            reason,
            asked: deciding.asked,
            recorded,
        }
    }

    fn block(
        &self,
        block: &Block,
        profile: Option<&str>,
        deciding: &mut Deciding<'_>,
    ) -> std::result::Result<(), (At, Cause)> {
        let profile = block
            .audit
            .as_ref()
            .map_or(profile, |name| Some(&name.text));
        for statement in &block.statements {
            self.statement(statement, profile, deciding)?;
        }
        Ok(())
    }

    fn statement(
        &self,
        statement: &Statement,
        profile: Option<&str>,
        deciding: &mut Deciding<'_>,
    ) -> std::result::Result<(), (At, Cause)> {
        let at = self.at(statement.span);
        match &statement.kind {
            StatementKind::Match { selectors, block } => {
                if fits(selectors, deciding.event) {
                    self.block(block, profile, deciding)?;
                }
                Ok(())
            }
            StatementKind::Rule { name, argument } => {
                (deciding.met, deciding.called) = (deciding.met + 1, deciding.called + 1);
                let (object, rule) = name.text.split_once('.').unwrap_or(("base", &name.text));
                let result = deciding.rule(object, rule, argument);
                let recorded =
                    self.is_recorded(profile, object, result.is_ok(), argument, deciding);
                deciding
                    .asked
                    .push((at, format!("{object}.{rule}"), result.is_ok(), recorded));
                result.map_err(|cause| (at, cause))
            }
            StatementKind::Choice {
                selector,
                alternatives,
            } => {
                deciding.met += 1;
                deciding.first_choice.get_or_insert(at);
                let keys: Vec<&Value> = alternatives
                    .iter()
                    .map(|alternative| &alternative.key)
                    .collect();
                let chosen = deciding.chosen(selector, &keys);
                let name = format!("choice {:?}", chosen.ok());
                deciding.asked.push((at, name, chosen.is_ok(), false));
                let chosen = chosen.map_err(|cause| (at, cause))?;
                self.block(&alternatives[chosen].block, profile, deciding)
            }
        }
    }

    /// The innermost profile, or the default one, at the level in force (D.4). Without any, denials are recorded.
    fn is_recorded(
        &self,
        own: Option<&str>,
        object: &str,
        granted: bool,
        argument: &Value,
        deciding: &Deciding<'_>,
    ) -> bool {
        let Some(name) = own.or(self.default.as_deref()) else {
            return !granted;
        };
        let entry = self.profiles[name]
            .get(&deciding.memory.level)
            .and_then(|level| level.get(object));
        let Some((results, omit)) = entry else {
            return false;
        };
        let listed = results
            .iter()
            .any(|result| result == if granted { "granted" } else { "denied" });
        let sid = named(argument, "sid").and_then(|sid| deciding.sid(sid).ok());
        let state = sid
            .and_then(|sid| deciding.memory.flow.get(&sid))
            .filter(|_| object == "f");
        listed && !state.is_some_and(|state| omit.contains(state))
    }

    /// Where the class is included that the event is meant for; a security request is meant for its own.
    fn inclusion(&self, event: &Happening) -> At {
        let class = if event.event == Event::Security {
            event.src.0
        } else {
            event.dst.0
        };
        let included =
            self.policy
                .declarations
                .iter()
                .find_map(|declaration| match &declaration.kind {
                    DeclarationKind::UseEdl(name) if name.text == class => Some(name.span),
                    _ => None,
                });
        self.at(included.unwrap())
    }

    /// What is remembered, as [`crate::memory::of`] tells it.
    pub(crate) fn memory(&self) -> Lines {
        let Memory {
            level,
            flow,
            sets,
            maps,
            levels,
        } = &self.memory;
        let level_name = |level: usize| crate::generate::LEVELS[level].to_owned();
        let mut lines = Lines::from([(("level".to_owned(), 0), level.to_string())]);
        lines.extend(
            flow.iter()
                .map(|(sid, state)| (("f".to_owned(), *sid), state.clone())),
        );
        lines.extend(sets.iter().map(|(sid, set)| {
            (
                ("h".to_owned(), *sid),
                format!("{:?}", set.iter().collect::<Vec<_>>()),
            )
        }));
        lines.extend(maps.iter().map(|(sid, (base, working))| {
            (("m".to_owned(), *sid), format!("{base:?} {working:?}"))
        }));
        lines.extend(levels.iter().map(|(sid, (level, least))| {
            (
                ("g".to_owned(), *sid),
                format!("{} {:?}", level_name(*level), least.map(level_name)),
            )
        }));
        lines
    }
}

/// Behind a denial nothing is asked, but it is counted what could have been.
fn count(block: &Block, deciding: &mut Deciding<'_>) {
    for statement in &block.statements {
        match &statement.kind {
            StatementKind::Match { selectors, block } if fits(selectors, deciding.event) => {
                count(block, deciding);
            }
            StatementKind::Match { .. } => {}
            _ => deciding.met += 1,
        }
    }
}

/// Name equality only (`docs/psl.md` §5.2).
fn fits(selectors: &[Selector], event: &Happening) -> bool {
    selectors.iter().all(|selector| {
        selector.value.text
            == match selector.key {
                SelectorKey::Src => event.src.0,
                SelectorKey::Dst => event.dst.0,
                SelectorKey::Interface => "Io",
                SelectorKey::Endpoint => event.endpoint,
                SelectorKey::Method => event.method,
                SelectorKey::Component => "Comp",
            }
    })
}

fn profile(levels: &Value) -> Profile {
    let texts = |value: &Value| match &value.kind {
        ValueKind::List(values) => values.iter().map(text).collect::<Vec<String>>(),
        _ => vec![],
    };
    let mut profile = Profile::new();
    for level in entries(levels) {
        let objects = entries(&level.value).iter().map(|object| {
            let find = |name: &str| {
                entries(&object.value)
                    .iter()
                    .find(|o| o.key.text == name)
                    .map(|o| texts(&o.value))
            };
            (
                object.key.text.clone(),
                (
                    find("kss").unwrap_or_default(),
                    find("omit").unwrap_or_default(),
                ),
            )
        });
        profile.insert(level.key.text.parse().unwrap(), objects.collect());
    }
    profile
}

pub(crate) fn entries(value: &Value) -> &[nk_grammar::psl::Entry] {
    match &value.kind {
        ValueKind::Dictionary(entries) => entries,
        _ => &[],
    }
}

/// An argument by its name.
pub(crate) fn named<'v>(argument: &'v Value, name: &str) -> Option<&'v Value> {
    entries(argument)
        .iter()
        .find(|entry| entry.key.text == name)
        .map(|entry| &entry.value)
}

pub(crate) fn text(value: &Value) -> String {
    match &value.kind {
        ValueKind::Text(text) => text.clone(),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn integer(value: &Value) -> i128 {
    match &value.kind {
        ValueKind::Integer(Some(number)) => i128::try_from(*number).unwrap(),
        other => panic!("{other:?}"),
    }
}
