//! The pages as text: headings, tables, links, and the files that refer to them.
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The folder of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// The text of a file of the repository.
pub(crate) fn text(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Every text of the repository with one of these endings, by its path from there. What cargo writes is left out.
pub(crate) fn texts(endings: &[&str]) -> Vec<(String, String)> {
    let (mut found, mut open) = (Vec::new(), vec![root()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_symlink() || ["target", ".git"].contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else if endings.iter().any(|ending| name.ends_with(ending))
                && let Ok(text) = std::fs::read_to_string(&path)
            {
                let name = path
                    .strip_prefix(root())
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                found.push((name, text));
            }
        }
    }
    found.sort();
    found
}

/// The lines of a Markdown text that are not part of a block of code.
pub(crate) fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut code = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        !code && !fence
    })
}

/// The headings of a Markdown text.
fn headings(text: &str) -> Vec<&str> {
    prose(text)
        .filter_map(|line| {
            line.trim_start_matches('#')
                .strip_prefix(' ')
                .filter(|_| line.starts_with('#'))
        })
        .collect()
}

/// The numbers of a page's sections: `9`, `9.1`.
pub(crate) fn sections(text: &str) -> BTreeSet<String> {
    let first = headings(text)
        .into_iter()
        .filter_map(|heading| heading.split(' ').next());
    first
        .map(|word| word.trim_end_matches('.').to_owned())
        .filter(|number| number.starts_with(|c: char| c.is_ascii_digit()))
        .collect()
}

/// The anchors of a page: those of its headings, as mdbook and code hosts make them, and those that it names itself.
pub(crate) fn anchors(text: &str) -> BTreeSet<String> {
    let anchor = |heading: &str| -> String {
        let kept = heading
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| {
            if c == ' ' {
                '-'
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect()
    };
    let named = text
        .split("id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    let named = named.map(str::to_owned);
    headings(text)
        .into_iter()
        .map(anchor)
        .chain(named)
        .collect()
}

/// The tables below a heading: rows of cells, the head and the line under it left out.
pub(crate) fn table(text: &str, heading: &str) -> Vec<Vec<String>> {
    let below = prose(text)
        .skip_while(|line| line.trim_start_matches('#').trim() != heading)
        .skip(1)
        .take_while(|line| !line.starts_with('#'));
    let rows: Vec<Vec<String>> = below
        .filter(|line| line.starts_with('|'))
        .map(cells)
        .collect();
    assert!(!rows.is_empty(), "no table below `{heading}`");
    let is_rule = |row: &Vec<String>| row.iter().all(|cell| cell.chars().all(|c| c == '-'));
    let heads: BTreeSet<usize> = (0..rows.len())
        .filter(|i| rows.get(i + 1).is_some_and(is_rule))
        .collect();
    let is_content = |(i, row): &(usize, Vec<String>)| !heads.contains(i) && !is_rule(row);
    rows.into_iter()
        .enumerate()
        .filter(is_content)
        .map(|(_, row)| row)
        .collect()
}

fn cells(line: &str) -> Vec<String> {
    let line = line.trim().trim_matches('|').replace("\\|", "\u{0}");
    line.split('|')
        .map(|cell| cell.trim().replace('\u{0}', "|"))
        .collect()
}

/// A cell without the marks of code.
pub(crate) fn bare(cell: &str) -> String {
    cell.replace('`', "")
}

/// The names of the Markdown files in a folder, in order.
pub(crate) fn markdown(folder: &str) -> Vec<String> {
    let paths = std::fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut names: Vec<String> = paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
