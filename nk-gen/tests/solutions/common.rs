//! A solution in a folder of its own, what is said about it, and what its image decides.
use nk_gen::solution::{Inputs, Solution, build};
use nk_gen::text::diagnostic::Severity;
use nk_gen::text::position::position;
use nk_image::{Image, Tree};
use nk_security::{Call, Kind, Rule, Step};
use std::fmt::Write;
use tempfile::TempDir;

/// The example of the `KasperskyOS` documentation.
pub(crate) const FILESYSTEM: &[(&str, &str)] = &[
    (
        "Filesystem.idl",
        "package Filesystem interface { Open(in string<256> name, out UInt32 h); }",
    ),
    (
        "Operations.cdl",
        "component Operations endpoints { FS : Filesystem }",
    ),
    (
        "Server.edl",
        "task class Server components { OpsComp : Operations }",
    ),
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

pub(crate) const POLICY: &str = "\
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
pub(crate) struct Folder(pub(crate) TempDir);

impl Folder {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in FILESYSTEM.iter().chain(files) {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self(folder)
    }

    pub(crate) fn inputs(&self) -> Inputs {
        let path = self.0.path();
        let options = nk_gen::Options {
            include: vec![path.to_owned()],
            ..nk_gen::Options::default()
        };
        Inputs {
            init: path.join("init.yaml"),
            policy: path.join("security.psl"),
            options,
            ..Inputs::default()
        }
    }

    pub(crate) fn build(&self) -> Solution {
        build(&self.inputs())
    }
}

/// Every finding as `line severity code: message | help`.
pub(crate) fn said(solution: &Solution) -> String {
    let analysis = &solution.analysis;
    let mut all = String::new();
    for finding in &analysis.diagnostics {
        let line = finding.primary.as_ref().map_or(0, |label| {
            position(
                analysis.sources.text(label.place.file),
                label.place.span.start,
            )
            .line
        });
        let severity = if finding.severity == Severity::Error {
            "E"
        } else {
            "W"
        };
        let help = finding.help.as_deref().unwrap_or("");
        writeln!(
            all,
            "{line} {severity}{:03}: {} | {help}",
            finding.code.number(),
            finding.message
        )
        .unwrap();
    }
    all
}

pub(crate) fn with_policy(policy: &str) -> Solution {
    Folder::new(&[("security.psl", policy)]).build()
}

#[track_caller]
pub(crate) fn image(solution: &Solution) -> &Image {
    solution
        .image
        .as_ref()
        .unwrap_or_else(|| panic!("{}", said(solution)))
}

/// What decides about an event; method 0.
#[track_caller]
pub(crate) fn decision<'i>(image: &'i Image, kind: Kind, src: &str, dst: &str) -> &'i Tree {
    let class = |name| image.tables.class_named(name).unwrap();
    let id = image
        .program
        .tree(kind, image.tables.classes.len(), class(src), class(dst), 0)
        .unwrap();
    &image.program.trees[id.index()]
}

/// `granted LINE`, `denied LINE` or `REASON LINE`.
#[track_caller]
pub(crate) fn verdict(image: &Image, kind: Kind, src: &str, dst: &str) -> String {
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
pub(crate) fn rules<'i>(image: &'i Image, kind: Kind, src: &str, dst: &str) -> Vec<&'i Rule> {
    let Tree::Rules(body) = decision(image, kind, src, dst) else {
        return Vec::new();
    };
    let rule = |step: &Step| match step {
        Step::Rule(rule) => image.program.rule(*rule).unwrap(),
        Step::Choice(_) => panic!("a choice"),
    };
    image.program.body(*body).iter().map(rule).collect()
}
