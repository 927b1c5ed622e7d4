//! A store as an item of the table: the one place that names its attributes.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    audit::Head,
    lease::Lease,
    operation::PendingOperation,
    provisioning::{failure::Failure, step::Step},
    store::{
        Store,
        admin_email::AdminEmail,
        name::StoreName,
        power::Power,
        release::Release,
        slug::Slug,
        state::{Deleted, Deleting, Failed, HalfUpgrade, Provisioning, Ready, State},
        status::Status,
        suspension::Suspension,
    },
    table::{
        error::TableError,
        handle::Item,
        schema::key::{KIND_STORE, KIND_TOMBSTONE, Key, PARTITION, POWER},
    },
    values::{country::Country, currency::Currency, locale::Locale, market::Market, timestamp::Timestamp},
};

/// The attributes of a store's item beside its key.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoreItem {
    kind: String,
    id: Slug,
    uid: Uuid,
    name: String,
    admin_email: String,
    /// Absent where nobody has said it, and on records of before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    currency: Option<String>,
    /// Absent on a tombstone, so that the owner's index does not have it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    former_owner: Option<String>,
    created: Timestamp,
    updated: Timestamp,
    version: u64,
    lease: Lease,
    attempts: u32,
    /// Absent before the first.
    #[serde(skip_serializing_if = "is_zero", default)]
    retries: u32,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    due_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    expires_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    audit: Option<Head>,
    /// Absent where the store is not suspended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    suspension: Option<Suspension>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    operation: Option<PendingOperation>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    release: Option<Release>,
    #[serde(flatten)]
    state: StateAttributes,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The attributes that belong to a store's state. All of them are written at each transition, the
/// absent ones as removals, so that nothing of an earlier state is left behind.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::table) struct StateAttributes {
    status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    step: Option<Step>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    failure: Option<Failure>,
    /// When the present state began; for those that tell.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    since: Option<Timestamp>,
    /// Absent while the store runs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    power: Option<Power>,
    /// Absent but where a store failed because of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    half_upgrade: Option<Box<HalfUpgrade>>,
}

impl StateAttributes {
    /// The names of all of them.
    pub(in crate::table) const NAMES: [&str; 7] =
        ["status", "step", "url", "failure", "since", POWER, "halfUpgrade"];

    fn of(state: &State) -> Self {
        let status = Some(state.status());
        match state {
            State::Provisioning(Provisioning { step }) => Self { status, step: *step, ..Self::default() },
            State::Ready(Ready { url, at, power }) => Self {
                status,
                url: Some(url.clone()),
                since: Some(*at),
                power: Some(*power).filter(|power| *power != Power::Running),
                ..Self::default()
            },
            State::Failed(Failed { failure, upgrade }) => Self {
                status,
                failure: Some(failure.clone()),
                half_upgrade: upgrade.clone(),
                ..Self::default()
            },
            State::Deleting(Deleting { at }) | State::Deleted(Deleted { at }) => {
                Self { status, since: Some(*at), ..Self::default() }
            }
        }
    }

    fn into_state(self) -> Option<State> {
        Some(match self.status? {
            Status::Provisioning => State::Provisioning(Provisioning { step: self.step }),
            Status::Ready => {
                State::Ready(Ready { url: self.url?, at: self.since?, power: self.power.unwrap_or_default() })
            }
            Status::Failed => State::Failed(Failed { failure: self.failure?, upgrade: self.half_upgrade }),
            Status::Deleting => State::Deleting(Deleting { at: self.since? }),
            Status::Deleted => State::Deleted(Deleted { at: self.since? }),
        })
    }

    /// The attributes that are there in `state`, by name.
    pub(in crate::table) fn item(state: &State) -> Result<Item, TableError> {
        Ok(serde_dynamo::to_item(Self::of(state))?)
    }
}

