//! Which bindings of a policy an event fits, whether or not a rule in them
//! does.
use super::candidates::cast;
use super::event::{NamedEvent, Parties, ResolvedEvent};
use super::selectors::Constraint;
use crate::model::Model;
use crate::policy::read::classes::Class;
use crate::policy::read::files::Loaded;
use crate::text::diagnostic::Place;
use nk_grammar::psl::{DeclarationKind, Event, Selector};

/// A binding that fits: all of it, and its head as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Matching {
    pub(crate) place: Place,
    pub(crate) head: String,
}

/// The bindings that an event fits, in textual order.
pub(crate) fn matching(
    loaded: &Loaded,
    table: &[Class],
    model: &Model,
    event: &NamedEvent<'_>,
) -> Vec<Matching> {
    let serving = if event.event == Event::Request {
        event.dst
    } else {
        event.src
    };
    let class = table.iter().find(|class| class.name == serving);
    let cast = class.map(|class| cast(model, class));
    let rows = cast.as_ref().map_or(&[][..], |cast| {
        if event.event == Event::Security {
            &cast.security
        } else {
            &cast.rows
        }
    });
    let path = event
        .endpoint
        .and_then(|endpoint| endpoint.strip_suffix("security"))
        .unwrap_or_default();
    let row = rows.iter().find(|row| match (event.event, event.method) {
        (Event::Execute, _) | (_, None) => false,
        (Event::Security, Some(method)) => row.method == format!("{path}{method}"),
        (_, Some(method)) => Some(row.endpoint) == event.endpoint && row.method == method,
    });
    if row.is_none() && event.event != Event::Execute {
        return Vec::new();
    }
    let position = |name: &str| {
        table
            .iter()
            .position(|class| class.name == name)
            .unwrap_or(usize::MAX)
    };
    let parties = Parties::of(table, position(event.src), position(event.dst));
    let event = ResolvedEvent {
        event: event.event,
        method: row,
        parties,
    };
    let bindings = loaded
        .declarations
        .iter()
        .filter_map(|(file, declaration)| match &declaration.kind {
            DeclarationKind::Binding(binding) if binding.event == event.event => {
                Some((*file, declaration, binding))
            }
            _ => None,
        });
    let fitting = bindings.filter(|(file, _, binding)| {
        let own = Constraint::default().and(&binding.selectors, *file, &mut Vec::new());
        own.is_some_and(|own| event.matches(&own))
    });
    let shown = |(file, declaration, binding): (
        _,
        &nk_grammar::psl::Declaration,
        &nk_grammar::psl::Binding,
    )| {
        Matching {
            place: Place::new(file, declaration.span),
            head: head(binding.event, &binding.selectors),
        }
    };
    fitting.map(shown).collect()
}

fn head(event: Event, selectors: &[Selector]) -> String {
    let selector =
        |selector: &Selector| format!(" {}={}", selector.key.name(), selector.value.text);
    selectors
        .iter()
        .map(selector)
        .fold(event.name().to_owned(), |head, next| head + &next)
}
