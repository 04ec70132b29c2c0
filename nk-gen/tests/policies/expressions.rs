//! Expressions of Pred, Bool, Math and Struct (`docs/psl.md` §9.2–§9.5).
use crate::common::holds;

/// A condition on `Do`, and events that it must grant or deny.
fn on_do(condition: &str, granted: &[&str], denied: &[&str]) {
    check("Do", condition, granted, denied);
}

fn on_put(condition: &str, granted: &[&str], denied: &[&str]) {
    check("Put", condition, granted, denied);
}

fn check(method: &str, condition: &str, granted: &[&str], denied: &[&str]) {
    let policy =
        format!("request dst=S endpoint=comp.impl method={method} {{ assert ({condition}) }}");
    let event =
        |expect, fields: &&str| format!("{expect} c ~> s : comp.impl.{method} {{ {fields} }}\n");
    let events = granted.iter().map(|fields| event("grant", fields));
    let events: String = events
        .chain(denied.iter().map(|fields| event("deny", fields)))
        .collect();
    holds(&policy, &events);
}

#[test]
fn numbers_compare() {
    on_do("message.v == 9", &["v:9"], &["v:8"]);
    on_do("message.v != 9", &["v:8"], &["v:9"]);
    on_do("message.v < 9", &["v:8"], &["v:9"]);
    on_do("message.v <= 9", &["v:9"], &["v:10"]);
    on_do("message.v > 0xFF", &["v:256"], &["v:255"]);
    on_do("9 >= message.v", &["v:9"], &["v:10"]);
    on_put("message.wide < -1", &["wide:-2"], &["wide:-1"]);
    on_do("message.v == Ping.Most", &["v:9"], &["v:8"]);
}

#[test]
fn texts_and_emptiness() {
    on_put(
        "message.name == \"ab\\\"c\"",
        &["name:\"ab\\\"c\""],
        &["name:\"abc\"", ""],
    );
    on_put("pred.empty (message.name)", &[""], &["name:\"x\""]);
    on_put("! pred.empty (message.data)", &["data:[1]"], &[""]);
    on_put("pred.empty (message.points)", &[""], &["points:[{x:1}]"]);
    on_put(
        "pred.empty ([]) && pred.empty (()) && pred.empty (\"\")",
        &[""],
        &[],
    );
}

#[test]
fn operators_of_booleans() {
    on_do(
        "message.v > 1 && message.v < 4 || message.v == 9",
        &["v:2", "v:9"],
        &["v:1", "v:4"],
    );
    on_do("message.v > 1 ==> message.v > 5", &["v:1", "v:6"], &["v:2"]);
    // grouped from the right: false only when both conditions hold and the last does not
    on_do(
        "message.v > 1 ==> message.v > 2 ==> message.v > 5",
        &["v:2", "v:6"],
        &["v:3"],
    );
    on_do(
        "bool.all [message.v > 1, message.v < 4]",
        &["v:2"],
        &["v:1", "v:4"],
    );
    on_do(
        "bool.any [message.v == 1, message.v == 4]",
        &["v:1", "v:4"],
        &["v:2"],
    );
    on_do("bool.all []", &["v:1"], &[]);
    on_do("bool.any []", &[], &["v:1"]);
    on_do(
        "bool.cond {if : message.v > 5, then : message.v, else : 7} == 7",
        &["v:1", "v:7"],
        &["v:6"],
    );
}

#[test]
fn a_right_side_that_does_not_matter_is_not_looked_at() {
    on_put(
        "pred.empty (message.points) || message.points.[0].x == 1",
        &["", "points:[{x:1}]"],
        &["points:[{x:2}]"],
    );
    on_put(
        "message.points.[0].x == 1 || true",
        &["points:[{x:2}]"],
        &[""],
    );
}

#[test]
fn arithmetic_is_checked_in_the_type_of_its_operands() {
    on_do("message.v + 1 == 10", &["v:9"], &["v:8", "v:4294967295"]);
    on_do("message.v - 1 < 5", &["v:1"], &["v:0", "v:6"]);
    on_do("message.v * 2 == 8", &["v:4"], &["v:2147483648"]);
    on_do(
        "1 + 2 * 3 == 7 && message.v == 2 + 3 - 1",
        &["v:4"],
        &["v:5"],
    );
    on_do(
        "(message.v & 0x0F | 0x10) == 0x12",
        &["v:2", "v:0xF2"],
        &["v:3"],
    );
    on_do("~message.v == 4294967294", &["v:1"], &["v:2"]);
    on_put("~message.wide == -1", &["wide:0"], &["wide:1"]);
    on_put(
        "math.neg (message.wide) == 5",
        &["wide:-5"],
        &["wide:5", "wide:-9223372036854775808"],
    );
    on_put(
        "math.abs (message.wide) == 5",
        &["wide:-5", "wide:5"],
        &["wide:-9223372036854775808"],
    );
    on_do(
        "math.sum [message.v, 1, 2] == 6 && math.sum [] == 0",
        &["v:3"],
        &["v:4294967295"],
    );
    on_do(
        "math.product [message.v, 2] == 6 && math.product [] == 1",
        &["v:3"],
        &["v:4"],
    );
    on_do(
        "math.uint64 (message.v) + 1 == 4294967296",
        &["v:4294967295"],
        &["v:1"],
    );
}

#[test]
fn parts_of_structures_sequences_arrays_unions_and_bytes() {
    on_put(
        "message.points.[1].y == -3",
        &["points:[{x:1},{y:-3}]"],
        &["points:[{y:-3}]", "points:[{},{y:3}]"],
    );
    on_put(
        "message.words.[2] == 7",
        &["words:[1,2,7]"],
        &["words:[7,2]"],
    );
    on_put("message.words.[3] == 7", &[], &["words:[7,7,7]"]);
    on_put("message.data.[1] == 2", &["data:[1,2]"], &["data:[1]"]);
    on_put(
        "message.either.large == 5",
        &["either:{large:5}"],
        &["either:{small:5}", "either:{large:6}"],
    );
    on_put("[1, 2, 3].[1] == {a : 2}.a", &[""], &[]);
}

#[test]
fn a_black_list_of_any_length_is_one_condition() {
    let list: Vec<String> = (0..1000)
        .map(|n| format!("message.v == {}", 2 * n))
        .collect();
    on_do(&list.join(" || "), &["v:0", "v:1998"], &["v:1", "v:2000"]);
}
