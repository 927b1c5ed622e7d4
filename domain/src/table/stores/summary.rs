//! Counts stores without reading the fleet: the sweeps over the health of all stores read it anyway, and write down what
//! they counted. An owner's own are few, and counted when they are asked for.

use serde::{Deserialize, de::IgnoredAny};

use crate::{
    health::{Assessment, AssessmentCounts, LastHealthSweep},
    store::{counts::StoreCounts, power::Power, status::Status, suspension::wants_way_in},
    table::{
        error::TableError,
        expression::value::text,
        handle::{Item, Table},
        health::records::{Incarnation, incarnation},
        schema::key::{
            HEALTH, INDEX_BY_KIND, INDEX_BY_OWNER, KIND, KIND_STORE, OWNER, PARTITION, POWER, SUSPENSION,
        },
    },
    values::timestamp::Timestamp,
};

/// How many stores there are, and how those do that run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// By status and power.
    pub stores: StoreCounts,
    /// By how the last sweep saw those that are up and run.
    pub health: AssessmentCounts,
    /// What is known of the sweeps; `None` where no runner has ever made one.
    pub sweep: Option<LastHealthSweep>,
}

impl Summary {
    /// How those do at `now` that are up and run, and of how many nobody knows it: of those that no sweep has seen
    /// yet, and of all where nobody has looked for a while.
    #[must_use]
    pub fn health_at(&self, now: Timestamp) -> (AssessmentCounts, u32) {
        let known = if self.sweep.is_some_and(|sweep| sweep.is_current(now)) {
            self.health
        } else {
            AssessmentCounts::default()
        };
        (known, self.stores.running.saturating_sub(known.total()))
    }
}

/// What is counted of a store's item.
#[derive(Deserialize)]
struct Counted {
    status: Status,
    #[serde(default)]
    power: Power,
    /// All that is read of it is that it is there.
    #[serde(default)]
    suspension: Option<IgnoredAny>,
    #[serde(default)]
    health: Option<Assessment>,
}

impl Table {
    /// All stores that are up and run, and how many there are in all. The index behind it is a moment late.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn fleet(&self) -> Result<(Vec<Incarnation>, StoreCounts), TableError> {
        let (mut running, mut counts) = (Vec::new(), StoreCounts::default());
        self.each_store(
            INDEX_BY_KIND,
            KIND,
            KIND_STORE,
            |Counted { status, power, suspension, .. }, item| {
                counts.add(status, power);
                if status == Status::Ready && power == Power::Running {
                    running.extend(incarnation(item, wants_way_in(status, power, suspension.is_some())));
                }
            },
        )
        .await?;
        Ok((running, counts))
    }

    /// All stores that are up and run.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn ready_stores(&self) -> Result<Vec<Incarnation>, TableError> {
        Ok(self.fleet().await?.0)
    }

    /// How many stores there are, as the last sweep counted them.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn summary(&self) -> Result<Summary, TableError> {
        let counted = self.counted().await?;
        Ok(counted.map_or_else(Summary::default, |(sweep, stores, health)| Summary {
            stores,
            health,
            sweep: Some(sweep),
        }))
    }

    /// How many stores `owner` has. What it costs is bounded by how many they may have.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn summary_of(&self, owner: &str) -> Result<Summary, TableError> {
        let mut summary = Summary { sweep: self.last_health_sweep().await?, ..Summary::default() };
        self.each_store(INDEX_BY_OWNER, OWNER, owner, |Counted { status, power, health, .. }, _| {
            summary.stores.add(status, power);
            if status == Status::Ready && power == Power::Running {
                summary.health.add(health.unwrap_or(Assessment::Healthy));
            }
        })
        .await?;
        Ok(summary)
    }

    /// Hands what is to be counted of each store in a partition of an index to `count`, with its item.
    async fn each_store(
        &self,
        index: &str,
        attribute: &str,
        value: &str,
        mut count: impl FnMut(Counted, &Item),
    ) -> Result<(), TableError> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(index)
            .key_condition_expression("#partition = :partition")
            .projection_expression("#pk, #uid, #owner, #status, #power, #suspension, #health")
            .expression_attribute_names("#partition", attribute)
            .expression_attribute_names("#pk", PARTITION)
            .expression_attribute_names("#uid", "uid")
            .expression_attribute_names("#owner", OWNER)
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#power", POWER)
            .expression_attribute_names("#suspension", SUSPENSION)
            .expression_attribute_names("#health", HEALTH)
            .expression_attribute_values(":partition", text(value))
            .into_paginator()
            .items()
            .send();
        while let Some(item) = pages.try_next().await? {
            match serde_dynamo::from_item(item.clone()) {
                Ok(counted) => count(counted, &item),
                Err(error) => {
                    tracing::error!(key = ?item.get(PARTITION), %error, "a store was not counted");
                }
            }
        }
        Ok(())
    }
}
