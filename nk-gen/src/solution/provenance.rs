//! What an image says about where it was made from: nothing that depends on
//! where the compiler ran, so that the same sources give the same bytes.
//!
//! The policy's files are named by their paths below the policy's folder, or
//! below the `-I` or `-S` folder in which they were found.
use super::Inputs;
use std::path::{Path, PathBuf};

/// The names of the policy's files, from their paths. Two that would have the
/// same name keep their paths.
///
///
/// ```text
/// /home/me/app/security.psl    → security.psl
/// /sdk/include/nk/x.psl        → nk/x.psl
/// <builtin>/nk/base.psl        → <builtin>/nk/base.psl
/// ```
pub(super) fn file_names(paths: &[String], inputs: &Inputs) -> Vec<String> {
    let own = inputs.policy.parent().map(Path::to_owned);
    let folders: Vec<PathBuf> = own
        .into_iter()
        .chain(inputs.options.include.clone())
        .chain(inputs.options.sources.clone())
        .collect();
    let short: Vec<String> = paths.iter().map(|path| below(path, &folders)).collect();
    let name = |(path, name): (&String, &String)| {
        let alone = short.iter().filter(|other| *other == name).count() == 1;
        if alone { name.clone() } else { path.clone() }
    };
    paths.iter().zip(&short).map(name).collect()
}

/// A path below the innermost of the folders that hold it; the path itself
/// below none of them.
fn below(path: &str, folders: &[PathBuf]) -> String {
    let inside = folders
        .iter()
        .filter_map(|folder| Path::new(path).strip_prefix(folder).ok());
    let shortest = inside.min_by_key(|inside| inside.components().count());
    shortest.map_or_else(|| path.to_owned(), |inside| inside.display().to_string())
}

/// The solution's name: the one that was given, or that of the policy's folder,
/// however that was spelt. Without control characters, which could forge lines
/// of logs.
pub(super) fn solution_name(inputs: &Inputs) -> String {
    let name = if inputs.name.is_empty() {
        folder(&inputs.policy)
    } else {
        Some(inputs.name.clone())
    };
    name.unwrap_or_else(|| "solution".to_owned())
        .replace(char::is_control, "?")
}

/// The name of the folder that holds the policy; `None` at the root.
fn folder(policy: &Path) -> Option<String> {
    let policy = policy.canonicalize().unwrap_or_else(|_| policy.to_owned());
    Some(policy.parent()?.file_name()?.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::{Inputs, file_names};

    #[test]
    fn files_are_named_below_the_folder_that_they_were_found_in() {
        let options = crate::Options {
            include: vec!["/sdk".into(), "/sdk/inner".into()],
            ..Default::default()
        };
        let inputs = Inputs {
            policy: "/home/me/app/security.psl".into(),
            options,
            ..Inputs::default()
        };
        let paths = [
            "/home/me/app/security.psl",
            "/sdk/inner/nk/x.psl",
            "<builtin>/nk/base.psl",
            "/else/where.psl",
        ];
        let named = [
            "security.psl",
            "nk/x.psl",
            "<builtin>/nk/base.psl",
            "/else/where.psl",
        ];
        assert_eq!(file_names(&paths.map(str::to_owned), &inputs), named);
        let alike = ["/home/me/app/a.psl", "/sdk/a.psl"].map(str::to_owned);
        assert_eq!(file_names(&alike, &inputs), alike);
    }
}
