//! The tokens that callers of the API have.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{
    Args, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use domain::{
    audit::Actor,
    auth::{
        principal::{Principal, Role},
        principal_name::PrincipalName,
        token::{Token, TokenId},
    },
    aws::Environment,
    table::Table,
    values::timestamp::Timestamp,
};
use secrecy::ExposeSecret as _;
use stdio::Reader;

use crate::{
    api::{Api, answers, parse_token_id},
    output,
};

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Issue a token, and print it: it is shown this once
    ///
    /// Without a token to call the API with, or with --table, it is put straight into the table, by
    /// the rights of the AWS credentials in the environment. So the first one is made, and so an
    /// operator gets in again when all tokens are lost or revoked.
    Issue(Issue),
    /// List the tokens, newest first, without their secrets
    List,
    /// Make a token good for nothing; it counts within seconds, 30 unless the API says otherwise
    Revoke {
        /// Its id, which is the middle part of `swt_<id>_<secret>`
        #[arg(value_parser = parse_token_id)]
        id: TokenId,
    },
}

/// What token to issue.
#[derive(Debug, Args)]
pub(crate) struct Issue {
    /// Whom it stands for: the owner of the stores that it creates
    #[arg(long, value_parser = PrincipalName::parse)]
    principal: PrincipalName,
    /// What it may do: everything, or everything to its own stores
    #[arg(long, default_value = "owner", value_parser = roles())]
    role: Role,
    /// When it ends: after a time, such as 90d or 12h, or at one, such as 2027-01-31T09:30:00Z;
    /// never by default
    #[arg(long, value_parser = end)]
    expires: Option<Timestamp>,
    /// Put it straight into the table, also where there is a token to call the API with
    #[arg(long)]
    table: bool,
    /// The table
    #[arg(long, env = "TABLE_NAME")]
    table_name: Option<String>,
}

/// Does it. `api` gives the API, if there is a token to call it with.
pub(crate) async fn run(
    command: Command,
    api: impl Fn() -> anyhow::Result<Option<Api>>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let needed = || api()?.context("no token: set ADMIN_TOKEN");
    match command {
        Command::Issue(wanted) => {
            let api = if wanted.table { None } else { api()? };
            let issued = match api {
                Some(api) => issue(&api, wanted).await?,
                None => into_table(wanted).await?,
            };
            // Its text is nowhere else: where it reached nobody, that is no quiet end.
            let printed = output::print(&issued, json, output::issued_token);
            anyhow::ensure!(
                matches!(printed, Ok(Reader::Present)),
                "the token {id} was issued, and its text reached nobody; `shopwright token revoke {id}` ends it{why}",
                id = issued.id,
                why = printed.err().map(|error| format!(" ({error:#})")).unwrap_or_default(),
            );
        }
        Command::List => {
            output::print(needed()?.tokens().await?.as_slice(), json, output::tokens)?;
        }
        Command::Revoke { id } => {
            let token = needed()?.revoke_token(&id).await?;
            output::print(&token, json, |token, f| {
                writeln!(f, "The token {} of {} is revoked.", token.id, token.principal)
            })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Has the API issue a token. It is not asked twice where the first call may have done it.
async fn issue(api: &Api, wanted: Issue) -> anyhow::Result<answers::IssuedToken> {
    let Issue { principal, role, expires, .. } = wanted;
    api.issue_token(&principal, role, expires).await.map_err(|error| {
        if error.may_be_done() {
            anyhow::Error::from(error).context(format!(
                "a token for {principal} may have been issued all the same; `shopwright token list` shows it, \
                 and `shopwright token revoke` ends it"
            ))
        } else {
            error.into()
        }
    })
}

/// Puts a new token into the table, where the audit trail tells that an operator has.
async fn into_table(issue: Issue) -> anyhow::Result<answers::IssuedToken> {
    let name = issue.table_name.context(
        "there is no token to call the API with (ADMIN_TOKEN), and no table to put one into (TABLE_NAME)",
    )?;
    let principal = Principal { name: issue.principal, role: issue.role };
    let (token, text) = Token::issue(principal, Timestamp::now(), issue.expires)?;
    let table = Table::new(Environment::load().await.dynamodb(), &name);
    let token = table
        .issue_token(token, operator()?)
        .await
        .with_context(|| format!("the token can't be put into the table {name:?}"))?;
    stdio::note(format_args!("shopwright: put straight into the table {name:?}"));
    Ok(answers::IssuedToken {
        token: text.expose_secret().to_owned(),
        id: token.id.to_string(),
        principal: token.principal.name.to_string(),
        role: token.principal.role.to_string(),
        created_at: token.created.into(),
        expires_at: token.expires.map(Into::into),
        disabled: token.disabled,
    })
}

/// Who does so. The table knows only AWS credentials, whose holder CloudTrail names; the audit trail
/// gets who was logged in.
fn operator() -> anyhow::Result<Actor> {
    let user = std::env::var("USER").unwrap_or_default();
    let name =
        PrincipalName::parse(&format!("operator:{user}")).or_else(|_| PrincipalName::parse("operator"))?;
    Ok(Actor { principal: Principal { name, role: Role::Admin }, address: None, request_id: None })
}

fn roles() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(["admin", "owner"]).try_map(|text| text.parse::<Role>())
}

/// An instant, or how long from now it is.
fn end(text: &str) -> anyhow::Result<Timestamp> {
    if let Ok(end) = text.parse() {
        return Ok(end);
    }
    let span: jiff::Span = text.parse().context("must be a time such as 90d, or one as of RFC 3339")?;
    let end = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).checked_add(span)?;
    Ok(end.timestamp().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_an_instant_or_a_time_from_now() {
        let instant = "2027-01-31T09:30:00.000Z";
        assert_eq!(end(instant).unwrap().to_string(), instant);
        let (soon, later) = (end("12h").unwrap(), end("90d").unwrap());
        let now = Timestamp::now();
        assert!(now < soon && soon < later && later.since(now).as_secs().div_ceil(3600) == 90 * 24);
        for wrong in ["", "never", "90", "2027-01-31"] {
            assert!(end(wrong).is_err(), "{wrong:?}");
        }
    }
}