/// The whole item of `store`.
pub(in crate::table) fn to_item(store: &Store) -> Result<Item, TableError> {
    let owner = Some(store.owner.clone());
    let (kind, owner, former_owner, expires_at) = match store.state.gone() {
        Some(deleted) => (KIND_TOMBSTONE, None, owner, Some(expiry(deleted.at))),
        None => (KIND_STORE, owner, None, None),
    };
    let mut item: Item = serde_dynamo::to_item(StoreItem {
        kind: kind.into(),
        id: store.id.clone(),
        uid: store.uid,
        name: store.name.to_string(),
        admin_email: store.admin_email.to_string(),
        locale: store.market.locale.clone().map(String::from),
        country: store.market.country.clone().map(String::from),
        currency: store.market.currency.clone().map(String::from),
        owner,
        former_owner,
        created: store.created,
        updated: store.updated,
        version: store.version,
        lease: store.lease.clone(),
        attempts: store.attempts,
        retries: store.retries,
        due_at: store.due.map(Timestamp::as_milliseconds),
        expires_at,
        audit: store.audit.clone(),
        suspension: store.suspension.clone(),
        operation: store.operation.clone(),
        release: store.release.clone(),
        state: StateAttributes::of(&store.state),
    })?;
    item.extend(Key::store(&store.id).into_item());
    Ok(item)
}

/// The store that `item` holds.
pub(in crate::table) fn from_item(item: Item) -> Result<Store, TableError> {
    let item: StoreItem = serde_dynamo::from_item(item)?;
    let broken = |problem| TableError::Store { store: item.id.to_string(), problem };
    let owner = item.owner.or(item.former_owner).ok_or_else(|| broken("it has no owner"))?;
    let state = item.state.into_state().ok_or_else(|| broken("attributes of its status are missing"))?;
    Ok(Store {
        id: item.id,
        uid: item.uid,
        name: StoreName::from_record(item.name),
        admin_email: AdminEmail::from_record(item.admin_email),
        market: Market {
            locale: item.locale.map(Locale::from_record),
            country: item.country.map(Country::from_record),
            currency: item.currency.map(Currency::from_record),
        },
        owner,
        created: item.created,
        updated: item.updated,
        version: item.version,
        state,
        lease: item.lease,
        attempts: item.attempts,
        retries: item.retries,
        due: item.due_at.and_then(Timestamp::from_milliseconds),
        audit: item.audit,
        suspension: item.suspension,
        operation: item.operation,
        release: item.release,
    })
}

/// The store that `item` holds, as one of many: one that can't be read is logged and left out, so
/// that it does not stand in the way of all others.
pub(in crate::table) fn readable(item: Item) -> Option<Store> {
    let key = item.get(PARTITION).cloned();
    match from_item(item) {
        Ok(store) => Some(store),
        Err(error) => {
            tracing::error!(?key, %error, "a store was left out");
            None
        }
    }
}

