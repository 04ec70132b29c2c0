//! Evaluates the constants of every package, in order (E106, E104, E201, E202).
//! Source: `docs/languages.md` §4.
//!
//! A constant may use constants that are declared behind it (`docs/languages.md`
//! §5.1). They are put into an order first, so that one walk evaluates all of
//! them without recursion.
use super::expression::{Evaluation, NoValue};
use super::names::{Meaning, Names};
use crate::front::load::references::split;
use crate::front::load::{Program, Unit};
use crate::front::order::{Order, chain, order};
use crate::model::{Constant, Int, PackageId, PointerWidth, TypeId};
use crate::options::limits::raise;
use crate::text::codes::Code;
use crate::text::diagnostic::Findings;
use crate::text::diagnostic::{Diagnostic, Place};
use nk_grammar::Noun;
use nk_grammar::syntax::{Expr, ExprKind, Idl, Item, ItemKind, QName, TypeKind};
use std::collections::{HashMap, HashSet};

/// The value of every constant, by package and position among the package's
/// constants.
///
/// A constant without a value keeps its place, so that positions fit those of
/// [`super::names::Symbol::Constant`].
#[derive(Debug, Default)]
pub(crate) struct Constants(pub(crate) Vec<Vec<Result<Constant, NoValue>>>);

/// Evaluates all constants, package by package in dependency order.
pub(crate) fn evaluate(program: &Program, names: &Names, findings: &mut Findings) -> Constants {
    let mut constants = Constants::default();
    let longest = program.options.limits.constant_chain;
    for (position, unit) in program.packages.iter().enumerate() {
        let items = constant_items(&unit.tree);
        constants.0.push(vec![Err(NoValue::Broken); items.len()]);
        for index in sequence(unit, &items, longest, findings) {
            let value = constant(program, names, &constants, position, items[index], findings);
            constants.0[position][index] = value;
        }
    }
    constants
}

impl Constants {
    /// The value of the size or constant expression `expr` in the package at
    /// `position`.
    pub(crate) fn value(
        &self,
        program: &Program,
        names: &Names,
        position: usize,
        expr: &Expr,
        findings: &mut Findings,
    ) -> Result<i128, NoValue> {
        let mut value_of = |name: &QName, findings: &mut Findings| {
            self.named(program, names, position, name, findings)
        };
        Evaluation {
            file: program.packages[position].file,
            value_of: &mut value_of,
            most: program.options.limits.expression_nodes,
            findings,
        }
        .run(expr)
    }

    /// The value of a name in an expression; a type is a mistake there (E106).
    fn named(
        &self,
        program: &Program,
        names: &Names,
        position: usize,
        name: &QName,
        findings: &mut Findings,
    ) -> Result<i128, NoValue> {
        match names.meaning(program, position, name, Noun::Constant, findings) {
            Meaning::Constant(package, index) => self.known(package, index),
            Meaning::External(name) => Err(NoValue::External(name)),
            Meaning::Broken => Err(NoValue::Broken),
            Meaning::Int(_) | Meaning::Handle | Meaning::Type(_) => {
                let place = program.packages[position].at(name.span);
                let message = format!("`{}` is a type, not a constant", name.text);
                findings.push(Diagnostic::new(Code::UNKNOWN_NAME, message, place));
                Err(NoValue::Broken)
            }
        }
    }

    /// The value of a constant that was evaluated before; broken for one that
    /// was not.
    fn known(&self, package: PackageId, index: u32) -> Result<i128, NoValue> {
        let constants = self.0.get(package.0 as usize);
        match constants.and_then(|constants| constants.get(index as usize)) {
            Some(Ok(constant)) => Ok(constant.value),
            Some(Err(no_value)) => Err(no_value.clone()),
            None => Err(NoValue::Broken),
        }
    }
}

/// The constants of a package, in the order of the text: their positions here
/// are their numbers.
fn constant_items(idl: &Idl) -> Vec<&Item> {
    idl.items
        .iter()
        .filter(|item| matches!(item.kind, ItemKind::Const { .. }))
        .collect()
}

