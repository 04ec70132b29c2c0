//! Integrity levels as they are written: a degree alone, `"HIGH"`, or `{degree
//! : "HIGH", categories : ["net"]}` (`docs/psl.md` §9.10).
//!
//! At run time a level is one number ([`Level`]): the position of its degree,
//! and one bit for each category. Mistakes are E519.
use super::ExprCompiler;
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;
use crate::text::suggest::did_you_mean;
use crate::text::suggest::quoted;
use nk_grammar::psl::{Value, ValueKind};
use nk_grammar::syntax::Span;
use nk_security::{Expr, ExprId, Level, ObjectId};

impl ExprCompiler<'_, '_> {
    /// A level that is written in the policy. `()` as degree is the lowest one.
    ///
    ///
    /// ```text
    /// "HIGH"
    /// {degree : "LOW", categories : ["net", "log"]}
    /// {degree : (), categories : ()}
    /// ```
    pub(in crate::policy) fn level(&mut self, object: ObjectId, value: &Value) -> Option<Level> {
        match &value.kind {
            ValueKind::Text(degree) => self
                .degree(object, degree, value.span)
                .map(|degree| Level::new(degree, 0)),
            ValueKind::Dictionary(_) => {
                let [degree, categories] =
                    self.arguments("level", value, ["degree", "categories"])?;
                let degree = match &degree.kind {
                    // of all degrees the lowest
                    ValueKind::Unit => Some(0),
                    ValueKind::Text(name) => self.degree(object, name, degree.span),
                    _ => self.wrong_level("expected a degree, `\"…\"` or `()`", degree.span),
                };
                let categories = self.categories(object, categories);
                Some(Level::new(degree?, categories?))
            }
            _ => self.wrong_level(
                "expected a level, `\"…\"` or `{degree : …, categories : …}`",
                value.span,
            ),
        }
    }

    /// The level of a text that is compared with one; it has a degree, and no
    /// categories.
    pub(super) fn level_number(
        &mut self,
        object: ObjectId,
        text: ExprId,
        span: Span,
    ) -> Option<ExprId> {
        let name = self.interner.constant_text(text)?.to_owned();
        let level = Level::new(self.degree(object, &name, span)?, 0);
        Some(self.interner.expr(Expr::Int(level.0.into())))
    }

    /// The position of a degree in the configuration of the object, from the
    /// lowest.
    fn degree(&mut self, object: ObjectId, name: &str, span: Span) -> Option<u16> {
        let objects = self.objects;
        let degrees = &objects.get(object)?.object.model.mic()?.degrees;
        self.position("degree", degrees, name, span)
    }

    /// A bit for each of the listed categories; `()` is none of them.
    fn categories(&mut self, object: ObjectId, value: &Value) -> Option<u64> {
        let objects = self.objects;
        let known = &objects.get(object)?.object.model.mic()?.categories;
        let names = match &value.kind {
            ValueKind::Unit => return Some(0),
            ValueKind::List(names) => names,
            _ => {
                return self.wrong_level(
                    "expected a list of categories, `[\"…\", …]`, or `()`",
                    value.span,
                );
            }
        };
        let mut bits = Some(0);
        for name in names {
            let ValueKind::Text(text) = &name.kind else {
                return self.wrong_level("expected the name of a category, `\"…\"`", name.span);
            };
            let at = self.position("category", known, text, name.span);
            bits = bits.zip(at).map(|(bits, at)| bits | 1_u64 << at);
        }
        bits
    }

    /// The position of a name; E519 with a near name, or those there are.
    fn position(&mut self, what: &str, known: &[String], name: &str, span: Span) -> Option<u16> {
        let at = known
            .iter()
            .position(|known| known == name)
            .and_then(|at| u16::try_from(at).ok());
        if at.is_none() {
            let names: Vec<&str> = known.iter().map(String::as_str).collect();
            let help = did_you_mean(name, names.iter().copied());
            let help = help.unwrap_or_else(|| match names.as_slice() {
                [] => "there are none".to_owned(),
                names => format!("there are {}", quoted(names)),
            });
            let here = self.place(span);
            return self.report(
                Diagnostic::new(
                    Code::INTEGRITY_LEVELS,
                    format!("unknown {what} `{name}`"),
                    here,
                )
                .help(help),
            );
        }
        at
    }

    /// E519 for a value that is not written as a level.
    fn wrong_level<T>(&mut self, message: &str, span: Span) -> Option<T> {
        let here = self.place(span);
        self.report(Diagnostic::new(Code::INTEGRITY_LEVELS, message, here))
    }
}
