//! How good the messages are, measured through the whole check on spoilt files: one mistake is one error in the right place,
//! several mistakes are all found, and a misspelt word is answered with the right one. Run with `--nocapture` for the
//! figures.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod spoil;
mod subject;

use spoil::{Random, Spoilt, meant, members, mutants, tokens, typos};
use std::collections::BTreeMap;
use subject::{Description, Example, Said, Subject};

/// The files of the example solution that people write.
const EXAMPLE: [&str; 2] = ["security.psl", "init.yaml"];

/// How often something was so.
#[derive(Default, Clone, Copy)]
struct Share {
    of: u32,
    so: u32,
}

impl Share {
    fn add(&mut self, so: bool) {
        self.of += 1;
        self.so += u32::from(so);
    }
    fn plus(self, other: Self) -> Self {
        Self {
            of: self.of + other.of,
            so: self.so + other.so,
        }
    }
    #[track_caller]
    fn at_least(self, percent: u32, what: &str) {
        println!("{what}: {} of {}", self.so, self.of);
        assert!(
            self.of > 0 && self.so * 100 >= self.of * percent,
            "{what}: {} of {}",
            self.so,
            self.of
        );
    }
}

/// Whether an error stands on the line of a mistake or on the next.
fn is_near(error: &Said, spoilt: &Spoilt, text: &str) -> bool {
    (0..=1).contains(&error.line.wrapping_sub(spoilt.line(text)))
}

/// All single-token mutants that are wrong: how many give exactly one error, and how many give the first one near.
fn single_tokens(subject: &dyn Subject) -> (Share, Share) {
    let text = subject.text();
    let (mut single, mut near) = (Share::default(), Share::default());
    for spoilt in tokens(text).iter().flat_map(|token| mutants(text, token)) {
        let errors = subject.errors(&spoilt.apply(text));
        if let [first, others @ ..] = errors.as_slice() {
            single.add(others.is_empty());
            near.add(is_near(first, &spoilt, text));
            if !others.is_empty() || !is_near(first, &spoilt, text) {
                println!(
                    "{}:{}: {spoilt:?} {errors:?}",
                    subject.name(),
                    spoilt.line(text)
                );
            }
        }
    }
    (single, near)
}

#[test]
fn a_spoilt_token_of_a_description_is_one_error_in_its_place() {
    let Some(shared) = nk_tests::shared() else {
        return;
    };
    let descriptions = Description::corpus(&shared);
    let mut figures: BTreeMap<&str, (u32, Share, Share)> = BTreeMap::new();
    for description in &descriptions {
        let (files, single, near) = figures.entry(description.ending()).or_default();
        let (one, right) = single_tokens(description);
        (*files, *single, *near) = (*files + 1, single.plus(one), near.plus(right));
    }
    assert_eq!(
        figures.keys().copied().collect::<Vec<_>>(),
        ["cdl", "edl", "idl"]
    );
    for (ending, (files, single, near)) in figures {
        assert!(files >= 10, "{files} files of {ending}");
        single.at_least(98, &format!("{files} files, {ending}: exactly one error"));
        near.at_least(
            97,
            &format!("{files} files, {ending}: on its line or the next"),
        );
    }
}

#[test]
fn a_spoilt_token_of_a_policy_or_a_start_up_description_is_one_error_in_its_place() {
    for file in EXAMPLE {
        let (single, near) = single_tokens(&Example::new(file));
        single.at_least(98, &format!("{file}: exactly one error"));
        near.at_least(97, &format!("{file}: on its line or the next"));
    }
}

/// For every member the ways to spoil it that are one error in its place and leave brackets alone; `typing` adds words that
/// are misspelt, which are mistakes of meaning as often as of form.
fn seeds(description: &Description, typing: bool) -> Vec<Vec<Spoilt>> {
    let text = description.text();
    let ways = |token: &std::ops::Range<usize>| {
        let written = &text[token.clone()];
        let [missing, twice, other, _] = mutants(text, token);
        let misspelt = written
            .chars()
            .next_back()
            .filter(|c| typing && c.is_ascii_alphabetic());
        let misspelt = misspelt.map(|last| Spoilt::new(token, format!("{written}{last}")));
        let all = [missing, twice, other].into_iter().chain(misspelt);
        all.filter(|_| !"(){}[]".contains(written))
            .collect::<Vec<_>>()
    };
    let members = members(text, description.ending() == "idl");
    let seeds = members.iter().map(|member| {
        let mut seeds: Vec<Spoilt> = member.iter().flat_map(ways).collect();
        seeds.retain(
            |seed| match description.errors(&seed.apply(text)).as_slice() {
                [error] => is_near(error, seed, text),
                _ => false,
            },
        );
        seeds
    });
    seeds.filter(|seeds| !seeds.is_empty()).collect()
}

