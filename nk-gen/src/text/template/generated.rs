//! The variables that the build scripts of the SDK fill in by themselves
//! (`docs/init.md` §2.3). What they list comes from
//! the SDK's own libraries and components, of which none is here: those lists
//! are empty.

/// The components of the SDK in the image: in a policy lines `use EDL …`, in an
/// init.yaml their entries.
///
/// A start-up description that asks for it is told that they are missing.
pub(super) const SUPPLIED: &str = "INIT_EXTERNAL_ENTITIES";

/// The lists of one program; with `+` they continue a list that the template
/// begins.
const LISTS: [&str; 4] = [
    "_ENTITY_CONNECTIONS",
    "_ENTITY_CONNECTIONS+",
    "_ENTITY_ENV",
    "_ENTITY_ENV+",
];

/// The value of a variable that nobody has to define: `INIT_EXTERNAL_ENTITIES`,
/// `INIT_<Exe>_ENTITY_…`, `INIT_<Exe>_PATH`.
pub(super) fn generated(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("INIT_")?;
    let of_program = |program: &str| {
        !program.is_empty() && !program.contains(|c: char| c.is_whitespace() || c == '/')
    };
    if name == SUPPLIED
        || LISTS
            .iter()
            .any(|list| rest.strip_suffix(list).is_some_and(of_program))
    {
        return Some("");
    }
    // an executable is named like its target
    rest.strip_suffix("_PATH")
        .filter(|program| of_program(program))
}

#[cfg(test)]
mod tests {
    use super::generated;

    #[test]
    fn the_lists_are_empty_and_a_program_is_named_like_itself() {
        for (name, value) in [
            ("INIT_EXTERNAL_ENTITIES", Some("")),
            ("INIT_Client_ENTITY_CONNECTIONS", Some("")),
            ("INIT_Client_ENTITY_CONNECTIONS+", Some("")),
            ("INIT_My_Client-2_ENTITY_ENV", Some("")),
            ("INIT_Client_ENTITY_ENV+", Some("")),
            ("INIT_KlogEntity_PATH", Some("KlogEntity")),
            ("INIT__ENTITY_ENV", None),
            ("INIT__PATH", None),
            ("INIT_../x_PATH", None),
            ("INIT_EXTERNAL_ENTITIES+", None),
            ("INIT_Client_ENTITY_ARGS", None),
            ("KlogEntity_PATH", None),
            ("ROOTFS_ENTITY", None),
        ] {
            assert_eq!(generated(name), value, "{name}");
        }
    }
}
