//! What an image says about where it was made from: nothing that depends on
//! where the compiler ran. The policy's files are named by their paths below
//! the policy's folder, or below the `-I` or `-S` folder that they were found
//! in.
use super::Inputs;
use std::path::{Path, PathBuf};

/// The names of the policy's files, from their paths. Two that would be named
/// alike keep their paths.
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

/// A path below the innermost of the folders that hold it.
fn below(path: &str, folders: &[PathBuf]) -> String {
    let inside = folders
        .iter()
        .filter_map(|folder| Path::new(path).strip_prefix(folder).ok());
    let shortest = inside.min_by_key(|inside| inside.components().count());
    shortest.map_or_else(|| path.to_owned(), |inside| inside.display().to_string())
}

/// The solution's name: the one that was given, or that of the policy's folder,
/// however that was spelt.
pub(super) fn solution_name(inputs: &Inputs) -> String {
    let name = if inputs.name.is_empty() {
        folder(&inputs.policy)
    } else {
        Some(inputs.name.clone())
    };
    name.unwrap_or_else(|| "solution".to_owned())
        .replace(char::is_control, "?")
}

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
