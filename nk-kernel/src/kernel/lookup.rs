//! Looking names up: channels, endpoints, and whether a program was built from
//! the descriptions that the solution has.
//!
//! | lookup | names | answer |
//! |---|---|---|
//! | connect | a channel | the handle of its calling end |
//! | register | a channel, the program's class and its digest | the handle of its listener |
//! | RIID | an endpoint, its interface and its digest | the number of the endpoint |
//!
//! A digest that differs is refused with both sides named: the program and the
//! solution were built from different descriptions, and a message would be
//! misread.
use super::Carrier;
use super::processes::Processes;
use crate::core::{Kind as Object, Side};
use crate::report::name as shown;
use nk_image::TaskId;
use nk_runtime::frame::{Header, Kind, Locate, read_locate};
use nk_runtime::{Retcode, Riid};
use nk_security::{Class, Endpoint, Interface, Tables};

/// What lookups are answered from.
#[derive(Clone, Copy)]
pub(super) struct Solution<'k> {
    pub(super) tables: &'k Tables,
    pub(super) core: &'k Carrier,
    pub(super) processes: &'k Processes,
}

/// The lookups of a program.
#[derive(Clone, Copy)]
pub(super) struct Lookup<'k> {
    pub(super) solution: Solution<'k>,
    pub(super) task: TaskId,
}

/// What a lookup is answered with.
enum Found {
    Handle(u32),
    Riid(Riid),
}

/// A refusal: its code, and a sentence for the programmer.
type Refusal = (Retcode, String);

impl<'k> Lookup<'k> {
    /// The result's header, and a sentence when it is a refusal.
    pub(super) fn answer(self, header: &Header, payload: &[u8]) -> (Header, Option<String>) {
        let result = Header::new(Kind::Result);
        match self.find(header, payload) {
            Ok(Found::Handle(handle)) => (Header { handle, ..result }, None),
            Ok(Found::Riid(riid)) => {
                let token = riid.0.into();
                (Header { token, ..result }, None)
            }
            Err((code, why)) => (Header { code, ..result }, Some(why)),
        }
    }

    /// Reads a lookup and finds what it names.
    ///
    /// # Errors
    /// `rcInvalidArgument` for what is not a lookup or names a handle of the
    /// wrong end, `rcResourceNotFound` for an unknown name, `rcFail` for
    /// another description; each with its sentence.
    fn find(self, header: &Header, payload: &[u8]) -> Result<Found, Refusal> {
        let asked = Locate::from_number(header.flags).zip(read_locate(payload));
        let Some((which, (name, of, digest))) = asked else {
            return Err((Retcode::INVALID_ARGUMENT, "not a lookup".to_owned()));
        };
        match which {
            Locate::Connect => self.channel(name, Side::Calling).map(Found::Handle),
            Locate::Register => {
                let handle = self.channel(name, Side::Serving)?;
                let class = self.class(self.task)?;
                same("class", (of, &digest), (&class.name, &class.digest))?;
                Ok(Found::Handle(handle))
            }
            Locate::Riid => {
                let (riid, interface) = self.endpoint(header.handle, name)?;
                let ours = (interface.name.as_str(), &interface.digest);
                same("interface", (of, &digest), ours)?;
                Ok(Found::Riid(riid))
            }
        }
    }

    /// The program's handle of its end of a channel.
    fn channel(self, name: &str, side: Side) -> Result<u32, Refusal> {
        let names = self.solution.core.routes().names();
        let found = names.find(self.task, name, side);
        found.ok_or_else(|| {
            let task = self.solution.processes.name(self.task);
            let verb = match side {
                Side::Serving => "serves",
                Side::Calling => "calls by",
            };
            let (name, known) = (shown(name), list(names.of(self.task, side)));
            let text = format!(
                "task `{task}` {verb} no channel `{name}` in the solution's init.yaml ({known})"
            );
            (Retcode::RESOURCE_NOT_FOUND, text)
        })
    }

