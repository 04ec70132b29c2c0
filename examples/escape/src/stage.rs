//! The stage: folders, sockets to connect to, a victim; and the attacker's runs, without `einit` and on each level.
use crate::table::{Level, Outcome, Report, Table};
use crate::{INHERITED_DESCRIPTOR, INHERITED_VARIABLE, MARK, SECRET_VARIABLE};
use nk_gen::solution::{Inputs, build};
use std::error::Error;
use std::fmt::Write;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How long a run may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// What the attacker is put into.
struct Stage {
    folder: tempfile::TempDir,
    einit: PathBuf,
    port: u16,
    name: String,
    _listening: (TcpListener, UnixListener, UnixListener),
}

/// Builds everything, and lets the attacker try everywhere.
///
/// # Errors
/// Something could not be built or started.
pub fn play() -> Result<Table> {
    let programs = build_programs()?;
    let stage = Stage::set(&programs)?;
    let baseline = stage.without_einit()?;
    let levels = [1, 2, 3].into_iter().map(|number| {
        Ok(Level {
            number,
            report: stage.under_einit(number)?,
        })
    });
    Ok(Table {
        baseline,
        levels: levels.collect::<Result<_>>()?,
    })
}

/// Cargo builds only the binary that it runs: this builds the programs and `einit`; answers the folder that they are in.
fn build_programs() -> Result<PathBuf> {
    let mut folder = std::env::current_exe()?
        .parent()
        .ok_or("this program has no folder")?
        .to_owned();
    if folder.ends_with("deps") {
        folder.pop();
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args([
        "build",
        "--quiet",
        "--package",
        "escape",
        "--package",
        "nk-kernel",
        "--bin",
        "einit",
    ]);
    command.args(["--bin", "escape-victim", "--bin", "escape-attacker"]);
    command
        .arg("--manifest-path")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    if let Some(target) = folder.parent() {
        command.arg("--target-dir").arg(target);
    }
    if !command.status()?.success() {
        return Err("the programs do not build".into());
    }
    Ok(folder)
}

impl Stage {
    fn set(programs: &Path) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (inside, outside) = (folder.path().join("inside"), folder.path().join("outside"));
        std::fs::create_dir(&inside)?;
        std::fs::create_dir(&outside)?;
        std::fs::write(outside.join("file"), "a file of somebody else")?;
        std::fs::write(outside.join("victim"), "a file to be emptied")?;
        for program in ["escape-victim", "escape-attacker"] {
            std::fs::copy(programs.join(program), inside.join(program))?;
        }
        let name = format!("escape-{}", std::process::id());
        let tcp = TcpListener::bind("127.0.0.1:0")?;
        let hidden = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
        let there = UnixListener::bind(outside.join("socket"))?;
        let port = tcp.local_addr()?.port();
        Ok(Self {
            folder,
            einit: programs.join("einit"),
            port,
            name,
            _listening: (tcp, hidden, there),
        })
    }

    fn inside(&self) -> PathBuf {
        self.folder.path().join("inside")
    }
    fn outside(&self) -> PathBuf {
        self.folder.path().join("outside")
    }

    /// What an earlier run of the attacker has made or taken away.
    fn tidy(&self) -> Result<()> {
        for entry in std::fs::read_dir(self.outside())? {
            let path = entry?.path();
            if !["file", "victim", "socket"]
                .iter()
                .any(|kept| path.ends_with(kept))
            {
                std::fs::remove_file(&path).or_else(|_| std::fs::remove_dir_all(&path))?;
            }
        }
        Ok(std::fs::write(self.inside().join("sacrifice"), "x")?)
    }

    /// The attacker's environment.
    fn variables(&self) -> [(&'static str, String); 4] {
        [
            ("ESCAPE_PORT", self.port.to_string()),
            ("ESCAPE_NAME", self.name.clone()),
            ("ESCAPE_OUTSIDE", self.outside().display().to_string()),
            ("ESCAPE_INSIDE", self.inside().display().to_string()),
        ]
    }

    fn without_einit(&self) -> Result<Report> {
        self.tidy()?;
        let mut victim = Command::new(self.inside().join("escape-victim"));
        victim
            .arg("alone")
            .env(SECRET_VARIABLE, "secret")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        // in the place of its first lane
        let file = leave_open(&mut victim, 3)?;
        let mut victim = victim.spawn()?;
        let mut whereabouts = String::new();
        BufReader::new(victim.stdout.as_mut().ok_or("no output")?).read_line(&mut whereabouts)?;
        let mut attacker = Command::new(self.inside().join("escape-attacker"));
        attacker
            .envs(self.variables())
            .env("ESCAPE_VICTIM", whereabouts.trim());
        let said = run(starter(&mut attacker)?);
        drop(file);
        victim.kill()?;
        victim.wait()?;
        Ok(report(&said?.0, MARK))
    }

    /// The inner error: the machine cannot have this level.
    fn under_einit(&self, level: u8) -> Result<std::result::Result<Report, String>> {
        self.tidy()?;
        let image = self.image()?;
        let mut einit = Command::new(&self.einit);
        einit.arg(image).args(["--isolation", &level.to_string()]);
        let (said, status) = run(starter(&mut einit)?)?;
        let sentences: Vec<&str> = said
            .lines()
            .filter_map(|l| l.strip_prefix("einit: "))
            .collect();
        if status == Some(5) {
            return Ok(Err(sentences.join("; ")));
        }
        let mut report = report(&said, &format!("[Attacker] {MARK}"));
        if sentences
            .iter()
            .any(|s| s.contains("`Attacker` was ended by signal 31 (SIGSYS)"))
        {
            report.push((GATE.to_owned(), Outcome::Blocked("SIGSYS".to_owned())));
        } else if !said.contains(&format!("[Attacker] {MARK}end")) {
            return Err(format!("the attacker did not come to its end:\n{said}").into());
        }
        Ok(Ok(report))
    }

    fn image(&self) -> Result<PathBuf> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut init = "entities:\n- name: Victim\n  path: escape-victim\n  env:\n".to_owned();
        writeln!(init, "    {SECRET_VARIABLE}: secret")?;
        init.push_str("- name: Attacker\n  path: escape-attacker\n  env:\n");
        for (key, value) in self.variables() {
            writeln!(init, "    {key}: {value:?}")?;
        }
        writeln!(
            init,
            "  connections:\n  - target: Victim\n    id: {}",
            crate::CHANNEL
        )?;
        let path = self.folder.path().join("init.yaml");
        std::fs::write(&path, init)?;
        let options = nk_gen::Options {
            include: vec![here.join("idl")],
            ..Default::default()
        };
        let solution = build(&Inputs {
            init: path,
            policy: here.join("security.psl"),
            options,
            ..Default::default()
        });
        let findings =
            nk_gen::text::render::plain(&solution.analysis.sources, &solution.analysis.diagnostics);
        let image = solution.image.ok_or(findings)?;
        let file = self.inside().join("escape.nki");
        std::fs::write(&file, image.to_bytes()?)?;
        Ok(file)
    }
}

