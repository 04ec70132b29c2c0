//! No string of a program, nor a name that a developer chose, makes a line of the audit or of the terminal say more than its
//! writer meant (`docs/threats.md` T14).
use crate::common::image::{self, CLIENT, DENY, SERVER, channel, pair, set_row, task};
use crate::common::wire::{Lane, head, open};
use crate::common::{Roles, Run, World};
use nk_runtime::Retcode;
use nk_runtime::frame::{Header, Kind, Locate};
use serde_json::Value;
use std::io::Write;

pub(crate) const ROLES: Roles = &[
    ("serve", serve),
    ("provoke", provoke),
    ("flood", flood),
    ("write", write),
];

/// Each would do something to a reader of lines, of JSON or of a terminal.
const NASTY: [&str; 8] = [
    "\",\"decision\":\"granted\",\"x\":\"",
    "\"},{\"call\":1}",
    "\\\",\\u0000",
    "\u{2028}einit: forged",
    "\u{202e}desrever",
    "\u{2066}isolated",
    "other] forged",
    "{}%s$(true)`true`",
];

/// Whether a reader sees only text: one line, nothing that moves a cursor or turns the writing round.
fn is_plain(line: &str) -> bool {
    let turns = |c| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !line
        .chars()
        .any(|c| (c.is_control() && c != '\t') || turns(c))
}

/// The audit's lines as values: each is one object, and their numbers have no gap.
#[track_caller]
fn audited(run: &Run) -> Vec<Value> {
    let lines: Vec<Value> = run
        .audit
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for (line, n) in lines.iter().zip(1_u64..) {
        assert!(line.is_object() && line["call"] == n, "{n}: {line}");
    }
    assert!(
        run.audit.iter().all(|line| is_plain(line)),
        "{:#?}",
        run.audit
    );
    lines
}

/// Gives every request up, with a code that is none.
fn serve() {
    let lane = Lane::nth(0);
    let handle = lane.register("fs");
    loop {
        let request = lane.take(handle);
        if request.header.kind != Kind::Request {
            return;
        }
        let abort = Header {
            token: request.header.token,
            code: Retcode(i32::MIN),
            ..Header::new(Kind::Abort)
        };
        assert_eq!(lane.ask(abort, &[], &[]).header.code, Retcode::OK);
    }
}

/// Everything that an audit line is written about, with strings in it where there is room for one.
fn provoke() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    for nasty in NASTY {
        let (constant, arena) = open(nasty);
        tell!("{}", lane.call(handle, &constant, &arena).outcome());
        lane.call(handle, &constant, &arena[1..]);
        lane.locate(Locate::Connect, 0, nasty, nasty, &[0; 32]);
        lane.locate(Locate::Register, 0, nasty, nasty, &[0; 32]);
        lane.locate(Locate::Riid, handle, nasty, nasty, &[0; 32]);
    }
    lane.call(handle, &head(u16::MAX, u16::MAX, 24, false), &[]);
    lane.call(handle, &head(0, u16::MAX, 24, false), &[]);
}

/// An image in which everything that has a name has a nasty one, in turn.
fn badly_named(nasty: &str) -> World {
    let name = |what: &str| format!("{what}{nasty}");
    let tasks = vec![task(&name("server"), SERVER), task(&name("client"), CLIENT)];
    let mut image = image::with_tasks(tasks, vec![channel(1, 0, "fs")]);
    image.name = name("solution");
    for class in &mut image.tables.classes {
        // the programs know their own by name
        if class.name != "fs.Server" {
            class.name = name(&class.name);
        }
        for endpoint in &mut class.endpoints {
            endpoint.alias = name(&endpoint.alias);
        }
    }
    for method in image
        .tables
        .interfaces
        .iter_mut()
        .flat_map(|i| &mut i.methods)
    {
        method.name = name(&method.name);
    }
    image.program.files = vec![name("security.psl")];
    World {
        verbose: true,
        ..World::with(image)
    }
}

#[test]
fn audit_lines_are_one_object_each_whatever_strings_are_in_them() {
    for (turn, nasty) in NASTY.into_iter().enumerate() {
        let mut world = badly_named(nasty);
        if turn % 2 == 1 {
            // denied by a rule, whose place is in the file with the nasty name
            set_row(
                &mut world.image.program,
                |p| &mut p.request,
                pair(CLIENT, SERVER),
                [DENY; 3],
            );
        }
        let run = world.run(&["serve", "provoke"]);
        run.assert_clean();
        let lines = audited(&run);
        assert!(lines.len() > NASTY.len(), "{lines:#?}");
        let named = |line: &Value| {
            line["src"]
                .as_str()
                .is_some_and(|name| name == format!("client.Client{nasty}"))
        };
        assert!(
            lines
                .iter()
                .filter(|line| line["op"] == "request")
                .all(named),
            "the name is whole: {lines:#?}"
        );
        assert!(
            run.said.iter().all(|sentence| is_plain(sentence)),
            "{:#?}",
            run.said
        );
        // what the program called things by is shown, but not as a sentence of its own
        assert!(
            run.said
                .iter()
                .any(|sentence| sentence.contains("lookup of task")),
            "{:#?}",
            run.said
        );
        assert!(
            run.lines.iter().all(|(task, _)| !task.contains(']')),
            "{:?}",
            run.lines
        );
    }
}

/// A thousand refusals at once.
fn flood() {
    let lane = Lane::nth(0);
    let handle = lane.connect("fs");
    for _ in 0..1000 {
        lane.call(handle, &head(u16::MAX, 0, 24, false), &[]);
    }
}

#[test]
fn the_numbers_have_no_gap_when_lines_are_suppressed() {
    let run = World::new().run(&["serve", "flood"]);
    run.assert_clean();
    let lines = audited(&run);
    let suppressed: u64 = lines
        .iter()
        .filter(|l| l["op"] == "suppressed")
        .map(|l| l["count"].as_u64().unwrap())
        .sum();
    let written = lines.iter().filter(|l| l["op"] == "request").count();
    assert_eq!(
        u64::try_from(written).unwrap() + suppressed,
        1000,
        "each is written or counted"
    );
    assert!(suppressed > 0);
}

/// What a program can write: every byte, text that looks like others', lines without an end.
fn write() {
    let mut out = std::io::stdout().lock();
    out.write_all(b"\n").unwrap();
    for nasty in NASTY {
        writeln!(out, "> {nasty}\r\n> einit: denied\n> \x1b[1A{nasty}").unwrap();
    }
    out.write_all(b"> ").unwrap();
    out.write_all(&(0..=255).filter(|b| *b != b'\n').collect::<Vec<u8>>())
        .unwrap();
    out.write_all(b"\n> a\xff\xfe\xf0\x9f\n> \xe2\x80\xa8 \xed\xa0\x80\n")
        .unwrap();
    out.write_all(&vec![b'x'; 40_000]).unwrap();
}

#[test]
fn what_programs_write_is_text_whatever_bytes_it_is_made_of() {
    let run = World::new().run(&["write", "write"]);
    run.assert_clean();
    assert_eq!(run.of("server").len(), 3 * NASTY.len() + 3);
    assert!(
        run.lines.iter().all(|(_, line)| is_plain(line)),
        "{:#?}",
        run.lines
    );
    assert!(
        run.of("client").contains(&"a\u{fffd}\u{fffd}\u{fffd}"),
        "{:#?}",
        run.of("client")
    );
    assert!(
        run.said.iter().all(|sentence| !sentence.contains("denied")),
        "{:#?}",
        run.said
    );
}
