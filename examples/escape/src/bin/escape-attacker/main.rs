//! The attacker: tries everything that a program could try to get out of where it is, one line for each attempt.
//!
//! Nothing here uses more of `nk` than one ordinary call, to learn where the victim is.
mod files;
mod itself;
mod network;
mod others;
mod raw;
mod resources;
mod system;

use escape::nk::whereabouts::{Interface, Proxy, Whereabouts};
use escape::{CHANNEL, MARK};
use nk_runtime::host;
use std::io::{Error, Write};
use std::path::PathBuf;

/// What is to be attacked.
struct Target {
    victim: i32,
    /// The victim's parent, or ours: the kernel, unless we cannot see it.
    kernel: i32,
    /// Where the secret is in the victim's memory.
    address: usize,
    /// Port of somebody who listens on this machine.
    port: u16,
    /// Name of an abstract socket that somebody listens on.
    name: String,
    /// A folder outside that our user may write to; somebody listens on `socket` in it.
    outside: PathBuf,
    /// Our own folder.
    inside: PathBuf,
}

/// Why an attempt came to nothing.
enum Stopped {
    /// The system refused.
    Refused(Error),
    /// It cannot be tried here.
    Untried(&'static str),
}

impl From<Error> for Stopped {
    fn from(e: Error) -> Self {
        Self::Refused(e)
    }
}

/// An attempt; what it came to when it got through.
type Attempt = fn(&Target) -> Result<String, Stopped>;

/// Name, and the attempt.
type Attack = (&'static str, Attempt);

fn target() -> Result<Target, Box<dyn std::error::Error>> {
    let variable = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
    let (victim, kernel, address) = match variable("ESCAPE_VICTIM") {
        Ok(told) => told_by_starter(&told)?,
        Err(_) => told_by_victim()?,
    };
    Ok(Target {
        victim,
        kernel,
        address: usize::try_from(address)?,
        port: variable("ESCAPE_PORT")?.parse()?,
        name: variable("ESCAPE_NAME")?,
        outside: variable("ESCAPE_OUTSIDE")?.into(),
        inside: variable("ESCAPE_INSIDE")?.into(),
    })
}

/// Process numbers of the victim and of its parent, and the address.
type Place = (i32, i32, u64);

fn told_by_starter(told: &str) -> Result<Place, Box<dyn std::error::Error>> {
    let numbers: Vec<u64> = told.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    let [victim, parent, address] = numbers[..] else {
        return Err("ESCAPE_VICTIM has three numbers".into());
    };
    Ok((i32::try_from(victim)?, i32::try_from(parent)?, address))
}

fn told_by_victim() -> Result<Place, Box<dyn std::error::Error>> {
    let channel = host::connect(CHANNEL)?.with_timeout(10_000);
    let riid = channel.riid::<Interface>("whereabouts")?;
    let told = Proxy::new(&channel, riid).tell()?;
    Ok((
        i32::try_from(told.process)?,
        i32::try_from(told.parent)?,
        told.address,
    ))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // an attempt has executed this program once more: that is all it wanted
    if std::env::var_os("ESCAPE_AGAIN").is_some() {
        return Ok(());
    }
    let target = target()?;
    let groups = [
        others::ATTACKS,
        files::ATTACKS,
        network::ATTACKS,
        system::ATTACKS,
        itself::ATTACKS,
        resources::ATTACKS,
    ];
    // what ends the process on success, or ends it instead of an answer, comes last
    for (name, attempt) in groups.into_iter().flatten().chain(itself::LAST) {
        say(name, attempt(&target));
    }
    println!("{MARK}end");
    Ok(())
}

fn say(name: &str, outcome: Result<String, Stopped>) {
    let (word, detail) = match outcome {
        Ok(detail) => ("through", detail),
        Err(Stopped::Refused(e)) => ("blocked", raw::name_of(&e)),
        Err(Stopped::Untried(why)) => ("untried", why.to_owned()),
    };
    println!("{MARK}{name}\t{word}\t{detail}");
    let _ = std::io::stdout().flush();
}
