//! The list of bad inputs of `docs/inputs.md` §4, B01 to B89, and the checks of `docs/languages.md` §10, row by row: which
//! code, at which place, in which words, and how the command ends.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod checks;
mod components;
mod files;
mod lexical;
mod names;
mod numbers;
mod row;
mod types;

use row::Row;
use std::collections::BTreeSet;

/// The list's million; an unoptimized parser takes too long for every run of the tests, and is given a fifth of it.
const HUGE: usize = if cfg!(debug_assertions) {
    200_000
} else {
    1_000_000
};

/// Rows that need more than texts: links, pipes, folders. Each is a function that panics when the row does not hold.
type Scene = (&'static str, fn());

/// Rows about the text of C headers, or about other programs; why they have no input here.
const ELSEWHERE: [(&str, &str); 5] = [
    (
        "B73",
        "names that C reserves: no C is generated; as Rust names they are free (B70)",
    ),
    (
        "B74",
        "C: one prefix for `a.b_c` and `a_b.c`: no C is generated; the Rust half of the row is in `names`",
    ),
    (
        "B75",
        "C: generated names that meet names of the user: no C is generated; in Rust the generated ones give way",
    ),
    ("B79", "C: prefixes of the vendor: no C is generated"),
    (
        "B82",
        "time of rustc on 10,000 methods: measured by bench/, not asserted by a test",
    ),
];

fn rows() -> Vec<Row> {
    let parts = [
        lexical::rows(),
        numbers::rows(),
        types::rows(),
        files::rows(),
        names::rows(),
        components::rows(),
    ];
    parts.into_iter().flatten().chain(checks::rows()).collect()
}

fn scenes() -> Vec<Scene> {
    [lexical::SCENES, files::SCENES, names::SCENES].concat()
}

#[test]
fn every_row_is_answered_with_its_code_at_its_place() {
    let wrong: Vec<String> = rows().iter().filter_map(Row::wrong).collect();
    assert!(
        wrong.is_empty(),
        "{} of {} inputs\n{}",
        wrong.len(),
        rows().len(),
        wrong.join("\n")
    );
}

#[test]
fn rows_about_links_pipes_and_folders_hold() {
    for (row, holds) in scenes() {
        println!("{row}");
        holds();
    }
}

#[test]
fn no_row_of_the_list_is_missing() {
    let listed: BTreeSet<String> = (1..=89).map(|row| format!("B{row:02}")).collect();
    let here = rows()
        .into_iter()
        .map(|row| row.id)
        .chain(scenes().into_iter().map(|(row, _)| row));
    let here: BTreeSet<String> = here
        .chain(ELSEWHERE.map(|(row, _)| row))
        .map(str::to_owned)
        .collect();
    assert_eq!(
        listed.difference(&here).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
}

#[test]
fn every_check_is_made_by_some_row() {
    let checks = (101..=108)
        .chain(201..=207)
        .chain(301..=306)
        .chain(401..=408);
    // made by a scene
    let different_content = [406];
    let made: BTreeSet<u16> = rows()
        .iter()
        .flat_map(|row| row.found.iter().map(|finding| finding.code))
        .chain(different_content)
        .collect();
    assert_eq!(
        checks
            .filter(|check| !made.contains(check))
            .collect::<Vec<_>>(),
        Vec::<u16>::new()
    );
}
