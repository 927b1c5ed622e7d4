//! The resource `/v1/tokens`, for admins.

use axum::{
    Json,
    extract::{FromRequestParts, Path, State},
    http::{HeaderName, StatusCode, header, request::Parts},
};
use domain::{
    auth::{
        principal::{Principal, Role},
        principal_name::PrincipalName,
        token::{Token, TokenId},
    },
    table::{IssueError, RevokeError},
    values::timestamp::Timestamp,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::{
    api::list::List,
    app::App,
    auth::{Admin, CallersToken},
    problem::Problem,
    request::actor::Acting,
    request::body::Fields,
    request::cursor::Scope,
    request::query::{PageParameters, Paging, Parameters},
};

/// A token: all but its secret, of which nothing is told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Token)]
pub struct TokenView {
    /// Its public part.
    id: TokenId,
    /// Whom it stands for.
    principal: PrincipalName,
    /// What its bearer may do.
    role: Role,
    /// When it was issued.
    created_at: Timestamp,
    /// When it ends; null for never.
    #[schema(required)]
    expires_at: Option<Timestamp>,
    /// Whether it was revoked.
    disabled: bool,
}

/// A token that was just issued, with the text that is shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IssuedToken {
    #[serde(flatten)]
    view: TokenView,
    /// What its bearer sends.
    #[serde(serialize_with = "shown")]
    #[schema(value_type = String, pattern = "^swt_[0-9a-f]{16}_[0-9a-f]{64}$")]
    token: SecretString,
}

fn shown<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

impl From<Token> for TokenView {
    fn from(token: Token) -> Self {
        let Token { id, secret_sha256: _, principal, created, expires, disabled, audit: _ } = token;
        let Principal { name, role } = principal;
        Self { id, principal: name, role, created_at: created, expires_at: expires, disabled }
    }
}

/// The id in the path `/v1/tokens/{id}`. What can't be an id is no token's.
#[derive(Clone, Debug)]
pub struct PathTokenId(pub TokenId);

impl<S: Send + Sync> FromRequestParts<S> for PathTokenId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(id) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::NoSuchToken { id: parts.uri.path().to_owned() })?;
        TokenId::parse(&id).map(Self).ok_or(Problem::NoSuchToken { id })
    }
}

/// What a token is issued from.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewToken {
    /// Whom it stands for.
    pub principal: PrincipalName,
    /// What its bearer may do.
    pub role: Role,
    /// When it ends, which must be to come; it does not where this is not said.
    #[schema(value_type = Option<String>, format = DateTime, examples("2099-01-31T09:30:00Z"))]
    pub expires_at: Option<Timestamp>,
}

/// `POST /v1/tokens`
#[utoipa::path(
    post,
    path = "/v1/tokens",
    operation_id = "issueToken",
    tag = "Tokens",
    summary = "Issue a token",
    description = "For admins. Its text is in this answer and nowhere else.",
    request_body = NewToken,
    responses((
        status = 201,
        description = "It is issued.",
        body = IssuedToken,
        headers(
            ("Location" = String, description = "Where it is shown, without its text."),
            ("Cache-Control" = String, description = "`no-store`: the answer has a secret."),
        ),
    )),
)]
pub async fn issue(
    State(app): State<App>,
    Admin(_): Admin,
    Acting(actor): Acting,
    mut fields: Fields,
) -> Result<(StatusCode, [(HeaderName, String); 2], Json<IssuedToken>), Problem> {
    let now = app.clock.now();
    let name = fields.text("principal", PrincipalName::parse);
    let role = fields.text("role", |text| text.parse::<Role>().map_err(|_| "must be admin or owner"));
    let expires = fields.optional_text("expiresAt", |text| match text.parse::<Timestamp>() {
        Ok(expires) if expires > now => Ok(expires),
        Ok(_) => Err("must be in the future"),
        Err(_) => Err("must be a time as of RFC 3339, such as 2027-01-31T09:30:00Z"),
    });
    let (name, role) = fields.end(name.zip(role))?;
    let (token, text) = Token::issue(Principal { name, role }, now, expires).map_err(|error| {
        tracing::error!(%error, "a token can't be made");
        Problem::Internal
    })?;
    let token = app.table.issue_token(token, actor).await?;
    tracing::info!(token = %token.id, principal = %token.principal.name, role = %token.principal.role, "a token was issued");
    let headers = [
        (header::LOCATION, format!("/v1/tokens/{}", token.id)),
        // RFC 9111, section 5.2.2.5: it has a secret.
        (header::CACHE_CONTROL, "no-store".into()),
    ];
    Ok((StatusCode::CREATED, headers, Json(IssuedToken { view: token.into(), token: text })))
}

