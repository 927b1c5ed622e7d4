//! Describes what webhooks are sent, from the one list of events.

use domain::webhook::event_type::EventType;
use strum::VariantArray as _;
use utoipa::{
    Modify,
    openapi::{
        ContentBuilder, HttpMethod, KnownFormat, ObjectBuilder, OpenApi, PathItem, PathsBuilder, Required,
        ResponseBuilder, SchemaFormat,
        path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
        request_body::RequestBodyBuilder,
        schema::{AdditionalProperties, Type},
    },
};

/// The section `webhooks`.
pub(super) struct Events;

impl Modify for Events {
    fn modify(&self, document: &mut OpenApi) {
        let paths = EventType::VARIANTS.iter().fold(PathsBuilder::new(), |paths, kind| {
            paths.path(kind.name(), PathItem::new(HttpMethod::Post, delivery(*kind)))
        });
        document.webhooks = Some(paths.build());
    }
}

fn delivery(kind: EventType) -> OperationBuilder {
    let data = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(
            "What it is about: `store`, `uid`, `owner` and `sequence`, or `webhook` and `owner`; `href`, where more is \
             to be read; and what the event has of its own.",
        ))
        .property("href", text("Where more is to be read."))
        .required("href")
        .additional_properties(Some(AdditionalProperties::FreeForm(true)));
    let time = text("When it happened.").format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
    let payload = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("type", text("What happened.").enum_values(Some([kind.name()])))
        .property("timestamp", time)
        .property("data", data)
        .required("type")
        .required("timestamp")
        .required("data");
    let content = ContentBuilder::new().schema(Some(payload)).build();
    let body =
        RequestBodyBuilder::new().content("application/json", content).required(Some(Required::True)).build();
    let headers = [
        ("webhook-id", "The same in each try: what doubles are known by."),
        ("webhook-timestamp", "When this try was signed, in seconds since the Unix epoch."),
        ("webhook-signature", "As Standard Webhooks has it, version `v1`; of each good secret one."),
    ];
    let received = ResponseBuilder::new().description(
        "It was received. Anything else is a failure, and tried again: a redirect too. 410 disables the webhook.",
    );
    headers
        .into_iter()
        .fold(OperationBuilder::new(), |operation, (name, description)| {
            operation.parameter(header(name, description))
        })
        .summary(Some(kind.meaning()))
        .request_body(Some(body))
        .response("2XX", received)
}

fn text(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description))
}

fn header(name: &str, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::True)
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}
