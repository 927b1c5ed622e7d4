//! A notice on its way to one endpoint, with all tries.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    endpoint::{EndpointId, Reception},
    event_type::EventType,
    retry::{Jitter, next_try},
};
use crate::values::{kept_text, timestamp::Timestamp};

/// How long a delivery is kept, with its tries.
pub const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// How many bytes of an answer are kept.
pub const EXCERPT: usize = 1024;

/// How many tries a delivery can have, those included that somebody asks for.
pub const MOST_TRIES: usize = 20;

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeliveryState {
    /// It is to be tried at this time.
    Due {
        /// When.
        at: Timestamp,
    },
    /// It was received.
    Delivered {
        /// When.
        at: Timestamp,
    },
    /// It was not, and is not tried again by itself.
    GivenUp {
        /// Since when.
        at: Timestamp,
    },
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TryOutcome {
    /// There was an answer.
    Answered {
        /// Its status.
        status: u16,
        /// The beginning of its body.
        excerpt: String,
    },
    /// There was none.
    Unanswered {
        /// Why.
        error: String,
    },
}

/// One try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Try {
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What came of it.
    pub outcome: TryOutcome,
}

impl Try {
    /// One that began at `at`, took so long and was answered; of the answer's body the beginning is kept.
    #[must_use]
    pub fn answered(at: Timestamp, duration: Duration, status: u16, body: &str) -> Self {
        let excerpt = body[..body.floor_char_boundary(EXCERPT)].to_owned();
        Self::new(at, duration, TryOutcome::Answered { status, excerpt })
    }

    /// One that was not answered, for this reason.
    #[must_use]
    pub fn unanswered(at: Timestamp, duration: Duration, error: impl Into<String>) -> Self {
        Self::new(at, duration, TryOutcome::Unanswered { error: kept_text::within(EXCERPT, error) })
    }

    fn new(at: Timestamp, duration: Duration, outcome: TryOutcome) -> Self {
        Self { at, duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX), outcome }
    }

    /// When it ended.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.at.plus(Duration::from_millis(self.duration_ms))
    }

    /// What it says of the endpoint: only 2xx is a success, and a redirect is none.
    #[must_use]
    pub fn reception(&self) -> Reception {
        match self.outcome {
            TryOutcome::Answered { status: 200..=299, .. } => Reception::Received,
            TryOutcome::Answered { status: 410, .. } => Reception::Gone,
            TryOutcome::Answered { .. } | TryOutcome::Unanswered { .. } => Reception::Failed,
        }
    }
}

/// A delivery as the table has it. Endpoint and notice name it: there is one of each pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Where to.
    pub endpoint: EndpointId,
    /// What of: the id of the notice, which is sent as `webhook-id`.
    pub notice: Uuid,
    /// What that is about.
    pub event: EventType,
    /// When it was made.
    pub created: Timestamp,
    /// Where it stands.
    pub state: DeliveryState,
    /// The tries so far, the last at the end.
    pub tries: Vec<Try>,
}

impl Delivery {
    /// A new one, which is due at once.
    #[must_use]
    pub fn new(endpoint: EndpointId, notice: Uuid, event: EventType, now: Timestamp) -> Self {
        let state = DeliveryState::Due { at: now };
        Self { endpoint, notice, event, created: now, state, tries: Vec::new() }
    }

