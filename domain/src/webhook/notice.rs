//! A notice: an event as it is written down in the transaction that makes it true, and the payload made of it.
//!
//! It names things and codes, and no text that others have written: a message of the cluster or a line of a log may
//! hold what an endpoint is not to see. Whoever wants to know more follows the payload's `href`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    endpoint::{Endpoint, EndpointId, EndpointState, Scope},
    occurrence::Occurrence,
};
use crate::{auth::principal_name::PrincipalName, store::slug::Slug, values::timestamp::Timestamp};

/// An event that endpoints are to be notified of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// Its id, time-ordered (UUIDv7): what receivers know doubles by.
    pub id: Uuid,
    /// When it happened.
    pub at: Timestamp,
    /// What it is about.
    #[serde(flatten)]
    pub subject: NoticeSubject,
    /// What happened.
    #[serde(flatten)]
    pub occurrence: Occurrence,
}

/// What a notice is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum NoticeSubject {
    /// A store.
    Store {
        /// Its id.
        store: Slug,
        /// Which incarnation of it.
        uid: Uuid,
        /// Whom the store belongs to.
        owner: String,
        /// Its place among the notices of this incarnation. Deliveries come in any order.
        sequence: u64,
    },
    /// An endpoint.
    Webhook {
        /// Its id.
        webhook: EndpointId,
        /// Whose stores it hears of.
        scope: Scope,
    },
}

/// Which notice.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NoticeKey {
    /// Whose notices it lies among: an owner's, or `*` for what concerns all.
    pub audience: String,
    /// Its id.
    pub notice: Uuid,
}

/// What a payload may have at most, in bytes.
pub const LARGEST_PAYLOAD: usize = 4 * 1024;

impl Notice {
    /// Its payload, byte for byte as it is signed and sent. `api` is the address of the API, without
    /// a slash at its end.
    ///
    /// # Errors
    /// [`serde_json::Error`] when it can't be written as JSON, which no notice is known for.
    pub fn payload(&self, api: &str) -> Result<Vec<u8>, serde_json::Error> {
        let mut data = Map::from_iter([("href".to_owned(), Value::from(self.href(api)))]);
        match &self.subject {
            NoticeSubject::Store { store, uid, owner, sequence } => {
                data.insert("store".to_owned(), Value::from(store.to_string()));
                data.insert("uid".to_owned(), Value::from(uid.to_string()));
                data.insert("owner".to_owned(), Value::from(owner.clone()));
                data.insert("sequence".to_owned(), Value::from(*sequence));
            }
            NoticeSubject::Webhook { webhook, scope } => {
                data.insert("webhook".to_owned(), Value::from(webhook.to_string()));
                data.insert("owner".to_owned(), scope.owner().map(PrincipalName::as_str).into());
            }
        }
        if let Value::Object(details) = serde_json::to_value(&self.occurrence)? {
            data.extend(details.into_iter().filter(|(name, _)| name != "type"));
        }
        let kind = self.occurrence.event_type().name();
        serde_json::to_vec(&Payload { kind, timestamp: self.at, data })
    }

    fn href(&self, api: &str) -> String {
        let subject = match &self.subject {
            NoticeSubject::Store { store, .. } => format!("{api}/v1/stores/{store}"),
            NoticeSubject::Webhook { webhook, .. } => format!("{api}/v1/webhooks/{webhook}"),
        };
        match self.occurrence.operation() {
            Some(operation) => format!("{subject}/operations/{operation}"),
            None => subject,
        }
    }

    /// Whose notices it lies among.
    #[must_use]
    pub fn audience(&self) -> String {
        match &self.subject {
            NoticeSubject::Store { owner, .. } => owner.clone(),
            NoticeSubject::Webhook { scope, .. } => scope.to_string(),
        }
    }

    /// Whether `endpoint` is to be notified of it. Of an endpoint, the others of the same scope are.
    #[must_use]
    pub fn concerns(&self, endpoint: &Endpoint) -> bool {
        let kind = self.occurrence.event_type();
        match &self.subject {
            NoticeSubject::Store { owner, .. } => endpoint.wants(kind, owner),
            NoticeSubject::Webhook { webhook, scope } => {
                endpoint.id != *webhook
                    && endpoint.scope == *scope
                    && endpoint.events.matches(kind)
                    && endpoint.state == EndpointState::Enabled
            }
        }
    }
}

#[derive(Serialize)]
struct Payload {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: Timestamp,
    data: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use strum::VariantArray as _;

    use super::*;
    use crate::{
        health::assessment::Assessment,
        provisioning::{failure::FailureCode, step::Step},
        webhook::{endpoint::DisabledReason, event_type::EventType},
    };

    fn one_of_each() -> [Occurrence; 9] {
        let (operation, action) = (Uuid::from_u128(3), "reset-password".to_owned());
        let code = FailureCode::ContainerConfigInvalid;
        [
            Occurrence::StoreReady { url: "https://shop.example".into() },
            Occurrence::StoreFailed { step: Step::WaitMysql, code },
            Occurrence::StoreDeleted,
            Occurrence::StoreHealthChanged { from: Assessment::Healthy, to: Assessment::Down },
            Occurrence::OperationSucceeded { operation, action: action.clone() },
            Occurrence::OperationFailed { operation, action, code },
            Occurrence::WebhookTest,
            Occurrence::WebhookDisabled { reason: DisabledReason::Gone },
            Occurrence::WebhookRecovered,
        ]
    }

