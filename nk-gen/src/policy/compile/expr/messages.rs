//! What a policy reads of messages: parameters, fields, elements, variants
//! (`docs/psl.md` §5.4, §9.5).
//!
//! Offsets come from the layout of the model and are constants of the program;
//! what lies in the arena is found at run time through its descriptor. The
//! message has been verified before any rule runs (`docs/wire.md` §8), so that a place
//! inside of it can be read without further checks, but an index or a variant
//! may not be there: then the rule fails, and the event is denied.
use super::terms::width;
use super::{ExprCompiler, Scalar, Term};
use crate::model::{Field, Message, Method, Type, TypeDefKind};
use crate::text::codes::Code;
use crate::text::diagnostic::Diagnostic;
use crate::text::suggest::did_you_mean;
use nk_grammar::psl::{Event, Value};
use nk_grammar::syntax::Span;
use nk_security::{Expr, ExprId};

/// What `message` is for the expressions of one event.
#[derive(Debug, Clone, Copy)]
pub(in crate::policy) enum Scope<'m> {
    /// The message of a method in the direction of an event.
    Message {
        /// The kind of event.
        event: Event,
        /// Full name of the interface.
        interface: &'m str,
        /// The method.
        method: &'m Method,
    },
    /// A start has no message.
    Start,
    /// The clause matches no event that is known here: fields of the message
    /// are neither checked nor refused.
    Unknown(Event),
}

impl<'m> Scope<'m> {
    /// Whether the event is a security request, which has no destination.
    pub(super) const fn is_security(self) -> bool {
        matches!(
            self,
            Self::Message {
                event: Event::Security,
                ..
            } | Self::Unknown(Event::Security)
        )
    }

    /// The message of this direction; `None` for a start, and when nothing is
    /// known.
    fn message(self) -> Option<&'m Message> {
        match self {
            Self::Message {
                event: Event::Request | Event::Security,
                method,
                ..
            } => Some(&method.request),
            Self::Message {
                event: Event::Response,
                method,
                ..
            } => Some(&method.response),
            Self::Message {
                event: Event::Error,
                method,
                ..
            } => Some(&method.error),
            _ => None,
        }
    }

    /// The event and the method, for messages: `request` of `fs.Files.Open`.
    fn describe(self) -> String {
        match self {
            Self::Message {
                event,
                interface,
                method,
            } => {
                format!("`{}` of `{interface}.{}`", event.name(), method.name)
            }
            _ => String::new(),
        }
    }
}

