//! Where descriptions are found: the order of places, and which file wins.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use nk_gen::model::Root;
use nk_gen::model::{ComponentKind, Target};
use nk_gen::text::diagnostic::Place;
use nk_gen::text::diagnostic::Severity;
use nk_gen::text::source::Sources;
use nk_gen::{Analysis, Mention, Options, analyze, analyze_within};
use nk_grammar::syntax::Span;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn below(root: &Path, folders: &[&str]) -> Vec<PathBuf> {
    folders.iter().map(|folder| root.join(folder)).collect()
}

/// Analyzes one file with `-I`, `-S` and `--external`.
fn check(
    root: &TempDir,
    file: &str,
    include: &[&str],
    sources: &[&str],
    external: &[&str],
) -> Analysis {
    let options = Options {
        include: below(root.path(), include),
        sources: below(root.path(), sources),
        external: external.iter().map(|name| (*name).to_owned()).collect(),
        ..Options::default()
    };
    analyze(&[root.path().join(file)], &[], &options)
}

/// The codes of the findings.
fn codes(analysis: &Analysis) -> Vec<u16> {
    analysis
        .diagnostics
        .iter()
        .map(|finding| finding.code.number())
        .collect()
}

/// The only constant of the package `a.C`, which tells the candidates apart.
fn chosen(analysis: &Analysis) -> i128 {
    let id = analysis.model.package_named("a.C").unwrap();
    analysis.model.package(id).constants[0].value
}

/// No findings.
const NOTHING: [u16; 0] = [];

const USER: &str = "package u.U import a.C";

fn c(value: u32) -> String {
    format!("package a.C const UInt32 V = {value};")
}

#[test]
fn include_folders_are_searched_by_path_in_their_order() {
    let (one, two) = (c(1), c(2));
    let root = folder(&[
        ("u/U.idl", USER),
        ("x/a/C.idl", &one),
        ("y/a/C.idl", &two),
        ("y/C.idl", "package a.C"),
    ]);
    let first = check(&root, "u/U.idl", &["x", "y"], &[], &[]);
    assert_eq!(
        (chosen(&first), codes(&first)),
        (1, vec![406]),
        "B65: the first wins, and the other is named"
    );
    assert!(
        first.diagnostics[0].message.contains("x/a/C.idl")
            && first.diagnostics[0].message.contains("y/a/C.idl")
    );
    let second = check(&root, "u/U.idl", &["y", "x"], &[], &[]);
    assert_eq!(chosen(&second), 2);
    let alone = check(&root, "u/U.idl", &["y"], &[], &[]);
    assert_eq!((chosen(&alone), codes(&alone)), (2, vec![]));
    assert_eq!(alone.files_missed, Vec::<PathBuf>::new());
    let none = check(&root, "u/U.idl", &["u"], &[], &[]);
    assert_eq!(none.files_missed, [root.path().join("u/a/C.idl")]);
}

#[test]
fn a_file_below_an_include_folder_declares_the_name_of_its_path() {
    let root = folder(&[("u/U.idl", USER), ("x/a/C.idl", "package b.C")]);
    assert_eq!(codes(&check(&root, "u/U.idl", &["x"], &[], &[])), [101]);
    // the file of the command line too, but only when an include folder holds it
    assert_eq!(codes(&check(&root, "x/a/C.idl", &["x"], &[], &[])), [101]);
    assert_eq!(codes(&check(&root, "x/a/C.idl", &[], &["x"], &[])), NOTHING);
    assert_eq!(codes(&check(&root, "x/a/C.idl", &[], &[], &[])), NOTHING);
}

#[test]
fn source_folders_are_searched_by_declared_name() {
    let one = c(1);
    let root = folder(&[("u/U.idl", USER), ("s/deep/er/C.idl", &one)]);
    let found = check(&root, "u/U.idl", &[], &["s"], &[]);
    assert_eq!((chosen(&found), codes(&found)), (1, vec![]));
    assert_eq!(found.folders, [root.path().join("s")]);
}

#[test]
fn under_a_source_folder_a_file_is_named_like_the_last_element() {
    let one = c(1);
    let root = folder(&[("u/U.idl", USER), ("s/Other.idl", &one)]);
    assert_eq!(codes(&check(&root, "u/U.idl", &[], &["s"], &[])), [101]);
}

