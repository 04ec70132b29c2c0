//! The events: routed, checked, decided (`docs/psl.md` §7).
use super::route::{Denied, Granted, Permit, Route};
use super::{Numbers, Policy};
use crate::evaluate::{Denial, Event, Outcome, Tracing, evaluate};
use crate::structure::{Bytes, Verified, check};
use crate::{
    BodyId, ClassId, Kind, Message, Method, Program, Reason, Record, State, Subject, Tree, TreeId,
};
use nk_runtime::message::{Ex, Header};
use nk_runtime::{Malformed, Mid, Riid, Rule};

impl Policy {
    /// Routes a request and checks its structure.
    ///
    /// # Errors
    /// Unknown endpoint or method, no rule for it, or a structure rule.
    pub fn request<M: Bytes>(
        &self,
        src: Subject,
        dst: Subject,
        message: M,
    ) -> Result<Verified<M>, Denied<M>> {
        self.question(Kind::Request, src, dst, message)
    }

    /// Routes a question of a process to the security module, and checks its
    /// structure. The answer goes back to the process itself, which has to
    /// honour it. Security interfaces are numbered in a space of their own
    /// (`docs/languages.md` §8.2).
    ///
    /// # Errors
    /// Unknown security interface or method, no rule for it, or a structure
    /// rule.
    pub fn security<M: Bytes>(&self, src: Subject, message: M) -> Result<Verified<M>, Denied<M>> {
        self.question(Kind::Security, src, src, message)
    }

    /// The way of a request and of a question to the security module, which
    /// differ in where their numbers are looked up: endpoints of the receiver,
    /// or security interfaces of the sender.
    fn question<M: Bytes>(
        &self,
        kind: Kind,
        src: Subject,
        dst: Subject,
        message: M,
    ) -> Result<Verified<M>, Denied<M>> {
        let header = Header::read(message.parts().0);
        let (riid, mid, ex) = header.map_or((Riid(0), Mid(0), Ex(0)), |h| (h.iid, h.mid, h.ex));
        let route = Route {
            kind,
            src,
            dst,
            riid,
            mid,
            flattened: 0,
        };
        let deny = |message, reason| Err(denied(message, route.record(reason)));
        if header.is_none() {
            return deny(
                message,
                Reason::Malformed(Malformed {
                    rule: Rule::Size,
                    at: 0,
                }),
            );
        }
        let found = match kind {
            Kind::Security => self.method(&self.security, src.class, riid, mid),
            _ => self.method(&self.endpoints, dst.class, riid, mid),
        };
        let (method, flattened) = match found {
            Ok(found) => found,
            Err(reason) => return deny(message, reason),
        };
        let route = Route { flattened, ..route };
        if ex.is_err() {
            return deny(
                message,
                Reason::Malformed(Malformed {
                    rule: Rule::Direction,
                    at: 4,
                }),
            );
        }
        self.check(&method.request, route, message)
    }

    /// Checks the structure of the answer to a granted request; the error flag
    /// selects the shape and the event.
    ///
    /// # Errors
    /// Another endpoint or method than the request's, no rule for it, or a
    /// structure rule.
    pub fn response<M: Bytes>(&self, request: Route, message: M) -> Result<Verified<M>, Denied<M>> {
        let (src, dst) = (request.dst, request.src);
        let header = Header::read(message.parts().0);
        let error = header.is_some_and(|h| h.ex.is_err());
        let kind = if error { Kind::Error } else { Kind::Response };
        let route = Route {
            kind,
            src,
            dst,
            ..request
        };
        let same = header.is_some_and(|h| h.iid == request.riid && h.mid == request.mid);
        let method = match self.method(&self.endpoints, src.class, request.riid, request.mid) {
            Ok((method, _)) if same => method,
            Err(reason) => return Err(denied(message, route.record(reason))),
            Ok(_) => {
                let rule = if header.is_some() {
                    Rule::Route
                } else {
                    Rule::Size
                };
                let reason = Reason::Malformed(Malformed { rule, at: 0 });
                return Err(denied(message, route.record(reason)));
            }
        };
        self.check(
            if error {
                &method.error
            } else {
                &method.response
            },
            route,
            message,
        )
    }

