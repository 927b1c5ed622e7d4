//! Reads the template.

use std::{collections::BTreeMap, fs};

use serde_json::{Map, Value, json};
use serde_yaml_ng::value::TaggedValue;

/// The template, with CloudFormation's short forms (`!Ref X`) written out (`{"Ref": "X"}`).
pub(crate) struct Template(Value);

impl Template {
    pub(crate) fn read() -> Self {
        let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../template.yaml")).unwrap();
        Self(written_out(serde_yaml_ng::from_str(&text).unwrap()))
    }

    pub(crate) fn at(&self, pointer: &str) -> &Value {
        self.0.pointer(pointer).unwrap_or_else(|| panic!("the template has no {pointer}"))
    }

    /// The properties of the resource `name`.
    pub(crate) fn properties(&self, name: &str) -> &Value {
        self.at(&format!("/Resources/{name}/Properties"))
    }

    /// The properties of all resources of a type.
    pub(crate) fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        let resources = self.at("/Resources").as_object().unwrap();
        resources.values().filter(move |resource| resource["Type"] == kind).map(|it| &it["Properties"])
    }

    /// The binary that the function `name` is built from.
    pub(crate) fn binary(&self, name: &str) -> &str {
        self.at(&format!("/Resources/{name}/Metadata/BuildProperties/Binary")).as_str().unwrap()
    }

    /// The environment of the function `name`: what each variable is set to.
    pub(crate) fn environment(&self, name: &str) -> BTreeMap<&str, &Value> {
        let own = self.properties(name)["Environment"]["Variables"].as_object();
        let all = self.at("/Globals/Function/Environment/Variables").as_object().unwrap();
        all.iter().chain(own.into_iter().flatten()).map(|(name, value)| (name.as_str(), value)).collect()
    }
}

fn written_out(value: serde_yaml_ng::Value) -> Value {
    use serde_yaml_ng::Value as Yaml;
    match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => value.into(),
        Yaml::Number(number) => serde_json::to_value(number).unwrap(),
        Yaml::String(text) => text.into(),
        Yaml::Sequence(items) => items.into_iter().map(written_out).collect(),
        Yaml::Mapping(entries) => entries
            .into_iter()
            .map(|(key, value)| (key.as_str().unwrap().to_owned(), written_out(value)))
            .collect::<Map<_, _>>()
            .into(),
        Yaml::Tagged(tagged) => {
            let TaggedValue { tag, value } = *tagged;
            let tag = tag.to_string();
            let name = match tag.trim_start_matches('!') {
                name @ ("Ref" | "Condition") => name.to_owned(),
                name => format!("Fn::{name}"),
            };
            json!({ name: written_out(value) })
        }
    }
}
