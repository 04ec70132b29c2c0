//! Types of the description as Rust types, and the expressions that read and write them.
use super::plan::{ModulePath, Plan};
use super::text::{Term, Text};
use crate::model::shape::{Elem, Item};
use crate::model::{Int, Type, TypeId};

/// What code in one module needs to name types.
#[derive(Clone, Copy)]
pub(super) struct Names<'p> {
    pub(super) plan: &'p Plan<'p>,
    /// The module that the code stands in.
    pub(super) from: &'p ModulePath,
}

/// The Rust integer of an integer type; also the name of what reads and what writes it.
pub(super) const fn int(int: Int) -> &'static str {
    match int {
        Int::U8 => "u8",
        Int::U16 => "u16",
        Int::U32 => "u32",
        Int::U64 | Int::Size | Int::Ptr => "u64",
        Int::I8 => "i8",
        Int::I16 => "i16",
        Int::I32 => "i32",
        Int::I64 => "i64",
    }
}

/// `&'m `, or `&` where the lifetime may be left out.
fn reference(lifetime: &str) -> String {
    if lifetime.is_empty() {
        "&".to_owned()
    } else {
        format!("&{lifetime} ")
    }
}

/// A number as a term.
fn number(n: u32) -> Term {
    Term::text(n.to_string())
}

