//! Names the user may have meant.
//!
//! Used by every message about an unknown name: types, packages, options,
//! limits, rules of a policy. A suggestion is made only when it is near enough
//! to be what was meant, because a wrong one costs more time than none.

/// Most candidates that are named when several are equally near.
const NAMED: usize = 3;

/// Most comparisons of one run: a second, if all are as slow as they can be.
///
/// Counted over all findings of a run together.
const COMPARISONS: usize = 2_000_000;

/// Whether there is time for another look at so many candidates: a hostile text
/// has thousands of unknown names, and of these only the first are shown.
///
/// `findings` is how many there are already, `most_shown` the limit on how many
/// are shown.
pub(crate) fn is_worthwhile(findings: usize, most_shown: u64, candidates: usize) -> bool {
    (findings as u64) < most_shown && findings.saturating_mul(candidates) < COMPARISONS
}

/// The candidates nearest to `name`, as help text; `None` when nothing is near.
///
/// Near is a Damerau–Levenshtein distance of at most a third of the name's
/// length (at least 1), or a difference in case only.
///
/// At most three are named: ``did you mean `SInt32` or `UInt32`?``
pub(crate) fn did_you_mean<'c>(
    name: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<String> {
    let reach = (name.chars().count() / 3).max(1);
    let mut near: Vec<(usize, bool, &str)> = candidates
        .into_iter()
        .filter(|candidate| *candidate != name)
        .filter(|candidate| is_possible(name, candidate, reach))
        .map(|candidate| {
            (
                distance(name, candidate),
                candidate.get(..1) != name.get(..1),
                candidate,
            )
        })
        .filter(|(distance, ..)| *distance <= reach)
        .collect();
    // of equally near ones those with the same first letter come first: it is rarely wrong
    near.sort_unstable();
    near.dedup();
    let (nearest, ..) = *near.first()?;
    let named: Vec<String> = near
        .iter()
        .take_while(|(distance, ..)| *distance == nearest)
        .take(NAMED)
        .map(|(.., candidate)| format!("`{candidate}`"))
        .collect();
    Some(match named.as_slice() {
        [others @ .., last] if !others.is_empty() => {
            format!("did you mean {} or {last}?", others.join(", "))
        }
        _ => format!("did you mean {}?", named.concat()),
    })
}

/// Names in backticks, with commas.
#[cfg(feature = "policy")]
pub(crate) fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Whether two names can be within reach of each other at all, which is known
/// much sooner than their distance: an edit changes the length by one, and adds
/// and removes one letter at most.
fn is_possible(name: &str, candidate: &str, reach: usize) -> bool {
    let letters = |text: &str| {
        text.bytes()
            .fold(0_u128, |letters, byte| letters | 1 << (byte & 127))
    };
    !(name.is_ascii() && candidate.is_ascii())
        || name.eq_ignore_ascii_case(candidate)
        || name.len().abs_diff(candidate.len()) <= reach
            && (letters(name) ^ letters(candidate)).count_ones() as usize <= 2 * reach
}

/// The number of edits between two names, 0 for a difference in case only. An
/// edit is a letter that is added, removed or changed, or two neighbours that
/// are swapped.
fn distance(name: &str, candidate: &str) -> usize {
    if name.eq_ignore_ascii_case(candidate) {
        return 0;
    }
    // a bound on the work for hostile names; legal ones are shorter (`docs/inputs.md` §2)
    if name.len() > 255 || candidate.len() > 255 {
        return usize::MAX;
    }
    strsim::damerau_levenshtein(name, candidate)
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, distance, is_possible};

    #[test]
    fn a_difference_in_case_is_nearer_than_any_other() {
        let near = did_you_mean("Uint32", ["UInt16", "UInt32", "SInt32"]);
        assert_eq!(near.as_deref(), Some("did you mean `UInt32`?"));
    }

    #[test]
    fn equally_near_ones_are_all_named() {
        let near = did_you_mean("Int32", ["SInt32", "UInt32", "UInt16", "SInt32"]);
        assert_eq!(near.as_deref(), Some("did you mean `SInt32` or `UInt32`?"));
    }

    #[test]
    fn what_cannot_be_near_is_left_out_and_nothing_else() {
        let words = [
            "", "a", "b", "ab", "ba", "abc", "acb", "Abc", "ABC", "abcd", "bacd", "xyz", "é", "éa",
            "ée",
        ];
        for (a, b) in words.iter().flat_map(|a| words.map(|b| (*a, b))) {
            for reach in 1..4 {
                assert!(
                    distance(a, b) > reach || is_possible(a, b, reach),
                    "{a:?} {b:?} {reach}"
                );
            }
        }
        assert!(!is_possible("abcd", "abxy", 1) && !is_possible("abc", "abcde", 1));
    }

    #[test]
    fn nothing_is_suggested_for_a_name_that_is_far_from_all() {
        assert_eq!(did_you_mean("Temperature", ["UInt8", "Handle"]), None);
    }
}