    /// Routes a response that answers no request, and checks its structure: for
    /// tests of policies, which look at one event at a time. What it says of
    /// itself is believed, so no kernel may deliver it.
    ///
    /// # Errors
    /// Unknown endpoint or method, no rule for it, or a structure rule.
    pub fn unasked_response<M: Bytes>(
        &self,
        src: Subject,
        dst: Subject,
        message: M,
    ) -> Result<Verified<M>, Denied<M>> {
        let header = Header::read(message.parts().0);
        let (riid, mid) = header.map_or((Riid(0), Mid(0)), |h| (h.iid, h.mid));
        let request = Route {
            kind: Kind::Request,
            src: dst,
            dst: src,
            riid,
            mid,
            flattened: 0,
        };
        match self.method(&self.endpoints, src.class, riid, mid) {
            Ok((_, flattened)) => self.response(
                Route {
                    flattened,
                    ..request
                },
                message,
            ),
            Err(reason) => Err(denied(
                message,
                Route {
                    kind: Kind::Response,
                    src,
                    dst,
                    ..request
                }
                .record(reason),
            )),
        }
    }

    /// Asks the rules: every one must grant, and there must be one. What they
    /// change in `state` stays only then.
    ///
    /// # Errors
    /// No rule, or the first rule that denied.
    pub fn decide<M: Bytes>(
        &self,
        state: &mut State,
        message: Verified<M>,
    ) -> Result<Granted<M>, Denied<M>> {
        let (message, route) = message.into_parts();
        match self.evaluate(state, event(&route, &message), &route) {
            Ok(record) => Ok(Granted {
                message,
                route,
                record,
            }),
            Err(record) => Err(Denied { message, record }),
        }
    }

    /// Decides whether a program of class `started` may be started.
    ///
    /// # Errors
    /// No rule, or the first rule that denied.
    pub fn execute(
        &self,
        state: &mut State,
        initiator: Subject,
        started: Subject,
    ) -> Result<Permit, Box<Record>> {
        let route = start(initiator, started);
        self.evaluate(state, bare(&route), &route)
            .map(|record| Permit { record })
    }

    /// What each rule says about an event, and what it reads, as if it happened
    /// now; those behind a rule that denies are evaluated too, as if it had
    /// granted. Nothing is changed.
    pub fn explain<M: Bytes>(&self, state: &mut State, message: &Verified<M>) -> Record {
        let route = message.route();
        self.explained(state, event(&route, message.message()), &route)
    }

    /// The same for a start.
    pub fn explain_execute(
        &self,
        state: &mut State,
        initiator: Subject,
        started: Subject,
    ) -> Record {
        let route = start(initiator, started);
        self.explained(state, bare(&route), &route)
    }

    /// What decides about an event: a position in [`Program::trees`]. Nothing
    /// without a program.
    #[must_use]
    pub fn tree(&self, route: &Route) -> Option<TreeId> {
        let classes = self.tables.classes.len();
        self.program()?.tree(
            route.kind,
            classes,
            route.src.class,
            route.dst.class,
            route.flattened,
        )
    }

    /// The method behind a RIID and a MID, and its flattened number.
    fn method(
        &self,
        numbers: &Numbers,
        class: ClassId,
        riid: Riid,
        mid: Mid,
    ) -> Result<(&Method, usize), Reason> {
        let endpoint = numbers.get(class, riid).ok_or(Reason::UnknownEndpoint)?;
        let interface = self
            .tables
            .interface(endpoint.interface)
            .ok_or(Reason::UnknownEndpoint)?;
        let method = interface
            .methods
            .get(usize::from(mid.0))
            .ok_or(Reason::UnknownMethod)?;
        Ok((method, endpoint.first.saturating_add(usize::from(mid.0))))
    }