#[test]
fn include_comes_before_sources_and_sources_in_their_order() {
    let (one, two, three) = (c(1), c(2), c(3));
    let root = folder(&[
        ("u/U.idl", USER),
        ("i/a/C.idl", &one),
        ("s/C.idl", &two),
        ("t/C.idl", &three),
    ]);
    assert_eq!(
        chosen(&check(&root, "u/U.idl", &["i"], &["s", "t"], &[])),
        1
    );
    assert_eq!(chosen(&check(&root, "u/U.idl", &[], &["t", "s"], &[])), 3);
}

#[test]
fn within_a_source_folder_the_nearest_file_wins_and_another_one_is_named() {
    let (one, two) = (c(1), c(2));
    let root = folder(&[
        ("r/x/U.idl", USER),
        ("r/x/deep/C.idl", &one),
        ("r/C.idl", &two),
    ]);
    let near = check(&root, "r/x/U.idl", &[], &["r"], &[]);
    assert_eq!(
        (chosen(&near), codes(&near)),
        (1, vec![406]),
        "most folders in common"
    );
    let root = folder(&[
        ("r/x/U.idl", USER),
        ("r/y/deep/C.idl", &one),
        ("r/z/C.idl", &two),
    ]);
    assert_eq!(
        chosen(&check(&root, "r/x/U.idl", &[], &["r"], &[])),
        2,
        "then fewest folders"
    );
    let root = folder(&[
        ("r/x/U.idl", USER),
        ("r/y/C.idl", &one),
        ("r/z/C.idl", &two),
    ]);
    assert_eq!(
        chosen(&check(&root, "r/x/U.idl", &[], &["r"], &[])),
        1,
        "then by path"
    );
    let root = folder(&[
        ("r/x/U.idl", USER),
        ("r/y/C.idl", &one),
        ("r/z/C.idl", &one),
    ]);
    assert_eq!(
        codes(&check(&root, "r/x/U.idl", &[], &["r"], &[])),
        NOTHING,
        "equal content is one file"
    );
}

#[test]
fn files_of_the_command_line_come_first() {
    let (one, two) = (c(1), c(2));
    let root = folder(&[("u/U.idl", USER), ("here/C.idl", &one), ("i/a/C.idl", &two)]);
    let files = [root.path().join("u/U.idl"), root.path().join("here/C.idl")];
    let options = Options {
        include: below(root.path(), &["i"]),
        ..Options::default()
    };
    let analysis = analyze(&files, &[], &options);
    assert_eq!((chosen(&analysis), codes(&analysis)), (1, vec![]));
    assert!(matches!(
        analysis.roots.as_slice(),
        [Root::Package(_), Root::Package(_)]
    ));
}

#[test]
fn one_name_in_two_files_of_the_command_line_is_refused_unless_they_are_equal() {
    let (one, two) = (c(1), c(2));
    let root = folder(&[("x/C.idl", &one), ("y/C.idl", &two), ("z/C.idl", &one)]);
    let run = |files: &[&str]| {
        codes(&analyze(
            &below(root.path(), files),
            &[],
            &Options::default(),
        ))
    };
    assert_eq!(run(&["x/C.idl", "y/C.idl"]), [105]);
    assert_eq!(run(&["x/C.idl", "z/C.idl"]), NOTHING);
    assert_eq!(run(&["x/C.idl", "x/../x/C.idl"]), NOTHING);
}

#[test]
fn broken_files_that_nothing_refers_to_stay_silent() {
    let one = c(1);
    let root = folder(&[
        ("u/U.idl", USER),
        ("s/C.idl", &one),
        ("s/Broken.idl", "package a.Broken struct {{{"),
        ("s/Merge.idl", "<<<<<<< HEAD"),
    ]);
    std::fs::write(root.path().join("s/Binary.edl"), b"task class \xFF").unwrap();
    assert_eq!(codes(&check(&root, "u/U.idl", &[], &["s"], &[])), NOTHING);
    std::fs::write(root.path().join("u/U.idl"), "package u.U import a.Broken").unwrap();
    let referred = check(&root, "u/U.idl", &[], &["s"], &[]);
    assert!(referred.has_errors() && codes(&referred).iter().all(|code| *code == 1));
}

