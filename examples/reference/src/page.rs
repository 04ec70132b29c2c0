//! The page: process classes and components first, then the packages with their methods and types.
use crate::markdown::{Page, cell, code, escaped, link, prose};
use crate::model::{
    Component, Field, Layout, Message, Method, Model, Package, Type, TypeDef, TypeDefKind, TypeKind,
};

/// The reference of a model.
pub(crate) fn page(model: &Model) -> String {
    let mut page = Page::default();
    page.heading(1, "top", "API reference");
    page.paragraph(&format!(
        "Made from the output of `{}`. Sizes and offsets are in bytes; a message is its constant part, which begins with a \
         header of 24 bytes, and its arena.",
        model.generator
    ));
    contents(&mut page, model);
    for component in classes_first(model) {
        of_component(&mut page, component);
    }
    for package in &model.packages {
        of_package(&mut page, package);
    }
    page.text()
}

fn classes_first(model: &Model) -> impl Iterator<Item = &Component> {
    let of_kind = |kind: &'static str| {
        model
            .components
            .iter()
            .filter(move |component| component.kind == kind)
    };
    of_kind("process_class").chain(of_kind("component"))
}

fn contents(page: &mut Page, model: &Model) {
    let components = classes_first(model).map(|component| {
        let endpoints = component.endpoints.as_ref().map_or(0, Vec::len);
        [
            link(&component.name, &component.id),
            word(&component.kind).to_owned(),
            count(endpoints, "endpoint"),
        ]
    });
    let packages = model.packages.iter().map(|package| {
        let methods = package
            .interface
            .as_ref()
            .map_or(0, |interface| interface.methods.len());
        let counts = [
            (methods, "method"),
            (package.types.len(), "type"),
            (package.constants.len(), "constant"),
        ];
        let what: Vec<String> = counts
            .into_iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, word)| count(n, word))
            .collect();
        [
            link(&package.name, &package.id),
            "package".to_owned(),
            what.join(", "),
        ]
    });
    page.table(
        ["name", "kind", "holds"],
        components.chain(packages).collect(),
    );
}

fn count(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}

fn word(kind: &str) -> &str {
    if kind == "process_class" {
        "process class"
    } else {
        kind
    }
}

fn of_component(page: &mut Page, component: &Component) {
    page.heading(
        2,
        &component.id,
        &format!("{} {}", word(&component.kind), code(&component.name)),
    );
    page.paragraph(&prose(&component.docs));
    if let Some(security) = &component.security {
        page.paragraph(&format!("Security interface: {}.", reference(security)));
    }
    let instances = component.instances.iter();
    let instances = instances.map(|i| [code(&i.name), reference(&i.component), cell(&i.docs)]);
    page.table(["instance", "component", ""], instances.collect());
    match &component.endpoints {
        None => {
            page.paragraph("Its endpoints are not known: an embedded component was not described.");
        }
        Some(endpoints) => {
            let rows = endpoints.iter().map(|endpoint| {
                [
                    endpoint.riid.to_string(),
                    code(&endpoint.name),
                    code(&endpoint.alias),
                    reference(&endpoint.interface),
                ]
            });
            page.table(
                ["RIID", "endpoint", "also called", "interface"],
                rows.collect(),
            );
        }
    }
    if let Some(b) = &component.bounds {
        let (request, response) = (
            b.request_size + b.request_arena_padded,
            b.response_size + b.response_arena_padded,
        );
        page.paragraph(&format!(
            "Any request fits into {request} bytes, any response into {response}."
        ));
    }
    of_digest(page, component.digest.as_deref());
}

fn of_digest(page: &mut Page, digest: Option<&str>) {
    if let Some(digest) = digest {
        page.paragraph(&format!("Digest {}.", code(digest)));
    }
}

fn of_package(page: &mut Page, package: &Package) {
    page.heading(2, &package.id, &format!("package {}", code(&package.name)));
    page.paragraph(&prose(&package.docs));
    let imports: Vec<String> = package
        .imports
        .iter()
        .map(|import| reference(import))
        .collect();
    let uses = if imports.is_empty() {
        String::new()
    } else {
        format!(" It uses {}.", imports.join(", "))
    };
    page.paragraph(&format!("Declared in {}.{uses}", code(&package.place.file)));
    let constants = package.constants.iter();
    let constants = constants.map(|c| {
        [
            anchored(&c.id, &c.name),
            ty(&c.ty),
            code(&c.value),
            cell(&c.docs),
        ]
    });
    page.table(["constant", "type", "value", ""], constants.collect());
    if let Some(interface) = &package.interface {
        page.paragraph(&prose(&interface.docs));
        for method in &interface.methods {
            of_method(page, method);
        }
        of_digest(page, package.digest.as_deref());
    }
    for declared in &package.types {
        of_type(page, declared);
    }
}

