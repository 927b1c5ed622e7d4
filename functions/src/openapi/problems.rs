//! Adds to each operation the problems that it may answer with.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::json;
use utoipa::{
    Modify, PartialSchema as _, ToSchema as _,
    openapi::{
        ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder,
        example::ExampleBuilder,
        path::Operation,
        schema::{AllOfBuilder, ObjectBuilder, Type},
    },
};

use super::document::text_header;
use crate::{
    problem::document::{FieldError, ProblemDocument},
    problem::kind::ProblemType,
};

/// What an action may answer with that has a body, and may have to wait for another.
const OF_ACTIONS_WITH_A_BODY: &[ProblemType] = &[
    ProblemType::Malformed,
    ProblemType::NoSuchStore,
    ProblemType::Conflict,
    ProblemType::OperationInProgress,
    ProblemType::PreconditionFailed,
    ProblemType::TooLarge,
    ProblemType::UnsupportedMediaType,
    ProblemType::Invalid,
    ProblemType::KeyReused,
];

/// What an operation may answer with beside what all of its kind may.
const OF_OPERATIONS: &[(&str, &[ProblemType])] = &[
    (
        "createStore",
        &[
            ProblemType::Malformed,
            ProblemType::NameTaken,
            ProblemType::TooLarge,
            ProblemType::UnsupportedMediaType,
            ProblemType::Invalid,
            ProblemType::Conflict,
            ProblemType::KeyReused,
            ProblemType::OwnerQuota,
            ProblemType::PlatformQuota,
        ],
    ),
    ("listStores", &[ProblemType::Invalid]),
    ("getStore", &[ProblemType::Malformed, ProblemType::NoSuchStore]),
    (
        "deleteStore",
        &[
            ProblemType::Malformed,
            ProblemType::NoSuchStore,
            ProblemType::Conflict,
            ProblemType::PreconditionFailed,
        ],
    ),
    (
        "retryStore",
        &[
            ProblemType::Malformed,
            ProblemType::NoSuchStore,
            ProblemType::Conflict,
            ProblemType::PreconditionFailed,
            ProblemType::KeyReused,
        ],
    ),
    ("restartStore", OF_ACTIONS_WITH_A_BODY),
    (
        "resetPassword",
        &[
            ProblemType::Malformed,
            ProblemType::NoSuchStore,
            ProblemType::Conflict,
            ProblemType::OperationInProgress,
            ProblemType::PreconditionFailed,
            ProblemType::KeyReused,
        ],
    ),
    ("revealCredentials", OF_ACTIONS_WITH_A_BODY),
    (
        "readLogs",
        &[
            ProblemType::Malformed,
            ProblemType::NoSuchStore,
            ProblemType::Conflict,
            ProblemType::PreconditionFailed,
            ProblemType::TooLarge,
            ProblemType::UnsupportedMediaType,
            ProblemType::Invalid,
            ProblemType::KeyReused,
        ],
    ),
    ("listOperations", &[ProblemType::NoSuchStore, ProblemType::Invalid]),
    ("getStoreHealth", &[ProblemType::NoSuchStore]),
    ("getOperation", &[ProblemType::NoSuchStore, ProblemType::NoSuchOperation]),
    ("listEvents", &[ProblemType::NoSuchStore, ProblemType::Invalid]),
    (
        "issueToken",
        &[
            ProblemType::Malformed,
            ProblemType::TooLarge,
            ProblemType::UnsupportedMediaType,
            ProblemType::Invalid,
        ],
    ),
    ("listTokens", &[ProblemType::Invalid]),
    ("listAudit", &[ProblemType::NoSuchStore, ProblemType::Invalid]),
    ("getToken", &[ProblemType::NoSuchToken]),
    ("revokeToken", &[ProblemType::NoSuchToken, ProblemType::OwnToken]),
    ("getHealth", &[]),
    ("getDescription", &[]),
];

/// What any operation that is not open may answer with.
const OF_CALLERS: [ProblemType; 4] = [
    ProblemType::Unauthenticated,
    ProblemType::Forbidden,
    // Tokens that are not good are counted too.
    ProblemType::RateLimited,
    ProblemType::Unavailable,
];

/// The modifier.
pub(super) struct Problems;

impl Modify for Problems {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        for (name, schema) in
            [(ProblemDocument::name(), ProblemDocument::schema()), (FieldError::name(), FieldError::schema())]
        {
            components.schemas.insert(name.into_owned(), schema);
        }
        for (method, operation) in operations(document) {
            let id = operation.operation_id.clone().unwrap_or_default();
            let own = OF_OPERATIONS.iter().find(|(operation, _)| *operation == id).map(|(_, kinds)| *kinds);
            let mut kinds = own.unwrap_or_else(|| panic!("the problems of {id} are not listed")).to_vec();
            kinds.push(ProblemType::Internal);
            let is_open = operation.security.as_ref().is_some_and(|security| !security.is_empty());
            if !is_open {
                kinds.extend(OF_CALLERS);
                if method != "get" {
                    tell_limits(operation);
                }
            }
            for (status, kinds) in by_status(&kinds) {
                operation
                    .responses
                    .responses
                    .insert(status.as_str().into(), RefOr::T(response(status, &kinds)));
            }
        }
    }
}

