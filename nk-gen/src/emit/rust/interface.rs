//! One interface: the trait for both sides, the proxy, the request and response enums, the dispatcher.
use super::messages::{error_argument, error_type, messages, result_type};
use super::plan::{ErrorForm, InterfacePlan, MethodPlan, RequestForm, ResponseForm};
use super::text::{Signature, Term, Text};
use super::types::Names;
use super::{Section, Sections};
use crate::model::{Interface, Method, Package};

type Methods<'a> = [(&'a Method, &'a MethodPlan)];

/// Everything of an interface but its tables, as far as the sections ask for it.
pub(super) fn interface(
    text: &mut Text,
    names: Names<'_>,
    (package, interface): (&Package, &Interface),
    plan: &InterfacePlan,
    sections: &Sections,
) {
    let methods: Vec<_> = interface.methods.iter().zip(&plan.methods).collect();
    // the trait's documentation links to the proxy, if there is one
    let client = sections.has(Section::Client);
    text.item();
    let proxies = if client {
        format!("[`{}`]", plan.proxy)
    } else {
        "proxies".to_owned()
    };
    let generated = format!(
        "`{}`: implemented by servers, by {proxies} and by mocks.",
        package.name
    );
    text.docs(
        if interface.docs.is_empty() {
            &package.docs
        } else {
            &interface.docs
        },
        &generated,
    );
    trait_(text, names, plan, &methods);
    if client {
        proxy(text, names, plan, &methods);
    }
    request(text, names, plan, &methods);
    response(text, names, plan, &methods);
    if sections.has(Section::Server) {
        dispatch(text, plan, &methods);
    }
    for (method, plan) in methods {
        messages(text, names, method, plan);
    }
}

/// `fn open(&mut self, name: &str) -> nk::Result<u32>`
fn signature(names: Names<'_>, method: &Method, plan: &MethodPlan) -> Signature {
    let inputs = method.request.params.iter().zip(&plan.inputs);
    let inputs =
        inputs.map(|(param, name)| names.param(&param.ty).behind(format_args!("{name}: ")));
    let out = plan
        .out
        .as_ref()
        .map(|out| Term::text(format!("{}: {}<'r>", out.param, out.name)));
    let lifetime = if out.is_some() { "<'r>" } else { "" };
    let result = result_type(names, method, plan, "'r");
    Signature {
        name: format!("fn {}{lifetime}", plan.function),
        params: [Term::text("&mut self")]
            .into_iter()
            .chain(inputs)
            .chain(out)
            .collect(),
        answer: Term::generic(
            "nk::Result",
            [result].into_iter().chain(error_argument(plan)).collect(),
        ),
    }
}

/// The trait below its documentation, and its implementation for references.
fn trait_(text: &mut Text, names: Names<'_>, plan: &InterfacePlan, methods: &Methods<'_>) {
    let name = &plan.trait_;
    text.block(format_args!("pub trait {name}"), |text| {
        for (method, plan) in methods {
            text.docs(&method.docs, &format!("`{}`", method.name));
            text.declaration(&signature(names, method, plan));
        }
    });
    text.item();
    let generics = format!("<T_: {name} + ?::core::marker::Sized>");
    text.implementation(&generics, name, "&mut T_", |text| {
        for (method, plan) in methods {
            text.function(&signature(names, method, plan), |text| {
                let arguments = plan
                    .inputs
                    .iter()
                    .chain(plan.out.as_ref().map(|out| &out.param));
                let arguments = [Term::text("*self")]
                    .into_iter()
                    .chain(arguments.map(Term::text))
                    .collect();
                text.term(
                    "",
                    &Term::call(format_args!("T_::{}", plan.function), arguments),
                    "",
                );
            });
        }
    });
}

fn proxy(text: &mut Text, names: Names<'_>, plan: &InterfacePlan, methods: &Methods<'_>) {
    let (name, interface) = (&plan.proxy, &plan.table);
    text.item();
    text.doc("The client's side of an endpoint.");
    text.line("#[derive(Debug, Clone, Copy)]");
    text.line(format_args!("pub struct {name}<T_>(nk::Peer<T_>);"));
    text.item();
    text.block(format_args!("impl<T_: nk::Transport> {name}<T_>"), |text| {
        text.doc("The endpoint `iid` at the other end of `transport`.");
        text.block(
            "pub const fn new(transport: T_, iid: nk::Riid) -> Self",
            |text| {
                text.line("Self(nk::Peer::new(transport, iid))");
            },
        );
    });
    text.item();
    text.implementation(
        "<T_: nk::Transport>",
        &plan.trait_,
        format_args!("{name}<T_>"),
        |text| {
            for (method, plan) in methods {
                text.function(&signature(names, method, plan), |text| {
                    call(text, interface, plan);
                });
            }
        },
    );
}

