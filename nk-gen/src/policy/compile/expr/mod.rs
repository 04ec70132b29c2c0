//! Expressions: checked against the model and turned into those of the policy
//! program (`docs/psl.md` §5.4, §6, §9.2–§9.5).
//!
//! A value of the language becomes a [`Term`]: a scalar that the program
//! computes, a place in the message, or something that has no value at run
//! time, such as a list. Constants fold on the way. Whatever is wrong is
//! reported once; its term is [`Term::Wrong`], about which every later step is
//! silent.
//!
//! The files follow the language: `operators` and `calls` for the auxiliary
//! models, `messages` for what is read of messages, `objects` and `levels` for
//! policy objects, `lists` for long comparisons, `terms` for the types.
mod calls;
mod levels;
mod lists;
mod messages;
mod objects;
mod operators;
mod terms;

pub(super) use messages::Scope;
pub(super) use terms::{Scalar, Term};

use crate::model::Model;
use crate::policy::compile::intern::Interner;
use crate::policy::compile::objects::{Field, Objects};
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use crate::text::source::FileId;
use nk_grammar::psl::{Entry, Prefix, Value, ValueKind};
use nk_grammar::syntax::{QName, Span};
use nk_security::{Expr, ExprId, ObjectId, Read, Test};

/// Compiles the expressions of one rule or choice.
pub(super) struct ExprCompiler<'c, 'm> {
    /// Types, layouts and constants of the descriptions.
    pub(super) model: &'m Model,
    /// The policy objects that calls may name.
    pub(super) objects: &'c Objects,
    /// Takes the expressions.
    pub(super) interner: &'c mut Interner,
    /// Takes what is wrong.
    pub(super) findings: &'c mut Vec<Diagnostic>,
    /// The file of the rule or choice.
    pub(super) file: FileId,
    /// What `message` is there.
    pub(super) scope: Scope<'m>,
    /// What was read so far, as it is written: the audit log and the tools that
    /// explain a decision show these values.
    pub(super) reads: Vec<Read>,
}

/// Values that one rule shows at most.
const MAX_READS: usize = 24;

/// Whether an expression looks at the message or at the state of an object, and
/// not at other expressions only.
const fn reads(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Number(..)
            | Expr::String(_)
            | Expr::Bytes(_)
            | Expr::Handle(_)
            | Expr::CallableSid
            | Expr::Empty(_)
            | Expr::Size(..)
            | Expr::State(..)
            | Expr::Contains(..)
            | Expr::Entry { .. }
            | Expr::Level(..)
            | Expr::Matches { .. }
    )
}

