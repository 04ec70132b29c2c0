//! Selectors: which are allowed for which event, whether the names in them
//! exist, and what they match (`docs/psl.md` §5.2).
//!
//! A binding selects with its head, and each `match` section inside narrows
//! that:
//!
//! ```text
//! request src=a.Client {            // constraint: src
//!     match endpoint=log.write {    // constraint: src, endpoint
//!         grant ()
//!     }
//! }
//! ```
//!
//! The selectors along the way are joined into one [`Constraint`]. Those of one
//! list are checked in five steps, and the first finding of a selector is the
//! only one about it.
use super::candidates::{CandidateClass, CandidateMethod, Candidates};
use crate::policy::EINIT;
use crate::text::codes::Code;
use crate::text::diagnostic::{Diagnostic, Place};
use crate::text::source::FileId;
use crate::text::suggest::{did_you_mean, quoted};
use nk_grammar::psl::{Event, Selector, SelectorKey};
use nk_grammar::syntax::QName;

/// The only method of the execute interface: documented as `main`, called `run`
/// by generated code (`docs/psl.md` §2). Policies use either.
const EXECUTE_METHODS: [&str; 2] = ["main", "run"];

/// Names that a help lists at most, so that it stays one line.
const MAX_LISTED: usize = 6;

/// The names that an event must have, at most one for each key. The default is
/// no constraint: everything matches it.
#[derive(Debug, Clone, Default)]
pub(in crate::policy) struct Constraint<'p> {
    /// Key, name, and the place of the selector that gave it, for findings.
    parts: Vec<(SelectorKey, &'p QName, Place)>,
}

impl<'p> Constraint<'p> {
    /// The name that a key must have; `None` when any will do.
    pub(in crate::policy) fn get(&self, key: SelectorKey) -> Option<&'p str> {
        self.parts
            .iter()
            .find(|(known, ..)| *known == key)
            .map(|(_, name, _)| name.text.as_str())
    }

    /// Narrows this constraint by `selectors`, which stand in `file`.
    ///
    /// `None`, with a finding, when a key is given again with another name:
    /// then no event has both, and what is inside can never apply. The same
    /// name again is allowed, because policies repeat it for the reader.
    pub(in crate::policy) fn and(
        &self,
        selectors: &'p [Selector],
        file: FileId,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let mut joined = self.clone();
        for (at, selector) in selectors.iter().enumerate() {
            let here = Place::new(file, selector.key_span.to(selector.value.span));
            let before = selectors.iter().take(at);
            if before.into_iter().any(|other| other.key == selector.key) {
                findings.push(duplicate_selector(selector.key, here));
                return None;
            }
            match self.parts.iter().find(|(known, ..)| *known == selector.key) {
                Some((_, outer, _)) if outer.text == selector.value.text => {}
                Some((_, outer, there)) => {
                    findings.push(contradiction(selector.key, &outer.text, here, *there));
                    return None;
                }
                None => joined.parts.push((selector.key, &selector.value, here)),
            }
        }
        Some(joined)
    }
}

/// E505: one list selects by the same key again.
fn duplicate_selector(key: SelectorKey, here: Place) -> Diagnostic {
    let message = format!("duplicate selector `{}`", key.name());
    Diagnostic::new(Code::DUPLICATE_SELECTOR, message, here)
        .help("remove one; bind the other event separately")
}

/// A section selects another name than what is around it: no event has both.
fn contradiction(key: SelectorKey, outer: &str, here: Place, there: Place) -> Diagnostic {
    let key = key.name();
    let message = format!("this section is unreachable: around it, `{key}` is `{outer}`");
    Diagnostic::new(Code::UNREACHABLE_SECTION, message, here)
        .other(there, "selected here")
        .help("remove the section, or move it out")
}

/// The keys that choose among methods; the other two choose classes.
const METHOD_KEYS: [SelectorKey; 4] = [
    SelectorKey::Endpoint,
    SelectorKey::Component,
    SelectorKey::Interface,
    SelectorKey::Method,
];

impl Constraint<'_> {
    /// Whether a method has every name that is asked for. Classes are compared
    /// by [`super::event::ResolvedEvent::matches`].
    pub(in crate::policy) fn matches(&self, row: &CandidateMethod<'_>) -> bool {
        METHOD_KEYS
            .iter()
            .all(|key| self.get(*key).is_none_or(|name| name == row.part(*key)))
    }
}

