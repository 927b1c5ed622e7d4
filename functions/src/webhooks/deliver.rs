//! The function `deliver`: makes a try at a delivery.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{
    audit::Actor,
    auth::{
        principal::{Principal, Role},
        principal_name::{PrincipalName, PrincipalNameError},
    },
    queue::{
        Queue,
        hint::{Hint, LONGEST_DELAY},
    },
    table::{ClaimedDelivery, EndpointError, StoredDelivery, Table, TableError},
    values::retry_after,
    webhook::{
        delivery::{DeliveryState, EXCERPT, Try},
        endpoint::{Endpoint, EndpointId, EndpointState, Reception},
        event_type::EventType,
        retry::Jitter,
        signature::SignedHeaders,
    },
};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT},
};
use outbound::{
    client::{Call, Client},
    policy::Policy,
    target::Target,
};
use uuid::Uuid;

use super::{
    batch::{Batch, BatchAnswer},
    fan_out::HintError,
    key::{KeyError, KeyStore},
};
use crate::{
    clock::Clock,
    metrics::{DeliveryCounts, Metrics},
    request::id::RequestId,
};

/// How long a try may take with all that is written of it. Somebody else takes the delivery up afterwards.
const CLAIM: Duration = Duration::from_secs(40);

/// After how long a delivery is looked at again whose endpoint is busy: as long as it has waited already, in these
/// bounds. So many that wait for one that is dead cost little.
const BUSY: std::ops::RangeInclusive<u64> = 1..=60;

/// How long after that the sweep sends the hint which was lost.
const LOST: Duration = Duration::from_secs(60);

/// By how much the clocks of two functions may differ. A hint that comes so early comes again when it is time.
const SKEW: Duration = Duration::from_secs(5);

/// Who disables endpoints, as the audit trail has it.
const PLATFORM: &str = "platform";

/// What the function works with.
#[derive(Debug)]
pub struct Deliverer {
    /// What is to be delivered.
    pub table: Table,
    /// Where hints at deliveries go.
    pub deliveries: Queue,
    /// Whom notices go to by.
    pub client: Client,
    /// What is allowed of their addresses.
    pub policy: Policy,
    /// What they are signed with.
    pub key: Arc<KeyStore>,
    /// Where the API is, without a slash at its end.
    pub api: String,
    /// What time it is.
    pub clock: Clock,
    /// Where what is counted goes.
    pub metrics: Metrics,
}

