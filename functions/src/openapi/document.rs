//! Generates the description.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document, Ref, RefOr,
        schema::{ArrayBuilder, Schema},
        security::{Http, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use super::{
    entity_tags::EntityTags,
    events::Events,
    header::text_header,
    problems::{Problems, operations, rules_of},
};
use crate::api::routes;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Shopwright",
        description = "Makes WooCommerce stores, each in a Kubernetes namespace of its own, and takes them away.\n\n\
            A change is accepted with 202 and carried out in the background: follow the store in `Location` \
            until its `status` is `Ready`, `Failed`, or it is gone.\n\n\
            Errors are problems as of RFC 9457; a program switches on their `type`. Bodies are JSON whatever \
            `Accept` says, times are RFC 3339 in UTC, durations milliseconds. Fields that a request has not \
            are refused; answers may get new fields, and enumerations new values. `HEAD` is answered as \
            `GET` is, without a body; a slash at the end of a path makes it another path.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/", description = "Where this description was got from.")),
    tags(
        (name = "Stores", description = "Stores and what happens to them."),
        (name = "Tokens", description = "What callers authenticate with; for admins."),
        (name = "Webhooks", description = "Endpoints that are notified of what happens to stores."),
        (name = "Audit", description = "Who did what."),
        (name = "Platform", description = "What is open to everybody."),
    ),
    security(("token" = []), ("claims" = [])),
)]
struct Api;

/// The description as it is to be checked in.
///
/// # Panics
/// Never: it has only texts as keys.
#[must_use]
pub fn generate() -> String {
    let mut document = Api::openapi();
    document.merge(routes::Paths::openapi());
    for modifier in [&Access as &dyn Modify, &Callers, &Problems, &EntityTags, &RequestIds, &Lists, &Events] {
        modifier.modify(&mut document);
    }
    let mut text = document.to_pretty_json().expect("a document is JSON");
    text.push('\n');
    text
}

/// What is open to everybody says so.
struct Access;

impl Modify for Access {
    fn modify(&self, document: &mut Document) {
        for operation in operations(document) {
            if rules_of(operation).is_open {
                operation.security = Some(vec![SecurityRequirement::default()]);
            }
        }
    }
}

/// Who calls.
struct Callers;

impl Modify for Callers {
    fn modify(&self, document: &mut Document) {
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("swt_<id>_<secret>")
            .description(Some("A token of this API. Owners see and change their own stores, admins all."))
            .build();
        let mut claims = Http::new(HttpAuthScheme::Bearer);
        claims.bearer_format = Some("JWT".into());
        claims.description =
            Some("Where its operators have set that up: a web token that API Gateway checks.".into());
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(token));
        components.add_security_scheme("claims", SecurityScheme::Http(claims));
    }
}

/// Every answer names its request.
struct RequestIds;

impl Modify for RequestIds {
    fn modify(&self, document: &mut Document) {
        for operation in operations(document) {
            for response in operation.responses.responses.values_mut() {
                if let RefOr::T(response) = response {
                    response.headers.insert(
                        "X-Request-Id".into(),
                        RefOr::T(text_header("Names the request in the platform's log.")),
                    );
                }
            }
        }
    }
}

/// A list refers to what it is a list of. What is generated writes that out in each.
struct Lists;

impl Modify for Lists {
    fn modify(&self, document: &mut Document) {
        let schemas = document.components.get_or_insert_default().schemas.iter_mut();
        for (name, schema) in schemas {
            if let (Some(item), RefOr::T(Schema::Object(list))) = (name.strip_prefix("List_"), schema) {
                let items = ArrayBuilder::new().description(Some("The items."));
                let items = items.items(Ref::from_schema_name(item)).build();
                list.properties.insert("items".into(), RefOr::T(items.into()));
            }
        }
    }
}
