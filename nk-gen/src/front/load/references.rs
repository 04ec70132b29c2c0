//! Lists the names of other descriptions that a description mentions.
//!
//! This is what makes loading transitive: whatever is listed here is looked
//! for, loaded, and put before its user where [`Role::comes_first`] says so.
//! Names without dots are not listed; they belong to the package itself or to
//! one of its imports.
use crate::front::find::NameSet;
use nk_grammar::syntax::{
    Binding, Component, Expr, ExprKind, Idl, ItemKind, QName, Section, SectionKind, Span, Type,
    TypeKind,
};

/// A mention of another description.
#[derive(Debug, Clone)]
pub(crate) struct Reference {
    /// The full name.
    pub(crate) name: String,
    /// Where it stands.
    ///
    /// The whole dotted name, where a finding about it is shown.
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
    ///
    /// It may be an interface or a component; whatever it is, it is loaded, so
    /// that its own mistakes are shown in the same run.
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
    ///
    /// It begins the message of E103: ``interface `a.B` was not found``.
    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::Import | Self::Qualified => "package",
            Self::Handle | Self::Endpoint | Self::Security => "interface",
            Self::Instance => "component",
            Self::Bound => "interface or component",
        }
    }
}

/// What an IDL file mentions: its imports first, then its items in order, then
/// the parameters of its methods.
pub(crate) fn of_idl(idl: &Idl) -> Vec<Reference> {
    let mut found = Mentions {
        own: &idl.package.text,
        references: Vec::new(),
    };
    for import in &idl.imports {
        found.add(&import.text, import.span, Role::Import);
    }
    for item in &idl.items {
        found.item(&item.kind);
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

/// What a CDL or EDL file mentions, in the order of its sections.
pub(crate) fn of_component(component: &Component) -> Vec<Reference> {
    let mentions = |section: &Section| match &section.kind {
        SectionKind::Security(target) => vec![bound(target, Role::Security)],
        SectionKind::Endpoints { bindings, .. } => targets(bindings, Role::Endpoint),
        SectionKind::Components(bindings) => targets(bindings, Role::Instance),
        SectionKind::Unknown(bindings) => targets(bindings, Role::Bound),
    };
    component.sections.iter().flat_map(mentions).collect()
}

/// The right-hand sides of bindings, `name : target`.
fn targets(bindings: &[Binding], role: Role) -> Vec<Reference> {
    bindings
        .iter()
        .map(|binding| bound(&binding.target, role))
        .collect()
}

/// A mention of the whole of a dotted name.
fn bound(target: &QName, role: Role) -> Reference {
    Reference {
        name: target.text.clone(),
        span: target.span,
        role,
    }
}

/// Splits `a.B.Type` into package and item; `None` for a name without dots.
pub(crate) fn split(name: &str) -> Option<(&str, &str)> {
    name.rsplit_once('.')
}

/// Collects the mentions of one IDL file.
struct Mentions<'t> {
    /// The name of the package: `own.Type` inside it mentions nothing else.
    own: &'t str,
    /// What was found so far.
    references: Vec<Reference>,
}

impl Mentions<'_> {
    /// Notes a mention.
    fn add(&mut self, name: &str, span: Span, role: Role) {
        self.references.push(Reference {
            name: name.to_owned(),
            span,
            role,
        });
    }

    /// Notes the package of a dotted name of a type or constant.
    fn qualified(&mut self, name: &QName) {
        if let Some((package, _)) = split(&name.text)
            && package != self.own
        {
            self.add(package, name.span, Role::Qualified);
        }
    }

    /// What a constant or a type declaration mentions.
    fn item(&mut self, kind: &ItemKind) {
        match kind {
            ItemKind::Const { ty, value } => {
                self.qualified(ty);
                self.expr(value);
            }
            ItemKind::Typedef(ty) => self.ty(ty),
            ItemKind::Struct(fields) | ItemKind::Union(fields) => {
                for field in fields {
                    self.ty(&field.ty);
                }
            }
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

    /// Notes the packages of the constants in a size or value.
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
