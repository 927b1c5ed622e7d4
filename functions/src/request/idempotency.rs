//! The header `Idempotency-Key`: a request that is sent again is done once.

use axum::{
    extract::FromRequestParts,
    http::{HeaderName, HeaderValue, request::Parts},
};
use domain::{
    auth::principal_name::PrincipalName,
    idempotency::{IdempotencyKey, KeyedRequest},
    values::digest::Digest,
};
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::Type,
    },
};

use crate::problem::Problem;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The header that marks an answer to a request that was carried out before.
pub const REPLAYED: (HeaderName, HeaderValue) =
    (HeaderName::from_static("idempotency-replayed"), HeaderValue::from_static("true"));

/// The key of a request, if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency(Option<IdempotencyKey>);

impl<S: Send + Sync> FromRequestParts<S> for Idempotency {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut keys = parts.headers.get_all(KEY).iter();
        let Some(key) = keys.next() else { return Ok(Self(None)) };
        let malformed = |problem: &str| Problem::Malformed { detail: format!("The header {KEY} {problem}.") };
        if keys.next().is_some() {
            return Err(malformed("stands in the request more than once"));
        }
        let key = IdempotencyKey::parse(key.as_bytes()).map_err(|error| malformed(&error.to_string()))?;
        Ok(Self(Some(key)))
    }
}

impl IntoParams for Idempotency {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[!-~]{1,255}$"))
            .examples(["01980a3c-5e5b-7d31-8a4b-3f1c4f7e9a10"]);
        let key = ParameterBuilder::new()
            .name(KEY.as_str())
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(
                "Makes it safe to send the request again: with the same key it is carried out once, for at \
                 least 24 hours.",
            ))
            .schema(Some(schema));
        vec![key.build()]
    }
}

impl Idempotency {
    /// The request as it is remembered: `principal` asks for `parts`, which are all that distinguishes it from
    /// another one. What was parsed counts, so that white space makes no other request.
    #[must_use]
    pub fn request(self, principal: &PrincipalName, parts: &[&str]) -> Option<KeyedRequest> {
        // None of the parts has a line end in it: paths, names and addresses can't.
        let digest = Digest::of(parts.join("\n").as_bytes());
        self.0.map(|key| KeyedRequest { principal: principal.clone(), key, digest })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    async fn key(values: &[&[u8]]) -> Result<Idempotency, Problem> {
        let mut request = Request::new(());
        for value in values {
            request.headers_mut().append(KEY, HeaderValue::from_bytes(value).unwrap());
        }
        Idempotency::from_request_parts(&mut request.into_parts().0, &()).await
    }

    #[tokio::test]
    async fn a_key_that_is_none_is_refused_rather_than_ignored() {
        assert_eq!(key(&[]).await, Ok(Idempotency(None)));
        assert!(key(&[b"k-1"]).await.unwrap().0.is_some());
        for values in [&[&b""[..]][..], &[b"a b"], &["ä".as_bytes()], &[b"a", b"a"], &[&[b'k'; 256]]] {
            assert!(matches!(key(values).await, Err(Problem::Malformed { .. })), "{values:?}");
        }
    }

    #[tokio::test]
    async fn another_part_makes_another_request() {
        let ada = PrincipalName::parse("ada").unwrap();
        let request = async |parts: &[&str]| key(&[b"k"]).await.unwrap().request(&ada, parts).unwrap();
        assert_eq!(request(&["a", "bc"]).await, request(&["a", "bc"]).await);
        assert_ne!(request(&["a", "bc"]).await, request(&["ab", "c"]).await);
    }
}