impl Candidates<'_> {
    /// Checks the selectors of one list. `all` is the constraint that holds
    /// inside of it, the list's own selectors included.
    ///
    /// Findings are added to `findings`: misplaced selectors (E504), unknown
    /// names (E503), and warnings about what can never apply.
    ///
    ///
    /// A method is checked after all other selectors and only when these are
    /// right: which methods there are depends on them.
    pub(in crate::policy) fn check(
        &self,
        event: Event,
        all: &Constraint<'_>,
        selectors: &[Selector],
        file: FileId,
        findings: &mut Vec<Diagnostic>,
    ) {
        let before = findings.len();
        // a method is looked for in what the others select, so it comes last, and not at all when they are wrong
        let methods = selectors
            .iter()
            .filter(|selector| selector.key == SelectorKey::Method);
        let others = selectors
            .iter()
            .filter(|selector| selector.key != SelectorKey::Method);
        for selector in others.chain(methods) {
            if selector.key == SelectorKey::Method && findings.len() > before {
                break;
            }
            let key = Place::new(file, selector.key_span);
            let value = Place::new(file, selector.value.span);
            let finding = check_permitted(event, selector.key, key)
                .or_else(|| check_required(event, selector.key, all, key))
                .or_else(|| self.check_class(selector, value))
                .or_else(|| self.check_server(event, selector, value))
                .or_else(|| self.check_method_part(event, selector, all, value));
            findings.extend(finding);
        }
    }

    /// A class must be included. Not reported: a class that is external, and
    /// one that is probably a misspelling of an inclusion that was not found,
    /// since that is reported there.
    fn check_class(&self, selector: &Selector, here: Place) -> Option<Diagnostic> {
        let name = selector.value.text.as_str();
        let class = matches!(selector.key, SelectorKey::Src | SelectorKey::Dst);
        let known = self.classes.known.iter().any(|known| known.name == name);
        let external = self.classes.unknown.iter().any(|unknown| unknown == name);
        if !class || known || external || self.classes.is_meant(name) {
            return None;
        }
        let message = format!("process class `{name}` is not included by the policy");
        let help = if self.described.contains(&name) {
            format!("add `use EDL {name}`")
        } else {
            did_you_mean(
                name,
                self.classes.known.iter().map(|known| known.name.as_str()),
            )
            .unwrap_or_else(|| format!("include it with `use EDL {name}`"))
        };
        Some(Diagnostic::new(Code::UNKNOWN_SELECTED_NAME, message, here).help(help))
    }

    /// W536: the class that would have to serve the event offers nothing, so
    /// that the selector never matches. `Einit` is named out of habit and is
    /// not reported.
    fn check_server(&self, event: Event, selector: &Selector, here: Place) -> Option<Diagnostic> {
        let name = selector.value.text.as_str();
        if selector.key != server_selector(event) || event == Event::Execute || name == EINIT {
            return None;
        }
        let class = self
            .serving
            .iter()
            .find(|class| class.name == name && class.complete)?;
        let (offered, what) = match event {
            Event::Security => (&class.security, "security interface"),
            _ => (&class.methods, "endpoint"),
        };
        let message = format!("this never applies: process class `{name}` has no {what}");
        let finding = Diagnostic::new(Code::NOTHING_OFFERED, message, here).help("remove it");
        offered.is_empty().then_some(finding)
    }

    /// An endpoint, component, interface or method must exist in the class that
    /// serves the event, or in any.
    ///
    ///
    /// A method is looked for among the endpoints that the other selectors
    /// leave; an endpoint, component or interface by itself, so that its
    /// message names the class.
    fn check_method_part(
        &self,
        event: Event,
        selector: &Selector,
        all: &Constraint<'_>,
        here: Place,
    ) -> Option<Diagnostic> {
        let (key, name) = (selector.key, selector.value.text.as_str());
        if matches!(key, SelectorKey::Src | SelectorKey::Dst) {
            return None;
        }
        if event == Event::Execute {
            return check_execute_method(name, here);
        }
        let server = all.get(server_selector(event));
        let methods = self.selectable_methods(event, server, key, all)?;
        if methods.iter().any(|method| method.part(key) == name) {
            return None;
        }
        if methods.is_empty() && key == SelectorKey::Method {
            let message = "no endpoint matches all of these selectors";
            let finding = Diagnostic::new(Code::UNREACHABLE_SECTION, message, here);
            return Some(finding.help("remove one of them"));
        }
        let message = no_such_part(key, name, server);
        let finding = Diagnostic::new(Code::UNKNOWN_SELECTED_NAME, message, here);
        Some(finding.help(advice(&methods, key, name)))
    }

    /// The methods among which a selector may choose; `None` when a class that
    /// may serve the event is external, since what that offers is not known.
    fn selectable_methods(
        &self,
        event: Event,
        server: Option<&str>,
        key: SelectorKey,
        all: &Constraint<'_>,
    ) -> Option<Vec<&CandidateMethod<'_>>> {
        let offers = |class: &&&CandidateClass<'_>| server.is_none_or(|name| name == class.name);
        let serving: Vec<&CandidateClass<'_>> =
            self.serving.iter().filter(offers).copied().collect();
        if serving.is_empty() || serving.iter().any(|class| !class.complete) {
            return None;
        }
        let methods = serving.into_iter().flat_map(|class| match event {
            Event::Security => &class.security,
            _ => &class.methods,
        });
        // a method is looked for in what the other selectors leave; another name by itself
        let selectable = methods
            .filter(|method| key != SelectorKey::Method || matches_other_keys(all, key, method));
        Some(selectable.collect())
    }
}

/// The execute interface has one method, under two names.
fn check_execute_method(name: &str, here: Place) -> Option<Diagnostic> {
    let message = format!("the execute interface has no method `{name}`");
    let finding = Diagnostic::new(Code::UNKNOWN_SELECTED_NAME, message, here)
        .help("its only method is `main`");
    (!EXECUTE_METHODS.contains(&name)).then_some(finding)
}

