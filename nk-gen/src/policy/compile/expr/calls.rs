//! Named expressions of the auxiliary models: `pred.empty`, `bool.any`,
//! `math.sum` (`docs/psl.md` §9.2–§9.5).
//!
//! They have no state, and fold when their operands are constants. What is
//! called on a policy object is passed on to `objects`.
use super::terms::width_name;
use super::{ExprCompiler, Scalar, Term};
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;
use nk_grammar::psl::{Value, ValueKind};
use nk_grammar::syntax::QName;
use nk_security::{Arithmetic, Expr, ExprId, Width};

/// The casts of Math: only to a type that holds all values of the other.
const CASTS: [(&str, Width); 6] = [
    ("uint64", Width::U64),
    ("uint32", Width::U32),
    ("uint16", Width::U16),
    ("sint64", Width::I64),
    ("sint32", Width::I32),
    ("sint16", Width::I16),
];

impl<'m> ExprCompiler<'_, 'm> {
    /// `object.expression argument`; a name without a dot is an expression of
    /// Struct.
    pub(super) fn call(&mut self, name: &QName, argument: &Value) -> Term<'m> {
        let (object, called) = name.text.rsplit_once('.').unwrap_or(("", &name.text));
        match (object, called) {
            ("pred", "empty") => self.empty(argument),
            ("" | "struct", "size") => self.number_of_elements(argument),
            ("bool", "all") => self.truths(argument, true),
            ("bool", "any") => self.truths(argument, false),
            ("bool", "cond") => self.conditional(argument),
            ("math", "neg") => self.negated(argument),
            ("math", "abs") => self.absolute(argument),
            ("math", "sum") => self.accumulated(argument, Arithmetic::Add, 0),
            ("math", "product") => self.accumulated(argument, Arithmetic::Multiply, 1),
            ("math", cast) if CASTS.iter().any(|(name, _)| *name == cast) => {
                self.cast(cast, argument)
            }
            _ => self.object_call(object, called, argument, name.span),
        }
    }

    /// `pred.empty`: whether a text, bytes, sequence, list or `()` has no
    /// elements. An array always has some.
    fn empty(&mut self, argument: &Value) -> Term<'m> {
        use crate::model::Type;
        match self.term(argument) {
            Term::Scalar(Scalar::Text, id) => {
                if let Some(empty) = self.interner.constant_text(id).map(str::is_empty) {
                    return self.boolean(Expr::Bool(empty));
                }
                let (size, zero) = (
                    self.interner.expr(Expr::TextSize(id)),
                    self.interner.expr(Expr::Int(0)),
                );
                self.boolean(Expr::Equal(size, zero))
            }
            Term::Place(place, Type::Bytes(_) | Type::Sequence(..)) => {
                self.boolean(Expr::Empty(place))
            }
            Term::Place(_, Type::Array(..)) => self.boolean(Expr::Bool(false)),
            Term::List(terms) => self.boolean(Expr::Bool(terms.is_empty())),
            Term::Unit => self.boolean(Expr::Bool(true)),
            Term::Wrong => Term::Wrong,
            other => self.mismatched("a text, bytes, list or sequence", &other, argument.span),
        }
    }

    /// `size (value)`: elements of a sequence, array, list or bytes, bytes of a
    /// text. A `UInt32` where the message decides, a literal where it is known.
    fn number_of_elements(&mut self, argument: &Value) -> Term<'m> {
        use crate::model::Type;
        let constant = |express: &mut Self, count: usize| {
            let count = i128::try_from(count).unwrap_or(i128::MAX);
            Term::Scalar(Scalar::Literal, express.interner.expr(Expr::Int(count)))
        };
        match self.term(argument) {
            Term::Scalar(Scalar::Text, id) => match self.interner.constant_text(id).map(str::len) {
                Some(length) => constant(self, length),
                None => self.typed(Expr::TextSize(id), Width::U32),
            },
            Term::Place(place, Type::Bytes(_)) => self.typed(Expr::Size(place, 1), Width::U32),
            Term::Place(place, Type::Sequence(element, _)) => match self.size(element) {
                Some(size) => self.typed(Expr::Size(place, size), Width::U32),
                None => Term::Wrong,
            },
            Term::Place(_, Type::Array(_, count)) => {
                let count = self.interner.expr(Expr::Int((*count).into()));
                Term::Scalar(Scalar::Literal, count)
            }
            Term::List(terms) => constant(self, terms.len()),
            Term::Wrong => Term::Wrong,
            other => self.mismatched(
                "a text, bytes, list, sequence or array",
                &other,
                argument.span,
            ),
        }
    }

    /// `bool.all [ … ]`, `bool.any [ … ]`: the operators `&&` and `||` for
    /// lists. Every item is compiled, so that one run finds the mistakes of
    /// all.
    fn truths(&mut self, argument: &Value, all: bool) -> Term<'m> {
        let ValueKind::List(values) = &argument.kind else {
            let term = self.term(argument);
            if !matches!(term, Term::Wrong) {
                self.mismatch::<()>("a list of Booleans", &term, argument.span);
            }
            return Term::Wrong;
        };
        let terms: Vec<Option<ExprId>> = values.iter().map(|value| self.truth(value)).collect();
        let terms: Option<Vec<ExprId>> = terms.into_iter().collect();
        terms.map_or(Term::Wrong, |terms| self.all_or_any(&terms, all))
    }

    /// `bool.cond {if : …, then : …, else : …}`. Both values must have one
    /// type, also when the condition is a constant that chooses one of them.
    ///
    ///
    /// A conditional of two literals gets a type, `UInt64` or `SInt64`, since
    /// it is no constant any more.
    fn conditional(&mut self, argument: &Value) -> Term<'m> {
        let Some([condition, then, otherwise]) =
            self.arguments("bool.cond", argument, ["if", "then", "else"])
        else {
            return Term::Wrong;
        };
        let truth = self.truth(condition);
        let (a, b) = (self.term(then), self.term(otherwise));
        let unified = self.unified(a, b, then.span, otherwise.span);
        let (Some(truth), Some((mut scalar, a, b))) = (truth, unified) else {
            return Term::Wrong;
        };
        if scalar == Scalar::Literal {
            // it is no constant any more, so it needs a type: the one that any number fits
            let signed = [a, b]
                .iter()
                .any(|id| self.constant(*id).is_some_and(|number| number < 0));
            scalar = Scalar::Int(if signed { Width::I64 } else { Width::U64 });
        }
        // both were checked, whichever is meant
        match self.interner.expression(truth) {
            Some(Expr::Bool(true)) => Term::Scalar(scalar, a),
            Some(Expr::Bool(false)) => Term::Scalar(scalar, b),
            _ => Term::Scalar(scalar, self.interner.expr(Expr::If(truth, a, b))),
        }
    }

    /// `math.abs a` for a signed integer. The least number of a type has no
    /// absolute value: the subtraction fails at run time.
    fn absolute(&mut self, argument: &Value) -> Term<'m> {
        match self.term(argument) {
            Term::Scalar(Scalar::Literal, id) => {
                let number = self.constant(id).unwrap_or(0).saturating_abs();
                Term::Scalar(Scalar::Literal, self.interner.expr(Expr::Int(number)))
            }
            Term::Scalar(Scalar::Int(width), id) if width.signed() => {
                let zero = self.interner.expr(Expr::Int(0));
                let negative = self.interner.expr(Expr::Less(id, zero));
                let negated =
                    self.interner
                        .expr(Expr::Arithmetic(Arithmetic::Subtract, zero, id, width));
                self.typed(Expr::If(negative, negated, id), width)
            }
            Term::Wrong => Term::Wrong,
            other => self.mismatched("a signed integer", &other, argument.span),
        }
    }

    /// `math.sum [ … ]`, `math.product [ … ]`, from the left; `neutral` is the
    /// value of the empty list.
    fn accumulated(&mut self, argument: &Value, operation: Arithmetic, neutral: i128) -> Term<'m> {
        let ValueKind::List(values) = &argument.kind else {
            let term = self.term(argument);
            if !matches!(term, Term::Wrong) {
                self.mismatch::<()>("a list of numbers", &term, argument.span);
            }
            return Term::Wrong;
        };
        let mut values = values.iter();
        let Some(first) = values.next() else {
            return Term::Scalar(Scalar::Literal, self.interner.expr(Expr::Int(neutral)));
        };
        let (mut result, mut span) = (self.term(first), first.span);
        for value in values {
            let term = self.term(value);
            result = self.calculated(operation, result, term, span, value.span);
            span = span.to(value.span);
        }
        result
    }

    /// `math.uint32 a` and the like: to a wider type of the same sign, or a
    /// literal to a type that holds it.
    ///
    ///
    /// ```text
    /// math.uint64 (message.small) + message.large
    /// ```
    fn cast(&mut self, name: &str, argument: &Value) -> Term<'m> {
        let to = CASTS
            .iter()
            .find(|(known, _)| *known == name)
            .map_or(Width::U64, |(_, width)| *width);
        match self.term(argument) {
            Term::Scalar(Scalar::Int(from), id)
                if from.signed() == to.signed() && from.size() <= to.size() =>
            {
                Term::Scalar(Scalar::Int(to), id)
            }
            term @ Term::Scalar(Scalar::Literal, _) => {
                match self.converted(term, Scalar::Int(to), argument.span) {
                    Some(id) => Term::Scalar(Scalar::Int(to), id),
                    None => Term::Wrong,
                }
            }
            Term::Scalar(Scalar::Int(from), _) => {
                let here = self.place(argument.span);
                let message = format!(
                    "`math.{name}` only widens: not every `{}` is a `{}`",
                    width_name(from),
                    width_name(to)
                );
                self.refused(Diagnostic::new(Code::TYPE_MISMATCH, message, here))
            }
            Term::Wrong => Term::Wrong,
            other => self.mismatched("an integer", &other, argument.span),
        }
    }
}