impl Names<'_> {
    /// The module that declares a type, as seen from here.
    fn declared(self, id: TypeId) -> String {
        self.plan.package(id.package).module.seen_from(self.from)
    }
    /// Whether a sequence or an array of this is bytes.
    pub(super) fn is_byte(self, elem: &Type) -> bool {
        self.plan.shapes.is_byte(elem)
    }

    /// The type with a lifetime where it borrows.
    pub(super) fn ty(self, ty: &Type, lifetime: &str) -> Term {
        let with_lifetime =
            |rest: Vec<Term>| [Term::text(lifetime)].into_iter().chain(rest).collect();
        match self.plan.model.strip(ty) {
            Type::Int(i) => Term::text(int(*i)),
            Type::Handle | Type::TypedHandle(_) => Term::text("nk::Handle"),
            Type::String(_) => Term::text(format!("{}str", reference(lifetime))),
            Type::Bytes(_) => Term::text(format!("{}[u8]", reference(lifetime))),
            Type::Sequence(elem, _) if self.is_byte(elem) => {
                Term::text(format!("{}[u8]", reference(lifetime)))
            }
            Type::Sequence(elem, _) => {
                Term::generic("nk::Seq", with_lifetime(vec![self.ty(elem, lifetime)]))
            }
            array @ Type::Array(elem, n) => {
                let elem_ty = self.ty(elem, lifetime);
                if self.plan.by_value(array) {
                    Term::text(format!("[{elem_ty}; {n}]"))
                } else if self.is_byte(elem) {
                    Term::text(format!("{}[u8; {n}]", reference(lifetime)))
                } else {
                    Term::generic("nk::Array", with_lifetime(vec![elem_ty, number(*n)]))
                }
            }
            Type::Named(id) => {
                let plan = self.plan.type_plan(*id);
                let arguments = if plan.borrows {
                    with_lifetime(Vec::new())
                } else {
                    Vec::new()
                };
                Term::generic(
                    format_args!("{}{}", self.declared(*id), plan.name),
                    arguments,
                )
            }
            Type::External(_) => Term::text(""), // the plan has refused it
        }
    }
    /// The type of a parameter: `&str` rather than `&'_ str`.
    pub(super) fn param(self, ty: &Type) -> Term {
        let reference = match self.plan.model.strip(ty) {
            Type::String(_) | Type::Bytes(_) => true,
            Type::Sequence(elem, _) => self.is_byte(elem),
            array @ Type::Array(elem, _) => !self.plan.by_value(array) && self.is_byte(elem),
            _ => false,
        };
        self.ty(ty, if reference { "" } else { "'_" })
    }

    /// The name of an element type without lifetimes, for `nk::Element<…>`.
    pub(super) fn kind(self, ty: &Type) -> Term {
        match self.plan.model.strip(ty) {
            Type::String(_) => Term::text("str"),
            Type::Bytes(_) => Term::text("[u8]"),
            Type::Sequence(elem, _) if self.is_byte(elem) => Term::text("[u8]"),
            Type::Sequence(elem, _) => Term::generic("nk::Nested", vec![self.kind(elem)]),
            Type::Array(elem, n) => Term::generic("nk::Fixed", vec![self.kind(elem), number(*n)]),
            other => self.ty(other, "'static"),
        }
    }

    /// Reads a value out of a view.
    pub(super) fn read(self, view: &str, ty: &Type, at: u32) -> String {
        let getter = match self.plan.model.strip(ty) {
            Type::Int(i) => int(*i),
            Type::Handle | Type::TypedHandle(_) => "handle",
            Type::String(_) => "str",
            Type::Bytes(_) => "bytes",
            Type::Sequence(elem, _) if self.is_byte(elem) => "bytes",
            _ => "get",
        };
        format!("{view}.{getter}({at})")
    }

    /// A statement that writes `value` at `at + offset` through the writer `w`.
    pub(super) fn write(self, text: &mut Text, ty: &Type, offset: u32, value: &str) {
        let at = Term::text(if offset == 0 {
            "at".to_owned()
        } else {
            format!("at + {offset}")
        });
        let (value_term, fallible) = (Term::text(value), "?;");
        let (callee, arguments, after) = match self.plan.model.strip(ty) {
            Type::Int(i) => (format!("w.{}", int(*i)), vec![at, value_term], ";"),
            Type::Handle | Type::TypedHandle(_) => {
                ("w.handle".to_owned(), vec![at, value_term], ";")
            }
            Type::String(n) => (
                "w.str".to_owned(),
                vec![at, value_term, number(*n)],
                fallible,
            ),
            Type::Bytes(n) => (
                "w.bytes".to_owned(),
                vec![at, value_term, number(*n)],
                fallible,
            ),
            Type::Sequence(elem, n) if self.is_byte(elem) => (
                "w.bytes".to_owned(),
                vec![at, value_term, number(*n)],
                fallible,
            ),
            Type::Sequence(elem, n) => {
                let arguments = vec![at, value_term, number(*n), self.elem_table(elem)];
                (format!("w.seq::<{}>", self.kind(elem)), arguments, fallible)
            }
            array @ Type::Array(elem, _) if self.is_byte(elem) => {
                let value = if self.plan.by_value(array) {
                    value_term.behind("&")
                } else {
                    value_term
                };
                ("w.in_place".to_owned(), vec![at, value], ";")
            }
            Type::Array(elem, _) => (
                format!("w.array::<{}>", self.kind(elem)),
                vec![at, value_term, self.elem_table(elem)],
                fallible,
            ),
            Type::Named(_) => (
                "nk::Put::put".to_owned(),
                vec![value_term.behind("&"), Term::text("w"), at],
                fallible,
            ),
            Type::External(_) => return, // the plan has refused it
        };
        text.term("", &Term::call(callee, arguments), after);
    }

    /// What a method's results of this type are given as, in `reply` and `fail`: owned where that is cheap, otherwise
    /// anything that can be written.
    pub(super) fn given(self, ty: &Type) -> Term {
        match self.plan.model.strip(ty) {
            Type::Bytes(_) => Term::text("impl nk::IntoBytes"),
            Type::Sequence(elem, _) if self.is_byte(elem) => Term::text("impl nk::IntoBytes"),
            Type::Sequence(elem, _) => Term::generic("impl nk::IntoSeq", vec![self.kind(elem)]),
            _ => self.param(ty),
        }
    }
    /// As [`Names::write`], for a value given as [`Names::given`] says.
    pub(super) fn write_given(self, text: &mut Text, ty: &Type, offset: u32, value: &str) {
        let max = match self.plan.model.strip(ty) {
            Type::Bytes(max) => *max,
            Type::Sequence(elem, max) if self.is_byte(elem) => *max,
            _ => return self.write(text, ty, offset, value),
        };
        text.term(
            "",
            &Term::call(
                "w.blob",
                vec![
                    Term::text(format!("at + {offset}")),
                    Term::text(value),
                    number(max),
                ],
            ),
            "?;",
        );
    }

    /// A reference to the table of an element type.
    fn elem_table(self, ty: &Type) -> Term {
        self.plan
            .shapes
            .elem(ty)
            .map_or_else(|| Term::text(""), |elem| self.elem(&elem))
    }
    fn elem(self, elem: &Elem) -> Term {
        match elem {
            Elem::Named(id) => Term::text(format!(
                "&{}{}",
                self.declared(*id),
                self.plan.type_plan(*id).table
            )),
            Elem::Inline { size, align, items } if items.is_empty() && size == align => {
                Term::text(format!("&nk::INT{size}"))
            }
            Elem::Inline { size, align, items } => {
                let (size, align) = (Term::text(size.to_string()), Term::text(align.to_string()));
                let items = Term::slice(self.items(items));
                let fields = [("size", size), ("align", align), ("items", items)];
                Term::structure(
                    "&nk::Elem",
                    fields.map(|(name, value)| (name.to_owned(), value)),
                )
            }
        }
    }
    /// The items of a table.
    pub(super) fn items(self, items: &[Item]) -> Vec<Term> {
        let item = |item: &Item| match item {
            Item::Zero { at, len } => Term::call("nk::Item::Zero", vec![number(*at), number(*len)]),
            Item::Str { at, max } => Term::call("nk::Item::Str", vec![number(*at), number(*max)]),
            Item::Bytes { at, max } => {
                Term::call("nk::Item::Bytes", vec![number(*at), number(*max)])
            }
            Item::Seq { at, max, elem } => Term::call(
                "nk::Item::Seq",
                vec![number(*at), number(*max), self.elem(elem)],
            ),
            Item::Array { at, count, elem } => Term::call(
                "nk::Item::Array",
                vec![number(*at), number(*count), self.elem(elem)],
            ),
            Item::Union { at, variants } => {
                let variants = variants
                    .iter()
                    .map(|variant| Term::slice(self.items(variant)));
                Term::call(
                    "nk::Item::Union",
                    vec![number(*at), Term::slice(variants.collect())],
                )
            }
        };
        items.iter().map(item).collect()
    }
}
