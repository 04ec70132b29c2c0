//! Operators of Pred, Bool and Math (`docs/psl.md` §9.2–§9.4).
//!
//! The types are strict: two integers must have one type, and a literal takes
//! the type of what it is combined with. Arithmetic that leaves its type fails
//! at run time, and the event is denied; that of constants is refused here.
use super::terms::width_name;
use super::{ExprCompiler, Scalar, Term};
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;
use nk_grammar::psl::{Operator, Prefix, Value};
use nk_grammar::syntax::Span;
use nk_security::{Arithmetic, Expr, ExprId, Width};

impl<'m> ExprCompiler<'_, 'm> {
    /// `!a`, `+a`, `-a`, `~a`.
    pub(super) fn prefix(&mut self, prefix: Prefix, operand: &Value, span: Span) -> Term<'m> {
        match prefix {
            Prefix::Not => {
                let Some(truth) = self.truth(operand) else {
                    return Term::Wrong;
                };
                self.not(truth)
            }
            Prefix::Plus => self.term(operand),
            Prefix::Minus => self.negated(operand),
            Prefix::Complement => match self.term(operand) {
                Term::Scalar(Scalar::Int(width), id) => Term::Scalar(
                    Scalar::Int(width),
                    self.interner.expr(Expr::Complement(id, width)),
                ),
                Term::Wrong => Term::Wrong,
                // a literal has no width to complement in
                other => self.mismatched("an integer with a type", &other, span),
            },
        }
    }

    /// `-a`: what is subtracted from 0, of a signed type.
    pub(super) fn negated(&mut self, operand: &Value) -> Term<'m> {
        match self.term(operand) {
            Term::Scalar(Scalar::Literal, id) => {
                let negated = self.constant(id).and_then(i128::checked_neg).unwrap_or(0);
                Term::Scalar(Scalar::Literal, self.interner.expr(Expr::Int(negated)))
            }
            Term::Scalar(Scalar::Int(width), id) if width.signed() => {
                let zero = self.interner.expr(Expr::Int(0));
                let negated = Expr::Arithmetic(Arithmetic::Subtract, zero, id, width);
                Term::Scalar(Scalar::Int(width), self.interner.expr(negated))
            }
            Term::Wrong => Term::Wrong,
            other => self.mismatched("a signed integer", &other, operand.span),
        }
    }

    /// An expression as a Boolean term.
    pub(super) fn boolean(&mut self, expr: Expr) -> Term<'m> {
        Term::Scalar(Scalar::Bool, self.interner.expr(expr))
    }

    /// `!a`, folded for a constant.
    fn not(&mut self, truth: ExprId) -> Term<'m> {
        let folded = match self.interner.expression(truth) {
            Some(Expr::Bool(truth)) => Expr::Bool(!truth),
            _ => Expr::Not(truth),
        };
        self.boolean(folded)
    }

    /// Operands with operators of one precedence: `a + b - c`, `a && b && c`.
    /// The parser has grouped them.
    pub(super) fn chain(&mut self, operands: &[Value], operators: &[Operator]) -> Term<'m> {
        match operators.first() {
            Some(operator @ (Operator::And | Operator::Or)) => {
                let terms: Option<Vec<ExprId>> =
                    operands.iter().map(|operand| self.truth(operand)).collect();
                terms.map_or(Term::Wrong, |terms| {
                    self.all_or_any(&terms, *operator == Operator::And)
                })
            }
            Some(Operator::Implies) => self.implication(operands),
            Some(operator) if is_arithmetic(*operator) => self.calculation(operands, operators),
            Some(operator) => self.comparison(operands, *operator, operators.len()),
            None => Term::Wrong,
        }
    }

    /// `a ==> b` is `!a || b`, grouped from the right.
    ///
    ///
    /// ```text
    /// message.write ==> message.mode == 2
    /// ```
    fn implication(&mut self, operands: &[Value]) -> Term<'m> {
        let terms: Option<Vec<ExprId>> =
            operands.iter().map(|operand| self.truth(operand)).collect();
        let mut terms = terms.unwrap_or_default().into_iter().rev();
        let Some(last) = terms.next() else {
            return Term::Wrong;
        };
        let mut joined = Term::Scalar(Scalar::Bool, last);
        for condition in terms {
            let (Term::Scalar(_, not), Term::Scalar(_, then)) = (self.not(condition), &joined)
            else {
                return Term::Wrong;
            };
            joined = self.all_or_any(&[not, *then], false);
        }
        joined
    }

    /// `a < b` and the like. Numbers are ordered; everything else is equal or
    /// not. `a < b < c` is refused: it would compare a Boolean.
    ///
    ///
    /// ```text
    /// 0 < message.x && message.x < 10   // instead of 0 < message.x < 10
    /// ```
    fn comparison(&mut self, operands: &[Value], operator: Operator, count: usize) -> Term<'m> {
        let [a, b, ..] = operands else {
            return Term::Wrong;
        };
        if count > 1 {
            let here = self.place(b.span);
            let finding = Diagnostic::new(Code::TYPE_MISMATCH, "comparisons do not chain", here);
            return self
                .refused(finding.help(format!("write `a {0} b && b {0} c`", operator.symbol())));
        }
        let (x, y) = (self.term(a), self.term(b));
        let Some((scalar, x, y)) = self.unified(x, y, a.span, b.span) else {
            return Term::Wrong;
        };
        let ordered = matches!(scalar, Scalar::Int(_) | Scalar::Literal);
        if !ordered && !matches!(operator, Operator::Equal | Operator::NotEqual) {
            let here = self.place(a.span.to(b.span));
            let message = format!(
                "`{}` compares numbers, not {}",
                operator.symbol(),
                plural(scalar)
            );
            return self.refused(Diagnostic::new(Code::TYPE_MISMATCH, message, here));
        }
        let expr = self.folded(comparison_expr(operator, scalar, x, y));
        let truth = self.interner.expr(expr);
        if operator == Operator::NotEqual {
            self.not(truth)
        } else {
            Term::Scalar(Scalar::Bool, truth)
        }
    }

    /// Decides a comparison of constants.
    fn folded(&self, expr: Expr) -> Expr {
        let truth = |id: ExprId| match self.interner.expression(id) {
            Some(Expr::Bool(truth)) => Some(*truth),
            _ => None,
        };
        let folded = match &expr {
            Expr::Less(a, b) => self.constant(*a).zip(self.constant(*b)).map(|(a, b)| a < b),
            Expr::LessOrEqual(a, b) => self
                .constant(*a)
                .zip(self.constant(*b))
                .map(|(a, b)| a <= b),
            Expr::Equal(a, b) => self
                .constant(*a)
                .zip(self.constant(*b))
                .map(|(a, b)| a == b),
            Expr::EqualTexts(a, b) => self
                .interner
                .constant_text(*a)
                .zip(self.interner.constant_text(*b))
                .map(|(a, b)| a == b),
            Expr::EqualTruths(a, b) => truth(*a).zip(truth(*b)).map(|(a, b)| a == b),
            _ => None,
        };
        folded.map_or(expr, Expr::Bool)
    }

    /// Two scalars as the same type; E507 when there is none.
    ///
    /// A literal takes the type of the other, a text that of a state or level,
    /// and an unsigned integer may be a SID. `at` and `bt` are the spans of the
    /// operands.
    ///
    ///
    /// ```text
    /// message.count == 3           // the literal becomes `UInt32`
    /// flow.query {…} == "open"     // the text becomes a state
    /// src_sid == message.process   // `UInt64` may be a SID
    /// ```
    pub(super) fn unified(
        &mut self,
        a: Term<'m>,
        b: Term<'m>,
        at: Span,
        bt: Span,
    ) -> Option<(Scalar, ExprId, ExprId)> {
        let (Term::Scalar(x, xid), Term::Scalar(y, yid)) = (&a, &b) else {
            return match (&a, &b) {
                (Term::Wrong, _) | (_, Term::Wrong) => None,
                (Term::Scalar(..), other) => self.mismatch("a number, text or Boolean", other, bt),
                (other, _) => self.mismatch("a number, text or Boolean", other, at),
            };
        };
        let (x, y, xid, yid) = (*x, *y, *xid, *yid);
        match (x, y) {
            _ if x == y => Some((x, xid, yid)),
            (Scalar::State(object), Scalar::Text) => {
                Some((x, xid, self.state_number(object, yid, bt)?))
            }
            (Scalar::Text, Scalar::State(object)) => {
                Some((y, self.state_number(object, xid, at)?, yid))
            }
            (Scalar::Level(object), Scalar::Text) => {
                Some((x, xid, self.level_number(object, yid, bt)?))
            }
            (Scalar::Text, Scalar::Level(object)) => {
                Some((y, self.level_number(object, xid, at)?, yid))
            }
            (Scalar::Literal, Scalar::Int(_) | Scalar::Sid) => {
                Some((y, self.converted(a, y, at)?, yid))
            }
            (Scalar::Int(_) | Scalar::Sid, Scalar::Literal) => {
                Some((x, xid, self.converted(b, x, bt)?))
            }
            (Scalar::Int(width), Scalar::Sid) | (Scalar::Sid, Scalar::Int(width))
                if !width.signed() =>
            {
                Some((Scalar::Sid, xid, yid))
            }
            (Scalar::Int(first), Scalar::Int(second)) => {
                self.mismatched_widths(first, second, at.to(bt))
            }
            _ => self.mismatch(&x.describe(), &b, bt),
        }
    }

    /// E507 for two integer types: the language converts none by itself.
    fn mismatched_widths<T>(&mut self, first: Width, second: Width, span: Span) -> Option<T> {
        let (a, b) = (width_name(first), width_name(second));
        let message = format!("mismatched types `{a}` and `{b}`");
        let (wider, narrower) = if first.size() > second.size() {
            (a, "the second")
        } else {
            (b, "the first")
        };
        let help = format!("widen {narrower} with `math.{}`", wider.to_lowercase());
        let here = self.place(span);
        self.report(Diagnostic::new(Code::TYPE_MISMATCH, message, here).help(help))
    }

    /// Additions, multiplications and bits: from the left.
    fn calculation(&mut self, operands: &[Value], operators: &[Operator]) -> Term<'m> {
        let mut rest = operands.iter();
        let Some(first) = rest.next() else {
            return Term::Wrong;
        };
        let (mut result, mut span) = (self.term(first), first.span);
        for (operand, operator) in rest.zip(operators) {
            let term = self.term(operand);
            let operation = match operator {
                Operator::Plus => Arithmetic::Add,
                Operator::Minus => Arithmetic::Subtract,
                Operator::Times => Arithmetic::Multiply,
                Operator::BitAnd => Arithmetic::And,
                _ => Arithmetic::Or,
            };
            result = self.calculated(operation, result, term, span, operand.span);
            span = span.to(operand.span);
        }
        result
    }

    /// One operation of arithmetic, folded for constants.
    pub(super) fn calculated(
        &mut self,
        operation: Arithmetic,
        a: Term<'m>,
        b: Term<'m>,
        at: Span,
        bt: Span,
    ) -> Term<'m> {
        let Some((scalar, x, y)) = self.unified(a, b, at, bt) else {
            return Term::Wrong;
        };
        let here = self.place(at.to(bt));
        match scalar {
            Scalar::Literal => {
                let (Some(a), Some(b)) = (self.constant(x), self.constant(y)) else {
                    return Term::Wrong;
                };
                let Some(result) = constant_result(operation, a, b) else {
                    let message = "no integer type holds the result";
                    return self.refused(Diagnostic::new(Code::VALUE_OUT_OF_RANGE, message, here));
                };
                Term::Scalar(Scalar::Literal, self.interner.expr(Expr::Int(result)))
            }
            Scalar::Int(width) => self.typed(Expr::Arithmetic(operation, x, y, width), width),
            other => {
                let message = format!("arithmetic is for numbers, not {}", plural(other));
                self.refused(Diagnostic::new(Code::TYPE_MISMATCH, message, here))
            }
        }
    }

    /// An expression as an integer of a type.
    pub(super) fn typed(&mut self, expr: Expr, width: Width) -> Term<'m> {
        Term::Scalar(Scalar::Int(width), self.interner.expr(expr))
    }
}

