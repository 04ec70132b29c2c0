//! Looking names up: channels, endpoints, and whether a program was built from the descriptions that the solution has.
use super::Carrier;
use crate::core::{Kind as Object, Side};
use crate::report::name as shown;
use nk_image::{Solution, TaskId};
use nk_runtime::frame::{Header, Kind, Locate, read_locate};
use nk_runtime::{Retcode, Riid};
use nk_security::{Class, Interface};

/// An answer to a lookup: the result's header, and a text when it is a refusal.
pub(super) type Located = (Header, Option<String>);

/// Answers a lookup of a program.
pub(super) fn locate(
    solution: &Solution,
    carrier: &Carrier,
    task: TaskId,
    header: &Header,
    payload: &[u8],
) -> Located {
    let asked = Locate::from_number(header.flags).zip(read_locate(payload));
    let found = match asked {
        None => Err((Retcode::INVALID_ARGUMENT, "this is no lookup".to_owned())),
        Some((Locate::Connect, (name, ..))) => connect(solution, carrier, task, name),
        Some((Locate::Register, (name, class, digest))) => {
            register(solution, carrier, task, name, class, &digest)
        }
        Some((Locate::Riid, (name, interface, digest))) => riid(
            solution,
            carrier,
            task,
            header.handle,
            name,
            interface,
            &digest,
        ),
    };
    let result = Header::new(Kind::Result);
    match found {
        Ok(Found::Handle(handle)) => (Header { handle, ..result }, None),
        Ok(Found::Riid(riid)) => (
            Header {
                token: riid,
                ..result
            },
            None,
        ),
        Err((code, why)) => (Header { code, ..result }, Some(why)),
    }
}

enum Found {
    Handle(u32),
    Riid(u64),
}

type Answer = Result<Found, (Retcode, String)>;

fn connect(solution: &Solution, carrier: &Carrier, task: TaskId, name: &str) -> Answer {
    let missing = || unknown_channel(solution, carrier, task, name, false);
    carrier
        .routes()
        .names()
        .find(task, name, Side::Calling)
        .map(Found::Handle)
        .ok_or_else(missing)
}

fn register(
    solution: &Solution,
    carrier: &Carrier,
    task: TaskId,
    name: &str,
    class: &str,
    digest: &[u8; 32],
) -> Answer {
    let missing = || unknown_channel(solution, carrier, task, name, true);
    let handle = carrier
        .routes()
        .names()
        .find(task, name, Side::Serving)
        .ok_or_else(missing)?;
    let ours = class_of(solution, task).ok_or_else(internal)?;
    same("class", (class, digest), (&ours.name, &ours.digest))?;
    Ok(Found::Handle(handle))
}

fn riid(
    solution: &Solution,
    carrier: &Carrier,
    task: TaskId,
    handle: u32,
    name: &str,
    interface: &str,
    digest: &[u8; 32],
) -> Answer {
    let refused = |code: Retcode| {
        (
            code,
            format!("handle {handle} is not the calling end of a channel"),
        )
    };
    let (number, ours) =
        if carrier.handles().find(task, handle).map_err(refused)?.kind == Object::Security {
            security_interface(solution, task, name)?
        } else {
            let (server, fixed) = carrier.routes().other_end(task, handle).map_err(refused)?;
            endpoint(
                solution,
                class_of(solution, server).ok_or_else(internal)?,
                name,
                fixed,
            )?
        };
    same("interface", (interface, digest), (&ours.name, &ours.digest))?;
    Ok(Found::Riid(number))
}

/// The endpoint of a server by its name, or the one that a callable handle leads to.
fn endpoint<'s>(
    solution: &'s Solution,
    server: &'s Class,
    name: &str,
    fixed: Option<Riid>,
) -> Result<(u64, &'s Interface), (Retcode, String)> {
    let mut numbered = (0_u64..).zip(&server.endpoints);
    let found = match fixed {
        Some(riid) => numbered.nth(usize::from(riid.0)),
        None => numbered.find(|(_, e)| e.name == name || e.alias == name),
    };
    let (riid, endpoint) = found.ok_or_else(|| unknown_endpoint(server, name))?;
    Ok((
        riid,
        solution
            .policy
            .tables()
            .interface(endpoint.interface)
            .ok_or_else(internal)?,
    ))
}

/// A security interface by which a program asks the security module: its class's own without a name, or that of a part by
/// the path of instances and `security`. Security interfaces have numbers of their own (`spec/idl.md` §8.2).
fn security_interface<'s>(
    solution: &'s Solution,
    task: TaskId,
    name: &str,
) -> Result<(u64, &'s Interface), (Retcode, String)> {
    let class = class_of(solution, task).ok_or_else(internal)?;
    let wanted = if name.is_empty() { "security" } else { name };
    let found = (0..)
        .zip(&class.security)
        .find(|(_, security)| security.name == wanted);
    let none = || {
        (
            Retcode::RESOURCE_NOT_FOUND,
            format!("class `{}` has no security interface", class.name),
        )
    };
    let (number, security) = found.ok_or_else(none)?;
    Ok((
        number,
        solution
            .policy
            .tables()
            .interface(security.interface)
            .ok_or_else(internal)?,
    ))
}

fn class_of(solution: &Solution, task: TaskId) -> Option<&Class> {
    solution
        .policy
        .tables()
        .class(solution.plan.tasks.get(task.index())?.class)
}

fn internal() -> (Retcode, String) {
    (
        Retcode::INTERNAL_ERROR,
        "the kernel does not find its own tables".to_owned(),
    )
}

/// Compares the description that a program was built from with the solution's.
fn same(
    what: &str,
    program: (&str, &[u8; 32]),
    ours: (&str, &[u8; 32]),
) -> Result<(), (Retcode, String)> {
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

fn unknown_channel(
    solution: &Solution,
    carrier: &Carrier,
    task: TaskId,
    name: &str,
    serving: bool,
) -> (Retcode, String) {
    let task_name = solution
        .plan
        .tasks
        .get(task.index())
        .map_or("?", |t| t.name.as_str());
    let verb = if serving { "serves" } else { "calls by" };
    let known = list(carrier.routes().names().of(
        task,
        if serving {
            Side::Serving
        } else {
            Side::Calling
        },
    ));
    let text = format!(
        "task `{task_name}` {verb} no channel `{}` in the solution's init.yaml ({known})",
        shown(name)
    );
    (Retcode::RESOURCE_NOT_FOUND, text)
}

fn unknown_endpoint(server: &Class, name: &str) -> (Retcode, String) {
    let known = list(server.endpoints.iter().map(|e| e.name.as_str()));
    (
        Retcode::RESOURCE_NOT_FOUND,
        format!(
            "class `{}` has no endpoint `{}` ({known})",
            server.name,
            shown(name)
        ),
    )
}

fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.map(|n| format!("`{n}`")).collect();
    if names.is_empty() {
        "there is none".to_owned()
    } else {
        format!("there are {}", names.join(", "))
    }
}
