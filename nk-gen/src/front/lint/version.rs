//! What the version chosen by `--compat-version` does not know yet (408) and
//! what it has left behind (W401). Without the option every version's words are
//! accepted in silence. Source: `docs/languages.md` §5.3, §7, §11.
use super::named;
use crate::front::load::{Origin, Program, Unit};
use crate::options::Version;
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;
use crate::text::source::Sources;
use nk_grammar::syntax::{
    Component, Expr, ExprKind, Head, Idl, ItemKind, Section, SectionKind, Span, Type, TypeKind,
    UnaryOp,
};

/// Looks at all descriptions but the built-in ones, if a version was chosen.
/// Words that a version does not know are errors in every file; old ones are
/// warned of in the user's own files only.
pub(super) fn check(program: &Program) -> Vec<Diagnostic> {
    let Some(version) = program.options.compat else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for unit in read(&program.packages) {
        let sources = &program.sources;
        Later {
            unit,
            sources,
            version,
            findings: &mut findings,
        }
        .package();
    }
    findings.extend(read(&program.components).filter_map(|unit| task_class(unit, version)));
    findings.extend(named(&program.components).flat_map(|unit| old_words(unit, version)));
    findings
}

/// The files that were read, without what is built in.
fn read<T>(units: &[Unit<T>]) -> impl Iterator<Item = &Unit<T>> {
    units.iter().filter(|unit| unit.origin != Origin::Builtin)
}

/// Looks for what a later version brought.
///
/// A walk over one description. It looks at the text beside the tree, because a
/// tree does not keep how a number was written.
struct Later<'l, T> {
    /// The description.
    unit: &'l Unit<T>,
    /// The texts, for literals as they were written.
    sources: &'l Sources,
    /// The version that was chosen.
    version: Version,
    /// Where errors go.
    findings: &'l mut Vec<Diagnostic>,
}

/// Error 408: `what` came with version `since`, and `version` was chosen.
fn later<T>(
    unit: &Unit<T>,
    what: &str,
    since: Version,
    version: Version,
    span: Span,
) -> Diagnostic {
    let (since, chosen) = (since.name(), version.name());
    let message = format!("{what} came with version {since}, and this is checked for {chosen}");
    let help = format!("write it as {chosen} does, or choose a later `--compat-version`");
    Diagnostic::new(Code::LATER_VERSION, message, unit.at(span)).help(help)
}

impl Later<'_, Idl> {
    /// Error 408 for `what` unless the chosen version knows it.
    fn report(&mut self, what: &str, since: Version, span: Span) {
        if self.version < since {
            self.findings
                .push(later(self.unit, what, since, self.version, span));
        }
    }

    /// Looks at every type and every expression of the package.
    fn package(&mut self) {
        let tree = &self.unit.tree;
        for item in &tree.items {
            self.item(&item.kind);
        }
        let methods = tree
            .interfaces
            .iter()
            .flat_map(|interface| &interface.methods);
        methods
            .flat_map(|method| &method.params)
            .for_each(|param| self.ty(&param.ty));
    }

    /// A constant or a type declaration.
    fn item(&mut self, kind: &ItemKind) {
        match kind {
            ItemKind::Const { ty, value } => {
                self.name(&ty.text, ty.span);
                self.value(value);
            }
            ItemKind::Typedef(ty) => self.ty(ty),
            ItemKind::Struct(fields) | ItemKind::Union(fields) => {
                for field in fields {
                    self.ty(&field.ty);
                }
            }
        }
    }

    /// `UIntSize` and `UIntPtr`, whose size depends on the target, came with
    /// 1.4.
    fn name(&mut self, name: &str, span: Span) {
        if matches!(name, "UIntSize" | "UIntPtr") {
            self.report(&format!("`{name}`"), Version::V1_4, span);
        }
    }

    /// Recursion is bounded: the parser refuses text that nests deeper than its
    /// limit.
    fn ty(&mut self, ty: &Type) {
        match &ty.kind {
            TypeKind::Named(name) => self.name(&name.text, name.span),
            TypeKind::Array(element, size) | TypeKind::Sequence(element, size) => {
                self.ty(element);
                self.size(size);
            }
            TypeKind::Bytes(size) => {
                self.report("`bytes<>`", Version::V1_1, ty.span);
                self.size(size);
            }
            TypeKind::String(size) => {
                self.report("`string<>`", Version::V1_1, ty.span);
                self.size(size);
            }
            TypeKind::Handle(_) => self.report("`handle<>`", Version::V1_4, ty.span),
        }
    }

    /// A size is a literal or the name of a constant; expressions came with
    /// 1.2.
    fn size(&mut self, size: &Expr) {
        if !matches!(size.kind, ExprKind::Name(_)) {
            self.value(size);
        }
    }

    /// The value of a constant is a literal, possibly negative; expressions
    /// came with 1.2.
    fn value(&mut self, value: &Expr) {
        let literal = match &value.kind {
            ExprKind::Unary(operators, operand) if *operators == [UnaryOp::Neg] => operand,
            _ => value,
        };
        match self.written(literal.span).as_bytes() {
            [b'0', b'o' | b'O', ..] => {
                self.report("an octal number", Version::V1_2, literal.span);
            }
            // a literal in parentheses is an expression too
            [b'0'..=b'9', ..] if matches!(literal.kind, ExprKind::Int(_)) => {}
            _ => self.report("a constant expression", Version::V1_2, value.span),
        }
    }

    /// The part of the text at a span. The tree keeps the value of a literal,
    /// and neither its radix nor the parentheses around it.
    fn written(&self, span: Span) -> &str {
        let text = self.sources.text(self.unit.file);
        text.get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }
}

