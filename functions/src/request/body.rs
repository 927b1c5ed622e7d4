//! Reads a JSON body field by field, and collects all that is wrong with it before it complains.
//!
//! `deserr`, which derives such readers, is not used: it takes the fields in the order of their
//! names, not in that of the type, and is a second derive with a second way to say how a field is called. What it would
//! save here is a line a field.

use std::fmt::Display;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use domain::values::timestamp::Timestamp;
use outbound::policy::Policy;
use serde_json::{Map, Value};

use super::json_object::JsonObject;
use crate::{
    app::App,
    problem::{FieldError, Problem},
};

/// What is wrong with a field that is left over.
const NO_FIELD: &str = "is not a field of this request";

/// The fields of a JSON object that was sent as a body.
///
/// Each is taken by its name with [`Self::text`] and the like; [`Self::end`] then refuses what was wrong or left
/// over, all at once.
#[derive(Debug)]
pub struct Fields {
    values: Map<String, Value>,
    errors: Vec<FieldError>,
    now: Timestamp,
    outbound: Policy,
}

/// What a body can say. Its schema describes it to callers; a test holds that against what is read.
pub trait RequestBody: Sized {
    /// Takes its fields; `None` where one that must be there is missing or wrong.
    fn read(fields: &mut Fields) -> Option<Self>;
}

/// The body of a request, read as what it must say.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: RequestBody> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        Fields::from_request(request, app).await?.read().map(Self)
    }
}

/// The same of a request that may have none, or `null` as OpenAPI describes what is optional, and then says what a body
/// without fields says.
#[derive(Debug)]
pub struct OptionalBody<T>(pub T);

impl<T: RequestBody + Default> FromRequest<App> for OptionalBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let media = check_media(request.headers());
        let body = Bytes::from_request(request, app).await.map_err(|rejection| body_problem(&rejection))?;
        if body.is_empty() {
            return Ok(Self(T::default()));
        }
        media?;
        if body.trim_ascii() == b"null" {
            return Ok(Self(T::default()));
        }
        Fields::parse(&body, app.clock.now(), app.webhooks.policy)?.read().map(Self)
    }
}

impl FromRequest<App> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        check_media(request.headers())?;
        let body = Bytes::from_request(request, app).await.map_err(|rejection| body_problem(&rejection))?;
        Self::parse(&body, app.clock.now(), app.webhooks.policy)
    }
}

impl Fields {
    fn parse(body: &[u8], now: Timestamp, outbound: Policy) -> Result<Self, Problem> {
        if body.is_empty() {
            return Err(malformed("The body is empty."));
        }
        match serde_json::from_slice(body) {
            Ok(JsonObject { values, repeated: None }) => {
                Ok(Self { values, errors: Vec::new(), now, outbound })
            }
            Ok(JsonObject { repeated: Some(name), .. }) => {
                Err(malformed(format!("The field {name:?} stands in the body more than once.")))
            }
            Err(error) if error.is_data() => Err(malformed("The body is not a JSON object.")),
            Err(error) => Err(malformed(format!("The body is not JSON: {error}."))),
        }
    }

    /// When the request is read, for what must be to come.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Which addresses the platform calls, for those that a body has.
    #[must_use]
    pub fn outbound(&self) -> Policy {
        self.outbound
    }

