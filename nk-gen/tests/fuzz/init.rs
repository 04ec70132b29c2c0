//! Fuzz target: init.yaml. A text is a start-up description or has findings that can be shown.
use crate::change::{Change, changed};
use crate::seeds::examples;
use bolero::check;
use nk_gen::solution::init::StartUp;
use nk_gen::text::source::Sources;
use std::time::{Duration, Instant};

/// No text of these sizes takes longer, in a debug build on a busy machine.
const LIMIT: Duration = Duration::from_secs(5);

/// What is read of a text, and its findings as a person sees them.
fn read(text: &str) -> (Option<StartUp>, String) {
    let mut sources = Sources::default();
    let file = sources.add("init.yaml", text);
    let (start_up, findings) = nk_gen::solution::init::read(text, file, &[]);
    (start_up, nk_gen::text::render::plain(&sources, &findings))
}

#[test]
fn every_text_is_a_start_up_description_or_has_findings() {
    let examples = examples();
    let seeds: Vec<&str> = examples.iter().flat_map(|e| e.texts("init.yaml")).collect();
    for text in &seeds {
        let (start_up, shown) = read(text);
        assert!(start_up.is_some(), "an example is wrong: {shown}");
    }
    check!()
        .with_iterations(500)
        .with_type::<(u8, Vec<Change>)>()
        .for_each(|(seed, changes)| {
            let text = changed(seeds[usize::from(*seed) % seeds.len()], changes);
            let began = Instant::now();
            let (start_up, shown) = read(&text);
            assert!(start_up.is_some() || !shown.is_empty(), "{text}");
            assert!(began.elapsed() < LIMIT, "{:?}: {text}", began.elapsed());
        });
}
