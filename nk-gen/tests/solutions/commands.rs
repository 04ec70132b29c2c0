//! `nk-gen solution`.
use crate::common::{Folder, POLICY};
use nk_gen::cli::{Exit, run};
use nk_image::Image;
use std::ffi::OsString;

/// Runs `nk-gen solution` on the folder with these options; what it says.
fn command(folder: &Folder, options: &[&str]) -> (Exit, String) {
    let path = |name: &str| folder.0.path().join(name).into_os_string();
    let mut arguments: Vec<OsString> = ["nk-gen", "solution", "-I"].map(Into::into).into();
    arguments.extend([
        path(""),
        "--init".into(),
        path("init.yaml"),
        "--policy".into(),
        path("security.psl"),
    ]);
    arguments.extend(options.iter().map(Into::into));
    if !options.contains(&"-o") {
        arguments.extend(["-o".into(), path("files.nki")]);
    }
    let mut said = Vec::new();
    let exit = run(arguments, &mut Vec::new(), &mut said, false);
    (exit, String::from_utf8(said).unwrap())
}

#[test]
fn the_command_writes_an_image_or_leaves_the_old_one_alone() {
    let folder = Folder::new(&[]);
    let path = |name: &str| folder.0.path().join(name).into_os_string();
    let command = |out: &str| command(&folder, &["-o", path(out).to_str().unwrap()]).0;
    assert_eq!(command("files.nki"), Exit::Success);
    let first = std::fs::read(path("files.nki")).unwrap();
    assert_eq!(Image::load(&first).unwrap().name, "files");
    // the same input gives the same bytes
    assert_eq!(
        (
            command("files.nki"),
            std::fs::read(path("files.nki")).unwrap()
        ),
        (Exit::Success, first.clone())
    );
    std::fs::write(path("security.psl"), "request {").unwrap();
    assert_eq!(
        (
            command("files.nki"),
            std::fs::read(path("files.nki")).unwrap()
        ),
        (Exit::Findings, first)
    );
    std::fs::write(path("security.psl"), POLICY).unwrap();
    std::fs::create_dir(path("taken")).unwrap();
    assert_eq!(command("taken"), Exit::InputOutput);
    std::fs::remove_file(path("init.yaml")).unwrap();
    assert_eq!(command("files.nki"), Exit::InputOutput);
    let left: Vec<_> = std::fs::read_dir(folder.0.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert!(
        !left
            .iter()
            .any(|name| name.to_string_lossy().ends_with(".tmp")),
        "{left:?}"
    );
}

#[test]
fn the_image_is_marked_as_the_options_say() {
    let folder = Folder::new(&[]);
    let written = |options: &[&str]| {
        assert_eq!(command(&folder, options).0, Exit::Success, "{options:?}");
        let image =
            Image::load(&std::fs::read(folder.0.path().join("files.nki")).unwrap()).unwrap();
        let classes = image
            .policy
            .tables()
            .classes
            .iter()
            .filter(|class| class.compat);
        (
            image.max_message,
            classes
                .map(|class| class.name.clone())
                .collect::<Vec<_>>()
                .join(" "),
        )
    };
    assert_eq!(written(&[]), (16 << 20, String::new()));
    assert_eq!(written(&["--max-message", "4M"]), (4 << 20, String::new()));
    assert_eq!(
        written(&["--max-message=8M", "--compat", "Client"]),
        (8 << 20, "Client".to_owned())
    );
    assert_eq!(
        written(&["--compat=Server", "--compat=Client", "--compat=Client"]).1,
        "Client Server"
    );
}

#[test]
fn a_size_or_class_that_is_not_there_leaves_the_old_image_alone() {
    let folder = Folder::new(&[]);
    assert_eq!(command(&folder, &[]).0, Exit::Success);
    let image = || std::fs::read(folder.0.path().join("files.nki")).unwrap();
    let first = image();
    for size in ["5M", "16", "16MiB", "4m", "32M", "-1", "16777216"] {
        let (exit, said) = command(&folder, &[&format!("--max-message={size}")]);
        assert_eq!(exit, Exit::Usage, "{said}");
        assert!(said.contains("possible values: 4M, 8M, 16M"), "{said}");
    }
    let (exit, said) = command(
        &folder,
        &["--compat=Clent", "--compat=Other", "--compat=Server"],
    );
    assert_eq!((exit, image()), (Exit::Findings, first));
    assert!(
        said.contains("[NK0623]: `--compat Clent`: the solution has no process class of this name"),
        "{said}"
    );
    assert!(said.contains("did you mean `Client`?"), "{said}");
    assert!(
        said.contains("name a class that the policy includes or init.yaml starts"),
        "{said}"
    );
    assert_eq!(said.matches("NK0623]").count(), 2, "{said}");
}

#[test]
fn a_class_that_is_missing_is_reported_where_it_is_missing() {
    for (file, text) in [
        ("security.psl", format!("{POLICY}use EDL Gone\n")),
        ("init.yaml", "entities: [{name: Gone}]".into()),
    ] {
        let folder = Folder::new(&[(file, &text)]);
        let (exit, said) = command(&folder, &["--compat=Gone"]);
        assert_eq!(
            (exit, said.matches("error[").count()),
            (Exit::Findings, 1),
            "{said}"
        );
        assert!(said.contains("NK0103"), "{said}");
    }
}

#[test]
fn the_limits_of_policies_are_raised_and_lowered_like_all_others() {
    let states: Vec<String> = (0..1025).map(|state| format!("\"s{state}\"")).collect();
    let flow = format!(
        "policy object life : Flow {{\n    type State = {}\n    config = {{ states : [{}], initial : \"s0\", transitions : {{}} }}\n}}\n",
        states.join(" | "),
        states.join(", ")
    );
    let pattern = "request src=Client dst=Server endpoint=OpsComp.FS method=Open {\n    assert (re.match {text : message.name, pattern : \"/etc/[a-z]+\"})\n}\n";
    let folder = Folder::new(&[(
        "security.psl",
        &format!("use nk.flow._\nuse nk.regex._\n{POLICY}{flow}{pattern}"),
    )]);
    let codes = |options: &[&str]| {
        let (exit, said) = command(&folder, options);
        let errors = said
            .lines()
            .filter_map(|line| line.strip_prefix("error[")?.get(..6))
            .collect::<Vec<_>>()
            .join(" ");
        if exit == Exit::Success { said } else { errors }
    };
    assert_eq!(codes(&[]), "NK0520");
    let raised = "--limit=flow-states=1025";
    assert!(!codes(&[raised]).contains("error"), "{}", codes(&[raised]));
    Image::load(&std::fs::read(folder.0.path().join("files.nki")).unwrap()).unwrap();
    // four classes make sixteen pairs
    assert_eq!(codes(&[raised, "--limit=class-pairs=15"]), "NK0520");
    assert!(!codes(&[raised, "--limit=class-pairs=16"]).contains("error"));
    assert_eq!(codes(&[raised, "--limit=regex-table=100"]), "NK0510");
    assert_eq!(codes(&[raised, "--limit=policy-statements=10"]), "NK0520");
    let (exit, said) = command(&folder, &["--limit=regex-table=2000000"]);
    assert!(
        exit == Exit::Usage && said.contains("the limit `regex-table` cannot be raised"),
        "{said}"
    );
}
