//! Where a principal wants to be notified, and how deliveries went there lately.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

pub use super::{endpoint_id::EndpointId, scope::Scope};

use super::{
    description::Description,
    event_type::EventType,
    pattern::EventPatterns,
    secret::{PlatformKey, SigningSecret},
};
use crate::{
    audit::{Head, Subject},
    values::timestamp::Timestamp,
};

/// How long the secret before the present one signs too, after a rotation.
pub const OVERLAP: Duration = Duration::from_secs(24 * 3600);

/// After how long with nothing but failures an endpoint is disabled.
pub const FAILING_FOR: Duration = Duration::from_secs(5 * 24 * 3600);

/// How far apart two of those failures must be at least: one bad hour, and then silence, says little.
pub const FAILURES_APART: Duration = Duration::from_secs(12 * 3600);

/// How many calls an endpoint has to answer at once: a few, so that one that is slow holds up no other's.
const CALLS_AT_ONCE: usize = 4;

/// The same while nothing but failures comes of it: what is dead keeps a function waiting for as long as it may, and
/// there may be many that are.
const CALLS_WHILE_FAILING: usize = 1;

/// Which secret of an endpoint: each rotation makes the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Generation(u32);

impl Generation {
    /// That of a new endpoint.
    pub const FIRST: Self = Self(1);

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The one before it; `None` of the first.
    fn previous(self) -> Option<Self> {
        (self > Self::FIRST).then(|| Self(self.0 - 1))
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether an endpoint is notified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndpointState {
    /// It is.
    Enabled,
    /// It is not, until somebody enables it again.
    Disabled {
        /// Since when.
        at: Timestamp,
        /// Why.
        reason: DisabledReason,
    },
    /// It was deleted: what is left is its record, to which its audit trail belongs.
    Deleted {
        /// When.
        at: Timestamp,
    },
}

/// Why an endpoint is disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DisabledReason {
    /// It answered 410: there is nobody any more.
    Gone,
    /// It has failed for days.
    Failing,
}

/// Failures of which the last was followed by no success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failing {
    /// When the first of them was.
    pub first: Timestamp,
    /// When the last was.
    pub last: Timestamp,
}

/// How a try went, as far as its endpoint is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reception {
    /// It was received.
    Received,
    /// It was not.
    Failed,
    /// It was not, and nothing ever will be.
    Gone,
}

/// An endpoint as the table has it. Its secret is derived: see [`PlatformKey`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// Whose stores it hears of.
    pub scope: Scope,
    /// Where it is, as the guarded client has checked it.
    pub url: String,
    /// What it wants to hear of.
    pub events: EventPatterns,
    /// What its owner says of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub description: Option<Description>,
    /// Which of its secrets is the present one.
    pub generation: Generation,
    /// When that began, where there was one before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rotated: Option<Timestamp>,
    /// Whether it is notified.
    pub state: EndpointState,
    /// Its failures since the last success; `None` where there are none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failing: Option<Failing>,
    /// Whether it was enabled again, and has not received anything since.
    #[serde(default)]
    pub recovering: bool,
    /// When it was made.
    pub created: Timestamp,
    /// Raised by each change of its record.
    pub version: u64,
    /// The end of its audit trail.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub audit: Option<Head>,
}

impl Endpoint {
    /// A new one, which is enabled.
    #[must_use]
    pub fn new(
        scope: Scope,
        url: String,
        events: EventPatterns,
        description: Option<Description>,
        now: Timestamp,
    ) -> Self {
        Self {
            id: EndpointId::new(),
            scope,
            url,
            events,
            description,
            generation: Generation::FIRST,
            rotated: None,
            state: EndpointState::Enabled,
            failing: None,
            recovering: false,
            created: now,
            version: 1,
            audit: None,
        }
    }

    /// What audit entries about it are about.
    #[must_use]
    pub fn subject(&self) -> Subject {
        Subject::Webhook { id: self.id, scope: self.scope.clone() }
    }

    /// Whether it is there: neither deleted nor, as its id, never given.
    #[must_use]
    pub fn is_there(&self) -> bool {
        !matches!(self.state, EndpointState::Deleted { .. })
    }

