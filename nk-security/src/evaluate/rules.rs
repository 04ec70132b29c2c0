//! What each rule does (`docs/psl.md` §9).
//!
//! | model | rules |
//! |---|---|
//! | Base | `grant`, `deny`, `assert`, `deny if`, `set_level` |
//! | Flow | `init`, `fini`, `enter`, `allow` |
//! | `HashSet` | `init`, `fini`, `add`, `remove` |
//! | `StaticMap` | `init`, `fini`, `set`, `commit`, `rollback` |
//! | Mic | `create`, `delete`, `upgrade`, `execute`, `receive` kinds, `send` kinds |
//!
//! What a rule changes can be seen by the rules behind it, and is taken back if
//! the event is denied.
use super::{Cause, Evaluation, Result};
use crate::program::{Call, Flow, Key, Model, Rule, word};
use crate::state::Place;
use crate::{ExprId, ObjectId};

impl<'e> Evaluation<'e, '_> {
    /// Grants, or says why not.
    pub(super) fn call(&mut self, rule: &Rule) -> Result<()> {
        let object = rule.object;
        match &rule.call {
            Call::Grant => Ok(()),
            Call::Deny => Err(Cause::Denies),
            Call::Assert(condition) => unless(!self.values().truth(*condition)?, Cause::False),
            Call::DenyIf(condition) => unless(self.values().truth(*condition)?, Cause::True),
            Call::SetLevel(level) => self.set_level(*level),
            Call::Init(sid) => self.init(object, *sid),
            Call::Fini(sid) => self.fini(object, *sid),
            Call::Enter(sid, state) => self.flow_enter(object, *sid, *state),
            Call::Allow(sid, states) => {
                let state = self.state.state(object, self.values().sid(*sid)?)?;
                unless(!states.contains(&state), Cause::State)
            }
            Call::Add(sid, entry) => {
                let (sid, entry) = (self.values().sid(*sid)?, self.values().entry(entry)?);
                self.state.add(object, sid, entry)
            }
            Call::Remove(sid, entry) => {
                let (sid, entry) = (self.values().sid(*sid)?, self.values().entry(entry)?);
                self.state.remove(object, sid, entry)
            }
            Call::Set(sid, key, value) => self.map_set(object, *sid, *key, *value),
            Call::Commit(sid) => self.map_copy(object, *sid, Place::Working, Place::Base),
            Call::Rollback(sid) => self.map_copy(object, *sid, Place::Base, Place::Working),
            Call::Create(resource, level) => self.mic_create(object, resource, *level),
            Call::Delete(resource) => self.mic_delete(object, resource),
            Call::Upgrade(resource, level) => self.mic_upgrade(object, resource, *level),
            Call::Execute(started) => self.mic_execute(object, started),
            Call::Receive(source, target, _) => self.mic_receive(object, *source, *target),
            Call::Send(source, target, _) => self.mic_send(object, *source, *target),
        }
    }

    /// Sets the audit level of the whole policy.
    ///
    /// # Errors
    /// [`Cause::Level`] above 255.
    fn set_level(&mut self, level: ExprId) -> Result<()> {
        let level = u8::try_from(self.values().integer(level)?).map_err(|_| Cause::Level)?;
        self.state.set_level(level);
        Ok(())
    }

    /// The model of an object, with its configuration.
    fn model(&self, object: ObjectId) -> Result<&'e Model> {
        let program = self.program;
        program
            .object(object)
            .map(|object| &object.model)
            .ok_or(Cause::Kind)
    }

    /// Gives a SID its automaton, set or map.
    ///
    /// # Errors
    /// [`Cause::Exists`] if it has one, [`Cause::Full`] when all are in use.
    fn init(&mut self, object: ObjectId, sid: ExprId) -> Result<()> {
        let sid = self.values().sid(sid)?;
        match self.model(object)? {
            Model::Flow(flow) => match self.state.state(object, sid) {
                Ok(_) => Err(Cause::Exists),
                Err(Cause::NoAutomaton) => self.state.set_state(object, sid, Some(flow.initial)),
                Err(cause) => Err(cause),
            },
            Model::HashSet(_) => self.state.bind(object, sid, &[]),
            Model::StaticMap(map) => self.state.bind(object, sid, &map.values),
            _ => Err(Cause::Kind),
        }
    }

    /// Takes the automaton, set or map of a SID back.
    ///
    /// # Errors
    /// [`Cause::NoAutomaton`], [`Cause::NoTable`].
    fn fini(&mut self, object: ObjectId, sid: ExprId) -> Result<()> {
        let sid = self.values().sid(sid)?;
        match self.model(object)? {
            Model::Flow(_) => {
                self.state.state(object, sid)?;
                self.state.set_state(object, sid, None)
            }
            _ => self.state.free(object, sid),
        }
    }

    /// A state that is entered from itself must be listed like any other (B.9).
    fn flow_enter(&mut self, object: ObjectId, sid: ExprId, to: u16) -> Result<()> {
        let sid = self.values().sid(sid)?;
        let from = self.state.state(object, sid)?;
        let flow: &Flow = self.model(object)?.flow().ok_or(Cause::Kind)?;
        let transitions = flow.transitions.get(usize::from(from)).ok_or(Cause::Kind)?;
        if !transitions.contains(&to) {
            return Err(Cause::Transition);
        }
        self.state.set_state(object, sid, Some(to))
    }

    /// Sets a value of the working instance; the base instance changes with
    /// `commit` only.
    ///
    /// # Errors
    /// [`Cause::NoTable`], [`Cause::NoKey`], [`Cause::Overflow`].
    fn map_set(&mut self, object: ObjectId, sid: ExprId, key: Key, value: ExprId) -> Result<()> {
        let map = self.values().map(object)?;
        let (sid, key, value) = (
            self.values().sid(sid)?,
            self.values().key(map, key)?,
            self.values().integer(value)?,
        );
        let word = word(value)
            .filter(|_| map.width.holds(value))
            .ok_or(Cause::Overflow)?;
        self.state
            .set_entry(object, sid, map, Place::Working(key), word)
    }

    /// Copies one instance over the other; what is equal is left alone.
    fn map_copy(
        &mut self,
        object: ObjectId,
        sid: ExprId,
        from: fn(usize) -> Place,
        to: fn(usize) -> Place,
    ) -> Result<()> {
        let (map, sid) = (self.values().map(object)?, self.values().sid(sid)?);
        for key in 0..map.values.len() {
            let word = self.state.entry(object, sid, map, from(key))?;
            if self.state.entry(object, sid, map, to(key))? != word {
                self.state.set_entry(object, sid, map, to(key), word)?;
            }
        }
        Ok(())
    }
}

/// Denies for a reason, if there is one.
const fn unless(denies: bool, cause: Cause) -> Result<()> {
    if denies { Err(cause) } else { Ok(()) }
}
