//! `runner migrate-routes`: brings what leads visitors to stores in line with `ROUTING` and, where that is a Gateway, with
//! which one it is, store by store.
//!
//! Nothing is remembered: what to do of a store is seen in the cluster, so who runs this again after it was broken off
//! goes on where it stands. A store has its old way in until the new one is accepted, and keeps it where that is not.

mod change;
mod store;

use std::{collections::BTreeMap, process::ExitCode, time::Duration};

use anyhow::{Context as _, bail};
use clap::Args;
use domain::{aws::Clients, store::slug::Slug, table::Table};
use futures_util::{StreamExt as _, stream};
use kube::Client;
use stdio::Reader;

pub use self::store::{Outcome, Plan};
use self::store::{Pauses, Way};
use crate::{cluster, config::table_name, observe::readiness::Readiness, settings::StoreSettings};

/// How many stores are migrated at the same time.
const AT_ONCE: usize = 8;

/// Which stores, whether it is done, and where their records are.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Exit codes: 0 where all stores are as ROUTING says, 1 where one is not (or would be changed by --apply), 2 where \
nobody can say. A store keeps its old way in until the new one is accepted, and where that is refused. It can be \
broken off and run again at any time, and goes on where it stands. Stores that are hibernated or suspended have no \
way in: they get the one that ROUTING says when they are opened.")]
pub struct MigrateRoutes {
    /// Ids of stores; without any, all that are up
    #[arg(value_parser = Slug::parse)]
    pub ids: Vec<Slug>,

    /// Do it; without this, what would be done is said, and nothing is changed
    #[arg(long)]
    pub apply: bool,

    /// How long the new way in of a store may take to be accepted, in seconds
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub wait_seconds: u64,

    /// How long both ways in stay, in seconds, so that the controller serves the new one before the old one goes: of
    /// an Ingress nobody says that it is served
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(0..=600))]
    pub settle_seconds: u64,

    /// Name of the DynamoDB table
    #[arg(long, env, value_parser = table_name)]
    pub table_name: String,

    /// What stores have in common
    #[command(flatten)]
    pub store: StoreSettings,
}

/// What it takes to migrate stores.
pub struct Migration {
    table: Table,
    client: Client,
    settings: StoreSettings,
    pauses: Pauses,
    apply: bool,
}

impl MigrateRoutes {
    /// Migrates the stores, and prints what becomes of each, a line each: exit code 0 where all are as they should be,
    /// else 1.
    ///
    /// # Errors
    /// Where table or cluster can't be asked, or one of the ids is no store's.
    pub async fn print(self) -> anyhow::Result<ExitCode> {
        let Self { ids, apply, wait_seconds, settle_seconds, table_name, store: settings } = self;
        let pauses = Pauses {
            accepted: Duration::from_secs(wait_seconds),
            settled: Duration::from_secs(settle_seconds),
        };
        let table = Table::new(Clients::from_env().await.dynamodb, table_name);
        let client = cluster::connect(Readiness::default()).await?;
        let migration = Migration { table, client, settings, pauses, apply };
        let ids = if ids.is_empty() { migration.all().await? } else { migration.known(ids).await? };
        migration.migrate(&ids).await
    }
}

impl Migration {
    /// The stores that are up and run.
    async fn all(&self) -> anyhow::Result<Vec<Slug>> {
        let (stores, _) = self.table.fleet().await?;
        let mut ids: Vec<_> = stores.into_iter().map(|store| store.id).collect();
        ids.sort();
        Ok(ids)
    }

    async fn known(&self, ids: Vec<Slug>) -> anyhow::Result<Vec<Slug>> {
        for id in &ids {
            if self.table.store(id).await?.is_none() {
                bail!("there is no store `{id}`");
            }
        }
        Ok(ids)
    }

    async fn migrate(&self, ids: &[Slug]) -> anyhow::Result<ExitCode> {
        let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
        let mut is_in_line = true;
        let work = stream::iter(ids).map(|id| async move { (id, self.one(id).await) });
        let mut ended = std::pin::pin!(work.buffer_unordered(AT_ONCE));
        let mut reader = Reader::Present;
        while let Some((id, outcome)) = ended.next().await {
            let outcome = outcome.with_context(|| format!("the store `{id}` can't be read"))?;
            is_in_line &= outcome.is_in_line();
            *counts.entry(outcome.word()).or_default() += 1;
            // A store that is as it should be is no news among a thousand. And what is begun is brought to its end,
            // whether or not somebody reads of it.
            if !matches!(outcome, Outcome::Settled) && reader != Reader::Gone {
                reader = stdio::print(format_args!("{:<8} {id}{}\n", outcome.word(), outcome.detail()))?;
            }
        }
        if reader != Reader::Gone {
            let counts: Vec<_> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
            let counts = if counts.is_empty() { "no store is up".to_owned() } else { counts.join(", ") };
            stdio::print(format_args!("{counts}\n"))?;
        }
        Ok(ExitCode::from(u8::from(!is_in_line)))
    }

    async fn one(&self, id: &Slug) -> anyhow::Result<Outcome> {
        let way = Way { table: &self.table, client: &self.client, settings: &self.settings };
        Ok(way.bring_in_line(id, self.apply, self.pauses).await?)
    }
}