/// The body of a proxy's method.
fn call(text: &mut Text, interface: &str, plan: &MethodPlan) {
    let request = match &plan.request {
        RequestForm::None => "&()".to_owned(),
        RequestForm::One => format!(
            "&nk::One({})",
            plan.inputs.first().map_or("", String::as_str)
        ),
        RequestForm::Struct { name, .. } => {
            let fields = plan
                .inputs
                .iter()
                .map(|input| (input.clone(), Term::text(input)));
            text.assigned("let q", &Term::structure(name, fields));
            "&q".to_owned()
        }
    };
    let room = match &plan.out {
        Some(out) => format!("{}.0.room()", out.param),
        None => format!("&mut [0; {}.room()]", plan.table),
    };
    let one = if matches!(plan.response, ResponseForm::One) {
        "_one"
    } else {
        ""
    };
    let arguments = [
        "&mut self.0".to_owned(),
        format!("&{interface}"),
        format!("&{}", plan.table),
        request,
        room,
    ];
    text.term(
        "",
        &Term::call(
            format_args!("nk::Peer::call{one}"),
            arguments.map(Term::text).into(),
        ),
        "",
    );
}

fn request(text: &mut Text, names: Names<'_>, plan: &InterfacePlan, methods: &Methods<'_>) {
    let variant = |(method, plan): &(&Method, &MethodPlan)| match &plan.request {
        RequestForm::None => Term::text(&plan.variant),
        RequestForm::One => Term::call(
            &plan.variant,
            method
                .request
                .params
                .iter()
                .map(|one| names.ty(&one.ty, "'m"))
                .collect(),
        ),
        RequestForm::Struct { name, borrows } => Term::call(
            &plan.variant,
            vec![Term::text(format!(
                "{name}{}",
                if *borrows { "<'m>" } else { "" }
            ))],
        ),
    };
    let value = |(method, plan): &(&Method, &MethodPlan)| {
        let read = match &plan.request {
            RequestForm::None => return Term::text(format!("Self::{}", plan.variant)),
            RequestForm::One => method
                .request
                .params
                .iter()
                .map(|one| names.read("v", &one.ty, one.offset))
                .collect(),
            RequestForm::Struct { .. } => "v.get(0)".to_owned(),
        };
        Term::call(
            format_args!("Self::{}", plan.variant),
            vec![Term::text(read)],
        )
    };
    let any = Any {
        name: &plan.request,
        borrows: plan.request_borrows,
        what: "request",
    };
    any.declare(text, "this interface", methods.iter().map(variant));
    any.read(
        text,
        "this interface",
        &plan.table,
        methods.iter().map(value),
        |text| {
            if methods
                .iter()
                .any(|(_, plan)| !matches!(plan.request, RequestForm::None))
            {
                text.line("let v = m.view();");
            }
        },
    );
}

fn response(text: &mut Text, names: Names<'_>, plan: &InterfacePlan, methods: &Methods<'_>) {
    let variant = |(method, plan): &(&Method, &MethodPlan)| {
        let (result, error) = (
            result_type(names, method, plan, "'m"),
            error_type(plan, "'m"),
        );
        Term::call(
            &plan.variant,
            vec![Term::generic("nk::Answer", vec![result, error])],
        )
    };
    let value = |(_, plan): &(&Method, &MethodPlan)| {
        let read = if matches!(plan.response, ResponseForm::One) {
            "m.answer_one()"
        } else {
            "m.answer()"
        };
        Term::call(
            format_args!("Self::{}", plan.variant),
            vec![Term::text(read)],
        )
    };
    let any = Any {
        name: &plan.response,
        borrows: plan.response_borrows,
        what: "response",
    };
    any.declare(text, "this interface", methods.iter().map(variant));
    any.read(
        text,
        "this interface",
        &plan.table,
        methods.iter().map(value),
        |_| {},
    );
}

/// The enum over all requests or all responses of an interface.
struct Any<'a> {
    name: &'a str,
    borrows: bool,
    what: &'a str,
}

impl Any<'_> {
    fn generics(&self) -> &'static str {
        if self.borrows { "<'m>" } else { "" }
    }
    fn declare(&self, text: &mut Text, of: &str, variants: impl Iterator<Item = Term>) {
        enumeration(
            text,
            &format!("Any {} of {of}.", self.what),
            (self.name, self.borrows),
            variants,
        );
    }
    /// `read`: the arms are the methods in MID order.
    fn read(
        &self,
        text: &mut Text,
        of: &str,
        table: &str,
        arms: impl Iterator<Item = Term>,
        before: impl FnOnce(&mut Text),
    ) {
        let Self { name, what, .. } = self;
        let (generics, lifetime) = (self.generics(), if self.borrows { "'m" } else { "'_" });
        let wrong = if *what == "request" { "!=" } else { "==" };
        text.item();
        text.block(format_args!("impl{generics} {name}{generics}"), |text| {
            text.doc(format_args!(
                "`None` if the message is not a {what} of {of}."
            ));
            let head = format!(
                "pub fn read(m: &nk::Verified<{lifetime}>) -> ::core::option::Option<Self>"
            );
            text.block(head, |text| {
                let wrong = format!("if m.kind() {wrong} nk::Kind::Request || !m.is_of(&{table})");
                text.block(wrong, |text| text.line("return None;"));
                before(text);
                text.line("Some(match m.header().mid.0 {");
                text.inside(|text| {
                    arms.enumerate()
                        .for_each(|(mid, value)| text.arm(mid, &value));
                    text.line("_ => return None,");
                });
                text.line("})");
            });
        });
    }
}

