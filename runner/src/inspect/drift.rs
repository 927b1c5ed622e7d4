//! Compares what is wanted of an object with what is there, field by field.

use std::fmt;

use serde_json::{Map, Value};

use crate::settings::Quantity;

/// A field that is not as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// Where in the object, such as `spec.containers[0].image`.
    pub field: String,
    /// What it should be, if it should be.
    pub wanted: Value,
    /// What it is, if it is.
    pub found: Value,
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.wanted, &self.found) {
            (wanted, Value::Null) => write!(f, "{}: nothing, not {wanted}", self.field),
            (Value::Null, found) => write!(f, "{}: {found}, not nothing", self.field),
            (wanted, found) => write!(f, "{}: {found}, not {wanted}", self.field),
        }
    }
}

/// Where `found` is not `wanted`. What it has more is none where `is_added` says so of the field, with
/// `[]` for any index, and its value.
#[must_use]
pub fn drifts(wanted: &Value, found: &Value, is_added: &dyn Fn(&str, &Value) -> bool) -> Vec<Drift> {
    let mut comparison = Comparison { is_added, drifts: Vec::new() };
    comparison.value("", wanted, found);
    comparison.drifts
}

struct Comparison<'a> {
    is_added: &'a dyn Fn(&str, &Value) -> bool,
    drifts: Vec<Drift>,
}

impl Comparison<'_> {
    fn value(&mut self, field: &str, wanted: &Value, found: &Value) {
        match (wanted, found) {
            (Value::Object(wanted), Value::Object(found)) => self.object(field, wanted, found),
            (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => {
                for (index, (wanted, found)) in wanted.iter().zip(found).enumerate() {
                    self.value(&format!("{field}[{index}]"), wanted, found);
                }
            }
            // The API server leaves an empty list out.
            (Value::Array(wanted), Value::Null) if wanted.is_empty() => {}
            (Value::Null, surplus) if (self.is_added)(&without_indices(field), surplus) => {}
            (wanted, found) if wanted == found || is_same_amount(wanted, found) => {}
            (wanted, found) => self.drifts.push(Drift {
                field: field.to_owned(),
                wanted: wanted.clone(),
                found: found.clone(),
            }),
        }
    }

    fn object(&mut self, field: &str, wanted: &Map<String, Value>, found: &Map<String, Value>) {
        let surplus = found.keys().filter(|key| !wanted.contains_key(*key));
        for key in wanted.keys().chain(surplus) {
            let field = if field.is_empty() { key.clone() } else { format!("{field}.{key}") };
            let value = |object: &Map<String, Value>| object.get(key).cloned().unwrap_or_default();
            self.value(&field, &value(wanted), &value(found));
        }
    }
}

/// Whether both are the same quantity: the API server writes `1000m` as `1`.
fn is_same_amount(wanted: &Value, found: &Value) -> bool {
    let amount = |value: &Value| value.as_str()?.parse::<Quantity>().ok();
    amount(wanted).is_some_and(|wanted| amount(found) == Some(wanted))
}

fn without_indices(field: &str) -> String {
    let mut pattern = String::with_capacity(field.len());
    let mut is_index = false;
    for character in field.chars() {
        is_index = (is_index || character == '[') && character != ']';
        if !is_index || character == '[' {
            pattern.push(character);
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lines(wanted: &Value, found: &Value) -> Vec<String> {
        let is_added = |field: &str, value: &Value| field == "spec.ports[].protocol" && value == "TCP";
        drifts(wanted, found, &is_added).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_the_server_adds_leaves_out_or_spells_its_way_is_no_drift() {
        let wanted = json!({ "spec": { "ports": [{ "port": 1 }], "none": [], "cpu": "1000m" } });
        let found =
            json!({ "spec": { "ports": [{ "port": 1, "protocol": "TCP" }], "cpu": "1", "at": null } });
        assert_eq!(lines(&wanted, &found), [""; 0]);
    }

    #[test]
    fn a_field_that_was_changed_added_removed_or_made_longer_is_named() {
        let wanted =
            json!({ "spec": { "replicas": 1, "list": ["a"], "mount": false, "from": [{ "pod": 1 }] } });
        let found =
            json!({ "spec": { "replicas": 3, "list": ["a", "b"], "from": [{ "pod": 1, "any": {} }] } });
        let mut lines = lines(&wanted, &found);
        lines.sort();
        assert_eq!(
            lines,
            [
                "spec.from[0].any: {}, not nothing",
                "spec.list: [\"a\",\"b\"], not [\"a\"]",
                "spec.mount: nothing, not false",
                "spec.replicas: 3, not 1",
            ]
        );
    }

    #[test]
    fn an_addition_is_expected_with_its_value_only() {
        let wanted = json!({ "spec": { "ports": [{ "port": 1 }] } });
        let found = json!({ "spec": { "ports": [{ "port": 1, "protocol": "UDP" }] } });
        assert_eq!(lines(&wanted, &found), ["spec.ports[0].protocol: \"UDP\", not nothing"]);
    }
}
