//! Headers, as the description has them.

use utoipa::openapi::{
    RefOr, Response,
    header::{Header, HeaderBuilder},
    schema::{Object, Type},
};

use crate::problem::kind::DescribedHeader;

/// A header with a text.
pub(crate) fn text_header(description: &str) -> Header {
    let text = Object::with_type(Type::String);
    HeaderBuilder::new().schema(Some(text)).description(Some(description)).build()
}

/// Has `response` come with `headers`.
pub(super) fn add_headers(response: &mut Response, headers: &[DescribedHeader]) {
    for (name, description) in headers {
        response.headers.insert((*name).into(), RefOr::T(text_header(description)));
    }
}
