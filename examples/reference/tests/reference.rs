//! What the reference promises, over the JSON goldens.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/goldens")
        .join(name)
        .join("expected/model.json")
}

fn run(input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reference"));
    let streams = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = streams.spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

fn page(name: &str) -> String {
    let done = run(&std::fs::read_to_string(golden(name)).unwrap());
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn the_page_of_the_lab_is_the_golden_one() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab.md");
    let page = page("lab");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(golden, page).unwrap();
    } else {
        assert!(
            page == std::fs::read_to_string(&golden).unwrap(),
            "{} differs; BLESS=1 rewrites it",
            golden.display()
        );
    }
}

#[test]
fn the_worked_example_is_documented_with_its_numbers() {
    let page = page("farm");
    // docs/wire.md §10: handles first, 72 bytes, `ab` needs up to 32 bytes of arena
    for line in [
        "**Request**: 72 bytes, 1 handle, and an arena of up to 32.",
        "| 24 | 16 | `owner` | Handle |  |",
        "| 40 | 4 | `slot` | UInt32 |  |",
        "| 48 | 24 | `r` | [Reading](#type-farm.Sensor-Reading) |  |",
        "| 16 | 8 | `label` | string\\<31\\> |  |",
        "| 2 | `probe.spare` | `farm.Probe.spare` | [farm.Sensor](#package-farm.Sensor) |",
    ] {
        assert!(
            page.lines().any(|other| other == line),
            "{line}\nis not in\n{page}"
        );
    }
}

#[test]
fn every_link_of_every_page_leads_somewhere() {
    for name in ["farm", "filesystem", "lab", "wire"] {
        let page = page(name);
        let parts = |begin: &str, end: char| -> BTreeSet<String> {
            page.split(begin)
                .skip(1)
                .filter_map(|rest| Some(rest.split_once(end)?.0.to_owned()))
                .collect()
        };
        let (links, anchors) = (parts("](#", ')'), parts("<a id=\"", '"'));
        assert!(
            !links.is_empty() && links.is_subset(&anchors),
            "{name}: {:?}",
            links.difference(&anchors)
        );
    }
}

#[test]
fn what_is_no_model_is_refused_with_a_sentence() {
    let done = run("{}");
    assert!(!done.status.success() && done.stdout.is_empty());
    assert!(
        String::from_utf8(done.stderr)
            .unwrap()
            .starts_with("reference: this is no model: ")
    );
    let newer = std::fs::read_to_string(golden("farm")).unwrap().replacen(
        "\"version\": 1",
        "\"version\": 2",
        1,
    );
    let said = String::from_utf8(run(&newer).stderr).unwrap();
    assert_eq!(
        said,
        "reference: expected `nk-model` version 1, got `nk-model` version 2\n"
    );
}
