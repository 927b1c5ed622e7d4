//! The API as this command calls it.

mod address;
pub(crate) mod answers;
mod bearer;
mod call;
mod error;
mod filters;
mod retry;
mod webhooks;

use std::{cell::Cell, time::Duration};

use anyhow::Context as _;
use domain::{
    auth::{principal::Role, principal_name::PrincipalName, token::TokenId},
    operation::{
        ExclusiveKind, Guard, OperationKind, RestartTarget, credentials::RecipientKey, logs::LogQuery,
    },
    store::{release::image::Image, slug::Slug},
    values::{
        country::Country, currency::Currency, locale::Locale, market::Market, reason::Reason,
        timestamp::Timestamp,
    },
};
use reqwest::{
    Client, StatusCode, Url,
    header::{AUTHORIZATION, HeaderName},
    redirect,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) use self::{
    address::ApiUrl,
    bearer::Bearer,
    error::ApiError,
    filters::{AttentionFilter, StoreFilter},
    webhooks::WebhookFields,
};
use self::{
    answers::{Attention, Event, IssuedToken, Operation, Store, StoreHealth, Summary, Token},
    call::Call,
    error::CutError,
    retry::{Patience, persist},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List<T> {
    items: Vec<T>,
    /// What is listed whole has none.
    next_cursor: Option<String>,
}

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The API under one URL, called with one token.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    client: Client,
    url: ApiUrl,
    token: Bearer,
    patience: Patience,
}

impl Api {
    pub(crate) fn new(url: ApiUrl, token: Bearer) -> anyhow::Result<Self> {
        // Another provider can only be there already if this was called before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(30))
            // The API redirects nowhere, and whoever else does is not to get what is sent to it.
            .redirect(redirect::Policy::none());
        if url.is_local() {
            // This very machine is never behind a proxy, and a proxy has no business with the token.
            client = client.no_proxy();
        }
        Ok(Self { client: client.build()?, url, token, patience: Patience::OneCall })
    }

    /// The same API, for whoever follows something: it may be away for a while.
    pub(crate) fn following(&self) -> Self {
        Self { patience: Patience::Following, ..self.clone() }
    }

    pub(crate) async fn create(&self, name: &str, email: &str, market: &Market) -> Result<Store, ApiError> {
        let mut body = json!({ "name": name, "adminEmail": email });
        // What is not said is left out: an API of before has no such fields.
        for (name, code) in [
            ("locale", market.locale.as_ref().map(Locale::as_str)),
            ("country", market.country.as_ref().map(Country::as_str)),
            ("currency", market.currency.as_ref().map(Currency::as_str)),
        ] {
            if let Some(code) = code {
                body[name] = code.into();
            }
        }
        self.answer(Call::post(self.stores_url(&[]), Some(body))).await
    }

    pub(crate) async fn store(&self, id: &Slug) -> Result<Store, ApiError> {
        self.answer(Call::get(self.store_url(id, &[]))).await
    }

    /// All stores that `filter` lets through.
    pub(crate) async fn stores(&self, filter: &StoreFilter) -> Result<Vec<Store>, ApiError> {
        self.all(&self.stores_url(&[]), filter).await
    }

    pub(crate) async fn events(&self, id: &Slug) -> Result<Vec<Event>, ApiError> {
        self.all(&self.store_url(id, &["events"]), &()).await
    }

    pub(crate) async fn health(&self, id: &Slug) -> Result<StoreHealth, ApiError> {
        self.answer(Call::get(self.store_url(id, &["health"]))).await
    }

    /// All that needs attention, of what `filter` lets through.
    pub(crate) async fn attention(&self, filter: &AttentionFilter) -> Result<Vec<Attention>, ApiError> {
        self.all(&self.url.of(&["v1", "attention"]), filter).await
    }

    /// How many stores there are.
    pub(crate) async fn summary(&self) -> Result<Summary, ApiError> {
        self.answer(Call::get(self.url.of(&["v1", "summary"]))).await
    }

    /// Has what needs attention of a store left out until then; says what that is.
    pub(crate) async fn mute(
        &self,
        id: &Slug,
        until: Timestamp,
        reason: &str,
    ) -> Result<Vec<Attention>, ApiError> {
        let body = json!({ "until": until, "reason": reason });
        let list: List<_> =
            self.answer(Call::post(self.store_url(id, &["actions", "mute"]), Some(body))).await?;
        Ok(list.items)
    }

