//! Which bindings of a policy an event fits, whether or not a rule in them does.
use super::classes::Class;
use super::files::{Loaded, place};
use super::scene::cast;
use super::selectors::Constraint;
use super::steps::{Occasion, Parties};
use crate::diagnostic::Place;
use crate::model::Model;
use nk_grammar::psl::{DeclarationKind, Event, Selector};

/// An event by its names. The endpoint of a security request is the path of its security interface.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Happening<'e> {
    pub(crate) event: Event,
    pub(crate) src: &'e str,
    pub(crate) dst: &'e str,
    pub(crate) endpoint: Option<&'e str>,
    pub(crate) method: Option<&'e str>,
}

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
    happening: &Happening<'_>,
) -> Vec<Matching> {
    let serving = if happening.event == Event::Request {
        happening.dst
    } else {
        happening.src
    };
    let class = table.iter().find(|class| class.name == serving);
    let cast = class.map(|class| cast(model, class));
    let rows = cast.as_ref().map_or(&[][..], |cast| {
        if happening.event == Event::Security {
            &cast.security
        } else {
            &cast.rows
        }
    });
    let path = happening
        .endpoint
        .and_then(|endpoint| endpoint.strip_suffix("security"))
        .unwrap_or_default();
    let row = rows
        .iter()
        .find(|row| match (happening.event, happening.method) {
            (Event::Execute, _) | (_, None) => false,
            (Event::Security, Some(method)) => row.method == format!("{path}{method}"),
            (_, Some(method)) => Some(row.endpoint) == happening.endpoint && row.method == method,
        });
    if row.is_none() && happening.event != Event::Execute {
        return Vec::new();
    }
    let position = |name: &str| {
        table
            .iter()
            .position(|class| class.name == name)
            .unwrap_or(usize::MAX)
    };
    let parties = Parties::of(table, position(happening.src), position(happening.dst));
    let occasion = Occasion {
        event: happening.event,
        method: row,
        parties,
    };
    let bindings = loaded
        .declarations
        .iter()
        .filter_map(|(file, declaration)| match &declaration.kind {
            DeclarationKind::Binding(binding) if binding.event == happening.event => {
                Some((*file, declaration, binding))
            }
            _ => None,
        });
    let fitting = bindings.filter(|(file, _, binding)| {
        let own = Constraint::default().and(&binding.selectors, *file, &mut Vec::new());
        own.is_some_and(|own| occasion.fits(&own))
    });
    let shown = |(file, declaration, binding): (
        _,
        &nk_grammar::psl::Declaration,
        &nk_grammar::psl::Binding,
    )| {
        Matching {
            place: place(file, declaration.span),
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