/// A name that links can lead to.
fn anchored(id: &str, name: &str) -> String {
    format!(
        "<a id=\"{}\"></a>{}",
        id.replace([':', '#'], "-"),
        code(name)
    )
}

fn of_method(page: &mut Page, method: &Method) {
    page.heading(
        3,
        &method.id,
        &format!("{} = {}", code(&method.name), method.mid),
    );
    page.paragraph(&prose(&method.docs));
    page.paragraph(&format!("{}:{}", method.place.file, method.place.line));
    for (direction, message) in [
        ("Request", &method.request),
        ("Response", &method.response),
        ("Error", &method.error),
    ] {
        page.paragraph(&format!("**{direction}**: {}", size(message)));
        // in the order in which they stand in the message
        let mut params: Vec<&Field> = message.params.iter().collect();
        params.sort_by_key(|param| param.offset);
        fields(
            page,
            ["offset", "size", "parameter", "type", ""],
            params.into_iter(),
            |field, _| offset(field),
        );
    }
}

fn size(message: &Message) -> String {
    let Some(layout) = &message.layout else {
        return "not known, something in it was not described.".to_owned();
    };
    let handles = match message.handles {
        0 => String::new(),
        n => format!(", {}", count(n.into(), "handle")),
    };
    let arena = match layout.arena_padded {
        0 => String::new(),
        n => format!(", and an arena of up to {n}"),
    };
    format!("{} bytes{handles}{arena}.", layout.size)
}

fn offset(field: &Field) -> String {
    field
        .offset
        .map_or_else(|| "?".to_owned(), |offset| offset.to_string())
}

/// A table of fields; the first column is `first` of each and its position.
fn fields<'m>(
    page: &mut Page,
    head: [&str; 5],
    fields: impl Iterator<Item = &'m Field>,
    first: impl Fn(&Field, usize) -> String,
) {
    let rows = fields.enumerate().map(|(position, field)| {
        let size = field
            .ty
            .size
            .map_or_else(|| "?".to_owned(), |size| size.to_string());
        [
            first(field, position),
            size,
            code(&field.name),
            ty(&field.ty),
            cell(&field.docs),
        ]
    });
    page.table(head, rows.collect());
}

fn of_type(page: &mut Page, declared: &TypeDef) {
    let kind = match &declared.kind {
        TypeDefKind::Alias { .. } => "typedef",
        TypeDefKind::Struct { .. } => "struct",
        TypeDefKind::Union { .. } => "union",
    };
    page.heading(3, &declared.id, &format!("{kind} {}", code(&declared.name)));
    page.paragraph(&prose(&declared.docs));
    let layout = declared
        .layout
        .as_ref()
        .map_or_else(|| "Its size is not known.".to_owned(), of_layout);
    page.paragraph(&format!(
        "{layout} {}:{}",
        declared.place.file, declared.place.line
    ));
    match &declared.kind {
        TypeDefKind::Alias { target } => page.paragraph(&format!("The same as {}.", ty(target))),
        TypeDefKind::Struct { fields: list } => {
            fields(
                page,
                ["offset", "size", "field", "type", ""],
                list.iter(),
                |field, _| offset(field),
            );
        }
        TypeDefKind::Union { variants } => {
            if let Some(at) = variants.first().and_then(|variant| variant.offset) {
                page.paragraph(&format!(
                    "The tag is a number of 4 bytes at 0, the variant stands at {at}."
                ));
            }
            fields(
                page,
                ["tag", "size", "variant", "type", ""],
                variants.iter(),
                |_, tag| tag.to_string(),
            );
        }
    }
}

fn of_layout(layout: &Layout) -> String {
    let arena = if layout.arena_padded == 0 {
        String::new()
    } else {
        format!(", arena up to {}", layout.arena_padded)
    };
    format!("{} bytes, aligned to {}{arena}.", layout.size, layout.align)
}

/// A type with links to what is declared.
fn ty(of: &Type) -> String {
    match &of.kind {
        TypeKind::Named { id } => reference(id),
        TypeKind::Sequence { max, element } => format!("sequence\\<{}, {max}\\>", ty(element)),
        TypeKind::Array { count, element } => format!("array\\<{}, {count}\\>", ty(element)),
        TypeKind::Handle {
            interface: Some(interface),
        } => format!("handle\\<{}\\>", reference(interface)),
        TypeKind::Handle { interface: None } | TypeKind::Other => escaped(&of.text),
    }
}

/// A link to what an id stands for, by the last part of its name; plain text for what was not described.
fn reference(id: &str) -> String {
    let (kind, name) = id.split_once(':').unwrap_or(("", id));
    let short = name.rsplit('#').next().unwrap_or(name);
    if kind == "external" {
        escaped(short)
    } else {
        link(&escaped(short), id)
    }
}
