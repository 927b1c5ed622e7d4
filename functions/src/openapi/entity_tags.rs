//! Adds to each operation whose answers have an entity tag how a caller asks with it.

use utoipa::{
    IntoParams as _, Modify,
    openapi::{OpenApi, RefOr, ResponseBuilder, path::Operation},
};

use super::{
    header::add_headers,
    problems::{operations, rules_of},
};
use crate::request::preconditions::IfNoneMatch;

/// The modifier.
pub(super) struct EntityTags;

impl Modify for EntityTags {
    fn modify(&self, document: &mut OpenApi) {
        for operation in operations(document) {
            if let Some(tag) = rules_of(operation).entity_tag {
                add_entity_tag(operation, tag);
            }
        }
    }
}

fn add_entity_tag(operation: &mut Operation, tag: &'static str) {
    let asked = IfNoneMatch::into_params(|| None).into_iter().map(RefOr::T);
    operation.parameters.get_or_insert_default().extend(asked);
    let responses = &mut operation.responses.responses;
    if let Some(RefOr::T(response)) = responses.get_mut("200") {
        let caching = "It is for its caller, who may keep it and ask again.";
        add_headers(response, &[("ETag", tag), ("Cache-Control", caching)]);
    }
    let mut response = ResponseBuilder::new().description("It has not changed.").build();
    add_headers(&mut response, &[("ETag", tag), ("Cache-Control", "As with 200.")]);
    responses.insert("304".into(), RefOr::T(response));
}
