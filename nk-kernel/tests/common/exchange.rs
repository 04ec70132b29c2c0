//! A server with a exchange, over which numbers and handles go, and what its programs say to it.
use super::{Run, World};
use crate::tell;
use nk_runtime::Handle;
use nk_runtime::frame::FOREVER;
use nk_runtime::host::{self, Error, Parts, Received, ipc};
use nk_runtime::message::Ex;

pub const EXCHANGE: &str = "package Exchange
interface {
    Hand(in Handle what, out UInt32 n);
    Fetch(in UInt32 n, out Handle what);
    Echo(in UInt32 n, out UInt32 m);
}";
pub const HAND: u16 = 0;
pub const FETCH: u16 = 1;
pub const ECHO: u16 = 2;

pub const POLICY: &str = "use nk.base._
use EDL Einit
use EDL kl.core.Core
use EDL kl.core.NameServer
use EDL Server
use EDL Client
execute { grant () }
request { grant () }
response { grant () }
";

/// The tasks `Server` and `Client` with a static channel `exchange`, and `kl.core.NameServer` with one from both if it is wanted.
pub fn world(policy: &str, tasks: &[&str], connections: &[(&str, &str, &str)]) -> World {
    let connection =
        |(_, server, id): &(&str, &str, &str)| format!("  - target: {server}\n    id: {id}\n");
    let entity = |task: &&str| {
        let own = connections
            .iter()
            .filter(|(client, ..)| client == task)
            .map(connection);
        format!(
            "- name: {task}\n  path: program\n  connections:\n{}",
            own.collect::<String>()
        )
    };
    let init = format!(
        "entities:\n{}",
        tasks.iter().map(entity).collect::<String>()
    );
    World::built(&[
        ("init.yaml", &init),
        ("security.psl", policy),
        ("Exchange.idl", EXCHANGE),
        (
            "Server.edl",
            "task class Server\nendpoints { exchange : Exchange }",
        ),
        ("Client.edl", "task class Client"),
        ("Other.edl", "task class Other"),
    ])
}

#[track_caller]
pub fn pair(server: &str, client: &str) -> Run {
    let world = world(
        POLICY,
        &["Client", "Server"],
        &[("Client", "Server", "exchange")],
    );
    in_order(world, &[("Server", server), ("Client", client)])
}

#[track_caller]
pub fn in_order(mut world: World, roles: &[(&str, &str)]) -> Run {
    cast(&mut world, roles, |_| vec![]);
    world.go()
}

/// Gives each task its role, and arguments beside it.
#[track_caller]
pub fn cast(world: &mut World, roles: &[(&str, &str)], mut more: impl FnMut(&str) -> Vec<String>) {
    let of = |task: &nk_image::Task| roles.iter().find(|(name, _)| *name == task.name).unwrap().1;
    let roles: Vec<&str> = world.image.plan.tasks.iter().map(of).collect();
    world.cast(&roles);
    for task in &mut world.image.plan.tasks {
        task.args.extend(more(&task.name));
    }
}

/// A message of the interface: header, handles, and a number if there is room for one.
pub fn message(mid: u16, handles: &[Handle], number: Option<u32>) -> Vec<u8> {
    let mut bytes = vec![0; 24];
    for handle in handles {
        bytes.extend_from_slice(&handle.handle.to_le_bytes());
        bytes.extend_from_slice(&handle.rights.to_le_bytes());
        bytes.extend_from_slice(&handle.badge.to_le_bytes());
    }
    if let Some(number) = number {
        bytes.extend_from_slice(&u64::from(number).to_le_bytes());
    }
    let ex = Ex::new(
        u32::try_from(bytes.len()).unwrap(),
        u8::try_from(handles.len()).unwrap(),
        false,
    );
    bytes[2..4].copy_from_slice(&mid.to_le_bytes());
    bytes[4..8].copy_from_slice(&ex.0.to_le_bytes());
    bytes
}

pub fn number(message: &[u8]) -> u32 {
    u32::from_le_bytes(message[24..28].try_into().unwrap())
}

pub fn handle_in(message: &[u8]) -> Handle {
    let at = |at: usize| u32::from_le_bytes(message[at..at + 4].try_into().unwrap());
    Handle {
        handle: at(24),
        rights: at(28),
        badge: u64::from_le_bytes(message[32..40].try_into().unwrap()),
    }
}

pub fn call(handle: u32, request: &[u8]) -> Result<Vec<u8>, Error> {
    let mut room = vec![0; 64];
    let size = ipc::call(handle, Parts::of(request), &mut room, FOREVER)?;
    Ok(size.of(&room).to_vec())
}

pub fn echo(handle: u32, n: u32) -> String {
    match call(handle, &message(ECHO, &[], Some(n))) {
        Ok(response) => number(&response).to_string(),
        Err(e) => e.retcode().to_string(),
    }
}

pub fn receive(handle: u32) -> Result<(Received, Vec<u8>), Error> {
    let mut room = vec![0; 64];
    let received = ipc::recv(handle, &mut room)?;
    Ok((received, received.size.of(&room).to_vec()))
}

/// Answers every echo until nobody is left who could call.
pub fn serve(listener: u32) -> String {
    loop {
        match receive(listener) {
            Ok((received, request)) => {
                let answer = message(ECHO, &[], Some(number(&request) + 1));
                if let Err(e) = ipc::reply(received.token, Parts::of(&answer)) {
                    tell!("reply {}", e.retcode());
                }
            }
            Err(e) => return e.retcode().to_string(),
        }
    }
}

/// The server's listener: it is the first thing that a server of one static channel has.
pub const fn registered() -> u32 {
    1
}

pub fn connected() -> u32 {
    host::connect("exchange").unwrap().handle()
}
