//! Resolves the declared types of every package (E106, E201…E207). Source:
//! `docs/languages.md` §5.3.
//!
//! A declared type becomes a [`TypeDef`] at the position that its name has in
//! [`Names`]; a wrong part of it becomes [`Type::Wrong`], and the rest of it is
//! kept. Sizes are numbers from here on.
use super::constants::Constants;
use super::duplicates::duplicates;
use super::expression::NoValue;
use super::names::{Meaning, Names};
use crate::front::find::NameSet;
use crate::front::load::{Program, Reach, Unit};
use crate::model::{
    ExternalUse, Field, Model, Package, PackageId, Target, Type, TypeDef, TypeDefKind,
};
use crate::options::limits::raise;
use crate::text::codes::Code;
use crate::text::diagnostic::Findings;
use crate::text::diagnostic::{Diagnostic, Place};
use nk_grammar::Noun;
use nk_grammar::syntax::{self as tree, Expr, Idl, Item, ItemKind, TypeKind};

/// What resolving needs to know: all names, all constants, and which package is
/// being read.
pub(crate) struct Context<'c> {
    /// All descriptions.
    pub(crate) program: &'c Program,
    /// What names mean.
    pub(crate) names: &'c Names,
    /// What constants are worth.
    ///
    /// Evaluated before, because sizes use them.
    pub(crate) constants: &'c Constants,
    /// The position of the package.
    pub(crate) position: usize,
    /// External names that the package needs.
    ///
    /// Moved into the model when the package is done.
    pub(crate) externals: Vec<ExternalUse>,
}

/// Makes the packages of the model with their types; interfaces follow in
/// [`super::methods`].
///
/// The model has one package for each unit of the program, at the same
/// position.
pub(crate) fn resolve(
    program: &Program,
    names: &Names,
    constants: &Constants,
    findings: &mut Findings,
) -> Model {
    let pointer_width = program.options.pointer_width;
    let mut model = Model {
        pointer_width,
        ..Model::default()
    };
    for position in 0..program.packages.len() {
        let externals = Vec::new();
        let mut context = Context {
            program,
            names,
            constants,
            position,
            externals,
        };
        model.packages.push(context.package(findings));
        model.externals.append(&mut context.externals);
    }
    model
}

/// The packages that a file imports, those without a description by name.
fn imports(program: &Program, unit: &Unit<Idl>) -> Vec<Target<PackageId>> {
    let target = |import: &tree::QName| match program.reach(NameSet::Package, &import.text) {
        Reach::Known(position) => Target::Known(PackageId::at(position)),
        Reach::External | Reach::Broken => Target::External(import.text.clone()),
    };
    unit.tree.imports.iter().map(target).collect()
}

/// E205: a struct or union without members has no size.
fn empty(what: &str, name: &str, place: Place) -> Diagnostic {
    let message = format!("{what} `{name}` is empty");
    Diagnostic::new(Code::BAD_MEMBERS, message, place)
        .help(format!("a {what} needs at least one member"))
}

/// E010: more members than the limit `fields`.
fn too_many_members(what: &str, name: &str, (count, most): (usize, u64), at: Place) -> Diagnostic {
    let message = format!("{what} `{name}` has {count} members, limit {most}");
    let help = format!(
        "put some of them into a {what} of their own, or {}",
        raise("fields")
    );
    Diagnostic::new(Code::DECLARATION_TOO_LARGE, message, at).help(help)
}

/// A package that is used as an interface, and has none (E107, E207).
pub(super) fn no_interface(
    code: Code,
    name: &str,
    place: Place,
    package: &Unit<Idl>,
) -> Diagnostic {
    let message = format!("package `{name}` has no interface");
    let declared = package.at(package.name.span);
    Diagnostic::new(code, message, place).other(declared, "declared here without `interface`")
}