/// `GET /v1/tokens`
#[utoipa::path(
    get,
    path = "/v1/tokens",
    operation_id = "listTokens",
    tag = "Tokens",
    summary = "List tokens",
    description = "For admins. Newest first, revoked ones too.",
    params(PageParameters),
    responses((status = 200, description = "A page of tokens.", body = List<TokenView>)),
)]
pub async fn list(
    State(app): State<App>,
    Admin(caller): Admin,
    mut parameters: Parameters,
) -> Result<Json<List<TokenView>>, Problem> {
    let scope = Scope::of("tokens", &caller);
    let Paging { limit, after } = parameters.paging(&app.cursors, &scope);
    parameters.end()?;
    let page = app.table.tokens(limit, after.as_ref()).await?;
    Ok(Json(List::of(page, &app.cursors, &scope)))
}

/// `GET /v1/tokens/{id}`
#[utoipa::path(
    get,
    path = "/v1/tokens/{id}",
    operation_id = "getToken",
    tag = "Tokens",
    summary = "Show a token",
    description = "For admins.",
    params(("id" = inline(TokenId), Path, description = "The token's id.")),
    responses((status = 200, description = "The token.", body = TokenView)),
)]
pub async fn show(
    State(app): State<App>,
    Admin(_): Admin,
    PathTokenId(id): PathTokenId,
) -> Result<Json<TokenView>, Problem> {
    let token = app.table.token(&id).await?;
    Ok(Json(token.ok_or_else(|| Problem::NoSuchToken { id: id.to_string() })?.into()))
}

/// `DELETE /v1/tokens/{id}`: revokes it. Its record stays, and says so.
///
/// A token can't revoke itself, so one that is good is always left: the one that revokes.
#[utoipa::path(
    delete,
    path = "/v1/tokens/{id}",
    operation_id = "revokeToken",
    tag = "Tokens",
    summary = "Revoke a token",
    description = "For admins. Its record stays. It may count for as long as look-ups are remembered, 30 s \
        unless the operators have set that otherwise.",
    params(("id" = inline(TokenId), Path, description = "The token's id.")),
    responses((status = 200, description = "It is revoked, now or before.", body = TokenView)),
)]
pub async fn revoke(
    State(app): State<App>,
    Admin(_): Admin,
    CallersToken(own): CallersToken,
    Acting(actor): Acting,
    PathTokenId(id): PathTokenId,
) -> Result<Json<TokenView>, Problem> {
    if own.as_ref() == Some(&id) {
        return Err(Problem::OwnToken);
    }
    let token = app.table.revoke_token(&id, &actor, app.clock.now()).await?;
    app.tokens.forget(&id);
    tracing::info!(token = %token.id, principal = %token.principal.name, "a token was revoked");
    Ok(Json(token.into()))
}

impl From<IssueError> for Problem {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Table(error) => error.into(),
            taken @ IssueError::Taken(_) => {
                tracing::error!(error = %taken, "random numbers repeat");
                Self::Internal
            }
        }
    }
}

impl From<RevokeError> for Problem {
    fn from(error: RevokeError) -> Self {
        match error {
            RevokeError::NotFound(id) => Self::NoSuchToken { id: id.to_string() },
            RevokeError::Contended(_) => Self::Unavailable,
            RevokeError::Table(error) => error.into(),
        }
    }
}
