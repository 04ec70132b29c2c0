//! Programs' lives: what cannot be started, what dies, and that nothing is left behind.
use crate::common::{ROLE, Roles, World, image, role_here};
use nk_kernel::Ended;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) const ROLES: Roles = &[
    ("fail", || std::process::exit(3)),
    ("crash", || std::process::abort()),
    ("finish", || println!("\n> finished")),
    ("sleep", sleep),
    ("surroundings", surroundings),
    ("leave", leave),
    ("leave_and_stay", leave_and_stay),
    ("slip_away", slip_away),
    ("linger", linger),
    ("survive", survive),
    ("hear_the_end", hear_the_end),
];

/// Says its process id and stays, with a child of its own.
fn sleep() {
    tell!("{}", std::process::id());
    let mut child = Command::new("/bin/sleep").arg("600").spawn().unwrap();
    tell!("{}", child.id());
    child.wait().unwrap();
}

/// This program in another role, with the same surroundings otherwise.
fn again(role: &str) -> Command {
    let mut this = Command::new(std::env::current_exe().unwrap());
    this.args(std::env::args().skip(1))
        .env(ROLE, role_here(role));
    this
}

/// Leaves a process behind that is in a session of its own and has no parent any more.
fn leave() {
    assert!(again("slip_away").status().unwrap().success());
}

fn leave_and_stay() {
    leave();
    std::thread::sleep(Duration::from_mins(10));
}

fn slip_away() {
    rustix::process::setsid().unwrap();
    tell!("{}", again("linger").spawn().unwrap().id());
}

fn linger() {
    std::thread::sleep(Duration::from_mins(10));
}

/// Refuses to die with the kernel. That is a matter of each thread; exec leaves the one that has refused.
fn survive() {
    rustix::process::set_parent_process_death_signal(None).unwrap();
    panic!("{}", again("hear_the_end").exec());
}

/// Says when it hears from the kernel no more.
fn hear_the_end() {
    tell!("{}", std::process::id());
    assert!(
        crate::common::wire::Lane::nth(0).ends(),
        "the kernel says nothing on its own"
    );
    std::fs::write(std::env::var("NK_TEST_FILE").unwrap(), "cut off").unwrap();
    std::thread::sleep(Duration::from_mins(10));
}

fn surroundings() {
    tell!("{:?}", std::env::args().next().unwrap());
    let mut names: Vec<_> = std::env::vars()
        .filter(|(k, _)| k != "RUST_BACKTRACE")
        .collect();
    names.sort();
    tell!("{names:?}");
    println!("\n> no end of line");
}

fn alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // a zombie is dead, whoever is slow to reap it
    stat.rsplit(')')
        .next()
        .is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with('Z'))
}

