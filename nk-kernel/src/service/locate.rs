//! Looking names up: channels, endpoints, and whether a program was built from the descriptions that the solution has.
use crate::core::Ends;
use crate::report::name as shown;
use nk_image::{Solution, TaskId};
use nk_runtime::Retcode;
use nk_runtime::frame::{Header, Kind, Locate, read_locate};
use nk_security::{Class, Interface};

/// An answer to a lookup: the result's header, and a text when it is a refusal.
pub(super) type Located = (Header, Option<String>);

/// Answers a lookup of a program.
pub(super) fn locate(solution: &Solution, ends: &Ends, task: TaskId, header: &Header, payload: &[u8]) -> Located {
    let asked = Locate::from_number(header.flags).zip(read_locate(payload));
    let found = match asked {
        None => Err((Retcode::INVALID_ARGUMENT, "this is no lookup".to_owned())),
        Some((Locate::Connect, (name, ..))) => connect(solution, ends, task, name),
        Some((Locate::Register, (name, class, digest))) => register(solution, ends, task, name, class, &digest),
        Some((Locate::Riid, (name, interface, digest))) => {
            riid(solution, ends, task, header.handle, name, interface, &digest)
        }
    };
    let result = Header::new(Kind::Result);
    match found {
        Ok(Found::Handle(handle)) => (Header { handle, ..result }, None),
        Ok(Found::Riid(riid)) => (Header { token: riid, ..result }, None),
        Err((code, text)) => (Header { code, ..result }, Some(text)),
    }
}

enum Found {
    Handle(u32),
    Riid(u64),
}

type Answer = Result<Found, (Retcode, String)>;

fn connect(solution: &Solution, ends: &Ends, task: TaskId, name: &str) -> Answer {
    let missing = || unknown_channel(solution, ends, task, name, false);
    ends.connect(task, name).map(Found::Handle).ok_or_else(missing)
}

fn register(solution: &Solution, ends: &Ends, task: TaskId, name: &str, class: &str, digest: &[u8; 32]) -> Answer {
    let missing = || unknown_channel(solution, ends, task, name, true);
    let handle = ends.register(task, name).ok_or_else(missing)?;
    let ours = class_of(solution, task).ok_or_else(internal)?;
    same("class", (class, digest), (&ours.name, &ours.digest))?;
    Ok(Found::Handle(handle))
}

fn riid(
    solution: &Solution,
    ends: &Ends,
    task: TaskId,
    handle: u32,
    name: &str,
    interface: &str,
    digest: &[u8; 32],
) -> Answer {
    let refused = |code: Retcode| (code, format!("handle {handle} is not the calling end of a channel"));
    let listener = ends.called(task, handle).map_err(refused)?;
    let server = ends.server(listener).and_then(|(server, _)| class_of(solution, server)).ok_or_else(internal)?;
    let (riid, endpoint) = (0_u64..)
        .zip(&server.endpoints)
        .find(|(_, e)| e.name == name || e.alias == name)
        .ok_or_else(|| unknown_endpoint(server, name))?;
    let ours: &Interface = solution.policy.tables().interface(endpoint.interface).ok_or_else(internal)?;
    same("interface", (interface, digest), (&ours.name, &ours.digest))?;
    Ok(Found::Riid(riid))
}

fn class_of(solution: &Solution, task: TaskId) -> Option<&Class> {
    solution.policy.tables().class(solution.plan.tasks.get(task.index())?.class)
}

fn internal() -> (Retcode, String) {
    (Retcode::INTERNAL_ERROR, "the kernel does not find its own tables".to_owned())
}

/// Compares the description that a program was built from with the solution's.
fn same(what: &str, program: (&str, &[u8; 32]), ours: (&str, &[u8; 32])) -> Result<(), (Retcode, String)> {
    if program == ours {
        return Ok(());
    }
    let side = |(name, digest): (&str, &[u8; 32])| format!("{what} `{}` {}", shown(name), short(digest));
    let text = format!(
        "the program has {}, the solution has {}; build both again from the same descriptions",
        side(program),
        side(ours)
    );
    Err((Retcode::FAIL, text))
}

/// Enough of a digest to tell two apart.
pub(crate) fn short(digest: &[u8; 32]) -> String {
    digest.first_chunk().map_or_else(String::new, |start| format!("{:016x}", u64::from_be_bytes(*start)))
}

fn unknown_channel(solution: &Solution, ends: &Ends, task: TaskId, name: &str, serving: bool) -> (Retcode, String) {
    let task_name = solution.plan.tasks.get(task.index()).map_or("?", |t| t.name.as_str());
    let verb = if serving { "serves" } else { "calls by" };
    let known = list(ends.names(task, serving));
    let text = format!("task `{task_name}` {verb} no channel `{}` in the solution's init.yaml ({known})", shown(name));
    (Retcode::RESOURCE_NOT_FOUND, text)
}

fn unknown_endpoint(server: &Class, name: &str) -> (Retcode, String) {
    let known = list(server.endpoints.iter().map(|e| e.name.as_str()));
    (Retcode::RESOURCE_NOT_FOUND, format!("class `{}` has no endpoint `{}` ({known})", server.name, shown(name)))
}

fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.map(|n| format!("`{n}`")).collect();
    if names.is_empty() { "there is none".to_owned() } else { format!("there are {}", names.join(", ")) }
}
