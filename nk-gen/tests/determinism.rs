//! What is written depends on what the descriptions say, not on where, when and by whom the compiler is run; and it is written
//! whole or not at all.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const DESCRIPTIONS: [(&str, &str); 5] = [
    (
        "idl/a/Types.idl",
        "package a.Types\nconst UInt32 Max = 8;\n// A pair.\nstruct Pair { UInt8 x; UInt64 y; }\n",
    ),
    (
        "idl/a/Disk.idl",
        "package a.Disk\nimport a.Types\ninterface { Read(in Pair p, out bytes<Max> sector); }\n",
    ),
    (
        "idl/a/Part.cdl",
        "component a.Part\nendpoints { main : a.Disk  other : a.Disk }\n",
    ),
    (
        "idl/a/Server.edl",
        "task class a.Server\ncomponents { part : a.Part }\nendpoints { own : a.Disk }\n",
    ),
    ("idl/a/Client.edl", "task class a.Client\n"),
];
const POLICY: &str = "execute: kl.core.Execute\nuse nk.base._\nuse parts.calls._\nuse EDL Einit\nuse EDL a.Client\nuse EDL a.Server\nexecute { grant () }\n";
const CALLS: &str = "request src=a.Client, dst=a.Server { grant () }\nresponse { grant () }\n";
const INIT: &str = "entities:\n- name: a.Client\n  connections:\n  - target: a.Server\n    id: disk\n- name: a.Server\n";

/// A folder with a solution.
fn world() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let others = [
        ("solution/security.psl", POLICY),
        ("solution/parts/calls.psl", CALLS),
        ("solution/init.yaml", INIT),
    ];
    for (path, text) in DESCRIPTIONS.into_iter().chain(others) {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// How one run differs from another: the way that paths are spelt (before `idl/…`), where it runs, the order of files and
/// folders on the command line, and the environment.
struct Surroundings {
    prefix: PathBuf,
    cwd: PathBuf,
    reversed: bool,
    env: Vec<(&'static str, &'static str)>,
}

fn surroundings(world: &Path) -> Vec<Surroundings> {
    let plain = |prefix: &Path, cwd: &Path| Surroundings {
        prefix: prefix.to_owned(),
        cwd: cwd.to_owned(),
        reversed: false,
        env: Vec::new(),
    };
    let inner = world.join("idl/a");
    let mut all = vec![
        plain(Path::new(""), world),
        plain(Path::new("."), world),
        plain(Path::new("../.."), &inner),
        plain(world, Path::new("/")),
        plain(&world.join("solution/.."), &inner),
        Surroundings {
            reversed: true,
            ..plain(Path::new(""), world)
        },
    ];
    let environments = [
        vec![("LC_ALL", "tr_TR.UTF-8"), ("LANG", "tr_TR.UTF-8")],
        vec![("LC_ALL", "C"), ("TZ", "Pacific/Kiritimati")],
        vec![
            ("SOURCE_DATE_EPOCH", "0"),
            ("COLUMNS", "20"),
            ("NO_COLOR", "1"),
        ],
        vec![
            ("HOME", "/nonexistent"),
            ("USER", "somebody"),
            ("CLICOLOR_FORCE", "1"),
        ],
    ];
    all.extend(environments.map(|env| Surroundings {
        env,
        ..plain(Path::new(""), world)
    }));
    // every process has another seed for its hash tables
    all.extend((0..8).map(|_| plain(Path::new(""), world)));
    all
}

/// The arguments of each command, with `OUT` where its output goes.
fn commands(prefix: &Path, reversed: bool) -> Vec<(&'static str, Vec<OsString>)> {
    let path = |path: &str| OsString::from(prefix.join(path));
    let mut files = [
        "idl/a/Server.edl",
        "idl/a/Client.edl",
        "idl/a/Types.idl",
        "idl/a/Disk.idl",
    ]
    .map(path);
    // neither folder hides anything of the other
    let mut folders = [["-I".into(), path("idl")], ["-I".into(), path("solution")]];
    if reversed {
        files.reverse();
        folders.reverse();
    }
    let base = |name: &str| [vec![name.into()], folders.concat()].concat();
    let out = || ["-o".into(), "OUT".into()];
    vec![
        (
            "model.json",
            [base("json"), out().into(), files.to_vec()].concat(),
        ),
        (
            "rust",
            [base("rust"), out().into(), files.to_vec()].concat(),
        ),
        (
            "layout",
            [base("layout"), vec![path("idl/a/Server.edl")]].concat(),
        ),
        (
            "image.nki",
            [
                base("solution"),
                vec![
                    "--init".into(),
                    path("solution/init.yaml"),
                    "--policy".into(),
                    path("solution/security.psl"),
                ],
                out().into(),
            ]
            .concat(),
        ),
    ]
}

fn nk_gen(cwd: &Path, arguments: &[OsString], env: &[(&str, &str)]) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nk-gen"));
    command
        .current_dir(cwd)
        .args(arguments)
        .envs(env.iter().copied());
    command.output().unwrap()
}

/// All files below a folder, by their relative paths.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                std::fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else {
            found.insert(
                path.strip_prefix(folder).unwrap().to_owned(),
                std::fs::read(&path).unwrap(),
            );
        }
    }
    found
}

