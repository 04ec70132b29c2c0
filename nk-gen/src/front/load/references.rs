//! Lists the names of other descriptions that a description mentions.
use crate::front::find::NameSet;
use nk_grammar::syntax::{
    Component, Expr, ExprKind, Field, Idl, ItemKind, QName, SectionKind, Span, Type, TypeKind,
};

/// A mention of another description.
#[derive(Debug, Clone)]
pub(crate) struct Reference {
    /// The full name.
    pub(crate) name: String,
    /// Where it stands.
    pub(crate) span: Span,
    /// What for.
    pub(crate) role: Role,
}

/// What a description is mentioned for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// `import a.B`
    Import,
    /// The package in `a.B.Type`
    Qualified,
    /// `handle<a.B>`
    Handle,
    /// `name : a.B` in `endpoints`
    Endpoint,
    /// `security a.B`
    Security,
    /// `name : a.B` in `components`
    Instance,
    /// `name : a.B` in a section whose keyword is wrong
    Bound,
}

impl Role {
    /// The set that the name is looked up in.
    pub(crate) const fn set(self) -> NameSet {
        match self {
            Self::Import | Self::Qualified | Self::Handle | Self::Endpoint | Self::Security => {
                NameSet::Package
            }
            Self::Instance | Self::Bound => NameSet::Component,
        }
    }
    /// Whether the user cannot be understood before what it mentions: layouts
    /// and numbers need it. A `handle<>` and an endpoint only name an
    /// interface, so that two interfaces may hand out handles to each other.
    pub(crate) const fn comes_first(self) -> bool {
        matches!(self, Self::Import | Self::Qualified | Self::Instance)
    }
    /// What is looked for, in words.
    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::Import | Self::Qualified => "package",
            Self::Handle | Self::Endpoint | Self::Security => "interface",
            Self::Instance => "component",
            Self::Bound => "interface or component",
        }
    }
}

/// What an IDL file mentions.
pub(crate) fn of_idl(idl: &Idl) -> Vec<Reference> {
    let mut found = Mentions {
        own: &idl.package.text,
        references: Vec::new(),
    };
    for import in &idl.imports {
        found.add(&import.text, import.span, Role::Import);
    }
    for item in &idl.items {
        match &item.kind {
            ItemKind::Const { ty, value } => {
                found.qualified(ty);
                found.expr(value);
            }
            ItemKind::Typedef(ty) => found.ty(ty),
            ItemKind::Struct(fields) | ItemKind::Union(fields) => found.fields(fields),
        }
    }
    let methods = idl
        .interfaces
        .iter()
        .flat_map(|interface| &interface.methods);
    methods
        .flat_map(|method| &method.params)
        .for_each(|param| found.ty(&param.ty));
    found.references
}

/// What a CDL or EDL file mentions.
pub(crate) fn of_component(component: &Component) -> Vec<Reference> {
    let mut references = Vec::new();
    let mut add = |target: &QName, role| {
        references.push(Reference {
            name: target.text.clone(),
            span: target.span,
            role,
        });
    };
    for section in &component.sections {
        match &section.kind {
            SectionKind::Security(target) => add(target, Role::Security),
            SectionKind::Endpoints { bindings, .. } => {
                for binding in bindings {
                    add(&binding.target, Role::Endpoint);
                }
            }
            SectionKind::Components(bindings) => {
                for binding in bindings {
                    add(&binding.target, Role::Instance);
                }
            }
            SectionKind::Unknown(bindings) => {
                for binding in bindings {
                    add(&binding.target, Role::Bound);
                }
            }
        }
    }
    references
}

/// Splits `a.B.Type` into package and item; `None` for a name without dots.
pub(crate) fn split(name: &str) -> Option<(&str, &str)> {
    name.rsplit_once('.')
}

struct Mentions<'t> {
    own: &'t str,
    references: Vec<Reference>,
}

impl Mentions<'_> {
    fn add(&mut self, name: &str, span: Span, role: Role) {
        self.references.push(Reference {
            name: name.to_owned(),
            span,
            role,
        });
    }

    fn qualified(&mut self, name: &QName) {
        if let Some((package, _)) = split(&name.text)
            && package != self.own
        {
            self.add(package, name.span, Role::Qualified);
        }
    }

    fn fields(&mut self, fields: &[Field]) {
        for field in fields {
            self.ty(&field.ty);
        }
    }

    /// Recursion here and below is bounded: the parser refuses text that nests
    /// deeper than 64.
    fn ty(&mut self, ty: &Type) {
        match &ty.kind {
            TypeKind::Named(name) => self.qualified(name),
            TypeKind::Array(element, size) | TypeKind::Sequence(element, size) => {
                self.ty(element);
                self.expr(size);
            }
            TypeKind::Bytes(size) | TypeKind::String(size) => self.expr(size),
            TypeKind::Handle(interface) => self.add(&interface.text, interface.span, Role::Handle),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Int(_) => {}
            ExprKind::Name(name) => self.qualified(name),
            ExprKind::Unary(_, operand) => self.expr(operand),
            ExprKind::Chain(first, rest) => {
                self.expr(first);
                for (_, operand) in rest {
                    self.expr(operand);
                }
            }
            ExprKind::Power(base, exponent) => {
                self.expr(base);
                self.expr(exponent);
            }
        }
    }
}
