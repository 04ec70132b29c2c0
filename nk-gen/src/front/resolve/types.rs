//! Resolves the declared types of every package (E106, E201…E207). Source:
//! `spec/idl.md` §5.3.
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
    pub(crate) constants: &'c Constants,
    /// The position of the package.
    pub(crate) position: usize,
    /// External names that the package needs.
    pub(crate) externals: Vec<ExternalUse>,
}

/// Makes the packages of the model with their types; interfaces follow in
/// [`super::methods`].
pub(crate) fn resolve(
    program: &Program,
    names: &Names,
    constants: &Constants,
    findings: &mut Findings,
) -> Model {
    let mut model = Model {
        pointer_width: program.options.pointer_width,
        ..Model::default()
    };
    for (position, unit) in program.packages.iter().enumerate() {
        let mut context = Context {
            program,
            names,
            constants,
            position,
            externals: Vec::new(),
        };
        let types = unit
            .tree
            .items
            .iter()
            .filter_map(|item| context.definition(item, findings))
            .collect();
        context.external_constants();
        model.externals.append(&mut context.externals);
        model.packages.push(Package {
            name: unit.name.text.clone(),
            place: unit.at(unit.name.span),
            docs: unit.tree.docs.clone(),
            imports: imports(program, unit),
            constants: constants.0[position].iter().flatten().cloned().collect(),
            types,
            interface: None,
            digest: None,
        });
    }
    model
}

fn imports(program: &Program, unit: &Unit<Idl>) -> Vec<Target<PackageId>> {
    let target = |import: &tree::QName| match program.reach(NameSet::Package, &import.text) {
        Reach::Known(position) => Target::Known(PackageId::at(position)),
        Reach::External | Reach::Broken => Target::External(import.text.clone()),
    };
    unit.tree.imports.iter().map(target).collect()
}

impl Context<'_> {
    fn unit(&self) -> &Unit<Idl> {
        &self.program.packages[self.position]
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
        let place = self.unit().at(item.name.span);
        Some(TypeDef {
            name: item.name.text.clone(),
            docs: item.docs.clone(),
            place,
            kind,
            layout: None,
        })
    }

    /// The fields of a struct or the variants of a union: at least one, no two
    /// of one name (E205), not too many (E010).
    fn fields(
        &mut self,
        item: &Item,
        what: &str,
        fields: &[tree::Field],
        findings: &mut Findings,
    ) -> Vec<Field> {
        let place = self.unit().at(item.name.span);
        if fields.is_empty() {
            let message = format!("{what} `{}` is empty", item.name.text);
            findings.push(
                Diagnostic::new(Code::BAD_MEMBERS, message, place)
                    .help(format!("a {what} needs at least one member")),
            );
        }
        let most = self.program.options.limits.fields;
        if fields.len() as u64 > most {
            let message = format!(
                "{what} `{}` has {} members, limit {most}",
                item.name.text,
                fields.len()
            );
            let help = format!(
                "put some of them into a {what} of their own, or {}",
                raise("fields")
            );
            findings.push(Diagnostic::new(Code::DECLARATION_TOO_LARGE, message, place).help(help));
            return Vec::new();
        }
        findings.extend(duplicates(
            Code::BAD_MEMBERS,
            "the member",
            self.unit().file,
            fields.iter().map(|field| &field.name),
        ));
        let fields = fields.iter().map(|field| Field {
            name: field.name.text.clone(),
            docs: field.docs.clone(),
            place: self.unit().at(field.name.span),
            ty: self.ty(&field.ty, findings),
            offset: 0,
        });
        fields.collect()
    }

    /// A type expression. Recursion is bounded: the parser refuses text that
    /// nests deeper than 64.
    pub(crate) fn ty(&mut self, ty: &tree::Type, findings: &mut Findings) -> Type {
        match &ty.kind {
            TypeKind::Named(name) => self.named(name, findings),
            TypeKind::Array(element, size) => {
                let element = self.ty(element, findings);
                self.sized(size, u32::MAX, findings, |n| {
                    Type::Array(Box::new(element), n)
                })
            }
            TypeKind::Sequence(element, size) => {
                let element = self.ty(element, findings);
                self.sized(size, u32::MAX, findings, |n| {
                    Type::Sequence(Box::new(element), n)
                })
            }
            TypeKind::Bytes(size) => self.sized(size, u32::MAX, findings, Type::Bytes),
            // a string of N bytes takes N + 1 with its end, and that is a 32-bit size too
            TypeKind::String(size) => self.sized(size, u32::MAX - 1, findings, Type::String),
            TypeKind::Handle(interface) => self.handle(interface, findings),
        }
    }

    fn named(&mut self, name: &tree::QName, findings: &mut Findings) -> Type {
        match self
            .names
            .meaning(self.program, self.position, name, Noun::Type, findings)
        {
            Meaning::Int(int) => Type::Int(int),
            Meaning::Handle => Type::Handle,
            Meaning::Type(id) => Type::Named(id),
            Meaning::External(full) => self.external(full, name.span),
            Meaning::Broken => Type::Wrong,
            Meaning::Constant(..) => {
                let message = format!("`{}` is a constant, not a type", name.text);
                findings.push(Diagnostic::new(
                    Code::UNKNOWN_NAME,
                    message,
                    self.unit().at(name.span),
                ));
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
        let value = self
            .constants
            .value(self.program, self.names, self.position, expr, findings);
        let size = match value {
            Ok(value) => value,
            Err(NoValue::External(name)) => return self.external(name, expr.span),
            Err(NoValue::Broken) => return Type::Wrong,
        };
        match u32::try_from(size) {
            Ok(size) if (1..=most).contains(&size) => make(size),
            _ => {
                let message = format!("the size {size} is not within 1…{most}");
                findings.push(Diagnostic::new(
                    Code::SIZE_OUT_OF_RANGE,
                    message,
                    self.unit().at(expr.span),
                ));
                Type::Wrong
            }
        }
    }

    /// `handle<I>`: `I` must be a package with an interface (E207).
    fn handle(&mut self, name: &tree::QName, findings: &mut Findings) -> Type {
        match self.program.reach(NameSet::Package, &name.text) {
            Reach::Known(position) => {
                let target = &self.program.packages[position];
                if target.tree.interfaces.is_empty() {
                    let message = format!("package `{}` has no interface", name.text);
                    let finding =
                        Diagnostic::new(Code::HANDLE_INTERFACE, message, self.unit().at(name.span));
                    findings.push(finding.other(
                        target.at(target.name.span),
                        "declared here without `interface`",
                    ));
                }
                Type::TypedHandle(Target::Known(PackageId::at(position)))
            }
            Reach::External | Reach::Broken => {
                Type::TypedHandle(Target::External(name.text.clone()))
            }
        }
    }

    fn external(&mut self, name: String, span: tree::Span) -> Type {
        let place = Place {
            file: self.unit().file,
            span,
        };
        self.externals.push(ExternalUse {
            name: name.clone(),
            place,
        });
        Type::External(name)
    }

    /// Constants that have no value because their type or a part of it is
    /// external are needed too.
    fn external_constants(&mut self) {
        let items = self
            .unit()
            .tree
            .items
            .iter()
            .filter(|item| matches!(item.kind, ItemKind::Const { .. }));
        let spans: Vec<tree::Span> = items.map(|item| item.name.span).collect();
        for (value, span) in self.constants.0[self.position].iter().zip(spans) {
            if let Err(NoValue::External(name)) = value {
                let place = Place {
                    file: self.unit().file,
                    span,
                };
                self.externals.push(ExternalUse {
                    name: name.clone(),
                    place,
                });
            }
        }
    }
}
