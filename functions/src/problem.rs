//! Errors as callers get them: RFC 9457 problems.

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{queue::QueueError, rate::Rate, table::TableError};
use serde::Serialize;

use crate::rate_limit::{Exceeded, RateError};

/// One field of a request that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Where it is: a JSON pointer (RFC 6901) into the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Where it is: a parameter of the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// What is wrong with it.
    pub detail: String,
}

impl FieldError {
    /// The body's field `name` is wrong.
    pub fn field(name: &str, detail: impl ToString) -> Self {
        // RFC 6901, section 3: these two characters are escaped in a pointer.
        let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        Self { pointer: Some(pointer), parameter: None, detail: detail.to_string() }
    }

    /// The query's parameter `name` is wrong.
    pub fn parameter(name: &str, detail: impl ToString) -> Self {
        Self { pointer: None, parameter: Some(name.to_owned()), detail: detail.to_string() }
    }
}

/// A request that is not answered as asked, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The body is not JSON, or no object.
    Malformed {
        /// What is wrong with it.
        detail: String,
    },
    /// No token, or not a good one.
    Unauthenticated,
    /// The caller is known, and may not do this.
    Forbidden {
        /// Why not.
        detail: String,
    },
    /// No such route.
    NoSuchRoute,
    /// No such store, or one of somebody else.
    NoSuchStore {
        /// The id that was asked for.
        id: String,
    },
    /// The route exists, but not with this method.
    MethodNotAllowed,
    /// The name is taken.
    NameTaken {
        /// The id that it makes.
        id: String,
    },
    /// The store changes under the request.
    Conflict {
        /// What is going on.
        detail: String,
    },
    /// The body is larger than allowed.
    TooLarge,
    /// The body is not said to be JSON.
    UnsupportedMediaType,
    /// Fields of the request are wrong.
    Invalid(Vec<FieldError>),
    /// The platform has as many stores as it may.
    PlatformQuota {
        /// How many those are.
        limit: u32,
    },
    /// There were too many calls from the caller's address.
    RateLimited(Exceeded),
    /// A part that the API needs does not answer.
    Unavailable,
}

/// How long a caller should wait when a part does not answer, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// The body of a problem.
#[derive(Serialize)]
struct Document {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// The store that is in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<String>,
}

impl Problem {
    /// The status, the name of the type, and the title, which is the same for all of a type.
    fn kind(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Malformed { .. } => (StatusCode::BAD_REQUEST, "malformed", "The request can't be read"),
            Self::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthenticated", "A valid token is needed"),
            Self::Forbidden { .. } => (StatusCode::FORBIDDEN, "forbidden", "This is not yours to do"),
            Self::NoSuchRoute => (StatusCode::NOT_FOUND, "no-such-route", "There is nothing at this path"),
            Self::NoSuchStore { .. } => (StatusCode::NOT_FOUND, "no-such-store", "There is no such store"),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "This path does not take this method")
            }
            Self::NameTaken { .. } => (StatusCode::CONFLICT, "name-taken", "The name is taken"),
            Self::Conflict { .. } => (StatusCode::CONFLICT, "conflict", "The store is changing"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The request is too large"),
            Self::UnsupportedMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The body must be JSON")
            }
            Self::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", "The request is not valid"),
            Self::PlatformQuota { .. } => (
                StatusCode::TOO_MANY_REQUESTS,
                "platform-quota",
                "The platform has no room for another store",
            ),
            Self::RateLimited(_) => {
                (StatusCode::TOO_MANY_REQUESTS, "rate-limited", "Too many calls from your address")
            }
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Try again later"),
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Malformed { detail } | Self::Forbidden { detail } | Self::Conflict { detail } => {
                detail.clone()
            }
            Self::Unauthenticated => {
                "Send `Authorization: Bearer <token>` with a token that is still good.".into()
            }
            Self::NoSuchRoute => "See the README for the routes of this API.".into(),
            Self::NoSuchStore { id } => format!("You have no store {id:?}."),
            Self::MethodNotAllowed => "The header Allow names the methods that it takes.".into(),
            Self::NameTaken { id } => format!("There is a store {id:?} already. Choose another name."),
            Self::TooLarge => "A request body has at most 16 KiB.".into(),
            Self::UnsupportedMediaType => "Send `Content-Type: application/json`.".into(),
            Self::Invalid(errors) => {
                let fields: Vec<_> = errors.iter().map(field_sentence).collect();
                fields.join("; ")
            }
            Self::PlatformQuota { limit } => {
                format!("It has its {limit} stores. Delete one, or have the limit raised.")
            }
            Self::RateLimited(Exceeded(allowance)) => {
                let what = match allowance.rate {
                    Rate::Creates => "creates",
                    Rate::Actions => "changes",
                    Rate::FailedAuthentications => "tokens that are not good",
                };
                let (limit, seconds) = (allowance.limit, allowance.seconds_left);
                format!("At most {limit} {what} a minute are taken from one address. Go on in {seconds} s.")
            }
            Self::Unavailable => "A part of the platform does not answer. Nothing is lost.".into(),
        }
    }

    fn add_fields(&self, headers: &mut HeaderMap) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match self {
            Self::Unauthenticated => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::Unavailable => {
                headers.insert(header::RETRY_AFTER, RETRY_AFTER);
            }
            Self::RateLimited(Exceeded(allowance)) => {
                headers.insert(header::RETRY_AFTER, allowance.seconds_left.into());
                allowance.tell(headers);
            }
            Self::Malformed { .. }
            | Self::Forbidden { .. }
            | Self::NoSuchRoute
            | Self::NoSuchStore { .. }
            | Self::MethodNotAllowed
            | Self::NameTaken { .. }
            | Self::Conflict { .. }
            | Self::TooLarge
            | Self::UnsupportedMediaType
            | Self::Invalid(_)
            | Self::PlatformQuota { .. } => {}
        }
    }
}

fn field_sentence(error: &FieldError) -> String {
    let place = error.pointer.as_deref().map(|pointer| pointer.trim_start_matches('/'));
    let place = place.or(error.parameter.as_deref()).unwrap_or("the request");
    format!("{place} {}", error.detail)
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, name, title) = self.kind();
        let document = Document {
            r#type: format!("urn:shopwright:problem:{name}"),
            title,
            status: status.as_u16(),
            detail: self.detail(),
            errors: if let Self::Invalid(errors) = &self { errors.clone() } else { Vec::new() },
            store: if let Self::NameTaken { id } = &self { Some(id.clone()) } else { None },
        };
        let mut response = (status, Json(document)).into_response();
        self.add_fields(response.headers_mut());
        response
    }
}

/// What went wrong inside stays in the log; the caller learns only that it did.
impl From<TableError> for Problem {
    fn from(error: TableError) -> Self {
        tracing::error!(error = %error, "the table could not be used");
        Self::Unavailable
    }
}

impl From<Exceeded> for Problem {
    fn from(exceeded: Exceeded) -> Self {
        Self::RateLimited(exceeded)
    }
}

impl From<RateError> for Problem {
    fn from(error: RateError) -> Self {
        match error {
            RateError::Exceeded(exceeded) => exceeded.into(),
            RateError::Table(error) => error.into(),
        }
    }
}

impl From<QueueError> for Problem {
    fn from(error: QueueError) -> Self {
        tracing::error!(error = %error, "the queue could not be used");
        Self::Unavailable
    }
}

/// Answers for a path that no route has.
pub async fn no_such_route() -> Problem {
    Problem::NoSuchRoute
}

/// Answers for a method that a route has not; the router adds `Allow`.
pub async fn method_not_allowed() -> Problem {
    Problem::MethodNotAllowed
}