/// All operations of `document` with their methods.
pub(super) fn operations(document: &mut OpenApi) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    document.paths.paths.values_mut().flat_map(|item| {
        [("get", &mut item.get), ("post", &mut item.post), ("delete", &mut item.delete)]
            .into_iter()
            .filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation)))
    })
}

/// What is accepted says what is left of its limit too.
fn tell_limits(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            add_limits(response);
        }
    }
}

fn add_limits(response: &mut Response) {
    for (name, description) in [
        ("RateLimit-Policy", "The limit of the caller's address: `\"creates\";q=5;w=60` is five in 60 s."),
        ("RateLimit", "What is left of it: `\"creates\";r=4;t=30` is four in the next 30 s."),
    ] {
        response.headers.insert(name.into(), RefOr::T(text_header(description)));
    }
}

/// The kinds by the status that they come with, in the order of the list of types.
fn by_status(kinds: &[ProblemType]) -> BTreeMap<StatusCode, Vec<ProblemType>> {
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for kind in ProblemType::ALL.iter().filter(|kind| kinds.contains(kind)) {
        found.entry(kind.description().status).or_default().push(*kind);
    }
    found
}

fn response(status: StatusCode, kinds: &[ProblemType]) -> Response {
    let lines = kinds.iter().map(|kind| {
        let description = kind.description();
        format!("`{}`: {}", description.name, description.meaning)
    });
    let of_these_types = ObjectBuilder::new().property(
        "type",
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(kinds.iter().map(|kind| kind.uri()))),
    );
    let schema =
        AllOfBuilder::new().item(Ref::from_schema_name(ProblemDocument::name())).item(of_these_types);
    let examples = kinds.iter().map(|kind| (kind.description().name, example(*kind)));
    let content = ContentBuilder::new()
        .schema(Some(schema))
        .examples_from_iter(examples.map(|(name, value)| (name, ExampleBuilder::new().value(Some(value)))))
        .build();
    let mut response = ResponseBuilder::new()
        .description(lines.collect::<Vec<_>>().join("\n\n"))
        .content("application/problem+json", content)
        .build();
    for (name, description) in headers(status) {
        response.headers.insert((*name).into(), RefOr::T(text_header(description)));
    }
    if kinds.contains(&ProblemType::RateLimited) {
        add_limits(&mut response);
    }
    response
}

/// The headers that come with some problem of this status.
fn headers(status: StatusCode) -> &'static [(&'static str, &'static str)] {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            &[("WWW-Authenticate", "What is wanted, and what is wrong with what was sent (RFC 6750).")]
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => &[
            ("Accept", "What a body's `Content-Type` must be."),
            ("Accept-Encoding", "What its `Content-Encoding` must be."),
        ],
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            &[("Retry-After", "After how many seconds to try again; not with a quota.")]
        }
        _ => &[],
    }
}

fn example(kind: ProblemType) -> serde_json::Value {
    let description = kind.description();
    let mut example = json!({
        "type": kind.uri(),
        "title": description.title,
        "status": description.status.as_u16(),
        "detail": description.meaning,
        "requestId": "01980a3c-5e5b-7d31-8a4b-3f1c4f7e9a10",
    });
    match kind {
        ProblemType::Invalid => {
            example["detail"] = json!("name must start and end with a letter or digit");
            example["errors"] =
                json!([{ "pointer": "/name", "detail": "must start and end with a letter or digit" }]);
        }
        ProblemType::NameTaken => example["store"] = json!("my-test-shop"),
        ProblemType::OperationInProgress => {
            example["operation"] =
                json!("/v1/stores/my-test-shop/operations/01980a3c-5e5b-7d31-8a4b-3f1c4f7e9a10");
        }
        ProblemType::OwnerQuota | ProblemType::PlatformQuota => example["limit"] = json!(10),
        ProblemType::Malformed
        | ProblemType::Unauthenticated
        | ProblemType::Forbidden
        | ProblemType::NoSuchRoute
        | ProblemType::NoSuchStore
        | ProblemType::MethodNotAllowed
        | ProblemType::Conflict
        | ProblemType::PreconditionFailed
        | ProblemType::TooLarge
        | ProblemType::UnsupportedMediaType
        | ProblemType::NoSuchToken
        | ProblemType::NoSuchOperation
        | ProblemType::OwnToken
        | ProblemType::KeyReused
        | ProblemType::RateLimited
        | ProblemType::Internal
        | ProblemType::Unavailable => {}
    }
    example
}
