//! The client: opens files, then tries everything that must not work. One line per outcome.
#![forbid(unsafe_code)]
use filesystem::nk::filesystem::{self as fs, Filesystem, OPEN, OpenReq, Proxy};
use filesystem::nk::server;
use filesystem::{CHANNEL, Disk};
use nk_runtime::generated::{At, Put, Writer};
use nk_runtime::host::{self, Channel, ipc};
use nk_runtime::message::Ex;
use nk_runtime::{Fault, Mode, NkErr, Retcode, Riid, verify_request};

/// Milliseconds that a call may take: a fault of the system shows as one, not as silence.
const PATIENCE: u32 = 10_000;

fn main() -> host::Result<()> {
    let channel = host::connect(CHANNEL)?.with_timeout(PATIENCE);
    let riid = channel.riid::<fs::Interface>("OpsComp.FS")?;
    let mut files = Proxy::new(&channel, riid);

    // the only thing to do when told to, so that a policy can be tried with one call
    if std::env::args().nth(1).as_deref() == Some("once") {
        let name = "/etc/hosts";
        match files.open(name) {
            Ok(handle) => println!("opened {name} -> {handle}"),
            Err(error) => println!("not opened {name}: {}", code(error.fault())),
        }
        return Ok(());
    }

    let mut last = 0;
    for name in ["/etc/hosts", "/var/log/messages", "документ.txt", ""] {
        last = files.open(name)?;
        println!("opened {name} -> {last}");
    }

    println!(
        "unknown RIID: {}",
        raw(&channel, &request(riid.0 + 1, OPEN.mid))
    );
    println!(
        "unknown MID: {}",
        raw(&channel, &request(riid.0, OPEN.mid + 1))
    );
    println!("dispatcher: {}", directly());

    let name = "x".repeat(257);
    match files.open(&name) {
        Err(error) => println!("too long: {error}"),
        Ok(handle) => println!("a name of {} bytes was opened -> {handle}", name.len()),
    }

    // the string's descriptor points behind the arena
    let mut malformed = request(riid.0, OPEN.mid);
    malformed[24..28].copy_from_slice(&1_000_u32.to_le_bytes());
    let answer = raw(&channel, &malformed);
    let next = files.open("/etc/hosts")?;
    let seen = if next == last + 1 {
        "server saw nothing"
    } else {
        "but the server saw it"
    };
    println!("malformed: {answer}, {seen}");
    Ok(())
}

/// The bytes of a request to any endpoint and method, otherwise well formed.
fn request(iid: u16, mid: u16) -> Vec<u8> {
    let mut message = fs::RequestBuf::new();
    let written = Writer::new(message.bytes(), &OPEN.req, iid, mid, false).and_then(|mut w| {
        OpenReq { name: "/etc/hosts" }.put(&mut w, At::START)?;
        Ok(w.finish_len(&OPEN.req))
    });
    let len = written.unwrap_or(0); // the buffer holds any request
    message.bytes()[..len].to_vec()
}

/// Sends bytes past the proxy, which would never write such a message, and answers the kernel's code.
fn raw(channel: &Channel, message: &[u8]) -> Retcode {
    let mut room = fs::ResponseBuf::new();
    match ipc::call(channel.handle(), ipc_parts(message), room.bytes(), PATIENCE) {
        Ok(_) => Retcode::OK,
        Err(error) => code(Some(Fault::from(error))),
    }
}

fn ipc_parts(message: &[u8]) -> host::Parts<'_> {
    host::Parts::of(message)
}

fn code(fault: Option<Fault>) -> Retcode {
    fault.map_or(Retcode::OK, Fault::retcode)
}

/// A dispatcher that is called with an endpoint that is not its own answers `ENOENT` and touches nothing.
fn directly() -> NkErr {
    let message = request(server::OPS_COMP_FS.0, OPEN.mid);
    let mut room = fs::ResponseBuf::new();
    let before = *room.bytes();
    let Ok(request) = verify_request(server::ENDPOINTS, &message, Mode::Strict) else {
        return NkErr::EBADMSG;
    };
    let answer = fs::dispatch(
        &mut Disk::default(),
        Riid(server::OPS_COMP_FS.0 + 1),
        &request,
        room.bytes(),
    );
    let untouched = *room.bytes() == before
        && request.header().ex == Ex::new(OPEN.req.size, OPEN.req.handles, false);
    match answer {
        Err(error) if untouched => error,
        _ => NkErr::EOK,
    }
}
