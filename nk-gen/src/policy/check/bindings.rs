//! Which bindings of a policy an event matches, whether or not a rule in them
//! applies.
//!
//! This serves the tools that explain a decision (`nk-gen decide`, `nk-gen
//! test`): they show the bindings that were considered, also when none of them
//! had a rule for the event. The compiler itself does not use it, because it
//! looks at all events at once.
use super::candidates::{CandidateClass, CandidateMethod, candidate_class};
use super::event::{NamedEvent, Parties, ResolvedEvent};
use super::selectors::Constraint;
use crate::model::Model;
use crate::policy::read::classes::Class;
use crate::policy::read::files::Loaded;
use crate::text::diagnostic::Place;
use crate::text::source::FileId;
use nk_grammar::psl::{Binding, Declaration, DeclarationKind, Event, Selector};

/// A binding that an event matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Matching {
    /// The whole declaration, from the word of its event to its closing brace.
    pub(crate) place: Place,
    /// Its head as it is written, without the block: `request src=a.Client
    /// dst=a.Server`.
    pub(crate) head: String,
}

/// The bindings that an event matches, in textual order.
///
/// An event that cannot happen matches none: its class does not exist, or has
/// no such method. `table` holds the classes of the image; `model` describes
/// them. Findings about the selectors are dropped, since the compiler has
/// reported them.
///
///
/// Used for the question "why was this denied": the answer lists these bindings
/// with their places, and says that none has a rule that applies.
pub(crate) fn matching(
    loaded: &Loaded,
    table: &[Class],
    model: &Model,
    event: &NamedEvent<'_>,
) -> Vec<Matching> {
    let class = table.iter().find(|class| class.name == serving(event));
    let class = class.map(|class| candidate_class(model, class));
    let method = class.as_ref().and_then(|class| method_of(class, event));
    if method.is_none() && event.event != Event::Execute {
        return Vec::new();
    }
    let resolved = ResolvedEvent {
        event: event.event,
        method,
        parties: Parties::of(
            table,
            position(table, event.src),
            position(table, event.dst),
        ),
    };
    bindings(loaded, event.event)
        .filter(|(file, _, binding)| selects(binding, *file, &resolved))
        .map(|(file, declaration, binding)| Matching {
            place: Place::new(file, declaration.span),
            head: head(binding.event, &binding.selectors),
        })
        .collect()
}

/// The class whose method an event is about: the receiver of a request, and the
/// sender of a response, an error or a security request.
fn serving<'e>(event: &NamedEvent<'e>) -> &'e str {
    match event.event {
        Event::Request => event.dst,
        _ => event.src,
    }
}

/// The method of the serving class that an event names; `None` when there is
/// none, and for a start, which has no method.
fn method_of<'c, 'm>(
    class: &'c CandidateClass<'m>,
    event: &NamedEvent<'_>,
) -> Option<&'c CandidateMethod<'m>> {
    let named = event.method?;
    match event.event {
        Event::Execute => None,
        Event::Security => {
            let path = event
                .endpoint
                .and_then(|endpoint| endpoint.strip_suffix("security"));
            let name = format!("{}{named}", path.unwrap_or_default());
            class.security.iter().find(|method| method.method == name)
        }
        Event::Request | Event::Response | Event::Error => class
            .methods
            .iter()
            .find(|method| Some(method.endpoint) == event.endpoint && method.method == named),
    }
}

/// Where a class stands in the image's table; `usize::MAX`, which is nowhere,
/// for one that the solution does not have.
fn position(table: &[Class], name: &str) -> usize {
    let at = table.iter().position(|class| class.name == name);
    at.unwrap_or(usize::MAX)
}

/// All bindings for a kind of event, in textual order.
fn bindings(
    loaded: &Loaded,
    event: Event,
) -> impl Iterator<Item = (FileId, &Declaration, &Binding)> {
    let declarations = loaded.declarations.iter();
    declarations.filter_map(move |(file, declaration)| match &declaration.kind {
        DeclarationKind::Binding(binding) if binding.event == event => {
            Some((*file, declaration, binding))
        }
        _ => None,
    })
}

/// Whether the selectors of a binding's head select an event.
fn selects(binding: &Binding, file: FileId, event: &ResolvedEvent<'_, '_>) -> bool {
    let own = Constraint::default().and(&binding.selectors, file, &mut Vec::new());
    own.is_some_and(|own| event.matches(&own))
}

/// The head of a binding as it is written: `request src=a.A dst=a.B`. Selectors
/// are put in the order of the text, with one blank between them.
fn head(event: Event, selectors: &[Selector]) -> String {
    let selector =
        |selector: &Selector| format!(" {}={}", selector.key.name(), selector.value.text);
    selectors
        .iter()
        .map(selector)
        .fold(event.name().to_owned(), |head, next| head + &next)
}