    /// An event without a rule is refused before its message is looked at
    /// (`docs/psl.md` §7.1, §7.2).
    fn check<M: Bytes>(
        &self,
        shape: &Message,
        route: Route,
        message: M,
    ) -> Result<Verified<M>, Denied<M>> {
        if let Some(Err(reason)) = self.program().map(|program| self.rules(program, &route)) {
            return Err(denied(message, route.record(reason)));
        }
        let compat = self.tables.class(route.src.class).is_some_and(|c| c.compat);
        check(&self.tables, shape, route, message, compat)
            .map_err(|(message, reason)| denied(message, route.record(reason)))
    }

    /// The rules of an event.
    fn rules(&self, program: &Program, route: &Route) -> Result<BodyId, Reason> {
        match self
            .tree(route)
            .and_then(|id| program.trees.get(id.index()))
        {
            Some(Tree::Rules(body)) => Ok(*body),
            Some(Tree::NoRule(why, place)) => Err(Reason::NoRule(*why, *place)),
            // a proved program answers for every event; should one be missing all the same, it is refused
            None => Err(Reason::UnknownMethod),
        }
    }

    /// Finds the rules of an event and asks them; keeps or takes back what they
    /// changed.
    fn evaluate(
        &self,
        state: &mut State,
        event: Event<'_>,
        route: &Route,
    ) -> Result<Option<Box<Record>>, Box<Record>> {
        let Some(program) = self.program() else {
            return Ok(None);
        };
        let body = self
            .rules(program, route)
            .map_err(|reason| Box::new(route.record(reason)))?;
        let outcome = evaluate(program, state, event, body, Tracing::Off);
        if outcome.denial.is_none() && !outcome.recorded {
            state.keep();
            return Ok(None);
        }
        // somebody wants to know why: the same once more, from where it began
        state.undo();
        let outcome = evaluate(program, state, event, body, Tracing::Called);
        match outcome.denial {
            None => state.keep(),
            Some(_) => state.undo(),
        }
        let granted = outcome.denial.is_none();
        let record = Box::new(record_of(route, outcome));
        if granted {
            Ok(Some(record))
        } else {
            Err(record)
        }
    }

    /// The record of an event as if it happened now; what its rules change is
    /// taken back.
    fn explained(&self, state: &mut State, event: Event<'_>, route: &Route) -> Record {
        let Some(program) = self.program() else {
            return route.record(Reason::Granted);
        };
        match self.rules(program, route) {
            Ok(body) => {
                let outcome = evaluate(program, state, event, body, Tracing::All);
                state.undo();
                record_of(route, outcome)
            }
            Err(reason) => route.record(reason),
        }
    }
}

/// A refusal, with the message that is not passed on.
fn denied<M>(message: M, record: Record) -> Denied<M> {
    Denied {
        message,
        record: Box::new(record),
    }
}

/// The route of a start.
const fn start(initiator: Subject, started: Subject) -> Route {
    Route {
        kind: Kind::Execute,
        src: initiator,
        dst: started,
        riid: Riid(0),
        mid: Mid(0),
        flattened: 0,
    }
}

/// What rules can read of a message.
fn event<'e, M: Bytes>(route: &Route, message: &'e M) -> Event<'e> {
    let (constant, arena) = message.parts();
    Event {
        constant,
        arena,
        sids: message.sids(),
        callable: message.callable(),
        ..bare(route)
    }
}

/// What rules can read of an event without a message.
const fn bare(route: &Route) -> Event<'static> {
    Event {
        constant: &[],
        arena: &[],
        sids: &[],
        callable: None,
        src: route.src.sid,
        dst: route.dst.sid,
    }
}

/// The record of an event with its trace.
fn record_of(route: &Route, outcome: Outcome) -> Record {
    let reason = match outcome.denial {
        Some(Denial { place, cause }) => Reason::Rule(cause, place),
        None => Reason::Granted,
    };
    Record {
        trace: outcome.trace.into_boxed_slice(),
        ..route.record(reason)
    }
}
