//! Who takes part in a test, and which method an event is about (`docs/psl.md` §10).
use super::message::{Address, error};
use crate::model::{self, Model};
use crate::policy::EINIT;
use crate::text::diagnostic::{Diagnostic, Place};
use crate::text::source::FileId;
use crate::text::suggest::did_you_mean;
use crate::text::suggest::quoted;
use nk_grammar::psl::{Case, Event, Selector, SelectorKey};
use nk_grammar::syntax::QName;
use nk_runtime::{Mid, Riid};
use nk_security::{ClassId, KERNEL_CLASS, Sid, Subject, Tables};

type Result<T> = std::result::Result<T, Box<Diagnostic>>;

/// The processes of one sequence.
#[derive(Debug, Default)]
pub(super) struct Cast {
    variables: Vec<(String, Option<Subject>)>,
    /// Those that nobody has a variable for, such as an initiator that is not named.
    unnamed: Vec<Subject>,
    last: u64,
}

impl Cast {
    /// Nobody yet.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// A process that has not taken part before.
    pub(super) fn start(&mut self, class: ClassId) -> Subject {
        self.last += 1;
        Subject {
            class,
            sid: Sid(self.last),
        }
    }

    /// A started process gets a variable; without a process, its start was denied.
    pub(super) fn name(&mut self, name: &str, subject: Option<Subject>) {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), subject));
    }

    /// The one process of a class that nobody started.
    fn of_class(&mut self, class: ClassId) -> Subject {
        if let Some(known) = self.unnamed.iter().find(|known| known.class == class) {
            return *known;
        }
        let subject = self.start(class);
        self.unnamed.push(subject);
        subject
    }

    /// The number of the process behind a variable.
    pub(super) fn sid(&self, name: &str) -> Option<Sid> {
        let (_, subject) = self.variables.iter().find(|(known, _)| known == name)?;
        Some((*subject)?.sid)
    }

    /// The process behind a variable; a class stands for a process of it that nobody started.
    fn find(&mut self, name: &QName, tables: &Tables, file: FileId) -> Result<Subject> {
        let here = Place::new(file, name.span);
        match self.variables.iter().find(|(known, _)| *known == name.text) {
            Some((_, Some(subject))) => return Ok(*subject),
            Some((_, None)) => {
                let message = format!("`{}` does not exist: its start was denied", name.text);
                return Err(Box::new(
                    error(message, here).help("expect its start with `grant`"),
                ));
            }
            None => {}
        }
        if let Some(class) = tables.class_named(&name.text) {
            return Ok(self.of_class(class));
        }
        let help = did_you_mean(
            &name.text,
            self.variables.iter().map(|(known, _)| known.as_str()),
        );
        let help = help.unwrap_or_else(|| format!("start it: `{} <- execute dst=…`", name.text));
        Err(Box::new(
            error(format!("unknown variable `{}`", name.text), here).help(help),
        ))
    }

    /// Who starts a process. When nobody is named: `Einit`, but the kernel starts itself and `Einit` (`docs/psl.md` §14, 23).
    pub(super) fn initiator(
        &mut self,
        case: &Case,
        started: ClassId,
        tables: &Tables,
        file: FileId,
    ) -> Result<Subject> {
        if let Some(src) = get(case, SelectorKey::Src) {
            return self.find(src, tables, file);
        }
        let (kernel, einit) = (tables.class_named(KERNEL_CLASS), tables.class_named(EINIT));
        let by_kernel = Some(started) == kernel || Some(started) == einit || einit.is_none();
        let class = if by_kernel { kernel.or(einit) } else { einit };
        Ok(self.of_class(class.unwrap_or(started)))
    }

    /// The class that a start names.
    pub(super) fn started(case: &Case, tables: &Tables, file: FileId) -> Result<ClassId> {
        let Some(dst) = get(case, SelectorKey::Dst) else {
            return Err(Box::new(error(
                "`execute` needs `dst`",
                Place::new(file, case.span),
            )));
        };
        tables.class_named(&dst.text).ok_or_else(|| {
            let known = tables.classes.iter().map(|class| class.name.as_str());
            let help = did_you_mean(&dst.text, known);
            let help = help.unwrap_or_else(|| format!("add `use EDL {}` to the policy", dst.text));
            let message = format!("process class `{}` is not included by the policy", dst.text);
            Box::new(error(message, Place::new(file, dst.span)).help(help))
        })
    }

    /// Source and destination of a message; a security request has a source only.
    pub(super) fn parties(
        &mut self,
        case: &Case,
        tables: &Tables,
        file: FileId,
    ) -> Result<(Subject, Subject)> {
        let missing = |what: &str| {
            Box::new(error(
                format!("`{}` needs `{what}`", case.event.name()),
                Place::new(file, case.span),
            ))
        };
        let src = get(case, SelectorKey::Src).ok_or_else(|| missing("src"))?;
        let src = self.find(src, tables, file)?;
        if case.event == Event::Security {
            return Ok((src, src));
        }
        let dst = get(case, SelectorKey::Dst).ok_or_else(|| missing("dst"))?;
        Ok((src, self.find(dst, tables, file)?))
    }
}

