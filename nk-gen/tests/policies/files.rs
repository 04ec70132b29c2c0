//! Which files and descriptions a policy is made of: includes, templates, what is external, and parts of policies.
use nk_gen::solution::{Inputs, Solution, build};
use nk_gen::text::diagnostic::Severity;
use nk_gen::text::position::position;
use std::fmt::Write;

const S: &str = "task class a.S endpoints { e : a.I }";
const I: &str = "package a.I interface { Do(in UInt8 v); }";
const ALL: &str =
    "use nk.base._ use EDL Einit use EDL kl.core.Core use EDL a.S execute { grant () }\n";

/// Files in a folder of their own; the first is the policy.
struct Folder(tempfile::TempDir, String);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self(folder, files[0].0.to_owned())
    }

    /// Builds with the folder as `-S`.
    fn build(&self, external: &[&str], defines: &[(&str, &str)]) -> Solution {
        let external = external.iter().map(|&name| name.to_owned()).collect();
        let sources = vec![self.0.path().to_owned()];
        let options = nk_gen::Options {
            sources,
            external,
            ..nk_gen::Options::default()
        };
        let defines = defines
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        build(&Inputs {
            policy: self.0.path().join(&self.1),
            options,
            defines,
            ..Inputs::default()
        })
    }

    /// What is said: `file:line:column code message`.
    fn said(&self, external: &[&str], defines: &[(&str, &str)]) -> String {
        let analysis = self.build(external, defines).analysis;
        let mut all = String::new();
        for finding in &analysis.diagnostics {
            let place = finding.primary.as_ref().map(|label| label.place);
            let (path, at) = place.map_or_else(
                || (String::new(), position("", 0)),
                |place| {
                    let path = analysis.sources.path(place.file);
                    let path = path
                        .strip_prefix(self.0.path())
                        .unwrap_or(path)
                        .display()
                        .to_string();
                    (
                        path,
                        position(analysis.sources.text(place.file), place.span.start),
                    )
                },
            );
            let severity = match finding.severity {
                Severity::Error => "E",
                Severity::Warning => "W",
                Severity::Note => "N",
            };
            let code = finding.code.number();
            writeln!(
                all,
                "{path}:{}:{} {severity}{code} {}",
                at.line, at.column, finding.message
            )
            .unwrap();
        }
        all
    }
}

#[test]
fn an_include_is_found_by_the_end_of_its_path_the_nearest_first() {
    let wrong = "request { grant 1 }";
    let folder = Folder::new(&[
        (
            "new/einit/p.psl",
            &format!("{ALL}use parts.one._ use two._"),
        ),
        ("new/src/parts/one.psl", "request { grant () }"),
        ("old/src/parts/one.psl", wrong),
        ("new/src/notparts/one.psl", wrong),
        ("new/lib/two.psl.in", "response { grant () }"),
        ("d/S.edl", S),
        ("d/I.idl", I),
    ]);
    assert_eq!(folder.said(&[], &[]), "");
    let files = folder.build(&[], &[]).analysis.sources;
    let read = |end: &str| files.iter().any(|(_, source)| source.path.ends_with(end));
    assert!(
        read("new/src/parts/one.psl")
            && read("new/lib/two.psl.in")
            && !read("old/src/parts/one.psl")
    );
}

#[test]
fn a_file_is_included_once_whatever_it_is_called_and_never_by_itself() {
    let folder = Folder::new(&[
        (
            "p.psl",
            &format!("{ALL}use parts.one._ use one._ policy object o : Base {{}}"),
        ),
        (
            "parts/one.psl",
            "policy object once : Base {} request { once.grant () }",
        ),
        ("S.edl", S),
        ("I.idl", I),
    ]);
    assert_eq!(folder.said(&[], &[]), "");
    let folder = Folder::new(&[
        ("p.psl", "use a._"),
        ("a.psl", "use b._"),
        ("b.psl", "use p._"),
    ]);
    assert_eq!(
        folder.said(&[], &[]).lines().next(),
        Some("b.psl:1:5 E501 policy files include each other: `p` → `a` → `b` → `p`")
    );
}

#[test]
fn a_policy_says_no_more_than_ten_thousand_things_with_all_that_it_includes() {
    // 1 `use`, 1 binding and so many rules; and 1 binding in the other file
    let said = |rules: usize| {
        let (rules, more) = ("    grant ()\n".repeat(rules), "execute { }\n");
        let policy = format!("use more._\nexecute {{\n{rules}}}\n");
        Folder::new(&[("security.psl", &policy), ("more.psl", more)])
            .said(&[], &[])
            .matches("E520")
            .count()
    };
    assert_eq!((said(9_997), said(9_998), said(30_000)), (0, 1, 1));
}

