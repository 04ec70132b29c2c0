//! `nk-gen layout --format json` agrees with every number that the vendor's compiler wrote into its headers.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use nk_gen::cli::{Exit, run};
use serde_json::Value;
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What the oracle knows about: `(kind, name, field)` to value.
type Facts = HashMap<(&'static str, String, String), String>;

#[test]
fn layouts_agree_with_every_fact_of_the_oracle() {
    let Some(shared) = nk_tests::shared() else {
        return;
    };
    let mut compared: HashMap<&str, usize> = HashMap::new();
    let index = std::fs::read_to_string(shared.join("oracle/INDEX.tsv")).unwrap();
    let rows: Vec<Vec<&str>> = index
        .lines()
        .skip(1)
        .map(|row| row.split('\t').collect())
        .collect();
    for row in &rows {
        let [file, version, input, count] = row.as_slice() else {
            panic!("{row:?}")
        };
        let text = std::fs::read_to_string(shared.join("oracle").join(file)).unwrap();
        assert_eq!(
            text.lines().count(),
            count.parse::<usize>().unwrap(),
            "{file} is complete"
        );
        let ours = facts(&layout(
            &shared.join("corpus").join(input),
            version.starts_with("1.1"),
        ));
        for line in text.lines() {
            if let Some((kind, key, value)) = fact(line, version) {
                assert_eq!(ours.get(&key), Some(&value), "{file}: {line}");
                *compared.entry(kind).or_default() += 1;
            }
        }
    }
    // what `cut -f1 [0-9]*.tsv | sort | uniq -c` counts; the 29 arena sizes without direction are in 1.1 headers only
    let expected = [
        ("const", 14),
        ("enum", 729 - 29),
        ("sizeof", 148),
        ("alignof", 46),
        ("offsetof", 184),
    ];
    assert_eq!(rows.len(), 23);
    assert_eq!(compared, HashMap::from(expected));
}

/// A line of the oracle as kind, key and value; `None` for kinds that are about C and not about the layout.
fn fact(
    line: &str,
    version: &str,
) -> Option<(&'static str, (&'static str, String, String), String)> {
    let cells: Vec<&str> = line.split('\t').collect();
    let (kind, name, field, value) = match cells.as_slice() {
        ["const", name, ty, value] => ("const", *name, *ty, *value),
        ["enum", name, _] if version.starts_with("1.1") && without_direction(name) => return None,
        ["enum", name, value] => ("enum", *name, "", *value),
        ["sizeof", name, value] => ("sizeof", *name, "", *value),
        ["alignof", name, value] => ("alignof", *name, "", *value),
        ["offsetof", name, field, value] => ("offsetof", *name, *field, *value),
        ["func" | "arg" | "member" | "typedef", ..] => return None,
        _ => panic!("unknown kind of fact: {line}"),
    };
    Some((
        kind,
        (kind, name.to_owned(), field.to_owned()),
        value.to_owned(),
    ))
}

/// `…_arena_size` without direction, which 1.3 dropped.
fn without_direction(name: &str) -> bool {
    name.strip_suffix("_arena_size")
        .is_some_and(|rest| !rest.ends_with("_req") && !rest.ends_with("_res"))
}

/// Runs `nk-gen layout`. The store of audit records had another entry in 1.1, which is beside this test.
fn layout(file: &Path, old: bool) -> Value {
    let mut arguments: Vec<OsString> = ["nk-gen", "layout", "--format", "json"]
        .map(Into::into)
        .into();
    if old {
        let sdk = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors/sdk11");
        arguments.extend(["-I".into(), sdk.into()]);
    }
    arguments.extend(["-S".into(), file.parent().unwrap().into(), file.into()]);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = run(arguments, &mut out, &mut err, false);
    assert_eq!(exit, Exit::Success, "{}", String::from_utf8_lossy(&err));
    serde_json::from_slice(&out).unwrap()
}

/// Everything that a layout says, under the names of the C headers.
fn facts(layout: &Value) -> Facts {
    let mut facts = Facts::new();
    let mut add = |kind, name: &Value, field: &str, value: &Value| {
        facts.insert(
            (kind, name.as_str().unwrap().to_owned(), field.to_owned()),
            value.to_string(),
        );
    };
    for primitive in items(&layout["primitives"]) {
        add("sizeof", &primitive["c_name"], "", &primitive["size"]);
        add("alignof", &primitive["c_name"], "", &primitive["align"]);
    }
    let declared = items(&layout["packages"]).chain(items(&layout["components"]));
    for number in declared.flat_map(|declared| items(&declared["numbers"])) {
        add("enum", &number["name"], "", &number["value"]);
    }
    for package in items(&layout["packages"]) {
        for constant in items(&package["constants"]) {
            add(
                "const",
                &constant["c_name"],
                constant["c_type"].as_str().unwrap(),
                &constant["value"],
            );
        }
        for ty in items(&package["types"]) {
            add("sizeof", &ty["c_name"], "", &ty["size"]);
            add("alignof", &ty["c_name"], "", &ty["align"]);
            items(&ty["fields"]).for_each(|field| {
                add(
                    "offsetof",
                    &ty["c_name"],
                    field["name"].as_str().unwrap(),
                    &field["offset"],
                );
            });
        }
        for method in items(&package["methods"]) {
            for message in [&method["request"], &method["response"], &method["error"]] {
                add("sizeof", &message["c_name"], "", &message["c_size"]);
                // the header comes first in every message
                add("offsetof", &message["c_name"], "base_", &Value::from(0));
                items(&message["params"]).for_each(|param| {
                    add(
                        "offsetof",
                        &message["c_name"],
                        param["name"].as_str().unwrap(),
                        &param["offset"],
                    );
                });
            }
        }
    }
    facts
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}
