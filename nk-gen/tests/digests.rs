//! Digests change with what two programs must agree on, and with nothing else.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use nk_gen::model::Model;
use nk_gen::model::digest::hex;
use nk_gen::{Options, analyze};
use sha2::{Digest, Sha256};

const SENSOR: &str = "package p.Sensor
const UInt32 Max = 32;
struct Reading { UInt8 kind; string<Max> label; }
interface { Put(in UInt32 slot, in Handle owner, in sequence<Reading, 2> r, out UInt16 gen); Stop(); }";

const PROBE: &str = "component p.Probe endpoints { main : p.Sensor }";

fn model(sensor: &str, probe: &str) -> Model {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        folder.path().join("Sensor.idl"),
        folder.path().join("Probe.cdl"),
    ];
    std::fs::write(&files[0], sensor).unwrap();
    std::fs::write(&files[1], probe).unwrap();
    let analysis = analyze(&files, &[], &Options::default());
    assert!(
        !analysis.has_errors(),
        "{}",
        nk_gen::text::render::plain(&analysis.sources, &analysis.diagnostics)
    );
    analysis.model
}

/// The digests of interface and component.
fn digests(sensor: &str, probe: &str) -> (String, String) {
    let model = model(sensor, probe);
    (
        hex(model.packages[0].digest.as_ref().unwrap()),
        hex(model.components[0].digest.as_ref().unwrap()),
    )
}

fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text).into())
}

#[test]
fn digests_can_be_made_from_the_documented_text_alone() {
    let reading = sha256("struct p.Sensor.Reading\n kind UInt8\n label string<32>\n");
    // the handle stands first in the message
    let put = format!(
        "method 0 Put\n in\n  owner Handle\n  slot UInt32\n  r sequence<{reading},2>\n out\n  gen UInt16\n error\n"
    );
    let sensor = sha256(&format!(
        "interface p.Sensor\n{put}method 1 Stop\n in\n out\n error\n"
    ));
    let probe = sha256(&format!(
        "component p.Probe\nendpoint 0 main p.Probe.main p.Sensor {sensor}\n"
    ));
    assert_eq!(digests(SENSOR, PROBE), (sensor, probe));
}

#[test]
fn spelling_does_not_change_a_digest() {
    let same = [
        (
            "const UInt32 Max = 32;",
            "/* as hex */ const UInt64 Limit = 1; const UInt32 Max = 0x10 * 2;",
        ),
        ("string<Max>", "string<32>"),
        ("struct Reading", "typedef UInt8 Kind; struct Reading"),
        (
            "in UInt32 slot, in Handle owner",
            "in Handle owner, in UInt32 slot",
        ),
        (
            "sequence<Reading, 2> r, out UInt16 gen",
            "sequence<Reading, 2> r, out UInt16 gen // the generation\n",
        ),
    ];
    for (old, new) in same {
        assert!(SENSOR.contains(old));
        assert_eq!(
            digests(&SENSOR.replace(old, new), PROBE),
            digests(SENSOR, PROBE),
            "{new}"
        );
    }
}

#[test]
fn what_the_wire_or_the_policy_can_see_changes_both_digests() {
    let (interface, component) = digests(SENSOR, PROBE);
    let other = [
        ("Max = 32", "Max = 33"),
        ("UInt8 kind", "SInt8 kind"),
        ("kind", "sort"),
        ("Reading", "Reeding"),
        ("Reading, 2", "Reading, 3"),
        ("in UInt32 slot", "in UInt32 number"),
        ("out UInt16 gen", "error UInt16 gen"),
        ("Put(", "Take("),
        ("Stop();", ""),
        ("struct", "union"),
    ];
    for (old, new) in other {
        assert!(SENSOR.contains(old));
        let (changed, user) = digests(&SENSOR.replace(old, new), PROBE);
        assert!(changed != interface && user != component, "{new}");
    }
    for (old, new) in [("main", "other"), ("}", "again : p.Sensor }")] {
        let (same, changed) = digests(SENSOR, &PROBE.replace(old, new));
        assert!(same == interface && changed != component, "{new}");
    }
}

#[test]
fn types_that_double_at_every_level_cost_nothing() {
    let levels: Vec<String> = (1..30)
        .map(|i| format!("struct S{i} {{ S{0} a; sequence<S{0}, 2> b; }}", i - 1))
        .collect();
    let text = format!(
        "package p.Sensor struct S0 {{ UInt8 x; }} {} interface {{ F(in sequence<S20, 1> s); }}",
        levels.join(" ")
    );
    assert_ne!(digests(&text, PROBE).0, "0".repeat(64));
}
