//! What is done with stores.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use domain::{
    operation::{
        ExclusiveKind, Guard, RestartTarget,
        logs::{Component, LogQuery, Tail},
    },
    store::{release::image::Image, slug::Slug},
    values::{
        country::Country, currency::Currency, locale::Locale, market::Market, reason::Reason,
        timestamp::Timestamp,
    },
};

use crate::{
    api::{Api, AttentionFilter, StoreFilter, answers::Store},
    attention,
    follow::{Followed, Goal, follow},
    health, logs, operation, output, reveal,
};

/// What to do with stores.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a store
    Create {
        /// Its name, 2 to 50 characters
        name: String,
        /// Where its administrator is reached
        #[arg(long)]
        email: String,
        /// Its language, such as de_DE; unless given, the platform's
        #[arg(long, value_parser = Locale::parse)]
        locale: Option<Locale>,
        /// The country that it sells from, such as DE; unless given, the platform's
        #[arg(long, value_parser = Country::parse)]
        country: Option<Country>,
        /// The currency of its prices, such as EUR; unless given, the platform's
        #[arg(long, value_parser = Currency::parse)]
        currency: Option<Currency>,
        /// Show its timeline until it is Ready or Failed
        #[arg(long)]
        follow: bool,
        /// Be content with a store of that name that is there already
        #[arg(long)]
        if_absent: bool,
    },
    /// List the stores, newest first
    List {
        #[command(flatten)]
        filter: StoreFilter,
    },
    /// Show what needs somebody: why, since when, and what helps
    Attention {
        #[command(flatten)]
        filter: AttentionFilter,
    },
    /// Count the stores, by status, power and health
    Summary,
    /// Leave what needs attention of a store out of the list for a while
    Mute {
        /// Its id
        #[arg(value_parser = Slug::parse)]
        id: Slug,
        /// Until a time, such as 2027-01-31T09:30:00Z, or for so long, such as 4h; 30 days at most
        #[arg(long, value_parser = attention::parse_until)]
        until: Timestamp,
        /// Why, for whoever looks later
        #[arg(long)]
        reason: String,
    },
    /// List what needs attention of a store again
    Unmute {
        /// Its id
        #[arg(value_parser = Slug::parse)]
        id: Slug,
    },
    /// Show one store
    Show {
        /// Its id
        #[arg(value_parser = Slug::parse)]
        id: Slug,
    },
    /// Show a store's timeline
    Events {
        /// Its id
        #[arg(value_parser = Slug::parse)]
        id: Slug,
        /// Go on until it is at rest
        #[arg(long)]
        follow: bool,
    },
    /// Show how a store does in the cluster: its pods, its volumes, and what it uses
    Health {
        /// Its id
        #[arg(value_parser = Slug::parse)]
        id: Slug,
    },
    /// Try a failed store again: make it from the start, or go on deleting it
    Retry {
        /// Its id
        #[arg(value_parser = Slug::parse)]
        id: Slug,
        /// Show its timeline from now on, until it is Ready, Failed again, or gone
        #[arg(long)]
        follow: bool,
    },
    /// Replace a store's pods: of the shop, of its database, or of both, the database first
    Restart {
        /// Its id
        #[arg(value_parser = Slug::parse)]
        id: Slug,
        /// What to restart: wordpress, mysql or all
        #[arg(long, default_value_t = RestartTarget::All)]
        target: RestartTarget,
        #[command(flatten)]
        waits: Waits,
        /// Wait until the new pods are ready, or it is known why they are not
        #[arg(long)]
        follow: bool,
    },
    /// Give a shop's administrator a new password, which its Secret then has
    ResetPassword {
        /// Its id
        #[arg(value_parser = Slug::parse)]
        id: Slug,
        /// Wait until WordPress has it, or it is known why it has not
        #[arg(long)]
        follow: bool,
    },
    /// Stop a shop and its database. What they keep stays, and nobody is let in until the store resumes
    Hibernate {
        /// Its id
        #[arg(value_parser = Slug::parse)]
        id: Slug,
        #[command(flatten)]
        waits: Waits,
        /// Wait until both are stopped, or it is known why they are not
        #[arg(long)]
        follow: bool,
    },
    /// Start a shop again that was hibernated
    Resume {
        /// Its id
        #[arg(value_parser = Slug::parse)]
        id: Slug,
        /// Wait until it lets visitors in, or it is known why it does not
        #[arg(long)]
        follow: bool,
    },
    /// Keep visitors out of a store, against abuse; for admins. All else of it stays as it is, its owner sees why, and no
    /// resume or retry lets visitors in again
    Suspend {
        /// Its id
        #[arg(value_parser = Slug::parse)]
        id: Slug,
        /// Why, in 1 to 200 characters in one line; the store's owner reads it too
        #[arg(long, value_parser = Reason::parse)]
        reason: Reason,
        /// Wait until visitors are kept out, or it is known why they are not
        #[arg(long)]
        follow: bool,
    },
    /// End a store's suspension; for admins
    Unsuspend {
        /// Its id
        #[arg(value_parser = Slug::parse)]
        id: Slug,
        /// Wait until it lets visitors in again, or it is known why it does not
        #[arg(long)]
        follow: bool,
    },
    /// Have a shop go on with the image that new stores get, which brings its database up to itself; it is closed meanwhile
    Upgrade {
        /// Its id
        #[arg(value_parser = Slug::parse)]
        id: Slug,
        /// Another image, by its digest; for admins
        #[arg(long, value_parser = Image::parse_digest)]
        image: Option<Image>,
        #[command(flatten)]
        waits: Waits,
        /// Wait until it lets visitors in again, or it is known why it does not
        #[arg(long)]
        follow: bool,
    },
    /// Show what a shop's administrator gets in with. It is sealed for a key that this command makes for
    /// itself, and nobody else can open it
    Reveal {
        /// Its id
        #[arg(value_parser = Slug::parse)]
        id: Slug,
    },
    /// Read the log of one of a store's components
    Logs {
        /// The store's id
        #[arg(value_parser = Slug::parse)]
        id: Slug,
        /// Whose log: wordpress, mysql or setup
        component: Component,
        /// How many of the last lines, at most: 1 to 2000, 200 by default
        #[arg(long, value_parser = logs::parse_tail)]
        tail: Option<Tail>,
        /// Only lines from then on: a time, such as 2027-01-31T09:30:00Z, or how long ago, such as 10m
        #[arg(long, value_parser = logs::parse_since)]
        since: Option<Timestamp>,
        /// Of the container that was there before the present one
        #[arg(long)]
        previous: bool,
    },
    /// Show what a store was made to do, newest first
    Operations {
        /// Its id
        #[arg(value_parser = Slug::parse)]
        id: Slug,
    },
    /// Delete a store with all its data
    Delete {
        /// Its id
        #[arg(value_parser = Slug::parse)]
        id: Slug,
        /// Show its timeline until it is gone
        #[arg(long)]
        follow: bool,
    },
}

