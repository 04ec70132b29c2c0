//! What the version chosen by `--compat-version` does not know yet (408) and
//! what it has left behind (W401). Without the option every version's words are
//! accepted in silence. Source: `spec/idl.md` §5.3, §7, §21.
use super::named;
use crate::front::load::{Origin, Program, Unit};
use crate::options::Version;
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;
use crate::text::source::Sources;
use nk_grammar::syntax::{
    Component, Expr, ExprKind, Field, Head, Idl, ItemKind, SectionKind, Span, Type, TypeKind,
    UnaryOp,
};

/// Looks at all descriptions but the built-in ones, if a version was chosen.
pub(super) fn check(program: &Program) -> Vec<Diagnostic> {
    let Some(version) = program.options.compat else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for unit in program
        .packages
        .iter()
        .filter(|unit| unit.origin != Origin::Builtin)
    {
        let mut later = Later {
            unit,
            sources: &program.sources,
            version,
            findings: &mut findings,
        };
        later.package();
    }
    for unit in program
        .components
        .iter()
        .filter(|unit| unit.origin != Origin::Builtin)
    {
        findings.extend(task_class(unit, version));
    }
    findings.extend(named(&program.components).flat_map(|unit| old_words(unit, version)));
    findings
}

/// Looks for what a later version brought.
struct Later<'l, T> {
    unit: &'l Unit<T>,
    sources: &'l Sources,
    version: Version,
    findings: &'l mut Vec<Diagnostic>,
}

fn later<T>(
    unit: &Unit<T>,
    what: &str,
    since: Version,
    version: Version,
    span: Span,
) -> Diagnostic {
    let message = format!(
        "{what} came with version {}, and this is checked for {}",
        since.name(),
        version.name()
    );
    let help = format!(
        "write it as {} does, or choose a later `--compat-version`",
        version.name()
    );
    Diagnostic::new(Code::LATER_VERSION, message, unit.at(span)).help(help)
}

impl Later<'_, Idl> {
    fn report(&mut self, what: &str, since: Version, span: Span) {
        if self.version < since {
            self.findings
                .push(later(self.unit, what, since, self.version, span));
        }
    }

    fn package(&mut self) {
        let tree = &self.unit.tree;
        for item in &tree.items {
            match &item.kind {
                ItemKind::Const { ty, value } => {
                    self.name(&ty.text, ty.span);
                    self.value(value);
                }
                ItemKind::Typedef(ty) => self.ty(ty),
                ItemKind::Struct(fields) | ItemKind::Union(fields) => self.fields(fields),
            }
        }
        let methods = tree
            .interfaces
            .iter()
            .flat_map(|interface| &interface.methods);
        methods
            .flat_map(|method| &method.params)
            .for_each(|param| self.ty(&param.ty));
    }

    fn fields(&mut self, fields: &[Field]) {
        for field in fields {
            self.ty(&field.ty);
        }
    }

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
            ExprKind::Unary(operators, operand) if operators.as_slice() == [UnaryOp::Neg] => {
                operand
            }
            _ => value,
        };
        let text = self
            .sources
            .text(self.unit.file)
            .get(literal.span.start as usize..literal.span.end as usize);
        match text.map(str::as_bytes) {
            Some([b'0', b'o' | b'O', ..]) => {
                self.report("an octal number", Version::V1_2, literal.span);
            }
            // a literal in parentheses is an expression too
            Some([b'0'..=b'9', ..]) if matches!(literal.kind, ExprKind::Int(_)) => {}
            _ => self.report("a constant expression", Version::V1_2, value.span),
        }
    }
}

fn task_class(unit: &Unit<Component>, version: Version) -> Option<Diagnostic> {
    let since = Version::V1_3;
    (unit.tree.head == Head::TaskClass && version < since).then(|| {
        later(unit, "`task class`", since, version, unit.tree.head_span).help("write `entity`")
    })
}

/// W401: words of versions before the chosen one, and what the chosen one
/// advises against.
fn old_words(unit: &Unit<Component>, version: Version) -> Vec<Diagnostic> {
    let warning = |message: &str, span, help: &str| {
        Diagnostic::new(Code::OLD_WORD, message, unit.at(span)).help(help)
    };
    let mut findings = Vec::new();
    if unit.tree.head == Head::Entity && version >= Version::V1_3 {
        let message = "`entity` is the spelling of versions before 1.3";
        findings.push(warning(message, unit.tree.head_span, "write `task class`"));
    }
    for section in &unit.tree.sections {
        if matches!(section.kind, SectionKind::Endpoints { old: true, .. })
            && version >= Version::V1_1
        {
            let message = "`interfaces` is the spelling of version 1.0";
            findings.push(warning(message, section.keyword, "write `endpoints`"));
        }
        let direct = matches!(
            section.kind,
            SectionKind::Endpoints { .. } | SectionKind::Security(_)
        );
        if direct && unit.tree.head != Head::Component && version <= Version::V1_1 {
            let message = format!(
                "{} advises against endpoints and security of the class itself",
                version.name()
            );
            findings.push(warning(
                &message,
                section.keyword,
                "put them into a component, and embed that",
            ));
        }
    }
    findings
}