    /// The same, deleted. Where it was may be a secret, and is forgotten.
    #[must_use]
    pub fn delete(self, now: Timestamp) -> Self {
        let (url, description) = (String::new(), None);
        Self { state: EndpointState::Deleted { at: now }, url, description, failing: None, ..self }
    }

    /// How many calls it has to answer at once.
    #[must_use]
    pub fn calls_at_once(&self) -> usize {
        if self.failing.is_some() { CALLS_WHILE_FAILING } else { CALLS_AT_ONCE }
    }

    /// Whether it is to be notified of an event of this type on a store of `owner`.
    #[must_use]
    pub fn wants(&self, kind: EventType, owner: &str) -> bool {
        self.scope.covers(owner) && self.events.matches(kind) && self.state == EndpointState::Enabled
    }

    /// The same with the next secret as its present one.
    #[must_use]
    pub fn rotate(self, now: Timestamp) -> Self {
        Self { generation: self.generation.next(), rotated: Some(now), ..self }
    }

    /// What deliveries are signed with at `now`: the present secret, and for a day after a rotation the one before.
    /// Of those before that none: who rotates twice wants the first to be gone.
    #[must_use]
    pub fn secrets(&self, key: &PlatformKey, now: Timestamp) -> Vec<SigningSecret> {
        let mut secrets = vec![key.secret(self.id, self.generation)];
        if self.rotated.is_some_and(|rotated| now < rotated.plus(OVERLAP)) {
            secrets.extend(self.generation.previous().map(|previous| key.secret(self.id, previous)));
        }
        secrets
    }

    /// The same after a try that ended at `now`, which may disable it.
    #[must_use]
    pub fn after(self, reception: Reception, now: Timestamp) -> Self {
        let disabled = |reason| EndpointState::Disabled { at: now, reason };
        let before = self.failing.unwrap_or(Failing { first: now, last: now });
        let failing = Some(Failing { last: now.max(before.last), ..before });
        let state = match (self.state, reception) {
            // Tries that were under way may end after it.
            (state @ (EndpointState::Disabled { .. } | EndpointState::Deleted { .. }), _)
            | (state, Reception::Received) => state,
            (EndpointState::Enabled, Reception::Gone) => disabled(DisabledReason::Gone),
            (EndpointState::Enabled, Reception::Failed) => {
                let long = now.since(before.first) >= FAILING_FOR;
                let again = before.last.since(before.first) >= FAILURES_APART;
                if long && again { disabled(DisabledReason::Failing) } else { EndpointState::Enabled }
            }
        };
        let failing = match reception {
            Reception::Received => None,
            Reception::Failed | Reception::Gone => failing,
        };
        let recovering = self.recovering && reception != Reception::Received;
        Self { state, failing, recovering, ..self }
    }