#[test]
fn an_include_that_is_nowhere_says_where_it_was_looked_for() {
    let folder = Folder::new(&[("p.psl", "use some.part._")]);
    let analysis = folder.build(&[], &[]).analysis;
    let finding = analysis
        .diagnostics
        .iter()
        .find(|finding| finding.code.number() == 502)
        .unwrap();
    let help = finding.help.as_ref().unwrap();
    assert!(
        help.contains("/some/part.psl`, a path that ends in `some/part.psl` below `"),
        "{help}"
    );
}

#[test]
fn there_is_one_note_for_each_external_name() {
    let policy = format!(
        "{ALL}use EDL kl.Vfs use EDL kl.Vfs use kl.part._ use kl.part._
request src=kl.Other dst=a.S {{ grant () }}
request src=kl.Other dst=kl.Vfs endpoint=x.y method=Z {{ grant () }}
request src=a.S dst=a.S {{ match src=a.S {{ grant () }} }}"
    );
    let folder = Folder::new(&[("p.psl", &policy), ("S.edl", S), ("I.idl", I)]);
    let notes =
        "p.psl:2:9 N541 process class `kl.Vfs` is external: what selects it is not checked and matches nothing here
p.psl:2:35 N541 policy file `kl.part` is external: it is not checked, and what it allows is denied here
p.psl:3:13 N541 process class `kl.Other` is external: what selects it is not checked and matches nothing here
";
    assert_eq!(folder.said(&["kl."], &[]), notes);
    assert!(folder.build(&["kl."], &[]).image.is_some());
    let without = folder.said(&[], &[]);
    assert!(
        without.contains("E103 process class `kl.Vfs` was not found"),
        "{without}"
    );
    assert!(
        without.contains("E502 policy file `kl.part` was not found"),
        "{without}"
    );
}

#[test]
fn what_is_found_is_not_external_and_is_checked() {
    let policy = format!("{ALL}request dst=a.S endpoint=e method=Dont {{ grant () }}");
    let folder = Folder::new(&[("p.psl", &policy), ("S.edl", S), ("I.idl", I)]);
    assert_eq!(
        folder.said(&["*"], &[]),
        "p.psl:2:35 E503 no selected endpoint has a method `Dont`\n"
    );
}

#[test]
fn a_class_that_is_made_of_something_external_is_external_unless_it_is_started() {
    let policy = format!("{ALL}use EDL a.T request dst=a.T endpoint=x.y method=Z {{ grant () }}");
    let folder = Folder::new(&[
        ("p.psl", &policy),
        ("S.edl", S),
        ("I.idl", I),
        ("T.edl", "task class a.T components { c : a.C }"),
        ("C.cdl", "component a.C components { x : kl.Fs }"),
        ("init.yaml", "entities:\n- name: a.T\n"),
    ]);
    let note = "p.psl:2:9 N541 process class `a.T` is made of something external (`kl.Fs`): what selects it is not checked and matches nothing here\n";
    assert_eq!(folder.said(&["kl."], &[]), note);
    let root = folder.0.path();
    let options = nk_gen::Options {
        sources: vec![root.to_owned()],
        external: vec!["kl.".to_owned()],
        ..nk_gen::Options::default()
    };
    let inputs = Inputs {
        policy: root.join("p.psl"),
        init: root.join("init.yaml"),
        options,
        ..Inputs::default()
    };
    let diagnostics = build(&inputs).analysis.diagnostics;
    assert!(
        diagnostics
            .iter()
            .any(|finding| finding.code.number() == 114),
        "{diagnostics:?}"
    );
}

#[test]
fn a_part_of_a_policy_is_checked_against_the_descriptions_that_are_found() {
    let part = "use nk.base._ use nk.basic._\nrequest src=b.Client dst=a.S endpoint=e method=Do { assert (message.v == 1) }
assert { setup { c <- execute dst=b.Client s <- execute dst=a.S } sequence { c ~> s : e.Do { v : 1 } deny c ~> s : e.Do } }
execute { grant () }";
    let files = |part| {
        [
            ("p.psl", part),
            ("S.edl", S),
            ("I.idl", I),
            ("Client.edl", "task class b.Client"),
        ]
    };
    let folder = Folder::new(&files(part));
    let note =
        "p.psl:2:13 N541 a class that the policy names but does not include: `b.Client`, `a.S`\n";
    assert_eq!(folder.said(&[], &[]), note);
    let outcomes = nk_gen::tools::testing::run(&folder.build(&[], &[])).unwrap();
    assert!(
        outcomes.iter().all(|outcome| outcome.failure.is_none()),
        "{outcomes:?}"
    );
    let wrong = part.replace("message.v", "message.w");
    let said = Folder::new(&files(&wrong)).said(&[], &[]);
    assert!(said.contains("E515"), "{said}");
    // this one includes the kernel: what another class does is denied, as it will be in the whole
    let whole = format!("use EDL kl.core.Core {part}");
    let outcomes =
        nk_gen::tools::testing::run(&Folder::new(&files(&whole)).build(&[], &[])).unwrap();
    assert!(
        outcomes.iter().any(|outcome| outcome.failure.is_some()),
        "{outcomes:?}"
    );
}

