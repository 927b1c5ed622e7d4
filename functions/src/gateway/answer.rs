//! Writes a response as API Gateway takes it (payload format 2.0).

use std::collections::BTreeMap;

use axum::{body::to_bytes, http::StatusCode, response::Response};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;

/// A response. A header that stands there more than once is one, its values joined by commas
/// (RFC 9110, section 5.3); this API sets no cookies, which could not be joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The status.
    pub status_code: u16,
    /// The headers.
    pub headers: BTreeMap<String, String>,
    /// The body, if there is one.
    pub body: Option<String>,
    /// Whether the body is in base64, because it is no text.
    pub is_base64_encoded: bool,
    /// None. `cargo lambda watch` does not do without the list.
    cookies: [String; 0],
}

impl Answer {
    pub(super) async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let (status, body) = match to_bytes(body, usize::MAX).await {
            Ok(body) => (parts.status, body),
            Err(error) => {
                tracing::error!(%error, "the body of an answer was not ended");
                (StatusCode::INTERNAL_SERVER_ERROR, Vec::new().into())
            }
        };
        let mut headers = BTreeMap::<String, String>::new();
        for (name, value) in &parts.headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            headers
                .entry(name.to_string())
                .and_modify(|values| {
                    values.push_str(", ");
                    values.push_str(&value);
                })
                .or_insert_with(|| value.into_owned());
        }
        let (body, is_base64_encoded) = match String::from_utf8(body.into()) {
            Ok(text) if text.is_empty() => (None, false),
            Ok(text) => (Some(text), false),
            Err(binary) => (Some(STANDARD.encode(binary.as_bytes())), true),
        };
        Self { status_code: status.as_u16(), headers, body, is_base64_encoded, cookies: [] }
    }
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, response::IntoResponse as _};

    use super::*;

    #[tokio::test]
    async fn headers_of_one_name_are_joined_and_a_body_is_a_text_or_in_base64() {
        let headers = [("vary", "origin"), ("vary", "accept"), ("etag", "\"1\"")];
        let response = (axum::response::AppendHeaders(headers), "text").into_response();
        let answer = Answer::of(response).await;
        assert_eq!((answer.body.as_deref(), answer.is_base64_encoded), (Some("text"), false));
        assert_eq!((&*answer.headers["vary"], &*answer.headers["etag"]), ("origin, accept", "\"1\""));

        let binary = Answer::of(Response::new(Body::from(&b"\xff\x00"[..]))).await;
        assert_eq!((binary.body.as_deref(), binary.is_base64_encoded), (Some("/wA="), true));
        assert_eq!(Answer::of(Response::new(Body::empty())).await.body, None);
    }
}
