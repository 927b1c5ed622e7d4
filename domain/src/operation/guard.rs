//! The order guard: what would take a shop from its customers waits for a moment in which nobody buys.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::values::timestamp::Timestamp;

/// What an operation waits for before it changes anything.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::VariantArray,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Guard {
    /// A quiet moment: no order and no checkout lately.
    Orders,
    /// Nothing.
    #[default]
    None,
}

impl Guard {
    /// Whether there is nothing to wait for: that is not written down, as it was not before there were guards.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// What goes on in a shop, as it says itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// How many orders were made lately.
    pub orders: u32,
    /// How many customers are at the checkout.
    pub checkouts: u32,
}

impl Activity {
    /// Whether an operation may begin.
    #[must_use]
    pub fn is_quiet(self) -> bool {
        self == Self { orders: 0, checkouts: 0 }
    }
}

/// As a sentence names it: `2 orders and 1 checkout`.
impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: u32| if count == 1 { "" } else { "s" };
        let Self { orders, checkouts } = *self;
        write!(f, "{orders} order{} and {checkouts} checkout{}", plural(orders), plural(checkouts))
    }
}

/// That an operation waits for a quiet moment, as it was found when the wait began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    /// Since when.
    pub since: Timestamp,
    /// Until when at most: then it fails, and has changed nothing.
    pub until: Timestamp,
    /// How many orders the shop had had lately.
    pub orders: u32,
    /// How many customers were at the checkout.
    pub checkouts: u32,
}

impl Waiting {
    /// What the shop said when the wait began.
    #[must_use]
    pub fn activity(&self) -> Activity {
        Activity { orders: self.orders, checkouts: self.checkouts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shop_is_quiet_without_orders_and_without_checkouts() {
        let activity = |orders, checkouts| Activity { orders, checkouts };
        assert!(activity(0, 0).is_quiet());
        assert!(!activity(1, 0).is_quiet() && !activity(0, 1).is_quiet());
        assert_eq!(activity(1, 0).to_string(), "1 order and 0 checkouts");
        assert_eq!(activity(2, 1).to_string(), "2 orders and 1 checkout");
    }
}