#[track_caller]
fn assert_gone(pids: &[u32]) {
    let since = Instant::now();
    while pids.iter().any(|pid| alive(*pid)) {
        assert!(
            since.elapsed() < Duration::from_secs(5),
            "left behind: {pids:?}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_program_that_is_missing_is_named_and_everything_started_is_ended() {
    let mut world = World::new();
    world.cast(&["sleep", "finish"]);
    world.image.plan.tasks[1].path = "Client".into();
    let folder = world.folder.path().display().to_string();
    let run = world.go();
    let error = run.outcome.unwrap_err();
    assert_eq!(error.exit_code(), 4);
    let text = error.to_string();
    assert!(
        text.starts_with("Can't run task \"client\": there is no program `Client` in "),
        "{text}"
    );
    assert!(
        text.contains(&folder) && text.contains("--programs"),
        "{text}"
    );
    let pids: Vec<u32> = run
        .lines
        .iter()
        .map(|(_, line)| line.parse().unwrap())
        .collect();
    assert_gone(&pids);
}

#[test]
fn a_file_that_is_no_program_is_refused_with_the_reason() {
    use std::os::unix::fs::PermissionsExt;
    for (content, says) in [
        ("#!/nowhere\n", "interpreter"),
        ("nothing to run", "not a program for this machine"),
    ] {
        let mut world = World::new();
        world.cast(&["finish", "finish"]);
        let file = world.folder.path().join("odd");
        std::fs::write(&file, content).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        world.image.plan.tasks[0].path = "odd".into();
        let text = world.go().outcome.unwrap_err().to_string();
        assert!(
            text.starts_with("Can't run task \"server\"") && text.contains(says),
            "{text}"
        );
    }
}

#[test]
fn a_program_that_dies_at_once_is_told_with_its_code_or_signal() {
    let run = World::new().run(&["fail", "crash"]);
    assert_eq!(
        run.ended(),
        [("server", Ended::Code(3)), ("client", Ended::Signal(6))]
    );
    run.assert_said(&["task `server` ended with exit code 3"]);
    run.assert_said(&["task `client` was ended by signal 6"]);
    assert_eq!(run.outcome.unwrap().exit_code(), 1);
}

#[test]
fn a_program_gets_its_name_and_the_environment_of_the_plan_only() {
    let mut world = World::new();
    world.cast(&["surroundings", "finish"]);
    world.image.plan.tasks[0]
        .env
        .push(("KEY".into(), "a value".into()));
    let run = world.go();
    let environment = r#"[("KEY", "a value"), ("NK_TEST_ROLE", "lives/surroundings")]"#;
    assert_eq!(
        run.of("server"),
        ["\"program\"", environment, "no end of line"]
    );
    assert_eq!(run.of("client"), ["finished"]);
    run.assert_clean();
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let world = World::new();
    let path = world.write_image();
    let folder = world.folder.path();
    let einit = |image: &std::path::Path, more: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_einit"))
            .arg(image)
            .args(more)
            .output()
            .unwrap();
        (
            output.status.code().unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, text) = einit(&folder.join("none.nki"), &[]);
    assert!(code == 3 && text.contains("none.nki"), "{text}");
    std::fs::write(folder.join("text"), "entities:").unwrap();
    let (code, text) = einit(&folder.join("text"), &[]);
    assert!(code == 3 && text.contains("not a solution image"), "{text}");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(folder.join("short"), &bytes[..bytes.len() - 1]).unwrap();
    let (code, text) = einit(&folder.join("short"), &[]);
    assert!(code == 3 && text.contains("truncated"), "{text}");
    let (code, text) = einit("/dev/zero".as_ref(), &[]);
    assert!(
        code == 3 && text.contains("/dev/zero: it is not a regular file"),
        "{text}"
    );
    let (code, text) = einit(&path, &["--audit", "/dev/null"]);
    assert!(
        code == 3 && text.contains("/dev/null: it is not a regular file"),
        "{text}"
    );
    let (code, text) = einit(&path, &["--programs", "/nowhere"]);
    assert!(code == 3 && text.contains("/nowhere"), "{text}");
    let (code, text) = einit(&path, &["--lanes", "0"]);
    assert!(code == 2 && text.contains("1 to 256"), "{text}");
    let (code, text) = einit(&path, &["--isolation", "4"]);
    assert!(code == 2 && text.contains("1, 2, 3 or best"), "{text}");
    let (code, text) = einit(&path, &["--isolation", "3", "--programs", "/"]);
    assert!(
        code == 5
            && text.contains("the folder of programs is the root folder; use `--isolation 2`"),
        "{text}"
    );
    let (code, text) = einit(&path, &["--memory", "much"]);
    assert!(code == 2 && text.contains("a number with M or G"), "{text}");
}

/// `einit` with two programs that stay, and the process ids of these and of their children.
fn staying() -> (World, Child, Vec<u32>) {
    let mut world = World::new();
    world.cast(&["sleep", "sleep"]);
    let (einit, pids) = telling(&world, 4);
    (world, einit, pids.into_iter().map(|(_, pid)| pid).collect())
}

/// `einit`, and as many process ids that its programs tell, with the name of the task. At level 1, which alone lets programs
/// make processes.
fn telling(world: &World, n: usize) -> (Child, Vec<(String, u32)>) {
    let mut einit = Command::new(env!("CARGO_BIN_EXE_einit"));
    let mut einit = einit
        .arg(world.write_image())
        .args(["--isolation", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(einit.stdout.take().unwrap());
    let lines = output.by_ref().lines().map(Result::unwrap);
    let pid = |line: String| {
        let (task, pid) = line.strip_prefix('[')?.split_once("] > ")?;
        Some((task.to_owned(), pid.parse().ok()?))
    };
    let pids = lines.filter_map(pid).take(n).collect();
    // somebody has to go on reading
    std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
    (einit, pids)
}

#[test]
fn what_a_program_leaves_behind_ends_with_it_and_nothing_of_another_does() {
    let mut world = World::new();
    world.cast(&["leave_and_stay", "leave"]);
    let (mut einit, pids) = telling(&world, 2);
    let left_by = |task: &str| pids.iter().find(|(t, _)| t == task).unwrap().1;
    assert_gone(&[left_by("client")]);
    std::thread::sleep(Duration::from_millis(50));
    assert!(alive(left_by("server")), "its program still runs");
    Command::new("/bin/kill")
        .args(["-TERM", &einit.id().to_string()])
        .status()
        .unwrap();
    assert_eq!(einit.wait().unwrap().code(), Some(143));
    assert!(!alive(left_by("server")), "einit does not end before");
}

#[test]
fn nothing_is_left_when_the_last_program_has_ended() {
    let mut world = World::new();
    world.cast(&["leave", "leave"]);
    let (mut einit, pids) = telling(&world, 2);
    assert_eq!(einit.wait().unwrap().code(), Some(0));
    assert_eq!(
        pids.iter().filter(|(_, pid)| alive(*pid)).count(),
        0,
        "{pids:?}"
    );
}

#[test]
fn a_program_that_outlives_a_killed_kernel_is_cut_off() {
    let mut world = World::new();
    world.cast(&["survive", "survive"]);
    let file = |n: usize| world.folder.path().join(n.to_string());
    let files = [file(0), file(1)];
    for (task, file) in world.image.plan.tasks.iter_mut().zip(&files) {
        task.env
            .push(("NK_TEST_FILE".into(), file.to_str().unwrap().into()));
    }
    let (mut einit, pids) = telling(&world, 2);
    einit.kill().unwrap();
    einit.wait().unwrap();
    let since = Instant::now();
    while !files.iter().all(|f| f.exists()) && since.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(5));
    }
    for (_, pid) in pids {
        let _ = Command::new("/bin/kill")
            .args(["-KILL", &pid.to_string()])
            .status();
    }
    assert!(files.iter().all(|f| f.exists()));
}

#[test]
fn no_program_outlives_a_kernel_that_is_killed() {
    let (_world, mut einit, pids) = staying();
    assert!(pids.iter().all(|pid| alive(*pid)));
    einit.kill().unwrap();
    einit.wait().unwrap();
    // the programs; a process that one of them started is its own to end
    let (programs, children): (Vec<u32>, Vec<u32>) = pids.iter().partition(|pid| !is_sleep(**pid));
    assert_gone(&programs);
    for child in children {
        let _ = Command::new("/bin/kill").arg(child.to_string()).status();
    }
}

fn is_sleep(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|c| c.trim() == "sleep")
}

#[test]
fn a_request_to_end_ends_the_programs_first_and_is_the_exit_code() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let (_world, mut einit, pids) = staying();
        Command::new("/bin/kill")
            .args([signal, &einit.id().to_string()])
            .status()
            .unwrap();
        assert_eq!(einit.wait().unwrap().code(), Some(code));
        assert_gone(&pids);
    }
}

#[test]
fn the_banner_names_solution_tasks_policy_and_isolation() {
    let run = World::with(image::client_and_server()).run(&["finish", "finish"]);
    run.assert_said(&[
        "solution `test`",
        "server, client",
        "policy ",
        "isolation level 2 of 3 (seccomp, Landlock",
        "up to 4 MiB",
    ]);
}
