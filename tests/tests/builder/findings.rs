//! How a build script shows findings: plain, and drawn by miette with the feature `fancy`.
use crate::project::Project;

#[test]
fn findings_are_plain_unless_the_feature_asks_for_drawings() {
    let mut project = Project::new(&[("idl/Wrong.idl", "package Wrong struct S { Uint8 a; }")]);
    let builder = "compile([\"../idl/Wrong.idl\"])";
    project.add("plainly", builder, "", "");
    project.add_with("\"fancy\"", "drawn", builder, "", "");
    for (name, expected, other) in [
        ("plainly", "--> ../idl/Wrong.idl:1:26", "╭─["),
        ("drawn", "╭─[../idl/Wrong.idl:1:26]", "-->"),
    ] {
        let done = project.cargo(&["build", "--quiet", "-p", name]);
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(!done.status.success(), "{said}");
        assert!(
            said.contains("error[NK0106]: unknown type `Uint8`"),
            "{said}"
        );
        assert!(said.contains(expected) && !said.contains(other), "{said}");
    }
}
