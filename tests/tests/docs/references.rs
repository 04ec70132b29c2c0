//! References of code to pages, links between pages, and what the summary lists.
use super::pages::{anchors, markdown, prose, root, sections, text, texts};
use std::path::Path;

/// Where the specification was before it came into the repository.
const GONE: [&str; 4] = [
    concat!("spec", "/idl"),
    concat!("spec", "/psl"),
    concat!("spec", "/reliability"),
    concat!("design", " §"),
];
/// Files in which people and code refer to pages.
const ENDINGS: [&str; 12] = [
    ".rs", ".md", ".toml", ".pest", ".psl", ".idl", ".cdl", ".edl", ".json", ".yaml", ".yml", "run",
];

/// A text as one line, without the marks that begin lines of comments.
fn flat(text: &str) -> String {
    let line = |line: &str| -> String {
        let line = line.trim();
        let marks = ["//!", "///", "//", "# ", "* "];
        marks
            .iter()
            .find_map(|mark| line.strip_prefix(mark))
            .unwrap_or(line)
            .trim()
            .to_owned()
    };
    text.lines().map(line).collect::<Vec<_>>().join(" ")
}

/// What a reference names: the page, and its sections and rows.
#[derive(Debug, PartialEq)]
struct Reference {
    page: String,
    places: Vec<String>,
}

/// The references of a text: `docs/PAGE.md`, and behind it sections (`§9.1`) and rows (`R10`), one or several.
fn references(text: &str) -> Vec<Reference> {
    let text = flat(text);
    let pieces = text.split("docs/").skip(1);
    pieces
        .filter_map(|piece| {
            let end = piece.find(".md")?;
            let page = piece.get(..end)?;
            let is_name = page.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            let rest = piece.get(end + ".md".len()..)?;
            is_name.then(|| Reference {
                page: page.to_owned(),
                places: places(rest),
            })
        })
        .collect()
}

fn places(mut rest: &str) -> Vec<String> {
    let mut places = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', ',', '`', '–']);
        rest = rest.strip_prefix("and ").unwrap_or(rest);
        let section = rest.strip_prefix('§');
        let is_row = |text: &str| {
            let mut chars = text.chars();
            chars.next().is_some_and(|c| "TRBPY".contains(c))
                && chars.next().is_some_and(|c| c.is_ascii_digit())
        };
        let place: String = match section {
            Some(number) => number
                .chars()
                .take_while(|c| c.is_ascii_digit() || *c == '.')
                .collect(),
            None if is_row(rest) => rest
                .chars()
                .take_while(char::is_ascii_alphanumeric)
                .collect(),
            None => return places,
        };
        let taken = place.len() + section.map_or(0, |_| '§'.len_utf8());
        rest = rest.get(taken..).unwrap_or("");
        places.push(place.trim_end_matches('.').to_owned());
    }
}

#[test]
fn references_are_read_as_they_are_written() {
    let text =
        "//! (`docs/wire.md` §9.1, §10 and\n/// `docs/threats.md` T1–T3), docs/psl.md §7.\n//! §8.";
    let names = |page: &str, places: &[&str]| Reference {
        page: page.to_owned(),
        places: places.iter().map(ToString::to_string).collect(),
    };
    assert_eq!(
        references(text),
        [
            names("wire", &["9.1", "10"]),
            names("threats", &["T1", "T3"]),
            names("psl", &["7", "8"])
        ]
    );
}

#[test]
fn every_reference_names_a_page_and_a_section_or_row_of_it() {
    let (mut dead, mut seen) = (Vec::new(), 0);
    for (name, content) in texts(&ENDINGS) {
        if name.starts_with("tests/tests/docs/") {
            continue;
        }
        for reference in references(&content) {
            seen += 1;
            let path = format!("docs/{}.md", reference.page);
            let Ok(page) = std::fs::read_to_string(root().join(&path)) else {
                dead.push(format!("{name}: {path}"));
                continue;
            };
            let known = sections(&page);
            let is_there = |place: &&String| {
                known.contains(*place) || page.contains(&format!("\n| {place} |"))
            };
            let missing = reference.places.iter().filter(|place| !is_there(place));
            dead.extend(missing.map(|place| format!("{name}: {path} has no {place}")));
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
    assert!(seen > 100, "only {seen} references were found");
}

#[test]
fn nothing_refers_to_where_the_specification_was() {
    let mut left = Vec::new();
    for (name, content) in texts(&ENDINGS) {
        let gone = GONE.iter().filter(|gone| content.contains(**gone));
        left.extend(gone.map(|gone| format!("{name}: {gone}")));
    }
    assert!(left.is_empty(), "{}", left.join("\n"));
}

/// The targets of the links of a text.
fn links(text: &str) -> Vec<String> {
    let mut links = Vec::new();
    for line in prose(text) {
        // what stands between backticks is no link
        let outside: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        let targets = outside
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        links.extend(targets.map(str::to_owned));
    }
    links
}

#[test]
fn every_link_leads_to_a_file_and_a_heading_of_it() {
    let mut dead = Vec::new();
    for (name, content) in texts(&[".md"]) {
        let folder = root().join(&name).parent().map(Path::to_owned).unwrap();
        for link in links(&content) {
            if link.contains("://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() {
                root().join(&name)
            } else {
                folder.join(path)
            };
            let found = if anchor.is_empty() {
                target.exists()
            } else {
                std::fs::read_to_string(&target).is_ok_and(|text| anchors(&text).contains(anchor))
            };
            if !found {
                dead.push(format!("{name}: {link}"));
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

#[test]
fn the_summary_lists_every_page_and_no_other() {
    let mut listed = links(&text("docs/SUMMARY.md"));
    listed.sort();
    let mut pages = markdown("docs");
    pages.retain(|page| page != "SUMMARY.md");
    assert_eq!(listed, pages);
}
