//! What calls to DynamoDB cost, in its own units.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::{
    Client,
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut},
    },
    error::BoxError,
    operation::{
        batch_get_item::{BatchGetItemInput, BatchGetItemOutput},
        get_item::{GetItemInput, GetItemOutput},
        put_item::{PutItemInput, PutItemOutput},
        query::{QueryInput, QueryOutput},
        transact_write_items::{TransactWriteItemsInput, TransactWriteItemsOutput},
        update_item::{UpdateItemInput, UpdateItemOutput},
    },
    types::{ConsumedCapacity, ReturnConsumedCapacity},
};

use domain::table::Table;

use crate::fixture::Fixture;

/// Counts the capacity units of all calls that go through it.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Mutex<Consumed>>);

/// Capacity units.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Consumed {
    /// Read units.
    pub read: f64,
    /// Write units.
    pub write: f64,
}

impl Meter {
    /// A meter, and `fixture` with its table behind it.
    #[must_use]
    pub fn over(fixture: &Fixture) -> (Self, Fixture) {
        let meter = Self::default();
        let config = fixture.clients.dynamodb.config().to_builder().interceptor(meter.clone()).build();
        let mut metered = fixture.clone();
        metered.clients.dynamodb = Client::from_conf(config);
        metered.table = Table::new(metered.clients.dynamodb.clone(), fixture.table.name());
        (meter, metered)
    }

    /// What was consumed since this was asked last.
    #[must_use]
    pub fn take(&self) -> Consumed {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, kind: fn(&mut Consumed) -> &mut f64, capacity: &[ConsumedCapacity]) {
        let units: f64 = capacity.iter().filter_map(ConsumedCapacity::capacity_units).sum();
        *kind(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner)) += units;
    }
}

/// Asks each call of these kinds to tell what it consumed.
macro_rules! ask {
    ($context:ident, $($input:ty),+) => {
        $(if let Some(input) = $context.input_mut().downcast_mut::<$input>() {
            input.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
        })+
    };
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        ask!(
            context,
            BatchGetItemInput,
            GetItemInput,
            PutItemInput,
            QueryInput,
            TransactWriteItemsInput,
            UpdateItemInput
        );
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Ok(output) = context.output_or_error() else { return Ok(()) };
        if let Some(output) = output.downcast_ref::<GetItemOutput>() {
            self.add(|consumed| &mut consumed.read, output.consumed_capacity.as_slice());
        } else if let Some(output) = output.downcast_ref::<BatchGetItemOutput>() {
            self.add(|consumed| &mut consumed.read, output.consumed_capacity());
        } else if let Some(output) = output.downcast_ref::<QueryOutput>() {
            self.add(|consumed| &mut consumed.read, output.consumed_capacity.as_slice());
        } else if let Some(output) = output.downcast_ref::<PutItemOutput>() {
            self.add(|consumed| &mut consumed.write, output.consumed_capacity.as_slice());
        } else if let Some(output) = output.downcast_ref::<UpdateItemOutput>() {
            self.add(|consumed| &mut consumed.write, output.consumed_capacity.as_slice());
        } else if let Some(output) = output.downcast_ref::<TransactWriteItemsOutput>() {
            self.add(|consumed| &mut consumed.write, output.consumed_capacity());
        }
        Ok(())
    }
}
