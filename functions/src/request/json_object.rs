//! A JSON object as it was sent, in which no name may stand twice.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Value};

/// A JSON object, and the name that stands in it more than once.
///
/// Parsers differ in which of two equal names they take (RFC 8259, section 4), so what one part of a
/// platform has checked another may read otherwise. `serde_json` alone would take the last one.
#[derive(Debug)]
pub(crate) struct JsonObject {
    pub(crate) values: Map<String, Value>,
    pub(crate) repeated: Option<String>,
}

impl<'de> Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = JsonObject;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<JsonObject, A::Error> {
                let mut object = JsonObject { values: Map::new(), repeated: None };
                while let Some((name, value)) = entries.next_entry::<String, Value>()? {
                    if object.values.contains_key(&name) {
                        object.repeated = Some(name);
                    } else {
                        object.values.insert(name, value);
                    }
                }
                Ok(object)
            }
        }

        deserializer.deserialize_map(Object)
    }
}
