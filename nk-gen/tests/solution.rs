//! Solutions from their files: what becomes part of the image, and what is said about mistakes.
#![cfg(feature = "policy")]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use nk_gen::diagnostic::Severity;
use nk_gen::position::position;
use nk_gen::solution::{Inputs, Solution, build};
use nk_image::{ClassId, Image, Tree};
use nk_security::{Call, Kind, Rule, Step};
use std::fmt::Write;
use tempfile::TempDir;

/// The example of the `KasperskyOS` documentation.
const FILESYSTEM: &[(&str, &str)] = &[
    ("Filesystem.idl", "package Filesystem interface { Open(in string<256> name, out UInt32 h); }"),
    ("Operations.cdl", "component Operations endpoints { FS : Filesystem }"),
    ("Server.edl", "task class Server components { OpsComp : Operations }"),
    ("Client.edl", "task class Client"),
    (
        "init.yaml",
        "entities:
- name: Client
  connections:
  - target: Server
    id: server_connection
- name: Server
  args: [--verbose, 3, yes]
  env:
    LEVEL: 2
    LD_PRELOAD: evil.so
",
    ),
    ("security.psl", POLICY),
];

const POLICY: &str = "\
execute: kl.core.Execute
use nk.base._
use EDL Einit
use EDL Client
use EDL Server
use EDL kl.core.Core

execute src=Einit, dst=Server { grant () }
execute src=Einit, dst=Client { grant () }
request src=Client, dst=Server {
    grant ()
}
response src=Server, dst=Client { grant () }
";

/// A folder with these files; later ones replace earlier ones of the same name.
struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in FILESYSTEM.iter().chain(files) {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self(folder)
    }

    fn inputs(&self) -> Inputs {
        let path = self.0.path();
        let options = nk_gen::Options { include: vec![path.to_owned()], ..nk_gen::Options::default() };
        Inputs { init: path.join("init.yaml"), policy: path.join("security.psl"), options, ..Inputs::default() }
    }

    fn build(&self) -> Solution {
        build(&self.inputs())
    }
}

/// Every finding as `line severity code: message | help`.
fn said(solution: &Solution) -> String {
    let analysis = &solution.analysis;
    let mut all = String::new();
    for finding in &analysis.diagnostics {
        let line = finding
            .primary
            .as_ref()
            .map_or(0, |label| position(analysis.sources.text(label.place.file), label.place.span.start).line);
        let severity = if finding.severity == Severity::Error { "E" } else { "W" };
        let help = finding.help.as_deref().unwrap_or("");
        writeln!(all, "{line} {severity}{:03}: {} | {help}", finding.code.0, finding.message).unwrap();
    }
    all
}

fn with_policy(policy: &str) -> Solution {
    Folder::new(&[("security.psl", policy)]).build()
}

#[track_caller]
fn image(solution: &Solution) -> &Image {
    solution.image.as_ref().unwrap_or_else(|| panic!("{}", said(solution)))
}

/// What decides about an event; method 0.
#[track_caller]
fn decision<'i>(image: &'i Image, kind: Kind, src: &str, dst: &str) -> &'i Tree {
    let class = |name| image.tables.class_named(name).unwrap();
    let id = image.program.tree(kind, image.tables.classes.len(), class(src), class(dst), 0).unwrap();
    &image.program.trees[id.index()]
}

/// `granted LINE`, `denied LINE` or `REASON LINE`.
#[track_caller]
fn verdict(image: &Image, kind: Kind, src: &str, dst: &str) -> String {
    match decision(image, kind, src, dst) {
        Tree::Rules(_) => {
            let rules = rules(image, kind, src, dst);
            match rules.iter().find(|rule| rule.call == Call::Deny) {
                Some(rule) => format!("denied {}", rule.place.line),
                None => format!("granted {}", rules[0].place.line),
            }
        }
        Tree::NoRule(reason, place) => format!("{reason:?} {}", place.line),
    }
}

