//! Fuzz target: the policy compiler. A policy becomes an image that the kernel's own proof accepts, or has errors that can be
//! shown.
use crate::change::{Change, changed};
use crate::seeds::{Example, examples};
use bolero::check;
use nk_gen::solution::{Inputs, Solution, build};
use std::time::{Duration, Instant};

/// No policy of these sizes takes longer, in a debug build on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

/// A copy of an example, whose policy is replaced again and again.
struct Bench {
    folder: tempfile::TempDir,
    policy: String,
}

impl Bench {
    fn of(example: &Example) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (below, text) in &example.files {
            let path = folder.path().join(below);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let policy = example.texts("security.psl").next().unwrap().to_owned();
        Self { folder, policy }
    }

    fn build(&self, policy: &str) -> Solution {
        let path = self.folder.path().join("security.psl");
        std::fs::write(&path, policy).unwrap();
        build(&Inputs {
            policy: path,
            options: nk_gen::Options {
                include: vec![self.folder.path().join("idl")],
                ..nk_gen::Options::default()
            },
            ..Inputs::default()
        })
    }
}

/// Findings as a person sees them.
fn shown(solution: &Solution) -> String {
    let analysis = &solution.analysis;
    nk_gen::text::render::plain(&analysis.sources, &analysis.diagnostics)
}

#[test]
fn every_policy_is_an_image_that_the_kernel_accepts_or_has_errors() {
    let benches: Vec<Bench> = examples().iter().map(Bench::of).collect();
    for bench in &benches {
        let solution = bench.build(&bench.policy);
        assert!(
            solution.image.is_some(),
            "an example is wrong: {}",
            shown(&solution)
        );
    }
    check!()
        .with_iterations(50)
        .with_type::<(u8, Vec<Change>)>()
        .for_each(|(seed, changes)| {
            let bench = &benches[usize::from(*seed) % benches.len()];
            let text = changed(&bench.policy, changes);
            let began = Instant::now();
            let solution = bench.build(&text);
            let shown = shown(&solution);
            match solution.image {
                Some(image) => drop(image.to_bytes().unwrap()),
                None => assert!(shown.contains("error"), "{shown}: {text}"),
            }
            assert!(began.elapsed() < LIMIT, "{:?}: {text}", began.elapsed());
        });
}
