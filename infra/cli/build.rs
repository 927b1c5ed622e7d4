//! Makes the types of the API's answers from its description, so that there is no second list of their fields.
//!
//! Answers may get new fields, and enumerations new values: what is one of several texts is a text here, and a field
//! that is not known is left out. So an older command goes on with a newer API.

use std::{collections::BTreeSet, env, error::Error, fmt::Write as _, fs, path::Path};

use serde_json::{Map, Value};

/// What the command reads. What these refer to is made too.
const ROOTS: [&str; 12] = [
    "Store",
    "Event",
    "Operation",
    "StoreHealth",
    "Attention",
    "Summary",
    "Token",
    "IssuedToken",
    "Webhook",
    "WebhookWithSecret",
    "Delivery",
    "ReplayView",
];

/// What has a type already.
const KNOWN: [(&str, &str); 5] = [
    ("Slug", "domain::store::slug::Slug"),
    ("Timestamp", "jiff::Timestamp"),
    ("LogExcerpt", "domain::operation::logs::LogExcerpt"),
    // What these are depends on what was asked for: whoever asked reads them.
    ("Answer", "serde_json::Value"),
    ("OperationResult", "serde_json::Value"),
];

/// The ids that lead to another address: they are parsed like one that somebody typed.
const IDS: [(&str, &str, &str); 4] = [
    ("Operation", "id", "uuid::Uuid"),
    ("Webhook", "id", "uuid::Uuid"),
    ("WebhookWithSecret", "id", "uuid::Uuid"),
    ("Delivery", "id", "uuid::Uuid"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let description = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../functions/openapi.json");
    println!("cargo:rerun-if-changed={}", description.display());
    let description: Value = serde_json::from_str(&fs::read_to_string(description)?)?;
    let schemas = description["components"]["schemas"].as_object().ok_or("there are no schemas")?;
    let types = Types::of(schemas)?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("answers.rs"), types)?;
    Ok(())
}

/// The types that are made, and those that they refer to.
struct Types<'a> {
    schemas: &'a Map<String, Value>,
    wanted: Vec<String>,
    seen: BTreeSet<String>,
}

/// The fields of a type: its properties, and which of them are always there, in the order of the description.
#[derive(Default)]
struct Fields {
    properties: Map<String, Value>,
    required: Vec<String>,
}

impl Types<'_> {
    /// The text of all of them.
    fn of(schemas: &Map<String, Value>) -> Result<String, Box<dyn Error>> {
        let wanted = ROOTS.iter().rev().map(ToString::to_string).collect();
        let mut types = Types { schemas, wanted, seen: BTreeSet::new() };
        let mut text = String::new();
        while let Some(name) = types.wanted.pop() {
            if types.seen.insert(name.clone()) {
                types.write(&name, &mut text)?;
            }
        }
        Ok(text)
    }

    fn write(&mut self, name: &str, text: &mut String) -> Result<(), Box<dyn Error>> {
        let schema = self.schema(name)?;
        let Fields { properties, required } = self.fields(schema)?;
        let about = schema["description"].as_str().unwrap_or(name);
        writeln!(text, "#[doc = {about:?}]\n#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]")?;
        writeln!(text, "#[serde(rename_all = \"camelCase\")]\npub(crate) struct {name} {{")?;
        let others = properties.keys().filter(|field| !required.contains(field));
        for field in required.iter().chain(others) {
            let property = properties.get(field).ok_or_else(|| format!("{name} has no {field}"))?;
            let (kind, mut is_optional) = self.kind(property)?;
            if !required.contains(field) {
                is_optional = true;
                writeln!(text, "    #[serde(skip_serializing_if = \"Option::is_none\")]")?;
            }
            let id = IDS.iter().find(|(of, name_of_id, _)| of == &name && name_of_id == field);
            let kind = id.map_or(kind, |(_, _, parsed)| (*parsed).to_owned());
            if !is_optional && kind == "u32" {
                // An older API may not count it.
                writeln!(text, "    #[serde(default)]")?;
            }
            let kind = if is_optional { format!("Option<{kind}>") } else { kind };
            writeln!(text, "    pub(crate) {}: {kind},", snake_case(field))?;
        }
        writeln!(text, "}}\n")?;
        Ok(())
    }

    fn schema(&self, name: &str) -> Result<&Value, Box<dyn Error>> {
        self.schemas.get(name).ok_or_else(|| format!("{name} is not described").into())
    }

    /// The fields of an object, of all objects that it is made of, or of any that it may be.
    fn fields(&self, schema: &Value) -> Result<Fields, Box<dyn Error>> {
        if let Some(name) = reference(schema) {
            return self.fields(self.schema(name)?);
        }
        let mut fields = Fields::default();
        if let Some(parts) = schema["allOf"].as_array() {
            for part in parts {
                let part = self.fields(part)?;
                fields.properties.extend(part.properties);
                fields.required.extend(part.required);
            }
        } else if let Some(variants) = schema["oneOf"].as_array() {
            let variants =
                variants.iter().map(|variant| self.fields(variant)).collect::<Result<Vec<_>, _>>()?;
            let always = |field: &String| variants.iter().all(|variant| variant.required.contains(field));
            let first = variants.first().map(|variant| variant.required.clone()).unwrap_or_default();
            fields.required = first.into_iter().filter(always).collect();
            fields.properties = variants.into_iter().flat_map(|variant| variant.properties).collect();
        } else {
            fields.properties = schema["properties"].as_object().ok_or("an answer is no object")?.clone();
            let required = schema["required"].as_array().into_iter().flatten();
            fields.required = required.filter_map(Value::as_str).map(str::to_owned).collect();
        }
        Ok(fields)
    }

    /// The type of a field, and whether it may be null.
    fn kind(&mut self, property: &Value) -> Result<(String, bool), Box<dyn Error>> {
        if let Some(name) = reference(property) {
            if let Some((_, known)) = KNOWN.iter().find(|(known, _)| *known == name) {
                return Ok(((*known).to_owned(), false));
            }
            let schema = self.schema(name)?;
            if schema["type"] == "string" {
                return Ok(("String".into(), false));
            }
            self.wanted.push(name.to_owned());
            return Ok((name.to_owned(), false));
        }
        if let Some([value, null]) = property["oneOf"].as_array().map(Vec::as_slice)
            && null["type"] == "null"
        {
            return Ok((self.kind(value)?.0, true));
        }
        let (kind, is_nullable) = match property["type"].as_array().map(Vec::as_slice) {
            Some([kind, null]) if null == "null" => (kind, true),
            _ => (&property["type"], false),
        };
        let is_unsigned = property["minimum"] == 0;
        let kind = match (kind.as_str(), property["format"].as_str()) {
            (Some("string"), _) => "String".into(),
            (Some("boolean"), _) => "bool".into(),
            (Some("integer"), Some("int32")) => if is_unsigned { "u32" } else { "i32" }.into(),
            (Some("integer"), _) => if is_unsigned { "u64" } else { "i64" }.into(),
            (Some("array"), _) => format!("Vec<{}>", self.kind(&property["items"])?.0),
            _ => return Err(format!("what is {property}?").into()),
        };
        Ok((kind, is_nullable))
    }
}

/// The name of what a schema refers to.
fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}

/// `createdAt` → `created_at`
fn snake_case(name: &str) -> String {
    name.chars().fold(String::new(), |mut snake, letter| {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
        snake
    })
}
