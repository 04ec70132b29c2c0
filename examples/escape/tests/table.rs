//! The table holds: whatever gets through without `einit` is refused on levels 2 and 3.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
use escape::stage::play;
use escape::table::{Cell, Level, Table};

/// Attempts that any user can make without `einit`, whoever runs the tests.
const MEANINGFUL: usize = 60;

#[test]
fn what_gets_through_without_einit_is_blocked_on_levels_2_and_3() {
    let table = play().unwrap();
    let tried = table.tried().count();
    assert!(
        tried >= MEANINGFUL,
        "only {tried} attempts get through without einit:\n{table}"
    );
    let [one, two, three] = &table.levels[..] else {
        panic!("three levels")
    };
    let report = one.report.as_ref().unwrap();
    assert!(
        table
            .tried()
            .all(|name| Table::cell(1, report, name) != Cell::Missing),
        "{table}"
    );
    for Level { number, report } in [two, three] {
        // a machine without user namespaces has no level 3, and says so
        let report = match report {
            Ok(report) => report,
            Err(why) if *number == 3 => return println!("level 3 was not tried: {why}"),
            Err(why) => panic!("{why}"),
        };
        for name in table.tried() {
            let cell = Table::cell(*number, report, name);
            assert!(
                matches!(cell, Cell::Blocked(_) | Cell::Documented),
                "level {number}: {name}: {cell}\n{table}"
            );
        }
    }
}
