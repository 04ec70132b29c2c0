//! `nk-gen explain`: the page of a diagnostic, or the list of all of them. The pages are `nk-gen/explain/*.md`.
use super::options::ExplainArgs;
use super::{Console, Exit};
use crate::text::diagnostic::Code;
use crate::text::suggest::did_you_mean;

/// Pages by the number of their code.
macro_rules! pages {
    ($($code:literal)*) => {
        &[$(($code, include_str!(concat!("../../explain/NK", $code, ".md")))),*]
    };
}

const PAGES: &[(&str, &str)] = pages![
    "0001" "0002" "0003" "0004" "0005" "0006" "0007" "0008" "0009" "0010" "0011" "0012" "0013"
    "0101" "0102" "0103" "0104" "0105" "0106" "0107" "0108" "0110" "0111" "0113" "0114"
    "0201" "0202" "0203" "0204" "0205" "0206" "0207"
    "0301" "0302" "0303" "0304" "0305" "0306" "0310" "0313" "0314" "0315"
    "0401" "0402" "0403" "0404" "0405" "0406" "0407" "0408"
    "0501" "0502" "0503" "0504" "0505" "0506" "0507" "0508" "0509" "0510" "0511" "0512" "0513" "0514" "0515" "0516" "0517" "0518" "0519" "0520" "0530" "0531" "0532"
    "0533" "0534" "0535" "0536" "0537" "0538" "0540" "0541"
    "0601" "0602" "0603" "0604" "0605" "0606" "0610" "0611" "0612" "0613" "0614" "0615" "0616" "0617" "0618" "0619"
    "0620" "0621" "0622" "0623" "0624" "0625" "0626" "0900"
];

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

/// The page of a code, written as `NK0106`, `NK106` or `106`, in any case.
fn page(asked: &str) -> Option<&'static str> {
    let number = number(asked)?;
    PAGES
        .iter()
        .find(|(code, _)| code.parse() == Ok(number))
        .map(|(_, page)| *page)
}

fn number(asked: &str) -> Option<u16> {
    let digits = match asked.get(..2) {
        Some(letters) if letters.eq_ignore_ascii_case("NK") => asked.get(2..)?,
        _ => asked,
    };
    digits
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| digits.parse().ok())?
}

/// The titles of all pages; a title is a page's first line, `# NK0106: …`.
fn list() -> String {
    let titles = PAGES.iter().filter_map(|(_, page)| page.lines().next());
    titles
        .map(|title| title.trim_start_matches("# ").replacen(": ", "  ", 1) + "\n")
        .collect()
}

fn unknown(asked: &str) -> String {
    let written = match number(asked) {
        Some(number) => Code(number).to_string(),
        None => asked.to_ascii_uppercase(),
    };
    let codes: Vec<String> = PAGES.iter().map(|(code, _)| format!("NK{code}")).collect();
    let meant =
        did_you_mean(&written, codes.iter().map(String::as_str)).map(|meant| format!("{meant}\n"));
    let asked = crate::text::render::visible(asked);
    format!(
        "no diagnostic has the code `{asked}`\n{}`nk-gen explain` lists all codes\n",
        meant.unwrap_or_default()
    )
}
