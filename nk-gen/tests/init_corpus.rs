//! The start-up descriptions of real solutions are understood, templates as they are; what is refused, and why, stands here.
#![cfg(feature = "policy")]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use nk_gen::solution::init::{read, start_order};
use nk_gen::text::diagnostic::Severity;
use nk_gen::text::position::position;
use nk_gen::text::source::FileId;
use std::path::{Path, PathBuf};

/// Values of the corpus's own template variables: `ROOTFS_ENTITY` is set by the build scripts around the templates.
const DEFINES: [(&str, &str); 1] = [("ROOTFS_ENTITY", "kl.VfsSdCardFs")];

/// The files that are refused: the path's end, line and number of the only error, and a part of its help.
const CMAKE: [(&str, usize, u16, &str); 2] = [
    (
        "KasperskyLab__grpc-kos/examples/kos/helloworld/einit/src/client.init.yaml.in",
        28,
        606,
        "only CMake knows",
    ),
    (
        "KasperskyLab__grpc-kos/examples/kos/helloworld/einit/src/server.init.yaml.in",
        24,
        606,
        "only CMake knows",
    ),
];

/// Two files are wrong in themselves, which einit would refuse as well: one name for two channels of a task (rule 4), and a
/// finished description (no template) that connects a task to one that it does not start (rule 3).
const BROKEN: [(&str, usize, u16, &str); 2] = [
    (
        "gldkizz__cyberimmune-drone/kos/einit/drone_controller/src/real_offline.yaml.in",
        50,
        614,
        "another name",
    ),
    (
        "kos/build_real_online/einit/real_online/EinitQemu-kss/init.yaml",
        50,
        611,
        "kl.drivers.BSP",
    ),
];

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        if path.is_dir() {
            collect(&path, into);
        } else if path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .contains(".yaml")
        {
            into.push(path);
        }
    }
}

fn corpus() -> Option<Vec<(String, String)>> {
    let Some(shared) = std::env::var_os("NK_SHARED") else {
        eprintln!("skipped: NK_SHARED does not name the folder of the corpus");
        return None;
    };
    let corpus = Path::new(&shared).join("corpus");
    let mut found = Vec::new();
    collect(&corpus, &mut found);
    found.sort();
    assert_eq!(
        found.len(),
        73,
        "the start-up descriptions of the corpus, templates included"
    );
    let name = |path: &PathBuf| {
        path.strip_prefix(&corpus)
            .unwrap()
            .to_string_lossy()
            .into_owned()
    };
    Some(
        found
            .iter()
            .map(|path| (name(path), std::fs::read_to_string(path).unwrap()))
            .collect(),
    )
}

/// The errors of a file, as `line, number, help`.
fn errors(text: &str, defines: &[(&str, &str)]) -> Vec<(usize, u16, String)> {
    let defines: Vec<_> = defines
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let (start_up, findings) = read(text, FileId(0), &defines);
    let errors: Vec<_> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .collect();
    assert_eq!(
        start_up.is_none(),
        errors.iter().any(|finding| finding.code.number() != 611),
        "{findings:#?}"
    );
    let said = errors.into_iter().map(|finding| {
        let line = position(text, finding.primary.as_ref().unwrap().place.span.start).line;
        (
            line,
            finding.code.number(),
            finding.help.clone().unwrap_or_default(),
        )
    });
    said.collect()
}