    /// Ends that; says what needs attention of the store.
    pub(crate) async fn unmute(&self, id: &Slug) -> Result<Vec<Attention>, ApiError> {
        let list: List<_> = self.answer(Call::post(self.store_url(id, &["actions", "unmute"]), None)).await?;
        Ok(list.items)
    }

    /// Has a failed store tried again.
    pub(crate) async fn retry(&self, id: &Slug) -> Result<Store, ApiError> {
        self.answer(Call::post(self.store_url(id, &["actions", "retry"]), None)).await
    }

    /// Has pods of a store replaced.
    pub(crate) async fn restart(
        &self,
        id: &Slug,
        target: RestartTarget,
        guard: Option<Guard>,
    ) -> Result<Operation, ApiError> {
        let body = guarded(json!({ "target": target }), guard);
        self.answer(Call::post(self.store_url(id, &["actions", "restart"]), Some(body))).await
    }

    /// Has visitors of a store kept out.
    pub(crate) async fn suspend(&self, id: &Slug, reason: &Reason) -> Result<Operation, ApiError> {
        let body = json!({ "reason": reason });
        self.answer(Call::post(self.store_url(id, &["actions", "suspend"]), Some(body))).await
    }

    /// Has a shop go on with `image`, or with the one that new stores get.
    pub(crate) async fn upgrade(
        &self,
        id: &Slug,
        image: Option<&Image>,
        guard: Option<Guard>,
    ) -> Result<Operation, ApiError> {
        let body = guarded(image.map_or_else(|| json!({}), |image| json!({ "image": image })), guard);
        self.answer(Call::post(self.store_url(id, &["actions", "upgrade"]), Some(body))).await
    }

    /// Has shop and database of a store stopped.
    pub(crate) async fn hibernate(&self, id: &Slug, guard: Option<Guard>) -> Result<Operation, ApiError> {
        // An older API takes no body.
        let body = guard.map(|guard| guarded(json!({}), Some(guard)));
        self.answer(Call::post(self.store_url(id, &["actions", "hibernate"]), body)).await
    }

    /// Asks for an operation that has no parameters.
    pub(crate) async fn operate(&self, id: &Slug, kind: ExclusiveKind) -> Result<Operation, ApiError> {
        let name = OperationKind::from(kind).row().name;
        self.answer(Call::post(self.store_url(id, &["actions", name]), None)).await
    }

    /// Has the credentials of a shop's administrator sealed for `key`.
    pub(crate) async fn reveal_credentials(
        &self,
        id: &Slug,
        key: RecipientKey,
    ) -> Result<Operation, ApiError> {
        let body = json!({ "publicKey": key });
        self.answer(Call::post(self.store_url(id, &["actions", "reveal-credentials"]), Some(body))).await
    }

    /// Has a log read.
    pub(crate) async fn logs(&self, id: &Slug, query: &LogQuery) -> Result<Operation, ApiError> {
        self.answer(Call::post(self.store_url(id, &["actions", "logs"]), Some(json!(query)))).await
    }

    pub(crate) async fn operation(&self, id: &Slug, operation: Uuid) -> Result<Operation, ApiError> {
        self.answer(Call::get(self.store_url(id, &["operations", &operation.to_string()]))).await
    }

    /// All operations on a store, newest first.
    pub(crate) async fn operations(&self, id: &Slug) -> Result<Vec<Operation>, ApiError> {
        self.all(&self.store_url(id, &["operations"]), &()).await
    }

    /// Has a store deleted; `None` where it is gone already, and may be so by this very call.
    pub(crate) async fn delete(&self, id: &Slug) -> Result<Option<Store>, ApiError> {
        self.deleted(Call::delete(self.store_url(id, &[]))).await
    }