fn get(case: &Case, key: SelectorKey) -> Option<&QName> {
    find(case, key).map(|selector| &selector.value)
}

fn find(case: &Case, key: SelectorKey) -> Option<&Selector> {
    case.selectors.iter().find(|selector| selector.key == key)
}

/// The method that a case names, in the class that serves it: its address and its messages.
pub(super) fn method<'m>(
    case: &Case,
    serving: ClassId,
    tables: &Tables,
    model: &'m Model,
    file: FileId,
) -> Result<(Address, &'m model::Method)> {
    let Some(name) = get(case, SelectorKey::Method) else {
        return Err(Box::new(error(
            format!("`{}` needs `method`", case.event.name()),
            Place::new(file, case.span),
        )));
    };
    // the method of a part's security interface is named by the path of instances too
    let (path, called) = match (case.event, name.text.rsplit_once('.')) {
        (Event::Security, Some((path, called))) => (path, called),
        _ => ("", name.text.as_str()),
    };
    let candidates = candidates(case, serving, path, tables, file)?;
    for (riid, interface) in &candidates {
        let package = model.package_named(interface).map(|id| model.package(id));
        let methods = package
            .and_then(|package| package.interface.as_ref())
            .map_or(&[][..], |i| &i.methods);
        if let Some(mid) = methods.iter().position(|method| method.name == called) {
            let number = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
            let address = Address {
                riid: Riid(*riid),
                mid: Mid(number(mid)),
                error: case.event == Event::Error,
            };
            if let Some(method) = methods.get(mid) {
                return Ok((address, method));
            }
        }
    }
    let here = Place::new(file, name.span);
    Err(Box::new(error(
        format!("no selected endpoint has a method `{}`", name.text),
        here,
    )))
}

/// Number and interface of the endpoints that fit; of a security request, of the security interface of a part.
fn candidates<'t>(
    case: &Case,
    serving: ClassId,
    path: &str,
    tables: &'t Tables,
    file: FileId,
) -> Result<Vec<(u16, &'t str)>> {
    let class = tables.class(serving);
    let name = |interface| {
        tables
            .interface(interface)
            .map_or("", |interface| interface.name.as_str())
    };
    if case.event == Event::Security {
        let own = if path.is_empty() {
            "security".to_owned()
        } else {
            format!("{path}.security")
        };
        let numbered = (0..).zip(class.map_or(&[][..], |class| &class.security));
        let fitting = numbered.filter(|(_, security)| security.name == own);
        return Ok(fitting
            .map(|(riid, security)| (riid, name(security.interface)))
            .collect());
    }
    let endpoints = class.map_or(&[][..], |class| &class.endpoints);
    if let Some(endpoint) = get(case, SelectorKey::Endpoint)
        && !endpoints.iter().any(|known| known.name == endpoint.text)
    {
        let names: Vec<&str> = endpoints.iter().map(|known| known.name.as_str()).collect();
        let class = class.map_or("?", |class| class.name.as_str());
        let message = format!(
            "process class `{class}` has no endpoint `{}`",
            endpoint.text
        );
        let help = did_you_mean(&endpoint.text, names.iter().copied());
        let help = help.unwrap_or_else(|| {
            if names.is_empty() {
                "it has none".to_owned()
            } else {
                format!("it has {}", quoted(&names))
            }
        });
        let here: Place = Place::new(file, endpoint.span);
        return Err(Box::new(error(message, here).help(help)));
    }
    let fits = |key, name: &str| get(case, key).is_none_or(|wanted| wanted.text == name);
    let numbered = (0..)
        .zip(endpoints)
        .map(|(riid, endpoint)| (riid, endpoint, name(endpoint.interface)));
    let fitting = numbered.filter(|(_, endpoint, interface)| {
        fits(SelectorKey::Endpoint, &endpoint.name) && fits(SelectorKey::Interface, interface)
    });
    Ok(fitting
        .map(|(riid, _, interface)| (riid, interface))
        .collect())
}
