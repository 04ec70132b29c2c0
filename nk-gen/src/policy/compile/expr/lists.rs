//! Long chains of comparisons with one value, such as deny lists that are
//! written out by hand: they are looked up in a sorted list instead of compared
//! one by one.
//!
//! ```text
//! assert (message.path != "/a" && message.path != "/b" && …)
//! ```
//!
//! The order in which operands are looked at stays as written, because an
//! operand that fails (an index behind the end) denies the event, unless one
//! before it has decided.
use super::{ExprCompiler, Scalar, Term};
use nk_security::{Expr, ExprId, List, TextId};

/// Fewer comparisons than this stay as they are: a list is not faster.
const MIN_MEMBERSHIP: usize = 4;
/// Operands that a chain of one operator is taken apart into at most, which
/// bounds the time for chains of chains.
const MAX_OPERANDS: usize = 1 << 16;

/// Constants of one sort, in the order in which they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Constants {
    /// Integers, SIDs, states and levels.
    Numbers(Vec<i128>),
    /// Texts, by id.
    Texts(Vec<TextId>),
}

impl Constants {
    /// Adds the constants of the next comparison, if they are of the same sort;
    /// says whether they were.
    fn join(&mut self, other: &Self) -> bool {
        match (self, other) {
            (Self::Numbers(all), Self::Numbers(more)) => all.extend(more),
            (Self::Texts(all), Self::Texts(more)) => all.extend(more),
            _ => return false,
        }
        true
    }

    /// How many comparisons there are.
    fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Texts(texts) => texts.len(),
        }
    }
}

/// An operand of a chain, and the membership test that it is, if it is one.
struct Operand {
    /// The operand as compiled.
    id: ExprId,
    /// The value that is tested, and the constants that it is compared with.
    membership: Option<(ExprId, Constants)>,
}

impl<'m> ExprCompiler<'_, 'm> {
    /// `a && b && …` (`all`) or `a || b || …` as a balanced tree: the order
    /// stays, and a long chain does not nest deep, which would exceed the
    /// evaluator's stack.
    pub(super) fn all_or_any(&mut self, terms: &[ExprId], all: bool) -> Term<'m> {
        let mut leaves = Vec::new();
        for term in terms {
            self.take_apart(*term, all, &mut leaves);
        }
        // what changes nothing; a constant that decides stays where it is, since an operand before it may fail
        leaves.retain(|leaf| self.interner.expression(*leaf) != Some(&Expr::Bool(all)));
        if let Some(first) = leaves.first()
            && self.interner.expression(*first) == Some(&Expr::Bool(!all))
        {
            return Term::Scalar(Scalar::Bool, *first);
        }
        let operands = leaves
            .into_iter()
            .map(|id| Operand {
                id,
                membership: self.membership(id, all),
            })
            .collect();
        let joined = self.joined(operands, all);
        let id = self.balanced(&joined, all);
        Term::Scalar(Scalar::Bool, id)
    }

    /// The operands of a chain, those of a chain inside of it included.
    fn take_apart(&self, id: ExprId, all: bool, leaves: &mut Vec<ExprId>) {
        match self.interner.expression(id) {
            Some(Expr::And(a, b)) if all && leaves.len() < MAX_OPERANDS => {
                self.take_apart(*a, all, leaves);
                self.take_apart(*b, all, leaves);
            }
            Some(Expr::Or(a, b)) if !all && leaves.len() < MAX_OPERANDS => {
                self.take_apart(*a, all, leaves);
                self.take_apart(*b, all, leaves);
            }
            _ => leaves.push(id),
        }
    }

    /// The membership test of an operand. For `||` it is one whether a value is
    /// among constants; for `&&` whether it is not, since only these join into
    /// one test.
    fn membership(&self, id: ExprId, all: bool) -> Option<(ExprId, Constants)> {
        let id = match (self.interner.expression(id)?, all) {
            (Expr::Not(inner), true) => *inner,
            (_, false) => id,
            _ => return None,
        };
        match self.interner.expression(id)? {
            Expr::Equal(a, b) => match (self.constant(*a), self.constant(*b)) {
                (None, Some(number)) => Some((*a, Constants::Numbers(vec![number]))),
                (Some(number), None) => Some((*b, Constants::Numbers(vec![number]))),
                _ => None,
            },
            Expr::EqualTexts(a, b) => {
                match (self.interner.expression(*a)?, self.interner.expression(*b)?) {
                    (Expr::Text(_), Expr::Text(_)) => None,
                    (_, Expr::Text(text)) => Some((*a, Constants::Texts(vec![*text]))),
                    (Expr::Text(text), _) => Some((*b, Constants::Texts(vec![*text]))),
                    _ => None,
                }
            }
            Expr::Among(value, list) => Some(match self.interner.list_of(*list)? {
                List::Numbers(numbers) => (*value, Constants::Numbers(numbers.clone())),
                List::Texts(texts) => (*value, Constants::Texts(texts.clone())),
            }),
            _ => None,
        }
    }

    /// Joins neighbours that test the same value into one lookup.
    ///
    ///
    /// Only neighbours are joined: moving an operand past one that may fail
    /// would change which of them decides.
    fn joined(&mut self, operands: Vec<Operand>, all: bool) -> Vec<ExprId> {
        let mut joined = Vec::new();
        let mut run: Vec<Operand> = Vec::new();
        let mut known: Option<(ExprId, Constants)> = None;
        for operand in operands {
            let fits = match (&mut known, &operand.membership) {
                (Some((value, constants)), Some((other, more))) => {
                    value == other && constants.join(more)
                }
                _ => false,
            };
            if !fits {
                self.finish(&mut run, known.take(), all, &mut joined);
                known.clone_from(&operand.membership);
            }
            run.push(operand);
        }
        self.finish(&mut run, known, all, &mut joined);
        joined
    }

    /// Ends a run of neighbours: one lookup when it is long enough, the
    /// operands as they are otherwise.
    fn finish(
        &mut self,
        run: &mut Vec<Operand>,
        known: Option<(ExprId, Constants)>,
        all: bool,
        joined: &mut Vec<ExprId>,
    ) {
        let operands = std::mem::take(run).into_iter().map(|operand| operand.id);
        let Some((value, constants)) =
            known.filter(|(_, constants)| constants.len() >= MIN_MEMBERSHIP)
        else {
            joined.extend(operands);
            return;
        };
        let list = match constants {
            Constants::Numbers(mut numbers) => {
                numbers.sort_unstable();
                numbers.dedup();
                List::Numbers(numbers)
            }
            Constants::Texts(mut texts) => {
                texts.sort_by(|a, b| self.interner.text_of(*a).cmp(self.interner.text_of(*b)));
                texts.dedup();
                List::Texts(texts)
            }
        };
        let list = self.interner.list(list);
        let among = self.interner.expr(Expr::Among(value, list));
        joined.push(if all {
            self.interner.expr(Expr::Not(among))
        } else {
            among
        });
    }

    /// The tree over these operands; the neutral constant when there are none.
    fn balanced(&mut self, terms: &[ExprId], all: bool) -> ExprId {
        match terms {
            [] => self.interner.expr(Expr::Bool(all)),
            [only] => *only,
            _ => {
                let (left, right) = terms.split_at(terms.len() / 2);
                let (left, right) = (self.balanced(left, all), self.balanced(right, all));
                self.interner.expr(if all {
                    Expr::And(left, right)
                } else {
                    Expr::Or(left, right)
                })
            }
        }
    }
}
