//! Random policies about the world of [`crate::world`].
use crate::dice::Dice;
use std::fmt::Write;

/// States of the Flow object, levels of the Mic object, patterns for the Regex object.
pub(crate) const STATES: [&str; 3] = ["x", "y", "z"];
pub(crate) const LEVELS: [&str; 3] = ["LOW", "MEDIUM", "HIGH"];
pub(crate) const PATTERNS: [&str; 5] = ["[a-z]*", "a.*", ".{3}", "(ab)+", "[0-9]"];

const HEAD: &str = r#"use nk.basic._ use nk.flow._ use nk.hashmap._ use nk.staticmap._ use nk.regex._ use nk.mic._
use EDL Einit use EDL C use EDL D use EDL S use EDL T
policy object f : Flow { type State = "x" | "y" | "z"
    config = { states : ["x", "y", "z"], initial : "x", transitions : { "x" : ["y", "z"], "y" : ["x", "y"] } } }
policy object h : HashSet { type Entry = UInt32 config = { set_size : 2, pool_size : 6 } }
policy object m : StaticMap { type Value = UInt16 config = { keys : { "k" : 1, "l" : 9 }, pool_size : 6 } }
policy object g : Mic { config = ["LOW", "MEDIUM", "HIGH"] }
policy object other : Base {}
"#;

/// What is around the statement that is made.
#[derive(Clone, Copy)]
struct Around {
    event: &'static str,
    /// The method, where the selectors fix it.
    method: Option<&'static str>,
}

/// A policy.
pub(crate) fn policy(dice: &mut Dice) -> String {
    let mut text = HEAD.to_owned();
    for profile in ["p", "q"] {
        let levels: Vec<String> = (0..3)
            .filter_map(|level| {
                if dice.once_in(3) {
                    None
                } else {
                    Some(audited(dice, level))
                }
            })
            .collect();
        writeln!(
            text,
            "audit profile {profile} = {{ {} }}",
            levels.join(", ")
        )
        .unwrap();
    }
    if !dice.once_in(3) {
        writeln!(
            text,
            "audit default = {} {}",
            dice.of(&["p", "q", "empty"]),
            dice.below(3)
        )
        .unwrap();
    }
    // processes begin with something, so that rules find it
    text.push_str("execute { grant () }\n");
    for class in ["C", "D", "S", "T"] {
        let level = dice.of(&LEVELS);
        let inits = [
            "f.init {sid : dst_sid}".to_owned(),
            "h.init {sid : dst_sid}".to_owned(),
            "m.init {sid : dst_sid}".to_owned(),
            format!("g.execute {{image : (), target : dst_sid, level : \"{level}\", levelR : ()}}"),
        ];
        let inits: Vec<String> = inits.into_iter().filter(|_| !dice.once_in(8)).collect();
        writeln!(text, "execute dst={class} {{ {} }}", inits.join(" ")).unwrap();
    }
    for _ in 0..6 + dice.below(8) {
        binding(&mut text, dice);
    }
    text
}

fn audited(dice: &mut Dice, level: usize) -> String {
    let results = ["\"granted\"", "\"denied\"", "\"granted\", \"denied\"", ""];
    let mut objects = Vec::new();
    for object in ["base", "other", "f", "h", "m", "g"] {
        if dice.once_in(2) {
            let omit = if object == "f" && dice.once_in(2) {
                format!(", omit : [\"{}\"]", dice.of(&STATES))
            } else {
                String::new()
            };
            objects.push(format!(
                "{object} : {{ kss : [{}]{omit} }}",
                dice.of(&results)
            ));
        }
    }
    format!("{level} : {{ {} }}", objects.join(", "))
}

fn binding(text: &mut String, dice: &mut Dice) {
    let often = [
        "request", "request", "request", "request", "response", "response", "error", "security",
    ];
    let event = if dice.once_in(30) {
        "execute"
    } else {
        dice.of(&often)
    };
    let mut around = Around {
        event,
        method: None,
    };
    let selectors = selectors(dice, &mut around);
    write!(text, "{event}{selectors} {{").unwrap();
    if dice.once_in(4) {
        write!(text, " audit {}", dice.of(&["p", "q", "empty"])).unwrap();
    }
    statements(text, dice, around, 0);
    text.push_str(" }\n");
}

fn selectors(dice: &mut Dice, around: &mut Around) -> String {
    let mut text = String::new();
    let (clients, servers) = (["C", "D"], ["S", "T"]);
    let mut class = |dice: &mut Dice, key: &str, classes: &[&'static str]| {
        let class = dice.once_in(2).then(|| dice.of(classes));
        if let Some(class) = class {
            write!(text, " {key}={class}").unwrap();
        }
        class
    };
    let server = match around.event {
        "request" => {
            class(dice, "src", &clients);
            class(dice, "dst", &servers)
        }
        "response" | "error" => {
            class(dice, "dst", &clients);
            class(dice, "src", &servers)
        }
        "execute" => {
            class(dice, "dst", &[clients, servers].concat());
            return text;
        }
        _ => {
            class(dice, "src", &["C"]);
            return text;
        }
    };
    text + &place(dice, around, server)
}

