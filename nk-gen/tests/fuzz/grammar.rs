//! Fuzz target: syntax. A text has a tree or mistakes, never both and never neither, and every mistake is at a place of it.
use crate::change::{Change, changed};
use crate::seeds::examples;
use bolero::check;
use nk_grammar::{Parsed, parse_cdl, parse_edl, parse_idl, parse_psl};
use std::time::{Duration, Instant};

/// No text of these sizes takes longer, in a debug build on a busy machine.
const LIMIT: Duration = Duration::from_secs(5);

type Parse = fn(&str) -> bool;

/// Each language: how its files end, and its parser.
const LANGUAGES: [(&str, Parse); 4] = [
    (".idl", |text| sound(text, &parse_idl(text))),
    (".cdl", |text| sound(text, &parse_cdl(text))),
    (".edl", |text| sound(text, &parse_edl(text))),
    (".psl", |text| sound(text, &parse_psl(text))),
];

/// Whether a text is right.
fn sound<T>(text: &str, parsed: &Parsed<T>) -> bool {
    assert_eq!(parsed.tree.is_some(), parsed.errors.is_empty());
    for error in &parsed.errors {
        assert!(!error.message.is_empty());
        let (start, end) = (error.span.start as usize, error.span.end as usize);
        let place = text.get(start..end);
        assert!(place.is_some(), "{error:?} is not in the text");
    }
    parsed.tree.is_some()
}

#[test]
fn every_text_is_a_tree_or_has_mistakes_at_its_places() {
    let examples = examples();
    let of = |ending| {
        examples
            .iter()
            .flat_map(move |example| example.texts(ending))
    };
    let mut seeds = Vec::new();
    for (ending, parse) in LANGUAGES {
        seeds.extend(of(ending).map(|text| (text, parse)));
    }
    for (text, parse) in &seeds {
        assert!(parse(text), "an example is wrong: {text}");
    }
    check!()
        .with_iterations(500)
        .with_type::<(u16, u8, Vec<Change>)>()
        .for_each(|(seed, language, changes)| {
            let (text, own) = seeds[usize::from(*seed) % seeds.len()];
            let text = changed(text, changes);
            // now and then as a text of another language
            let parse = match language % 16 {
                other @ 0..4 => LANGUAGES[usize::from(other)].1,
                _ => own,
            };
            let began = Instant::now();
            parse(&text);
            assert!(began.elapsed() < LIMIT, "{:?}: {text}", began.elapsed());
        });
}