    /// Takes the field `name`, a text that must be there and that `parse` takes.
    pub fn text<T, E: Display>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, E>) -> Option<T> {
        self.take(name, |value| text(value, &parse))
    }

    /// Takes the field `name`, an object that must be there and that `parse` takes.
    pub fn object<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl Fn(Map<String, Value>) -> Result<T, E>,
    ) -> Option<T> {
        self.take(name, |value| {
            let Value::Object(object) = value else { return Err("must be an object".into()) };
            parse(object).map_err(|error| error.to_string())
        })
    }

    /// Takes the field `name`, a text that `parse` takes where it is there and not null.
    pub fn optional_text<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.optional(name, |value| text(value, &parse))
    }

    /// Takes the field `name`, a list of texts that must be there and that `parse` takes.
    pub fn texts<T>(&mut self, name: &str, parse: impl Fn(Vec<String>) -> Result<T, String>) -> Option<T> {
        self.take(name, |value| texts(value, &parse))
    }

    /// Takes the field `name`, a list of texts that `parse` takes where it is there and not null.
    pub fn optional_texts<T>(
        &mut self,
        name: &str,
        parse: impl Fn(Vec<String>) -> Result<T, String>,
    ) -> Option<T> {
        self.optional(name, |value| texts(value, &parse))
    }

    /// Takes the field `name`, a whole number that `parse` takes where it is there and not null.
    pub fn optional_number<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl Fn(u32) -> Result<T, E>,
    ) -> Option<T> {
        self.optional(name, |value| {
            // JSON does not distinguish 7 from 7.0.
            let whole = value.as_f64().filter(|number| number.fract() == 0.0);
            let number = whole.and_then(|number| format!("{number:.0}").parse().ok());
            let number = number.ok_or_else(|| "must be a whole number, not less than 0".to_owned())?;
            parse(number).map_err(|error| error.to_string())
        })
    }

    /// Takes the field `name`, true or false where it is there and not null.
    pub fn optional_flag(&mut self, name: &str) -> Option<bool> {
        self.optional(name, |value| value.as_bool().ok_or_else(|| "must be true or false".into()))
    }

    fn optional<T>(&mut self, name: &str, read: impl Fn(Value) -> Result<T, String>) -> Option<T> {
        match self.values.get(name) {
            None => None,
            Some(Value::Null) => {
                self.values.remove(name);
                None
            }
            Some(_) => self.take(name, read),
        }
    }

    fn take<T>(&mut self, name: &str, read: impl Fn(Value) -> Result<T, String>) -> Option<T> {
        let value = self.values.remove(name).ok_or_else(|| "is missing".into());
        value.and_then(read).map_err(|error| self.errors.push(FieldError::field(name, error))).ok()
    }

    /// What the body says, all of it.
    fn read<T: RequestBody>(mut self) -> Result<T, Problem> {
        let body = T::read(&mut self);
        self.end(body)
    }

    /// Refuses the body when a field was wrong, or is left over.
    ///
    /// # Errors
    /// [`Problem::Invalid`] with every such field.
    pub fn end<T>(mut self, value: Option<T>) -> Result<T, Problem> {
        let unknown = self.values.keys().map(|name| FieldError::field(name, NO_FIELD));
        self.errors.extend(unknown.collect::<Vec<_>>());
        value.filter(|_| self.errors.is_empty()).ok_or(Problem::Invalid(self.errors))
    }
}

fn text<T, E: Display>(value: Value, parse: &impl Fn(&str) -> Result<T, E>) -> Result<T, String> {
    let Value::String(text) = value else { return Err("must be a text".into()) };
    parse(&text).map_err(|error| error.to_string())
}

fn texts<T>(value: Value, parse: &impl Fn(Vec<String>) -> Result<T, String>) -> Result<T, String> {
    parse(serde_json::from_value(value).map_err(|_| "must be a list of texts")?)
}

/// Refuses a body that is not plain JSON.
fn check_media(headers: &HeaderMap) -> Result<(), Problem> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !content_type.is_some_and(is_json) {
        return Err(Problem::UnsupportedMediaType);
    }
    if headers.get_all(header::CONTENT_ENCODING).iter().any(is_encoded) {
        return Err(Problem::UnsupportedEncoding);
    }
    Ok(())
}

fn malformed(detail: impl Into<String>) -> Problem {
    Problem::Malformed { detail: detail.into() }
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// Whether the field `Content-Encoding` names any coding but that of no coding. It is a list, and the
/// case of its names does not matter (RFC 9110, section 8.4.1).
fn is_encoded(codings: &HeaderValue) -> bool {
    let is_none = |coding: &str| {
        let coding = coding.trim_matches([' ', '\t']);
        coding.is_empty() || coding.eq_ignore_ascii_case("identity")
    };
    !codings.to_str().is_ok_and(|codings| codings.split(',').all(is_none))
}

fn body_problem(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::TooLarge
    } else {
        malformed("The body did not arrive whole.")
    }
}

/// Holds what is described of a body against what is read of it.
#[cfg(test)]
pub(crate) mod described {
    use std::collections::BTreeSet;

    use serde_json::json;
    use utoipa::ToSchema;

    use super::*;

    /// The fields that are named when `body` is read as `T`, but for those that are none of this request.
    fn named<T: RequestBody>(body: &Value) -> BTreeSet<String> {
        let mut fields =
            Fields::parse(body.to_string().as_bytes(), Timestamp::epoch(), Policy::default()).unwrap();
        let read = T::read(&mut fields);
        let errors = match fields.end(read) {
            Err(Problem::Invalid(errors)) => errors,
            Err(other) => panic!("{other:?}"),
            Ok(_) => Vec::new(),
        };
        let errors = errors.into_iter().filter(|error| error.detail != NO_FIELD);
        errors.filter_map(|error| error.pointer).map(|pointer| pointer[1..].to_owned()).collect()
    }