/// A try was not made, or not written down. It comes back.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// It is no hint for this function.
    #[error(transparent)]
    Hint(#[from] HintError),
    /// The table could not be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The endpoint could not be written.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// There is nothing to sign with.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The notice can't be sent.
    #[error("the notice can't be written as JSON")]
    Payload(#[from] serde_json::Error),
    /// The platform's own name is none.
    #[error(transparent)]
    Name(#[from] PrincipalNameError),
}

/// What came of a hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There was nothing to do, or not yet, or somebody else does it.
    Nothing,
    /// The endpoint has enough to answer; it is tried in a moment.
    Busy,
    /// The endpoint is not notified any more.
    Dropped,
    /// A try was made.
    Tried(Reception),
}

impl Deliverer {
    /// Makes the tries of a batch, all at the same time.
    pub async fn run(&self, request: &RequestId, batch: Batch) -> BatchAnswer {
        batch
            .each(async |hint| match hint {
                Hint::Delivery { endpoint, notice } => {
                    self.deliver(request, endpoint, notice).await.map(drop)
                }
                misplaced @ Hint::Notice(_) => {
                    Err(DeliverError::from(HintError::Misplaced(Box::new(misplaced))))
                }
            })
            .await
    }

    /// Makes a try at the delivery of `notice` to `endpoint`, if it is due and nobody is at it.
    ///
    /// # Errors
    /// [`DeliverError`]; the delivery stays due.
    pub async fn deliver(
        &self,
        request: &RequestId,
        endpoint: EndpointId,
        notice: Uuid,
    ) -> Result<Outcome, DeliverError> {
        let now = self.clock.now();
        let found = self.table.endpoint(endpoint).await?.filter(Endpoint::is_there);
        let calls = found.as_ref().map_or(1, Endpoint::calls_at_once);
        let (stored, claim) = match self.table.claim_delivery(endpoint, notice, calls, now, CLAIM).await? {
            ClaimedDelivery::Claimed(stored, claim) => (stored, claim),
            ClaimedDelivery::NothingToDo | ClaimedDelivery::Taken => return Ok(Outcome::Nothing),
            ClaimedDelivery::NotYet { at } => {
                // Of what is due later, whoever made it so has sent a hint for then.
                let early = at.since(now);
                if early <= SKEW {
                    self.hint_at(endpoint, notice, early).await;
                }
                return Ok(Outcome::Nothing);
            }
            ClaimedDelivery::Busy { delivery, due } => {
                let pause = busy_for(now.since(due), Jitter::random());
                self.table.delivery_waits(&delivery, now, now.plus(pause + LOST)).await?;
                self.hint_at(endpoint, notice, pause).await;
                return Ok(Outcome::Busy);
            }
        };
        let StoredDelivery { delivery, notice: recorded } = *stored;
        let is_test = delivery.event == EventType::WebhookTest;
        let Some(to) = found.filter(|to| to.state == EndpointState::Enabled || is_test) else {
            let state = DeliveryState::GivenUp { at: now };
            let dropped = domain::webhook::delivery::Delivery { state, ..delivery };
            self.table.delivery_tried(&dropped, &claim).await?;
            return Ok(Outcome::Dropped);
        };
        let payload = recorded.payload(&self.api)?;
        let (made, asked) = self.call(&to, notice, payload).await?;
        let (reception, duration) = (made.reception(), made.duration_ms);
        let mut tried = delivery.tried(made, asked, Jitter::random());
        // Somebody waits for what comes of a test: it is tried once.
        if let (true, DeliveryState::Due { .. }) = (is_test, tried.state) {
            tried.state = DeliveryState::GivenUp { at: self.clock.now() };
        }
        if !self.table.delivery_tried(&tried, &claim).await? {
            tracing::warn!(%endpoint, %notice, "a try took too long, and somebody else makes it again");
        }
        if let DeliveryState::Due { at } = tried.state {
            self.hint_at(endpoint, notice, at.since(self.clock.now())).await;
        }
        let disabled = self.note(&to, reception).await?;
        tracing::info!(%endpoint, %notice, event = %tried.event, ?reception, duration, tries = tried.tries.len(), "a try was made");
        let counts =
            DeliveryCounts { received: reception == Reception::Received, milliseconds: duration, disabled };
        self.metrics.delivered(self.clock.now(), request, counts);
        Ok(Outcome::Tried(reception))
    }

    /// Calls the endpoint, and says what came of it and for how long it asks to be left alone.
    async fn call(
        &self,
        to: &Endpoint,
        notice: Uuid,
        payload: Vec<u8>,
    ) -> Result<(Try, Option<Duration>), DeliverError> {
        let (at, begun) = (self.clock.now(), Instant::now());
        // What was checked once is checked again: the policy may have changed.
        let target = match Target::parse(&to.url, self.policy) {
            Ok(target) => target,
            Err(error) => {
                return Ok((Try::unanswered(at, begun.elapsed(), format!("The URL {error}.")), None));
            }
        };
        let signed = SignedHeaders::new(&to.secrets(self.key.get().await?, at), notice, at, &payload);
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static("Shopwright-Webhooks/1"));
        for (name, value) in signed.named() {
            // Ids, numbers and base64 can always be sent.
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        let call = Call { method: Method::POST, target: &target, headers, body: payload };
        let answered = Box::pin(self.client.send(call)).await;
        let duration = begun.elapsed();
        Ok(match answered {
            Ok(answer) => {
                let asked = answer.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
                let asked = asked.and_then(|value| retry_after::parse(value, self.clock.now()));
                let excerpt = answer.excerpt(EXCERPT);
                (Try::answered(at, duration, answer.status.as_u16(), &excerpt), asked)
            }
            Err(error) => (Try::unanswered(at, duration, error.explained()), None),
        })
    }

    /// Notes at the endpoint how the try went, and says whether that disabled it.
    async fn note(&self, to: &Endpoint, reception: Reception) -> Result<bool, DeliverError> {
        let principal = Principal { name: PrincipalName::parse(PLATFORM)?, role: Role::Admin };
        let by = Actor { principal, address: None, request_id: None };
        match self.table.endpoint_tried(to.id, reception, &by, self.clock.now()).await {
            Ok(now) => {
                let is_disabled = matches!(now.state, EndpointState::Disabled { .. });
                Ok(to.state == EndpointState::Enabled && is_disabled)
            }
            // It was deleted meanwhile.
            Err(EndpointError::NotFound(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Sends a hint for later. What is too far away is found by the sweep when it is due.
    async fn hint_at(&self, endpoint: EndpointId, notice: Uuid, delay: Duration) {
        if delay > LONGEST_DELAY {
            return;
        }
        let hint = Hint::Delivery { endpoint, notice };
        if let Err(error) = self.deliveries.send_hint(&hint, delay).await {
            tracing::warn!(%error, "a hint at a delivery was not sent; the sweep will");
        }
    }
}

/// When to look again at what has waited for so long: scattered, so that those who wait do not come together.
fn busy_for(waited: Duration, jitter: Jitter) -> Duration {
    jitter.scatter(waited.clamp(Duration::from_secs(*BUSY.start()), Duration::from_secs(*BUSY.end())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_waited_for_long_is_looked_at_seldom() {
        let pause = |waited| busy_for(Duration::from_secs(waited), Jitter::NONE).as_millis();
        assert_eq!([0, 1, 4, 20, 60, 100_000].map(pause), [500, 500, 2000, 10_000, 30_000, 30_000]);
        assert!(busy_for(Duration::from_secs(100_000), Jitter::random()) <= Duration::from_secs(90));
    }
}
