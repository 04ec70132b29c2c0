//! What cargo compiles again: nothing after no change or an unrelated one, exactly the dependents of a changed description.
use crate::project::Project;
use std::collections::BTreeSet;

const IDL: &[(&str, &str)] = &[
    ("idl/Units.idl", "package Units\ntypedef UInt32 Metres;\n"),
    (
        "idl/Depth.idl",
        "package Depth\nimport Units\ninterface { Sound(out Metres depth); }\n",
    ),
    (
        "idl/Boat.edl",
        "task class Boat\nendpoints { sonar : Depth }\n",
    ),
    (
        "idl/Light.idl",
        "package Light\ninterface { Blink(in UInt8 times); }\n",
    ),
    (
        "idl/Tower.edl",
        "task class Tower\nendpoints { lamp : Light }\n",
    ),
];

/// Two crates, each with one process class of the same folder, which their build scripts name `by` a method.
fn project(by: &str) -> Project {
    let mut project = Project::new(IDL);
    for (name, file) in [("boat", "Boat.edl"), ("tower", "Tower.edl")] {
        project.add(name, &format!("{by}.compile([\"../idl/{file}\"])"), "", "");
    }
    project
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|n| (*n).to_owned()).collect()
}

/// Cargo compares modification times; make sure that the next one differs.
fn wait_for_the_clock() {
    std::thread::sleep(std::time::Duration::from_millis(1100));
}

#[test]
fn only_what_depends_on_a_change_is_compiled_again() {
    for by in ["include(\"../idl\")", "sources(\"../idl\")"] {
        let project = project(by);
        assert_eq!(
            project.build(),
            set(&["boat", "tower"]),
            "{by}: at first everything"
        );
        assert_eq!(project.build(), set(&[]), "{by}: nothing has changed");
        wait_for_the_clock();
        project.write("notes.txt", "unrelated");
        assert_eq!(project.build(), set(&[]), "{by}: an unrelated file");
        project.write("idl/Units.idl", "package Units\ntypedef UInt64 Metres;\n");
        // a folder of sources is watched whole, because a file that appears in it can be the nearer one
        let whole = by.starts_with("sources");
        let dependents = if whole {
            set(&["boat", "tower"])
        } else {
            set(&["boat"])
        };
        assert_eq!(project.build(), dependents, "{by}: an imported file");
        assert_eq!(project.build(), set(&[]), "{by}: and then nothing again");
    }
}