/// Whether an operator calculates; the others compare or connect Booleans.
const fn is_arithmetic(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::Plus | Operator::Minus | Operator::Times | Operator::BitAnd | Operator::BitOr
    )
}

/// The values of a type, for messages.
const fn plural(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Literal | Scalar::Int(_) => "numbers",
        Scalar::Sid => "SIDs",
        Scalar::Bool => "Booleans",
        Scalar::Text => "texts",
        Scalar::State(_) => "states",
        Scalar::Level(_) => "levels",
    }
}

/// The expression of a comparison. The program has `<` and `<=` only, so that
/// `>` and `>=` swap the operands; `!=` is negated by the caller.
const fn comparison_expr(operator: Operator, scalar: Scalar, x: ExprId, y: ExprId) -> Expr {
    match (operator, scalar) {
        (Operator::Less, _) => Expr::Less(x, y),
        (Operator::LessOrEqual, _) => Expr::LessOrEqual(x, y),
        (Operator::Greater, _) => Expr::Less(y, x),
        (Operator::GreaterOrEqual, _) => Expr::LessOrEqual(y, x),
        (_, Scalar::Text) => Expr::EqualTexts(x, y),
        (_, Scalar::Bool) => Expr::EqualTruths(x, y),
        _ => Expr::Equal(x, y),
    }
}

/// The result of an operation on constants; `None` when no integer type of the
/// language holds it.
fn constant_result(operation: Arithmetic, a: i128, b: i128) -> Option<i128> {
    let result = match operation {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        Arithmetic::And => Some(a & b),
        Arithmetic::Or => Some(a | b),
    };
    result.filter(|n| u64::try_from(*n).is_ok() || i64::try_from(*n).is_ok())
}
