//! `@NAME@` in policies and start-up descriptions, which build scripts replace (`spec/psl-runtime.md` §A.1, §E.2).

/// `text` with every `@NAME@` that has a value replaced by it. Others stay: what follows reports them where they matter,
/// which is not in comments.
#[must_use]
pub(crate) fn expand(text: &str, defines: &[(String, String)]) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('@') {
        let (before, tail) = rest.split_at(start);
        expanded.push_str(before);
        let variable = tail.get(1..).and_then(|name| defines.iter().find(|(known, _)| is_named(name, known)));
        let (value, length) = variable.map_or(("@", 1), |(name, value)| (value.as_str(), name.len() + 2));
        expanded.push_str(value);
        rest = tail.get(length..).unwrap_or("");
    }
    expanded.push_str(rest);
    expanded
}

fn is_named(text: &str, name: &str) -> bool {
    text.strip_prefix(name).is_some_and(|rest| rest.starts_with('@'))
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn variables_with_a_value_are_replaced_and_others_stay() {
        let defines = [("MAIN".to_owned(), "server".to_owned()), ("X+".to_owned(), "@MAIN@".to_owned())];
        assert_eq!(expand("a.@MAIN@ @X+@ @X@ me@host @MAIN", &defines), "a.server @MAIN@ @X@ me@host @MAIN");
    }
}
