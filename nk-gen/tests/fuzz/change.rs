//! Changes of a text, as a person or a broken disk would make them: words left out, repeated, moved, replaced by others of
//! the language or by what no language has.
use bolero::TypeGenerator;

/// One change. Places are taken modulo the length of the text.
#[derive(Debug, TypeGenerator)]
pub(crate) enum Change {
    /// Leaves so many characters out.
    Delete { at: u16, length: u8 },
    /// Puts a word of the languages in.
    Word { at: u16, which: u8 },
    /// Puts any character in.
    Character { at: u16, character: char },
    /// Repeats a part so many times.
    Repeat { at: u16, length: u8, times: u8 },
    /// Puts a part in at another place.
    Move { from: u16, length: u8, to: u16 },
    /// Nests something deeply.
    Nest { at: u16, which: u8, depth: u16 },
    /// Ends the text.
    Cut { at: u16, seldom: u8 },
}

/// Words and signs of all languages, and numbers at the edges of their types.
const WORDS: [&str; 58] = [
    "package ",
    "interface ",
    "in ",
    "out ",
    "error ",
    "struct ",
    "union ",
    "typedef ",
    "const ",
    "sequence<",
    "string<",
    "bytes<",
    "array<",
    "Handle ",
    "UInt8 ",
    "UInt64 ",
    "SInt32 ",
    "import ",
    "component ",
    "endpoints ",
    "security ",
    "components ",
    "entity ",
    "task class ",
    "use nk.base._ ",
    "use EDL Einit ",
    "request ",
    "response ",
    "execute ",
    "grant () ",
    "deny () ",
    "match ",
    "choice ",
    "assert ",
    "if ",
    "then ",
    "policy object ",
    "src=",
    "dst=",
    "message.",
    "entities:\n",
    "- name: x\n",
    "  connections:\n",
    "&a ",
    "*a ",
    "<<: ",
    "{{ ",
    "}}",
    "{% if x %}",
    "\"",
    "/*",
    "//",
    "#",
    "0",
    "-1",
    "18446744073709551616",
    "0x",
    "\t",
];
/// What can stand inside itself.
const BRACKETS: [(&str, &str); 8] = [
    ("(", ")"),
    ("{", "}"),
    ("[", "]"),
    ("<", ">"),
    ("sequence<", ">"),
    ("!", ""),
    ("- ", ""),
    ("? ", ""),
];
/// Bytes that a text does not grow beyond.
const MAX_TEXT: usize = 64 << 10;

/// The text with these changes, one after the other.
pub(crate) fn changed(text: &str, changes: &[Change]) -> String {
    let mut text = text.to_owned();
    for change in changes.iter().take(6) {
        apply(&mut text, change);
        if text.len() > MAX_TEXT {
            text.truncate(text.floor_char_boundary(MAX_TEXT));
        }
    }
    text
}

fn apply(text: &mut String, change: &Change) {
    match *change {
        Change::Delete { at, length } => {
            let part = part(text, at, length);
            text.replace_range(part, "");
        }
        Change::Word { at, which } => {
            let word = WORDS[usize::from(which) % WORDS.len()];
            text.insert_str(place(text, at), word);
        }
        Change::Character { at, character } => text.insert(place(text, at), character),
        Change::Repeat { at, length, times } => {
            let part = part(text, at, length);
            let repeated = text[part.clone()].repeat(usize::from(times));
            text.insert_str(part.start, &repeated);
        }
        Change::Move { from, length, to } => {
            let moved = text[part(text, from, length)].to_owned();
            text.insert_str(place(text, to), &moved);
        }
        Change::Nest { at, which, depth } => {
            let (open, close) = BRACKETS[usize::from(which) % BRACKETS.len()];
            let depth = usize::from(depth % 4096);
            let nested = [open.repeat(depth), close.repeat(depth)].concat();
            text.insert_str(place(text, at), &nested);
        }
        Change::Cut { at, seldom } if seldom.is_multiple_of(4) => text.truncate(place(text, at)),
        Change::Cut { .. } => {}
    }
}

fn place(text: &str, at: u16) -> usize {
    text.floor_char_boundary(usize::from(at) % (text.len() + 1))
}

fn part(text: &str, at: u16, length: u8) -> std::ops::Range<usize> {
    let start = place(text, at);
    start..text.floor_char_boundary(start + usize::from(length))
}