    fn notice(occurrence: Occurrence) -> Notice {
        Notice {
            id: Uuid::from_u128(1),
            at: Timestamp::epoch(),
            subject: NoticeSubject::Store {
                store: Slug::parse("my-shop").unwrap(),
                uid: Uuid::from_u128(2),
                owner: "ada".into(),
                sequence: 7,
            },
            occurrence,
        }
    }

    fn payload(occurrence: Occurrence) -> Value {
        serde_json::from_slice(&notice(occurrence).payload("https://api.example").unwrap()).unwrap()
    }

    #[test]
    fn each_type_of_event_has_an_occurrence_of_its_name() {
        let types = one_of_each().map(|occurrence| {
            assert_eq!(payload(occurrence.clone())["type"], occurrence.event_type().name());
            assert_eq!(serde_json::to_value(&occurrence).unwrap()["type"], occurrence.event_type().name());
            occurrence.event_type()
        });
        assert_eq!(types.as_slice(), EventType::VARIANTS);
    }

    #[test]
    fn a_payload_says_what_happened_to_which_store_and_where_to_read_more() {
        assert_eq!(
            payload(Occurrence::StoreFailed { step: Step::WaitMysql, code: FailureCode::CrashLoop }),
            json!({
                "type": "store.failed",
                "timestamp": "1970-01-01T00:00:00.000Z",
                "data": {
                    "store": "my-shop",
                    "uid": Uuid::from_u128(2),
                    "owner": "ada",
                    "sequence": 7,
                    "step": "wait_mysql",
                    "code": "crash_loop",
                    "href": "https://api.example/v1/stores/my-shop",
                },
            })
        );
        let operation = Uuid::from_u128(3);
        let recorded = payload(Occurrence::OperationSucceeded { operation, action: "restart".into() });
        assert_eq!(recorded["data"]["action"], "restart");
        assert_eq!(
            recorded["data"]["href"],
            format!("https://api.example/v1/stores/my-shop/operations/{operation}")
        );
    }

    #[test]
    fn the_same_notice_has_the_same_bytes_each_time() {
        for occurrence in one_of_each() {
            let notice = notice(occurrence);
            let text = serde_json::to_string(&notice).unwrap();
            let read: Notice = serde_json::from_str(&text).unwrap();
            assert_eq!(read, notice);
            assert_eq!(read.payload("https://x").unwrap(), notice.payload("https://x").unwrap());
        }
    }

    #[test]
    fn the_longest_payload_fits() {
        let long = "x".repeat(253);
        for occurrence in [
            Occurrence::StoreReady { url: format!("https://{}.{long}", "a".repeat(50)) },
            Occurrence::OperationFailed {
                operation: Uuid::now_v7(),
                action: "reveal-credentials".into(),
                code: FailureCode::ContainerConfigInvalid,
            },
        ] {
            let notice = Notice {
                subject: NoticeSubject::Store {
                    store: Slug::parse(&"a".repeat(50)).unwrap(),
                    uid: Uuid::now_v7(),
                    owner: "o".repeat(PrincipalName::MAX),
                    sequence: u64::MAX,
                },
                ..notice(occurrence)
            };
            let bytes = notice.payload(&format!("https://{long}")).unwrap().len();
            assert!(bytes < LARGEST_PAYLOAD, "{bytes}");
        }
    }

    #[test]
    fn what_becomes_of_an_endpoint_is_reported_to_the_others_of_its_scope() {
        let at = Timestamp::epoch();
        let (ada, bob) = ("ada", "bob");
        let owned = |name: &str| {
            let scope = Scope::Owner(PrincipalName::parse(name).unwrap());
            let all = vec!["*".parse().unwrap()].try_into().unwrap();
            Endpoint::new(scope, "https://example.com".into(), all, None, at)
        };
        let (gone, other, strange) = (owned(ada), owned(ada), owned(bob));
        let subject = NoticeSubject::Webhook { webhook: gone.id, scope: gone.scope.clone() };
        let recorded =
            Notice { subject, ..notice(Occurrence::WebhookDisabled { reason: DisabledReason::Failing }) };
        assert!(recorded.concerns(&other) && !recorded.concerns(&gone) && !recorded.concerns(&strange));
        let payload: Value = serde_json::from_slice(&recorded.payload("https://x").unwrap()).unwrap();
        let href = format!("https://x/v1/webhooks/{}", gone.id);
        let expected = json!({ "webhook": gone.id, "owner": "ada", "reason": "failing", "href": href });
        assert_eq!(payload["data"], expected);
        let text = serde_json::to_string(&recorded).unwrap();
        assert_eq!(serde_json::from_str::<Notice>(&text).unwrap(), recorded);
    }
}