/// The rules of an event.
#[track_caller]
fn rules<'i>(image: &'i Image, kind: Kind, src: &str, dst: &str) -> Vec<&'i Rule> {
    let Tree::Rules(body) = decision(image, kind, src, dst) else { return Vec::new() };
    let rule = |step: &Step| match step {
        Step::Rule(rule) => image.program.rule(*rule).unwrap(),
        Step::Choice(_) => panic!("a choice"),
    };
    image.program.body(*body).iter().map(rule).collect()
}

#[test]
fn the_documentations_example_becomes_an_image_that_loads() {
    let folder = Folder::new(&[]);
    let solution = folder.build();
    let image = image(&solution);
    let loaded = Image::load(&image.to_bytes().unwrap()).unwrap();

    let classes: Vec<&str> = image.tables.classes.iter().map(|class| class.name.as_str()).collect();
    assert_eq!(classes, ["Client", "Einit", "Server", "kl.core.Core"]);
    let server = &image.tables.classes[2];
    assert_eq!(
        (server.endpoints[0].name.as_str(), server.endpoints[0].alias.as_str()),
        ("OpsComp.FS", "Operations.FS")
    );
    // a string in the request: 24 bytes of header, 8 of descriptor; a number in the response
    let open = &image.tables.interfaces[0].methods[0];
    assert_eq!((open.request.size, open.request.arena, open.response.size, open.response.arena), (32, true, 32, false));

    let tasks: Vec<&str> = loaded.plan.tasks.iter().map(|task| task.name.as_str()).collect();
    assert_eq!(tasks, ["Server", "Client"]);
    assert_eq!(loaded.plan.initiator, ClassId(1));
    let task = &loaded.plan.tasks[0];
    assert_eq!((task.path.as_str(), task.args.join(" ").as_str()), ("Server", "--verbose 3 yes"));
    assert_eq!(task.env, [("LEVEL".to_owned(), "2".to_owned())]);
    let channel = &loaded.plan.channels[0];
    assert_eq!((channel.client.0, channel.server.0, channel.name.as_str()), (1, 0, "server_connection"));
    assert_eq!(said(&solution).lines().count(), 1, "only LD_PRELOAD is worth a word: {}", said(&solution));
    assert!(said(&solution).starts_with("10 W616: `LD_PRELOAD`"), "{}", said(&solution));
}

#[test]
fn every_decision_has_its_line() {
    let solution = Folder::new(&[]).build();
    let image = image(&solution);
    assert_eq!(verdict(image, Kind::Request, "Client", "Server"), "granted 11");
    assert_eq!(verdict(image, Kind::Response, "Server", "Client"), "granted 13");
    // no binding: the line that includes the destination
    assert_eq!(verdict(image, Kind::Error, "Server", "Client"), "NoBinding 4");
    assert_eq!(verdict(image, Kind::Request, "Einit", "Server"), "NoBinding 5");
    assert_eq!(verdict(image, Kind::Execute, "Einit", "Server"), "granted 8");
    assert_eq!(verdict(image, Kind::Execute, "Client", "Server"), "NoBinding 5");
}

#[test]
fn a_binding_without_a_rule_is_the_place_of_its_denial() {
    let policy = POLICY.replace("    grant ()\n", "    match method=Open endpoint=OpsComp.FS { }\n");
    let solution = with_policy(&policy);
    assert_eq!(verdict(image(&solution), Kind::Request, "Client", "Server"), "EmptyBinding 10");
}

#[test]
fn all_rules_of_all_bindings_that_fit_must_grant_in_textual_order() {
    // vector 3 of `spec/psl-runtime.md` part I: a blanket denial wins over a grant
    let solution = with_policy(&format!("{POLICY}request dst=Server {{ deny () }}\n"));
    let image = image(&solution);
    assert_eq!(verdict(image, Kind::Request, "Client", "Server"), "denied 14");
    let rules = rules(image, Kind::Request, "Client", "Server");
    let called: Vec<(&Call, u32)> = rules.iter().map(|rule| (&rule.call, rule.place.line)).collect();
    assert_eq!(called, [(&Call::Grant, 11), (&Call::Deny, 14)]);
}

