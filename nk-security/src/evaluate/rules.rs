//! What each rule does (`spec/psl-runtime.md` part B).
use super::expr::Value;
use super::{Cause, Evaluation};
use crate::program::{Call, Flow, MAX_ARITY, Rule};
use crate::state::{Entry, Row};
use crate::{ExprId, ObjectId};

impl Evaluation<'_, '_> {
    /// Grants, or says why not.
    pub(super) fn call(&mut self, rule: &Rule) -> Result<(), Cause> {
        let object = rule.object;
        match &rule.call {
            Call::Grant => Ok(()),
            Call::Deny => Err(Cause::Denies),
            Call::Assert(condition) => {
                if self.truth(*condition)? {
                    Ok(())
                } else {
                    Err(Cause::False)
                }
            }
            Call::DenyIf(condition) => {
                if self.truth(*condition)? {
                    Err(Cause::True)
                } else {
                    Ok(())
                }
            }
            Call::SetLevel(level) => self.set_level(*level),
            Call::FlowInit(sid) => self.flow_init(object, *sid),
            Call::FlowFini(sid) => self.flow_fini(object, *sid),
            Call::FlowEnter(sid, state) => self.flow_enter(object, *sid, *state),
            Call::FlowAllow(sid, states) => self.flow_allow(object, *sid, states),
            Call::SetInit(sid) => {
                let sid = self.sid(*sid)?;
                self.state.change_pool(object, |pool| pool.init(sid))
            }
            Call::SetFini(sid) => {
                let sid = self.sid(*sid)?;
                self.state.change_pool(object, |pool| pool.fini(sid))
            }
            Call::SetAdd(sid, entry) => {
                let (sid, entry) = (self.sid(*sid)?, self.entry(entry)?);
                self.state.change_pool(object, |pool| pool.add(sid, entry))
            }
            Call::SetRemove(sid, entry) => {
                let (sid, entry) = (self.sid(*sid)?, self.entry(entry)?);
                self.state.change_pool(object, |pool| pool.remove(sid, entry))
            }
        }
    }

    fn set_level(&mut self, level: ExprId) -> Result<(), Cause> {
        let level = u8::try_from(self.integer(level)?).map_err(|_| Cause::Level)?;
        self.state.set_level(level);
        Ok(())
    }

    fn flow(&self, object: ObjectId) -> Result<&Flow, Cause> {
        self.program.object(object).and_then(|object| object.model.flow()).ok_or(Cause::Kind)
    }

    fn flow_init(&mut self, object: ObjectId, sid: ExprId) -> Result<(), Cause> {
        let (sid, initial) = (self.sid(sid)?, self.flow(object)?.initial);
        match self.state.automaton(object, sid) {
            Ok(_) => Err(Cause::Exists),
            Err(Cause::NoAutomaton) => self.state.set_automaton(object, sid, Some(initial)),
            Err(cause) => Err(cause),
        }
    }

    fn flow_fini(&mut self, object: ObjectId, sid: ExprId) -> Result<(), Cause> {
        let sid = self.sid(sid)?;
        self.state.automaton(object, sid)?;
        self.state.set_automaton(object, sid, None)
    }

    /// A state that is entered from itself must be listed like any other (B.9).
    fn flow_enter(&mut self, object: ObjectId, sid: ExprId, to: u16) -> Result<(), Cause> {
        let sid = self.sid(sid)?;
        let from = self.state.automaton(object, sid)?;
        let transitions = self.flow(object)?.transitions.get(usize::from(from)).ok_or(Cause::Kind)?;
        if !transitions.contains(&to) {
            return Err(Cause::Transition);
        }
        self.state.set_automaton(object, sid, Some(to))
    }

    fn flow_allow(&self, object: ObjectId, sid: ExprId, states: &[u16]) -> Result<(), Cause> {
        let state = self.state.automaton(object, self.sid(sid)?)?;
        if states.contains(&state) { Ok(()) } else { Err(Cause::State) }
    }

    /// The scalars of an entry as words. Values of one type are equal exactly if their words are.
    pub(super) fn entry(&self, fields: &[ExprId]) -> Result<Entry, Cause> {
        let mut row: Row = [0; MAX_ARITY];
        for (word, field) in row.iter_mut().zip(fields) {
            *word = match self.value(*field)? {
                Value::Bool(truth) => u64::from(truth),
                // integers of messages have at most 64 bits, with or without a sign
                Value::Int(number) => u64::try_from(number)
                    .or_else(|_| i64::try_from(number).map(i64::cast_unsigned))
                    .map_err(|_| Cause::Overflow)?,
                Value::Text(_) => return Err(Cause::Kind),
            };
        }
        Ok(Entry { row, arity: fields.len().min(MAX_ARITY) })
    }
}
