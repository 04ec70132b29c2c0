//! The model Regex (`docs/psl.md` §9.6, and §14, 6), and long rows of comparisons.
use crate::common::{HEAD, holds, said, solution, solution_with};
use nk_security::{Dfa, Expr, MAX_DFA};
use std::fmt::Write;

/// The texts that a pattern has to describe, and those that it must not.
fn describes(pattern: &str, fitting: &[&str], others: &[&str]) {
    let pattern = pattern.replace('\\', "\\\\");
    let policy = format!(
        "request dst=S endpoint=comp.impl method=Put {{
            assert (re.match {{text : message.name, pattern : \"{pattern}\"}})
        }}"
    );
    let mut events = String::new();
    for (expect, texts) in [("grant", fitting), ("deny", others)] {
        for text in texts {
            writeln!(
                events,
                "{expect} c ~> s : comp.impl.Put {{name:\"{text}\"}}"
            )
            .unwrap();
        }
    }
    holds(&policy, &events);
}

#[test]
fn row_22_a_pattern_describes_the_whole_text() {
    describes("[a-z][0-9]", &["a1"], &["xa1", "a1x", "a", ""]);
    // anchors that older versions need change nothing
    describes("^[0-9]*$", &["", "123"], &["1a", "a1"]);
}

#[test]
fn patterns_are_those_of_re2() {
    describes("a.c|b+", &["abc", "aжc", "b", "bbb"], &["ac", "abbc", "ab"]);
    describes("(ab){2,3}", &["abab", "ababab"], &["ab", "abababab"]);
    describes(
        r"\d+\.\w?",
        &["1.", "12.a", "1._"],
        &["1", "a.b", "1.-", "٣."],
    );
    describes("[^a-c]*", &["", "xyz", "ж"], &["xay"]);
    describes("(?i)hello", &["HeLLo"], &["hellO!"]);
    describes(r"\bab\b", &["ab"], &["abc"]);
    describes(r"[[:digit:]x-z]{3}", &["1xz"], &["1x"]);
    describes("[а-я]+", &["жук"], &["bug", "ЖУК"]);
    describes("(a*)*b", &["b", "aab"], &["a", "ba"]);
    describes("a?", &["", "a"], &["aa"]);
}

#[test]
fn before_1_4_a_pattern_fits_a_part_of_the_text() {
    let policy = "request dst=S endpoint=comp.impl method=Put {
        assert (re.match {text : message.name, pattern : \"[a-z][0-9]\"})
    }
    assert { setup { c <- execute dst=C s <- execute dst=S } sequence {
        c ~> s : comp.impl.Put {name:\"xa1x\"}  deny c ~> s : comp.impl.Put {name:\"1a\"}
    } }";
    let search = nk_gen::Options {
        regex_search: true,
        ..nk_gen::Options::default()
    };
    let outcomes =
        nk_gen::tools::testing::run(&solution_with(&format!("{HEAD}{policy}"), search)).unwrap();
    assert!(outcomes[0].failure.is_none(), "{outcomes:?}");
}

#[test]
fn a_choice_takes_the_first_pattern_that_fits() {
    let policy = "request dst=S endpoint=comp.impl method=Put {
        choice (re.select {text : message.name}) {
            \"hello .*\" : grant ()
            \".* world\" : { match src=C { deny () } }
            \"a{3}\"     : grant ()
            _          : deny ()
        }
    }";
    let send =
        |expect: &str, name: &str| format!("{expect} c ~> s : comp.impl.Put {{name:\"{name}\"}} ");
    let events = [
        ("grant", "hello world"),
        ("deny", "hi world"),
        ("grant", "aaa"),
        ("deny", "b"),
    ];
    holds(
        policy,
        &events
            .iter()
            .map(|(expect, name)| send(expect, name))
            .collect::<String>(),
    );
    let without = policy.replace("_          : deny ()", "");
    holds(&without, &send("deny", "b"));
}

#[test]
fn bytes_are_matched_like_texts() {
    let policy = "request dst=S endpoint=comp.impl method=Put {
        assert (re.match {text : message.data, pattern : \"a[0-9]\"})
    }";
    holds(
        policy,
        "grant c ~> s : comp.impl.Put {data:\"a1\"} deny c ~> s : comp.impl.Put {data:[97,49,0]}
        deny c ~> s : comp.impl.Put {data:[255]}",
    );
}

#[test]
fn a_pattern_in_a_block_needs_no_doubled_backslashes() {
    let policy = "request dst=S endpoint=comp.impl method=Put {
        assert (re.match {text : message.name, pattern : ```regex
            Hello\\ world\\!   # blanks mean nothing
        ```})
    }";
    holds(
        policy,
        "grant c ~> s : comp.impl.Put {name:\"Hello world!\"} deny c ~> s : comp.impl.Put {name:\"Hello\"}",
    );
}

#[test]
fn patterns_that_are_none_or_too_large_are_told() {
    let on_put = |pattern: &str| {
        let rule = format!("assert (re.match {{text : message.name, pattern : {pattern}}})");
        said(&format!(
            "request dst=S endpoint=comp.impl method=Put {{ {rule} }}"
        ))
    };
    for (pattern, expected) in [
        (
            "\"a(\"",
            "1 E511: the pattern cannot be read: unclosed group, at its character 2",
        ),
        (
            "\"(?=a)b\"",
            "1 E511: the pattern cannot be read: look-around",
        ),
        (
            "\"(a)\\\\1\"",
            "1 E511: the pattern cannot be read: backreferences",
        ),
        (
            "\"a{1000}{1000}{1000}\"",
            "1 E510: the compiled regular expression exceeds 1048576 bytes",
        ),
        (
            "\"[а-я]{60000}\"",
            "1 E510: the compiled regular expression exceeds 1048576 bytes",
        ),
        (
            "\"\\\\pQ\"",
            "1 E511: the pattern cannot be read: Unicode property not found",
        ),
        (
            "message.name",
            "1 E507: a pattern is written in the policy as a text",
        ),
        ("\"\\d\"", "1 E517: `\\d` is not an escape sequence"),
    ] {
        let said = on_put(pattern);
        assert!(said.starts_with(expected), "{pattern}: {said}");
    }
    assert_eq!(on_put("\"(a*)*b\""), "");
    let choice = "request dst=S endpoint=comp.impl method=Put { choice (re.select {text : message.name}) { 1 : grant () } }";
    assert!(
        said(choice).contains("E507: the keys of `re.select` are patterns"),
        "{}",
        said(choice)
    );
    let alone =
        "request dst=S endpoint=comp.impl method=Put { assert (re.select {text : message.name}) }";
    assert!(
        said(alone).contains("found a selection, which is allowed in `choice ( … )` only"),
        "{}",
        said(alone)
    );
}

/// What the table says, beside what the engine that made it says.
#[test]
fn tables_answer_as_the_field_s_own_engine_does() {
    let patterns = ["(a|bc)*d?", "[^b]{0,3}", "a.*c", "(?i)aB+", "", "b{2}|c"];
    let policy: String = patterns.iter().fold(String::new(), |mut all, pattern| {
        let rule = format!("assert (re.match {{text : message.name, pattern : \"{pattern}\"}})");
        writeln!(
            all,
            "request dst=S endpoint=comp.impl method=Put {{ {rule} }}"
        )
        .unwrap();
        all
    });
    let program = solution(&policy).image.unwrap().program;
    let tables: Vec<&Dfa> = program.dfas.iter().collect();
    assert_eq!(tables.len(), patterns.len());
    let alphabet = ["a", "b", "c", "d", "B", "ж"];
    let mut texts = vec![String::new()];
    for length in 0..4_u32 {
        let shorter: Vec<String> = texts
            .iter()
            .filter(|text| text.chars().count() == length as usize)
            .cloned()
            .collect();
        texts.extend(
            shorter
                .iter()
                .flat_map(|text| alphabet.iter().map(move |letter| format!("{text}{letter}"))),
        );
    }
    assert_eq!(texts.len(), 1 + 6 + 36 + 216 + 1296);
    for (pattern, table) in patterns.iter().zip(tables) {
        let engine = regex_automata::meta::Regex::new(&format!("^(?:{pattern})$")).unwrap();
        assert!(table.size() < MAX_DFA);
        for text in &texts {
            assert_eq!(
                table.find(text.as_bytes()).is_some(),
                engine.is_match(text),
                "{pattern} {text}"
            );
        }
    }
}

#[test]
fn a_row_of_comparisons_with_one_value_is_looked_up() {
    let row: Vec<String> = (0..1000)
        .map(|v| format!("message.v == {}", v * 7 % 1000 + 5))
        .collect();
    let policy = format!(
        "request dst=S endpoint=comp.impl method=Do {{ deny ({}) }}",
        row.join(" || ")
    );
    let program = solution(&policy).image.unwrap().program;
    assert!(
        program
            .exprs
            .iter()
            .any(|expr| matches!(expr, Expr::Among(..)))
    );
    holds(
        &policy,
        "grant c ~> s : comp.impl.Do {v:4} deny c ~> s : comp.impl.Do {v:5}
        deny c ~> s : comp.impl.Do {v:1004} grant c ~> s : comp.impl.Do {v:1005}",
    );
    let white = "request dst=S endpoint=comp.impl method=Put {
        assert (message.name != \"a\" && message.name != \"b\" && \"c\" != message.name && (true && message.name != \"d\"))
        assert (bool.any [message.wide == 1, message.wide == -1, false, message.wide == 3, message.wide == 5])
    }";
    let put = |expect: &str, name: &str, wide: i32| {
        format!("{expect} c ~> s : comp.impl.Put {{name:\"{name}\",wide:{wide}}} ")
    };
    let events = [
        ("grant", "e", 1),
        ("grant", "", -1),
        ("deny", "d", 1),
        ("deny", "c", 3),
        ("deny", "e", 2),
    ];
    holds(
        white,
        &events
            .iter()
            .map(|(expect, name, wide)| put(expect, name, *wide))
            .collect::<String>(),
    );
}

#[test]
fn values_that_may_fail_are_looked_at_in_their_order() {
    let policy = "request dst=S endpoint=comp.impl method=Put {
        assert (message.wide == 1 || message.wide == 2 || message.points.[0].x == 7 || message.wide == 3 || message.wide == 4
            || message.wide == 5 || message.wide == 6)
    }";
    holds(
        policy,
        "grant c ~> s : comp.impl.Put {wide:2} deny c ~> s : comp.impl.Put {wide:3}
        grant c ~> s : comp.impl.Put {wide:3,points:[{x:1}]} grant c ~> s : comp.impl.Put {points:[{x:7}]}",
    );
}