#[test]
fn selectors_choose_by_endpoint_interface_component_and_method() {
    let idl = "package Filesystem interface { Open(in string<256> name, out UInt32 h); Close(in UInt32 h); }";
    let rows = |selectors: &str| {
        let policy = POLICY.replace("    grant ()\n", &format!("    match {selectors} {{ grant () }}\n"));
        let solution = Folder::new(&[("Filesystem.idl", idl), ("security.psl", &policy)]).build();
        let image = image(&solution);
        // from `Client`, the first class, to `Server`, the third
        let row = image.program.request[2];
        let granted = |tree: &nk_image::TreeId| matches!(image.program.trees[tree.index()], Tree::Rules(_));
        image.program.rows[row.index()].iter().map(granted).collect::<Vec<_>>()
    };
    assert_eq!(rows("endpoint=OpsComp.FS"), [true, true]);
    assert_eq!(rows("component=Operations method=Close"), [false, true]);
    assert_eq!(rows("interface=Filesystem, method = Open"), [true, false]);
}

#[test]
fn a_class_that_the_policy_does_not_include_is_denied_everything() {
    let policy = POLICY.replace("use EDL Client\n", "").replace("src=Client, ", "").replace(", dst=Client", "");
    let solution = with_policy(&policy.replace("execute src=Einit { grant () }\n", ""));
    let image = image(&solution);
    assert_eq!(verdict(image, Kind::Request, "Client", "Server"), "NotIncluded 1");
    assert_eq!(verdict(image, Kind::Execute, "Einit", "Client"), "NotIncluded 1");
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
    let solution = with_policy(&POLICY.replace("dst=Client { grant () }", "dst=Client { deny () }"));
    assert!(
        said(&solution).contains("W533: the policy denies the start of process class `Client`"),
        "{}",
        said(&solution)
    );
}

#[test]
fn included_files_stand_where_they_are_included_and_count_once() {
    let part = "use EDL Client\nuse EDL Server\nrequest src=Client, dst=Server { grant () }\n";
    let main = "use nk.base._\nuse EDL Einit\nuse parts.calls._\nuse parts.calls._\nuse more._\n\
                request dst=Server { deny () }\nexecute { grant () }\n";
    let files = [("parts/calls.psl", part), ("more.psl", "use parts.calls._\n"), ("security.psl", main)];
    let solution = Folder::new(&files).build();
    let image = image(&solution);
    let rules = rules(image, Kind::Request, "Client", "Server");
    let place =
        |rule: &&Rule| (image.program.file(rule.place.file).rsplit('/').next().unwrap().to_owned(), rule.place.line);
    assert_eq!(rules.iter().map(place).collect::<Vec<_>>(), [("calls.psl".into(), 3), ("security.psl".into(), 6)]);
}

#[test]
fn an_alias_gives_a_description_another_name() {
    let policy =
        format!("{POLICY}task class Twin : Server\nrequest dst=Twin {{ grant () }}\nexecute dst=Twin {{ grant () }}\n");
    let init = "entities:\n- name: Twin\n- name: Client\n  connections: [{target: Twin, id: t}]\n- name: Server\n";
    let solution = Folder::new(&[("security.psl", &policy), ("init.yaml", init)]).build();
    let image = image(&solution);
    assert_eq!(verdict(image, Kind::Request, "Client", "Twin"), "granted 15");
    let twin = image.tables.class(image.tables.class_named("Twin").unwrap()).unwrap();
    assert_eq!((twin.endpoints[0].name.as_str(), image.plan.tasks.len()), ("OpsComp.FS", 3));
}

