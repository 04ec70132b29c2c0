//! What a decision takes, by what its rules do. Each row is the same message through the structure check and the policy, and
//! through the structure check alone, interleaved; the decision is the difference of the medians. The columns to quote are
//! nanoseconds against the targets and the ratios between rows; nanoseconds belong to the machine.
#![forbid(unsafe_code)]
use nk_gen::solution::{Inputs, build};
use nk_security::{Bytes, ClassId, Policy, Sid, State, Subject};
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

const ROUNDS: u32 = 2_000;
const REPEATS: usize = 31;
const HEAD: &str = "use nk.base._ use nk.basic._ use nk.flow._ use nk.hashmap._ use nk.regex._
use EDL Einit use EDL kl.core.Core use EDL C use EDL S execute { grant () }\n";

/// A message in memory of its own.
#[derive(Debug, Clone)]
struct Memory(Vec<u8>, Vec<u8>);

impl Bytes for Memory {
    fn parts(&self) -> (&[u8], &[u8]) {
        (&self.0, &self.1)
    }
    fn parts_mut(&mut self) -> (&mut [u8], &mut [u8]) {
        (&mut self.0, &mut self.1)
    }
}

/// A request `Do(in UInt32 v, in string<32> text)` of 32 bytes of text.
fn request(v: u32) -> Memory {
    let mut constant = vec![0; 40];
    constant[4] = 40;
    constant[24..28].copy_from_slice(&v.to_le_bytes());
    // the text's descriptor: offset 0, and its size with the NUL
    constant[32..36].copy_from_slice(&33_u32.to_le_bytes());
    Memory(constant, b"abcdefghijklmnopqrstuvwxyz012345\0".to_vec())
}

/// A policy for `C` and `S` and some further classes.
fn policy(text: &str, classes: usize) -> Policy {
    let folder = tempfile::tempdir().expect("a folder");
    let write =
        |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    write(
        "Ping.idl",
        "package Ping interface { Do(in UInt32 v, in string<32> text); }",
    );
    write("S.edl", "task class S endpoints { e : Ping }");
    write("C.edl", "task class C");
    let mut all = HEAD.to_owned();
    for class in 0..classes {
        write(
            &format!("X{class}.edl"),
            &format!("task class X{class} endpoints {{ e : Ping }}"),
        );
        writeln!(all, "use EDL X{class}").expect("text");
    }
    write("security.psl", &(all + text));
    let options = nk_gen::Options {
        include: vec![folder.path().to_owned()],
        ..nk_gen::Options::default()
    };
    let solution = build(&Inputs {
        policy: folder.path().join("security.psl"),
        options,
        ..Inputs::default()
    });
    let image = solution.image.unwrap_or_else(|| {
        panic!(
            "{}",
            nk_gen::text::render::plain(&solution.analysis.sources, &solution.analysis.diagnostics)
        )
    });
    Policy::prove(image.tables, image.program).expect("a policy")
}