    /// The same, enabled; what failed before does not count any more. One that is enabled stays as it is.
    #[must_use]
    pub fn enable(self) -> Self {
        match self.state {
            EndpointState::Disabled { .. } => {
                Self { state: EndpointState::Enabled, failing: None, recovering: true, ..self }
            }
            EndpointState::Enabled | EndpointState::Deleted { .. } => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::auth::principal_name::PrincipalName;

    fn endpoint(scope: Scope, events: &[&str]) -> Endpoint {
        let events: Vec<_> = events.iter().map(|text| text.parse().unwrap()).collect();
        let url = "https://example.com/hook".to_owned();
        Endpoint::new(scope, url, events.try_into().unwrap(), None, Timestamp::epoch())
    }

    fn of_ada() -> Endpoint {
        endpoint(Scope::Owner(PrincipalName::parse("ada").unwrap()), &["store.*"])
    }

    fn hours(hours: u64) -> Timestamp {
        Timestamp::epoch().plus(Duration::from_secs(hours * 3600))
    }

    fn key() -> PlatformKey {
        PlatformKey::parse(&"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=".to_owned().into()).unwrap()
    }

    fn texts(secrets: &[SigningSecret]) -> Vec<String> {
        secrets.iter().map(|secret| secret.text().expose_secret().to_owned()).collect()
    }

    #[test]
    fn an_owners_endpoint_hears_of_the_owners_stores_only() {
        let (of_ada, of_all) = (of_ada(), endpoint(Scope::All, &["store.*"]));
        assert!(of_ada.wants(EventType::StoreReady, "ada"));
        for other in ["bob", "Ada", "ada2", ""] {
            assert!(!of_ada.wants(EventType::StoreReady, other), "{other}");
            assert!(of_all.wants(EventType::StoreReady, other), "{other}");
        }
        assert!(!of_ada.wants(EventType::OperationFailed, "ada"), "it asked for others");
    }

    #[test]
    fn for_a_day_after_a_rotation_both_secrets_sign_the_new_one_first() {
        let (key, before) = (key(), of_ada());
        let first = texts(&before.secrets(&key, hours(0)));
        let rotated = before.rotate(hours(100));
        let both = texts(&rotated.secrets(&key, hours(100)));
        assert_eq!(both.len(), 2);
        assert_eq!(both[1..], first);
        assert_eq!(texts(&rotated.secrets(&key, hours(123))), both);
        assert_eq!(texts(&rotated.secrets(&key, hours(124))), both[..1]);
        let again = texts(&rotated.rotate(hours(101)).secrets(&key, hours(102)));
        assert_eq!(again[1..], both[..1], "the first is gone");
    }

    #[test]
    fn days_of_nothing_but_failures_disable_an_endpoint() {
        let failing = |hours_of_failures: &[u64]| {
            hours_of_failures
                .iter()
                .fold(of_ada(), |endpoint, at| endpoint.after(Reception::Failed, hours(*at)))
        };
        assert_eq!(failing(&[0, 1, 13, 119]).state, EndpointState::Enabled);
        let disabled = failing(&[0, 1, 13, 120]);
        assert_eq!(
            disabled.state,
            EndpointState::Disabled { at: hours(120), reason: DisabledReason::Failing }
        );
        assert!(!disabled.wants(EventType::StoreReady, "ada"));
        // One bad hour five days ago is not days of failures.
        assert_eq!(failing(&[0, 1, 120]).state, EndpointState::Enabled);
        assert_ne!(failing(&[0, 1, 120, 121]).state, EndpointState::Enabled);
    }

    #[test]
    fn a_success_in_between_begins_anew() {
        let endpoint = of_ada().after(Reception::Failed, hours(0)).after(Reception::Failed, hours(60));
        let received = endpoint.clone().after(Reception::Received, hours(61));
        assert_eq!(received.failing, None);
        assert!(
            endpoint.calls_at_once() < received.calls_at_once(),
            "what fails gets less of the time of all"
        );
        let failed = received.after(Reception::Failed, hours(121)).after(Reception::Failed, hours(200));
        assert_eq!(failed.state, EndpointState::Enabled);
        assert_eq!(failed.failing, Some(Failing { first: hours(121), last: hours(200) }));
    }

    #[test]
    fn who_is_gone_is_disabled_at_once_and_until_somebody_enables_it() {
        let gone = of_ada().after(Reception::Gone, hours(1));
        let state = EndpointState::Disabled { at: hours(1), reason: DisabledReason::Gone };
        assert_eq!(gone.state, state);
        for late in [Reception::Received, Reception::Failed, Reception::Gone] {
            assert_eq!(gone.clone().after(late, hours(2)).state, state, "{late:?}");
        }
        let enabled = gone.enable();
        assert_eq!((&enabled.state, enabled.failing), (&EndpointState::Enabled, None));
    }

    #[test]
    fn a_record_holds_no_secret() {
        let endpoint = of_ada();
        let text = serde_json::to_string(&endpoint).unwrap();
        assert_eq!(serde_json::from_str::<Endpoint>(&text).unwrap(), endpoint);
        let secret = endpoint.secrets(&key(), hours(0)).remove(0).text();
        assert!(!text.contains("whsec") && !text.contains(&secret.expose_secret()["whsec_".len()..]));
    }
}
