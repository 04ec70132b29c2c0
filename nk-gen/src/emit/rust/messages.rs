//! The types of one method's messages: parameters, results, errors, and the memory that variable ones go to.
use super::names::plain;
use super::plan::{ErrorForm, MethodPlan, OutPlan, RequestForm, ResponseForm};
use super::text::{Closure, Signature, Term, Text};
use super::types::Names;
use crate::model::{Field, Message, Method, Type};

/// All message types of a method.
pub(super) fn messages(text: &mut Text, names: Names<'_>, method: &Method, plan: &MethodPlan) {
    if let RequestForm::Struct { name, borrows } = &plan.request {
        text.item();
        text.doc(format_args!("The parameters of `{}`.", method.name));
        fixed(name, &plan.inputs, &method.request, *borrows).write(text, names);
    }
    match &plan.response {
        ResponseForm::None | ResponseForm::One => {}
        ResponseForm::Struct { name, fields } => {
            text.item();
            text.doc(format_args!("The results of `{}`.", method.name));
            fixed(name, fields, &method.response, false).write(text, names);
        }
        ResponseForm::View { name, fields, .. } => {
            text.item();
            text.doc(format_args!(
                "The results of `{}`, in the memory that was given for them.",
                method.name
            ));
            view(text, names, name, fields, &method.response);
        }
    }
    match &plan.error {
        ErrorForm::Failed => {}
        ErrorForm::Struct { name, fields } => {
            text.item();
            text.doc(format_args!("The error parameters of `{}`.", method.name));
            fixed(name, fields, &method.error, false).write(text, names);
            text.item();
            text.line(format_args!("impl nk::MethodError for {name} {{}}"));
        }
        ErrorForm::View { name, fields, .. } => {
            text.item();
            text.doc(format_args!(
                "The error parameters of `{}`, in the memory that was given for them.",
                method.name
            ));
            view(text, names, name, fields, &method.error);
            text.item();
            text.line(format_args!("impl nk::MethodError for {name}<'_> {{}}"));
        }
    }
    if let Some(out) = &plan.out {
        self::out(text, names, method, plan, out);
    }
}

fn fixed<'a>(
    name: &'a str,
    fields: &'a [String],
    message: &'a Message,
    borrows: bool,
) -> Record<'a> {
    let size = message.layout.map_or(0, |l| l.size);
    Record {
        name,
        fields,
        params: &message.params,
        size,
        borrows,
    }
}

/// A struct with public fields: a declared one, or the parameters of a direction.
pub(super) struct Record<'a> {
    pub(super) name: &'a str,
    /// The Rust names.
    pub(super) fields: &'a [String],
    pub(super) params: &'a [Field],
    pub(super) size: u64,
    pub(super) borrows: bool,
}

impl Record<'_> {
    /// The struct below its documentation, its `Wire` and its `Put`.
    pub(super) fn write(&self, text: &mut Text, names: Names<'_>) {
        let (name, size) = (self.name, self.size);
        let (declared, any) = if self.borrows {
            ("<'m>", "<'_>")
        } else {
            ("", "")
        };
        let fields = || self.params.iter().zip(self.fields);
        text.line("#[derive(Debug, Clone, Copy, PartialEq)]");
        text.block(format_args!("pub struct {name}{declared}"), |text| {
            for (param, field) in fields() {
                text.own_docs(&param.docs);
                text.typed(&format!("pub {field}"), &names.ty(&param.ty, "'m"));
            }
        });
        text.item();
        text.implementation(
            "<'m>",
            "nk::Wire<'m>",
            format_args!("{name}{declared}"),
            |text| {
                text.line(format_args!("const SIZE: usize = {size};"));
                text.block("fn read(v: nk::View<'m>) -> Self", |text| {
                    let read = |(param, field): (&Field, &String)| {
                        (
                            field.clone(),
                            Term::text(names.read("v", &param.ty, param.offset)),
                        )
                    };
                    text.term("", &Term::structure("Self", fields().map(read)), "");
                });
            },
        );
        text.item();
        text.implementation("", "nk::Put", format_args!("{name}{any}"), |text| {
            text.block(
                "fn put(&self, w: &mut nk::Writer<'_>, at: nk::At) -> nk::Stored",
                |text| {
                    for (param, field) in in_layout_order(self.params, self.fields) {
                        names.write(text, &param.ty, param.offset, &format!("self.{field}"));
                    }
                    text.line("Ok(())");
                },
            );
        });
    }
}