/// The last attempt: what is refused there ends the process.
const GATE: &str = "call by another architecture's gate (int 0x80)";

/// A starter that has things that nobody is to inherit.
fn starter(command: &mut Command) -> Result<&mut Command> {
    command
        .env(INHERITED_VARIABLE, "inherited")
        .stdin(Stdio::null());
    let file = leave_open(command, INHERITED_DESCRIPTOR)?;
    // open until the process is started, which is all that is wanted; a few bytes for the length of a run
    std::mem::forget(file);
    Ok(command)
}

/// Leaves a descriptor with this number open in what is started.
fn leave_open(command: &mut Command, number: i32) -> Result<File> {
    let file = File::open("/dev/zero")?;
    let fd = file.as_raw_fd();
    // SAFETY: the closure makes one system call on numbers.
    unsafe {
        command.pre_exec(move || match libc::dup2(fd, number) {
            -1 => Err(std::io::Error::last_os_error()),
            _ => Ok(()),
        });
    }
    Ok(file)
}

/// What it prints on both streams, and its exit code.
fn run(command: &mut Command) -> Result<(String, Option<i32>)> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (tell, told) = mpsc::channel();
    read_to_end(child.stdout.take(), tell.clone());
    read_to_end(child.stderr.take(), tell);
    let mut said = String::new();
    for _ in 0..2 {
        match told.recv_timeout(PATIENCE) {
            Ok(text) => said.push_str(&text),
            Err(_) => return Err(hung(&mut child, &said)),
        }
    }
    Ok((said, child.wait()?.code()))
}

fn hung(child: &mut Child, said: &str) -> Box<dyn Error> {
    let _ = child.kill();
    let _ = child.wait();
    format!("no end after {} s:\n{said}", PATIENCE.as_secs()).into()
}

fn read_to_end(stream: Option<impl Read + Send + 'static>, tell: mpsc::Sender<String>) {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.map(|mut stream| stream.read_to_end(&mut bytes));
        let _ = tell.send(String::from_utf8_lossy(&bytes).into_owned());
    });
}

/// The attacker's lines.
fn report(said: &str, mark: &str) -> Report {
    let lines = said.lines().filter_map(|line| line.strip_prefix(mark));
    let outcomes = lines.filter_map(|line| {
        let mut parts = line.split('\t');
        let (name, word, detail) = (parts.next()?, parts.next()?, parts.next()?.to_owned());
        let outcome = match word {
            "through" => Outcome::Through(detail),
            "blocked" => Outcome::Blocked(detail),
            _ => Outcome::Untried(detail),
        };
        Some((name.to_owned(), outcome))
    });
    outcomes.collect()
}
