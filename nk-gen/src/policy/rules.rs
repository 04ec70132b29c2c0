//! What the statements and declarations of a policy mean to this version of the compiler: rules of the Base model, and a
//! clear word about everything else.
use crate::diagnostic::{Diagnostic, Place};
use crate::suggest::did_you_mean;
use nk_grammar::psl::{Argument, ArgumentKind, DeclarationKind};
use nk_grammar::syntax::QName;

/// Code of what the language has and this version does not.
const NOT_YET: u16 = 599;
/// The rules of the Base model (`spec/psl-runtime.md` §B.1).
const BASE: [&str; 4] = ["grant", "deny", "assert", "set_level"];

/// A rule that this version evaluates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// `grant ()`
    Grant,
    /// `deny ()`
    Deny,
}

impl Verdict {
    /// The rule of the policy program.
    pub(super) const fn rule(self, place: nk_security::Place) -> nk_security::Rule {
        match self {
            Self::Grant => nk_security::Rule::Grant(place),
            Self::Deny => nk_security::Rule::Deny(place),
        }
    }
}

/// The meaning of a rule call.
pub(super) fn verdict(name: &QName, argument: &Argument, place: Place) -> Result<Verdict, Diagnostic> {
    let rule = name.text.strip_prefix("base.").unwrap_or(&name.text);
    match (rule, argument.kind) {
        ("grant", ArgumentKind::Unit) => Ok(Verdict::Grant),
        ("deny", ArgumentKind::Unit) => Ok(Verdict::Deny),
        ("grant", ArgumentKind::Value) => {
            let place = Place { file: place.file, span: argument.span };
            Err(Diagnostic::error(508, "`grant` takes `()` and nothing else", place)
                .help("for a condition, use `assert`"))
        }
        ("deny", ArgumentKind::Value) => Err(not_yet("`deny` with a condition", place)),
        ("assert" | "set_level", _) => Err(not_yet(&format!("rule `{rule}`"), place)),
        _ if rule.contains('.') => Err(not_yet(&format!("rule `{rule}` of a policy object"), place)),
        _ => {
            let help = did_you_mean(rule, BASE).unwrap_or_else(|| "the rules are `grant ()` and `deny ()`".to_owned());
            Err(Diagnostic::error(508, format!("unknown rule `{rule}`"), place).help(help))
        }
    }
}

/// What this version says to a `choice`.
pub(super) fn choice(place: Place) -> Diagnostic {
    not_yet("`choice`", place)
}

/// What this version says to an `audit` in a block.
pub(super) fn audit(place: Place) -> Diagnostic {
    ignored("`audit` profiles are", place)
}

/// What this version says to a declaration that is neither an inclusion nor a binding. What changes decisions is an error;
/// what does not is a warning.
pub(super) fn declaration(kind: &DeclarationKind, place: Place) -> Option<Diagnostic> {
    match kind {
        DeclarationKind::Execute(interface) if interface.text != "kl.core.Execute" => {
            let message = format!("`{}` cannot be the execute interface", interface.text);
            let place = Place { file: place.file, span: interface.span };
            Some(Diagnostic::error(504, message, place).help("write `execute: kl.core.Execute`"))
        }
        DeclarationKind::PolicyObject { .. } => Some(not_yet("`policy object`", place)),
        DeclarationKind::AuditDefault { .. } | DeclarationKind::AuditProfile { .. } => {
            Some(ignored("`audit` profiles are", place))
        }
        DeclarationKind::TestSet => Some(ignored("tests are", place)),
        DeclarationKind::Execute(_)
        | DeclarationKind::Use(_)
        | DeclarationKind::UseEdl(_)
        | DeclarationKind::TaskClass { .. }
        | DeclarationKind::Binding(_) => None,
    }
}

fn not_yet(what: &str, place: Place) -> Diagnostic {
    let help = "this version decides by `grant ()` and `deny ()`, chosen by selectors and `match`";
    Diagnostic::error(NOT_YET, format!("{what} is not supported yet by this version"), place).help(help)
}

fn ignored(what: &str, place: Place) -> Diagnostic {
    let message = format!("{what} not supported yet by this version: ignored");
    Diagnostic::warning(NOT_YET, message, place).help("decisions do not depend on it")
}
