//! What each rule does (`docs/psl.md` §9), said once more.
use crate::expressions::Seen;
use crate::generate::{LEVELS, STATES};
use crate::interpret::{Deciding, Result, named, text};
use nk_grammar::psl::{Value, ValueKind};
use nk_security::Cause;
use std::collections::BTreeSet;

/// Tables of a pool, entries of a set.
const POOL: usize = 6;
/// The defaults of the map's keys `k` and `l`.
const DEFAULTS: [u64; 2] = [1, 9];

/// Grants, or says why not.
const fn unless(denies: bool, cause: Cause) -> Result<()> {
    if denies { Err(cause) } else { Ok(()) }
}

/// A level that is written down; nothing for `()`.
fn written(argument: &Value, name: &str) -> Option<usize> {
    let value = named(argument, name).filter(|value| value.kind != ValueKind::Unit)?;
    LEVELS.iter().position(|level| *level == text(value))
}

impl Deciding<'_> {
    pub(crate) fn sid(&self, value: &Value) -> Result<u64> {
        match self.value(value)? {
            Seen::Number(number, _) => Ok(u64::try_from(number).unwrap()),
            other => panic!("{other:?}"),
        }
    }

    fn sid_of(&self, argument: &Value, name: &str) -> Result<u64> {
        self.sid(named(argument, name).unwrap())
    }

    pub(crate) fn rule(&mut self, object: &str, rule: &str, argument: &Value) -> Result<()> {
        match (object, rule) {
            (_, "grant") => Ok(()),
            (_, "deny") if argument.kind == ValueKind::Unit => Err(Cause::Denies),
            (_, "deny") => unless(self.truth(argument)?, Cause::True),
            (_, "assert") => unless(!self.truth(argument)?, Cause::False),
            (_, "set_level") => {
                self.memory.level = u8::try_from(self.sid(argument)?).unwrap();
                Ok(())
            }
            ("f", _) => self.flow_rule(rule, argument),
            ("h", _) => self.set_rule(rule, argument),
            ("m", _) => self.map_rule(rule, argument),
            _ => self.level_rule(rule, argument),
        }
    }

    fn flow_rule(&mut self, rule: &str, argument: &Value) -> Result<()> {
        let sid = self.sid_of(argument, "sid")?;
        let state = self.memory.flow.get(&sid).cloned();
        if rule == "init" {
            unless(state.is_some(), Cause::Exists)?;
            self.memory.flow.insert(sid, STATES[0].to_owned());
            return Ok(());
        }
        let state = state.ok_or(Cause::NoAutomaton)?;
        match rule {
            "fini" => {
                self.memory.flow.remove(&sid);
                Ok(())
            }
            "allow" => {
                let states = named(argument, "states").unwrap();
                let ValueKind::List(states) = &states.kind else {
                    panic!("{states:?}")
                };
                unless(
                    !states.iter().any(|allowed| text(allowed) == state),
                    Cause::State,
                )
            }
            _ => {
                let to = text(named(argument, "state").unwrap());
                let allowed = matches!(
                    (state.as_str(), to.as_str()),
                    ("x", "y" | "z") | ("y", "x" | "y")
                );
                unless(!allowed, Cause::Transition)?;
                self.memory.flow.insert(sid, to);
                Ok(())
            }
        }
    }

    fn set_rule(&mut self, rule: &str, argument: &Value) -> Result<()> {
        let sid = self.sid_of(argument, "sid")?;
        let entry = named(argument, "entry")
            .map(|entry| self.sid(entry))
            .transpose()?;
        let (tables, set) = (self.memory.sets.len(), self.memory.sets.get_mut(&sid));
        match (rule, set, entry) {
            ("init", Some(_), _) => Err(Cause::Exists),
            ("init", None, _) if tables == POOL => Err(Cause::Full),
            ("init", None, _) => {
                self.memory.sets.insert(sid, BTreeSet::new());
                Ok(())
            }
            (_, None, _) => Err(Cause::NoTable),
            ("add", Some(set), Some(entry)) => {
                unless(!set.contains(&entry) && set.len() == 2, Cause::Full)?;
                set.insert(entry);
                Ok(())
            }
            ("remove", Some(set), Some(entry)) => {
                set.remove(&entry);
                Ok(())
            }
            _ => {
                self.memory.sets.remove(&sid);
                Ok(())
            }
        }
    }

    fn map_rule(&mut self, rule: &str, argument: &Value) -> Result<()> {
        let sid = self.sid_of(argument, "sid")?;
        let value = named(argument, "value")
            .map(|value| self.sid(value))
            .transpose()?;
        let key = named(argument, "key").map(|key| usize::from(text(key) == "l"));
        let (tables, map) = (self.memory.maps.len(), self.memory.maps.get_mut(&sid));
        match (rule, map) {
            ("init", Some(_)) => return Err(Cause::Exists),
            ("init", None) if tables == POOL => return Err(Cause::Full),
            ("init", None) => {
                self.memory.maps.insert(sid, (DEFAULTS, DEFAULTS));
            }
            (_, None) => return Err(Cause::NoTable),
            ("set", Some((_, working))) => working[key.unwrap()] = value.unwrap(),
            ("commit", Some((base, working))) => *base = *working,
            ("rollback", Some((base, working))) => *working = *base,
            _ => {
                self.memory.maps.remove(&sid);
            }
        }
        Ok(())
    }

    /// The level of a subject or resource; nothing for `()`.
    fn has(&self, argument: &Value, name: &str) -> Result<Option<(usize, Option<usize>)>> {
        match named(argument, name).filter(|value| value.kind != ValueKind::Unit) {
            None => Ok(None),
            Some(value) => self
                .memory
                .levels
                .get(&self.sid(value)?)
                .copied()
                .map(Some)
                .ok_or(Cause::NoLevel),
        }
    }

    fn has_level(&self, argument: &Value, name: &str) -> Result<usize> {
        Ok(self.has(argument, name)?.unwrap().0)
    }

    fn level_rule(&mut self, rule: &str, argument: &Value) -> Result<()> {
        match rule {
            // data flows from the target to the source
            "call" | "read" => {
                let (source, target) = (
                    self.has(argument, "source")?.unwrap(),
                    self.has_level(argument, "target")?,
                );
                unless(
                    source.0 > target && source.1.unwrap_or(source.0) > target,
                    Cause::Flow,
                )
            }
            "invoke" | "write" => {
                let (source, target) = (
                    self.has_level(argument, "source")?,
                    self.has_level(argument, "target")?,
                );
                unless(target > source, Cause::Flow)
            }
            "execute" => self.execute(argument),
            "create" => self.create(argument),
            "upgrade" => self.upgrade(argument),
            _ => self.delete(argument),
        }
    }

    fn execute(&mut self, argument: &Value) -> Result<()> {
        let target = self.sid_of(argument, "target")?;
        unless(self.memory.levels.contains_key(&target), Cause::Exists)?;
        let image = self.has(argument, "image")?.map(|(level, _)| level);
        let level = written(argument, "level").or(image).unwrap();
        let least = written(argument, "levelR").unwrap_or(level);
        unless(
            image.is_some_and(|image| level > image) || least > level,
            Cause::Exceeds,
        )?;
        self.memory.levels.insert(target, (level, Some(least)));
        Ok(())
    }

    fn create(&mut self, argument: &Value) -> Result<()> {
        let target = self.sid_of(argument, "target")?;
        unless(self.memory.levels.contains_key(&target), Cause::Exists)?;
        let level = if let Some(level) = written(argument, "level") {
            level
        } else {
            let source = self.has_level(argument, "source")?;
            self.has(argument, "container")?
                .map_or(source, |(container, _)| container.min(source))
        };
        for maker in ["source", "driver", "container"] {
            let Some((maker, _)) = self.has(argument, maker)? else {
                continue;
            };
            unless(level > maker, Cause::Exceeds)?;
        }
        self.memory.levels.insert(target, (level, None));
        Ok(())
    }

    fn upgrade(&mut self, argument: &Value) -> Result<()> {
        let target = self.sid_of(argument, "target")?;
        let (before, least) = self.has(argument, "target")?.unwrap();
        let level = written(argument, "level").unwrap();
        unless(level <= before, Cause::NotHigher)?;
        for maker in ["source", "driver", "container"] {
            let Some((maker, _)) = self.has(argument, maker)? else {
                continue;
            };
            unless(level > maker, Cause::Exceeds)?;
        }
        self.memory.levels.insert(target, (level, least));
        Ok(())
    }

    fn delete(&mut self, argument: &Value) -> Result<()> {
        let target = self.sid_of(argument, "target")?;
        let level = self.has_level(argument, "target")?;
        for maker in ["source", "driver"] {
            unless(level > self.has_level(argument, maker)?, Cause::Exceeds)?;
        }
        self.memory.levels.remove(&target);
        Ok(())
    }
}
