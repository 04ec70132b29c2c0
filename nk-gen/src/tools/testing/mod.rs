//! The tests of a policy: `assert "name" { setup { … } sequence "name" { … } finally { … } }`, played by the evaluator that
//! the kernel uses (`docs/psl.md` §10).
//!
//! ```no_run
//! use nk_gen::solution::{Inputs, build};
//! let solution = build(&Inputs { policy: "security.psl".into(), ..Inputs::default() });
//! if let Ok(outcomes) = nk_gen::tools::testing::run(&solution) {
//!     print!("{}", nk_gen::tools::testing::report(&outcomes, &solution.analysis.sources));
//! }
//! ```
mod cast;
mod coverage;
mod message;
mod play;
mod report;
mod tap;
mod told;

pub use coverage::coverage;
pub use report::{Failure, Outcome, report};
pub use tap::tap;

use crate::solution::Solution;
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;
use nk_security::Policy;
pub(crate) use play::Player;
pub(crate) use play::Told;

/// Plays all tests of a solution's policy.
///
/// # Errors
/// What is wrong with the tests themselves; or nothing, when the solution has no image.
pub fn run(solution: &Solution) -> Result<Vec<Outcome>, Vec<Diagnostic>> {
    let Some(image) = &solution.image else {
        return Err(Vec::new());
    };
    let policy = Policy::prove(image.tables.clone(), image.program.clone()).map_err(|refused| {
        let message = format!("internal error: the policy would not load: {refused}");
        vec![Diagnostic::new(Code::IMAGE_REFUSED, message, None)]
    })?;
    let (mut outcomes, mut findings) = (Vec::new(), Vec::new());
    for (file, set) in &solution.tests {
        let player = Player {
            policy: &policy,
            model: &solution.analysis.model,
            file: *file,
        };
        for sequence in &set.sequences {
            match player.sequence(set, sequence) {
                Ok(outcome) => outcomes.push(outcome),
                // a mistake in `setup` is one mistake, however many sequences follow
                Err(finding) if findings.contains(&*finding) => {}
                Err(finding) => findings.push(*finding),
            }
        }
    }
    if findings.is_empty() {
        Ok(outcomes)
    } else {
        Err(findings)
    }
}
