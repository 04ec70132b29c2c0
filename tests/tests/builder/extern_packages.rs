//! A crate whose descriptions use packages that another crate has generated: both have one type, one trait, one proxy.
use crate::project::Project;

const IDL: &[(&str, &str)] = &[
    (
        "idl/sea/Units.idl",
        "package sea.Units\nconst UInt32 Most = 8;\nstruct Mark { UInt32 metres; string<Most> name; }\n",
    ),
    (
        "idl/sea/Depth.idl",
        "package sea.Depth\nimport sea.Units\ninterface { Sound(in UInt32 at, out Mark found); }\n",
    ),
    (
        "idl/sea/Chart.idl",
        "package sea.Chart\nimport sea.Units\nstruct Page { sequence<Mark, Most> marks; }\ninterface { Add(in Mark mark, in Page more, out UInt32 count); }\n",
    ),
    (
        "idl/sea/Boat.edl",
        "task class sea.Boat\nendpoints {\n    sonar : sea.Depth\n    chart : sea.Chart\n}\n",
    ),
];

/// The crate that holds what both use.
const API: &str = "include(\"../idl\").compile([\"sea/Units.idl\", \"sea/Depth.idl\"])";

/// The crate of the process class.
const BOAT: &str = "include(\"../idl\")
    .extern_package(\"sea.Units\", \"::sea_api::nk::sea::units\")
    .extern_package(\"sea.Depth\", \"::sea_api::nk::sea::depth\")
    .compile([\"sea/Boat.edl\"])";

/// What a sonar finds of the other crate's trait goes, unchanged, into a call of this crate's own interface.
const USE: &str = r#"
#[test]
fn both_crates_mean_the_same_types() {
    use nk::sea::{boat, chart::{self, Chart, Page}};
    use nk_runtime::{InProcess, Mode};
    use sea_api::nk::sea::{depth::{self, Depth, SoundBuf, SoundOut, SoundRes}, units::Mark};

    struct Sonar;
    impl Depth for Sonar {
        fn sound<'r>(&mut self, at: u32, out: SoundOut<'r>) -> nk_runtime::Result<SoundRes<'r>> {
            out.reply(Mark { metres: at * 2, name: "reef" })
        }
    }
    struct Pages(u32);
    impl Chart for Pages {
        fn add(&mut self, mark: Mark<'_>, more: Page<'_>) -> nk_runtime::Result<u32> {
            assert_eq!(mark.name, "reef");
            self.0 += mark.metres + more.marks.iter().map(|mark| mark.metres).sum::<u32>();
            Ok(self.0)
        }
    }
    let boat = boat::Boat::new(Sonar, Pages(0));
    let mut channel = InProcess::<_, { boat::REQUEST_MAX }>::new(boat, Mode::Strict);
    let mut buffer = SoundBuf::new();
    let found = depth::Proxy::new(&mut channel, boat::SONAR).sound(21, buffer.out()).unwrap();
    let mark: Mark<'_> = found.found();
    let count = chart::Proxy::new(&mut channel, boat::CHART).add(mark, Page { marks: (&[mark, mark]).into() });
    assert_eq!(count, Ok(126));
}
"#;

fn project(boat: &str) -> Project {
    let mut project = Project::new(IDL);
    project.add("sea_api", API, "", "");
    project.add(
        "sea_boat",
        boat,
        "sea_api = { path = \"../sea_api\" }\n",
        USE,
    );
    project
}

#[test]
fn a_package_of_another_crate_is_one_type_for_both() {
    let done = project(BOAT).cargo(&["test", "--quiet", "--lib", "--workspace"]);
    let said =
        String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn a_module_that_is_no_path_stops_the_build_script_with_a_sentence() {
    let done =
        project(&BOAT.replace("::sea_api::nk::sea::units", "sea_api/units")).cargo(&["check"]);
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(
        !done.status.success() && said.contains("extern_package: `sea_api/units` is no path"),
        "{said}"
    );
}
