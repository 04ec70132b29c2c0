//! `nk-gen explain`: the page of a diagnostic, or the list of all of them. The pages are `nk-gen/explain/*.md`.
use super::options::ExplainArgs;
use super::{Console, Exit};
use crate::text::codes::{Code, TABLE};
use crate::text::suggest::did_you_mean;

/// Runs the command.
pub(super) fn run(args: &ExplainArgs, console: &mut Console<'_>) -> Exit {
    let Some(asked) = &args.code else {
        console.print(&list());
        return Exit::Success;
    };
    if let Some(page) = page(asked) {
        console.print(page);
        Exit::Success
    } else {
        console.complain(&unknown(asked));
        Exit::Usage
    }
}

/// What to say under findings when one of them is an error.
pub(super) fn hint(code: Code) -> String {
    format!("for more about an error: nk-gen explain {code}\n")
}

/// The page of a diagnostic.
fn page(asked: &str) -> Option<&'static str> {
    let code = Code::parse(asked)?;
    let entry = TABLE.iter().find(|entry| entry.code == code);
    entry.map(|entry| entry.page)
}

/// The titles of all pages; a title is a page's first line, `# NK0106: …`.
fn list() -> String {
    let titles = TABLE.iter().filter_map(|entry| entry.page.lines().next());
    titles
        .map(|title| title.trim_start_matches("# ").replacen(": ", "  ", 1) + "\n")
        .collect()
}

fn unknown(asked: &str) -> String {
    let digits = asked
        .trim_start_matches(['N', 'n'])
        .trim_start_matches(['K', 'k']);
    let written = match digits.parse::<u16>() {
        Ok(number) => format!("NK{number:04}"),
        Err(_) => asked.to_ascii_uppercase(),
    };
    let codes: Vec<String> = TABLE.iter().map(|entry| entry.code.to_string()).collect();
    let meant =
        did_you_mean(&written, codes.iter().map(String::as_str)).map(|meant| format!("{meant}\n"));
    let asked = crate::text::render::visible(asked);
    format!(
        "no diagnostic has the code `{asked}`\n{}`nk-gen explain` lists all codes\n",
        meant.unwrap_or_default()
    )
}
