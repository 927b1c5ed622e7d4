//! Webhooks: made, changed, tried out, and received.

mod listen;
mod show;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use domain::{
    values::timestamp::Timestamp,
    webhook::{description::Description, pattern::EventPattern},
};
use serde_json::json;
use stdio::Reader;
use uuid::Uuid;

use crate::{
    api::{
        Api, WebhookFields,
        answers::{Delivery, WebhookWithSecret},
    },
    logs, needed, output,
    polls::Polls,
};

/// What to do with webhooks.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Call(Call),
    /// Receive webhooks on this machine: verifies each, prints it, and answers
    ///
    /// Without a secret it makes a webhook for itself, which a local stack reaches, and deletes that at its end.
    Listen(listen::Listen),
}

/// What to have the API do with them.
#[derive(Debug, Subcommand)]
pub(crate) enum Call {
    /// Create a webhook, and print its secret: it is shown this once
    Create {
        /// Where to send to: an https URL
        url: String,
        #[command(flatten)]
        events: Events,
        /// What it is for
        #[arg(long, value_parser = description)]
        description: Option<String>,
        /// Whose stores it hears of; for admins, who hear of all stores without it
        #[arg(long)]
        owner: Option<String>,
    },
    /// List the webhooks
    List,
    /// Show one webhook, without its secret
    Show {
        /// Its id
        id: Uuid,
    },
    /// Change a webhook; what is not said stays as it is
    #[command(group = clap::ArgGroup::new("change").required(true).multiple(true))]
    Update {
        /// Its id
        id: Uuid,
        /// Where to send to
        #[arg(long, group = "change")]
        url: Option<String>,
        /// What to send, as `create` has it
        #[arg(long = "event", value_name = "EVENT", value_parser = event, group = "change")]
        events: Vec<String>,
        /// What it is for
        #[arg(long, value_parser = description, group = "change")]
        description: Option<String>,
    },
    /// Delete a webhook: it is not notified any more
    Delete {
        /// Its id
        id: Uuid,
    },
    /// Send a webhook an event that says nothing, once
    Test {
        /// Its id
        id: Uuid,
        /// Wait for what comes of it
        #[arg(long)]
        follow: bool,
    },
    /// Give a webhook another secret, and print it; the one before signs too for 24 hours
    RotateSecret {
        /// Its id
        id: Uuid,
    },
    /// Enable a webhook that was gone, or has failed for days
    Enable {
        /// Its id
        id: Uuid,
    },
    /// Send a webhook again what it has not received
    Replay {
        /// Its id
        id: Uuid,
        /// Since when: a time, such as 2027-01-31T09:30:00Z, or how long ago, such as 2h
        #[arg(long, value_parser = logs::parse_since)]
        since: Timestamp,
    },
    /// List the deliveries to a webhook, newest first
    Deliveries {
        /// Its id
        id: Uuid,
        /// How many, at most
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=100))]
        tail: u8,
    },
    /// Show one delivery with all of its tries
    Delivery {
        /// The webhook's id
        id: Uuid,
        /// The delivery's id, which was sent as `webhook-id`
        delivery: Uuid,
    },
    /// Try a delivery again
    Retry {
        /// The webhook's id
        id: Uuid,
        /// The delivery's id
        delivery: Uuid,
        /// Wait for what comes of it
        #[arg(long)]
        follow: bool,
    },
}

/// What a webhook hears of.
#[derive(Debug, Args)]
pub(crate) struct Events {
    /// What to send: an event such as store.ready, or a group such as store.*; all by default. Can be said more
    /// than once
    #[arg(long = "event", value_name = "EVENT", value_parser = event, default_value = "*")]
    events: Vec<String>,
}