/// Error 408 for `task class` before 1.3, which only knew `entity`.
fn task_class(unit: &Unit<Component>, version: Version) -> Option<Diagnostic> {
    let since = Version::V1_3;
    let span = unit.tree.head_span;
    (unit.tree.head == Head::TaskClass && version < since)
        .then(|| later(unit, "`task class`", since, version, span).help("write `entity`"))
}

/// W401: words of versions before the chosen one, and what the chosen one
/// advises against.
fn old_words(unit: &Unit<Component>, version: Version) -> Vec<Diagnostic> {
    let entity = (unit.tree.head == Head::Entity && version >= Version::V1_3).then(|| {
        let message = "`entity` is the spelling of versions before 1.3";
        old_word(unit, message, unit.tree.head_span, "write `task class`")
    });
    let sections = unit.tree.sections.iter();
    let in_sections = sections.flat_map(|section| {
        [
            old_keyword(unit, section, version),
            of_the_class_itself(unit, section, version),
        ]
    });
    entity.into_iter().chain(in_sections.flatten()).collect()
}

/// A warning of something that works, and that the chosen version writes
/// otherwise.
fn old_word(unit: &Unit<Component>, message: &str, span: Span, help: &str) -> Diagnostic {
    Diagnostic::new(Code::OLD_WORD, message, unit.at(span)).help(help)
}

/// `interfaces` became `endpoints` with 1.1.
fn old_keyword(unit: &Unit<Component>, section: &Section, version: Version) -> Option<Diagnostic> {
    let old = matches!(section.kind, SectionKind::Endpoints { old: true, .. });
    let message = "`interfaces` is the spelling of version 1.0";
    (old && version >= Version::V1_1)
        .then(|| old_word(unit, message, section.keyword, "write `endpoints`"))
}

/// Versions up to 1.1 advise against endpoints and security of a process class
/// that are not those of a component.
fn of_the_class_itself(
    unit: &Unit<Component>,
    section: &Section,
    version: Version,
) -> Option<Diagnostic> {
    let direct = matches!(
        section.kind,
        SectionKind::Endpoints { .. } | SectionKind::Security(_)
    );
    let name = version.name();
    let message = format!("{name} advises against endpoints and security of the class itself");
    let help = "put them into a component, and embed that";
    (direct && unit.tree.head != Head::Component && version <= Version::V1_1)
        .then(|| old_word(unit, &message, section.keyword, help))
}
