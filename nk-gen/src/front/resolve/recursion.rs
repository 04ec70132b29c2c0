//! Cuts types that contain themselves (E104), types that nest too deep (E009)
//! and handles where no message can carry them (E206), so that every later pass
//! ends. Source: `spec/idl.md` §5.3, `spec/reliability.md` §5.2.
use crate::front::order::{chain, order};
use crate::model::handles::{in_sequence, is_handle, misplaced};
use crate::model::layout::TypeOrder;
use crate::model::{Model, Package, PackageId, Type, TypeDef, TypeDefKind, TypeId};
use crate::text::codes::Code;
use crate::text::diagnostic::Findings;
use crate::text::diagnostic::{Diagnostic, Place};

/// For each package and type, how many levels it nests.
pub(crate) type Depths = Vec<Vec<u64>>;

/// Checks the types of all packages, which may nest `deepest` levels deep.
/// Gives the order in which to lay them out, and how deep they nest.
pub(crate) fn cut(model: &mut Model, deepest: u64, findings: &mut Findings) -> (TypeOrder, Depths) {
    let mut depths = Depths::new();
    let mut orders = TypeOrder::new();
    for position in 0..model.packages.len() {
        let id = PackageId::at(position);
        let sequence = cut_cycles(&mut model.packages[position], id, findings);
        depths.push(vec![0; model.packages[position].types.len()]);
        for &index in &sequence {
            let ty = &mut model.packages[position].types[index];
            // a typedef leaves no trace, so it is no level of its own
            let own = u64::from(!matches!(ty.kind, TypeDefKind::Alias(_)));
            let depth = own
                + parts(&ty.kind)
                    .map(|part| depth_of(part, &depths))
                    .max()
                    .unwrap_or(0);
            if depth > deepest {
                findings.push(too_deep("type", &ty.name, ty.place, deepest));
                sever(&mut ty.kind);
            } else {
                depths[position][index] = depth;
            }
        }
        orders.push(sequence);
    }
    for package in &model.packages {
        findings.extend(
            package
                .types
                .iter()
                .flat_map(|ty| misplaced_handles(model, ty)),
        );
    }
    (orders, depths)
}

/// Checks the types of all parameters: a message is not checked any deeper than
/// a type may nest (E009).
pub(crate) fn cut_parameters(
    model: &mut Model,
    depths: &Depths,
    deepest: u64,
    findings: &mut Findings,
) {
    let interfaces = model
        .packages
        .iter_mut()
        .filter_map(|package| package.interface.as_mut());
    for method in interfaces.flat_map(|interface| &mut interface.methods) {
        let messages = [&mut method.request, &mut method.response, &mut method.error];
        for param in messages.into_iter().flat_map(|message| &mut message.params) {
            if depth_of(&param.ty, depths) > deepest {
                findings.push(too_deep("parameter", &param.name, param.place, deepest));
                param.ty = Type::Wrong;
            }
        }
    }
}

/// The types directly inside a declared type.
fn parts(kind: &TypeDefKind) -> Box<dyn Iterator<Item = &Type> + '_> {
    match kind {
        TypeDefKind::Alias(target) => Box::new(std::iter::once(target)),
        TypeDefKind::Struct(fields) | TypeDefKind::Union(fields) => {
            Box::new(fields.iter().map(|field| &field.ty))
        }
    }
}

/// The declared type that a type expression is made of, if any.
fn innermost(mut ty: &Type) -> Option<TypeId> {
    loop {
        match ty {
            Type::Array(element, _) | Type::Sequence(element, _) => ty = element,
            Type::Named(id) => return Some(*id),
            _ => return None,
        }
    }
}

fn depth_of(ty: &Type, depths: &[Vec<u64>]) -> u64 {
    match ty {
        Type::Array(element, _) | Type::Sequence(element, _) => 1 + depth_of(element, depths),
        Type::Named(id) => depths
            .get(id.package.0 as usize)
            .and_then(|d| d.get(id.index as usize))
            .copied()
            .unwrap_or(0),
        _ => 0,
    }
}

fn cut_cycles(package: &mut Package, id: PackageId, findings: &mut Findings) -> Vec<usize> {
    let own = |ty: &Type| {
        innermost(ty)
            .filter(|target| target.package == id)
            .map(|target| target.index as usize)
    };
    let uses: Vec<Vec<usize>> = package
        .types
        .iter()
        .map(|ty| parts(&ty.kind).filter_map(own).collect())
        .collect();
    let found = order(&uses);
    for cycle in &found.cycles {
        let (Some(first), Some(last)) = (cycle.first(), cycle.last()) else {
            continue;
        };
        let chain = chain(cycle, |index| &package.types[index].name);
        let (ty, closing) = (&package.types[*first], &package.types[*last]);
        let message = format!("type `{}` contains itself: {chain}", ty.name);
        let finding = Diagnostic::new(Code::CYCLE, message, ty.place)
            .help("sizes must be finite; break the circle");
        let other = format!("`{}` contains `{}`", closing.name, ty.name);
        findings.push(if first == last {
            finding
        } else {
            finding.other(closing.place, other)
        });
    }
    for cycle in &found.cycles {
        if let Some(last) = cycle.last() {
            sever(&mut package.types[*last].kind);
        }
    }
    found.sequence
}

/// Replaces every declared type inside a type by an unknown one, so that
/// nothing depends on it any more.
fn sever(kind: &mut TypeDefKind) {
    let cut = |ty: &mut Type| {
        if innermost(ty).is_some() {
            *ty = Type::Wrong;
        }
    };
    match kind {
        TypeDefKind::Alias(target) => cut(target),
        TypeDefKind::Struct(fields) | TypeDefKind::Union(fields) => {
            for field in fields {
                cut(&mut field.ty);
            }
        }
    }
}

fn too_deep(what: &str, name: &str, place: Place, deepest: u64) -> Diagnostic {
    let message = format!("{what} `{name}` nests deeper than {deepest}");
    Diagnostic::new(Code::NESTING_TOO_DEEP, message, place)
        .help("flatten the types that it is made of")
}

/// A handle is found right behind a message's header, so it cannot stand inside
/// a struct, union or sequence.
fn misplaced_handles(model: &Model, ty: &TypeDef) -> Vec<Diagnostic> {
    match &ty.kind {
        TypeDefKind::Alias(target) => in_sequence(model, target)
            .then(|| misplaced("sequence", ty.place))
            .into_iter()
            .collect(),
        TypeDefKind::Struct(fields) | TypeDefKind::Union(fields) => {
            let place = if matches!(ty.kind, TypeDefKind::Struct(_)) {
                "struct"
            } else {
                "union"
            };
            let wrong = fields.iter().filter_map(|field| match () {
                () if is_handle(model, &field.ty) => Some(misplaced(place, field.place)),
                () if in_sequence(model, &field.ty) => Some(misplaced("sequence", field.place)),
                () => None,
            });
            wrong.collect()
        }
    }
}