#[test]
fn built_in_descriptions_come_after_the_folders_of_the_user() {
    let root = folder(&[
        ("K.edl", "task class K components { klog : kl.Klog }"),
        ("s/Klog.cdl", "component kl.Klog"),
    ]);
    let endpoints = |sources: &[&str]| {
        let analysis = check(&root, "K.edl", &[], sources, &["kl."]);
        assert_eq!(codes(&analysis), NOTHING);
        let id = analysis.model.component_named("K").unwrap();
        analysis
            .model
            .component(id)
            .flattened
            .as_ref()
            .map(Vec::len)
    };
    assert_eq!(
        endpoints(&[]),
        Some(1),
        "ours, although the name is covered by `--external`"
    );
    assert_eq!(endpoints(&["s"]), Some(0), "the user's");
}

#[test]
fn external_names_are_accepted_where_nothing_is_found() {
    let text = "package u.U import kl.core.Types \
                const UInt32 N = 4; struct S { Char c; bytes<Max> b; } \
                interface { F(in S s, in handle<kl.core.IX> h, in bytes<N> b, out kl.core.Other.T t); G(); }";
    let root = folder(&[
        ("u/U.idl", text),
        (
            "K.edl",
            "task class K endpoints { u : u.U x : kl.core.X } components { v : kl.Vfs w : kl.Klog }",
        ),
    ]);
    assert_eq!(
        codes(&check(&root, "K.edl", &["."], &[], &[])),
        [103, 103, 103, 103, 103],
        "each name once"
    );
    let analysis = check(&root, "K.edl", &["."], &[], &["kl."]);
    assert_eq!(codes(&analysis), NOTHING);
    let missing: Vec<String> = analysis
        .missing()
        .into_iter()
        .map(|finding| finding.message)
        .collect();
    let names = [
        "kl.core.Types.Char",
        "kl.core.Types.Max",
        "kl.core.Other.T",
        "kl.core.X",
        "kl.Vfs",
    ];
    assert_eq!(missing.len(), names.len(), "{missing:?}");
    for name in names {
        assert!(
            missing
                .iter()
                .any(|message| message.contains(&format!("`{name}`"))),
            "{name}: {missing:?}"
        );
    }
    let class = analysis
        .model
        .component(analysis.model.component_named("K").unwrap());
    assert_eq!(
        (class.flattened.as_ref(), class.digest),
        (None, None),
        "what follows an external instance has no number"
    );
    let package = analysis
        .model
        .package(analysis.model.package_named("u.U").unwrap());
    let methods = &package.interface.as_ref().unwrap().methods;
    assert!(methods[0].request.layout.is_none() && methods[1].request.layout.is_some());
    assert_eq!(package.digest, None);
}

#[test]
fn what_is_found_nowhere_is_reported_with_the_places_that_were_searched() {
    let root = folder(&[
        ("u/U.idl", "package u.U import a.Cc"),
        ("s/C.idl", "package a.C"),
        ("i/x", ""),
    ]);
    let near = check(&root, "u/U.idl", &["i"], &["s"], &[]);
    let finding = near
        .diagnostics
        .iter()
        .find(|finding| finding.code.number() == 103)
        .unwrap();
    assert_eq!(finding.help.as_deref(), Some("did you mean `a.C`?"));
    std::fs::write(
        root.path().join("u/U.idl"),
        "package u.U import somewhere.Else",
    )
    .unwrap();
    let far = check(&root, "u/U.idl", &["i"], &["s"], &[]);
    let help = far.diagnostics[0].help.clone().unwrap();
    assert!(
        help.contains("i/somewhere/Else.idl`") && help.contains("the description below"),
        "{help}"
    );
}

#[test]
fn a_component_and_an_interface_may_have_one_name() {
    let root = folder(&[
        ("e/Ping.idl", "package e.Ping interface { Ping(); }"),
        ("e/Ping.cdl", "component e.Ping endpoints { ping : e.Ping }"),
        (
            "e/Server.edl",
            "task class e.Server components { ping : e.Ping }",
        ),
    ]);
    for (include, sources) in [(&["."][..], &[][..]), (&[][..], &["."][..])] {
        let analysis = check(&root, "e/Server.edl", include, sources, &[]);
        assert_eq!(codes(&analysis), NOTHING);
        let server = analysis
            .model
            .component(analysis.model.component_named("e.Server").unwrap());
        let endpoint = &server.flattened.as_ref().unwrap()[0];
        assert_eq!(
            (endpoint.name.as_str(), endpoint.alias.as_str()),
            ("ping.ping", "e.Ping.ping")
        );
    }
}

