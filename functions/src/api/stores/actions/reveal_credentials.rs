//! `POST /v1/stores/{id}/actions/reveal-credentials`

use domain::{
    auth::rate::Rate,
    operation::{
        ReadOnlyRequest,
        credentials::{Jwk, RecipientKey, RecipientKeyError},
    },
    store::slug::Slug,
};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{PROBLEMS_WITH_BODY, request::ActionRequest};
use crate::{
    api::{rules::Rules, stores::operations::accepted::AcceptedOperation},
    problem::Problem,
    request::{
        body::{Body, Fields, RequestBody},
        idempotency::Idempotency,
        preconditions::IfMatch,
    },
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(Rate::Actions, PROBLEMS_WITH_BODY);

/// For whom the credentials are sealed.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewReveal {
    /// The key that they are sealed for. Its private half stays with whoever asks.
    #[schema(value_type = Jwk)]
    pub public_key: RecipientKey,
}

impl RequestBody for NewReveal {
    fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self { public_key: fields.object("publicKey", recipient_key)? })
    }
}

/// What the shop's administrator gets in with.
#[utoipa::path(
    post,
    path = "/v1/stores/{id}/actions/reveal-credentials",
    operation_id = "revealCredentials",
    tag = "Stores",
    summary = "Reveal the administrator's credentials",
    description = "The password lies in the store's Secret and nowhere else. A runner seals it for the key of \
        whoever asks, by HPKE (RFC 9180) in its base mode with DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and \
        AES-128-GCM, an empty `aad`, and the `info` `shopwright/reveal-credentials/1`, the store's `id`, its \
        `uid` and the operation's `id`, joined by line feeds. The operation's `answer` has the ciphertext for \
        10 minutes. It takes a store that is `Ready`, whose password is not just being reset.",
    params(("id" = inline(Slug), Path, description = "The store's id."), IfMatch, Idempotency),
    request_body = NewReveal,
    responses(AcceptedOperation),
)]
pub(crate) async fn handle(
    request: ActionRequest,
    body: Result<Body<NewReveal>, Problem>,
) -> Result<AcceptedOperation, Problem> {
    let store = request.store().await?;
    let Body(NewReveal { public_key }) = body?;

    let Jwk { x, y, .. } = public_key.into();
    request.operation(store, ReadOnlyRequest::RevealCredentials { public_key }, &[&x, &y]).await
}

/// Reads a [`RecipientKey`] from its JWK. A private key is refused: whoever sends one means another.
fn recipient_key(jwk: Map<String, Value>) -> Result<RecipientKey, String> {
    if jwk.contains_key("d") {
        return Err("has a private key, which must stay where it is: send the public one".into());
    }
    let jwk: Jwk = serde_json::from_value(Value::Object(jwk)).map_err(|error| error.to_string())?;
    jwk.try_into().map_err(|error: RecipientKeyError| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::body::described;

    #[test]
    fn what_is_described_is_what_is_read() {
        described::assert_as_read::<NewReveal>();
    }
}
