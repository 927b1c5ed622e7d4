//! What a shop's administrator gets in with, for whoever asks at a terminal.

use std::{fmt, process::ExitCode};

use anyhow::{Context as _, bail};
use domain::{
    operation::{
        Answer, OperationKey,
        credentials::{Credentials, PrivateKey},
    },
    store::slug::Slug,
};
use secrecy::ExposeSecret;
use serde_json::json;
use stdio::Reader;
use uuid::Uuid;

use crate::{api::Api, operation::answered, output::line};

/// Asks for the credentials of the administrator of the store `id`, with a key that nobody else has and
/// that is forgotten afterwards, and prints them.
pub(crate) async fn reveal(api: &Api, id: &Slug, json: bool) -> anyhow::Result<ExitCode> {
    let store = api.store(id).await?;
    let key = PrivateKey::generate()?;
    let asked = api.reveal_credentials(id, key.public_key()).await?;
    let Some((operation, answer)) = answered(api, id, asked, json).await? else {
        return Ok(ExitCode::FAILURE);
    };
    let Answer::Credentials(sealed) = answer else {
        bail!("the API answered with something that is no credentials");
    };
    let inquiry = OperationKey {
        store: store.id,
        uid: Uuid::parse_str(&store.uid).context("the API answered with something that is no uid")?,
        operation: operation.id,
    };
    show(&key.open(&inquiry, &sealed)?, json)?;
    Ok(ExitCode::SUCCESS)
}

fn show(credentials: &Credentials, json: bool) -> anyhow::Result<Reader> {
    let Credentials { user, password, next_password } = credentials;
    let (password, next) =
        (password.expose_secret(), next_password.as_ref().map(ExposeSecret::expose_secret));
    if json {
        let mut shown = json!({ "user": user, "password": password });
        if let Some(next) = next {
            shown["nextPassword"] = json!(next);
        }
        return Ok(stdio::print(format_args!("{}\n", serde_json::to_string_pretty(&shown)?))?);
    }
    let for_people = fmt::from_fn(|f| {
        line(f, "User", user)?;
        line(f, "Password", password)?;
        let Some(next) = next else { return Ok(()) };
        line(f, "Or", next)?;
        writeln!(
            f,
            "A reset of the password was left half-way, so either may be the right one. Reset it again."
        )
    });
    Ok(stdio::print(format_args!("{for_people}"))?)
}
