//! The levels of isolation: ordinary programs run on each, what a program is given does not depend on who started `einit`
//! and how, and nothing outlives the kernel.
use crate::common::processes::{below, parent};
use crate::common::wire::{Lane, number, open, opened};
use crate::common::{Roles, World};
use nk_kernel::{Ended, Isolation};
use rustix::fd::BorrowedFd;
use rustix::io::fcntl_getfd;
use rustix::process::{Resource, Signal, getrlimit};
use rustix::thread::{capabilities, no_new_privs};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) const ROLES: Roles = &[
    ("serve", serve),
    ("call", call),
    ("fail", || std::process::exit(3)),
    ("abort", || std::process::abort()),
    ("crash", crash),
    ("surroundings", surroundings),
    ("read_files", read_files),
    ("take_memory", take_memory),
    ("stay", stay),
    ("finish", || ()),
];

const ALL: [Isolation; 3] = [Isolation::Basic, Isolation::Confined, Isolation::Separate];
const NUMBERS: [&str; 3] = ["1", "2", "3"];

fn serve() {
    let lane = Lane::nth(0);
    let handle = lane.register("fs");
    for n in 1..=100 {
        let request = lane.take(handle);
        assert_eq!(
            lane.reply(request.header.token, &opened(n), &[]),
            nk_runtime::Retcode::OK
        );
    }
}

/// Calls from several threads, each on its own lane.
fn call() {
    let handle = Lane::nth(0).connect("fs");
    let call = move |lane| {
        let (constant, arena) = open("x");
        (0..25)
            .map(|_| number(Lane::nth(lane).call(handle, &constant, &arena).constant()))
            .collect::<Vec<_>>()
    };
    let threads: Vec<_> = (0..4)
        .map(|lane| std::thread::spawn(move || call(lane)))
        .collect();
    let mut answers: Vec<u32> = threads
        .into_iter()
        .flat_map(|t| t.join().unwrap())
        .collect();
    answers.sort_unstable();
    tell!("{}", answers.iter().copied().eq(1..=100));
}

fn world(isolation: Isolation) -> World {
    World {
        isolation,
        ..World::new()
    }
}

#[test]
fn programs_with_threads_call_each_other_on_every_level() {
    for level in [
        Isolation::Basic,
        Isolation::Confined,
        Isolation::Separate,
        Isolation::Best,
    ] {
        let run = world(level).run(&["serve", "call"]);
        run.assert_clean();
        assert_eq!(run.of("client"), ["true"], "{level:?}");
    }
}

/// Ends by a fault, not by a signal that is sent.
fn crash() {
    let mut deep = [0_u8; 4096];
    deep[0] = 1;
    if std::hint::black_box(deep)[0] == 1 {
        crash();
    }
    std::hint::black_box(&mut deep);
}

#[test]
fn the_end_of_a_program_is_told_alike_on_every_level() {
    for level in ALL {
        let run = world(level).run(&["fail", "abort"]);
        assert_eq!(
            run.ended(),
            [("server", Ended::Code(3)), ("client", Ended::Signal(6))],
            "{level:?}"
        );
        let run = world(level).run(&["crash", "finish"]);
        // the standard library tells about the stack and aborts
        assert_eq!(
            run.ended(),
            [("server", Ended::Signal(6)), ("client", Ended::Code(0))],
            "{level:?}"
        );
    }
}

/// Everything about a process that its parent could have left to it.
fn surroundings() {
    let open = |fd: &i32| {
        // SAFETY: the number is only asked about.
        fcntl_getfd(unsafe { BorrowedFd::borrow_raw(*fd) }).is_ok()
    };
    tell!(
        "descriptors {:?}",
        (0..2048).filter(open).collect::<Vec<i32>>()
    );
    let mut variables: Vec<_> = std::env::vars().collect();
    variables.sort();
    tell!("environment {variables:?}");
    tell!("arguments {:?}", std::env::args().collect::<Vec<_>>());
    tell!("folder {}", std::env::current_dir().unwrap().display());
    tell!(
        "mask {:o}",
        rustix::process::umask(rustix::fs::Mode::empty()).as_raw_mode()
    );
    tell!(
        "leads its session {}",
        rustix::process::getsid(None).unwrap() == rustix::process::getpid()
    );
    tell!("no new privileges {}", no_new_privs().unwrap());
    let held = capabilities(None).unwrap();
    tell!(
        "capabilities {:?} {:?} {:?}",
        held.effective,
        held.permitted,
        held.inheritable
    );
    let limits = [
        Resource::Core,
        Resource::Nofile,
        Resource::Data,
        Resource::Fsize,
        Resource::Memlock,
    ];
    for limit in limits.map(getrlimit) {
        tell!("limit {:?} {:?}", limit.current, limit.maximum);
    }
    let ignored = [Signal::CHILD, Signal::TERM, Signal::PIPE].map(ignores);
    // the standard library ignores SIGPIPE
    tell!("ignored {ignored:?}");
}

