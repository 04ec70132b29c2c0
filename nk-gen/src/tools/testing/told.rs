//! What was asked about an event, a line each: where, what, its result, and what it read.
use nk_security::{Policy, Record};
use serde_json::Value;

/// The rules and choices of a record. Its written form says everything that people read, so it is where this comes from.
pub(super) fn rules(policy: &Policy, record: &Record) -> Vec<String> {
    let json: Value = serde_json::from_str(&record.json(policy, 0).to_string()).unwrap_or_default();
    let rules = json.get("rules").and_then(Value::as_array);
    rules
        .into_iter()
        .flatten()
        .map(crate::tools::decide::row)
        .collect()
}