#[test]
fn a_whole_policy_includes_what_it_names() {
    let policy = format!("{ALL}request src=b.Client dst=a.S {{ grant () }}");
    let folder = Folder::new(&[
        ("p.psl", &policy),
        ("S.edl", S),
        ("I.idl", I),
        ("Client.edl", "task class b.Client"),
        ("init.yaml", "entities:\n- name: a.S\n"),
    ]);
    let root = folder.0.path();
    let options = nk_gen::Options {
        sources: vec![root.to_owned()],
        ..nk_gen::Options::default()
    };
    let inputs = Inputs {
        policy: root.join("p.psl"),
        init: root.join("init.yaml"),
        options,
        ..Inputs::default()
    };
    let diagnostics = build(&inputs).analysis.diagnostics;
    let message = "process class `b.Client` is not included by the policy";
    assert!(
        diagnostics
            .iter()
            .any(|finding| finding.code.number() == 503 && finding.message == message),
        "{diagnostics:?}"
    );
}

#[test]
fn templates_are_filled_in_and_findings_point_into_the_template() {
    let policy =
        "use nk.base._ use EDL Einit use EDL kl.core.Core use EDL @CLASS@ execute { grant () }
{% if BOARD == \"small\" %}
request dst=@CLASS@ endpoint=@ENDPOINT@ method=@M@ { grant () } request dst=@CLASS@ { grant 1 }
{% else %}
request dst=a.S { deny 7 ) }
{% endif %}
request dst=@CLASS@ endpoint=e method=None { grant () }";
    let folder = Folder::new(&[("p.psl", policy), ("S.edl", S), ("I.idl", I)]);
    let defines = [
        ("CLASS", "a.S"),
        ("ENDPOINT", "e"),
        ("M", "Do"),
        ("BOARD", "small"),
    ];
    let expected = "p.psl:3:93 E508 `grant` takes `()` and nothing else
p.psl:7:39 E503 no selected endpoint has a method `None`
";
    assert_eq!(folder.said(&[], &defines), expected);
    let other = [("CLASS", "a.S"), ("BOARD", "large")];
    assert_eq!(
        folder.said(&[], &other).lines().next(),
        Some("p.psl:5:26 E1 expected a statement or `}` after `7`, found `)`")
    );
}

#[test]
fn a_template_variable_without_a_value_is_named() {
    let policy = "use nk.base._ use EDL Einit use @MAIN@._ // @NOT@\nexecute { grant () }";
    let diagnostics = Folder::new(&[("p.psl", policy)])
        .build(&[], &[])
        .analysis
        .diagnostics;
    let help = diagnostics[0].help.as_deref();
    assert_eq!(
        help,
        Some("a template variable: give it a value with `--define MAIN=…`"),
        "{diagnostics:?}"
    );
}

#[test]
fn a_start_up_description_is_a_template_too() {
    let init = "entities:\n- name: @CLASS@\n{% if A %}\n  args: [x]\n{% else %}\n  what: ever\n{% endif %}\n- name: @CLASS@ @X@\n";
    let folder = Folder::new(&[
        ("p.psl", ALL),
        ("S.edl", S),
        ("I.idl", I),
        ("init.yaml", init),
    ]);
    let root = folder.0.path();
    let options = nk_gen::Options {
        sources: vec![root.to_owned()],
        ..nk_gen::Options::default()
    };
    let defines = vec![
        ("CLASS".to_owned(), "a.S".to_owned()),
        ("A".to_owned(), "1".to_owned()),
    ];
    let inputs = Inputs {
        policy: root.join("p.psl"),
        init: root.join("init.yaml"),
        options,
        defines,
        ..Inputs::default()
    };
    let analysis = build(&inputs).analysis;
    let finding = analysis
        .diagnostics
        .iter()
        .find(|finding| finding.severity == Severity::Error)
        .unwrap();
    let place = finding.primary.as_ref().unwrap().place;
    let text = analysis.sources.text(place.file);
    assert_eq!(
        &text[place.span.start as usize..place.span.end as usize],
        "@CLASS@ @X@",
        "{finding:?}"
    );
}
