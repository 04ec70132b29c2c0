//! What becomes part of the image.
use crate::common::{Folder, image, said};
use nk_gen::solution::build;
use nk_image::{ClassId, Image};

#[test]
fn the_documentations_example_becomes_an_image_that_loads() {
    let folder = Folder::new(&[]);
    let solution = folder.build();
    let image = image(&solution);
    let loaded = Image::load(&image.to_bytes().unwrap()).unwrap();

    let classes: Vec<&str> = image
        .tables
        .classes
        .iter()
        .map(|class| class.name.as_str())
        .collect();
    assert_eq!(classes, ["Client", "Einit", "Server", "kl.core.Core"]);
    let server = &image.tables.classes[2];
    assert_eq!(
        (
            server.endpoints[0].name.as_str(),
            server.endpoints[0].alias.as_str()
        ),
        ("OpsComp.FS", "Operations.FS")
    );
    // a string in the request: 24 bytes of header, 8 of descriptor; a number in the response
    let open = &image.tables.interfaces[0].methods[0];
    assert_eq!(
        (
            open.request.size,
            open.request.arena,
            open.response.size,
            open.response.arena
        ),
        (32, true, 32, false)
    );

    let tasks: Vec<&str> = loaded
        .plan
        .tasks
        .iter()
        .map(|task| task.name.as_str())
        .collect();
    assert_eq!(tasks, ["Server", "Client"]);
    assert_eq!(loaded.plan.initiator, ClassId(1));
    let task = &loaded.plan.tasks[0];
    assert_eq!(
        (task.path.as_str(), task.args.join(" ").as_str()),
        ("Server", "--verbose 3 yes")
    );
    assert_eq!(task.env, [("LEVEL".to_owned(), "2".to_owned())]);
    let channel = &loaded.plan.channels[0];
    assert_eq!(
        (channel.client.0, channel.server.0, channel.name.as_str()),
        (1, 0, "server_connection")
    );
    assert_eq!(
        said(&solution).lines().count(),
        1,
        "only LD_PRELOAD is worth a word: {}",
        said(&solution)
    );
    assert!(
        said(&solution).starts_with("10 W616: `LD_PRELOAD`"),
        "{}",
        said(&solution)
    );
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
        (
            "Operations.cdl",
            "component Operations endpoints { FS : Filesystem  all : Shapes }",
        ),
    ];
    let solution = Folder::new(&files).build();
    let image = image(&solution);
    Image::load(&image.to_bytes().unwrap()).unwrap();
    let all = &image.tables.interfaces[1].methods[0];
    // header 24, handle 16, union: tag 4 + largest variant (2 descriptors 16, pair 32 from offset 16, align 8) = 8 + 48, texts 24
    assert_eq!(
        (all.request.size, all.request.handles, all.request.arena),
        (24 + 16 + 56 + 24, 1, true)
    );
    assert_eq!((all.response.size, all.error.size), (32, 32));
    // a declared type stands in the table once, however often it is used
    let strings = image
        .tables
        .items
        .iter()
        .filter(|item| matches!(item, nk_runtime::shape::FlatItem::Str(_, 8)))
        .count();
    assert_eq!(strings, 1);
}

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
        let include: String = classes
            .iter()
            .map(|class| format!("use EDL {class}\n"))
            .collect::<Vec<_>>()
            .concat();
        let policy = format!("use nonsecurity._\nuse EDL Einit\n{include}");
        let init = classes
            .iter()
            .map(|class| format!("- name: {class}\n"))
            .collect::<Vec<_>>()
            .concat();
        let files = Folder::new(&[
            ("security.psl", &policy),
            ("init.yaml", &format!("entities:\n{init}")),
        ]);
        let mut inputs = files.inputs();
        inputs.options.sources.push(sources);
        let solution = build(&inputs);
        let loaded = Image::load(&image(&solution).to_bytes().unwrap()).unwrap();
        assert_eq!(loaded.plan.tasks.len(), classes.len(), "{folder}");
    }
}