#[test]
fn asked_classes_are_found_and_einit_exists_without_a_file() {
    let root = folder(&[("S.edl", "task class p.S")]);
    let names = ["Einit", "p.S", "kl.Core", "p.Nowhere"].map(str::to_owned);
    let options = Options {
        sources: below(root.path(), &["."]),
        external: vec!["kl.".to_owned()],
        ..Options::default()
    };
    let analysis = analyze(&[], &names, &options);
    let Some(Target::Known(id)) = analysis.class("Einit") else {
        panic!("Einit")
    };
    let einit = analysis.model.component(*id);
    assert_eq!(
        (einit.kind, einit.place, einit.flattened.as_deref()),
        (ComponentKind::ProcessClass, None, Some(&[][..]))
    );
    assert!(matches!(analysis.class("p.S"), Some(Target::Known(_))));
    assert_eq!(
        analysis.class("kl.Core"),
        Some(&Target::External("kl.Core".to_owned()))
    );
    assert_eq!(analysis.class("p.Nowhere"), None);
    assert_eq!(codes(&analysis), [103]);
    assert!(analysis.diagnostics[0].primary.is_none());
    // who names it says where it is missing
    let mut sources = Sources::default();
    let place = Place::new(
        sources.add("security.psl", "use EDL p.Nowhere"),
        Span::new(8, 17),
    );
    let mention = Mention {
        name: "p.Nowhere".to_owned(),
        place: Some(place),
        needed: true,
    };
    let mentioned = analyze_within(sources, &[], &[mention], None, &options);
    assert_eq!(codes(&mentioned), [103]);
    let primary = mentioned.diagnostics[0].primary.as_ref();
    assert_eq!(primary.map(|label| label.place), Some(place));
    // a description of the user's comes before ours
    std::fs::write(root.path().join("Einit.edl"), "task class Einit").unwrap();
    let own = analyze(&[], &names, &options);
    assert!(
        own.model
            .component(own.model.component_named("Einit").unwrap())
            .place
            .is_some()
    );
}

#[test]
fn what_cannot_be_read_is_an_error_without_a_place() {
    let root = folder(&[("x/D.idl/file", "")]);
    for file in ["Missing.idl", "x/D.idl", "x"] {
        let analysis = check(&root, file, &[], &[], &[]);
        assert_eq!(codes(&analysis), [111], "{file}");
        assert!(analysis.unreadable() && analysis.diagnostics[0].severity == Severity::Error);
    }
    let folders = check(&root, "Missing.idl", &["nowhere"], &["nowhere"], &[]);
    assert_eq!(codes(&folders), [111, 111, 111]);
    std::fs::write(root.path().join("Big.idl"), vec![b' '; 5 << 20]).unwrap();
    assert_eq!(codes(&check(&root, "Big.idl", &[], &[], &[])), [8], "B18");
    assert_eq!(
        codes(&analyze(&["/dev/zero".into()], &[], &Options::default())),
        [111]
    );
}

#[test]
fn the_folder_that_was_not_named_is_named_when_it_has_what_is_missing() {
    let root = folder(&[
        ("idl/u/U.idl", USER),
        ("idl/a/C.idl", &c(1)),
        ("other/x", ""),
    ]);
    let (idl, help) = (root.path().join("idl"), |analysis: &Analysis| {
        analysis.diagnostics[0].help.clone().unwrap()
    });
    let expected = format!("`{0}/a/C.idl` has it: add `-I {0}`", idl.display());
    for include in [&[][..], &["other"]] {
        let analysis = check(&root, "idl/u/U.idl", include, &[], &[]);
        assert_eq!(
            (codes(&analysis), help(&analysis)),
            (vec![103], expected.clone())
        );
    }
    std::fs::remove_file(idl.join("a/C.idl")).unwrap();
    let analysis = check(&root, "idl/u/U.idl", &[], &[], &[]);
    assert!(
        help(&analysis).starts_with("no folder to search was given"),
        "{}",
        help(&analysis)
    );
}

#[test]
fn a_folder_is_no_description() {
    let root = folder(&[("idl/u/U.idl", USER)]);
    let analysis = check(&root, "idl", &[], &[], &[]);
    let finding = &analysis.diagnostics[0];
    assert!(
        finding.message.ends_with("/idl` is a folder")
            && finding.help.as_deref().unwrap().contains("`-I` or `-S`")
    );
}
