//! A platform of a test's own.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use domain::{
    provisioning::event::Event,
    queue::hint::HintQueues,
    store::{Store, state::Provisioning},
    table::{StoredDelivery, Table},
    values::timestamp::Timestamp,
    webhook::{
        delivery::{DeliveryState, TryOutcome},
        endpoint::{Endpoint, EndpointId},
        notice::NoticeKey,
    },
};
use functions::{
    clock::Clock,
    metrics::Metrics,
    request::id::RequestId,
    webhooks::{
        deliver::{Deliverer, Outcome},
        fan_out::FanOut,
        key::KeyStore,
    },
};
use outbound::{client::Client, limits::Limits, policy::Policy};
use testkit::fixture::{Fixture, new_store};

use crate::authority::Authority;

/// What the secrets of endpoints are derived from.
pub(crate) const PLATFORM_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

/// Bounds that a test can wait for.
pub(crate) fn limits() -> Limits {
    let short = Duration::from_millis(700);
    Limits {
        name: short,
        connect: short,
        tls: short,
        head: short,
        body: short,
        call: short,
        ..Limits::default()
    }
}

pub(crate) struct World {
    pub(crate) fixture: Fixture,
    pub(crate) queues: HintQueues,
    now: Arc<Mutex<Timestamp>>,
    pub(crate) lines: Arc<Mutex<Vec<String>>>,
    pub(crate) client: Client,
    pub(crate) key: Arc<KeyStore>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Client::new(Authority::new().trust(), limits())).await
    }

    pub(crate) async fn with(client: Client) -> Self {
        let fixture = Fixture::new().await;
        let queues = fixture.hint_queues().await;
        let now = Arc::new(Mutex::new(Timestamp::now()));
        let key = Arc::new(KeyStore::given(PLATFORM_KEY.to_owned().into()));
        Self { fixture, queues, now, lines: Arc::default(), client, key }
    }

    pub(crate) fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    /// Has it be another time.
    pub(crate) fn set_now(&self, now: Timestamp) {
        *self.now.lock().unwrap() = now;
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, duration: Duration) {
        let mut now = self.now.lock().unwrap();
        *now = now.plus(duration);
    }

    pub(crate) fn clock(&self) -> Clock {
        let now = Arc::clone(&self.now);
        Clock::of(move || *now.lock().unwrap())
    }

    pub(crate) fn table(&self) -> &Table {
        &self.fixture.table
    }

    pub(crate) fn fan_out(&self, table: &Table, queues: &HintQueues) -> FanOut {
        FanOut { table: table.clone(), deliveries: queues.deliveries.clone(), clock: self.clock() }
    }

    pub(crate) fn deliverer(&self, table: &Table, queues: &HintQueues) -> Deliverer {
        let lines = Arc::clone(&self.lines);
        Deliverer {
            table: table.clone(),
            deliveries: queues.deliveries.clone(),
            client: self.client.clone(),
            policy: Policy::local(),
            key: Arc::clone(&self.key),
            api: "https://api.example".into(),
            clock: self.clock(),
            metrics: Metrics::new("deliver", move |line| lines.lock().unwrap().push(line.to_owned())),
        }
    }

    /// An endpoint of `owner`'s at `url` that wants to hear of all.
    pub(crate) async fn listen(&self, owner: &str, url: &str) -> Endpoint {
        self.fixture.listen(owner, url).await
    }

    pub(crate) async fn endpoint(&self, id: EndpointId) -> Endpoint {
        self.table().endpoint(id).await.unwrap().unwrap()
    }

    /// A new store of `owner`'s, which is up.
    pub(crate) async fn ready(&self, owner: &str) -> Store {
        let store = self.fixture.create(&new_store(owner)).await;
        let (now, lease) = (Timestamp::now(), Duration::from_secs(30));
        let claim = self.table().acquire_lease(&store, "runner", now, lease).await.unwrap().claim;
        let ready = Provisioning::new().ready("https://shop.example".into(), now);
        self.table().commit(&claim, &ready, &[Event::ready("https://shop.example")], now).await.unwrap();
        store
    }

    /// Hands on and tries all that is due now, as the sweep finds it; what comes of each try.
    pub(crate) async fn work(&self) -> Vec<Outcome> {
        let (fan_out, deliverer) =
            (self.fan_out(self.table(), &self.queues), self.deliverer(self.table(), &self.queues));
        for notice in self.table().overdue_notices(self.due()).await.unwrap() {
            fan_out.hand_on(&notice.key).await.unwrap();
        }
        let mut outcomes = Vec::new();
        for due in self.table().overdue_deliveries(self.now(), 1000).await.unwrap() {
            let request = RequestId::of("r-1");
            outcomes.push(deliverer.deliver(&request, due.endpoint, due.notice).await.unwrap());
        }
        outcomes
    }

    /// Notices bear the time of their writer.
    fn due(&self) -> Timestamp {
        self.now().max(Timestamp::now())
    }

    /// The deliveries to `endpoint`, newest first.
    pub(crate) async fn deliveries(&self, endpoint: EndpointId) -> Vec<StoredDelivery> {
        self.table().delivery_page(endpoint, 100, None, self.now()).await.unwrap().items
    }

    /// What the last try of the only delivery to `endpoint` came to, in words, and when the next one is.
    pub(crate) async fn last_try(&self, endpoint: EndpointId) -> (String, Option<Timestamp>) {
        let delivery = self.deliveries(endpoint).await.remove(0).delivery;
        let text = match &delivery.tries.last().unwrap().outcome {
            TryOutcome::Answered { status, excerpt } => format!("{status} {excerpt}"),
            TryOutcome::Unanswered { error } => error.clone(),
        };
        let next = match delivery.state {
            DeliveryState::Due { at } => Some(at),
            DeliveryState::Delivered { .. } | DeliveryState::GivenUp { .. } => None,
        };
        (text, next)
    }
}

/// A request that a receiver got: its headers, and its body.
pub(crate) fn parts(request: &str) -> (HashMap<String, String>, String) {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let headers = head.lines().skip(1).map(|line| line.split_once(": ").unwrap());
    (headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(), body.to_owned())
}

/// Which notices were hinted at.
pub(crate) type Hinted = Arc<Mutex<Vec<NoticeKey>>>;
