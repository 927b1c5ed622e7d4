//! Errors as callers get them: RFC 9457 problems.

pub mod document;
pub mod kind;

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::{auth::rate::Rate, queue::QueueError, table::TableError};

use self::{document::ProblemDocument, kind::ProblemType};
use crate::{
    rate_limit::{Exceeded, RateError},
    request::{context::RequestContext, id::RequestId},
};

pub use self::document::FieldError;

/// A request that is not answered as asked, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The request has not the form that it must have.
    Malformed {
        /// What is wrong with it.
        detail: String,
    },
    /// Nobody is known to call.
    Unauthenticated(Unauthenticated),
    /// The caller's role is not enough.
    Forbidden {
        /// What it would take.
        detail: String,
    },
    /// No such route.
    NoSuchRoute,
    /// A route of the API with something before it.
    PrefixedRoute {
        /// What stands before it.
        prefix: String,
    },
    /// No such store, or one of somebody else.
    NoSuchStore {
        /// The id that was asked for.
        id: String,
    },
    /// No such token.
    NoSuchToken {
        /// The id that was asked for.
        id: String,
    },
    /// No such operation on the store.
    NoSuchOperation {
        /// The id that was asked for.
        id: String,
    },
    /// No such webhook, or one about the stores of somebody else.
    NoSuchWebhook {
        /// The id that was asked for.
        id: String,
    },
    /// No such delivery to the webhook.
    NoSuchDelivery {
        /// The id that was asked for.
        id: String,
    },
    /// The webhook, or its delivery, is in no state for it.
    WebhookConflict {
        /// What is going on.
        detail: String,
    },
    /// As many webhooks hear of these stores as may.
    WebhookQuota {
        /// How many those are.
        limit: u32,
    },
    /// The route exists, but not with this method.
    MethodNotAllowed {
        /// The methods that it has, as `Allow` lists them.
        allow: &'static str,
    },
    /// The name is taken.
    NameTaken {
        /// The id that it makes.
        id: String,
    },
    /// The store changes under the request, or is in no state for it.
    Conflict {
        /// What is going on.
        detail: String,
    },
    /// The store is busy, and with one operation at a time.
    OperationInProgress {
        /// What it is busy with, in words.
        operation: String,
        /// Where that can be followed.
        location: String,
    },
    /// The token that the caller would revoke is the one that says who calls.
    OwnToken,
    /// The store is not in the version that the caller wants to change.
    PreconditionFailed,
    /// The body is larger than allowed.
    TooLarge,
    /// The body is not said to be JSON.
    UnsupportedMediaType,
    /// The body is compressed.
    UnsupportedEncoding,
    /// Fields of the request are wrong.
    Invalid(Vec<FieldError>),
    /// The idempotency key was used for another request.
    KeyReused,
    /// The owner has as many stores as one may.
    OwnerQuota {
        /// How many those are.
        limit: u32,
    },
    /// The platform has as many stores as it may.
    PlatformQuota {
        /// How many those are.
        limit: u32,
    },
    /// There were too many calls from the caller's address.
    RateLimited(Exceeded),
    /// A fault of the platform.
    Internal,
    /// A part that the API needs does not answer.
    Unavailable,
}

/// Why nobody is known to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unauthenticated {
    /// There is no bearer token.
    NoToken,
    /// The token is unknown, expired or revoked; which of these is nobody's business.
    BadToken,
}

/// How long a caller should wait when a part does not answer, in seconds.
const RETRY_AFTER_SECONDS: &str = "5";

