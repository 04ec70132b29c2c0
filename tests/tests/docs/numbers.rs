//! Tables of the pages against the code.
use super::constants::{constant, evaluate};
use super::pages::{bare, markdown, root, table, text, texts};
use nk_gen::options::limits::Limits;
use nk_gen::{Options, analyze};
use nk_runtime::{Fault, Full, Malformed, NkErr, Retcode, Rights, Rule};
use std::collections::BTreeMap;
use std::fmt::Write;

const KERNEL: &str = "docs/kernel.md";

/// The rows of a table about limits that name a constant: crate, constant, value, and what the row says.
fn named_limits(page: &str, heading: &str) -> Vec<(String, String, u64, String)> {
    table(&text(page), heading)
        .into_iter()
        .filter_map(|row| {
            let named = bare(&row[2]);
            let (package, name) = named.split_once(' ')?;
            Some((
                package.to_owned(),
                name.to_owned(),
                row[1].parse().unwrap(),
                row[0].clone(),
            ))
        })
        .collect()
}

#[test]
fn limits_on_the_pages_are_those_of_the_code() {
    let rows = [
        named_limits(KERNEL, "11. Limits"),
        named_limits("docs/init.md", "2.5 Limits"),
    ]
    .concat();
    assert!(rows.len() > 25, "{rows:?}");
    for (package, name, value, limit) in rows {
        let own = if name == "MESSAGE_MAXIMA" {
            for maximum in nk_image::MESSAGE_MAXIMA {
                let said = limit.contains(&maximum.to_string()) || u64::from(maximum) == value;
                assert!(said, "{maximum} is a maximum too");
            }
            nk_image::MESSAGE_MAXIMA.into_iter().max().unwrap().into()
        } else {
            constant(&package, &name)
        };
        assert_eq!(value, own, "{limit}: {package} `{name}`");
    }
}

#[test]
fn defaults_that_have_no_constant_are_those_of_a_configuration() {
    let config = text("nk-kernel/src/config.rs");
    let limits = text(KERNEL);
    for (code, page) in [
        ("lanes: 4,", "; 4 unless `einit --lanes`"),
        (
            "memory: Some(1 << 30),",
            "| memory of a program, `einit --memory` | 1073741824 |",
        ),
    ] {
        assert!(
            config.contains(code) && limits.contains(page),
            "{code} {page}"
        );
    }
}

/// What weighs a unit, and how many units are free: the pace of `const NAME: Limits`, of which one unit wears off in a
/// millisecond. Answers how much is free at once, and how much in a second after that.
fn pace(name: &str) -> (u64, u64) {
    let sources = texts(&[".rs"]);
    let declared = sources
        .iter()
        .filter(|(path, _)| path.starts_with("nk-kernel/src/"))
        .find_map(|(_, text)| text.split_once(&format!("const {name}: Limits = Limits {{")));
    let (_, fields) = declared.unwrap_or_else(|| panic!("no pace is called `{name}`"));
    let field = |field: &str| {
        let (_, value) = fields.split_once(&format!("{field}: ")).unwrap();
        evaluate("nk-kernel", value.split(',').next().unwrap())
    };
    let weight = field("weight");
    (field("burst") / weight, 1000 * 1000 / weight)
}

#[test]
fn paces_on_the_page_are_those_of_the_code() {
    let rows = table(&text(KERNEL), "11. Limits");
    let row = |begins: &str| {
        let mut rows = rows.iter();
        rows.find(|row| row[0].starts_with(begins)).unwrap()
    };
    let (refusals, output) = (
        row("refusals and lookups"),
        row("output of a program at once"),
    );
    let (at_once, thousandths) = pace("REFUSALS");
    assert_eq!(refusals[1], at_once.to_string());
    assert!(
        refusals[0].contains(&format!("{} a second", thousandths / 1000)),
        "{refusals:?}"
    );
    // weighed by readings of so many bytes
    let reading = constant("nk-kernel", "AT_ONCE");
    let (at_once, thousandths) = pace("OUTPUT");
    assert_eq!(output[1], (at_once * reading).to_string());
    assert!(
        output[0].contains(&format!("{} bytes a second", thousandths * reading / 1000)),
        "{output:?}"
    );
}

#[test]
fn limits_of_the_compiler_are_listed_with_their_values() {
    let rows = table(&text("docs/inputs.md"), "2. Limits");
    let expected = Limits::ALL.iter().map(|limit| {
        let code = limit
            .code
            .map_or_else(|| "–".to_owned(), |code| code.to_string());
        let (default, most) = (limit.default.to_string(), limit.most.to_string());
        vec![
            format!("`{}`", limit.name),
            default,
            most,
            code,
            limit.what.to_owned(),
        ]
    });
    assert_eq!(rows, expected.collect::<Vec<_>>());
}

#[test]
fn codes_are_listed_with_their_numbers_and_what_they_are_called_in_generated_code() {
    let expected: Vec<Vec<String>> = Retcode::ALL
        .iter()
        .map(|code| {
            let shown = NkErr::from(*code).name().unwrap().to_owned();
            vec![
                (code.0 & 0xffff).to_string(),
                code.name().unwrap().to_owned(),
                format!("NK_{shown}"),
            ]
        })
        .collect();
    assert_eq!(table(&text(KERNEL), "10.2 Retcode"), expected);
    for row in table(&text(KERNEL), "10.1 nk_err_t") {
        for pair in row.chunks(2) {
            let code = NkErr(pair[1].parse().unwrap());
            assert_eq!(
                code.name().map(|name| format!("NK_{name}")).as_deref(),
                Some(pair[0].as_str())
            );
        }
    }
}

