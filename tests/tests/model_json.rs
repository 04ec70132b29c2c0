//! What `nk-gen json` prints holds to the published schema, and says everything that the model knows.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use jsonschema::Validator;
use nk_gen::cli::{Exit, run};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::ffi::OsString;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn schema() -> Value {
    serde_json::from_str(
        &std::fs::read_to_string(root().join("schema/nk-model.schema.json")).unwrap(),
    )
    .unwrap()
}

fn validator() -> Validator {
    let schema = schema();
    jsonschema::meta::validate(&schema).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

/// Runs `nk-gen json` on all descriptions below a folder.
fn model(folder: &Path, options: &[&str]) -> Value {
    let mut arguments: Vec<OsString> = ["nk-gen", "json", "-S"].map(Into::into).into();
    arguments.push(folder.into());
    arguments.extend(options.iter().map(Into::into));
    arguments.extend(nk_tests::descriptions(folder).into_iter().map(Into::into));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = run(arguments, &mut out, &mut err, false);
    assert_eq!(
        exit,
        Exit::Success,
        "{}: {}",
        folder.display(),
        String::from_utf8_lossy(&err)
    );
    serde_json::from_slice(&out).unwrap()
}

fn assert_valid(validator: &Validator, model: &Value, what: &Path) {
    let errors: Vec<String> = validator
        .iter_errors(model)
        .take(5)
        .map(|e| format!("{}: {e}", e.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{}: {errors:#?}", what.display());
    every_reference_is_of_this_document(model, what);
}

/// Every id stands once, and every id that is referred to is there.
fn every_reference_is_of_this_document(model: &Value, what: &Path) {
    let (mut known, mut used) = (HashSet::new(), HashSet::new());
    ids(model, &mut known, &mut used);
    let missing: Vec<_> = used
        .iter()
        .filter(|id| !id.starts_with("external:") && !known.contains(*id))
        .collect();
    assert!(missing.is_empty(), "{}: {missing:?}", what.display());
}

/// An `id` names the object that it stands in, but in a `named` or `external` type it refers to one.
fn ids<'v>(value: &'v Value, known: &mut HashSet<&'v str>, used: &mut HashSet<&'v str>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| ids(value, known, used)),
        Value::Object(object) => {
            let refers = object
                .get("kind")
                .is_some_and(|kind| kind == "named" || kind == "external");
            for (key, value) in object {
                match value.as_str() {
                    Some(id) if key == "id" && !refers => {
                        assert!(known.insert(id), "{id} stands twice");
                    }
                    Some(id)
                        if matches!(
                            key.as_str(),
                            "id" | "type"
                                | "interface"
                                | "declared"
                                | "component"
                                | "owner"
                                | "security"
                        ) =>
                    {
                        used.insert(id);
                    }
                    Some(_) => {}
                    None => ids(value, known, used),
                }
            }
            let references = ["roots", "imports"]
                .into_iter()
                .filter_map(|key| object.get(key)?.as_array());
            used.extend(references.flatten().filter_map(Value::as_str));
        }
        _ => {}
    }
}

#[test]
fn every_description_of_the_repository_prints_a_model_that_the_schema_accepts() {
    let validator = validator();
    let tests = root().join("tests");
    let goldens =
        ["filesystem", "farm", "lab", "wire"].map(|name| tests.join("goldens").join(name));
    let folders = goldens.into_iter().chain([
        tests.join("names"),
        tests.join("vectors/farm"),
        tests.join("vectors/kernel"),
        root().join("examples/filesystem/idl"),
        root().join("nk-gen/builtin"),
    ]);
    for folder in folders {
        assert_valid(&validator, &model(&folder, &[]), &folder);
    }
}

#[test]
fn three_solutions_of_the_corpus_print_models_that_the_schema_accepts() {
    let Some(shared) = nk_tests::shared() else {
        return;
    };
    let validator = validator();
    let folders = [
        "cyberimmunity-edu__cyberimmune-systems-autonomous-delivery-drone-with-kos/kos/resources",
        "cyberimmunity-edu__cyberimmune-systems-prototypes-FireFighter-drone-kos/resources",
        "cyberimmunity-edu__cyberimmune-systems-example-traffic-light-kos/resources",
    ];
    for folder in folders {
        let folder = shared.join("corpus").join(folder);
        let model = model(&folder, &[]);
        assert!(model["components"].as_array().unwrap().len() > 2);
        assert_valid(&validator, &model, &folder);
    }
}

#[test]
fn what_depends_on_an_external_name_is_null_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = "package p.T\nimport kl.Types\nstruct S { kl.Types.Time t; UInt8 x; }\ninterface { Do(in S s, in handle<kl.Other> h); }\n";
    std::fs::write(folder.path().join("T.idl"), text).unwrap();
    let class = "task class p.C\ncomponents { k : kl.Thing }\nendpoints { own : p.T }\n";
    std::fs::write(folder.path().join("C.edl"), class).unwrap();
    let model = model(folder.path(), &["--external", "kl."]);
    assert_valid(&validator(), &model, folder.path());
    let package = &model["packages"][0];
    assert_eq!(package["types"][0]["layout"], Value::Null);
    assert_eq!(
        package["types"][0]["fields"][0]["type"]["id"],
        "external:kl.Types.Time"
    );
    assert_eq!(
        package["interface"]["methods"][0]["request"]["shape"],
        Value::Null
    );
    assert_eq!(
        (&package["digest"], &model["components"][0]["endpoints"]),
        (&Value::Null, &Value::Null)
    );
    assert!(!model["externals"].as_array().unwrap().is_empty());
}