impl Problem {
    /// Its type, which has its status and its title.
    #[must_use]
    pub fn kind(&self) -> ProblemType {
        match self {
            Self::Malformed { .. } => ProblemType::Malformed,
            Self::Unauthenticated(_) => ProblemType::Unauthenticated,
            Self::Forbidden { .. } => ProblemType::Forbidden,
            Self::NoSuchRoute | Self::PrefixedRoute { .. } => ProblemType::NoSuchRoute,
            Self::NoSuchStore { .. } => ProblemType::NoSuchStore,
            Self::NoSuchToken { .. } => ProblemType::NoSuchToken,
            Self::NoSuchOperation { .. } => ProblemType::NoSuchOperation,
            Self::NoSuchWebhook { .. } => ProblemType::NoSuchWebhook,
            Self::NoSuchDelivery { .. } => ProblemType::NoSuchDelivery,
            Self::WebhookConflict { .. } => ProblemType::WebhookConflict,
            Self::WebhookQuota { .. } => ProblemType::WebhookQuota,
            Self::MethodNotAllowed { .. } => ProblemType::MethodNotAllowed,
            Self::NameTaken { .. } => ProblemType::NameTaken,
            Self::Conflict { .. } => ProblemType::Conflict,
            Self::OperationInProgress { .. } => ProblemType::OperationInProgress,
            Self::OwnToken => ProblemType::OwnToken,
            Self::PreconditionFailed => ProblemType::PreconditionFailed,
            Self::TooLarge => ProblemType::TooLarge,
            Self::UnsupportedMediaType | Self::UnsupportedEncoding => ProblemType::UnsupportedMediaType,
            Self::Invalid(_) => ProblemType::Invalid,
            Self::KeyReused => ProblemType::KeyReused,
            Self::OwnerQuota { .. } => ProblemType::OwnerQuota,
            Self::PlatformQuota { .. } => ProblemType::PlatformQuota,
            Self::RateLimited(_) => ProblemType::RateLimited,
            Self::Internal => ProblemType::Internal,
            Self::Unavailable => ProblemType::Unavailable,
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Malformed { detail }
            | Self::Conflict { detail }
            | Self::WebhookConflict { detail }
            | Self::Forbidden { detail } => detail.clone(),
            Self::Unauthenticated(Unauthenticated::NoToken) => "Send `Authorization: Bearer <token>`.".into(),
            Self::Unauthenticated(Unauthenticated::BadToken) => {
                "The token is not known, or no longer good.".into()
            }
            Self::NoSuchRoute => "`GET /v1/openapi.json` describes what there is.".into(),
            Self::PrefixedRoute { prefix } => format!(
                "{prefix:?} stands before a path of this API, which answers at the root of its address only. At API \
                 Gateway that takes the stage `$default`, and for a custom domain a mapping without a key."
            ),
            Self::NoSuchStore { id } => format!("You have no store {id:?}."),
            Self::NoSuchToken { id } => format!("There is no token {id:?}."),
            Self::NoSuchOperation { id } => format!("The store has no operation {id:?}."),
            Self::NoSuchWebhook { id } => format!("You have no webhook {id:?}."),
            Self::NoSuchDelivery { id } => format!("The webhook has no delivery {id:?}."),
            Self::WebhookQuota { limit } => {
                format!("There are {limit} of them. Delete one, or change one.")
            }
            Self::MethodNotAllowed { allow } => format!("It takes {allow}."),
            Self::NameTaken { id } => format!("There is a store {id:?} already. Choose another name."),
            Self::OperationInProgress { operation, location } => {
                format!("The store is busy with {operation}. Follow it at {location}, and ask again.")
            }
            Self::OwnToken => "It is the token that you call with. Revoke it with another one.".into(),
            Self::PreconditionFailed => {
                "It is not in the version that `If-Match` asks for. Read it again.".into()
            }
            Self::TooLarge => "A request body has at most 16 KiB.".into(),
            Self::UnsupportedMediaType => "Send `Content-Type: application/json`.".into(),
            Self::UnsupportedEncoding => "Send the body as it is, without `Content-Encoding`.".into(),
            Self::Invalid(errors) => errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
            Self::KeyReused => "Use another key for another request.".into(),
            Self::OwnerQuota { limit } => {
                format!("You have your {limit} stores. Delete one, or have the limit raised.")
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
            Self::Internal => "Give the request id to the platform's operators.".into(),
            Self::Unavailable => "A part of the platform does not answer. Nothing is lost.".into(),
        }
    }

    /// Adds the headers that belong to it.
    fn add_headers(&self, headers: &mut HeaderMap) {
        let mut add = |name, value| headers.insert(name, HeaderValue::from_static(value));
        match self {
            // RFC 6750, section 3: no error code where there was no attempt.
            Self::Unauthenticated(Unauthenticated::NoToken) => {
                add(header::WWW_AUTHENTICATE, r#"Bearer realm="shopwright""#);
            }
            Self::Unauthenticated(Unauthenticated::BadToken) => {
                add(header::WWW_AUTHENTICATE, r#"Bearer realm="shopwright", error="invalid_token""#);
            }
            Self::Forbidden { .. } => {
                add(header::WWW_AUTHENTICATE, r#"Bearer realm="shopwright", error="insufficient_scope""#);
            }
            Self::MethodNotAllowed { allow } => {
                add(header::ALLOW, allow);
            }
            // RFC 9110, section 15.5.16: these say what would have been accepted.
            Self::UnsupportedMediaType => {
                add(header::ACCEPT, "application/json");
            }
            Self::UnsupportedEncoding => {
                add(header::ACCEPT_ENCODING, "identity");
            }
            Self::Unavailable => {
                add(header::RETRY_AFTER, RETRY_AFTER_SECONDS);
            }
            Self::RateLimited(Exceeded(allowance)) => {
                headers.insert(header::RETRY_AFTER, allowance.seconds_left.into());
                allowance.write(headers);
            }
            Self::Malformed { .. }
            | Self::NoSuchRoute
            | Self::PrefixedRoute { .. }
            | Self::NoSuchStore { .. }
            | Self::NoSuchToken { .. }
            | Self::NoSuchOperation { .. }
            | Self::NoSuchWebhook { .. }
            | Self::NoSuchDelivery { .. }
            | Self::WebhookConflict { .. }
            | Self::WebhookQuota { .. }
            | Self::NameTaken { .. }
            | Self::Conflict { .. }
            | Self::OperationInProgress { .. }
            | Self::OwnToken
            | Self::PreconditionFailed
            | Self::TooLarge
            | Self::Invalid(_)
            | Self::KeyReused
            | Self::OwnerQuota { .. }
            | Self::PlatformQuota { .. }
            | Self::Internal => {}
        }
    }

    fn document(&self, request_id: &RequestId) -> ProblemDocument {
        let mut document = ProblemDocument::new(self.kind(), self.detail(), request_id);
        match self {
            Self::Invalid(errors) => document.errors.clone_from(errors),
            Self::NameTaken { id } => document.store = Some(id.clone()),
            Self::OperationInProgress { location, .. } => document.operation = Some(location.clone()),
            Self::OwnerQuota { limit } | Self::PlatformQuota { limit } | Self::WebhookQuota { limit } => {
                document.limit = Some(*limit);
            }
            Self::Malformed { .. }
            | Self::Unauthenticated(_)
            | Self::Forbidden { .. }
            | Self::NoSuchRoute
            | Self::PrefixedRoute { .. }
            | Self::NoSuchStore { .. }
            | Self::NoSuchToken { .. }
            | Self::NoSuchOperation { .. }
            | Self::NoSuchWebhook { .. }
            | Self::NoSuchDelivery { .. }
            | Self::WebhookConflict { .. }
            | Self::MethodNotAllowed { .. }
            | Self::Conflict { .. }
            | Self::OwnToken
            | Self::PreconditionFailed
            | Self::TooLarge
            | Self::UnsupportedMediaType
            | Self::UnsupportedEncoding
            | Self::KeyReused
            | Self::RateLimited(_)
            | Self::Internal
            | Self::Unavailable => {}
        }
        document
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let request = RequestContext::current();
        request.record(|outcome| outcome.problem = Some(self.kind()));
        let status = self.kind().description().status;
        let mut response = (status, Json(self.document(request.id()))).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        self.add_headers(headers);
        response
    }
}

/// What went wrong inside stays in the log; the caller learns only that it did.
impl From<TableError> for Problem {
    fn from(error: TableError) -> Self {
        tracing::error!(error = %error, "the table could not be used");
        match error {
            TableError::Dynamo(_) | TableError::NotActive { .. } | TableError::Overloaded => {
                Self::Unavailable
            }
            // Another try would find the same.
            TableError::Item(_)
            | TableError::Store { .. }
            | TableError::EventKey
            | TableError::OperationKey
            | TableError::HealthKey
            | TableError::Notice
            | TableError::Delivery(_)
            | TableError::AttentionKey
            | TableError::Operation { .. }
            | TableError::Audit { .. }
            | TableError::Build(_) => Self::Internal,
        }
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