impl Context<'_> {
    /// The package that is being read.
    pub(super) fn unit(&self) -> &Unit<Idl> {
        &self.program.packages[self.position]
    }

    /// The package with its constants and types, without its interface.
    fn package(&mut self, findings: &mut Findings) -> Package {
        let unit = &self.program.packages[self.position];
        let items = unit.tree.items.iter();
        let types = items
            .filter_map(|item| self.definition(item, findings))
            .collect();
        self.external_constants();
        Package {
            name: unit.name.text.clone(),
            place: unit.at(unit.name.span),
            docs: unit.tree.docs.clone(),
            imports: imports(self.program, unit),
            constants: self.constants.0[self.position]
                .iter()
                .flatten()
                .cloned()
                .collect(),
            types,
            interface: None,
            digest: None,
        }
    }

    /// A declared type; `None` for a constant.
    fn definition(&mut self, item: &Item, findings: &mut Findings) -> Option<TypeDef> {
        let kind = match &item.kind {
            ItemKind::Const { .. } => return None,
            ItemKind::Typedef(ty) => TypeDefKind::Alias(self.ty(ty, findings)),
            ItemKind::Struct(fields) => {
                TypeDefKind::Struct(self.fields(item, "struct", fields, findings))
            }
            ItemKind::Union(variants) => {
                TypeDefKind::Union(self.fields(item, "union", variants, findings))
            }
        };
        let (name, docs) = (item.name.text.clone(), item.docs.clone());
        let place = self.unit().at(item.name.span);
        Some(TypeDef {
            name,
            docs,
            place,
            kind,
            layout: None,
        })
    }

    /// The fields of a struct or the variants of a union: at least one, no two
    /// of one name (E205), not too many (E010). Of too many none is kept, so
    /// that no later pass has to do with them.
    fn fields(
        &mut self,
        item: &Item,
        what: &str,
        fields: &[tree::Field],
        findings: &mut Findings,
    ) -> Vec<Field> {
        let place = self.unit().at(item.name.span);
        if fields.is_empty() {
            findings.push(empty(what, &item.name.text, place));
        }
        let most = self.program.options.limits.fields;
        if fields.len() as u64 > most {
            findings.push(too_many_members(
                what,
                &item.name.text,
                (fields.len(), most),
                place,
            ));
            return Vec::new();
        }
        let (file, names) = (self.unit().file, fields.iter().map(|field| &field.name));
        findings.extend(duplicates(Code::BAD_MEMBERS, "the member", file, names));
        fields
            .iter()
            .map(|field| self.field(field, findings))
            .collect()
    }

    /// One field or variant; its offset is known after layout.
    fn field(&mut self, field: &tree::Field, findings: &mut Findings) -> Field {
        Field {
            name: field.name.text.clone(),
            docs: field.docs.clone(),
            place: self.unit().at(field.name.span),
            ty: self.ty(&field.ty, findings),
            offset: 0,
        }
    }

    /// A type expression. Recursion is bounded: the parser refuses text that
    /// nests deeper than 64.
    pub(crate) fn ty(&mut self, ty: &tree::Type, findings: &mut Findings) -> Type {
        match &ty.kind {
            TypeKind::Named(name) => self.named(name, findings),
            TypeKind::Array(element, size) => {
                let element = Box::new(self.ty(element, findings));
                self.sized(size, u32::MAX, findings, |n| Type::Array(element, n))
            }
            TypeKind::Sequence(element, size) => {
                let element = Box::new(self.ty(element, findings));
                self.sized(size, u32::MAX, findings, |n| Type::Sequence(element, n))
            }
            TypeKind::Bytes(size) => self.sized(size, u32::MAX, findings, Type::Bytes),
            // a string of N bytes takes N + 1 with its end, and that is a 32-bit size too
            TypeKind::String(size) => self.sized(size, u32::MAX - 1, findings, Type::String),
            TypeKind::Handle(interface) => self.handle(interface, findings),
        }
    }

    /// A type by its name; a constant is a mistake there (E106).
    fn named(&mut self, name: &tree::QName, findings: &mut Findings) -> Type {
        let (program, position) = (self.program, self.position);
        match self
            .names
            .meaning(program, position, name, Noun::Type, findings)
        {
            Meaning::Int(int) => Type::Int(int),
            Meaning::Handle => Type::Handle,
            Meaning::Type(id) => Type::Named(id),
            Meaning::External(full) => self.external(full, name.span),
            Meaning::Broken => Type::Wrong,
            Meaning::Constant(..) => {
                let message = format!("`{}` is a constant, not a type", name.text);
                let place = self.unit().at(name.span);
                findings.push(Diagnostic::new(Code::UNKNOWN_NAME, message, place));
                Type::Wrong
            }
        }
    }

    /// A type with a size argument between 1 and `most` (E203).
    fn sized(
        &mut self,
        expr: &Expr,
        most: u32,
        findings: &mut Findings,
        make: impl FnOnce(u32) -> Type,
    ) -> Type {
        let (program, names, position) = (self.program, self.names, self.position);
        let size = match self
            .constants
            .value(program, names, position, expr, findings)
        {
            Ok(value) => value,
            Err(NoValue::External(name)) => return self.external(name, expr.span),
            Err(NoValue::Broken) => return Type::Wrong,
        };
        if let Some(size) = u32::try_from(size)
            .ok()
            .filter(|size| (1..=most).contains(size))
        {
            return make(size);
        }
        let message = format!("the size {size} is not within 1…{most}");
        let place = self.unit().at(expr.span);
        findings.push(Diagnostic::new(Code::SIZE_OUT_OF_RANGE, message, place));
        Type::Wrong
    }

    /// `handle<I>`: `I` must be a package with an interface (E207).
    fn handle(&mut self, name: &tree::QName, findings: &mut Findings) -> Type {
        let position = match self.program.reach(NameSet::Package, &name.text) {
            Reach::Known(position) => position,
            Reach::External | Reach::Broken => {
                return Type::TypedHandle(Target::External(name.text.clone()));
            }
        };
        let target = &self.program.packages[position];
        if target.tree.interfaces.is_empty() {
            let place = self.unit().at(name.span);
            findings.push(no_interface(
                Code::HANDLE_INTERFACE,
                &name.text,
                place,
                target,
            ));
        }
        Type::TypedHandle(Target::Known(PackageId::at(position)))
    }

    /// A type or size that comes from a package without a description: noted,
    /// because generating code would need it.
    fn external(&mut self, name: String, span: tree::Span) -> Type {
        let place = self.unit().at(span);
        self.externals.push(ExternalUse {
            name: name.clone(),
            place,
        });
        Type::External(name)
    }

    /// Constants that have no value because their type or a part of it is
    /// external are needed too.
    fn external_constants(&mut self) {
        let unit = &self.program.packages[self.position];
        let items = unit.tree.items.iter();
        let constants = items.filter(|item| matches!(item.kind, ItemKind::Const { .. }));
        for (value, item) in self.constants.0[self.position].iter().zip(constants) {
            if let Err(NoValue::External(name)) = value {
                let (name, place) = (name.clone(), unit.at(item.name.span));
                self.externals.push(ExternalUse { name, place });
            }
        }
    }
}