    /// What comes of a deletion; `None` where there is nothing any more, and may be so by this very call.
    async fn deleted<T: DeserializeOwned>(&self, call: Call) -> Result<Option<T>, ApiError> {
        let may_be_done = Cell::new(false);
        let deleted = persist(self.patience, call.repeat, note, || async {
            let answer = self.send(&call).await;
            if answer.as_ref().is_err_and(|error: &ApiError| error.is_passing() && error.may_be_done()) {
                may_be_done.set(true);
            }
            answer
        });
        match deleted.await {
            Ok(deleted) => Ok(Some(deleted)),
            Err(error) if error.is_not_found() && may_be_done.get() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The API knows no idempotency key for it: one whose answer got lost may have been issued.
    pub(crate) async fn issue_token(
        &self,
        principal: &PrincipalName,
        role: Role,
        expires: Option<Timestamp>,
    ) -> Result<IssuedToken, ApiError> {
        let mut body = json!({ "principal": principal, "role": role });
        if let Some(expires) = expires {
            body["expiresAt"] = json!(expires);
        }
        self.answer(Call::post_once(self.url.of(&["v1", "tokens"]), Some(body))).await
    }

    /// All tokens.
    pub(crate) async fn tokens(&self) -> Result<Vec<Token>, ApiError> {
        self.all(&self.url.of(&["v1", "tokens"]), &()).await
    }

    pub(crate) async fn revoke_token(&self, id: &TokenId) -> Result<Token, ApiError> {
        self.answer(Call::delete(self.url.of(&["v1", "tokens", &id.to_string()]))).await
    }

    fn stores_url(&self, under: &[&str]) -> Url {
        self.url.of(&[&["v1", "stores"], under].concat())
    }

    fn store_url(&self, id: &Slug, under: &[&str]) -> Url {
        self.stores_url(&[&[id.as_str()], under].concat())
    }

    /// A whole list, page by page.
    async fn all<T: DeserializeOwned>(&self, url: &Url, filter: &impl Serialize) -> Result<Vec<T>, ApiError> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let request = self.client.get(url.clone()).query(filter).query(&[("limit", "100")]);
            let request = request.query(&cursor.map(|cursor| [("cursor", cursor)])).build();
            let page: List<T> = self.answer(Call::get(self.answered(request)?.url().clone())).await?;
            items.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(items);
            }
        }
    }

    /// What comes of `call`, made again while the trouble is a passing one.
    async fn answer<T: DeserializeOwned>(&self, call: Call) -> Result<T, ApiError> {
        persist(self.patience, call.repeat, note, || self.send(&call)).await
    }

    /// What comes of `call`, made once.
    async fn send<T: DeserializeOwned>(&self, call: &Call) -> Result<T, ApiError> {
        let mut request = self.client.request(call.method.clone(), call.url.clone());
        request = request.header(AUTHORIZATION, self.token.header());
        if let Some(key) = call.idempotency_key {
            request = request.header(IDEMPOTENCY_KEY, key.to_string());
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let response = self.answered(request.send().await)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.map_err(CutError::from);
        if !status.is_success() {
            // Of a refusal, the status alone tells enough.
            let body = body.unwrap_or_default();
            return Err(ApiError::of_refusal(&self.url.to_string(), status, &headers, &body));
        }
        let body = body.map_err(|source| ApiError::Cut { source })?;
        let body = if status == StatusCode::NO_CONTENT { b"null" } else { &*body };
        serde_json::from_slice(body).map_err(|source| {
            // What is no JSON is the half of some, or the page of a proxy; neither is what the API says.
            if source.is_data() {
                ApiError::Unreadable { status, source }
            } else {
                ApiError::Cut { source: source.into() }
            }
        })
    }

    fn answered<T>(&self, result: Result<T, reqwest::Error>) -> Result<T, ApiError> {
        result.map_err(|source| ApiError::Unreachable { url: self.url.to_string(), source })
    }
}

/// Says that a call is made again.
fn note(error: &ApiError) {
    stdio::note(format_args!("shopwright: {error}; trying again"));
}

/// The id of a token, as somebody types it.
pub(crate) fn parse_token_id(text: &str) -> anyhow::Result<TokenId> {
    TokenId::parse(text)
        .context("is not a token's id: 16 digits and letters a to f, the middle part of `swt_<id>_<secret>`")
}

/// `body`, with the guard where one is named: an older API does not know it.
fn guarded(mut body: Value, guard: Option<Guard>) -> Value {
    if let Some(guard) = guard {
        body["guard"] = json!(guard);
    }
    body
}