fn ignores(signal: Signal) -> bool {
    let mut now: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: asks for the action, which is written to a local value.
    unsafe { libc::sigaction(signal.as_raw(), std::ptr::null(), &raw mut now) };
    now.sa_sigaction == libc::SIG_IGN
}

/// What `einit` shows of the server's surroundings, when it is started like this.
fn surroundings_under(level: &str, starter: impl FnOnce(&mut Command)) -> Vec<String> {
    let mut world = World::new();
    world.cast(&["surroundings", "finish"]);
    world.image.plan.tasks[0]
        .env
        .push(("KEY".into(), "a value".into()));
    let mut einit = Command::new(env!("CARGO_BIN_EXE_einit"));
    einit.arg(world.write_image()).args(["--isolation", level]);
    let said = world.folder.path().join("said");
    einit
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(&said).unwrap());
    starter(&mut einit);
    let status = einit.status().unwrap();
    assert!(status.success(), "{status}");
    let said = std::fs::read_to_string(said).unwrap();
    said.lines()
        .filter_map(|l| Some(l.strip_prefix("[server] > ")?.to_owned()))
        .collect()
}

#[test]
fn a_program_gets_the_same_however_einit_was_started() {
    for level in NUMBERS {
        let plain = surroundings_under(level, |einit| {
            einit.env_clear();
        });
        let odd = surroundings_under(level, |einit| {
            einit
                .env("LD_PRELOAD", "/nowhere.so")
                .env("RUST_LOG", "trace")
                .env("NK_TEST_SECRET", "secret");
            einit.stderr(Stdio::null());
            // SAFETY: only system calls are made, on `'static` strings and local values.
            unsafe {
                einit.pre_exec(|| {
                    libc::close(0);
                    libc::umask(0);
                    libc::signal(libc::SIGCHLD, libc::SIG_IGN);
                    libc::signal(libc::SIGTERM, libc::SIG_IGN);
                    let few = libc::rlimit {
                        rlim_cur: 8,
                        rlim_max: 4096,
                    };
                    libc::setrlimit(libc::RLIMIT_NOFILE, &raw const few);
                    // descriptor 0, and one that is left open on purpose
                    libc::open(c"/etc/passwd".as_ptr(), libc::O_RDONLY);
                    libc::dup2(0, 7);
                    Ok(())
                });
            }
        });
        assert_eq!(plain, odd, "level {level}");
        assert_eq!(plain[0], "descriptors [0, 1, 2, 3, 4, 5, 6]");
        assert_eq!(
            plain[1],
            r#"environment [("KEY", "a value"), ("NK_TEST_ROLE", "isolation/surroundings")]"#
        );
        assert!(
            plain[2].starts_with(r#"arguments ["program", "program", "--exact""#),
            "{}",
            plain[2]
        );
        assert_eq!(
            plain[3..7],
            [
                "folder /",
                "mask 77",
                "leads its session true",
                "no new privileges true"
            ]
        );
        let none = "CapabilitySet(0x0)";
        let no_capabilities = plain[7] == format!("capabilities {none} {none} {none}");
        assert!(no_capabilities || level == "1", "{}", plain[7]);
        assert_eq!(plain[8], "limit Some(0) Some(0)");
        assert_eq!(plain[9], "limit Some(1024) Some(1024)");
        assert_eq!(plain[10], "limit Some(1073741824) Some(1073741824)");
        if level != "1" {
            assert_eq!(plain[11..13], ["limit Some(0) Some(0)"; 2]);
        }
        assert_eq!(plain[13], "ignored [false, false, true]");
    }
}

/// What a program can read: each path of the environment.
fn read_files() {
    for path in std::env::var("NK_TEST_FILES").unwrap().split(':') {
        let read = std::fs::read(path).map(|bytes| bytes.len());
        tell!(
            "{}",
            read.map_or_else(|e| format!("{:?}", e.kind()), |n| format!("{n} bytes"))
        );
    }
}

#[test]
fn a_program_reads_its_folder_and_nothing_else() {
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    for level in [Isolation::Confined, Isolation::Separate] {
        let mut world = world(level);
        let data = world.folder.path().join("data");
        std::fs::write(&data, "data").unwrap();
        world.cast(&["read_files", "finish"]);
        let files = [
            data.to_str().unwrap(),
            "/dev/null",
            "/etc/passwd",
            elsewhere.path().to_str().unwrap(),
        ];
        world.image.plan.tasks[0]
            .env
            .push(("NK_TEST_FILES".into(), files.join(":")));
        let run = world.go();
        // at level 3 it is not there
        let refused = if level == Isolation::Confined {
            "PermissionDenied"
        } else {
            "NotFound"
        };
        assert_eq!(
            run.of("server"),
            ["4 bytes", "0 bytes", refused, refused],
            "{level:?}"
        );
    }
}

/// Takes more than it may have, in pieces.
fn take_memory() {
    let mut taken: Vec<Vec<u8>> = Vec::new();
    loop {
        let mut piece = Vec::new();
        if piece.try_reserve_exact(16 << 20).is_err() {
            return tell!("{}", taken.len() * 16);
        }
        taken.push(piece);
    }
}

#[test]
fn memory_ends_at_the_limit_and_the_program_is_told() {
    for level in ALL {
        let run = world(level).run(&["take_memory", "finish"]);
        run.assert_clean();
        let mebibytes: u32 = run.of("server")[0].parse().unwrap();
        assert!((900..=1024).contains(&mebibytes), "{mebibytes}");
    }
}

/// Wants to outlive the kernel, says that it has begun, and stays.
fn stay() {
    let _ = rustix::process::set_parent_process_death_signal(None);
    tell!("here");
    std::thread::sleep(Duration::from_mins(10));
}

/// `einit` on a level with two programs that stay, and all processes below it.
fn staying(level: &str) -> (World, Child, Vec<u32>) {
    let mut world = World::new();
    world.cast(&["stay", "stay"]);
    let mut einit = Command::new(env!("CARGO_BIN_EXE_einit"));
    einit
        .arg(world.write_image())
        .args(["--isolation", level])
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut einit = einit.spawn().unwrap();
    let output = BufReader::new(einit.stdout.take().unwrap());
    let mut lines = output.lines().map(Result::unwrap);
    for _ in 0..2 {
        lines.find(|line| line.ends_with("> here")).unwrap();
    }
    let below = below(einit.id());
    (world, einit, below)
}

#[test]
fn nothing_outlives_a_kernel_that_is_killed_however_it_tries() {
    for (level, processes) in [("2", 2), ("3", 4)] {
        let (_world, mut einit, below) = staying(level);
        assert_eq!(
            below.len(),
            processes,
            "each program, and at level 3 process 1 of each namespace"
        );
        einit.kill().unwrap();
        einit.wait().unwrap();
        let since = Instant::now();
        while below.iter().any(|pid| parent(*pid).is_some()) {
            assert!(
                since.elapsed() < Duration::from_secs(5),
                "level {level}: left behind: {below:?}"
            );
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

#[test]
fn a_program_at_level_3_ends_when_it_is_asked_to_as_on_the_others() {
    for level in NUMBERS {
        let (_world, mut einit, below) = staying(level);
        Command::new("/bin/kill")
            .args(["-TERM", &einit.id().to_string()])
            .status()
            .unwrap();
        assert_eq!(einit.wait().unwrap().code(), Some(143));
        assert!(
            below.iter().all(|pid| parent(*pid).is_none()),
            "level {level}"
        );
    }
}