/// Several mistakes at once, by their number: how often all were found, and nothing else.
fn several(typing: bool) -> Option<BTreeMap<usize, Share>> {
    let mut random = Random::new();
    let mut figures: BTreeMap<usize, Share> = BTreeMap::new();
    for description in Description::corpus(&nk_tests::shared()?) {
        let text = description.text();
        let seeds = seeds(&description, typing);
        for k in (2..=10).filter(|k| *k <= seeds.len()) {
            for _ in 0..4 {
                let members = random.choose(k, seeds.len());
                let mut chosen: Vec<&Spoilt> = members
                    .iter()
                    .map(|member| &seeds[*member][random.below(seeds[*member].len())])
                    .collect();
                chosen.sort();
                let mutant = chosen
                    .iter()
                    .rev()
                    .fold(text.to_owned(), |text, seed| seed.apply(&text));
                let errors = description.errors(&mutant);
                let all = chosen
                    .iter()
                    .all(|seed| errors.iter().any(|error| is_near(error, seed, text)));
                figures.entry(k).or_default().add(all && errors.len() == k);
                if !all || errors.len() != k {
                    println!("{}: {chosen:?} {errors:#?}", description.name());
                }
            }
        }
    }
    Some(figures)
}

#[test]
fn several_spoilt_tokens_in_different_declarations_are_all_found_and_nothing_else() {
    let Some(figures) = several(false) else {
        return;
    };
    assert_eq!(
        figures.keys().copied().collect::<Vec<_>>(),
        (2..=10).collect::<Vec<_>>()
    );
    for (k, share) in figures {
        share.at_least(95, &format!("all {k}"));
    }
}

#[test]
fn mistakes_of_form_and_of_meaning_are_found_in_one_run() {
    let Some(figures) = several(true) else { return };
    let all = figures.into_values().fold(Share::default(), Share::plus);
    all.at_least(95, "all of two to ten");
}

/// Words with one letter wrong: how many are answered with the right word, of those that are errors at all.
fn answered(subject: &dyn Subject, random: &mut Random) -> Share {
    let text = subject.text();
    let mut share = Share::default();
    for token in tokens(text) {
        let word = &text[token.clone()];
        if word.len() < 2 || !word.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        for typo in typos(word, random) {
            let spoilt = Spoilt::new(&token, typo);
            let errors = subject.errors(&spoilt.apply(text));
            // a typo in a declared name shows where the name is used
            if !errors.iter().any(|error| is_near(error, &spoilt, text)) {
                continue;
            }
            let names = meant(text, &token);
            let right = |said: &Said| {
                names
                    .iter()
                    .any(|name| said.help.contains(&format!("{name}`")))
            };
            share.add(errors.iter().any(right));
            if !errors.iter().any(right) {
                println!(
                    "{}:{}: {word} {spoilt:?} {errors:?}",
                    subject.name(),
                    spoilt.line(text)
                );
            }
        }
    }
    share
}

#[test]
fn a_misspelt_word_of_a_description_is_answered_with_the_right_one() {
    let Some(shared) = nk_tests::shared() else {
        return;
    };
    let mut random = Random::new();
    let descriptions = Description::corpus(&shared);
    let share = descriptions
        .iter()
        .map(|description| answered(description, &mut random));
    share
        .fold(Share::default(), Share::plus)
        .at_least(90, "names and keywords of descriptions");
}

#[test]
fn a_misspelt_word_of_a_policy_or_a_start_up_description_is_answered_with_the_right_one() {
    for file in EXAMPLE {
        answered(&Example::new(file), &mut Random::new())
            .at_least(90, &format!("names and keywords of {file}"));
    }
}
