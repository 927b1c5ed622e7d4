//! Headers, as the description has them.

use utoipa::openapi::{
    header::{Header, HeaderBuilder},
    schema::{Object, Type},
};

/// A header with a text.
pub(crate) fn text_header(description: &str) -> Header {
    let text = Object::with_type(Type::String);
    HeaderBuilder::new().schema(Some(text)).description(Some(description)).build()
}