/// Does it, with the API if there is a token to call it with.
pub(crate) async fn run(command: Command, api: Option<Api>, json: bool) -> anyhow::Result<ExitCode> {
    match command {
        // With a secret, nothing is asked of the API.
        Command::Listen(listen) => listen::run(listen, api, json).await?,
        Command::Call(call) => return self::call(call, &needed(api)?, json).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn call(call: Call, api: &Api, json: bool) -> anyhow::Result<ExitCode> {
    match call {
        Call::Create { url, events: Events { events }, description, owner } => {
            let new = WebhookFields { url: Some(url), events, description, owner };
            print_secret(&api.create_webhook(&new).await?, json)?;
        }
        Call::List => {
            output::print(api.webhooks().await?.as_slice(), json, show::webhooks)?;
        }
        Call::Show { id } => {
            output::print(&api.webhook(id).await?, json, show::webhook)?;
        }
        Call::Update { id, url, events, description } => {
            let change = WebhookFields { url, events, description, owner: None };
            output::print(&api.update_webhook(id, &change).await?, json, show::webhook)?;
        }
        Call::Delete { id } => {
            api.delete_webhook(id).await?;
            output::sentence("The webhook is gone.", json)?;
        }
        Call::Test { id, follow } => {
            let delivery = api.test_webhook(id).await?;
            return settle(api, id, delivery, follow, json).await;
        }
        Call::RotateSecret { id } => print_secret(&api.rotate_webhook_secret(id).await?, json)?,
        Call::Enable { id } => {
            output::print(&api.enable_webhook(id).await?, json, show::webhook)?;
        }
        Call::Replay { id, since } => replay(api, id, since, json).await?,
        Call::Deliveries { id, tail } => {
            output::print(api.deliveries(id, tail).await?.as_slice(), json, show::deliveries)?;
        }
        Call::Delivery { id, delivery } => {
            output::print(&api.delivery(id, delivery).await?, json, show::delivery)?;
        }
        Call::Retry { id, delivery, follow } => {
            let delivery = api.retry_delivery(id, delivery).await?;
            return settle(api, id, delivery, follow, json).await;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints a webhook with its secret, which is nowhere else: where it reached nobody, that is no quiet end.
fn print_secret(webhook: &WebhookWithSecret, json: bool) -> anyhow::Result<()> {
    let printed = output::print(webhook, json, show::webhook_with_secret);
    anyhow::ensure!(
        matches!(printed, Ok(Reader::Present)),
        "the secret of the webhook {id} reached nobody; `shopwright webhook rotate-secret {id}` makes another{why}",
        id = webhook.id,
        why = printed.err().map(|error| format!(" ({error:#})")).unwrap_or_default(),
    );
    Ok(())
}

/// Waits until a try was made where that is `wanted`, and shows the delivery. One that was not received is a failure of
/// the command too.
async fn settle(
    api: &Api,
    id: Uuid,
    mut delivery: Delivery,
    wanted: bool,
    json: bool,
) -> anyhow::Result<ExitCode> {
    if wanted {
        let (api, before, mut polls) = (api.following(), delivery.tries.len(), Polls::new());
        while delivery.tries.len() == before && delivery.status == "Due" {
            polls.next().await;
            delivery = api.delivery(id, delivery.id).await?;
        }
    }
    output::print(&delivery, json, show::delivery)?;
    let is_received = delivery.status == "Delivered";
    Ok(if is_received || !wanted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Goes through all that has happened since then, as far as one call after the other looks.
async fn replay(api: &Api, id: Uuid, since: Timestamp, json: bool) -> anyhow::Result<()> {
    let (mut replayed, mut from) = (0, since);
    loop {
        let part = api.replay_webhook(id, from).await?;
        replayed += part.replayed;
        match part.next.map(Timestamp::from) {
            Some(next) if next > from => from = next,
            Some(_) | None => break,
        }
    }
    if json {
        stdio::print(format_args!("{}\n", json!({ "replayed": replayed })))?;
    } else {
        let what = if replayed == 1 { "1 event is" } else { &format!("{replayed} events are") };
        stdio::print(format_args!("{what} on the way again.\n"))?;
    }
    Ok(())
}

fn event(text: &str) -> anyhow::Result<String> {
    // A newer API may know more than this command does.
    match text.parse::<EventPattern>() {
        Ok(pattern) => Ok(pattern.to_string()),
        Err(_) if is_word(text) => Ok(text.to_owned()),
        Err(error) => Err(error.into()),
    }
}

/// Whether it could be the name of an event, or of a group.
fn is_word(text: &str) -> bool {
    text.split_once('.').is_some_and(|(group, word)| {
        let plain = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        };
        plain(group) && (plain(word) || word == "*")
    })
}

fn description(text: &str) -> anyhow::Result<String> {
    Ok(Description::parse(text)?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_no_event_is_refused_before_anything_is_sent() {
        for good in ["*", "store.*", "store.ready", "backup.done", "backup.*"] {
            assert_eq!(event(good).unwrap(), good);
        }
        for wrong in ["", "store", "store.", "Store.ready", "store.re*", "a b.c"] {
            assert!(event(wrong).is_err(), "{wrong}");
        }
    }
}