/// An endpoint or interface, and a method.
fn place(dice: &mut Dice, around: &mut Around, server: Option<&str>) -> String {
    let endpoint = match server {
        Some("S") if dice.once_in(2) => Some(dice.of(&["a", "b"])),
        Some("T") if dice.once_in(2) => Some("comp.io"),
        _ => None,
    };
    let mut text = match endpoint {
        Some(endpoint) => format!(" endpoint={endpoint}"),
        None if dice.once_in(2) => " interface=Io".to_owned(),
        None => return String::new(),
    };
    if around.method.is_none() && !dice.once_in(3) {
        let method = dice.of(&["Put", "Put", "Get"]);
        around.method = Some(method);
        write!(text, " method={method}").unwrap();
    }
    text
}

fn statements(text: &mut String, dice: &mut Dice, around: Around, depth: usize) {
    for _ in 0..if depth == 0 {
        1 + dice.below(4)
    } else {
        dice.below(3)
    } {
        match dice.below(8) {
            0 if depth < 2 && matches!(around.event, "request" | "response" | "error") => {
                let mut inner = around;
                write!(text, " match interface=Io").unwrap();
                if inner.method.is_none() {
                    let method = dice.of(&["Put", "Get"]);
                    inner.method = Some(method);
                    write!(text, " method={method}").unwrap();
                }
                if dice.once_in(3) {
                    let key = if around.event == "request" {
                        "src"
                    } else {
                        "dst"
                    };
                    write!(text, " {key}={}", dice.of(&["C", "D"])).unwrap();
                }
                text.push_str(" {");
                statements(text, dice, inner, depth + 1);
                text.push_str(" }");
            }
            1 if depth < 2 => choice(text, dice, around, depth),
            _ => rule(text, dice, around),
        }
    }
}

fn choice(text: &mut String, dice: &mut Dice, around: Around, depth: usize) {
    let put = around.event == "request" && around.method == Some("Put");
    let (selector, keys): (String, Vec<String>) = match dice.below(3) {
        0 if put => (
            "re.select {text : message.text}".to_owned(),
            PATTERNS.map(|key| format!("\"{key}\"")).to_vec(),
        ),
        1 if around.event == "request" => (
            "message.v".to_owned(),
            ["0", "1", "9"].map(str::to_owned).to_vec(),
        ),
        _ => (
            format!("f.query {{sid : {}}}", sid(dice, around)),
            STATES.map(|key| format!("\"{key}\"")).to_vec(),
        ),
    };
    write!(text, " choice ({selector}) {{").unwrap();
    let keys: Vec<String> = keys.into_iter().filter(|_| dice.once_in(2)).collect();
    let any = keys.is_empty() || dice.once_in(2);
    for key in keys {
        write!(text, " {key} : {{").unwrap();
        statements(text, dice, around, depth + 1);
        text.push_str(" }");
    }
    text.push_str(if any { " _ : { grant () } }" } else { " }" });
}

fn sid(dice: &mut Dice, around: Around) -> &'static str {
    if around.event == "security" {
        "src_sid"
    } else if dice.once_in(12) {
        "8"
    } else {
        dice.of(&["src_sid", "dst_sid"])
    }
}

fn rule(text: &mut String, dice: &mut Dice, around: Around) {
    let sid = sid(dice, around);
    let (key, state, level) = (dice.of(&["k", "l"]), dice.of(&STATES), dice.of(&LEVELS));
    let number = dice.of(&["0", "1", "9", "70"]);
    let peer = if around.event == "security" {
        "src_sid"
    } else {
        dice.of(&["dst_sid", "src_sid"])
    };
    let entry = if matches!(around.event, "request" | "security") {
        dice.of(&["message.v", number])
    } else {
        number
    };
    let rule = match dice.below(28) {
        0..=4 => "grant ()".to_owned(),
        5 => dice
            .of(&[
                "deny ()",
                "other.grant ()",
                "other.grant ()",
                "other.grant ()",
            ])
            .to_owned(),
        6..=9 => format!("assert ({})", truth(dice, around, 0)),
        10..=11 => format!("deny ({})", truth(dice, around, 0)),
        12 => format!("set_level {}", dice.below(3)),
        13 => format!(
            "f.{} {{sid : {sid}}}",
            dice.of(&["init", "init", "init", "fini"])
        ),
        14..=15 => format!("f.enter {{sid : {sid}, state : \"{state}\"}}"),
        16 => format!(
            "f.allow {{sid : {sid}, states : [\"{state}\", \"{}\"]}}",
            dice.of(&STATES)
        ),
        17 => format!(
            "h.{} {{sid : {sid}}}",
            dice.of(&["init", "init", "init", "fini"])
        ),
        18..=19 => format!("h.add {{sid : {sid}, entry : {entry}}}"),
        20 => format!("h.remove {{sid : {sid}, entry : {entry}}}"),
        21 => format!(
            "m.{} {{sid : {sid}}}",
            dice.of(&["init", "fini", "commit", "commit", "rollback", "rollback"])
        ),
        22 => format!("m.set {{sid : {sid}, key : \"{key}\", value : {number}}}"),
        23 => format!(
            "g.{} {{source : {sid}, target : {peer}}}",
            dice.of(&["call", "invoke", "read", "write"])
        ),
        24 => {
            let least = dice.of(&["()", "\"LOW\"", "\"MEDIUM\""]);
            let image = dice.of(&["()", "src_sid"]);
            format!(
                "g.execute {{image : {image}, target : {sid}, level : \"{level}\", levelR : {least}}}"
            )
        }
        25 => {
            let level = dice.of(&["()", "\"LOW\"", "\"HIGH\""]);
            format!(
                "g.create {{source : {sid}, target : {}, container : {}, driver : {peer}, level : {level}}}",
                dice.of(&["8", "9"]),
                dice.of(&["()", "9"])
            )
        }
        26 => format!(
            "g.upgrade {{source : {sid}, target : 8, container : (), driver : {peer}, level : \"{level}\"}}"
        ),
        _ => format!(
            "g.delete {{source : {sid}, target : {}, container : (), driver : {peer}}}",
            dice.of(&["8", "9"])
        ),
    };
    write!(text, " {rule}").unwrap();
}

