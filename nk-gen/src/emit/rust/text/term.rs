//! Expressions and types that may take several lines, broken as rustfmt breaks them with its defaults. The widths are the
//! defaults of its options of the same names.
use super::{Text, WIDTH};
use std::fmt::{self, Display};

/// `fn_call_width` and `array_width`: arguments or elements of one line.
pub(super) const CALL_WIDTH: usize = 60;
/// `struct_lit_width`: the fields of a struct literal on one line.
const STRUCT_WIDTH: usize = 18;
/// `short_array_element_width_threshold`: items that are filled into lines rather than listed.
const SHORT: usize = 10;

/// Plain text, or a head with a list in brackets.
#[derive(Debug, Clone)]
pub(in crate::emit::rust) struct Term {
    /// All of a plain text; otherwise everything in front of the first item, the bracket included.
    head: String,
    list: Option<List>,
    /// Columns when on one line.
    width: usize,
    /// Whether it may stand on one line at all.
    flat: bool,
}

#[derive(Debug, Clone)]
struct List {
    items: Vec<Term>,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Call,
    Tuple,
    Array,
    Generic,
    Struct,
    /// The head, and one method called on it.
    Chain,
}

impl Form {
    /// What stands behind the last item, on one line.
    const fn close(self) -> &'static str {
        match self {
            Self::Call | Self::Tuple => ")",
            Self::Array => "]",
            Self::Generic => ">",
            Self::Struct => " }",
            Self::Chain => "",
        }
    }
}

impl Term {
    /// Text that is never broken.
    pub(in crate::emit::rust) fn text(text: impl Into<String>) -> Self {
        let head = text.into();
        Self {
            width: head.len(),
            head,
            list: None,
            flat: true,
        }
    }
    /// `callee(a, b)`
    pub(in crate::emit::rust) fn call(callee: impl Display, arguments: Vec<Self>) -> Self {
        Self::list(format!("{callee}("), arguments, Form::Call)
    }
    /// `value.method(…)`
    pub(in crate::emit::rust) fn chain(
        value: impl Into<String>,
        method: impl Into<String>,
    ) -> Self {
        Self::list(value.into(), vec![Self::text(method)], Form::Chain)
    }
    /// `(a, b)`
    pub(in crate::emit::rust) fn tuple(values: Vec<Self>) -> Self {
        Self::list("(".to_owned(), values, Form::Tuple)
    }
    /// `&[a, b]`
    pub(in crate::emit::rust) fn slice(elements: Vec<Self>) -> Self {
        Self::list("&[".to_owned(), elements, Form::Array)
    }
    /// `name<a, b>`, or the name alone
    pub(in crate::emit::rust) fn generic(name: impl Display, arguments: Vec<Self>) -> Self {
        if arguments.is_empty() {
            return Self::text(name.to_string());
        }
        Self::list(format!("{name}<"), arguments, Form::Generic)
    }
    /// `name { field: value, … }`; a value with the name of its field is named once.
    pub(in crate::emit::rust) fn structure(
        name: impl Display,
        fields: impl IntoIterator<Item = (String, Self)>,
    ) -> Self {
        let fields = fields.into_iter().map(|(field, value)| {
            if value.list.is_none() && value.head == field {
                value
            } else {
                value.behind(format_args!("{field}: "))
            }
        });
        Self::list(format!("{name} {{ "), fields.collect(), Form::Struct)
    }
    fn list(head: String, items: Vec<Self>, form: Form) -> Self {
        let content = items
            .iter()
            .map(|item| item.width + 2)
            .sum::<usize>()
            .saturating_sub(2);
        let most = match form {
            Form::Generic | Form::Chain => WIDTH,
            Form::Struct => STRUCT_WIDTH,
            // an only item that is not itself a call may be as wide as there is room
            _ if matches!(items.as_slice(), [only] if !only.is_call()) => WIDTH,
            Form::Call | Form::Tuple | Form::Array => CALL_WIDTH,
        };
        let width = head.len() + content + form.close().len();
        let flat = content <= most && items.iter().all(|item| item.flat);
        Self {
            head,
            list: Some(List { items, form }),
            width,
            flat,
        }
    }
    /// The term behind a prefix such as `&` or a field's name.
    pub(in crate::emit::rust) fn behind(mut self, prefix: impl Display) -> Self {
        let before = self.head.len();
        self.head.insert_str(0, &prefix.to_string());
        self.width += self.head.len() - before;
        self
    }

    /// Columns when on one line.
    pub(super) const fn width(&self) -> usize {
        self.width
    }
    /// Columns of the first line when on several.
    pub(super) fn first_line(&self) -> usize {
        self.head.trim_end().len()
    }
    /// Whether it fits onto the line from a column on, with so many columns behind it.
    pub(super) fn fits(&self, column: usize, after: usize) -> bool {
        self.flat && column + self.width + after <= WIDTH
    }