/// The value of one constant, within the range of its type (E201, E202).
fn constant(
    program: &Program,
    names: &Names,
    constants: &Constants,
    position: usize,
    item: &Item,
    findings: &mut Findings,
) -> Result<Constant, NoValue> {
    let ItemKind::Const { ty, value: expr } = &item.kind else {
        return Err(NoValue::Broken);
    };
    let unit = &program.packages[position];
    let ty = integer(program, names, position, ty, findings);
    let value = constants.value(program, names, position, expr, findings);
    let (ty, value) = (ty?, value?);
    let (least, most) = range(ty, program.options.pointer_width);
    if !(least..=most).contains(&value) {
        findings.push(does_not_fit(ty, value, (least, most), unit.at(expr.span)));
        return Err(NoValue::Broken);
    }
    let (name, docs, place) = (
        item.name.text.clone(),
        item.docs.clone(),
        unit.at(item.name.span),
    );
    Ok(Constant {
        name,
        docs,
        place,
        ty,
        value,
    })
}

/// The integer type behind a type name and any number of typedefs (E201).
fn integer(
    program: &Program,
    names: &Names,
    position: usize,
    name: &QName,
    findings: &mut Findings,
) -> Result<Int, NoValue> {
    let mut seen: HashSet<TypeId> = HashSet::new();
    let (mut package, mut current) = (position, name);
    loop {
        // mistakes inside a typedef are reported where it is declared
        let mut ignored = Vec::new();
        let report = if seen.is_empty() {
            &mut *findings
        } else {
            &mut ignored
        };
        match names.meaning(program, package, current, Noun::Type, report) {
            Meaning::Int(int) => return Ok(int),
            Meaning::External(name) => return Err(NoValue::External(name)),
            Meaning::Broken => return Err(NoValue::Broken),
            // a second visit is a circle of typedefs, which is reported where they are declared
            Meaning::Type(id) if !seen.insert(id) => return Err(NoValue::Broken),
            Meaning::Type(id) => match typedef_target(program, names, id) {
                Some(target) => (package, current) = (id.package.0 as usize, target),
                None => break,
            },
            Meaning::Handle | Meaning::Constant(..) => break,
        }
    }
    findings.push(not_an_integer(
        name,
        program.packages[position].at(name.span),
    ));
    Err(NoValue::Broken)
}

/// E201: the type of a constant is something else.
fn not_an_integer(name: &QName, place: Place) -> Diagnostic {
    let message = format!("a constant cannot be of type `{}`", name.text);
    Diagnostic::new(Code::CONSTANT_TYPE, message, place).label("not an integer type")
}