/// When the tombstone of a store that was gone `at` expires, in seconds since the Unix epoch.
pub(in crate::table) fn expiry(at: Timestamp) -> i64 {
    Deleted { at }.expires().as_seconds()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        auth::principal_name::PrincipalName,
        operation::{ExclusiveRequest, Guard, RestartTarget},
        provisioning::failure::{Cleanup, FailureCode},
        store::release::image::Image,
        values::reason::Reason,
    };

    fn store(state: State) -> Store {
        let now = Timestamp::now();
        let name = StoreName::parse("My Test Shop").unwrap();
        let email = AdminEmail::parse("owner@example.com").unwrap();
        Store { state, ..Store::new(name, email, "ada".into(), now, now) }
    }

    fn half_upgrade(since: Timestamp) -> HalfUpgrade {
        HalfUpgrade {
            url: "http://shop.example".into(),
            since,
            image: Image::from_record("r.example/store:2"),
        }
    }

    fn operation() -> PendingOperation {
        let ada = PrincipalName::parse("ada").unwrap();
        PendingOperation::requested(
            ExclusiveRequest::Restart { target: RestartTarget::All, guard: Guard::None },
            ada,
            Timestamp::now(),
        )
        .begun(Timestamp::now())
    }

    #[test]
    fn a_store_in_any_state_is_read_as_it_was_written() {
        let at = Timestamp::now();
        let failure = Failure {
            step: Step::WaitMysql,
            code: FailureCode::DeadlineExceeded,
            message: "too late".into(),
            at,
            cleanup: Cleanup::Failed { message: "stuck".into() },
        };
        for state in [
            State::Provisioning(Provisioning::new()),
            State::Provisioning(Provisioning { step: Some(Step::CreateQuota) }),
            State::Ready(Ready { url: "http://shop.example".into(), at, power: Power::Running }),
            State::Ready(Ready { url: "http://shop.example".into(), at, power: Power::Hibernated }),
            State::Failed(Failed::of(failure.clone())),
            State::Failed(Failed { failure, upgrade: Some(Box::new(half_upgrade(at))) }),
            State::Deleting(Deleting { at }),
            State::Deleted(Deleted { at }),
        ] {
            for operation in [None, Some(operation())] {
                let reason = Reason::parse("It sells what nobody may sell.").unwrap();
                let [shop, database] = ["r.example/store:1", "mysql:8.4"].map(Image::from_record);
                let suspended = Suspension { since: at, reason };
                for (suspension, release) in
                    [(None, None), (Some(suspended), None), (None, Some(Release::of(shop, database)))]
                {
                    let operation = operation.clone();
                    let store = Store { retries: 3, operation, suspension, release, ..store(state.clone()) };
                    assert_eq!(from_item(to_item(&store).unwrap()).unwrap(), store);
                }
            }
        }
    }

    #[test]
    fn a_tombstone_is_in_no_index_of_living_stores_and_expires() {
        let item = to_item(&store(State::Deleted(Deleted { at: Timestamp::now() }))).unwrap();
        assert_eq!(item["kind"].as_s().unwrap(), KIND_TOMBSTONE);
        assert!(!item.contains_key("owner") && item.contains_key("expiresAt"));
    }

    #[test]
    fn a_ready_store_without_an_address_is_an_error_and_not_a_guess() {
        let ready = Ready { url: "x".into(), at: Timestamp::now(), power: Power::Running };
        let mut item = to_item(&store(State::Ready(ready))).unwrap();
        item.remove("url");
        assert!(matches!(from_item(item), Err(TableError::Store { .. })));
    }

    #[test]
    fn one_record_that_can_not_be_read_is_left_out_and_a_rule_that_came_later_changes_nothing() {
        let mut broken = to_item(&store(State::Deleting(Deleting { at: Timestamp::now() }))).unwrap();
        broken.remove("since");
        assert_eq!(readable(broken), None);
        let mut reserved = to_item(&store(State::Provisioning(Provisioning::new()))).unwrap();
        reserved.insert("name".into(), crate::table::expression::value::text("Admin"));
        assert_eq!(readable(reserved).unwrap().name.as_str(), "Admin");
    }

    #[test]
    fn a_store_keeps_where_it_sells_a_record_of_before_has_nothing_and_a_withdrawn_code_stays() {
        let market = Market {
            locale: Some(Locale::parse("hr").unwrap()),
            country: Some(Country::parse("HR").unwrap()),
            currency: Some(Currency::parse("EUR").unwrap()),
        };
        let store = Store { market, ..store(State::Provisioning(Provisioning::new())) };
        let mut item = to_item(&store).unwrap();
        assert_eq!(from_item(item.clone()).unwrap(), store);
        item.insert("currency".into(), crate::table::expression::value::text("HRK"));
        assert_eq!(from_item(item.clone()).unwrap().market.currency.unwrap().as_str(), "HRK");
        item.remove("currency");
        item.remove("country");
        item.remove("locale");
        assert_eq!(from_item(item).unwrap().market, Market::default());
    }

    #[test]
    fn the_list_of_state_attributes_is_whole() {
        let at = Timestamp::now();
        let all = StateAttributes {
            status: Some(Status::Ready),
            step: Some(Step::CreateQuota),
            url: Some(String::new()),
            failure: Some(Failure {
                step: Step::WaitMysql,
                code: FailureCode::DeadlineExceeded,
                message: String::new(),
                at,
                cleanup: Cleanup::Done,
            }),
            since: Some(at),
            power: Some(Power::Hibernated),
            half_upgrade: Some(Box::new(half_upgrade(at))),
        };
        let item: Item = serde_dynamo::to_item(all).unwrap();
        let mut names: Vec<_> = item.keys().map(String::as_str).collect();
        let mut listed = StateAttributes::NAMES;
        names.sort_unstable();
        listed.sort_unstable();
        assert_eq!(names, listed);
    }
}
