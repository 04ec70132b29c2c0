//! Documentation of the description as Rust documentation: text is data, so nothing in it may become code or markup.
use super::text::Text;

impl Text {
    /// The description's own lines, or one generated line.
    pub(super) fn docs(&mut self, lines: &[String], otherwise: &str) {
        if lines.iter().all(|line| line.trim().is_empty()) {
            self.doc(otherwise);
        } else {
            self.own_docs(lines);
        }
    }
    /// The description's own lines, or nothing.
    pub(super) fn own_docs(&mut self, lines: &[String]) {
        for line in lines {
            self.line(format_args!("///{}", escape(line)));
        }
    }
    /// One generated line.
    pub(super) fn doc(&mut self, line: impl std::fmt::Display) {
        self.line(format_args!("/// {line}"));
    }
}

/// No links, no tags, no code blocks (four blanks or a fence would be compiled as a test of the user's crate).
fn escape(line: &str) -> String {
    let text = line.trim_end();
    let indent = text
        .chars()
        .take_while(|c| c.is_whitespace())
        .count()
        .min(2);
    let mut out = " ".repeat(1 + indent);
    for c in text
        .trim_start()
        .replace("```", "'''")
        .replace("~~~", "'''")
        .chars()
    {
        if matches!(c, '[' | ']' | '<' | '>' | '\\') {
            out.push('\\');
        }
        out.push(if c.is_control() { ' ' } else { c });
    }
    if out.trim().is_empty() {
        String::new()
    } else {
        out
    }
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn text_of_a_comment_stays_text() {
        assert_eq!(
            escape("        let x = 1;"),
            "   let x = 1;",
            "four blanks would be a code block"
        );
        assert_eq!(escape("``` rust"), " ''' rust");
        assert_eq!(escape("see [Open] or <b>"), " see \\[Open\\] or \\<b\\>");
        assert_eq!(escape("  \t"), "");
    }
}
