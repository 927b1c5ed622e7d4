//! `POST /v1/tokens`

use axum::{
    Json,
    extract::State,
    http::{HeaderName, StatusCode, header},
};
use domain::{
    auth::principal::{Principal, Role},
    auth::principal_name::PrincipalName,
    auth::rate::Rate,
    auth::token::Token,
    table::IssueError,
    values::timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::view::IssuedToken;
use crate::{
    api::{links, rules::Rules},
    app::App,
    auth::Admin,
    problem::{Problem, kind::ProblemType},
    request::{
        actor::Acting,
        body::{Body, Fields, RequestBody},
    },
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(
    Rate::Actions,
    &[ProblemType::Malformed, ProblemType::TooLarge, ProblemType::UnsupportedMediaType, ProblemType::Invalid],
);

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

impl RequestBody for NewToken {
    fn read(fields: &mut Fields) -> Option<Self> {
        let now = fields.now();
        let principal = fields.text("principal", PrincipalName::parse);
        let role = fields.text("role", |text| text.parse::<Role>().map_err(|_| "must be admin or owner"));
        let expires_at = fields.optional_text("expiresAt", |text| match text.parse::<Timestamp>() {
            Ok(expires) if expires > now => Ok(expires),
            Ok(_) => Err("must be in the future"),
            Err(_) => Err("must be a time as of RFC 3339, such as 2027-01-31T09:30:00Z"),
        });
        Some(Self { principal: principal?, role: role?, expires_at })
    }
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
pub async fn handle(
    State(app): State<App>,
    Admin(_): Admin,
    Acting(actor): Acting,
    Body(NewToken { principal: name, role, expires_at }): Body<NewToken>,
) -> Result<(StatusCode, [(HeaderName, String); 2], Json<IssuedToken>), Problem> {
    let (token, text) =
        Token::issue(Principal { name, role }, app.clock.now(), expires_at).map_err(|error| {
            tracing::error!(%error, "a token can't be made");
            Problem::Internal
        })?;
    let token = app.table.issue_token(token, actor).await?;
    tracing::info!(token = %token.id, principal = %token.principal.name, role = %token.principal.role, "a token was issued");
    let headers = [
        (header::LOCATION, links::token(&token.id)),
        // RFC 9111, section 5.2.2.5: it has a secret.
        (header::CACHE_CONTROL, "no-store".into()),
    ];
    Ok((StatusCode::CREATED, headers, Json(IssuedToken { view: token.into(), token: text })))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::body::described;

    #[test]
    fn what_is_described_is_what_is_read() {
        described::assert_as_read::<NewToken>();
    }
}
