//! What a problem looks like on the wire (RFC 9457).

use std::fmt;

use serde::Serialize;
use utoipa::ToSchema;

use super::kind::ProblemType;
use crate::request::id::RequestId;

/// The body of an answer with a problem.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// What kind of problem it is: a program switches on this.
    pub r#type: String,
    /// The same for all problems of the type.
    pub title: &'static str,
    /// The status of the answer.
    pub status: u16,
    /// What is wrong with this very request, for a person.
    pub detail: String,
    /// Names the request in the platform's log; also in the header `X-Request-Id`.
    pub request_id: String,
    /// All that is wrong with the request's fields and parameters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The store that is in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    /// Where the operation is that is in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The limit that is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// One part of a request that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where it is: a JSON pointer (RFC 6901) into the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Where it is: a parameter of the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// Where it is: a header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// What is wrong with it.
    pub detail: String,
}

impl ProblemDocument {
    /// A document of this type, without members other than those of RFC 9457 and the request's id.
    #[must_use]
    pub fn new(kind: ProblemType, detail: String, request_id: &RequestId) -> Self {
        let description = kind.description();
        Self {
            r#type: kind.uri(),
            title: description.title,
            status: description.status.as_u16(),
            detail,
            request_id: request_id.to_string(),
            errors: Vec::new(),
            store: None,
            operation: None,
            limit: None,
        }
    }
}

impl FieldError {
    /// The body's field `name` is wrong.
    pub fn field(name: &str, detail: impl ToString) -> Self {
        // RFC 6901, section 3: these two characters are escaped in a pointer.
        let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        Self { pointer: Some(pointer), ..Self::of(detail) }
    }

    /// The query's parameter `name` is wrong.
    pub fn parameter(name: &str, detail: impl ToString) -> Self {
        Self { parameter: Some(name.to_owned()), ..Self::of(detail) }
    }

    /// The header `name` is wrong.
    pub fn header(name: &str, detail: impl ToString) -> Self {
        Self { header: Some(name.to_owned()), ..Self::of(detail) }
    }

    fn of(detail: impl ToString) -> Self {
        Self { pointer: None, parameter: None, header: None, detail: detail.to_string() }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pointer, parameter, header, detail } = self;
        let field = pointer.as_deref().map(|pointer| pointer.trim_start_matches('/'));
        let place = field.or(parameter.as_deref()).or(header.as_deref()).unwrap_or("the request");
        write!(f, "{place} {detail}")
    }
}