#[test]
fn names_in_selectors_must_exist() {
    let cases = [
        (
            "request src=Clint, dst=Server { grant () }",
            "E503: process class `Clint` is not included by the policy | did you mean `Client`?",
        ),
        ("request src=Other { grant () }", "E503: process class `Other` is not included by the policy | include it"),
        (
            "request dst=Server endpoint=OpsComp.Fs { grant () }",
            "E503: process class `Server` has no endpoint `OpsComp.Fs` | did you mean `OpsComp.FS`?",
        ),
        ("request dst=Server endpoint=Operations.FS { grant () }", "| write `OpsComp.FS`"),
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
        ("execute dst=Server method=start { grant () }", "E503: the execute interface has no method `start`"),
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
        ("execute src=Einit endpoint=x { grant () }", "E504: `endpoint` cannot be selected for `execute`"),
        ("security dst=Server { grant () }", "E504: `dst` cannot be selected for `security`"),
        ("request dst=Server method=Open { grant () }", "E504: `method` needs `interface`, `endpoint` or `component`"),
        ("request endpoint=OpsComp.FS { grant () }", "E504: `endpoint` needs `dst`"),
        ("response endpoint=OpsComp.FS { grant () }", "E504: `endpoint` needs `src`"),
        ("request src=Client src=Server { grant () }", "E505: selector `src` stands twice"),
    ];
    for (binding, expected) in cases {
        let said = said(&with_policy(&format!("{POLICY}{binding}\n")));
        assert!(said.contains(expected), "{binding}: {said}");
    }
    for fine in ["execute dst=Server method=main { grant () }", "execute method=run { grant () }"] {
        assert!(with_policy(&format!("{POLICY}{fine}\n")).image.is_some(), "{fine}");
    }
}

#[test]
fn a_section_that_nothing_reaches_is_a_warning() {
    let solution = with_policy(&format!("{POLICY}request src=Client {{ match src=Server {{ deny () }} }}\n"));
    assert!(
        said(&solution).contains("14 W506: this section is unreachable: around it, `src` is `Client`"),
        "{}",
        said(&solution)
    );
    assert_eq!(verdict(image(&solution), Kind::Request, "Client", "Server"), "granted 11");
}

#[test]
fn selectors_that_exclude_each_other_are_a_warning() {
    let two = "task class Server components { OpsComp : Operations } endpoints { main : Other }";
    let other = "package Other interface { Do(); }";
    let policy = format!("{POLICY}request dst=Server endpoint=main interface=Filesystem method=Do {{ grant () }}\n");
    let solution = Folder::new(&[("Server.edl", two), ("Other.idl", other), ("security.psl", &policy)]).build();
    assert!(said(&solution).contains("14 W506: no endpoint fits these selectors together"), "{}", said(&solution));
}

#[test]
fn what_is_external_may_be_selected_and_fits_nothing() {
    let policy =
        format!("{POLICY}use kl.drivers.BSP._\nuse EDL kl.drivers.GPIO\nrequest dst=kl.drivers.BSP {{ grant () }}\n");
    let folder = Folder::new(&[("security.psl", &policy)]);
    assert!(said(&folder.build()).contains("14 E502: policy file `kl.drivers.BSP` was not found"));
    let mut inputs = folder.inputs();
    inputs.options.external.push("kl.".into());
    let solution = build(&inputs);
    assert!(solution.image.is_some(), "{}", said(&solution));
    assert!(said(&solution).contains("14 W541: policy file `kl.drivers.BSP` is external"), "{}", said(&solution));
    // a class that is started needs its description
    std::fs::write(&inputs.init, "entities:\n- name: kl.drivers.GPIO\n").unwrap();
    assert!(said(&build(&inputs)).contains("2 E114: starting `kl.drivers.GPIO` needs its description"));
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
    assert!(said.contains("17 E503: no selected endpoint has a method `Exot` | did you mean `Exit`?"), "{said}");
    assert!(said.contains("18 E503: process class `kl.core.Core` has no endpoint `task.Tusk`"), "{said}");
    assert!(!said.contains("W404"), "our own descriptions are not the user's to change: {said}");

    let solution = with_policy(&format!("{POLICY}{}", kernel.lines().take(3).collect::<Vec<_>>().join("\n")));
    let image = image(&solution);
    assert_eq!(verdict(image, Kind::Execute, "kl.core.Core", "kl.core.Core"), "granted 14");
    let core = &image.tables.classes[image.tables.class_named("kl.core.Core").unwrap().index()];
    assert_eq!(core.endpoints.len(), 21);
}

