//! The kinds of problems: the one list of their names, statuses, titles and meanings. What the API
//! answers and what its OpenAPI document says are both made from it.

use axum::http::StatusCode;
use strum::VariantArray as _;

/// A kind of problem; what a program switches on.
///
/// Its URI is a URN: it stays the same wherever the API is deployed, and what it means is explained in the
/// OpenAPI document that every deployment serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::VariantArray)]
#[expect(missing_docs, reason = "each is described below")]
pub enum ProblemType {
    Malformed,
    Unauthenticated,
    Forbidden,
    NoSuchRoute,
    NoSuchStore,
    NoSuchToken,
    NoSuchOperation,
    NoSuchWebhook,
    NoSuchDelivery,
    MethodNotAllowed,
    NameTaken,
    Conflict,
    OperationInProgress,
    OwnToken,
    WebhookConflict,
    PreconditionFailed,
    TooLarge,
    UnsupportedMediaType,
    Invalid,
    KeyReused,
    OwnerQuota,
    PlatformQuota,
    WebhookQuota,
    RateLimited,
    Internal,
    Unavailable,
}

/// What there is to say of all problems of one type.
#[derive(Clone, Copy, Debug)]
pub struct Description {
    /// The last part of its URI.
    pub name: &'static str,
    /// The status of answers with it.
    pub status: StatusCode,
    /// A short line, the same for all problems of the type.
    pub title: &'static str,
    /// When it comes, and what its reader can do.
    pub meaning: &'static str,
    /// The headers that answers with it have, in addition to those of every answer.
    pub headers: &'static [DescribedHeader],
    /// The member that its documents have, in addition to those of every problem.
    pub member: Option<Member>,
}

/// A header, and what it means.
pub type DescribedHeader = (&'static str, &'static str);

/// A member of a problem's document that only some types have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// `errors`
    Errors,
    /// `store`
    Store,
    /// `operation`
    Operation,
    /// `limit`
    Limit,
}

/// The headers that say what is left of a limit.
pub const RATE_LIMIT_HEADERS: &[DescribedHeader] = &[RATE_LIMIT_POLICY, RATE_LIMIT];

const RATE_LIMIT_POLICY: DescribedHeader =
    ("RateLimit-Policy", "The limit of the caller's address: `\"creates\";q=5;w=60` is five in 60 s.");
const RATE_LIMIT: DescribedHeader =
    ("RateLimit", "What is left of it: `\"creates\";r=4;t=30` is four in the next 30 s.");
const CHALLENGE: DescribedHeader =
    ("WWW-Authenticate", "What is wanted, and what is wrong with what was sent (RFC 6750).");
const RETRY_AFTER: DescribedHeader =
    ("Retry-After", "After how many seconds to try again; not with a quota.");

impl ProblemType {
    /// All of them, in the order of their statuses.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The URI that stands in `type`.
    #[must_use]
    pub fn uri(self) -> String {
        format!("urn:shopwright:problem:{}", self.description().name)
    }

