//! Evaluates constant expressions in 128 bits, checked at every step (E202).
//! Source: `spec/idl.md` §4.
use crate::options::limits::raise;
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;
use crate::text::diagnostic::Findings;
use crate::text::source::FileId;
use nk_grammar::syntax::{BinaryOp, Expr, ExprKind, QName, Span, UnaryOp};

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoValue {
    /// It uses an external name.
    External(String),
    /// It is reported already.
    Broken,
}

/// An evaluation in one file.
pub(crate) struct Evaluation<'e> {
    /// The file, for findings.
    pub(crate) file: FileId,
    /// Most operators and operands.
    pub(crate) most: u64,
    /// Gives the value of a name.
    pub(crate) value_of: &'e mut dyn FnMut(&QName, &mut Findings) -> Result<i128, NoValue>,
    /// Where mistakes are reported.
    pub(crate) findings: &'e mut Findings,
}

impl Evaluation<'_> {
    /// The value of an expression.
    pub(crate) fn run(mut self, expr: &Expr) -> Result<i128, NoValue> {
        if nodes(expr) > self.most {
            let message = format!(
                "the expression has more than {} operators and operands",
                self.most
            );
            let place = crate::text::diagnostic::Place {
                file: self.file,
                span: expr.span,
            };
            let help = format!(
                "give parts of it names of their own, or {}",
                raise("expression-nodes")
            );
            self.findings
                .push(Diagnostic::new(Code::DECLARATION_TOO_LARGE, message, place).help(help));
            return Err(NoValue::Broken);
        }
        self.value(expr)
    }

    /// Recursion is bounded: the parser refuses text that nests deeper than 64,
    /// and chains are flat.
    fn value(&mut self, expr: &Expr) -> Result<i128, NoValue> {
        match &expr.kind {
            ExprKind::Int(value) => match value.map(i128::try_from) {
                Some(Ok(value)) => Ok(value),
                _ => self.fail(
                    Code::VALUE_OUT_OF_RANGE,
                    "the number does not fit 127 bits",
                    expr.span,
                ),
            },
            ExprKind::Name(name) => (self.value_of)(name, self.findings),
            ExprKind::Unary(operators, operand) => {
                let value = self.value(operand)?;
                operators.iter().rev().try_fold(value, |value, operator| {
                    self.unary(*operator, value, expr.span)
                })
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

    fn unary(&mut self, operator: UnaryOp, value: i128, span: Span) -> Result<i128, NoValue> {
        match operator {
            UnaryOp::Plus => Ok(value),
            UnaryOp::Not => Ok(!value),
            UnaryOp::Neg => value.checked_neg().map_or_else(|| self.overflow(span), Ok),
        }
    }

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
                return self.fail(Code::VALUE_OUT_OF_RANGE, "division by zero", span);
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
                Code::VALUE_OUT_OF_RANGE,
                format!("the shift amount {right} is not within 0…127"),
                span,
            );
        };
        if operator == BinaryOp::Shr {
            return Ok(left >> amount);
        }
        let shifted = left << amount;
        if shifted >> amount == left {
            Ok(shifted)
        } else {
            self.overflow(span)
        }
    }

    /// `0 ** 0` is 1, as in most languages.
    fn power(
        &mut self,
        base: i128,
        exponent: i128,
        whole: Span,
        span: Span,
    ) -> Result<i128, NoValue> {
        if exponent < 0 {
            return self.fail(
                Code::VALUE_OUT_OF_RANGE,
                format!("the exponent {exponent} is negative"),
                span,
            );
        }
        match base {
            0 | 1 => Ok(if exponent == 0 { 1 } else { base }),
            -1 => Ok(if exponent % 2 == 0 { 1 } else { -1 }),
            _ => {
                let power = u32::try_from(exponent)
                    .ok()
                    .and_then(|exponent| base.checked_pow(exponent));
                power.map_or_else(|| self.overflow(whole), Ok)
            }
        }
    }

    fn overflow(&mut self, span: Span) -> Result<i128, NoValue> {
        self.fail(
            Code::VALUE_OUT_OF_RANGE,
            "overflow: the result does not fit 127 bits",
            span,
        )
    }

    fn fail(
        &mut self,
        code: Code,
        message: impl Into<String>,
        span: Span,
    ) -> Result<i128, NoValue> {
        let place = crate::text::diagnostic::Place {
            file: self.file,
            span,
        };
        self.findings.push(Diagnostic::new(code, message, place));
        Err(NoValue::Broken)
    }
}

/// How many operators and operands an expression has.
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