/// The type name behind a typedef of a name.
fn typedef_target<'p>(program: &'p Program, names: &Names, id: TypeId) -> Option<&'p QName> {
    match &names.type_item(program, id)?.kind {
        ItemKind::Typedef(ty) => match &ty.kind {
            TypeKind::Named(name) => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// Smallest and largest value of an integer type.
///
/// `UIntSize` and `UIntPtr` have the width of a pointer of the target.
fn range(ty: Int, pointers: PointerWidth) -> (i128, i128) {
    let bits = ty.size_on(pointers) * 8;
    if ty.signed() {
        (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
    } else {
        (0, (1 << bits) - 1)
    }
}

/// E202. For a negative number of an unsigned type the help is the number with
/// the same bits: `-1` in a `UInt8` is `0xFF`.
fn does_not_fit(ty: Int, value: i128, (least, most): (i128, i128), place: Place) -> Diagnostic {
    let finding = Diagnostic::new(
        Code::VALUE_OUT_OF_RANGE,
        format!("{value} does not fit `{}` ({least}…{most})", ty.name()),
        place,
    );
    // `~0` and `-1` are usual ways to write "all bits"
    if !ty.signed() && value < 0 && value >= -most {
        return finding.help(format!("write {:#X}", most + 1 + value));
    }
    finding
}

/// The constants that can be evaluated, each behind those that it uses. Reports
/// those that depend on themselves (E104) and chains that are too long (E010).
fn sequence(
    unit: &Unit<Idl>,
    items: &[&Item],
    longest: u64,
    findings: &mut Findings,
) -> Vec<usize> {
    let uses = uses(unit, items);
    let Order { sequence, cycles } = order(&uses);
    findings.extend(
        cycles
            .iter()
            .filter_map(|cycle| depends_on_itself(unit, items, cycle)),
    );
    let links = links(&uses, &sequence);
    // what uses a constant over the limit has the same root
    let first_over = |index: &&usize| links[**index] == longest.saturating_add(1);
    let over = sequence.iter().filter(first_over);
    findings.extend(over.map(|index| too_long(unit, items[*index], longest)));
    let circular: HashSet<usize> = cycles.into_iter().flatten().collect();
    let can_be = |index: &usize| !circular.contains(index) && links[*index] <= longest;
    sequence.into_iter().filter(can_be).collect()
}

/// For each constant the positions of the constants of its package that its
/// value mentions, by simple or by full name. Of two of one name the first is
/// meant.
fn uses(unit: &Unit<Idl>, items: &[&Item]) -> Vec<Vec<usize>> {
    let named = items.iter().enumerate().rev();
    let positions: HashMap<&str, usize> = named
        .map(|(index, item)| (item.name.text.as_str(), index))
        .collect();
    let own = |name: &str| match split(name) {
        Some((package, item)) if package == unit.name.text => positions.get(item).copied(),
        _ => positions.get(name).copied(),
    };
    let used = |item: &&Item| match &item.kind {
        ItemKind::Const { value, .. } => mentions(value).filter_map(own).collect(),
        _ => Vec::new(),
    };
    items.iter().map(used).collect()
}

/// For each constant the number of constants in the longest chain that ends
/// with it, itself included.
fn links(uses: &[Vec<usize>], sequence: &[usize]) -> Vec<u64> {
    let mut links = vec![0_u64; uses.len()];
    for &index in sequence {
        let before = uses[index].iter().map(|used| links[*used]).max();
        links[index] = 1 + before.unwrap_or(0);
    }
    links
}

/// E104 for a cycle of constants, at the first of them.
fn depends_on_itself(unit: &Unit<Idl>, items: &[&Item], cycle: &[usize]) -> Option<Diagnostic> {
    let name = &items[*cycle.first()?].name;
    let chain = chain(cycle, |index| &items[index].name.text);
    let message = format!("constant `{}` depends on itself: {chain}", name.text);
    Some(Diagnostic::new(Code::CYCLE, message, unit.at(name.span)))
}

/// E010 for a constant whose value needs more constants than the limit
/// `constant-chain`, each through the one before.
fn too_long(unit: &Unit<Idl>, item: &Item, longest: u64) -> Diagnostic {
    let name = &item.name;
    let message = format!(
        "constant `{}` ends a chain of more than {longest} constants",
        name.text
    );
    let help = format!(
        "write a value without the constants before it, or {}",
        raise("constant-chain")
    );
    Diagnostic::new(Code::DECLARATION_TOO_LARGE, message, unit.at(name.span)).help(help)
}

/// The names that an expression mentions, in any order. Without recursion: a
/// chain of operators may be long.
fn mentions(expr: &Expr) -> impl Iterator<Item = &str> {
    let mut found = Vec::new();
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        match &expr.kind {
            ExprKind::Int(_) => {}
            ExprKind::Name(name) => found.push(name.text.as_str()),
            ExprKind::Unary(_, operand) => open.push(operand),
            ExprKind::Chain(first, rest) => {
                open.push(first);
                open.extend(rest.iter().map(|(_, operand)| operand));
            }
            ExprKind::Power(base, exponent) => open.extend([&**base, &**exponent]),
        }
    }
    found.into_iter()
}
