//! Names the user may have meant.

/// The candidate nearest to `name`, as help text; `None` when nothing is near.
///
/// Near is a Damerau–Levenshtein distance of at most a third of the name's length (at least 1), or a difference in case only.
pub(crate) fn did_you_mean<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<String> {
    let reach = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name)
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= reach)
        .min()
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

fn distance(name: &str, candidate: &str) -> usize {
    if name.eq_ignore_ascii_case(candidate) {
        return 0;
    }
    // a bound on the work for hostile names; legal ones are shorter (`spec/reliability.md` §5.2)
    if name.len() > 255 || candidate.len() > 255 {
        return usize::MAX;
    }
    strsim::damerau_levenshtein(name, candidate)
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn a_difference_in_case_is_nearer_than_any_other() {
        let near = did_you_mean("Uint32", ["UInt16", "UInt32", "SInt32"]);
        assert_eq!(near.as_deref(), Some("did you mean `UInt32`?"));
    }

    #[test]
    fn nothing_is_suggested_for_a_name_that_is_far_from_all() {
        assert_eq!(did_you_mean("Temperature", ["UInt8", "Handle"]), None);
    }
}