impl<'m> ExprCompiler<'_, 'm> {
    /// Compiles any value, and notes it when it is read from the message or
    /// from the state of an object. The depth of the recursion is limited by
    /// the parser.
    pub(super) fn term(&mut self, value: &Value) -> Term<'m> {
        let term = self.term_of_kind(value);
        if let Term::Scalar(_, id) = &term
            && matches!(
                value.kind,
                ValueKind::Path(_)
                    | ValueKind::Field(..)
                    | ValueKind::Index(..)
                    | ValueKind::Call { .. }
            )
            && self.interner.expression(*id).is_some_and(reads)
        {
            self.note(&value.to_string(), *id);
        }
        term
    }

    /// Notes that a value is read, under the name that people see. One that is
    /// read twice is noted once.
    pub(in crate::policy) fn note(&mut self, name: &str, expr: ExprId) {
        if self.reads.len() < MAX_READS && self.reads.iter().all(|read| read.expr != expr) {
            let name = self.interner.name(name);
            self.reads.push(Read { name, expr });
        }
    }

    /// Compiles a value by its syntax.
    fn term_of_kind(&mut self, value: &Value) -> Term<'m> {
        match &value.kind {
            ValueKind::Unit => Term::Unit,
            ValueKind::Integer(number) => self.integer(*number, false, value.span),
            ValueKind::Text(text) => Term::Scalar(Scalar::Text, self.interner.text(text)),
            ValueKind::Path(path) => self.path(path),
            ValueKind::Dictionary(entries) => self.dictionary(entries),
            ValueKind::List(values) => {
                Term::List(values.iter().map(|value| self.term(value)).collect())
            }
            ValueKind::Call { name, argument } => self.call(name, argument),
            ValueKind::Prefix(Prefix::Minus, operand)
                if matches!(operand.kind, ValueKind::Integer(_)) =>
            {
                let ValueKind::Integer(number) = operand.kind else {
                    return Term::Wrong;
                };
                self.integer(number, true, value.span)
            }
            ValueKind::Prefix(prefix, operand) => self.prefix(*prefix, operand, value.span),
            ValueKind::Chain(operands, operators) => self.chain(operands, operators),
            ValueKind::Field(of, name) => {
                let term = self.term(of);
                self.field(term, &name.text, name.span)
            }
            ValueKind::Index(of, index) => self.index(of, index),
        }
    }

    /// What the keys of a choice are compared with, and when each alternative
    /// applies; `None` where something is wrong.
    ///
    ///
    /// ```text
    /// choice (message.mode) {
    ///     0 : grant ()
    ///     _ : deny ()
    /// }
    /// ```
    pub(super) fn selected<'v>(
        &mut self,
        term: &Term<'m>,
        selector: &Value,
        keys: impl Iterator<Item = &'v Value>,
    ) -> (Option<ExprId>, Vec<Option<Test>>) {
        match term {
            Term::Scalar(_, id) => (Some(*id), keys.map(|key| self.key(term, key)).collect()),
            Term::Select(object, text) => self.patterns(*object, *text, keys),
            Term::Wrong => (None, keys.map(|_| None).collect()),
            other => {
                self.mismatch::<()>(
                    "a state, level, number, text or Boolean",
                    other,
                    selector.span,
                );
                (None, keys.map(|_| None).collect())
            }
        }
    }

    /// The keys of `choice (re.select {text})` are patterns. They are compiled
    /// to one table; what is compared is the number of the first pattern that
    /// matches.
    ///
    ///
    /// ```text
    /// choice (re.select {text : message.path}) {
    ///     "/tmp/.*" : grant ()
    ///     "/etc/.*" : deny ()
    /// }
    /// ```
    fn patterns<'v>(
        &mut self,
        object: ObjectId,
        text: ExprId,
        keys: impl Iterator<Item = &'v Value>,
    ) -> (Option<ExprId>, Vec<Option<Test>>) {
        let mut patterns: Vec<(&str, Span)> = Vec::new();
        let mut tests = Vec::new();
        for key in keys {
            let applies = match &key.kind {
                ValueKind::Path(path) if path.text == "_" => Some(Test::Any),
                ValueKind::Text(pattern) => {
                    patterns.push((pattern, key.span));
                    i128::try_from(patterns.len() - 1).ok().map(Test::Number)
                }
                _ => {
                    let here = self.place(key.span);
                    self.report(Diagnostic::new(
                        Code::TYPE_MISMATCH,
                        "the keys of `re.select` are patterns, `\"…\"`",
                        here,
                    ))
                }
            };
            tests.push(applies);
        }
        let dfa = self.dfa(&patterns);
        (
            dfa.map(|dfa| self.interner.expr(Expr::Selects { object, text, dfa })),
            tests,
        )
    }

    /// A value that must be a Boolean.
    pub(super) fn truth(&mut self, value: &Value) -> Option<ExprId> {
        match self.term(value) {
            Term::Scalar(Scalar::Bool, id) => Some(id),
            Term::Wrong => None,
            other => self.mismatch("a Boolean", &other, value.span),
        }
    }

    /// A value that must be a SID: one of the language's, an unsigned integer,
    /// or a constant that is not negative.
    pub(super) fn sid(&mut self, value: &Value) -> Option<ExprId> {
        match self.term(value) {
            Term::Scalar(scalar, id) if self.is_sid(scalar, id) => Some(id),
            Term::Wrong => None,
            other => self.mismatch("a SID", &other, value.span),
        }
    }

    /// Whether a scalar can be used as a SID.
    fn is_sid(&self, scalar: Scalar, id: ExprId) -> bool {
        match scalar {
            Scalar::Sid => true,
            Scalar::Int(width) => !width.signed(),
            Scalar::Literal => self.constant(id).is_some_and(|number| number >= 0),
            _ => false,
        }
    }

    /// The values of a dictionary argument that has exactly these keys, in
    /// their order; E508 otherwise. `what` is the name of the call, for the
    /// message.
    ///
    ///
    /// Missing, unknown and misspelled parameters are all refused: none has a
    /// default, and `()` is how a policy leaves one out.
    pub(super) fn arguments<'v, const N: usize>(
        &mut self,
        what: &str,
        argument: &'v Value,
        keys: [&str; N],
    ) -> Option<[&'v Value; N]> {
        let ValueKind::Dictionary(entries) = &argument.kind else {
            let message = format!("`{what}` takes a dictionary");
            return self.wrong_arguments(what, &keys, message, argument.span);
        };
        let other = |entry: &&Entry| !keys.contains(&entry.key.text.as_str());
        if let Some(other) = entries.iter().find(other) {
            let message = format!("`{what}` has no parameter `{}`", other.key.text);
            return self.wrong_arguments(what, &keys, message, other.key.span);
        }
        let mut found = Vec::with_capacity(N);
        for key in keys {
            let Some(entry) = entries.iter().find(|entry| entry.key.text == key) else {
                let message = format!("`{what}` needs `{key}`");
                return self.wrong_arguments(what, &keys, message, argument.span);
            };
            found.push(&entry.value);
        }
        found.try_into().ok()
    }

    /// E508 about the arguments of a call, with the whole form as help.
    fn wrong_arguments<T>(
        &mut self,
        what: &str,
        keys: &[&str],
        message: String,
        span: Span,
    ) -> Option<T> {
        let form: Vec<String> = keys.iter().map(|key| format!("{key} : …")).collect();
        let help = format!("write `{what} {{ {} }}`", form.join(", "));
        let here = self.place(span);
        self.report(Diagnostic::new(Code::UNKNOWN_RULE, message, here).help(help))
    }

    /// The scalars of an entry of a `HashSet`, in the order of its type.
    pub(super) fn entry(&mut self, value: &Value, ty: &Field) -> Option<Vec<ExprId>> {
        let term = self.term(value);
        let mut scalars = Vec::new();
        self.flatten(term, ty, value.span, &mut scalars)?;
        Some(scalars)
    }

    /// Adds the scalars of a part of an entry. The depth is that of the type.
    fn flatten(
        &mut self,
        term: Term<'m>,
        ty: &Field,
        span: Span,
        scalars: &mut Vec<ExprId>,
    ) -> Option<()> {
        match ty {
            Field::None => None,
            Field::Scalar(scalar) => {
                scalars.push(self.converted(term, *scalar, span)?);
                Some(())
            }
            Field::Dictionary(fields) => fields.iter().try_for_each(|(name, ty)| {
                let field = self.field(term.clone(), name, span);
                self.flatten(field, ty, span, scalars)
            }),
            Field::Tuple(types) => match term {
                Term::List(terms) if terms.len() == types.len() => terms
                    .into_iter()
                    .zip(types)
                    .try_for_each(|(term, ty)| self.flatten(term, ty, span, scalars)),
                Term::Wrong => None,
                other => self.mismatch(&format!("a list of {} values", types.len()), &other, span),
            },
        }
    }

    /// A term as a scalar of this type. Only literals and SIDs convert; a
    /// literal has to fit (E202).
    ///
    ///
    /// An integer never converts to another width by itself: `math.uint32` and
    /// the like say it.
    pub(super) fn converted(&mut self, term: Term<'m>, to: Scalar, span: Span) -> Option<ExprId> {
        match term {
            Term::Scalar(from, id) if from == to => Some(id),
            Term::Scalar(Scalar::Literal, id) => {
                let fits = match (to, self.constant(id)) {
                    (Scalar::Int(width), Some(number)) => width.holds(number),
                    (Scalar::Sid, Some(number)) => u64::try_from(number).is_ok(),
                    _ => return self.mismatch(&to.describe(), &term, span),
                };
                fits.then_some(id).or_else(|| self.too_large(id, to, span))
            }
            Term::Scalar(from, id) if to == Scalar::Sid && self.is_sid(from, id) => Some(id),
            Term::Wrong => None,
            other => self.mismatch(&to.describe(), &other, span),
        }
    }

    /// E202: a number outside of its type.
    fn too_large<T>(&mut self, id: ExprId, ty: Scalar, span: Span) -> Option<T> {
        let number = self.constant(id).unwrap_or(0);
        let message = format!("{number} is outside of the range of {}", ty.describe());
        let here = self.place(span);
        self.report(Diagnostic::new(Code::VALUE_OUT_OF_RANGE, message, here))
    }

    /// A literal. The language has 64 bits of either sign, so that anything
    /// from the least signed to the greatest unsigned number is one.
    fn integer(&mut self, number: Option<u128>, negative: bool, span: Span) -> Term<'m> {
        let number = number.and_then(|number| i128::try_from(number).ok());
        let number = number.filter(|number| u64::try_from(*number).is_ok());
        match number.map(|number| if negative { -number } else { number }) {
            Some(number) if number >= i64::MIN.into() => {
                Term::Scalar(Scalar::Literal, self.interner.expr(Expr::Int(number)))
            }
            _ => {
                let here = self.place(span);
                self.refused(Diagnostic::new(
                    Code::VALUE_OUT_OF_RANGE,
                    "no integer type holds this number",
                    here,
                ))
            }
        }
    }

    /// `{ key : value, … }`; a duplicate key is reported, and the first one
    /// counts.
    fn dictionary(&mut self, entries: &[Entry]) -> Term<'m> {
        let mut fields: Vec<(String, Term<'m>)> = Vec::new();
        for entry in entries {
            if fields.iter().any(|(name, _)| *name == entry.key.text) {
                let here = self.place(entry.key.span);
                let message = format!("duplicate key `{}`", entry.key.text);
                self.report::<()>(
                    Diagnostic::new(Code::CLASS_ALIAS, message, here).help("remove one"),
                );
                continue;
            }
            let term = self.term(&entry.value);
            fields.push((entry.key.text.clone(), term));
        }
        Term::Dictionary(fields)
    }

    /// A name with dots: `message.field`, `src_sid`, `true`, or the name of a
    /// constant. Each field has a place of its own, for findings.
    ///
    ///
    /// ```text
    /// message.header.length    // parameter `header`, field `length`
    /// ```
    fn path(&mut self, path: &QName) -> Term<'m> {
        let (first, rest) = path
            .text
            .split_once('.')
            .map_or((path.text.as_str(), None), |(a, b)| (a, Some(b)));
        let term = match (first, rest) {
            ("message", _) => Term::Message,
            ("true", None) => Term::Scalar(Scalar::Bool, self.interner.expr(Expr::Bool(true))),
            ("false", None) => Term::Scalar(Scalar::Bool, self.interner.expr(Expr::Bool(false))),
            ("src_sid", None) => Term::Scalar(Scalar::Sid, self.interner.expr(Expr::SrcSid)),
            ("dst_sid", None) => self.destination(path.span),
            ("callable_sid", None) => self.callable(path.span),
            _ => self.named_constant(path),
        };
        let mut start = path.span.start + u32::try_from(first.len()).unwrap_or(0);
        rest.filter(|_| matches!(term, Term::Message))
            .into_iter()
            .flat_map(|rest| rest.split('.'))
            .fold(term, |term, name| {
                let from = start + 1;
                start = from + u32::try_from(name.len()).unwrap_or(0);
                self.field(term, name, Span::new(from, start))
            })
    }

    /// `dst_sid`; a security request has no destination (`docs/psl.md` §5.4).
    fn destination(&mut self, span: Span) -> Term<'m> {
        if self.scope.is_security() {
            let here = self.place(span);
            let finding = Diagnostic::new(
                Code::TYPE_MISMATCH,
                "a security request has no `dst_sid`",
                here,
            );
            return self.refused(finding.help("`src_sid` is the process that asks"));
        }
        Term::Scalar(Scalar::Sid, self.interner.expr(Expr::DstSid))
    }

    /// `callable_sid`: the SID of the resource that the call went to (part K,
    /// 16).
    fn callable(&mut self, span: Span) -> Term<'m> {
        if matches!(self.scope, Scope::Start) || self.scope.is_security() {
            let here = self.place(span);
            let finding = Diagnostic::new(
                Code::TYPE_MISMATCH,
                "only messages have a `callable_sid`",
                here,
            );
            return self.refused(finding);
        }
        Term::Scalar(Scalar::Sid, self.interner.expr(Expr::CallableSid))
    }

    /// `package.Constant` of an IDL file (`docs/psl.md` §14, 8); E508 for another name.
    ///
    ///
    /// ```text
    /// assert (message.mode == fs.Types.ReadOnly)
    /// ```
    fn named_constant(&mut self, path: &QName) -> Term<'m> {
        let named = path.text.rsplit_once('.').and_then(|(package, name)| {
            let package = self.model.package(self.model.package_named(package)?);
            package
                .constants
                .iter()
                .find(|constant| constant.name == name)
        });
        if let Some(constant) = named {
            return Term::Scalar(
                Scalar::Literal,
                self.interner.expr(Expr::Int(constant.value)),
            );
        }
        let here = self.place(path.span);
        let known = [
            "message",
            "src_sid",
            "dst_sid",
            "callable_sid",
            "true",
            "false",
        ];
        let help = crate::text::suggest::did_you_mean(&path.text, known);
        let help = help.unwrap_or_else(|| {
            "a policy reads `message`, `src_sid` and `dst_sid`; texts are written in quotes"
                .to_owned()
        });
        self.refused(
            Diagnostic::new(
                Code::UNKNOWN_RULE,
                format!("unknown name `{}`", path.text),
                here,
            )
            .help(help),
        )
    }

    /// The value of a constant integer; `None` for any other expression.
    pub(super) fn constant(&self, id: ExprId) -> Option<i128> {
        match self.interner.expression(id)? {
            Expr::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// A span of this rule's file as a place.
    pub(super) fn place(&self, span: Span) -> Place {
        Place::new(self.file, span)
    }

    /// Reports a finding, and gives `None`: the last step of whatever finds a
    /// mistake.
    pub(super) fn report<T>(&mut self, finding: Diagnostic) -> Option<T> {
        self.findings.push(finding);
        None
    }

    /// Reports a finding: the expression it is about has no value.
    pub(super) fn refused(&mut self, finding: Diagnostic) -> Term<'m> {
        self.findings.push(finding);
        Term::Wrong
    }

    /// E507 for an expression, unless what is wrong in it was reported before.
    pub(super) fn mismatched(&mut self, expected: &str, found: &Term<'m>, span: Span) -> Term<'m> {
        if !matches!(found, Term::Wrong) {
            self.mismatch::<()>(expected, found, span);
        }
        Term::Wrong
    }

    /// E507: a value of another type.
    pub(super) fn mismatch<T>(
        &mut self,
        expected: &str,
        found: &Term<'m>,
        span: Span,
    ) -> Option<T> {
        let message = format!("expected {expected}, found {}", found.describe());
        let here = self.place(span);
        self.report(Diagnostic::new(Code::TYPE_MISMATCH, message, here))
    }
}
