//! The heads of functions, structs and `impl` blocks.
use super::{STEP, Term, Text, WIDTH};
use std::fmt::Display;

/// A function's head.
#[derive(Debug, Clone)]
pub(in crate::emit::rust) struct Signature {
    /// Everything in front of the parameters: `pub fn dispatch<…>`.
    pub(in crate::emit::rust) name: String,
    /// `&mut self`, `slot: u32`
    pub(in crate::emit::rust) params: Vec<Term>,
    pub(in crate::emit::rust) answer: Term,
}

impl Signature {
    /// The head and what stands behind it on its last line: `;` of a declaration, ` {` of a body.
    fn place(&self, text: &mut Text, after: &str) {
        text.start();
        text.push(format_args!("{}(", self.name));
        let params = self
            .params
            .iter()
            .map(|param| param.width() + 2)
            .sum::<usize>()
            .saturating_sub(2);
        let rest = ") -> ".len() + self.answer.width();
        let columns = text.column() + params + rest;
        if columns + after.len() > WIDTH {
            text.end();
            text.inside(|text| text.stacked(&self.params));
            text.start();
            text.push(") -> ");
        } else {
            text.listed(&self.params);
            // rustfmt keeps room for a brace behind a declaration too
            if columns + " {".len() > WIDTH {
                text.push(")");
                text.end();
                text.start();
                text.push("-> ");
            } else {
                text.push(") -> ");
            }
        }
        // rustfmt counts neither the bracket in front of the type nor what stands behind it
        if self.answer.fits(text.column() - ") ".len(), 0) {
            text.push(&self.answer);
        } else {
            self.answer.place(text, after.len());
        }
        if after == " {" && text.column() + after.len() > WIDTH {
            text.end();
            return text.line("{");
        }
        text.push(after);
        text.end();
    }
}

/// A type parameter and its bound.
pub(in crate::emit::rust) type Param = (String, String);

impl Text {
    /// A function without a body.
    pub(in crate::emit::rust) fn declaration(&mut self, signature: &Signature) {
        signature.place(self, ";");
    }
    /// A function with a body.
    pub(in crate::emit::rust) fn function(
        &mut self,
        signature: &Signature,
        body: impl FnOnce(&mut Self),
    ) {
        signature.place(self, " {");
        self.inside(body);
        self.line("}");
    }

    /// `impl<generics> Trait for Type`: on one line, or broken in front of `for`, or behind the generics.
    pub(in crate::emit::rust) fn implementation(
        &mut self,
        generics: &str,
        of: &str,
        type_: impl Display,
        body: impl FnOnce(&mut Self),
    ) {
        let flat = format!("impl{generics} {of} for {type_}");
        let column = self.depth * STEP;
        if column + flat.len() + " {".len() <= WIDTH {
            return self.block(flat, body);
        }
        let head = format!("impl{generics} {of}");
        if column + head.len() <= WIDTH {
            self.line(head);
            self.inside(|text| text.line(format_args!("for {type_}")));
        } else {
            self.line(format_args!("impl{generics}"));
            self.inside(|text| text.line(format_args!("{of} for {type_}")));
        }
        self.body(body);
    }

    /// An `impl` over type parameters; their bounds stand in a `where` clause if they do not fit behind `impl`.
    pub(in crate::emit::rust) fn generic_implementation(
        &mut self,
        params: &[Param],
        of: Option<&str>,
        type_: &Term,
        body: impl FnOnce(&mut Self),
    ) {
        let bounds = params
            .iter()
            .map(|(name, bound)| Term::text(format!("{name}: {bound}")));
        let for_ = of.map_or_else(String::new, |of| format!("{of} for "));
        let flat = format!("{} {for_}{type_}", Term::generic("impl", bounds.collect()));
        if self.depth * STEP + flat.len() + " {".len() <= WIDTH {
            return self.block(flat, body);
        }
        let impl_ = Term::generic(
            "impl",
            params.iter().map(|(name, _)| Term::text(name)).collect(),
        );
        let flat = format!("{impl_} {for_}{type_}");
        if self.depth * STEP + flat.len() <= WIDTH {
            self.line(flat);
        } else {
            let lead = self.generic_head(&impl_, of);
            self.inside(|text| text.term(lead, type_, ""));
        }
        self.line("where");
        self.inside(|text| {
            for (name, bound) in params {
                text.typed(name, &Term::text(bound));
            }
        });
        self.body(body);
    }

    /// `impl<…> Trait` without the type that it is for; answers what stands in front of that.
    fn generic_head(&mut self, impl_: &Term, of: Option<&str>) -> &'static str {
        let Some(of) = of else {
            self.term("", impl_, "");
            return "";
        };
        let column = self.depth * STEP;
        if impl_.fits(column, 0) && !impl_.fits(column, of.len() + 1) {
            self.term("", impl_, "");
            self.inside(|text| text.line(of));
        } else {
            self.term("", impl_, &format!(" {of}"));
        }
        "for "
    }
}