impl<'m> ExprCompiler<'_, 'm> {
    /// `of.name`: a parameter of the message, a field of a composite in it, or
    /// the value of a key of a dictionary.
    pub(super) fn field(&mut self, of: Term<'m>, name: &str, span: Span) -> Term<'m> {
        match of {
            Term::Wrong => Term::Wrong,
            Term::Message => self.parameter(name, span),
            Term::Place(place, ty) => self.member(place, ty, name, span),
            Term::Dictionary(fields) => {
                let names: Vec<String> = fields.iter().map(|(known, _)| known.clone()).collect();
                let found = fields.into_iter().find(|(known, _)| known == name);
                found.map_or_else(
                    || self.no_field("a dictionary", &names, name, span),
                    |(_, term)| term,
                )
            }
            other => {
                let here = self.place(span);
                let message = format!("{} has no field `{name}`", other.describe());
                self.refused(Diagnostic::new(Code::TYPE_MISMATCH, message, here))
            }
        }
    }

    /// `message.name`. E515 when the message has no such parameter: a rule that
    /// reads one has to select the method.
    fn parameter(&mut self, name: &str, span: Span) -> Term<'m> {
        let message = match (self.scope, self.scope.message()) {
            (Scope::Start, _) => {
                let here = self.place(span);
                return self.refused(Diagnostic::new(
                    Code::NO_SUCH_FIELD,
                    "the start of a program has no `message`",
                    here,
                ));
            }
            (_, Some(message)) if message.layout.is_some() => message,
            // its layout depends on something external
            _ => return Term::Wrong,
        };
        if let Some(param) = message.params.iter().find(|param| param.name == name) {
            let place = self.interner.expr(Expr::Place(param.offset));
            return self.read(place, &param.ty);
        }
        let here = self.place(span);
        let text = format!("{} has no parameter `{name}`", self.scope.describe());
        let names: Vec<&str> = message
            .params
            .iter()
            .map(|param| param.name.as_str())
            .collect();
        let help = did_you_mean(name, names.iter().copied()).unwrap_or_else(|| match self.scope {
            _ if names.is_empty() => {
                "it has none; select the method that is meant with `method`".to_owned()
            }
            _ => format!(
                "it has {}; select the method that is meant",
                crate::text::suggest::quoted(&names)
            ),
        });
        self.refused(Diagnostic::new(Code::NO_SUCH_FIELD, text, here).help(help))
    }

    /// What is at a place: a scalar is read, a composite stays a place.
    fn read(&mut self, place: ExprId, ty: &'m Type) -> Term<'m> {
        match self.model.strip(ty) {
            Type::Int(int) => {
                let width = width(*int);
                Term::Scalar(
                    Scalar::Int(width),
                    self.interner.expr(Expr::Number(place, width)),
                )
            }
            Type::String(_) => Term::Scalar(Scalar::Text, self.interner.expr(Expr::String(place))),
            Type::External(_) | Type::Wrong => Term::Wrong,
            stripped => Term::Place(place, stripped),
        }
    }

    /// A field of a structure, a variant of a union, or a part of a handle.
    /// Reading a variant that is not the active one fails at run time.
    ///
    ///
    /// ```text
    /// message.request.write    // variant `write` of the union `request`
    /// message.header.length    // field of a structure
    /// ```
    fn member(&mut self, place: ExprId, ty: &'m Type, name: &str, span: Span) -> Term<'m> {
        let kind = match ty {
            Type::Named(id) => &self.model.type_def(*id).kind,
            Type::Handle | Type::TypedHandle(_) => return self.handle(place, name, span),
            _ => return self.no_field(&Term::Place(place, ty).describe(), &[], name, span),
        };
        let (fields, union) = match kind {
            TypeDefKind::Struct(fields) => (fields, false),
            TypeDefKind::Union(fields) => (fields, true),
            TypeDefKind::Alias(_) => return Term::Wrong,
        };
        let Some(at) = fields.iter().position(|field| field.name == name) else {
            let names: Vec<String> = fields.iter().map(|field| field.name.clone()).collect();
            return self.no_field(
                if union { "the union" } else { "the structure" },
                &names,
                name,
                span,
            );
        };
        let field: &'m Field = &fields[at];
        let inner = if union {
            let tag = u32::try_from(at).unwrap_or(u32::MAX);
            Expr::Variant {
                of: place,
                tag,
                offset: field.offset,
            }
        } else {
            Expr::Field(place, field.offset)
        };
        let inner = self.interner.expr(inner);
        self.read(inner, &field.ty)
    }

    /// `HandleDesc = { handle : Handle, rights : UInt32 }`; the rights come 4
    /// bytes after the number (`docs/wire.md` §1). The handle itself reads as
    /// the SID of its resource.
    ///
    ///
    /// ```text
    /// assert (message.file.rights == 1 && flow.query {sid : message.file.handle} == "open")
    /// ```
    fn handle(&mut self, place: ExprId, name: &str, span: Span) -> Term<'m> {
        match name {
            "handle" => Term::Scalar(Scalar::Sid, self.interner.expr(Expr::Handle(place))),
            "rights" => {
                let rights = self.interner.expr(Expr::Field(place, 4));
                let width = nk_security::Width::U32;
                Term::Scalar(
                    Scalar::Int(width),
                    self.interner.expr(Expr::Number(rights, width)),
                )
            }
            _ => self.no_field(
                "a handle",
                &["handle".to_owned(), "rights".to_owned()],
                name,
                span,
            ),
        }
    }

    /// E515 with the names there are.
    fn no_field(&mut self, of: &str, names: &[String], name: &str, span: Span) -> Term<'m> {
        let here = self.place(span);
        let mut finding = Diagnostic::new(
            Code::NO_SUCH_FIELD,
            format!("{of} has no field `{name}`"),
            here,
        );
        finding.help = did_you_mean(name, names.iter().map(String::as_str)).or_else(|| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            (!names.is_empty()).then(|| format!("it has {}", crate::text::suggest::quoted(&names)))
        });
        self.refused(finding)
    }

    /// `of.[index]`: an element of a sequence, array, bytes or list.
    ///
    ///
    /// ```text
    /// message.items.[0]        // of a sequence or array in the message
    /// [10, 20, 30].[1]         // of a list in the policy: a constant
    /// ```
    pub(super) fn index(&mut self, of: &Value, index: &Value) -> Term<'m> {
        let (term, number) = (self.term(of), self.term(index));
        let Term::Scalar(Scalar::Literal | Scalar::Int(_), at) = number else {
            return self.mismatched("a number", &number, index.span);
        };
        match term {
            Term::Place(place, Type::Sequence(element, _)) => self.element(place, at, element),
            Term::Place(place, Type::Array(element, count)) => {
                self.item(place, at, element, *count)
            }
            Term::Place(place, Type::Bytes(_)) => self.byte(place, at),
            Term::List(terms) => self.list_item(terms, at, &number, index.span),
            other => self.mismatched("a list, sequence or array", &other, of.span),
        }
    }

    /// An element of a sequence, which lies in the arena; an index behind the
    /// end makes the rule fail at run time.
    fn element(&mut self, of: ExprId, index: ExprId, ty: &'m Type) -> Term<'m> {
        let Some(size) = self.size(ty) else {
            return Term::Wrong;
        };
        let place = self.interner.expr(Expr::Element { of, index, size });
        self.read(place, ty)
    }

    /// An item of an array, which lies in the constant part.
    fn item(&mut self, of: ExprId, index: ExprId, ty: &'m Type, count: u32) -> Term<'m> {
        let Some(size) = self.size(ty) else {
            return Term::Wrong;
        };
        let place = self.interner.expr(Expr::Item {
            of,
            index,
            size,
            count,
        });
        self.read(place, ty)
    }

    /// A byte of `bytes`, as `UInt8`.
    fn byte(&mut self, of: ExprId, index: ExprId) -> Term<'m> {
        let (size, width) = (1, nk_security::Width::U8);
        let place = self.interner.expr(Expr::Element { of, index, size });
        self.typed(Expr::Number(place, width), width)
    }

    /// An item of a list that is written in the policy; the index is a constant
    /// below its length.
    fn list_item(
        &mut self,
        mut terms: Vec<Term<'m>>,
        index: ExprId,
        number: &Term<'m>,
        span: Span,
    ) -> Term<'m> {
        let at = self
            .constant(index)
            .and_then(|at| usize::try_from(at).ok())
            .filter(|at| *at < terms.len());
        match at {
            Some(at) => terms.swap_remove(at),
            None => self.mismatched(&format!("a number below {}", terms.len()), number, span),
        }
    }

    /// The size of a type in bytes; `None` when a part of it is external.
    pub(super) fn size(&self, ty: &Type) -> Option<u32> {
        u32::try_from(self.model.layout_of(ty)?.size).ok()
    }
}
