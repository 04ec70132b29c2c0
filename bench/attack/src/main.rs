//! A client and a server with the kernel on one processor, hostile programs on the other: the latency of calls with and
//! without the attack, the two in turn within one run.
//!
//!     cargo run --release -p bench-attack
//!
//! prints a table; `SECONDS` of the environment says how long each attack goes on (4). What "none" differs by is noise of the
//! machine, and a ratio means no more than that.
use nk_kernel::{Config, StdConsole};
use nk_runtime::host::{self, Parts, ipc};
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

nk_runtime::include_nk!();

use nk::echo::{Echo, Interface, Proxy};

/// The attack pauses as long as it goes on.
const PHASE: Duration = Duration::from_millis(250);
/// Around a change nobody knows which it is.
const BLUR: Duration = Duration::from_millis(25);
/// Name of the channels.
const CHANNEL: &str = "server";

/// Name, and what one thread of a hostile program does once.
const ATTACKS: [(&str, fn(u32)); 8] = [
    ("none", |_| std::thread::sleep(Duration::from_millis(5))),
    ("malformed", |handle| drop(call(handle, &[0xff; 64]))),
    ("denied", |handle| drop(call(handle, &sound()))),
    ("large, malformed", |handle| drop(call(handle, &large()))),
    ("lookups", |_| drop(host::connect(&"x".repeat(900)))),
    ("wrong frames", |_| {
        drop(ipc::packet(&[7; 100], &mut [0; 64]))
    }),
    ("output", |_| {
        drop(std::io::stdout().write_all(&[b'x'; 4000]))
    }),
    ("processor", |_| {
        (0..100_000_u64).for_each(|n| {
            std::hint::black_box(n);
        })
    }),
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => table(),
        ["einit", image, programs] => einit(image.as_ref(), programs.as_ref()),
        ["server"] => {
            let listener = host::register::<nk::server::Class>(CHANNEL)?;
            Ok(listener.serve(&mut nk::server::Server::new(Mirror))?)
        }
        ["client", seconds] => client(Duration::from_secs(seconds.parse()?)),
        ["hostile", attack, seconds] => hostile(attack, Duration::from_secs(seconds.parse()?)),
        _ => Err("this takes no arguments".into()),
    }
}

struct Mirror;
impl Echo for Mirror {
    fn echo(&mut self, request: [u8; 64]) -> nk_runtime::Result<[u8; 64]> {
        Ok(request)
    }
    fn store(&mut self, _: &[u8]) -> nk_runtime::Result<()> {
        Ok(())
    }
}

/// Whether the attack goes on now; `None` when that is about to change or has just changed.
fn attacking() -> Option<bool> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let into = Duration::from_nanos((now.as_nanos() % PHASE.as_nanos()) as u64);
    let odd = (now.as_nanos() / PHASE.as_nanos()) % 2 == 1;
    (into > BLUR && into + BLUR < PHASE).then_some(odd)
}

/// Calls all the time; says each latency that is known to be with or without the attack, as percentiles.
fn client(length: Duration) -> Result<(), Box<dyn Error>> {
    let channel = host::connect(CHANNEL)?.with_timeout(10_000);
    let riid = channel.riid::<Interface>("echo")?;
    let mut server = Proxy::new(channel, riid);
    let mut samples = [Vec::new(), Vec::new()];
    let began = Instant::now();
    while began.elapsed() < length {
        let before = (Instant::now(), attacking());
        server.echo([7; 64])?;
        let took = before.0.elapsed();
        if let (Some(first), Some(second)) = (before.1, attacking())
            && first == second
        {
            samples[usize::from(first)].push(took.as_nanos() as u64);
        }
    }
    let said = samples.map(|mut samples| {
        samples.sort_unstable();
        let at = |part: f64| {
            samples
                .get((samples.len() as f64 * part) as usize)
                .copied()
                .unwrap_or(0)
        };
        format!("{} {} {}", samples.len(), at(0.5), at(0.99))
    });
    println!("measured {}", said.join(" "));
    Ok(())
}

/// Attacks from as many threads as there are lanes.
fn hostile(attack: &str, length: Duration) -> Result<(), Box<dyn Error>> {
    // the other processor; where there is only one, the figures say nothing, and are marked
    pin(1);
    let (_, once) = ATTACKS
        .iter()
        .find(|(name, _)| *name == attack)
        .ok_or("no such attack")?;
    let handle = host::connect(CHANNEL)?.handle();
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while began.elapsed() < length {
                    match attacking() {
                        Some(true) => once(handle),
                        _ => std::thread::sleep(Duration::from_millis(1)),
                    }
                }
            });
        }
    });
    Ok(())
}