/// An enum with one unnamed value in each variant.
pub(super) fn enumeration(
    text: &mut Text,
    lead: &str,
    (name, borrows): (&str, bool),
    variants: impl Iterator<Item = Term>,
) {
    text.item();
    text.doc(lead);
    text.line("#[derive(Debug, Clone, Copy, PartialEq)]");
    text.block(
        format_args!("pub enum {name}{}", if borrows { "<'m>" } else { "" }),
        |text| {
            variants.for_each(|variant| text.term("", &variant, ","));
        },
    );
}

fn dispatch(text: &mut Text, plan: &InterfacePlan, methods: &Methods<'_>) {
    let request = &plan.request;
    text.item();
    text.doc(
        "Handles a request to endpoint `iid`; any other RIID and any unknown MID is `ENOENT` and touches nothing.",
    );
    let params = [
        "imp: &mut I_",
        "iid: nk::Riid",
        "req: &nk::Verified<'_>",
        "room: &mut [u8]",
    ];
    let signature = Signature {
        name: format!(
            "pub fn {}<I_: {} + ?::core::marker::Sized>",
            plan.dispatch, plan.trait_
        ),
        params: params.map(Term::text).into(),
        answer: Term::text("nk::Written"),
    };
    text.function(&signature, |text| {
        if methods.is_empty() {
            text.line("let _ = (imp, room);");
        }
        text.block("if req.header().iid != iid", |text| {
            text.line("return Err(nk::NkErr::ENOENT);");
        });
        text.block(format_args!("match {request}::read(req)"), |text| {
            for (_, plan) in methods {
                handled(text, request, plan);
            }
            text.line("None => Err(nk::NkErr::ENOENT),");
        });
    });
}

/// The arm of one method: calls the implementation and turns what it answered into a response.
fn handled(text: &mut Text, request: &str, plan: &MethodPlan) {
    let variant = &plan.variant;
    let (pattern, inputs): (_, Vec<_>) = match &plan.request {
        RequestForm::None => (format!("Some({request}::{variant})"), Vec::new()),
        RequestForm::One => (
            format!("Some({request}::{variant}(q))"),
            vec!["q".to_owned()],
        ),
        RequestForm::Struct { .. } => {
            let fields = plan.inputs.iter().map(|input| format!("q.{input}"));
            (format!("Some({request}::{variant}(q))"), fields.collect())
        }
    };
    let out = plan
        .out
        .is_some()
        .then(|| "nk::Out::fresh(room).into()".to_owned());
    let arguments = ["imp".to_owned()]
        .into_iter()
        .chain(inputs)
        .chain(out)
        .map(Term::text)
        .collect();
    let call = Term::call(format_args!("I_::{}", plan.function), arguments);
    if plan.out.is_none() {
        let one = if matches!(plan.response, ResponseForm::One) {
            "_one"
        } else {
            ""
        };
        let arguments = vec![Term::text("req"), Term::text("room"), call];
        return text.arm(
            pattern,
            &Term::call(format_args!("nk::reply{one}"), arguments),
        );
    }
    text.block(format_args!("{pattern} =>"), |text| {
        text.assigned("let done", &call);
        written(text, plan);
    });
}

/// Ends the dispatch of a method that writes its answer into the room itself, at least in one direction.
fn written(text: &mut Text, plan: &MethodPlan) {
    let view = matches!(plan.response, ResponseForm::View { .. });
    if view && !matches!(plan.error, ErrorForm::View { .. }) {
        text.line("let done = done.map(|r| r.0.message_len());");
        return text.line("nk::reply_written(req, room, done)");
    }
    text.line(match plan.response {
        ResponseForm::View { .. } => {
            "let done = done.map(|r| nk::Reply::<()>::Written(r.0.message_len()));"
        }
        ResponseForm::One => "let done = done.map(|r| nk::Reply::Value(nk::One(r)));",
        ResponseForm::None | ResponseForm::Struct { .. } => {
            "let done = done.map(nk::Reply::Value);"
        }
    });
    text.line("let done = done.map_err(|e| e.map_method(|e| e.0.message_len()));");
    text.line("nk::answer_written(req, room, done)");
}
