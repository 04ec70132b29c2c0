//! What bindings select.
use crate::common::{Folder, POLICY, image, said, verdict, with_policy};
use nk_image::Tree;
use nk_security::Kind;

#[test]
fn selectors_choose_by_endpoint_interface_component_and_method() {
    let idl = "package Filesystem interface { Open(in string<256> name, out UInt32 h); Close(in UInt32 h); }";
    let rows = |selectors: &str| {
        let policy = POLICY.replace(
            "    grant ()\n",
            &format!("    match {selectors} {{ grant () }}\n"),
        );
        let solution = Folder::new(&[("Filesystem.idl", idl), ("security.psl", &policy)]).build();
        let image = image(&solution);
        // from `Client`, the first class, to `Server`, the third
        let row = image.program.request[2];
        let granted =
            |tree: &nk_image::TreeId| matches!(image.program.trees[tree.index()], Tree::Rules(_));
        image.program.rows[row.index()]
            .iter()
            .map(granted)
            .collect::<Vec<_>>()
    };
    assert_eq!(rows("endpoint=OpsComp.FS"), [true, true]);
    assert_eq!(rows("component=Operations method=Close"), [false, true]);
    assert_eq!(rows("interface=Filesystem, method = Open"), [true, false]);
}

#[test]
fn names_in_selectors_must_exist() {
    let cases = [
        (
            "request src=Clint, dst=Server { grant () }",
            "E503: process class `Clint` is not included by the policy | did you mean `Client`?",
        ),
        (
            "request src=Other { grant () }",
            "E503: process class `Other` is not included by the policy | include it",
        ),
        (
            "request dst=Server endpoint=OpsComp.Fs { grant () }",
            "E503: process class `Server` has no endpoint `OpsComp.Fs` | did you mean `OpsComp.FS`?",
        ),
        (
            "request dst=Server endpoint=Operations.FS { grant () }",
            "| write `OpsComp.FS`",
        ),
        (
            "request dst=Server interface=Filesystm { grant () }",
            "E503: process class `Server` has no endpoint with the interface `Filesystm` | did you mean `Filesystem`?",
        ),
        (
            "request interface=Nothing { grant () }",
            "E503: no included process class has an endpoint with the interface `Nothing` | there are `Filesystem`",
        ),
        (
            "request dst=Server component=Ops { grant () }",
            "E503: process class `Server` has no endpoint of a component `Ops`",
        ),
        (
            "request dst=Server interface=Filesystem method=open { grant () }",
            "E503: no selected endpoint has a method `open` | did you mean `Open`?",
        ),
        (
            "execute dst=Server method=start { grant () }",
            "E503: the execute interface has no method `start`",
        ),
    ];
    for (binding, expected) in cases {
        let solution = with_policy(&format!("{POLICY}{binding}\n"));
        let said = said(&solution);
        assert!(
            said.lines().filter(|line| line.contains(" E")).count() == 1 && said.contains(expected),
            "{binding}: {said}"
        );
        assert!(said.contains("14 E503"), "{binding}: {said}");
        assert!(solution.image.is_none());
    }
}

#[test]
fn selectors_stand_where_they_mean_something() {
    let cases = [
        (
            "execute src=Einit endpoint=x { grant () }",
            "E504: `endpoint` cannot be selected for `execute`",
        ),
        (
            "security dst=Server { grant () }",
            "E504: `dst` cannot be selected for `security`",
        ),
        (
            "request dst=Server method=Open { grant () }",
            "E504: `method` needs `interface`, `endpoint` or `component`",
        ),
        (
            "request endpoint=OpsComp.FS { grant () }",
            "E504: `endpoint` needs `dst`",
        ),
        (
            "response endpoint=OpsComp.FS { grant () }",
            "E504: `endpoint` needs `src`",
        ),
        (
            "request src=Client src=Server { grant () }",
            "E505: duplicate selector `src`",
        ),
    ];
    for (binding, expected) in cases {
        let said = said(&with_policy(&format!("{POLICY}{binding}\n")));
        assert!(said.contains(expected), "{binding}: {said}");
    }
    for fine in [
        "execute dst=Server method=main { grant () }",
        "execute method=run { grant () }",
    ] {
        assert!(
            with_policy(&format!("{POLICY}{fine}\n")).image.is_some(),
            "{fine}"
        );
    }
}

#[test]
fn a_section_that_nothing_reaches_is_a_warning() {
    let solution = with_policy(&format!(
        "{POLICY}request src=Client {{ match src=Server {{ deny () }} }}\n"
    ));
    assert!(
        said(&solution)
            .contains("14 W506: this section is unreachable: around it, `src` is `Client`"),
        "{}",
        said(&solution)
    );
    assert_eq!(
        verdict(image(&solution), Kind::Request, "Client", "Server"),
        "granted 11"
    );
}

#[test]
fn selectors_that_exclude_each_other_are_a_warning() {
    let two = "task class Server components { OpsComp : Operations } endpoints { main : Other }";
    let other = "package Other interface { Do(); }";
    let policy = format!(
        "{POLICY}request dst=Server endpoint=main interface=Filesystem method=Do {{ grant () }}\n"
    );
    let solution = Folder::new(&[
        ("Server.edl", two),
        ("Other.idl", other),
        ("security.psl", &policy),
    ])
    .build();
    assert!(
        said(&solution).contains("14 W506: no endpoint matches all of these selectors"),
        "{}",
        said(&solution)
    );
}
