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

use super::header::add_headers;
use crate::{
    api::{routes, rules::Rules},
    problem::{
        document::{FieldError, ProblemDocument},
        kind::{Member, ProblemType, RATE_LIMIT_HEADERS},
    },
};

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
        for operation in operations(document) {
            let Rules { is_open, rate, problems, entity_tag: _ } = rules_of(operation);
            let mut kinds = problems.to_vec();
            kinds.push(ProblemType::Internal);
            if !is_open {
                kinds.extend(OF_CALLERS);
            }
            if rate.is_some() {
                add_limits(operation);
            }
            for (status, kinds) in by_status(&kinds) {
                operation.responses.responses.insert(status.as_str().into(), RefOr::T(response(&kinds)));
            }
        }
    }
}

/// All operations of `document`.
pub(super) fn operations(document: &mut OpenApi) -> impl Iterator<Item = &mut Operation> {
    let items = document.paths.paths.values_mut();
    items.flat_map(|item| {
        [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete].into_iter().flatten()
    })
}

/// The rules that the route of `operation` declares.
///
/// # Panics
/// When it is the operation of no route.
pub(super) fn rules_of(operation: &Operation) -> Rules {
    let rules = routes::rules().into_iter().find(|(id, _)| *id == operation.operation_id);
    rules.map(|(_, rules)| rules).unwrap_or_else(|| panic!("{:?} has no route", operation.operation_id))
}

/// What is accepted says what is left of its limit too.
fn add_limits(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            add_headers(response, RATE_LIMIT_HEADERS);
        }
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

fn response(kinds: &[ProblemType]) -> Response {
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
    for kind in kinds {
        add_headers(&mut response, kind.description().headers);
    }
    response
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
    match description.member {
        Some(Member::Errors) => {
            let detail = "must start and end with a letter or digit";
            example["detail"] = json!(format!("name {detail}"));
            example["errors"] = json!([{ "pointer": "/name", "detail": detail }]);
        }
        Some(Member::Store) => example["store"] = json!("my-test-shop"),
        Some(Member::Operation) => {
            example["operation"] =
                json!("/v1/stores/my-test-shop/operations/01980a3c-5e5b-7d31-8a4b-3f1c4f7e9a10");
        }
        Some(Member::Limit) => example["limit"] = json!(10),
        None => {}
    }
    example
}