    /// When its record ends.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.created.plus(KEPT)
    }

    /// The same after one more try, whose answer may have asked to be left alone for a time. It is over when it was
    /// received, when there is nobody any more, or after the last pause.
    #[must_use]
    pub fn tried(mut self, made: Try, asked: Option<Duration>, jitter: Jitter) -> Self {
        let end = made.end();
        let reception = made.reception();
        self.tries.push(made);
        self.state = match reception {
            Reception::Received => DeliveryState::Delivered { at: end },
            Reception::Gone => DeliveryState::GivenUp { at: end },
            Reception::Failed => match next_try(self.tries.len(), asked, jitter, end) {
                Some(at) => DeliveryState::Due { at },
                None => DeliveryState::GivenUp { at: end },
            },
        };
        self
    }

    /// The same, to be tried at `now` because somebody asks for it; `None` where it was tried too often.
    #[must_use]
    pub fn again(self, now: Timestamp) -> Option<Self> {
        (self.tries.len() < MOST_TRIES).then_some(Self { state: DeliveryState::Due { at: now }, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::retry::PAUSES;

    fn delivery() -> Delivery {
        Delivery::new(EndpointId::new(), Uuid::now_v7(), EventType::StoreReady, Timestamp::epoch())
    }

    fn answered(status: u16) -> Try {
        Try::answered(Timestamp::epoch(), Duration::from_secs(1), status, "")
    }

    fn state_after(made: Try) -> DeliveryState {
        delivery().tried(made, None, Jitter::NONE).state
    }

    #[test]
    fn only_2xx_is_a_success() {
        let end = answered(200).end();
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(state_after(answered(status)), DeliveryState::Delivered { at: end }, "{status}");
        }
        let again = DeliveryState::Due { at: end.plus(PAUSES[0]) };
        for status in [100, 101, 300, 301, 302, 304, 307, 400, 404, 409, 429, 500, 503, 599] {
            assert_eq!(state_after(answered(status)), again, "{status}");
        }
        let silent = Try::unanswered(Timestamp::epoch(), Duration::from_secs(1), "no answer within 15 s");
        assert_eq!(state_after(silent), again);
    }

    #[test]
    fn who_is_gone_is_not_tried_again() {
        assert_eq!(state_after(answered(410)), DeliveryState::GivenUp { at: answered(410).end() });
        assert_eq!(answered(410).reception(), Reception::Gone);
    }

    #[test]
    fn it_is_given_up_after_the_last_pause_and_keeps_each_try() {
        let mut delivery = delivery();
        for made in 1..=PAUSES.len() {
            delivery = delivery.tried(answered(503), None, Jitter::NONE);
            let due = DeliveryState::Due { at: answered(503).end().plus(PAUSES[made - 1]) };
            assert_eq!((delivery.state, delivery.tries.len()), (due, made));
        }
        let over = delivery.tried(answered(503), None, Jitter::NONE);
        assert_eq!(over.state, DeliveryState::GivenUp { at: answered(503).end() });
        assert_eq!(over.tries.len(), PAUSES.len() + 1);
    }

    #[test]
    fn somebody_can_ask_for_one_more_try_and_not_without_end() {
        let now = Timestamp::epoch().plus(KEPT);
        let mut delivery = delivery();
        while let Some(again) = delivery.clone().again(now) {
            assert_eq!(again.state, DeliveryState::Due { at: now });
            delivery = again.tried(answered(500), None, Jitter::NONE);
        }
        assert_eq!(delivery.tries.len(), MOST_TRIES);
        assert!(matches!(delivery.state, DeliveryState::GivenUp { .. }));
    }

    #[test]
    fn a_receiver_that_asks_to_be_left_alone_is() {
        let asked = Some(Duration::from_secs(3600));
        let later = delivery().tried(answered(429), asked, Jitter::NONE).state;
        assert_eq!(later, DeliveryState::Due { at: answered(429).end().plus(Duration::from_secs(3600)) });
    }

    #[test]
    fn of_long_answers_the_beginning_is_kept_and_a_record_stays_small() {
        let long = "é".repeat(10_000);
        let mut delivery = delivery();
        for _ in 0..MOST_TRIES / 2 {
            let answered = Try::answered(Timestamp::epoch(), Duration::from_secs(15), 500, &long);
            let silent = Try::unanswered(Timestamp::epoch(), Duration::ZERO, &*long);
            delivery = delivery.tried(answered, None, Jitter::NONE).tried(silent, None, Jitter::NONE);
        }
        let text = serde_json::to_string(&delivery).unwrap();
        assert!(text.len() < 30_000, "{}", text.len());
        assert_eq!(serde_json::from_str::<Delivery>(&text).unwrap(), delivery);
    }
}