/// An expression of type Boolean.
fn truth(dice: &mut Dice, around: Around, depth: usize) -> String {
    let put = around.event == "request" && around.method == Some("Put");
    let sid = sid(dice, around);
    let inner = |dice: &mut Dice| truth(dice, around, depth + 1);
    match dice.below(if depth < 3 { 18 } else { 9 }) {
        0 if put => format!(
            "re.match {{text : message.text, pattern : \"{}\"}}",
            dice.of(&PATTERNS)
        ),
        1 if put => format!(
            "message.text {} \"{}\"",
            dice.of(&["==", "!="]),
            dice.of(&["", "ab", "7"])
        ),
        2 if put => format!(
            "pred.empty ({})",
            dice.of(&["message.text", "message.list"])
        ),
        3 => {
            let entry = if around.event == "request" {
                dice.of(&["message.v", "9"])
            } else {
                "1"
            };
            format!("h.contains {{sid : {sid}, entry : {entry}}}")
        }
        4 => format!(
            "g.query_level {{source : {sid}}} == \"{}\"",
            dice.of(&LEVELS)
        ),
        5 => dice.of(&["true", "false"]).to_owned(),
        6 if around.event != "security" => "src_sid == dst_sid".to_owned(),
        7..=8 | 0..=2 | 6 => comparison(dice, around),
        9 => format!("!({})", inner(dice)),
        10 | 11 => format!("({}) && ({})", inner(dice), inner(dice)),
        12 | 13 => format!("({}) || ({})", inner(dice), inner(dice)),
        14 => format!("({}) ==> ({})", inner(dice), inner(dice)),
        15 => format!(
            "bool.{} [{}, {}, {}]",
            dice.of(&["any", "all"]),
            inner(dice),
            inner(dice),
            inner(dice)
        ),
        16 => format!(
            "bool.cond {{if : {}, then : {}, else : {}}}",
            inner(dice),
            inner(dice),
            inner(dice)
        ),
        _ => {
            let number = variable(dice, around);
            let row: Vec<String> = (0..3 + dice.below(4))
                .map(|n| format!("{number} == {}", n * 3))
                .collect();
            row.join(" || ")
        }
    }
}

fn comparison(dice: &mut Dice, around: Around) -> String {
    let (number, operator) = (
        variable(dice, around),
        dice.of(&["==", "!=", "<", "<=", ">", ">="]),
    );
    let literal = dice.of(&["0", "1", "2", "9", "100"]);
    let signed = number.contains("message.w");
    match dice.below(9) {
        0 => format!("{number} + {literal} {operator} {}", dice.of(&["3", "100"])),
        1 => format!("{number} * {literal} {operator} 9"),
        2 => format!("{number} - {literal} {operator} 9"),
        3 if !signed => format!("({number} & {literal}) {operator} 1"),
        4 if !signed => format!("({number} | {literal}) {operator} 9"),
        5 => format!("math.sum [{number}, {number}, {literal}] {operator} 18"),
        6 if signed => format!("math.{} ({number}) {operator} 9", dice.of(&["neg", "abs"])),
        7 if !signed => format!("math.uint64 ({number}) + {literal} {operator} 9"),
        _ => format!("{number} {operator} {literal}"),
    }
}

/// A number that depends on the event or on what is remembered.
fn variable(dice: &mut Dice, around: Around) -> String {
    let sid = sid(dice, around);
    let remembered = format!(
        "m.{} {{sid : {sid}, key : \"{}\"}}",
        dice.of(&["get", "get_uncommitted"]),
        dice.of(&["k", "l"])
    );
    let put = around.method == Some("Put");
    let field = match around.event {
        "request" if put => dice.of(&[
            "message.v",
            "message.w",
            "message.list.[0]",
            "message.list.[3]",
        ]),
        "request" | "security" => "message.v",
        "response" => "message.r",
        "error" if put => "message.code",
        _ => return remembered,
    };
    if dice.once_in(5) {
        remembered
    } else {
        field.to_owned()
    }
}
