//! What the policy comes to.
use crate::common::{Folder, POLICY, image, rules, said, verdict, with_policy};
use nk_gen::solution::build;
use nk_security::{Call, Kind};

#[test]
fn every_decision_has_its_line() {
    let solution = Folder::new(&[]).build();
    let image = image(&solution);
    assert_eq!(
        verdict(image, Kind::Request, "Client", "Server"),
        "granted 11"
    );
    assert_eq!(
        verdict(image, Kind::Response, "Server", "Client"),
        "granted 13"
    );
    // no binding: the line that includes the destination
    assert_eq!(
        verdict(image, Kind::Error, "Server", "Client"),
        "NoBinding 4"
    );
    assert_eq!(
        verdict(image, Kind::Request, "Einit", "Server"),
        "NoBinding 5"
    );
    assert_eq!(
        verdict(image, Kind::Execute, "Einit", "Server"),
        "granted 8"
    );
    assert_eq!(
        verdict(image, Kind::Execute, "Client", "Server"),
        "NoBinding 5"
    );
}

#[test]
fn a_binding_without_a_rule_is_the_place_of_its_denial() {
    let policy = POLICY.replace(
        "    grant ()\n",
        "    match method=Open endpoint=OpsComp.FS { }\n",
    );
    let solution = with_policy(&policy);
    assert_eq!(
        verdict(image(&solution), Kind::Request, "Client", "Server"),
        "EmptyBinding 10"
    );
}

#[test]
fn all_rules_of_all_bindings_that_fit_must_grant_in_textual_order() {
    // vector 3 of `docs/psl.md` §12: a blanket denial wins over a grant
    let solution = with_policy(&format!("{POLICY}request dst=Server {{ deny () }}\n"));
    let image = image(&solution);
    assert_eq!(
        verdict(image, Kind::Request, "Client", "Server"),
        "denied 14"
    );
    let rules = rules(image, Kind::Request, "Client", "Server");
    let called: Vec<(&Call, u32)> = rules
        .iter()
        .map(|rule| (&rule.call, rule.place.line))
        .collect();
    assert_eq!(called, [(&Call::Grant, 11), (&Call::Deny, 14)]);
}

#[test]
fn a_class_that_the_policy_does_not_include_is_denied_everything() {
    let policy = POLICY
        .replace("use EDL Client\n", "")
        .replace("src=Client, ", "")
        .replace(", dst=Client", "");
    let solution = with_policy(&policy.replace("execute src=Einit { grant () }\n", ""));
    let image = image(&solution);
    assert_eq!(
        verdict(image, Kind::Request, "Client", "Server"),
        "NotIncluded 1"
    );
    assert_eq!(
        verdict(image, Kind::Execute, "Einit", "Client"),
        "NotIncluded 1"
    );
    assert!(
        said(&solution).contains("2 W620: the policy does not include process class `Client`"),
        "{}",
        said(&solution)
    );
}

#[test]
fn a_task_that_no_rule_lets_start_is_named() {
    let solution = with_policy(&POLICY.replace("execute src=Einit, dst=Client { grant () }\n", ""));
    let expected = "2 W533: no rule of the policy lets process class `Client` start | \
                    add `execute src=Einit dst=Client { grant () }` to the policy";
    assert!(said(&solution).contains(expected), "{}", said(&solution));
    let solution =
        with_policy(&POLICY.replace("dst=Client { grant () }", "dst=Client { deny () }"));
    assert!(
        said(&solution).contains("W533: the policy denies the start of process class `Client`"),
        "{}",
        said(&solution)
    );
}

#[test]
fn an_alias_gives_a_description_another_name() {
    let policy = format!(
        "{POLICY}task class Twin : Server\nrequest dst=Twin {{ grant () }}\nexecute dst=Twin {{ grant () }}\n"
    );
    let init = "entities:\n- name: Twin\n- name: Client\n  connections: [{target: Twin, id: t}]\n- name: Server\n";
    let solution = Folder::new(&[("security.psl", &policy), ("init.yaml", init)]).build();
    let image = image(&solution);
    assert_eq!(
        verdict(image, Kind::Request, "Client", "Twin"),
        "granted 15"
    );
    let twin = image
        .tables
        .class(image.tables.class_named("Twin").unwrap())
        .unwrap();
    assert_eq!(
        (twin.endpoints[0].name.as_str(), image.plan.tasks.len()),
        ("OpsComp.FS", 3)
    );
}

#[test]
fn what_is_external_may_be_selected_and_fits_nothing() {
    let policy = format!(
        "{POLICY}use kl.drivers.BSP._\nuse EDL kl.drivers.GPIO\nrequest dst=kl.drivers.BSP {{ grant () }}\n"
    );
    let folder = Folder::new(&[("security.psl", &policy)]);
    assert!(said(&folder.build()).contains("14 E502: policy file `kl.drivers.BSP` was not found"));
    let mut inputs = folder.inputs();
    inputs.options.external.push("kl.".into());
    let solution = build(&inputs);
    assert!(solution.image.is_some(), "{}", said(&solution));
    assert!(
        said(&solution).contains("14 W541: policy file `kl.drivers.BSP` is external"),
        "{}",
        said(&solution)
    );
    // a class that is started needs its description
    std::fs::write(&inputs.init, "entities:\n- name: kl.drivers.GPIO\n").unwrap();
    assert!(
        said(&build(&inputs)).contains("2 E114: starting `kl.drivers.GPIO` needs its description")
    );
}

#[test]
fn the_kernels_endpoints_are_selected_like_any_others() {
    let kernel = "execute src=kl.core.Core, dst=kl.core.Core { grant () }\n\
                  request dst=kl.core.Core interface=kl.core.Task method=Exit { grant () }\n\
                  request src=Client dst=kl.core.Core endpoint=hal.HAL { match method=DebugWrite { grant () } }\n\
                  request dst=kl.core.Core interface=kl.core.Task method=Exot { grant () }\n\
                  request dst=kl.core.Core endpoint=task.Tusk { grant () }\n";
    let solution = with_policy(&format!("{POLICY}{kernel}"));
    let said = said(&solution);
    assert!(
        said.contains("17 E503: no selected endpoint has a method `Exot` | did you mean `Exit`?"),
        "{said}"
    );
    assert!(
        said.contains("18 E503: process class `kl.core.Core` has no endpoint `task.Tusk`"),
        "{said}"
    );
    assert!(
        !said.contains("W404"),
        "our own descriptions are not the user's to change: {said}"
    );

    let solution = with_policy(&format!(
        "{POLICY}{}",
        kernel.lines().take(3).collect::<Vec<_>>().join("\n")
    ));
    let image = image(&solution);
    assert_eq!(
        verdict(image, Kind::Execute, "kl.core.Core", "kl.core.Core"),
        "granted 14"
    );
    let core = &image.tables.classes[image.tables.class_named("kl.core.Core").unwrap().index()];
    assert_eq!(core.endpoints.len(), 21);
}

#[test]
fn blanket_permission_can_be_included() {
    let solution =
        with_policy("use nonsecurity._\nuse EDL Einit\nuse EDL Client\nuse EDL Server\n");
    let image = image(&solution);
    assert!(verdict(image, Kind::Error, "Server", "Client").starts_with("granted"));
    assert!(
        image
            .program
            .files
            .iter()
            .any(|file| file == "<builtin>/nonsecurity.psl"),
        "{:?}",
        image.program.files
    );
}
