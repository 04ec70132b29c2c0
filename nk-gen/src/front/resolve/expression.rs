//! Evaluates constant expressions in 128 bits, checked at every step (E202).
//! Source: `docs/languages.md` §4.
//!
//! Intermediate results may exceed every type of the language:
//! `(1 << 40) >> 38` is 4. Only the final value has to fit its type, which
//! [`super::constants`] checks. What does not fit 128 signed bits is refused at
//! the step where it happens; nothing wraps around.
use crate::options::limits::raise;
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Findings, Place};
use crate::text::source::FileId;
use nk_grammar::syntax::{BinaryOp, Expr, ExprKind, QName, Span, UnaryOp};

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoValue {
    /// It uses an external name.
    ///
    /// The value exists, and is not known here: not a mistake as long as
    /// nothing needs it.
    External(String),
    /// It is reported already.
    ///
    /// Whoever uses the expression says nothing more.
    Broken,
}

/// An evaluation in one file.
pub(crate) struct Evaluation<'e> {
    /// The file, for findings.
    pub(crate) file: FileId,
    /// Most operators and operands.
    ///
    /// The limit `expression-nodes`, which bounds the time that one expression
    /// takes.
    pub(crate) most: u64,
    /// Gives the value of a name.
    pub(crate) value_of: &'e mut dyn FnMut(&QName, &mut Findings) -> Result<i128, NoValue>,
    /// Where mistakes are reported.
    pub(crate) findings: &'e mut Findings,
}

impl Evaluation<'_> {
    /// The value of an expression, within the limit `expression-nodes` (E010).
    pub(crate) fn run(mut self, expr: &Expr) -> Result<i128, NoValue> {
        if nodes(expr) <= self.most {
            return self.value(expr);
        }
        let most = self.most;
        let message = format!("the expression has more than {most} operators and operands");
        let place = Place::new(self.file, expr.span);
        let help = format!(
            "give parts of it names of their own, or {}",
            raise("expression-nodes")
        );
        self.findings
            .push(Diagnostic::new(Code::DECLARATION_TOO_LARGE, message, place).help(help));
        Err(NoValue::Broken)
    }

    /// Recursion is bounded: the parser refuses text that nests deeper than 64,
    /// and chains are flat.
    fn value(&mut self, expr: &Expr) -> Result<i128, NoValue> {
        match &expr.kind {
            ExprKind::Int(value) => self.literal(*value, expr.span),
            ExprKind::Name(name) => (self.value_of)(name, self.findings),
            ExprKind::Unary(operators, operand) => {
                let value = self.value(operand)?;
                let unary = |value, operator: &_| self.unary(*operator, value, expr.span);
                operators.iter().rev().try_fold(value, unary)
            }
            ExprKind::Chain(first, rest) => {
                let first = self.value(first)?;
                rest.iter().try_fold(first, |left, (operator, operand)| {
                    let right = self.value(operand)?;
                    self.binary(*operator, left, right, operand.span)
                })
            }
            ExprKind::Power(base, exponent) => {
                let (base, power) = (self.value(base)?, self.value(exponent)?);
                self.power(base, power, expr.span, exponent.span)
            }
        }
    }

    /// A literal is not negative; the parser has no value for one over 128
    /// bits, and one over 127 bits does not fit either.
    fn literal(&mut self, value: Option<u128>, span: Span) -> Result<i128, NoValue> {
        let value = value.and_then(|value| i128::try_from(value).ok());
        value.map_or_else(|| self.fail("the number does not fit 127 bits", span), Ok)
    }

    /// The value behind one prefix operator; only `-` can leave the range.
    fn unary(&mut self, operator: UnaryOp, value: i128, span: Span) -> Result<i128, NoValue> {
        match operator {
            UnaryOp::Plus => Ok(value),
            UnaryOp::Not => Ok(!value),
            UnaryOp::Neg => value.checked_neg().map_or_else(|| self.overflow(span), Ok),
        }
    }

    /// `left operator right`; `span` is the right operand, where a mistake is
    /// shown.
    fn binary(
        &mut self,
        operator: BinaryOp,
        left: i128,
        right: i128,
        span: Span,
    ) -> Result<i128, NoValue> {
        let result = match operator {
            BinaryOp::Or => Some(left | right),
            BinaryOp::Xor => Some(left ^ right),
            BinaryOp::And => Some(left & right),
            BinaryOp::Shl | BinaryOp::Shr => return self.shift(operator, left, right, span),
            BinaryOp::Add => left.checked_add(right),
            BinaryOp::Sub => left.checked_sub(right),
            BinaryOp::Mul => left.checked_mul(right),
            BinaryOp::Div | BinaryOp::Rem if right == 0 => {
                return self.fail("division by zero", span);
            }
            BinaryOp::Div => left.checked_div(right),
            BinaryOp::Rem => left.checked_rem(right),
        };
        result.map_or_else(|| self.overflow(span), Ok)
    }

    /// A shift to the left must not lose bits; one to the right drops them.
    fn shift(
        &mut self,
        operator: BinaryOp,
        left: i128,
        right: i128,
        span: Span,
    ) -> Result<i128, NoValue> {
        let Some(amount) = u32::try_from(right).ok().filter(|amount| *amount < 128) else {
            return self.fail(
                format!("the shift amount {right} is not within 0…127"),
                span,
            );
        };
        if operator == BinaryOp::Shr {
            return Ok(left >> amount);
        }
        let shifted = left << amount;
        let kept = (shifted >> amount == left).then_some(shifted);
        kept.map_or_else(|| self.overflow(span), Ok)
    }

    /// `0 ** 0` is 1, as in most languages. The powers of 0, 1 and -1 exist for
    /// every exponent, also for one that `checked_pow` cannot take.
    fn power(
        &mut self,
        base: i128,
        exponent: i128,
        whole: Span,
        span: Span,
    ) -> Result<i128, NoValue> {
        if exponent < 0 {
            return self.fail(format!("the exponent {exponent} is negative"), span);
        }
        let power = match base {
            0 | 1 => Some(if exponent == 0 { 1 } else { base }),
            -1 => Some(if exponent % 2 == 0 { 1 } else { -1 }),
            _ => u32::try_from(exponent)
                .ok()
                .and_then(|exponent| base.checked_pow(exponent)),
        };
        power.map_or_else(|| self.overflow(whole), Ok)
    }

    /// E202 for a step whose result is over 127 bits and a sign.
    fn overflow(&mut self, span: Span) -> Result<i128, NoValue> {
        self.fail("overflow: the result does not fit 127 bits", span)
    }

    /// Reports a mistake (E202), so that the expression has no value.
    fn fail(&mut self, message: impl Into<String>, span: Span) -> Result<i128, NoValue> {
        let place = Place::new(self.file, span);
        self.findings
            .push(Diagnostic::new(Code::VALUE_OUT_OF_RANGE, message, place));
        Err(NoValue::Broken)
    }
}

/// How many operators and operands an expression has.
///
/// Recursion is bounded as in [`Evaluation::value`].
fn nodes(expr: &Expr) -> u64 {
    match &expr.kind {
        ExprKind::Int(_) | ExprKind::Name(_) => 1,
        ExprKind::Unary(operators, operand) => {
            (operators.len() as u64).saturating_add(nodes(operand))
        }
        ExprKind::Chain(first, rest) => rest
            .iter()
            .fold(nodes(first), |sum, (_, operand)| sum + 1 + nodes(operand)),
        ExprKind::Power(base, exponent) => 1 + nodes(base) + nodes(exponent),
    }
}