/// Every object of a document, by JSON pointer.
fn objects(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(list) => {
            list.iter()
                .enumerate()
                .for_each(|(i, value)| objects(value, &format!("{at}/{i}"), found));
        }
        Value::Object(object) => {
            found.push(at.to_owned());
            object
                .iter()
                .for_each(|(key, value)| objects(value, &format!("{at}/{key}"), found));
        }
        _ => {}
    }
}

#[test]
fn the_schema_refuses_a_model_with_any_part_missing_added_or_of_another_type() {
    let validator = validator();
    let model = model(&root().join("tests/goldens/farm"), &[]);
    let mut places = Vec::new();
    objects(&model, "", &mut places);
    let mut refused = 0;
    for at in &places {
        let mut wrong = model.clone();
        wrong
            .pointer_mut(at)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .insert("unheard_of".into(), json!(1));
        assert!(!validator.is_valid(&wrong), "{at} with something added");
        for key in model.pointer(at).unwrap().as_object().unwrap().keys() {
            let mut wrong = model.clone();
            wrong
                .pointer_mut(at)
                .unwrap()
                .as_object_mut()
                .unwrap()
                .remove(key);
            assert!(!validator.is_valid(&wrong), "{at} without {key}");
            let mut wrong = model.clone();
            wrong.pointer_mut(at).unwrap()[key] = json!({ "unheard_of": [1.5] });
            assert!(!validator.is_valid(&wrong), "{at} with another {key}");
            refused += 3;
        }
    }
    assert!(refused > 1500, "{refused}");
}

#[test]
fn the_worked_example_stands_in_the_json_with_its_documented_numbers() {
    let model = model(&root().join("tests/goldens/farm"), &[]);
    let sensor = &model["packages"][0];
    assert_eq!(sensor["constants"][0]["value"], "31", "0o40 - 1");
    // docs/wire.md §10
    let reading = &sensor["types"][0];
    let offsets: Vec<_> = reading["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["offset"].as_u64().unwrap())
        .collect();
    assert_eq!(
        (offsets, &reading["layout"]["size"]),
        (vec![0, 8, 16], &json!(24))
    );
    let put = &sensor["interface"]["methods"][0];
    assert_eq!(put["mid"], 0);
    assert_eq!(put["request"]["ex"], 0x0080_0048, "72 | 1 << 23");
    assert_eq!(put["error"]["ex"], 0x8000_0020_u32, "32 | 1 << 31");
    assert_eq!(
        put["request"]["params"][1]["offset"], 24,
        "the handle comes first"
    );
    assert_eq!(
        sensor["interface"]["methods"][1]["response"]["layout"]["arena"],
        448
    );
    let station = &model["components"][1];
    let names: Vec<_> = station["endpoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (&e["name"], &e["alias"]))
        .collect();
    let expected = [
        ("own", "farm.Station.own"),
        ("probe.main", "farm.Probe.main"),
        ("probe.spare", "farm.Probe.spare"),
    ];
    assert_eq!(
        names,
        expected
            .map(|(name, alias)| (json!(name), json!(alias)))
            .iter()
            .map(|(a, b)| (a, b))
            .collect::<Vec<_>>()
    );
}

#[test]
fn security_interfaces_are_numbered_in_their_own_space_by_the_same_traversal() {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in [
        ("S.idl", "package p.S\ninterface { Ask(in UInt32 x); }\n"),
        ("A.cdl", "component p.A\nsecurity p.S\n"),
        ("B.cdl", "component p.B\ncomponents { a : p.A }\n"),
        (
            "C.edl",
            "task class p.C\nsecurity p.S\ncomponents { one : p.B two : p.A }\n",
        ),
    ] {
        std::fs::write(folder.path().join(file), text).unwrap();
    }
    let model = model(folder.path(), &[]);
    let class = model["components"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["id"] == "class:p.C")
        .unwrap();
    // own first, then the instances', depth first (docs/languages.md §8.2)
    let rows: Vec<_> = class["security_endpoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["path"].clone())
        .collect();
    assert_eq!(rows, [json!([]), json!(["one", "a"]), json!(["two"])]);
    assert_eq!(class["security_endpoints"][1]["number"], 1);
}
