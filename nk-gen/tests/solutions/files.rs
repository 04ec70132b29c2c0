//! The files of a solution: those that include each other, templates, mistakes in several.
use crate::common::{Folder, POLICY, image, rules, said};
use nk_gen::solution::build;
use nk_security::{Kind, Rule};

#[test]
fn included_files_stand_where_they_are_included_and_count_once() {
    let part = "use EDL Client\nuse EDL Server\nrequest src=Client, dst=Server { grant () }\n";
    let main = "use nk.base._\nuse EDL Einit\nuse parts.calls._\nuse parts.calls._\nuse more._\n\
                request dst=Server { deny () }\nexecute { grant () }\n";
    let files = [
        ("parts/calls.psl", part),
        ("more.psl", "use parts.calls._\n"),
        ("security.psl", main),
    ];
    let solution = Folder::new(&files).build();
    let image = image(&solution);
    let rules = rules(image, Kind::Request, "Client", "Server");
    let place = |rule: &&Rule| {
        (
            image
                .program
                .file(rule.place.file)
                .rsplit('/')
                .next()
                .unwrap()
                .to_owned(),
            rule.place.line,
        )
    };
    assert_eq!(
        rules.iter().map(place).collect::<Vec<_>>(),
        [("calls.psl".into(), 3), ("security.psl".into(), 6)]
    );
}

#[test]
fn includes_that_lead_nowhere_or_round_in_circles_are_explained() {
    let said_of = |text: &str, more: &[(&str, &str)]| {
        let mut files = vec![("security.psl", text)];
        files.extend(more);
        said(&Folder::new(&files).build())
    };
    let missing = said_of("use nk.hashset._\nuse gone._\nuse EDL Sever\n", &[]);
    assert!(
        missing.contains("1 E502: policy file `nk.hashset` was not found"),
        "{missing}"
    );
    assert!(
        missing.contains("2 E502: policy file `gone` was not found | looked for "),
        "{missing}"
    );
    assert!(
        missing.contains("3 E103: process class `Sever` was not found"),
        "{missing}"
    );
    let circle = said_of(
        "use a._\n",
        &[("a.psl", "use b._\n"), ("b.psl", "use a._\n")],
    );
    assert!(
        circle.contains("1 E501: policy files include each other: `a` → `b` → `a`"),
        "{circle}"
    );
    assert!(
        said_of("use EDL Operations\n", &[])
            .contains("1 E108: `Operations` is a component, not a process class")
    );
}

#[test]
fn templates_are_filled_in_or_named() {
    let policy = POLICY
        .replace("dst=Server {", "dst=@MAIN@ {")
        .replace("use EDL Server", "@EXTERNAL@");
    let folder = Folder::new(&[("security.psl", &policy)]);
    let mut inputs = folder.inputs();
    assert!(said(&build(&inputs)).contains("give it a value with `--define EXTERNAL=…`"));
    inputs.defines = vec![
        ("MAIN".into(), "Server".into()),
        ("EXTERNAL".into(), "use EDL Server".into()),
    ];
    assert!(build(&inputs).image.is_some());
}

#[test]
fn mistakes_of_all_files_are_found_in_one_run() {
    let init = "entities:\n- name: Client\n  connections: [{target: Sever, id: x}]\n";
    let policy = format!("{POLICY}use EDL Missing\nrequest src=Missing dst=Clint {{ grnt () }}\n");
    let solution = Folder::new(&[("init.yaml", init), ("security.psl", &policy)]).build();
    let said = said(&solution);
    for expected in [
        "3 E611: there is no task",
        "14 E103: process class `Missing`",
        "15 E503: process class `Clint`",
    ] {
        assert!(said.contains(expected), "{said}");
    }
    assert_eq!(said.matches(" E").count(), 3, "{said}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let mut inputs = Folder::new(&[]).inputs();
    inputs.init = "gone/init.yaml".into();
    inputs.policy = "gone/security.psl".into();
    let said = said(&build(&inputs));
    assert!(
        said.contains("0 E111: cannot read `gone/init.yaml`: there is no such file"),
        "{said}"
    );
    assert!(
        said.contains("0 E111: cannot read `gone/security.psl`"),
        "{said}"
    );
}