// What an operation waits for. A comment, since clap would take a description for that of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Waits {
    /// What it waits for first: orders, for a moment without orders and checkouts, or none; unless given, as the
    /// platform is set up
    #[arg(long)]
    guard: Option<Guard>,
}

/// Does it.
pub(crate) async fn run(command: Command, api: &Api, json: bool) -> anyhow::Result<ExitCode> {
    match command {
        Command::Create { name, email, locale, country, currency, follow: wanted, if_absent } => {
            let store = match api.create(&name, &email, &Market { locale, country, currency }).await {
                Ok(store) => store,
                Err(error) => match error.store_in_the_way() {
                    Some(id) if if_absent => {
                        let id = Slug::parse(id);
                        let id = id.context("the API answered with something that is no store's id")?;
                        output::sentence(&format!("The store {id} is there already."), json)?;
                        api.store(&id).await?
                    }
                    Some(_) | None => return Err(error.into()),
                },
            };
            // Of a store that was up before, the timeline is no news.
            let goal = (wanted && store.status != "Ready").then_some(Goal::AtRest);
            settle(api, store, goal, json).await
        }
        Command::List { filter } => {
            let stores = api.stores(&filter).await?;
            output::print(stores.as_slice(), json, output::stores)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Attention { filter } => attention::list(api, &filter, json).await,
        Command::Summary => {
            output::print(&api.summary().await?, json, attention::summary)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Mute { id, until, reason } => {
            output::print(api.mute(&id, until, &reason).await?.as_slice(), json, attention::entries)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Unmute { id } => {
            output::print(api.unmute(&id).await?.as_slice(), json, attention::entries)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Show { id } => settle(api, api.store(&id).await?, None, json).await,
        Command::Events { id, follow: true } => {
            settle(api, api.store(&id).await?, Some(Goal::AtRest), json).await
        }
        Command::Events { id, follow: false } => {
            let events = api.events(&id).await?;
            output::print(events.as_slice(), json, output::events)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Health { id } => {
            output::print(&api.health(&id).await?, json, health::show)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Retry { id, follow: wanted } => {
            let store = api.retry(&id).await?;
            let goal = if store.status == "Deleting" { Goal::Gone } else { Goal::AtRestAgain };
            settle(api, store, wanted.then_some(goal), json).await
        }
        Command::Restart { id, target, waits, follow: wanted } => {
            let operation = api.restart(&id, target, waits.guard).await?;
            operation::settle(api, &id, operation, wanted, json).await
        }
        Command::ResetPassword { id, follow } => {
            operate(api, &id, ExclusiveKind::ResetPassword, follow, json).await
        }
        Command::Hibernate { id, waits, follow: wanted } => {
            let operation = api.hibernate(&id, waits.guard).await?;
            operation::settle(api, &id, operation, wanted, json).await
        }
        Command::Resume { id, follow } => operate(api, &id, ExclusiveKind::Resume, follow, json).await,
        Command::Suspend { id, reason, follow: wanted } => {
            let operation = api.suspend(&id, &reason).await?;
            operation::settle(api, &id, operation, wanted, json).await
        }
        Command::Unsuspend { id, follow } => operate(api, &id, ExclusiveKind::Unsuspend, follow, json).await,
        Command::Upgrade { id, image, waits, follow: wanted } => {
            let operation = api.upgrade(&id, image.as_ref(), waits.guard).await?;
            operation::settle(api, &id, operation, wanted, json).await
        }
        Command::Reveal { id } => reveal::reveal(api, &id, json).await,
        Command::Logs { id, component, tail, since, previous } => {
            let query = LogQuery { component, tail: tail.unwrap_or_default(), since, previous };
            logs::show(api, &id, &query, json).await
        }
        Command::Operations { id } => {
            let operations = api.operations(&id).await?;
            output::print(operations.as_slice(), json, output::operations)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Delete { id, follow: wanted } => {
            let goal = wanted.then_some(Goal::Gone);
            match api.delete(&id).await? {
                Some(store) => settle(api, store, goal, json).await,
                None => gone(Goal::Gone, json),
            }
        }
    }
}

/// Asks for an operation that has no parameters.
async fn operate(
    api: &Api,
    id: &Slug,
    kind: ExclusiveKind,
    wanted: bool,
    json: bool,
) -> anyhow::Result<ExitCode> {
    operation::settle(api, id, api.operate(id, kind).await?, wanted, json).await
}

/// Follows `store` to its goal, if there is one, and shows what it came to. A store that failed is a
/// failure of the command too.
async fn settle(api: &Api, store: Store, goal: Option<Goal>, json: bool) -> anyhow::Result<ExitCode> {
    let store = match goal {
        Some(goal) => match follow(api, store, goal, json).await? {
            Followed::There(store) => *store,
            Followed::Gone => return gone(goal, json),
            Followed::NobodyReads => return Ok(ExitCode::SUCCESS),
        },
        None => store,
    };
    output::print(&store, json, output::store)?;
    let failed = goal.is_some() && store.status == "Failed";
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Says that the store is gone. Who waited for it to be up has not got what they wanted.
fn gone(goal: Goal, json: bool) -> anyhow::Result<ExitCode> {
    output::sentence("The store is gone.", json)?;
    Ok(if goal == Goal::Gone { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