/// Chunks have to be stored in layout order, and handles stand first.
fn in_layout_order<'a>(params: &'a [Field], names: &'a [String]) -> Vec<(&'a Field, &'a String)> {
    let mut order: Vec<_> = params.iter().zip(names).collect();
    order.sort_by_key(|(param, _)| param.offset);
    order
}

/// A view of the caller's memory, below its documentation, with a getter for each parameter.
fn view(text: &mut Text, names: Names<'_>, name: &str, fields: &[String], message: &Message) {
    text.line("#[derive(Clone, Copy)]");
    text.term(
        "pub struct ",
        &Term::call(format_args!("{name}<'m>"), vec![Term::text("nk::View<'m>")]),
        ";",
    );
    text.item();
    text.block(format_args!("impl<'m> {name}<'m>"), |text| {
        for (param, field) in message.params.iter().zip(fields) {
            text.doc(format_args!("`{}`", param.name));
            let answer = names.ty(&param.ty, "'m");
            let signature = Signature {
                name: format!("pub fn {field}"),
                params: vec![Term::text("self")],
                answer,
            };
            text.function(&signature, |text| {
                text.line(names.read("self.0", &param.ty, param.offset));
            });
        }
    });
    text.item();
    text.implementation("<'m>", "nk::Wire<'m>", format_args!("{name}<'m>"), |text| {
        text.line(format_args!(
            "const SIZE: usize = {};",
            message.layout.map_or(0, |l| l.size)
        ));
        text.block("fn read(v: nk::View<'m>) -> Self", |text| {
            text.line("Self(v)");
        });
    });
    text.item();
    text.implementation(
        "",
        "::core::cmp::PartialEq",
        format_args!("{name}<'_>"),
        |text| {
            let other = if fields.is_empty() { "_" } else { "other" };
            text.block(
                format_args!("fn eq(&self, {other}: &Self) -> bool"),
                |text| {
                    let of = |field: &String, it: &str| format!("Self::{field}(*{it})");
                    let pairs: Vec<_> = fields
                        .iter()
                        .map(|field| (of(field, "self"), of(field, "other")))
                        .collect();
                    if pairs.is_empty() {
                        text.line("true");
                    } else {
                        text.all_equal(&pairs);
                    }
                },
            );
        },
    );
    text.item();
    text.implementation(
        "",
        "::core::fmt::Debug",
        format_args!("{name}<'_>"),
        |text| {
            text.block(
                "fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result",
                |text| {
                    let pair = |field: &String| {
                        let (name, value) = (
                            format!("\"{}\"", plain(field)),
                            format!("&Self::{field}(*self)"),
                        );
                        Term::tuple(vec![Term::text(name), Term::text(value)])
                    };
                    let pairs = Term::slice(fields.iter().map(pair).collect());
                    text.term(
                        "",
                        &Term::call(
                            "nk::debug",
                            vec![Term::text("f"), Term::text(format!("\"{name}\"")), pairs],
                        ),
                        "",
                    );
                },
            );
        },
    );
}

/// `…Out`: where results and errors of variable size go, and `…Buf`: memory that any of them fits into.
fn out(text: &mut Text, names: Names<'_>, method: &Method, plan: &MethodPlan, out: &OutPlan) {
    let (name, table) = (&out.name, &plan.table);
    if let Some(buf) = &out.buf {
        text.item();
        text.doc(format_args!("Memory for any answer of `{}`.", method.name));
        let room = Term::text(format!("nk::Buf<{{ {table}.room() }}>"));
        text.assigned(&format!("pub type {buf}"), &room);
    }
    text.item();
    text.doc(format_args!("Where the answer of `{}` goes.", method.name));
    text.term(
        "pub struct ",
        &Term::call(format_args!("{name}<'r>"), vec![Term::text("nk::Out<'r>")]),
        ";",
    );
    text.item();
    text.implementation(
        "<'r>",
        "::core::convert::From<nk::Out<'r>>",
        format_args!("{name}<'r>"),
        |text| {
            text.block("fn from(out: nk::Out<'r>) -> Self", |text| {
                text.line("Self(out)");
            });
        },
    );
    text.item();
    text.block(format_args!("impl<'r> {name}<'r>"), |text| {
        if let ResponseForm::View { name, given, .. } = &plan.response {
            text.doc(format_args!(
                "Writes the results of `{}`{}.",
                method.name,
                bounds(names, &method.response)
            ));
            let result = Term::text(format!("{name}<'r>"));
            let answer = Term::generic(
                "nk::Result",
                [result].into_iter().chain(error_argument(plan)).collect(),
            );
            writer(
                text,
                names,
                ("reply", table),
                (given, &method.response),
                answer,
            );
        }
        if let ErrorForm::View { name, given, .. } = &plan.error {
            text.doc(format_args!(
                "Writes the error parameters of `{}`{}.",
                method.name,
                bounds(names, &method.error)
            ));
            let answer = Term::generic("nk::Error", vec![Term::text(format!("{name}<'r>"))]);
            writer(text, names, ("fail", table), (given, &method.error), answer);
        }
    });
}

