//! Dependency files in the syntax of make, which ninja and `CMake` read too: what has to be made again when a description
//! changes.
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;
use std::path::{Path, PathBuf};

/// One rule: `targets` depend on `prerequisites`, each in a line of its own.
///
/// # Errors
/// E313 for a path with a line break, which make has no way to write.
pub fn depfile(targets: &[PathBuf], prerequisites: &[PathBuf]) -> Result<Vec<u8>, Diagnostic> {
    let mut text = Vec::new();
    for (number, target) in targets.iter().enumerate() {
        if number > 0 {
            text.extend(b" \\\n");
        }
        path(target, &mut text)?;
    }
    text.push(b':');
    for prerequisite in prerequisites {
        text.extend(b" \\\n ");
        path(prerequisite, &mut text)?;
    }
    text.push(b'\n');
    Ok(text)
}

/// A path as make reads it: blanks, `#`, `:`, `%` and wildcards behind a backslash, `$` doubled, and backslashes doubled
/// where one of the former follows.
fn path(path: &Path, text: &mut Vec<u8>) -> Result<(), Diagnostic> {
    let mut backslashes = 0;
    for &byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'\n' | b'\r' => return Err(no_line_break(path)),
            b' ' | b'\t' | b'#' | b':' | b'%' | b'*' | b'?' | b'[' => {
                text.extend(std::iter::repeat_n(b'\\', backslashes + 1));
            }
            b'$' => text.push(b'$'),
            _ => {}
        }
        backslashes = if byte == b'\\' { backslashes + 1 } else { 0 };
        text.push(byte);
    }
    Ok(())
}

fn no_line_break(path: &Path) -> Diagnostic {
    let message = format!("`{}` cannot stand in a dependency file", path.display());
    Diagnostic::new(Code::NOT_WRITTEN, message, None)
        .help("make has no way to write a line break: rename the file")
}

#[cfg(test)]
mod tests {
    use super::depfile;
    use std::path::PathBuf;

    fn text(targets: &[&str], prerequisites: &[&str]) -> Option<String> {
        let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
        depfile(&paths(targets), &paths(prerequisites))
            .ok()
            .and_then(|text| String::from_utf8(text).ok())
    }

    #[test]
    fn paths_are_written_so_that_make_reads_them_back() {
        assert_eq!(
            text(&["out/nk/mod.rs"], &[]).as_deref(),
            Some("out/nk/mod.rs:\n")
        );
        let expected = "a.rs \\\nb\\ c.rs: \\\n x\\#1.idl \\\n $$HOME/y.idl \\\n C\\:z\"'.idl \\\n d\\e\\\\\\ f.idl\n";
        let prerequisites = ["x#1.idl", "$HOME/y.idl", "C:z\"'.idl", "d\\e\\ f.idl"];
        assert_eq!(
            text(&["a.rs", "b c.rs"], &prerequisites).as_deref(),
            Some(expected)
        );
        assert_eq!(text(&["a"], &["b\nc: d"]), None);
    }
}