/// Everything that all commands write, in these surroundings.
fn output(surroundings: &Surroundings) -> BTreeMap<PathBuf, Vec<u8>> {
    let out = tempfile::tempdir().unwrap();
    let mut printed = BTreeMap::new();
    for (name, arguments) in commands(&surroundings.prefix, surroundings.reversed) {
        let place = |argument: OsString| {
            if argument == "OUT" {
                out.path().join(name).into()
            } else {
                argument
            }
        };
        let arguments: Vec<OsString> = arguments.into_iter().map(place).collect();
        let done = nk_gen(&surroundings.cwd, &arguments, &surroundings.env);
        assert!(
            done.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
        printed.insert(PathBuf::from(format!("{name} printed")), done.stdout);
    }
    [contents(out.path()), printed]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn output_is_the_same_bytes_whatever_the_surroundings() {
    let world = world();
    // where the temporary folder really is, so that `..` leads back to it
    let path = world.path().canonicalize().unwrap();
    let all = surroundings(&path);
    let first = output(&all[0]);
    let names: Vec<_> = first
        .iter()
        .filter(|(_, bytes)| !bytes.is_empty())
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(
        [
            "model.json",
            "image.nki",
            "layout printed",
            "rust/nk/mod.rs"
        ]
        .iter()
        .all(|name| names.contains(&(*name).to_owned())),
        "{names:?}"
    );
    for surroundings in &all[1..] {
        let other = output(surroundings);
        assert_eq!(
            first.keys().collect::<Vec<_>>(),
            other.keys().collect::<Vec<_>>()
        );
        for (path, bytes) in &first {
            let Surroundings {
                prefix,
                cwd,
                reversed,
                env,
            } = surroundings;
            assert!(
                other[path] == *bytes,
                "{} differs: {} from {}, {reversed}, {env:?}",
                path.display(),
                prefix.display(),
                cwd.display()
            );
        }
    }
}

#[test]
fn output_is_the_same_bytes_in_another_copy_of_the_sources() {
    let (here, there) = (world(), world());
    let output = |world: &TempDir| {
        output(&Surroundings {
            prefix: world.path().to_owned(),
            cwd: "/".into(),
            reversed: false,
            env: Vec::new(),
        })
    };
    assert!(output(&here) == output(&there));
}

/// What tells that a file was not touched: its number, its time, its bytes.
fn stamps(folder: &Path) -> BTreeMap<PathBuf, (u64, i64, i64, Vec<u8>)> {
    let stamp = |(path, bytes): (PathBuf, Vec<u8>)| {
        let meta = std::fs::metadata(folder.join(&path)).unwrap();
        (path, (meta.ino(), meta.mtime(), meta.mtime_nsec(), bytes))
    };
    contents(folder).into_iter().map(stamp).collect()
}

/// Writes everything below `out`; gives whether all, or none, of the commands succeeded.
fn write(world: &Path, out: &Path) -> bool {
    let run = |(name, arguments): (&str, Vec<OsString>)| {
        let place = |argument: OsString| {
            if argument == "OUT" {
                out.join(name).into()
            } else {
                argument
            }
        };
        nk_gen(
            world,
            &arguments.into_iter().map(place).collect::<Vec<_>>(),
            &[],
        )
        .status
        .success()
    };
    let done: Vec<bool> = commands(Path::new(""), false)
        .into_iter()
        .map(run)
        .collect();
    assert!(done.iter().all(|ok| *ok == done[0]), "{done:?}");
    done[0]
}

#[test]
fn an_error_leaves_every_output_file_as_it_was() {
    let (world, out) = (world(), tempfile::tempdir().unwrap());
    assert!(write(world.path(), out.path()));
    let before = stamps(out.path());
    let disk = world.path().join("idl/a/Disk.idl");
    std::fs::write(
        &disk,
        "package a.Disk\ninterface { Read(in Unknown p); Write(in UInt32 x); }\n",
    )
    .unwrap();
    assert!(!write(world.path(), out.path()));
    assert!(
        stamps(out.path()) == before,
        "no file was touched, and none was added"
    );
    // nothing appears where nothing was
    let empty = tempfile::tempdir().unwrap();
    assert!(!write(world.path(), empty.path()));
    assert_eq!(contents(empty.path()).len(), 0);
}

#[test]
fn a_run_that_changes_nothing_touches_nothing_and_one_that_does_replaces_files_whole() {
    let (world, out) = (world(), tempfile::tempdir().unwrap());
    assert!(write(world.path(), out.path()));
    let before = stamps(out.path());
    assert!(write(world.path(), out.path()));
    assert!(
        stamps(out.path()) == before,
        "what has not changed is not written again"
    );
    // a reader that has the old file open keeps the old file, whole
    let mut old = std::fs::File::open(out.path().join("model.json")).unwrap();
    std::fs::write(
        world.path().join("idl/a/Types.idl"),
        DESCRIPTIONS[0].1.replace("= 8", "= 9"),
    )
    .unwrap();
    assert!(write(world.path(), out.path()));
    let after = stamps(out.path());
    let (model, types) = (Path::new("model.json"), Path::new("rust/nk/a/types.rs"));
    for changed in [model, types] {
        assert_ne!(after[changed].3, before[changed].3, "{}", changed.display());
        assert_ne!(
            after[changed].0,
            before[changed].0,
            "{} is a new file in the place of the old one",
            changed.display()
        );
    }
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut old, &mut text).unwrap();
    assert!(text == before[model].3);
    let unchanged = Path::new("rust/nk/mod.rs");
    assert_eq!(after[unchanged].1, before[unchanged].1);
    assert!(
        after.keys().eq(before.keys()),
        "nothing temporary stays behind"
    );
}