#[test]
fn every_start_up_description_of_the_corpus_is_understood_but_for_those_that_need_cmake_or_are_broken()
 {
    let Some(corpus) = corpus() else { return };
    let mut wrong = Vec::new();
    let mut refused = 0;
    for (name, text) in &corpus {
        let found = errors(text, &DEFINES);
        let known = CMAKE
            .iter()
            .chain(&BROKEN)
            .find(|(end, ..)| name.ends_with(end));
        refused += usize::from(known.is_some());
        let as_known = match (known, &found[..]) {
            (None, []) => true,
            (Some((_, line, code, help)), [one]) => {
                (one.0, one.1) == (*line, *code) && one.2.contains(help)
            }
            _ => false,
        };
        if !as_known {
            wrong.push(format!("{name}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(refused, CMAKE.len() + BROKEN.len());
}

#[test]
fn a_variable_of_the_corpus_without_a_value_is_asked_for_at_its_place() {
    let Some(corpus) = corpus() else { return };
    let mut asked = 0;
    for (name, text) in corpus
        .iter()
        .filter(|(_, text)| text.contains("@ROOTFS_ENTITY@"))
    {
        let found = errors(text, &[]);
        let line = found
            .first()
            .map_or("", |(line, ..)| text.lines().nth(line - 1).unwrap_or(""));
        assert!(
            found.len() == 1 && found[0].2.contains("`--define NAME=VALUE`"),
            "{name}: {found:?}"
        );
        assert!(line.contains("target: @ROOTFS_ENTITY@"), "{name}: {line}");
        asked += 1;
    }
    assert!(asked > 5, "{asked}");
}

/// The orders of the start-up code that the vendor's `einit` generated from two of the files: of the sources that are known,
/// those with the most tasks. File, number of channels, tasks.
const GENERATED: [(&str, usize, &[&str]); 2] = [
    (
        "zlyaptica__cyberimmune-systems-autonomous-delivery-drone-with-kos-fork/kos/build_real_online/einit/real_online/\
         EinitHw-kss/init.yaml",
        31,
        &[
            "kl.drivers.I2C",
            "kl.drivers.GPIO",
            "kl.drivers.Bcm2711MboxArmToVc",
            "kl.drivers.DNetSrv",
            "kl.drivers.BSP",
            "kl.drivers.SDCard",
            "kl.drivers.UART",
            "kl.EntropyEntity",
            "kl.VfsNet",
            "kl.rump.Dhcpcd",
            "wpa.WpaSupplicant",
            "kl.VfsSdCardFs",
            "drone_controller.ServerConnector",
            "drone_controller.CredentialManager",
            "drone_controller.PeripheryController",
            "drone_controller.NavigationSystem",
            "drone_controller.AutopilotConnector",
            "drone_controller.FlightController",
        ],
    ),
    (
        "Vadimololo19__cyberimmunity_drone/kos/build/einit/drone_controller/EinitHw-kss/init.yaml",
        38,
        &[
            "kl.drivers.I2C",
            "kl.drivers.GPIO",
            "kl.drivers.Bcm2711MboxArmToVc",
            "kl.drivers.DNetSrv",
            "kl.drivers.BSP",
            "kl.drivers.DNetBrcmfmacSrv",
            "kl.drivers.SDCard",
            "kl.drivers.UART",
            "kl.EntropyEntity",
            "kl.VfsNet",
            "kl.rump.Dhcpcd",
            "wpa.WpaSupplicant",
            "kl.VfsSdCardFs",
            "drone_controller.Logger",
            "drone_controller.PeripheryController",
            "drone_controller.ServerConnector",
            "drone_controller.NavigationSystem",
            "drone_controller.CredentialManager",
            "drone_controller.AutopilotConnector",
            "drone_controller.FlightController",
        ],
    ),
];

#[test]
fn real_solutions_start_in_the_order_of_their_generated_code() {
    let Some(corpus) = corpus() else { return };
    for (name, count, generated) in GENERATED {
        let (_, text) = corpus.iter().find(|(file, _)| file == name).unwrap();
        let start_up = read(text, FileId(0), &[]).0.unwrap();
        let names: Vec<&str> = start_up
            .tasks
            .iter()
            .map(|task| task.name.text.as_str())
            .collect();
        let position = |name: &str| names.iter().position(|known| *known == name).unwrap();
        let channels: Vec<(usize, usize)> = (start_up.tasks.iter().enumerate())
            .flat_map(|(client, task)| {
                task.connections
                    .iter()
                    .map(move |connection| (client, &connection.target.text))
            })
            .map(|(client, target)| (client, position(target)))
            .collect();
        let order: Vec<&str> = start_order(&names, &channels)
            .into_iter()
            .map(|task| names[task])
            .collect();
        assert_eq!(order, generated);
        assert_eq!(
            channels.len(),
            count,
            "those that build scripts added are there"
        );
    }
}
