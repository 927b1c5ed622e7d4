//! `shopwright`, the operator's command: creates, follows and deletes stores, and gives out the tokens
//! to do so. It uses the API where it can, and the table where it must.

mod api;
mod attention;
mod audit;
mod follow;
mod health;
mod logs;
mod operation;
mod output;
mod polls;
mod reveal;
mod store;
mod token;
mod webhook;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{CommandFactory as _, Parser, Subcommand, error::ErrorKind};
use secrecy::{ExposeSecret as _, SecretString};

use crate::api::{Api, ApiUrl, Bearer};

/// Creates, follows and deletes stores, gives out tokens, and checks the audit trail.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    /// Where the API is
    #[arg(
        long,
        env = "API_URL",
        global = true,
        hide_env_values = true,
        default_value = "http://127.0.0.1:9000"
    )]
    api_url: String,

    /// The token to call it with; better given by environment, where other users can't see it
    #[arg(long, env = "ADMIN_TOKEN", global = true, hide_env_values = true)]
    token: Option<SecretString>,

    /// Print JSON, as the API answers
    #[arg(long, global = true)]
    json: bool,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Store(store::Command),
    /// Issue, list and revoke the tokens that the API is called with
    #[command(subcommand)]
    Token(token::Command),
    /// Create webhooks, look at what was sent to them, and receive them on this machine
    #[command(subcommand)]
    Webhook(webhook::Command),
    /// Check the audit trail
    #[command(subcommand)]
    Audit(audit::Command),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    run(Cli::parse()).await.unwrap_or_else(|error| {
        stdio::note(format_args!("shopwright: {error:#}"));
        ExitCode::FAILURE
    })
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let Cli { api_url, token, json, command } = cli;
    let api = || api(&api_url, token.as_ref());
    match command {
        Command::Token(command) => token::run(command, api, json).await,
        Command::Audit(command) => audit::run(command, json).await,
        Command::Webhook(command) => webhook::run(command, api()?, json).await,
        Command::Store(command) => store::run(command, &needed(api()?)?, json).await,
    }
}

/// The API, if there is a token to call it with. Neither value is repeated where it is wrong.
fn api(url: &str, token: Option<&SecretString>) -> anyhow::Result<Option<Api>> {
    let Some(token) = token.filter(|token| !token.expose_secret().is_empty()) else { return Ok(None) };
    let token = Bearer::parse(token)
        .unwrap_or_else(|error| usage(format_args!("the token (--token, ADMIN_TOKEN) {error}")));
    let url = ApiUrl::parse(url)
        .unwrap_or_else(|error| usage(format_args!("the API's address (--api-url, API_URL) {error}")));
    Api::new(url, token).map(Some)
}

/// The API, which there must be a token to call with.
fn needed(api: Option<Api>) -> anyhow::Result<Api> {
    api.context("no token: set ADMIN_TOKEN (`. .local/env` does for a local stack)")
}

/// Ends as the parser of the command line does where an argument is wrong.
fn usage(fault: std::fmt::Arguments<'_>) -> ! {
    Cli::command().error(ErrorKind::ValueValidation, fault).exit()
}