/// The message for a name that no candidate has.
fn no_such_part(key: SelectorKey, name: &str, server: Option<&str>) -> String {
    let what = noun(key);
    match (key, server) {
        (SelectorKey::Method, _) => format!("no selected endpoint has a method `{name}`"),
        (_, Some(class)) => format!("process class `{class}` has no {what} `{name}`"),
        (_, None) => format!("no included process class has an {what} `{name}`"),
    }
}

/// Whether a method matches everything but the selector of one key. A wrong
/// method is looked for among these, so that the help lists what the rest
/// selects.
fn matches_other_keys(all: &Constraint<'_>, but: SelectorKey, row: &CandidateMethod<'_>) -> bool {
    METHOD_KEYS
        .iter()
        .filter(|key| **key != but)
        .all(|key| all.get(*key).is_none_or(|name| name == row.part(*key)))
}

/// The key of the class that offers the method of an event: the destination of
/// a request, the source of a response, an error or a security request.
const fn server_selector(event: Event) -> SelectorKey {
    match event {
        Event::Request | Event::Execute => SelectorKey::Dst,
        Event::Response | Event::Error | Event::Security => SelectorKey::Src,
    }
}

/// Refuses selectors that make no sense for an event: a start has no endpoint,
/// and a security request has no destination.
///
///
/// ```text
/// execute dst=a.App endpoint=log.write { … } // refused: a start has no endpoint
/// ```
fn check_permitted(event: Event, key: SelectorKey, here: Place) -> Option<Diagnostic> {
    use SelectorKey::{Component, Dst, Endpoint, Interface};
    let (refused, reason) = match event {
        Event::Execute => (
            matches!(key, Interface | Component | Endpoint),
            "a process is started through no endpoint",
        ),
        Event::Security => (
            matches!(key, Dst | Component | Endpoint),
            "a security request goes to the security module",
        ),
        Event::Request | Event::Response | Event::Error => (false, ""),
    };
    let message = || {
        format!(
            "`{}` cannot be selected for `{}`: {reason}",
            key.name(),
            event.name()
        )
    };
    refused.then(|| {
        Diagnostic::new(Code::MISPLACED_SELECTOR, message(), here).help("remove the selector")
    })
}

/// Refuses selectors whose name is ambiguous without another one: a method
/// without anything that says where, and an endpoint without its class. The
/// other one may be in the same list or further out.
///
///
/// ```text
/// request method=Open { … }                  // refused: of which interface?
/// request interface=fs.Files method=Open { … }
/// ```
fn check_required(
    event: Event,
    key: SelectorKey,
    all: &Constraint<'_>,
    here: Place,
) -> Option<Diagnostic> {
    let message = matches!(event, Event::Request | Event::Response | Event::Error);
    let has = |key| all.get(key).is_some();
    let missing = match key {
        SelectorKey::Method if message => {
            let any = has(SelectorKey::Interface)
                || has(SelectorKey::Endpoint)
                || has(SelectorKey::Component);
            (!any).then_some("`interface`, `endpoint` or `component`".to_owned())
        }
        SelectorKey::Endpoint if message => {
            let class = server_selector(event);
            (!has(class)).then(|| format!("`{}`", class.name()))
        }
        _ => None,
    };
    missing.map(|missing| {
        let message = format!("`{}` needs {missing} covering it or around it", key.name());
        Diagnostic::new(Code::MISPLACED_SELECTOR, message, here)
            .help(format!("add {missing}: the name alone is not unique"))
    })
}

/// What a key names, for messages.
fn noun(key: SelectorKey) -> &'static str {
    match key {
        SelectorKey::Endpoint => "endpoint",
        SelectorKey::Component => "endpoint of a component",
        SelectorKey::Interface => "endpoint with the interface",
        SelectorKey::Method => "method",
        SelectorKey::Src | SelectorKey::Dst => "process class",
    }
}

/// The help for a name that no candidate has: the spelling that selectors take,
/// a name that is near, or the names there are.
fn advice(rows: &[&CandidateMethod<'_>], key: SelectorKey, name: &str) -> String {
    let respelt = rows
        .iter()
        .find(|row| key == SelectorKey::Endpoint && row.alias == name);
    if let Some(row) = respelt {
        return format!(
            "write `{}`: the path of instances and the endpoint",
            row.endpoint
        );
    }
    let mut names: Vec<&str> = rows.iter().map(|row| row.part(key)).collect();
    names.sort_unstable();
    names.dedup();
    did_you_mean(name, names.iter().copied()).unwrap_or_else(|| listed(&names))
}

/// The first names there are, when none of them is near.
fn listed(names: &[&str]) -> String {
    if names.is_empty() {
        return "there are none".to_owned();
    }
    let more = if names.len() > MAX_LISTED {
        ", …"
    } else {
        ""
    };
    let shown: Vec<&str> = names.iter().take(MAX_LISTED).copied().collect();
    format!("there are {}{more}", quoted(&shown))
}