/// The time of one round, and the message back.
fn round(
    policy: &Policy,
    state: &mut State,
    (src, dst): (Subject, Subject),
    message: Memory,
    n: u32,
) -> (Duration, Memory) {
    let mut message = message;
    let start = Instant::now();
    for _ in 0..n {
        let verified = policy
            .request(src, dst, black_box(message))
            .expect("a sound message");
        message = match policy.decide(state, verified) {
            Ok(granted) => granted.into_message(),
            Err(denied) => panic!("{}", denied.record.text(policy)),
        };
    }
    (start.elapsed() / n, message)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Nanoseconds of the structure check alone and of the decision.
fn measure(text: &str, classes: usize) -> (f64, f64) {
    let policy = policy(text, classes);
    let open = policy.clone().opened();
    let class = |name| policy.tables().class_named(name).expect("a class");
    let subject = |class: ClassId, sid| Subject {
        class,
        sid: Sid(sid),
    };
    let (einit, src, dst) = (
        subject(class("Einit"), 1),
        subject(class("C"), 2),
        subject(class("S"), 3),
    );
    let mut state = State::new(&policy, 64);
    for started in [src, dst] {
        drop(policy.execute(&mut state, einit, started).expect("a start"));
    }
    let mut none = State::new(&open, 64);
    let mut message = request(1_000_000);
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..REPEATS {
        let (time, back) = round(&policy, &mut state, (src, dst), message, ROUNDS);
        with.push(time.as_nanos() as f64);
        let (time, back) = round(&open, &mut none, (src, dst), back, ROUNDS);
        without.push(time.as_nanos() as f64);
        message = back;
    }
    let (with, without) = (median(with), median(without));
    (without, with - without)
}

fn main() {
    let others = |n: usize| {
        (0..n).fold(String::new(), |mut all, i| {
            let _ = writeln!(
                all,
                "request src=X{} dst=X{} {{ grant () }}",
                i % 40,
                i / 40
            );
            all
        })
    };
    let applying = |n: usize| "request src=C dst=S { grant () }\n".repeat(n);
    let black_list = |n: usize| {
        let all: Vec<String> = (0..n).map(|v| format!("message.v == {v}")).collect();
        format!(
            "request src=C dst=S endpoint=e method=Do {{ deny ({}) }}",
            all.join(" || ")
        )
    };
    let rules = |n: usize| {
        let all: Vec<String> = (0..n).map(|v| format!("deny (message.v == {v})")).collect();
        format!(
            "request src=C dst=S endpoint=e method=Do {{ {} }}",
            all.join(" ")
        )
    };
    let stateful = "policy object life : Flow { type State = \"on\" | \"off\"
        config = { states : [\"on\", \"off\"], initial : \"on\", transitions : { \"on\" : [\"on\"] } } }
        policy object seen : HashSet { type Entry = UInt32 config = { set_size : 64, pool_size : 4 } }
        execute dst=S { life.init {sid : dst_sid} seen.init {sid : dst_sid} }
        request src=C dst=S endpoint=e method=Do {
            life.allow {sid : dst_sid, states : [\"on\"]}
            life.enter {sid : dst_sid, state : \"on\"}
            seen.add {sid : dst_sid, entry : message.v}
            assert (seen.contains {sid : dst_sid, entry : message.v})
        }";
    let words = [
        "alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india",
        "juliett", "kilo", "lima", "mike", "november", "oscar", "papa", "quebec", "romeo",
        "sierra", "tango", "uniform", "victor", "whiskey", "xray", "yankee", "zulu",
    ];
    // a table of about two hundred states, which reads all 32 bytes
    let pattern = format!(
        "({})|[a-z]{{26}}[0-9]{{6}}",
        words.map(|word| format!("{word}{word}")).join("|")
    );
    let mix = stateful.replace(
        "life.allow",
        &format!("assert (re.match {{text : message.text, pattern : \"{pattern}\"}}) life.allow"),
    );
    let blanket = "request { grant () }";
    let rows: [(&str, String, usize); 11] = [
        ("blanket grant", blanket.to_owned(), 0),
        (
            "and 1000 bindings that do not apply",
            format!("{blanket}\n{}", others(1000)),
            40,
        ),
        ("1 binding that applies", applying(1), 0),
        ("1000 bindings that apply", applying(1000), 0),
        ("one comparison", black_list(1), 0),
        ("999 comparisons in one rule", black_list(999), 0),
        ("999 rules of one comparison", rules(999), 0),
        ("Flow and HashSet", stateful.to_owned(), 0),
        (
            "the same beside 1000 bindings",
            format!("{stateful}\n{}", others(1000)),
            40,
        ),
        ("Flow, HashSet and Regex", mix.clone(), 0),
        (
            "the same beside 1000 bindings",
            format!("{mix}\n{}", others(1000)),
            40,
        ),
    ];
    println!(
        "{:<40} {:>10} {:>10} {:>8}",
        "", "check ns", "decide ns", "ratio"
    );
    let mut first = None;
    for (name, text, classes) in rows {
        let (check, decide) = measure(&text, classes);
        let base = *first.get_or_insert(decide);
        println!(
            "{name:<40} {check:>10.0} {decide:>10.0} {:>8.2}",
            decide / base
        );
    }
    let states: Vec<usize> = policy(&mix, 0)
        .program()
        .expect("a program")
        .dfas
        .iter()
        .map(|dfa| dfa.found.len())
        .collect();
    println!("states of the pattern's table: {states:?}");
    memory();
}

/// Bytes that the process holds.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("this process");
    let pages: usize = statm
        .split(' ')
        .nth(1)
        .and_then(|n| n.parse().ok())
        .expect("a number");
    pages * 4096
}

/// What objects take for each process that they know.
fn memory() {
    const PROCESSES: u64 = 1 << 18;
    const STATES: u64 = 8;
    let flow = "policy object life : Flow { type State = \"on\" | \"off\" config = { states : [\"on\", \"off\"],
        initial : \"on\", transitions : { \"on\" : [\"on\"] } } } execute dst=S { life.init {sid : dst_sid} }";
    let set = |size: u32| {
        format!("policy object seen : HashSet {{ type Entry = UInt32
        config = {{ set_size : {size}, pool_size : 65536 }} }} execute dst=S {{ seen.init {{sid : dst_sid}} {} }}",
        // full, so that all of it is used
        (0..size).map(|entry| format!("seen.add {{sid : dst_sid, entry : {entry}}} ")).collect::<String>())
    };
    for (name, text, processes) in [
        ("Flow", flow.to_owned(), PROCESSES),
        ("HashSet of 1 entry", set(1), 1 << 16),
        ("HashSet of 8 entries", set(8), 1 << 16),
    ] {
        let policy = policy(&text, 0);
        let subject = |name: &str, sid| Subject {
            class: policy.tables().class_named(name).expect("a class"),
            sid: Sid(sid),
        };
        let filled = || {
            let mut state = State::new(&policy, usize::try_from(processes).expect("a number"));
            for sid in 0..processes {
                drop(
                    policy
                        .execute(&mut state, subject("Einit", 1), subject("S", sid + 2))
                        .expect("a start"),
                );
            }
            state
        };
        // the first takes what has become free before
        let first = filled();
        let before = resident();
        let more: Vec<State> = (0..STATES).map(|_| filled()).collect();
        let bytes = (resident() - before) as u64 / STATES / processes;
        println!("{name:<40} {bytes:>6} bytes for each of {processes} processes");
        drop(black_box((first, more)));
    }
}