    /// Writes it where the text stands; `after` columns follow on its last line.
    pub(super) fn place(&self, text: &mut Text, after: usize) {
        match &self.list {
            Some(list) if !self.fits(text.column(), after) => self.broken(list, text),
            _ => text.push(self),
        }
    }
    /// On several lines.
    fn broken(&self, list: &List, text: &mut Text) {
        text.push(self.head.trim_end());
        match list.items.as_slice() {
            [] => {}
            [method] if list.form == Form::Chain => {
                text.end();
                text.inside(Text::start);
                text.push(method);
            }
            // the brackets of an only item open and close together with these
            [
                Self {
                    list: Some(inner),
                    head,
                    ..
                },
            ] if list.opens_with(inner) && text.column() + head.len() <= WIDTH => {
                list.items.iter().for_each(|only| only.broken(inner, text));
            }
            items => {
                text.end();
                text.inside(|text| {
                    if list.all_short() {
                        text.filled(items);
                    } else {
                        text.stacked(items);
                    }
                });
                text.start();
            }
        }
        text.push(list.form.close().trim_start());
    }

    fn is_call(&self) -> bool {
        self.list
            .as_ref()
            .is_some_and(|list| list.form == Form::Call)
    }
    /// A number, a name, a field: what rustfmt calls simple.
    fn is_simple(&self) -> bool {
        self.list.is_none() && !self.head.contains(['(', '[', ' ']) && !self.head.contains("::")
    }
}

impl List {
    fn brackets(&self) -> bool {
        matches!(self.form, Form::Call | Form::Tuple | Form::Array)
    }
    fn opens_with(&self, inner: &Self) -> bool {
        self.brackets() && !matches!(inner.form, Form::Generic | Form::Chain)
    }
    fn all_short(&self) -> bool {
        self.brackets()
            && self
                .items
                .iter()
                .all(|item| item.is_simple() && item.width <= SHORT)
    }
}

impl Text {
    /// Items on the line, with commas between them.
    pub(super) fn listed(&mut self, items: &[Term]) {
        for (index, item) in items.iter().enumerate() {
            self.push(if index > 0 { ", " } else { "" });
            self.push(item);
        }
    }
    /// One item a line.
    pub(super) fn stacked(&mut self, items: &[Term]) {
        for item in items {
            self.term("", item, ",");
        }
    }
    /// As many items a line as there is room for.
    fn filled(&mut self, items: &[Term]) {
        self.start();
        for (index, item) in items.iter().enumerate() {
            if index > 0 && self.column() + 1 + item.width + 1 > WIDTH {
                self.end();
                self.start();
            } else if index > 0 {
                self.push(" ");
            }
            self.push(format_args!("{item},"));
        }
        self.end();
    }
}

/// On one line.
impl Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.head)?;
        let Some(list) = &self.list else {
            return Ok(());
        };
        for (index, item) in list.items.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            item.fmt(f)?;
        }
        f.write_str(list.form.close())
    }
}

#[cfg(test)]
mod tests {
    use super::{Term, Text};

    fn words(words: &[&str]) -> Vec<Term> {
        words.iter().map(|word| Term::text(*word)).collect()
    }
    fn placed(term: &Term) -> String {
        let mut text = Text::default();
        text.term("", term, ";");
        text.into_string()
    }

    #[test]
    fn a_list_stays_on_one_line_up_to_the_width_of_its_kind() {
        let wide = "a".repeat(56);
        assert_eq!(
            placed(&Term::call("f", words(&[&wide, "b"]))),
            format!("f({wide}, b);\n")
        );
        assert_eq!(
            placed(&Term::call("f", words(&[&wide, "c::dd"]))),
            format!("f(\n    {wide},\n    c::dd,\n);\n")
        );
        let fields = |value: &str| Term::structure("S", [("a".to_owned(), Term::text(value))]);
        assert_eq!(
            placed(&fields("123456789012345")),
            "S { a: 123456789012345 };\n"
        );
        assert_eq!(
            placed(&fields("1234567890123456")),
            "S {\n    a: 1234567890123456,\n};\n"
        );
    }

    #[test]
    fn short_simple_items_fill_lines_and_others_take_one_each() {
        let line = |n: usize| vec!["first,"; n].join(" ");
        let filled = placed(&Term::call("f", words(&["first"; 15])));
        assert_eq!(
            filled,
            format!("f(\n    {}\n    {}\n);\n", line(13), line(2))
        );
        assert_eq!(
            placed(&Term::call("f", words(&["first::x"; 8])))
                .lines()
                .count(),
            10
        );
    }

    #[test]
    fn the_brackets_of_an_only_item_open_and_close_with_those_around_it() {
        let inner = Term::call("g", words(&["a::b", &"c".repeat(60)]));
        let placed = placed(&Term::call("f", vec![inner]));
        assert_eq!(
            placed,
            format!("f(g(\n    a::b,\n    {},\n));\n", "c".repeat(60))
        );
    }
}