#[test]
fn faults_are_shown_as_the_page_says() {
    let malformed = Malformed {
        rule: Rule::Size,
        at: 0,
    };
    let faults = [
        ("Denied", Fault::Denied),
        ("Malformed", Fault::Malformed(malformed)),
        ("NotConnected", Fault::NotConnected),
        ("Aborted", Fault::Aborted),
        ("Timeout", Fault::Timeout),
        ("Interrupted", Fault::Interrupted),
        ("NoEndpoint", Fault::NoEndpoint),
        ("NoMethod", Fault::NoMethod),
        ("TooLarge", Fault::TooLarge(Full::Buffer)),
    ];
    let rows = table(&text("docs/generated-rust.md"), "3. Errors");
    for (name, fault) in faults {
        let row = rows
            .iter()
            .find(|row| row[0].contains(name))
            .unwrap_or_else(|| panic!("{name}"));
        let (shown, code) = (
            NkErr::from(fault).name().unwrap(),
            fault.retcode().name().unwrap(),
        );
        assert!(
            row[1] == format!("NK_{shown}") && row[2].contains(code),
            "{name}: {row:?}"
        );
    }
}

#[test]
fn rights_have_the_bits_that_the_page_says() {
    let own = [
        ("TRANSFER", Rights::TRANSFER),
        ("COPY", Rights::COPY),
        ("GET_SID", Rights::GET_SID),
        ("GET_EVENT", Rights::GET_EVENT),
        ("SET_EVENT", Rights::SET_EVENT),
        ("CALL, CONTROL", Rights::CALL),
    ];
    assert_eq!(Rights::CALL, Rights::CONTROL);
    let rows = table(&text(KERNEL), "7. Handles");
    let bits = rows
        .iter()
        .map(|row| (row[0].as_str(), Rights(1 << row[1].parse::<u32>().unwrap())));
    assert!(bits.eq(own), "{rows:?}");
}

/// The kernel's endpoints by their names, in the order of their numbers, with their methods.
fn endpoints() -> Vec<(String, Vec<String>)> {
    let model = analyze(&[], &["kl.core.Core".to_owned()], &Options::default()).model;
    let core = model.component(model.component_named("kl.core.Core").unwrap());
    let methods = |endpoint: &nk_gen::model::FlatEndpoint| {
        let package = model.package(endpoint.interface.known().unwrap());
        let methods = &package.interface.as_ref().unwrap().methods;
        methods.iter().map(|method| method.name.clone()).collect()
    };
    let flattened = core.flattened.as_ref().unwrap();
    flattened
        .iter()
        .map(|endpoint| (endpoint.name.clone(), methods(endpoint)))
        .collect()
}

/// That what is offered is what a kernel answers is a test of `nk-kernel` (`semantics`).
#[test]
fn the_kernels_endpoints_are_listed_and_what_is_offered_is_counted() {
    let page = text(KERNEL);
    let (rows, own) = (table(&page, "8. The kernel's endpoints"), endpoints());
    assert_eq!(rows.len(), own.len());
    for (number, (row, (name, methods))) in rows.iter().zip(&own).enumerate() {
        assert_eq!(
            (row[0].as_str(), &row[1]),
            (number.to_string().as_str(), name)
        );
        if name == "profiler.Profiler" {
            let said = format!(
                "{} methods, {} … {}",
                methods.len(),
                methods[0],
                methods[methods.len() - 1]
            );
            assert!(row[2].starts_with(&said), "{said}");
        } else {
            assert_eq!(row[2], methods.join(" "), "{name}");
        }
    }
    let known: BTreeMap<String, Vec<String>> = own.into_iter().collect();
    let all: usize = known.values().map(Vec::len).sum();
    let mut offered = 0;
    for row in table(&page, "8.1 What is offered") {
        let methods: Vec<&str> = row[1].split(' ').collect();
        assert!(
            methods
                .iter()
                .all(|m| known[&row[0]].iter().any(|known| known == m)),
            "{row:?}"
        );
        offered += methods.len();
    }
    let sentence = format!(
        "{offered} of the {all} methods do something. The other {}",
        all - offered
    );
    assert!(page.contains(&sentence), "{sentence}");
    let count = format!("{} of the {all} methods", all - offered);
    assert!(
        text("CHANGELOG.md").contains(&count),
        "CHANGELOG.md: {count}"
    );
}

/// The lists of `docs/diagnostics.md` and `docs/diagnostics-in-full.md`; `BLESS=1` writes them anew.
#[test]
fn every_diagnostic_is_listed_with_the_title_of_its_page() {
    let pages = markdown("nk-gen/explain");
    let (mut rows, mut includes) = (String::new(), String::new());
    for page in &pages {
        let title = text(&format!("nk-gen/explain/{page}"));
        let (code, title) = title
            .lines()
            .next()
            .unwrap()
            .trim_start_matches("# ")
            .split_once(": ")
            .unwrap();
        let _ = writeln!(rows, "| {code} | {title} |");
        let _ = write!(includes, "\n{{{{#include ../nk-gen/explain/{page}}}}}\n");
    }
    for (name, mark, list) in [
        (
            "docs/diagnostics.md",
            "| code | title |\n|---|---|\n",
            &rows,
        ),
        (
            "docs/diagnostics-in-full.md",
            "from `nk-gen/explain`.\n",
            &includes,
        ),
    ] {
        let page = text(name);
        let (head, is) = page
            .split_once(mark)
            .unwrap_or_else(|| panic!("{name} has no list"));
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(root().join(name), format!("{head}{mark}{list}")).unwrap();
        } else {
            assert_eq!(is, list, "{name}: BLESS=1 writes it anew");
        }
    }
}
