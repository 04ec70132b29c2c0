//! Cuts types that contain themselves (E104), types that nest too deep (E009)
//! and handles where no message can carry them (E206), so that every later pass
//! ends. Source: `docs/languages.md` §5.3, `docs/inputs.md` §2.
//!
//! It runs between [`super::types`] and layout, because a layout is computed by
//! recursion over types: after this pass there is no cycle left, and no type
//! nests deeper than the limit `type-nesting`. The runtime checks messages to
//! the same depth.
use crate::front::order::{Order, chain, order};
use crate::model::handles::{in_sequence, is_handle, misplaced};
use crate::model::layout::TypeOrder;
use crate::model::{Model, Package, PackageId, Type, TypeDef, TypeDefKind, TypeId};
use crate::text::codes::Code;
use crate::text::diagnostic::Findings;
use crate::text::diagnostic::{Diagnostic, Place};

/// For each package and type, how many levels it nests.
///
/// A number is 0 levels, a struct of numbers 1, an array of those 2.
pub(crate) type Depths = Vec<Vec<u64>>;

/// Checks the types of all packages, which may nest `deepest` levels deep.
/// Gives the order in which to lay them out, and how deep they nest.
pub(crate) fn cut(model: &mut Model, deepest: u64, findings: &mut Findings) -> (TypeOrder, Depths) {
    let mut depths = Depths::new();
    let mut orders = TypeOrder::new();
    for (position, package) in model.packages.iter_mut().enumerate() {
        let sequence = cut_cycles(package, PackageId::at(position), findings);
        depths.push(vec![0; package.types.len()]);
        for &index in &sequence {
            let ty = &mut package.types[index];
            let depth = depth_inside(&ty.kind, &depths);
            if depth > deepest {
                findings.push(too_deep("type", &ty.name, ty.place, deepest));
                sever(&mut ty.kind);
            } else {
                depths[position][index] = depth;
            }
        }
        orders.push(sequence);
    }
    let types = model.packages.iter().flat_map(|package| &package.types);
    findings.extend(types.flat_map(|ty| misplaced_handles(model, ty)));
    (orders, depths)
}

/// How many levels a declared type nests. A typedef leaves no trace in a
/// message, so it is no level of its own.
fn depth_inside(kind: &TypeDefKind, depths: &[Vec<u64>]) -> u64 {
    let own = u64::from(!matches!(kind, TypeDefKind::Alias(_)));
    let inside = parts(kind).map(|part| depth_of(part, depths)).max();
    own + inside.unwrap_or(0)
}

/// Checks the types of all parameters: a message is not checked any deeper than
/// a type may nest (E009).
pub(crate) fn cut_parameters(
    model: &mut Model,
    depths: &Depths,
    deepest: u64,
    findings: &mut Findings,
) {
    let packages = model.packages.iter_mut();
    let interfaces = packages.filter_map(|package| package.interface.as_mut());
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

/// How many levels a type expression nests; the declared types that it names
/// are measured already.
fn depth_of(ty: &Type, depths: &[Vec<u64>]) -> u64 {
    match ty {
        Type::Array(element, _) | Type::Sequence(element, _) => 1 + depth_of(element, depths),
        Type::Named(TypeId { package, index }) => {
            let package = depths.get(package.0 as usize);
            package
                .and_then(|types| types.get(*index as usize))
                .copied()
                .unwrap_or(0)
        }
        _ => 0,
    }
}

/// Reports the types of a package that contain themselves (E104) and cuts each
/// cycle at its last type. Gives the order in which what is contained stands
/// before what contains it. Only types of one package can form a cycle:
/// packages import each other in order.
fn cut_cycles(package: &mut Package, id: PackageId, findings: &mut Findings) -> Vec<usize> {
    let own = |ty: &Type| {
        let target = innermost(ty).filter(|target| target.package == id)?;
        Some(target.index as usize)
    };
    let uses = |ty: &TypeDef| parts(&ty.kind).filter_map(own).collect();
    let uses: Vec<Vec<usize>> = package.types.iter().map(uses).collect();
    let Order { sequence, cycles } = order(&uses);
    findings.extend(
        cycles
            .iter()
            .filter_map(|cycle| contains_itself(package, cycle)),
    );
    for last in cycles.iter().filter_map(|cycle| cycle.last()) {
        sever(&mut package.types[*last].kind);
    }
    sequence
}

/// E104 for a cycle of types: the first of them, and the one that closes the
/// cycle.
fn contains_itself(package: &Package, cycle: &[usize]) -> Option<Diagnostic> {
    let (first, last) = (*cycle.first()?, *cycle.last()?);
    let chain = chain(cycle, |index| &package.types[index].name);
    let (ty, closing) = (&package.types[first], &package.types[last]);
    let message = format!("type `{}` contains itself: {chain}", ty.name);
    let finding = Diagnostic::new(Code::CYCLE, message, ty.place)
        .help("sizes must be finite; break the cycle");
    if first == last {
        return Some(finding);
    }
    let other = format!("`{}` contains `{}`", closing.name, ty.name);
    Some(finding.other(closing.place, other))
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
            for field in fields.iter_mut() {
                cut(&mut field.ty);
            }
        }
    }
}

/// E009. The type is replaced by a wrong one, so that what contains it is not
/// reported as well.
fn too_deep(what: &str, name: &str, place: Place, deepest: u64) -> Diagnostic {
    let message = format!("{what} `{name}` nests deeper than {deepest}");
    Diagnostic::new(Code::NESTING_TOO_DEEP, message, place)
        .help("flatten the types that it is made of")
}

/// A handle is found right behind a message's header, so it cannot stand inside
/// a struct, union or sequence (E206).
fn misplaced_handles(model: &Model, ty: &TypeDef) -> Vec<Diagnostic> {
    let (place, fields) = match &ty.kind {
        TypeDefKind::Alias(target) => {
            let wrong = in_sequence(model, target).then(|| misplaced("sequence", ty.place));
            return wrong.into_iter().collect();
        }
        TypeDefKind::Struct(fields) => ("struct", fields),
        TypeDefKind::Union(fields) => ("union", fields),
    };
    let wrong = fields.iter().filter_map(|field| match () {
        () if is_handle(model, &field.ty) => Some(misplaced(place, field.place)),
        () if in_sequence(model, &field.ty) => Some(misplaced("sequence", field.place)),
        () => None,
    });
    wrong.collect()
}
