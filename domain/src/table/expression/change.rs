//! A change of one item, put together piece by piece: what is set and removed, and on which
//! conditions.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    error::BuildError,
    operation::update_item::builders::UpdateItemFluentBuilder,
    types::{AttributeValue, ConditionCheck, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update},
};

use crate::{
    lease::Claim,
    table::{
        expression::value::{number, text},
        handle::Table,
        schema::key::Key,
    },
    values::timestamp::Timestamp,
};

/// A change of the item at one key. Attributes are named by their path (`lease.epoch`).
#[derive(Clone, Debug)]
pub(in crate::table) struct Change {
    key: Key,
    sets: Vec<String>,
    removes: Vec<String>,
    conditions: Vec<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Change {
    /// A change of the item at `key`, without a condition yet.
    pub(in crate::table) fn of(key: Key) -> Self {
        Self {
            key,
            sets: Vec::new(),
            removes: Vec::new(),
            conditions: Vec::new(),
            names: HashMap::new(),
            values: HashMap::new(),
        }
    }

    /// Gives the attribute this value.
    pub(in crate::table) fn set(mut self, path: &str, value: AttributeValue) -> Self {
        let set = format!("{} = {}", self.name(path), self.value(value));
        self.sets.push(set);
        self
    }

    /// Gives the attribute the value that `from` has.
    pub(in crate::table) fn copy(mut self, path: &str, from: &str) -> Self {
        let set = format!("{} = {}", self.name(path), self.name(from));
        self.sets.push(set);
        self
    }

    /// Adds to a number that is there.
    pub(in crate::table) fn raise(mut self, path: &str, by: i64) -> Self {
        let name = self.name(path);
        let set = format!("{name} = {name} + {}", self.value(number(by)));
        self.sets.push(set);
        self
    }

    /// Takes the attribute away.
    pub(in crate::table) fn remove(mut self, path: &str) -> Self {
        let name = self.name(path);
        self.removes.push(name);
        self
    }

    /// Only if the attribute compares so with the value: `=`, `<`, `>=`, …
    pub(in crate::table) fn only_if(mut self, path: &str, comparison: &str, value: AttributeValue) -> Self {
        let condition = format!("{} {comparison} {}", self.name(path), self.value(value));
        self.conditions.push(condition);
        self
    }

    /// Only if the attribute is there.
    pub(in crate::table) fn only_if_there(mut self, path: &str) -> Self {
        let condition = format!("attribute_exists({})", self.name(path));
        self.conditions.push(condition);
        self
    }

    /// Only if the attribute is not there.
    pub(in crate::table) fn only_if_missing(mut self, path: &str) -> Self {
        let condition = format!("attribute_not_exists({})", self.name(path));
        self.conditions.push(condition);
        self
    }

    /// Only if the lease is the one that was claimed.
    pub(in crate::table) fn under_claim<S>(self, claim: &Claim<S>) -> Self {
        self.only_if("lease.epoch", "=", number(claim.epoch))
    }

    /// Takes the lease, which nobody may hold at `now`, for `holder` and until `until`. The epoch is raised: whoever had
    /// it before is fenced off.
    pub(in crate::table) fn acquiring(self, holder: &str, now: Timestamp, until: Timestamp) -> Self {
        self.only_if("lease.until", "<=", number(now.as_milliseconds()))
            .raise("lease.epoch", 1)
            .set("lease.holder", text(holder))
            .set("lease.until", number(until.as_milliseconds()))
    }

    /// Releases the lease.
    pub(in crate::table) fn releasing(self) -> Self {
        self.set("lease.until", number(0)).remove("lease.holder")
    }

    /// As a part of a transaction.
    pub(in crate::table) fn in_transaction(self, table: &Table) -> Result<TransactWriteItem, BuildError> {
        let update = Update::builder()
            .table_name(&table.name)
            .update_expression(self.expression())
            .set_condition_expression(self.condition())
            .set_key(Some(self.key.into_item()))
            .set_expression_attribute_names(Some(self.names))
            .set_expression_attribute_values(Some(self.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Its conditions alone, as a part of a transaction.
    pub(in crate::table) fn check_in_transaction(
        self,
        table: &Table,
    ) -> Result<TransactWriteItem, BuildError> {
        let check = ConditionCheck::builder()
            .table_name(&table.name)
            .set_condition_expression(self.condition())
            .set_key(Some(self.key.into_item()))
            .set_expression_attribute_names(Some(self.names))
            .set_expression_attribute_values(Some(self.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    /// As a write of its own, for [`Table::update`].
    pub(in crate::table) fn alone(self, table: &Table) -> UpdateItemFluentBuilder {
        table
            .client
            .update_item()
            .table_name(&table.name)
            .update_expression(self.expression())
            .set_condition_expression(self.condition())
            .set_key(Some(self.key.into_item()))
            .set_expression_attribute_names(Some(self.names))
            .set_expression_attribute_values(Some(self.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    fn expression(&self) -> String {
        let clause = |word: &str, parts: &[String]| match parts {
            [] => String::new(),
            parts => format!("{word} {} ", parts.join(", ")),
        };
        clause("SET", &self.sets) + &clause("REMOVE", &self.removes)
    }

    fn condition(&self) -> Option<String> {
        (!self.conditions.is_empty()).then(|| self.conditions.join(" AND "))
    }

    /// How expressions call the attribute: by placeholders, since any name may be a reserved word.
    fn name(&mut self, path: &str) -> String {
        let parts = path.split('.').map(|part| {
            let placeholder = format!("#{part}");
            self.names.insert(placeholder.clone(), part.to_owned());
            placeholder
        });
        parts.collect::<Vec<_>>().join(".")
    }

    /// How expressions call the value.
    fn value(&mut self, value: AttributeValue) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_can_be_set_and_be_a_condition_at_once() {
        let change = Change::of(Key::token("t"))
            .set("a", text("new"))
            .raise("b.c", 1)
            .remove("d")
            .only_if("a", "=", text("old"))
            .only_if_there("b.c");
        assert_eq!(change.expression(), "SET #a = :v0, #b.#c = #b.#c + :v1 REMOVE #d ");
        assert_eq!(change.condition().unwrap(), "#a = :v2 AND attribute_exists(#b.#c)");
        assert_eq!(change.values[":v2"], text("old"));
        assert_eq!(change.names["#c"], "c");
    }
}