    /// Each field that `T`'s schema describes is read, and those that it requires must be there.
    pub(crate) fn assert_as_read<T: RequestBody + ToSchema>() {
        let schema = serde_json::to_value(T::schema()).unwrap();
        let described: BTreeSet<_> = schema["properties"].as_object().unwrap().keys().cloned().collect();
        let required = schema["required"].as_array().into_iter().flatten();
        let required: BTreeSet<_> = required.map(|name| name.as_str().unwrap().to_owned()).collect();
        let wrong = described.iter().map(|name| (name.clone(), json!([]))).collect();
        assert_eq!(
            named::<T>(&Value::Object(wrong)),
            described,
            "a list is none of these: what is not read?"
        );
        assert_eq!(named::<T>(&json!({})), required, "what must be there");
        assert_eq!(schema["additionalProperties"], false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &[u8]) -> Result<Fields, Problem> {
        Fields::parse(body, Timestamp::epoch(), Policy::default())
    }

    fn number(text: &str) -> Result<u32, std::num::ParseIntError> {
        text.parse()
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let mut fields = parse(br#"{"a": "x", "b": 1, "d/e": null}"#).unwrap();
        let values = (fields.text("a", number), fields.text("b", number), fields.text("c", number));
        let Err(Problem::Invalid(errors)) = fields.end(Some(values)) else { panic!("taken") };
        let pointers: Vec<_> = errors.iter().filter_map(|error| error.pointer.as_deref()).collect();
        assert_eq!(pointers, ["/a", "/b", "/c", "/d~1e"]);
    }

    #[test]
    fn what_is_optional_may_be_missing_or_null_but_not_wrong() {
        let mut fields = parse(br#"{"a": null, "b": "7", "c": "x", "d": 1}"#).unwrap();
        assert_eq!(fields.optional_text("a", number), None);
        assert_eq!(fields.optional_text("b", number), Some(7));
        assert_eq!(fields.optional_text("e", number), None);
        let _ = (fields.optional_text("c", number), fields.optional_text("d", number));
        let Err(Problem::Invalid(errors)) = fields.end(Some(())) else { panic!("taken") };
        let pointers: Vec<_> = errors.iter().filter_map(|error| error.pointer.as_deref()).collect();
        assert_eq!(pointers, ["/c", "/d"]);
    }

    #[test]
    fn numbers_and_flags_are_of_their_kind_and_nothing_that_looks_like_it() {
        let even = |number: u32| if number.is_multiple_of(2) { Ok(number) } else { Err("must be even") };
        let mut fields = parse(br#"{"a": 2, "b": true, "c": null, "d": null, "e": 4.0}"#).unwrap();
        assert_eq!((fields.optional_number("a", even), fields.optional_flag("b")), (Some(2), Some(true)));
        assert_eq!((fields.optional_number("c", even), fields.optional_flag("d")), (None, None));
        assert_eq!(fields.optional_number("e", even), Some(4), "JSON Schema calls it an integer too");
        fields.end(Some(())).unwrap();
        let body = br#"{"a": 3, "b": "2", "c": 2.5, "d": -2, "e": 4294967296, "f": "true", "g": 1}"#;
        let mut fields = parse(body).unwrap();
        for name in ["a", "b", "c", "d", "e"] {
            assert_eq!(fields.optional_number(name, even), None);
        }
        assert_eq!((fields.optional_flag("f"), fields.optional_flag("g")), (None, None));
        let Err(Problem::Invalid(errors)) = fields.end(Some(())) else { panic!("taken") };
        assert_eq!(errors.len(), 7);
    }

    #[test]
    fn what_is_no_object_is_malformed() {
        let (deep, lone_surrogate) = ("[".repeat(10_000), r#"{"a": "\ud800"}"#);
        for body in ["", "{", "[]", "null", "1", "\"a\"", "{} {}", "{\"a\": 1e999}", lone_surrogate, &deep] {
            assert!(matches!(parse(body.as_bytes()), Err(Problem::Malformed { .. })), "{body:.20}");
        }
        let not_utf8 = b"{\"a\": \"\xff\"}";
        assert!(matches!(parse(not_utf8), Err(Problem::Malformed { .. })));
    }

    #[test]
    fn a_name_that_stands_twice_is_malformed_and_named() {
        let Err(Problem::Malformed { detail }) = parse(br#"{"a": 1, "b": 2, "\u0061": 3}"#) else {
            panic!("taken")
        };
        assert!(detail.contains("\"a\""), "{detail}");
    }

    #[test]
    fn json_is_recognised_by_its_media_type() {
        assert!(is_json("application/json") && is_json("Application/JSON; charset=utf-8"));
        assert!(!is_json("text/plain") && !is_json("application/jsonp"));
    }

    #[test]
    fn a_body_without_a_coding_may_say_so_in_any_case() {
        let encoded = |codings| is_encoded(&HeaderValue::from_static(codings));
        for codings in
            ["identity", "Identity", "IDENTITY", " identity ", "identity, Identity", "identity,", ""]
        {
            assert!(!encoded(codings), "{codings:?}");
        }
        for codings in ["gzip", "GZIP", "identity, gzip", "gzip,identity", "x-identity", "identity;q=1", "*"]
        {
            assert!(encoded(codings), "{codings:?}");
        }
        assert!(is_encoded(&HeaderValue::from_bytes("ä".as_bytes()).unwrap()));
    }
}
