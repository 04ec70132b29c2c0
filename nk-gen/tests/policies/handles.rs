//! Handles in the messages of tests: a policy decides by the resource behind one, and by the rights that go with it.
use nk_gen::solution::{Inputs, build};
use nk_gen::tools::testing::{report, run};

const FILES: [(&str, &str); 4] = [
    (
        "Files.idl",
        "package Files interface { Open(in UInt32 mode, out Handle file); Read(in Handle file, in Handle owner); }",
    ),
    ("S.edl", "task class S endpoints { files : Files }"),
    ("C.edl", "task class C"),
    ("Einit.edl", "task class Einit"),
];

const POLICY: &str = r#"use nk.basic._ use nk.flow._
use EDL Einit use EDL kl.core.Core use EDL C use EDL S
policy object files : Flow {
    type State = "open" | "closed"
    config = { states : ["open", "closed"], initial : "open", transitions : { "open" : ["closed"] } }
}
execute { grant () }
request src=C dst=S endpoint=files {
    match method=Open { grant () }
    match method=Read {
        files.allow {sid : message.file.handle, states : ["open"]}
        assert (message.file.rights == 3)
        assert (message.owner.handle == src_sid)
    }
}
response src=S dst=C endpoint=files method=Open { files.init {sid : message.file.handle} }
"#;

/// What a sequence of a policy's test comes to.
fn played(sequence: &str) -> Result<String, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in FILES {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let test = format!(
        "assert {{ setup {{ c <- execute dst=C s <- execute dst=S }} sequence {{ {sequence} }} }}"
    );
    std::fs::write(
        folder.path().join("security.psl"),
        format!("{POLICY}{test}"),
    )
    .unwrap();
    let options = nk_gen::Options {
        include: vec![folder.path().to_owned()],
        ..nk_gen::Options::default()
    };
    let solution = build(&Inputs {
        policy: folder.path().join("security.psl"),
        options,
        ..Inputs::default()
    });
    let outcomes = run(&solution).map_err(|findings| findings[0].message.clone())?;
    Ok(report(&outcomes, &solution.analysis.sources))
}

#[test]
fn a_handle_leads_to_a_resource_or_to_a_process_of_the_test() {
    let read = |file: &str, owner: &str| {
        format!("c ~> s : files.Read {{ file : {file}, owner : {owner} }}")
    };
    let (file, mine) = ("{ handle : 1000, rights : 3 }", "{ handle : c }");
    let sequence = [
        &format!("deny \"not open\" {}", read(file, mine)),
        "c <~ s : files.Open { file : { handle : 1000, rights : 7 } }",
        &format!("grant {}", read(file, mine)),
        &format!(
            "deny \"another file\" {}",
            read("{ handle : 1001, rights : 3 }", mine)
        ),
        &format!(
            "deny \"other rights\" {}",
            read("{ handle : 1000, rights : 1 }", mine)
        ),
        &format!("deny \"not its owner\" {}", read(file, "{ handle : s }")),
        "deny \"no handle at all\" c ~> s : files.Read",
        "deny \"opened twice\" c <~ s : files.Open { file : { handle : 1000 } }",
    ];
    let told = played(&sequence.join("\n"));
    assert_eq!(
        told.as_deref(),
        Ok("ok    (no name) / (no name) (10 events)\n1 passed, 0 failed\n")
    );
}

#[test]
fn a_value_that_is_no_handle_is_a_mistake() {
    let wrong =
        |file: &str| played(&format!("c ~> s : files.Read {{ file : {file} }}")).unwrap_err();
    let expected = "expected the SID of a resource, from 1 on, or a process of the test";
    assert_eq!(wrong("{ handle : 0 }"), expected);
    assert_eq!(wrong("{ handle : nobody }"), expected);
    assert_eq!(wrong("{ rights : 1 }"), "the invalid handle has no rights");
    assert_eq!(
        wrong("{ number : 1 }"),
        "a handle has `handle` and `rights`"
    );
    assert_eq!(
        wrong("{ handle : 5, rights : 4294967296 }"),
        "4294967296 is outside of the range of `UInt32`"
    );
}