#[test]
fn includes_that_lead_nowhere_or_round_in_circles_are_explained() {
    let said_of = |text: &str, more: &[(&str, &str)]| {
        let mut files = vec![("security.psl", text)];
        files.extend(more);
        said(&Folder::new(&files).build())
    };
    let missing = said_of("use nk.hashset._\nuse gone._\nuse EDL Sever\n", &[]);
    assert!(missing.contains("1 E502: policy file `nk.hashset` was not found"), "{missing}");
    assert!(missing.contains("2 E502: policy file `gone` was not found | looked for "), "{missing}");
    assert!(missing.contains("3 E103: process class `Sever` was not found"), "{missing}");
    let circle = said_of("use a._\n", &[("a.psl", "use b._\n"), ("b.psl", "use a._\n")]);
    assert!(circle.contains("1 E501: policy files include each other: `a` → `b` → `a`"), "{circle}");
    assert!(said_of("use EDL Operations\n", &[]).contains("1 E108: `Operations` is a component, not a process class"));
}

#[test]
fn blanket_permission_can_be_included() {
    let solution = with_policy("use nonsecurity._\nuse EDL Einit\nuse EDL Client\nuse EDL Server\n");
    let image = image(&solution);
    assert!(verdict(image, Kind::Error, "Server", "Client").starts_with("granted"));
    assert!(image.program.files.iter().any(|file| file == "<builtin>/nonsecurity.psl"), "{:?}", image.program.files);
}

#[test]
fn templates_are_filled_in_or_named() {
    let policy = POLICY.replace("dst=Server {", "dst=@MAIN@ {").replace("use EDL Server", "@EXTERNAL@");
    let folder = Folder::new(&[("security.psl", &policy)]);
    let mut inputs = folder.inputs();
    assert!(said(&build(&inputs)).contains("give it a value with `--define EXTERNAL=…`"));
    inputs.defines = vec![("MAIN".into(), "Server".into()), ("EXTERNAL".into(), "use EDL Server".into())];
    assert!(build(&inputs).image.is_some());
}

#[test]
fn mistakes_of_all_files_are_found_in_one_run() {
    let init = "entities:\n- name: Client\n  connections: [{target: Sever, id: x}]\n";
    let policy = format!("{POLICY}use EDL Missing\nrequest src=Missing dst=Clint {{ grnt () }}\n");
    let solution = Folder::new(&[("init.yaml", init), ("security.psl", &policy)]).build();
    let said = said(&solution);
    for expected in ["3 E611: there is no task", "14 E103: process class `Missing`", "15 E503: process class `Clint`"] {
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
    assert!(said.contains("0 E111: cannot read `gone/init.yaml`: there is no such file"), "{said}");
    assert!(said.contains("0 E111: cannot read `gone/security.psl`"), "{said}");
}

/// Every construct that leaves something to check in a message.
const SHAPES: &str = "package Shapes
struct Point { UInt8 tag; UInt64 at; }
struct Named { string<8> name; sequence<Point, 4> points; array<Point, 2> pair; }
union Choice { UInt8 small; Named named; sequence<sequence<UInt16, 3>, 2> deep; }
interface {
    All(in Handle first, in Choice choice, in array<string<4>, 3> texts, out sequence<Choice, 2> list, error bytes<9> why);
    Empty();
}
";

#[test]
fn shapes_of_every_construct_are_accepted_by_the_loader() {
    let files = [
        ("Shapes.idl", SHAPES),
        ("Operations.cdl", "component Operations endpoints { FS : Filesystem  all : Shapes }"),
    ];
    let solution = Folder::new(&files).build();
    let image = image(&solution);
    Image::load(&image.to_bytes().unwrap()).unwrap();
    let all = &image.tables.interfaces[1].methods[0];
    // header 24, handle 16, union: tag 4 + largest variant (2 descriptors 16, pair 32 from offset 16, align 8) = 8 + 48, texts 24
    assert_eq!((all.request.size, all.request.handles, all.request.arena), (24 + 16 + 56 + 24, 1, true));
    assert_eq!((all.response.size, all.error.size), (32, 32));
    // a declared type stands in the table once, however often it is used
    let strings =
        image.tables.items.iter().filter(|item| matches!(item, nk_runtime::shape::FlatItem::Str(_, 8))).count();
    assert_eq!(strings, 1);
}

/// The names of all process classes below a folder.
fn process_classes(dir: &std::path::Path, into: &mut Vec<String>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            process_classes(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "edl") {
            let text = std::fs::read_to_string(&path).unwrap();
            into.extend(nk_grammar::declared_name(&text).map(|(_, name)| name.text));
        }
    }
}

