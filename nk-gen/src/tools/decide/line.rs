//! An audit line, as `einit --audit` writes it (`docs/psl.md` §11).
use nk_grammar::psl::Event;
use serde_json::Value;
use std::fmt;

/// An audit line about an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    json: Value,
    event: Event,
}

/// A rule, a choice or an expression in a line.
pub(super) struct Asked<'l> {
    pub(super) place: &'l str,
    /// `base.assert`, `choice`
    pub(super) name: String,
    pub(super) result: &'l str,
    /// What it read: names, values before, and values behind it where it changed them.
    pub(super) read: Vec<(&'l str, &'l Value, Option<&'l Value>)>,
}

impl Line {
    /// Reads a line.
    ///
    /// # Errors
    /// Why it is no audit line about an event.
    pub fn read(text: &str) -> Result<Self, String> {
        let json: Value =
            serde_json::from_str(text).map_err(|why| format!("this is no audit line: {why}"))?;
        let event = match json.get("op").and_then(Value::as_str) {
            Some("request") => Event::Request,
            Some("response") => Event::Response,
            Some("error") => Event::Error,
            Some("security") => Event::Security,
            Some("execute") => Event::Execute,
            Some("suppressed") => {
                return Err("this line counts others that were left out".to_owned());
            }
            _ => return Err("this is no audit line: it has no `op`, such as `request`".to_owned()),
        };
        Ok(Self { json, event })
    }

    pub(super) const fn event(&self) -> Event {
        self.event
    }

    /// A text of the line.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.json.get(key)?.as_str()
    }

    pub(super) fn granted(&self) -> bool {
        self.get("decision") == Some("granted")
    }

    /// What was asked, in order.
    pub(super) fn asked(&self) -> Vec<Asked<'_>> {
        let rules = self.json.get("rules").and_then(Value::as_array);
        rules.into_iter().flatten().map(Asked::of).collect()
    }
}

impl<'l> Asked<'l> {
    pub(super) fn of(rule: &'l Value) -> Self {
        let text = |key: &str| rule.get(key).and_then(Value::as_str);
        let after = |name: &str| rule.get("after").and_then(|after| after.get(name));
        let object = text("object")
            .map(|object| format!("{object}."))
            .unwrap_or_default();
        let name = text("rule").unwrap_or("?");
        let alternative = rule.get("alternative").and_then(Value::as_u64);
        let alternative = alternative
            .map(|at| format!(", alternative {}", at.saturating_add(1)))
            .unwrap_or_default();
        let read = rule
            .get("read")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        Self {
            place: text("pos").unwrap_or("?"),
            name: format!("{object}{name}{alternative}"),
            result: text("result").unwrap_or("?"),
            read: read
                .map(|(name, value)| (name.as_str(), value, after(name)))
                .collect(),
        }
    }
}

impl fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // what could not be read is an object that says why
        let value = |value: &Value| {
            if value.is_object() {
                "nothing".to_owned()
            } else {
                value.to_string()
            }
        };
        let read = self.read.iter().map(|(name, before, after)| {
            let after = after
                .map(|after| format!(" → {}", value(after)))
                .unwrap_or_default();
            format!("{name} = {}{after}", value(before))
        });
        let read = read.collect::<Vec<_>>().join(", ");
        write!(f, "{}  {}: {}", self.place, self.name, self.result)?;
        if read.is_empty() {
            Ok(())
        } else {
            write!(f, "  [{read}]")
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.json.fmt(f)
    }
}
