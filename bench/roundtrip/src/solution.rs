//! The solution that is measured, and the kernel that runs it.
use crate::{CHANNEL, Done, stats};
use nk_kernel::{Config, StdConsole};
use std::error::Error;
use std::path::{Path, PathBuf};

/// A pair, the client with these arguments, the server with that one, and programs beside it, as an image in this folder.
pub fn image(
    folder: &Path,
    client: &[&str],
    server: &str,
    programs: usize,
) -> Result<PathBuf, Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut init = format!(
        "entities:\n- name: Client\n  path: roundtrip\n  args: {client:?}\n  connections:\n  \
         - target: Server\n    id: {CHANNEL}\n- name: Server\n  path: roundtrip\n  args: [server, {server}]\n"
    );
    for n in 2..programs {
        init.push_str(&format!(
            "- name: Idle\n  task: Idle{n}\n  path: roundtrip\n  args: [idle]\n  connections:\n  - target: Server\n    id: c{n}\n"
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
    let file = folder.join("roundtrip.nki");
    std::fs::write(&file, solution.image.ok_or(findings)?.to_bytes()?)?;
    Ok(file)
}

/// Runs it: this process is the kernel.
pub fn run(image: &str, isolation: &str, no_policy: bool, pin: &str) -> Done {
    if pin != "none" {
        stats::pin(1);
    }
    let own = std::env::current_exe()?;
    let config = Config {
        programs: own.parent().map(Path::to_owned),
        no_policy,
        isolation: isolation.parse()?,
        own_process: true,
        signals: true,
        ..Config::new(image, Box::new(StdConsole::new()?))
    };
    std::process::exit(nk_kernel::run(config)?.exit_code().into())
}
