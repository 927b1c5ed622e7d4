//! The calls that an endpoint has to answer at present, of which there are only so many at once.

use uuid::Uuid;

use crate::{
    table::{
        error::TableError,
        expression::{value::number, write::WriteError},
        handle::Table,
        schema::key::Key,
    },
    values::timestamp::Timestamp,
    webhook::endpoint::EndpointId,
};

/// The one that a call takes while it is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    name: String,
    until: Timestamp,
}

impl Table {
    /// Takes one of `slots` slots of `endpoint` until `until`; `None` where none is free at `now`.
    pub(super) async fn take_slot(
        &self,
        endpoint: EndpointId,
        slots: usize,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Slot>, TableError> {
        let taken = self.read(Key::webhook_slots(endpoint)).await?.unwrap_or_default();
        let is_free = |name: &String| {
            let until = taken.get(name).and_then(|until| until.as_n().ok()?.parse::<i64>().ok());
            until.is_none_or(|until| until <= now.as_milliseconds())
        };
        // Those who come at once begin with different ones.
        let first = usize::from(Uuid::new_v4().as_bytes()[0]);
        let names = (first..first + slots).map(|number| format!("slot{}", number % slots));
        for name in names.filter(is_free) {
            let request = self
                .slot(endpoint, &name)
                .update_expression("SET #slot = :until")
                .condition_expression("attribute_not_exists(#slot) OR #slot <= :now")
                .expression_attribute_values(":until", number(until.as_milliseconds()))
                .expression_attribute_values(":now", number(now.as_milliseconds()));
            match self.update(request).await {
                Ok(_) => return Ok(Some(Slot { name, until })),
                Err(WriteError::ConditionFailed(_)) => {}
                Err(WriteError::Table(error)) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Gives `slot` back, unless it is somebody else's by now.
    pub(super) async fn free_slot(&self, endpoint: EndpointId, slot: &Slot) -> Result<(), TableError> {
        let request = self
            .slot(endpoint, &slot.name)
            .update_expression("REMOVE #slot")
            .condition_expression("#slot = :until")
            .expression_attribute_values(":until", number(slot.until.as_milliseconds()));
        match self.update(request).await {
            Ok(_) | Err(WriteError::ConditionFailed(_)) => Ok(()),
            Err(WriteError::Table(error)) => Err(error),
        }
    }

    fn slot(
        &self,
        endpoint: EndpointId,
        name: &str,
    ) -> aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(Key::webhook_slots(endpoint).into_item()))
            .expression_attribute_names("#slot", name)
    }
}