/// `reply` or `fail`: takes every parameter of the direction, in order.
fn writer(
    text: &mut Text,
    names: Names<'_>,
    (function, table): (&str, &str),
    (fields, message): (&[String], &Message),
    answer: Term,
) {
    let given = |(param, field): (&Field, &String)| {
        names.given(&param.ty).behind(format_args!("{field}: "))
    };
    let params = [Term::text("self")]
        .into_iter()
        .chain(message.params.iter().zip(fields).map(given))
        .collect();
    let signature = Signature {
        name: format!("pub fn {function}"),
        params,
        answer,
    };
    text.function(&signature, |text| {
        let (callee, after) = if function == "reply" {
            ("nk::Out::write", "?;")
        } else {
            ("nk::Out::fail", ";")
        };
        let arguments = ["self.0", &format!("&{table}")];
        let call = Closure {
            before: "let done = ",
            callee,
            arguments: &arguments,
            parameters: "|w, at|",
            after,
        };
        text.closure(&call, |text| {
            for (param, field) in in_layout_order(&message.params, fields) {
                names.write_given(text, &param.ty, param.offset, field);
            }
            text.line("Ok(())");
        });
        if function == "reply" {
            text.line("Ok(done)");
        } else {
            text.block("match done", |text| {
                text.line("Ok(e) => nk::Error::Method(e),");
                text.line("Err(full) => full.into(),");
            });
        }
    });
}

/// "; at most 8 `items`", where the types do not show it.
fn bounds(names: Names<'_>, message: &Message) -> String {
    let bound = |p: &Field| match names.plan.model.strip(&p.ty) {
        Type::Sequence(elem, n) if !names.is_byte(elem) => {
            Some(format!("at most {n} `{}`", p.name))
        }
        Type::Sequence(_, n) | Type::Bytes(n) | Type::String(n) => {
            Some(format!("at most {n} bytes of `{}`", p.name))
        }
        _ => None,
    };
    let all: Vec<_> = message.params.iter().filter_map(bound).collect();
    if all.is_empty() {
        String::new()
    } else {
        format!("; {}", all.join(", "))
    }
}

/// The error type of a method.
pub(super) fn error_type(plan: &MethodPlan, lifetime: &str) -> Term {
    match &plan.error {
        ErrorForm::Failed => Term::text("nk::Failed"),
        ErrorForm::Struct { name, .. } => Term::text(name),
        ErrorForm::View { name, .. } => Term::text(format!("{name}<{lifetime}>")),
    }
}
/// The error type as an argument of `nk::Result`, which has a default for it.
pub(super) fn error_argument(plan: &MethodPlan) -> Option<Term> {
    (!matches!(plan.error, ErrorForm::Failed)).then(|| error_type(plan, "'r"))
}
/// The result type of a method.
pub(super) fn result_type(
    names: Names<'_>,
    method: &Method,
    plan: &MethodPlan,
    lifetime: &str,
) -> Term {
    let one = || {
        method
            .response
            .params
            .first()
            .map(|param| names.ty(&param.ty, lifetime))
    };
    match &plan.response {
        ResponseForm::One => one().unwrap_or_else(|| Term::text("()")),
        ResponseForm::None => Term::text("()"),
        ResponseForm::Struct { name, .. } => Term::text(name),
        ResponseForm::View { name, .. } => Term::text(format!("{name}<{lifetime}>")),
    }
}