    /// The endpoint with this name behind a handle: of the server at the other
    /// end of a channel, the one that a callable handle leads to, or a security
    /// interface of the program itself.
    fn endpoint(self, handle: u32, name: &str) -> Result<(Riid, &'k Interface), Refusal> {
        let refused = |code: Retcode| {
            let text = format!("handle {handle} is not the calling end of a channel");
            (code, text)
        };
        let core = self.solution.core;
        let found = core.handles().find(self.task, handle).map_err(refused)?;
        if found.kind == Object::Security {
            return self.security_interface(name);
        }
        let other_end = core.routes().other_end(self.task, handle);
        let (server, fixed) = other_end.map_err(refused)?;
        let class = self.class(server)?;
        let mut numbered = (0..=u16::MAX).map(Riid).zip(&class.endpoints);
        let found = match fixed {
            Some(riid) => numbered.nth(usize::from(riid.0)),
            None => numbered.find(|(_, e)| e.name == name || e.alias == name),
        };
        let (riid, endpoint) = found.ok_or_else(|| unknown_endpoint(class, name))?;
        Ok((riid, self.interface(endpoint)?))
    }

    /// A security interface by which a program asks the security module: its
    /// class's own without a name, or that of a part by the path of instances
    /// and `security`. Security interfaces have numbers of their own
    /// (`docs/languages.md` §8.2).
    fn security_interface(self, name: &str) -> Result<(Riid, &'k Interface), Refusal> {
        let class = self.class(self.task)?;
        let wanted = if name.is_empty() { "security" } else { name };
        let mut numbered = (0..=u16::MAX).map(Riid).zip(&class.security);
        let found = numbered.find(|(_, security)| security.name == wanted);
        let (number, security) = found.ok_or_else(|| {
            let text = format!("class `{}` has no security interface", class.name);
            (Retcode::RESOURCE_NOT_FOUND, text)
        })?;
        Ok((number, self.interface(security)?))
    }

    /// The class of a program.
    ///
    /// # Errors
    /// `rcInternalError`: a proved plan has no task without one.
    fn class(self, task: TaskId) -> Result<&'k Class, Refusal> {
        let task = self.solution.processes.task(task);
        let class = task.and_then(|task| self.solution.tables.class(task.class));
        class.ok_or_else(internal)
    }

    /// The interface of an endpoint.
    ///
    /// # Errors
    /// `rcInternalError`: proved tables have no endpoint without one.
    fn interface(self, endpoint: &Endpoint) -> Result<&'k Interface, Refusal> {
        let interface = self.solution.tables.interface(endpoint.interface);
        interface.ok_or_else(internal)
    }
}

/// A refusal that no program can cause.
fn internal() -> Refusal {
    let text = "an entry of the kernel's own tables is missing";
    (Retcode::INTERNAL_ERROR, text.to_owned())
}

/// Compares the description that a program was built from with the solution's.
fn same(what: &str, program: (&str, &[u8; 32]), ours: (&str, &[u8; 32])) -> Result<(), Refusal> {
    if program == ours {
        return Ok(());
    }
    let side =
        |(name, digest): (&str, &[u8; 32])| format!("{what} `{}` {}", shown(name), short(digest));
    let text = format!(
        "the program has {}, the solution has {}; build both again from the same descriptions",
        side(program),
        side(ours)
    );
    Err((Retcode::FAIL, text))
}

/// Enough of a digest to tell two apart.
pub(crate) fn short(digest: &[u8; 32]) -> String {
    digest.first_chunk().map_or_else(String::new, |start| {
        format!("{:016x}", u64::from_be_bytes(*start))
    })
}

/// A refusal that names the endpoints that there are.
fn unknown_endpoint(server: &Class, name: &str) -> Refusal {
    let (class, name) = (&server.name, shown(name));
    let known = list(server.endpoints.iter().map(|e| e.name.as_str()));
    let text = format!("class `{class}` has no endpoint `{name}` ({known})");
    (Retcode::RESOURCE_NOT_FOUND, text)
}

/// Names for a sentence, in the order of the descriptions.
fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.map(|n| format!("`{n}`")).collect();
    if names.is_empty() {
        "there is none".to_owned()
    } else {
        format!("there are {}", names.join(", "))
    }
}