    /// What there is to say of it.
    #[must_use]
    pub fn description(self) -> Description {
        let of = |name, status, title, meaning| Description {
            name,
            status,
            title,
            meaning,
            headers: &[],
            member: None,
        };
        match self {
            Self::Malformed => of(
                "malformed",
                StatusCode::BAD_REQUEST,
                "The request can't be read",
                "The body, the query or a header has not the form that it must have.",
            ),
            Self::Unauthenticated => Description {
                headers: &[CHALLENGE],
                ..of(
                    "unauthenticated",
                    StatusCode::UNAUTHORIZED,
                    "A valid token is needed",
                    "There is no token in `Authorization`, or it is not a good one (any more). `WWW-Authenticate` says which.",
                )
            },
            Self::Forbidden => Description {
                headers: &[CHALLENGE],
                ..of(
                    "forbidden",
                    StatusCode::FORBIDDEN,
                    "This is not yours to do",
                    "It is known who calls, and they may not do this.",
                )
            },
            Self::NoSuchRoute => of(
                "no-such-route",
                StatusCode::NOT_FOUND,
                "There is nothing at this path",
                "No operation of this API has this path. A slash at the end makes it another path.",
            ),
            Self::NoSuchStore => of(
                "no-such-store",
                StatusCode::NOT_FOUND,
                "There is no such store",
                "The store is not there, or belongs to somebody else.",
            ),
            Self::NoSuchToken => {
                of("no-such-token", StatusCode::NOT_FOUND, "There is no such token", "No token has this id.")
            }
            Self::NoSuchOperation => of(
                "no-such-operation",
                StatusCode::NOT_FOUND,
                "There is no such operation",
                "The store was not asked for an operation of this id, or it is too long ago.",
            ),
            Self::NoSuchWebhook => of(
                "no-such-webhook",
                StatusCode::NOT_FOUND,
                "There is no such webhook",
                "The webhook is not there, or is about the stores of somebody else.",
            ),
            Self::NoSuchDelivery => of(
                "no-such-delivery",
                StatusCode::NOT_FOUND,
                "There is no such delivery",
                "The webhook was not notified of an event of this id, or it is more than 30 days ago.",
            ),
            Self::MethodNotAllowed => of(
                "method-not-allowed",
                StatusCode::METHOD_NOT_ALLOWED,
                "This path does not take this method",
                "`Allow` names the methods that it takes.",
            ),
            Self::NameTaken => Description {
                member: Some(Member::Store),
                ..of(
                    "name-taken",
                    StatusCode::CONFLICT,
                    "The name is taken",
                    "A living store has this name, or one that makes the same id, which is in `store`.",
                )
            },
            Self::Conflict => of(
                "conflict",
                StatusCode::CONFLICT,
                "The store is in the way",
                "The store is not in a state for this, or changes at the same moment. `detail` says which, and what to do.",
            ),
            Self::OperationInProgress => Description {
                member: Some(Member::Operation),
                ..of(
                    "operation-in-progress",
                    StatusCode::CONFLICT,
                    "The store is busy",
                    "One operation runs on a store at a time. `operation` is the address of that one.",
                )
            },
            Self::OwnToken => of(
                "own-token",
                StatusCode::CONFLICT,
                "A token can't revoke itself",
                "A good token is always left. Issue another one, and revoke this one with it.",
            ),
            Self::WebhookConflict => of(
                "webhook-conflict",
                StatusCode::CONFLICT,
                "The webhook is not in a state for this",
                "The webhook is disabled, or its delivery is being tried. `detail` says which, and what to do.",
            ),
            Self::PreconditionFailed => of(
                "precondition-failed",
                StatusCode::PRECONDITION_FAILED,
                "The resource has changed",
                "The store or the webhook is not in the version that `If-Match` asks for. Read it again, and decide anew.",
            ),
            Self::TooLarge => of(
                "too-large",
                StatusCode::PAYLOAD_TOO_LARGE,
                "The request is too large",
                "A request body has at most 16 KiB.",
            ),
            Self::UnsupportedMediaType => Description {
                headers: &[
                    ("Accept", "What a body's `Content-Type` must be."),
                    ("Accept-Encoding", "What its `Content-Encoding` must be."),
                ],
                ..of(
                    "unsupported-media-type",
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "The body must be plain JSON",
                    "The body is not said to be `application/json`, or is compressed.",
                )
            },
            Self::Invalid => Description {
                member: Some(Member::Errors),
                ..of(
                    "invalid",
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "The request is not valid",
                    "Fields or parameters are wrong. `errors` names each of them, with what is wrong with it.",
                )
            },
            Self::KeyReused => of(
                "idempotency-key-reused",
                StatusCode::UNPROCESSABLE_ENTITY,
                "The idempotency key was used for another request",
                "A key stands for one request. The same key with another path or body is taken for a mistake.",
            ),
            Self::OwnerQuota => Description {
                member: Some(Member::Limit),
                ..of(
                    "owner-quota",
                    StatusCode::TOO_MANY_REQUESTS,
                    "You have no room for another store",
                    "Your stores are as many as one owner may have, which is `limit`. Waiting alone does not help.",
                )
            },
            Self::PlatformQuota => Description {
                member: Some(Member::Limit),
                ..of(
                    "platform-quota",
                    StatusCode::TOO_MANY_REQUESTS,
                    "The platform has no room for another store",
                    "All stores together are as many as may be, which is `limit`. Waiting alone does not help.",
                )
            },
            Self::WebhookQuota => Description {
                member: Some(Member::Limit),
                ..of(
                    "webhook-quota",
                    StatusCode::TOO_MANY_REQUESTS,
                    "There is no room for another webhook",
                    "As many webhooks hear of these stores as may, which is `limit`. Waiting alone does not help.",
                )
            },
            Self::RateLimited => Description {
                headers: &[RETRY_AFTER, RATE_LIMIT_POLICY, RATE_LIMIT],
                ..of(
                    "rate-limited",
                    StatusCode::TOO_MANY_REQUESTS,
                    "Too many calls from your address",
                    "Calls from one address are counted by the minute. Go on after `Retry-After` seconds.",
                )
            },
            Self::Internal => of(
                "internal",
                StatusCode::INTERNAL_SERVER_ERROR,
                "The platform has failed",
                "A fault of the platform. Its operators find it by `requestId`.",
            ),
            Self::Unavailable => Description {
                headers: &[RETRY_AFTER],
                ..of(
                    "unavailable",
                    StatusCode::SERVICE_UNAVAILABLE,
                    "Try again later",
                    "A part that the platform needs does not answer. Try again after `Retry-After` seconds.",
                )
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_type_has_a_uri_of_its_own_and_they_stand_in_the_order_of_their_statuses() {
        let uris: HashSet<_> = ProblemType::ALL.iter().map(|kind| kind.uri()).collect();
        assert_eq!(uris.len(), ProblemType::ALL.len());
        assert!(ProblemType::ALL.iter().map(|kind| kind.description().status).is_sorted());
    }
}
