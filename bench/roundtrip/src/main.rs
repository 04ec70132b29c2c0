//! A call of so many bytes and its answer of as many, between two programs through the kernel.
//!
//!     roundtrip PIN SIZE [in-process] [no-policy] [programs=N] [isolation=N] [dynamic | connect | pass]
//!
//! `PIN` is `same` (all on processor 1), `diff` (the client on 0, server and kernel on 1) or `none`. Prints one line: mechanism,
//! pin, size, calls, then minimum, median, 99th percentile and mean in nanoseconds, separated by tabs; `N` in the environment
//! sets the number of calls. `programs` are in the solution beside the pair, each with a channel to the server.
//! `dynamic` calls by a channel that was made at run time; `connect` makes such a channel and closes it instead of calling;
//! `pass` hands a handle over, which the server closes.
//!
//!     roundtrip pairs PIN SIZE SETTING…
//!
//! measures twenty times without and with these settings, in turn, and prints the ratio of the medians: its median, and the
//! interval that holds the true one with 95 % (the order statistics of a sign test).
mod dynamic;
mod solution;
mod stats;

use nk::echo::{BytesOut, BytesRes, Echo, Proxy};
use nk_runtime::{InProcess, Mode, Transport};
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

nk_runtime::include_nk!();

/// Name of the channel.
const CHANNEL: &str = "server";

type Done = Result<(), Box<dyn Error>>;

struct Mirror;
impl Echo for Mirror {
    fn eight(&mut self, data: [u8; 8]) -> nk_runtime::Result<[u8; 8]> {
        Ok(data)
    }
    fn line(&mut self, data: [u8; 64]) -> nk_runtime::Result<[u8; 64]> {
        Ok(data)
    }
    fn bytes<'r>(&mut self, data: &[u8], out: BytesOut<'r>) -> nk_runtime::Result<BytesRes<'r>> {
        out.reply(data)
    }
    fn pass(&mut self, what: nk_runtime::Handle) -> nk_runtime::Result<()> {
        Ok(nk_core::handle::close(what.handle).map_err(nk_runtime::Fault::from)?)
    }
}

fn main() -> Done {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["einit", image, isolation, no_policy, pin] => solution::run(image, isolation, no_policy == "true", pin),
        ["server", how] => dynamic::serve(how),
        ["idle"] => loop {
            std::thread::park();
        },
        ["client", name, pin, size, calls, how] => {
            if pin == "diff" {
                stats::pin(0);
            }
            let (size, often) = (size.parse()?, (calls.parse()?, 1));
            let measured = match how {
                "connect" | "pass" => format!("{name}\t{pin}\t{size}\t{}", dynamic::measure(how, often)?),
                _ => {
                    let (channel, riid) = dynamic::connect(how)?;
                    measure(Proxy::new(channel, riid), (name, pin, size), often)?
                }
            };
            // the kernel puts the program's name before what it prints
            Ok(println!("measured {measured}"))
        }
        ["pairs", pin, size, ref settings @ ..] => stats::pairs(
            settings,
            || Ok(stats::median_of(&start(pin, size.parse()?, &[])?)?),
            || Ok(stats::median_of(&start(pin, size.parse()?, settings)?)?),
        ),
        [pin @ ("same" | "diff" | "none"), size, ref settings @ ..] => {
            Ok(writeln!(std::io::stdout(), "{}", start(pin, size.parse()?, settings)?)?)
        }
        _ => {
            Err("roundtrip PIN SIZE [in-process] [no-policy] [programs=N] [isolation=N] [dynamic | connect | pass]"
                .into())
        }
    }
}

/// Starts what is to be measured; answers its line.
fn start(pin: &str, size: usize, settings: &[&str]) -> Result<String, Box<dyn Error>> {
    let mut name = "nk".to_owned();
    let (mut programs, mut isolation, mut no_policy, mut how) = (2, "2", false, "static");
    let calls = std::env::var("N")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or_else(|| stats::suits(size));
    for setting in settings {
        match setting.split_once('=').unwrap_or((setting, "")) {
            ("in-process", "") => {
                stats::pin(1);
                let server = nk::server::Server::new(Mirror);
                let mut server = Box::new(InProcess::<_, { nk::echo::REQUEST_MAX }>::new(
                    server,
                    Mode::Strict,
                ));
                let riid = server.riid("echo")?;
                let often = (calls, 100);
                return measure(
                    Proxy::new(&mut *server, riid),
                    ("nk-in-process", pin, size),
                    often,
                );
            }
            ("no-policy", "") => no_policy = true,
            ("dynamic" | "connect" | "pass", "") => how = setting,
            ("programs", n) => programs = n.parse()?,
            ("isolation", n) => isolation = n,
            _ => return Err(format!("{setting} is no setting").into()),
        }
        name = format!("{name} {setting}");
    }
    let folder = tempfile::tempdir()?;
    let image = solution::image(
        folder.path(),
        &[
            "client",
            &name,
            pin,
            &size.to_string(),
            &calls.to_string(),
            how,
        ],
        how,
        programs,
    )?;
    let mut einit = Command::new(std::env::current_exe()?);
    einit
        .arg("einit")
        .arg(&image)
        .arg(isolation)
        .arg(no_policy.to_string())
        .arg(pin);
    let mut einit = einit
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let said = einit.stdout.take().ok_or("no output")?;
    let line = BufReader::new(said)
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("[Client] measured ").map(str::to_owned));
    // whoever else is in the solution has nothing to end for
    let _ended = einit.kill();
    let output = einit.wait_with_output()?;
    match line {
        Some(line) => Ok(line),
        None => Err(format!(
            "nothing was measured: {}",
            String::from_utf8_lossy(&output.stderr)
        )
        .into()),
    }
}

/// Calls again and again, and says how long that took: so many times, a batch of calls between two looks at the clock.
fn measure<T: Transport>(
    mut server: Proxy<T>,
    (name, pin, size): (&str, &str, usize),
    often: (usize, u32),
) -> Result<String, Box<dyn Error>> {
    let measured = match size {
        8 => stats::measure(often, || server.eight([7; 8]).map(|same| same == [7; 8])),
        64 => stats::measure(often, || server.line([7; 64]).map(|same| same == [7; 64])),
        _ => {
            let (data, mut room) = (vec![7; size], vec![0; nk::echo::RESPONSE_MAX]);
            stats::measure(often, || {
                let answer = server.bytes(&data, nk_runtime::Out::fresh(&mut room).into())?;
                Ok(answer.same().len() == size)
            })
        }
    };
    Ok(format!("{name}\t{pin}\t{size}\t{}", measured?))
}