#[test]
fn whole_solutions_of_the_corpus_become_images() {
    let Some(shared) = std::env::var_os("NK_SHARED") else {
        eprintln!("skipped: NK_SHARED is not set");
        return;
    };
    for folder in [
        "cyberimmunity-edu__cyberimmune-systems-autonomous-delivery-drone-with-kos/kos/resources",
        "cyberimmunity-edu__cyberimmune-systems-prototypes-FireFighter-drone-kos/resources",
        "cyberimmunity-edu__cyberimmune-systems-example-traffic-light-kos/resources",
    ] {
        let sources = std::path::Path::new(&shared).join("corpus").join(folder);
        let mut classes = Vec::new();
        process_classes(&sources, &mut classes);
        classes.retain(|class| class != "Einit");
        let include: String = classes.iter().map(|class| format!("use EDL {class}\n")).collect::<Vec<_>>().concat();
        let policy = format!("use nonsecurity._\nuse EDL Einit\n{include}");
        let init = classes.iter().map(|class| format!("- name: {class}\n")).collect::<Vec<_>>().concat();
        let files = Folder::new(&[("security.psl", &policy), ("init.yaml", &format!("entities:\n{init}"))]);
        let mut inputs = files.inputs();
        inputs.options.sources.push(sources);
        let solution = build(&inputs);
        let loaded = Image::load(&image(&solution).to_bytes().unwrap()).unwrap();
        assert_eq!(loaded.plan.tasks.len(), classes.len(), "{folder}");
    }
}

#[cfg(feature = "cli")]
#[test]
fn the_command_writes_an_image_or_leaves_the_old_one_alone() {
    use nk_gen::cli::{Exit, run};
    let folder = Folder::new(&[]);
    let path = |name: &str| folder.0.path().join(name).into_os_string();
    let command = |out: &str| {
        let mut arguments: Vec<std::ffi::OsString> = ["nk-gen", "solution", "-I"].map(Into::into).into();
        arguments.extend([path(""), "--init".into(), path("init.yaml"), "--policy".into(), path("security.psl")]);
        arguments.extend(["-o".into(), path(out)]);
        run(arguments, &mut Vec::new(), &mut Vec::new(), false)
    };
    assert_eq!(command("files.nki"), Exit::Success);
    let first = std::fs::read(path("files.nki")).unwrap();
    assert_eq!(Image::load(&first).unwrap().name, "files");
    // the same input gives the same bytes
    assert_eq!((command("files.nki"), std::fs::read(path("files.nki")).unwrap()), (Exit::Success, first.clone()));
    std::fs::write(path("security.psl"), "request {").unwrap();
    assert_eq!((command("files.nki"), std::fs::read(path("files.nki")).unwrap()), (Exit::Findings, first));
    std::fs::write(path("security.psl"), POLICY).unwrap();
    std::fs::create_dir(path("taken")).unwrap();
    assert_eq!(command("taken"), Exit::InputOutput);
    std::fs::remove_file(path("init.yaml")).unwrap();
    assert_eq!(command("files.nki"), Exit::InputOutput);
    let left: Vec<_> = std::fs::read_dir(folder.0.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".tmp")), "{left:?}");
}