fn call(handle: u32, message: &[u8]) -> Result<host::Size, host::Error> {
    ipc::call(handle, Parts::of(message), &mut [0; 256], 1_000)
}

/// A request that only the policy refuses.
fn sound() -> Vec<u8> {
    let mut message = vec![0; 88];
    message[4] = 88;
    message
}

/// A request of a mebibyte whose last part is wrong.
fn large() -> Vec<u8> {
    let mut message = vec![1; 32 + (1 << 20)];
    message[..32].fill(0);
    (message[2], message[4]) = (1, 32);
    // one byte fewer than there are
    message[28..32].copy_from_slice(&((1_u32 << 20) - 1).to_le_bytes());
    message
}

fn pin(processor: usize) -> bool {
    let mut set = rustix::thread::CpuSet::new();
    set.set(processor);
    rustix::thread::sched_setaffinity(None, &set).is_ok()
}

/// The kernel: this process, on the first processor, as everything that it starts.
fn einit(image: &Path, programs: &Path) -> Result<(), Box<dyn Error>> {
    pin(0);
    let config = Config {
        programs: Some(programs.to_owned()),
        own_process: true,
        signals: true,
        ..Config::new(image, Box::new(StdConsole::new()?))
    };
    let outcome = nk_kernel::run(config)?;
    std::process::exit(outcome.exit_code().into())
}

/// A solution with a pair and hostile programs, as an image in this folder.
fn image(
    folder: &Path,
    attack: &str,
    hostile: usize,
    seconds: u64,
) -> Result<std::path::PathBuf, Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut init = format!(
        "entities:\n- name: Client\n  path: bench-attack\n  args: [client, \"{seconds}\"]\n  connections:\n  \
         - target: Server\n    id: {CHANNEL}\n- name: Server\n  path: bench-attack\n  args: [server]\n"
    );
    for n in 0..hostile {
        init.push_str(&format!(
            "- name: Hostile\n  task: Hostile{n}\n  path: bench-attack\n  args: [hostile, \"{attack}\", \"{seconds}\"]\n  \
             connections:\n  - target: Server\n    id: {CHANNEL}\n"
        ));
    }
    let path = folder.join("init.yaml");
    std::fs::write(&path, init)?;
    let options = nk_gen::Options {
        include: vec![here.join("idl")],
        ..Default::default()
    };
    let inputs = nk_gen::solution::Inputs {
        init: path,
        policy: here.join("security.psl"),
        options,
        ..Default::default()
    };
    let solution = nk_gen::solution::build(&inputs);
    let findings =
        nk_gen::text::render::plain(&solution.analysis.sources, &solution.analysis.diagnostics);
    let file = folder.join("attack.nki");
    std::fs::write(&file, solution.image.ok_or(findings)?.to_bytes()?)?;
    Ok(file)
}

fn table() -> Result<(), Box<dyn Error>> {
    let seconds = std::env::var("SECONDS").map_or(4, |s| s.parse().unwrap_or(4));
    let own = std::env::current_exe()?;
    let programs = own.parent().ok_or("this program has no folder")?;
    let processors = std::thread::available_parallelism()?;
    println!(
        "{processors} processors; nanoseconds of a call of 64 bytes, without and with the attack"
    );
    println!(
        "{:<18}{:>8}{:>10}{:>10}{:>10}{:>10}{:>8}{:>8}",
        "attack", "hostile", "p50", "p99", "p50", "p99", "p50 x", "p99 x"
    );
    for hostile in [1, 4] {
        for (attack, _) in ATTACKS {
            let folder = tempfile::tempdir()?;
            let image = image(folder.path(), attack, hostile, seconds)?;
            let mut einit = Command::new(&own);
            einit
                .arg("einit")
                .arg(&image)
                .arg(programs)
                .stdin(Stdio::null())
                .stderr(Stdio::null());
            let said = String::from_utf8_lossy(&einit.output()?.stdout).into_owned();
            let measured = said
                .lines()
                .find_map(|line| line.strip_prefix("[Client] measured "));
            let numbers: Vec<f64> = measured
                .ok_or("the client measured nothing")?
                .split(' ')
                .map(str::parse)
                .collect::<Result<_, _>>()?;
            let [_, p50, p99, _, p50_attacked, p99_attacked] = numbers[..] else {
                return Err("six numbers".into());
            };
            println!(
                "{attack:<18}{hostile:>8}{p50:>10}{p99:>10}{p50_attacked:>10}{p99_attacked:>10}{:>8.2}{:>8.2}",
                p50_attacked / p50,
                p99_attacked / p99
            );
        }
    }
    Ok(())
}
