//! The sample events in `events/`, as API Gateway and EventBridge send them: one story in all of them.

use std::{cell::RefCell, collections::BTreeSet, fs, path::Path, sync::Arc, time::Duration};

use axum::http::{Method, StatusCode, header};
use domain::{
    auth::principal::Role,
    lease::Claim,
    operation::{End, OperationResult, Outcome},
    provisioning::{failure::Cleanup, step::Step},
    queue::{hint::HintQueues, job::Job},
    store::{
        release::{Release, image::Image},
        slug::Slug,
        state::{Failed, Provisioning},
    },
};
use functions::{
    auth::claims::ClaimSettings,
    clock::Clock,
    config::Settings,
    dashboard,
    gateway::{self, Invocation},
    metrics::Metrics,
    request::id::RequestId,
    sweep::{Sweeper, Swept},
    webhooks::{batch::Batch, deliver::Deliverer, fan_out::FanOut, key::KeyStore},
};
use outbound::{client::Client, limits::Limits, policy::Policy, tls::Trust};
use rustls::RootCertStore;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json, value::RawValue};
use testkit::{
    fixture::{Fixture, failure},
    rights::Rights,
};

use crate::api::{Answer, Api, PLATFORM_KEY, assert_problem, often, token};
use crate::operations::{logs, read_only::answer};

/// What stands in the samples for a token, because no real one can.
const TOKEN: &str = "ADMIN_TOKEN";
/// What the samples have in the place of a time to come.
const SOME_TIME: &str = "2026-12-01T08:00:00Z";

/// The samples, and which of them were sent.
struct Samples {
    api: Api,
    sent: RefCell<BTreeSet<String>>,
}

impl Samples {
    async fn new() -> Self {
        let fixture = Fixture::new().await;
        let queue = fixture.queue.clone();
        let claims = Some(ClaimSettings {
            principal_claim: "sub".into(),
            role_claim: "groups".into(),
            admin_value: "shop-admins".into(),
            owner_value: "shop-owners".into(),
        });
        let settings = Settings { rates: often(), claims, ..Settings::default() };
        Self { api: Api::over(fixture, queue, settings).await, sent: RefCell::default() }
    }

    fn folder() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../events"))
    }

    fn read(&self, file: &str) -> String {
        self.sent.borrow_mut().insert(file.to_owned());
        fs::read_to_string(Self::folder().join(file)).unwrap()
    }

    /// What the API answers to the sample, which goes the way of an event in Lambda.
    async fn send(&self, file: &str) -> Answer {
        let event = self.read(file).replace(TOKEN, self.api.admin.expose_secret());
        // A mute is until a time to come, and a file has none.
        let event = event.replace(SOME_TIME, &self.api.now().plus(Duration::from_secs(3600)).to_string());
        self.api.event(&serde_json::from_str(&event).unwrap()).await
    }

    /// What the function `dashboard` answers to the sample.
    async fn page(&self, file: &str) -> gateway::Answer {
        let event = RawValue::from_string(self.read(file)).unwrap();
        let invocation = Invocation { request_id: "r-2".into(), xray_trace_id: None };
        gateway::answer(
            dashboard::routes(dashboard::EMBEDDED, dashboard::Settings::default()),
            &event,
            invocation,
        )
        .await
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn every_sample_event_gets_what_its_name_says() {
    let samples = Samples::new().await;
    let api = &samples.api;

    let created = samples.send("create.json").await;
    assert_eq!(created.status, StatusCode::ACCEPTED, "{}", created.body);
    assert_eq!(created.headers[header::LOCATION], "/v1/stores/my-test-shop");
    assert_eq!(only(api.jobs().await), ("Provision", created.body["uid"].clone()));

    let second = samples.send("create-with-key.json").await;
    assert_eq!((second.status, &second.body["id"]), (StatusCode::ACCEPTED, &json!("second-shop")));
    let replayed = samples.send("create-with-key.json").await;
    assert_eq!(
        (&replayed.body, &replayed.headers["idempotency-replayed"]),
        (&second.body, &"true".parse().unwrap())
    );
    api.jobs().await;

    let invalid = samples.send("create-invalid.json").await;
    assert_problem(&invalid, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
    let pointers: BTreeSet<_> = invalid.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].clone().to_string())
        .collect();
    assert_eq!(pointers, ["\"/adminEmail\"", "\"/name\"", "\"/plan\""].map(String::from).into());

    let ada = token(&api.fixture, "ada", Role::Owner).await;
    api.create("Adas Shop", &ada).await;
    api.jobs().await;
    assert_eq!(ids(&samples.send("list.json").await), ["adas-shop", "second-shop", "my-test-shop"]);
    assert_eq!(ids(&samples.send("list-with-claims.json").await), ["adas-shop"], "ada's own and no other");

    fail(api, "my-test-shop").await;
    let attention = samples.send("attention.json").await;
    assert_eq!(
        (&attention.body["items"][0]["store"], &attention.body["items"][0]["cause"]),
        (&json!("my-test-shop"), &json!("failed"))
    );
    let muted = samples.send("mute.json").await;
    assert_eq!(muted.status, StatusCode::OK, "{}", muted.body);
    assert_eq!(samples.send("attention.json").await.body["items"], json!([]));
    let heard = samples.send("unmute.json").await;
    assert_eq!((heard.status, &heard.body["items"][0]["muted"]), (StatusCode::OK, &Value::Null));
    assert_eq!(samples.send("summary.json").await.body["observedAt"], Value::Null, "nobody has counted");
    let retried = samples.send("retry.json").await;
    assert_eq!((retried.status, &retried.body["status"]), (StatusCode::ACCEPTED, &json!("Provisioning")));
    assert_eq!(only(api.jobs().await), ("Provision", created.body["uid"].clone()));

    ready(api, "my-test-shop").await;
    let health = samples.send("health.json").await;
    assert_eq!((health.status, &health.body["status"]), (StatusCode::OK, &json!("Unknown")), "nobody looks");
    let restart = samples.send("restart.json").await;
    assert_eq!((restart.status, &restart.body["status"]), (StatusCode::ACCEPTED, &json!("Pending")));
    assert_eq!(only(api.jobs().await), ("Restart", created.body["uid"].clone()));
    assert_eq!(ids(&samples.send("operations.json").await), [restart.body["id"].as_str().unwrap()]);

    end_operation(api, "my-test-shop").await;
    let reset = samples.send("reset-password.json").await;
    assert_eq!((reset.status, &reset.body["action"]), (StatusCode::ACCEPTED, &json!("reset-password")));
    assert_eq!(only(api.jobs().await), ("ResetPassword", created.body["uid"].clone()));

    end_operation(api, "my-test-shop").await;
    let [shop, database] = ["store:2", "mysql:8.4"].map(Image::from_record);
    api.fixture.table.announce_release(&Release::of(shop, database)).await.unwrap();
    for (sample, action, task) in [
        ("hibernate.json", "hibernate", "Hibernate"),
        ("resume.json", "resume", "Resume"),
        ("suspend.json", "suspend", "Suspend"),
        ("unsuspend.json", "unsuspend", "Unsuspend"),
        ("upgrade.json", "upgrade", "Upgrade"),
    ] {
        let asked = samples.send(sample).await;
        assert_eq!((asked.status, &asked.body["action"]), (StatusCode::ACCEPTED, &json!(action)));
        assert_eq!(only(api.jobs().await), (task, created.body["uid"].clone()));
        end_operation(api, "my-test-shop").await;
    }

    let reveal = samples.send("reveal-credentials.json").await;
    assert_eq!((reveal.status, &reveal.body["action"]), (StatusCode::ACCEPTED, &json!("reveal-credentials")));
    assert_eq!(only(api.jobs().await), ("RevealCredentials", created.body["uid"].clone()));
    // The sweep then removes what was answered.
    answer(api, &reveal, "my-test-shop").await;

    let asked = samples.send("logs.json").await;
    assert_eq!((asked.status, &asked.body["component"]), (StatusCode::ACCEPTED, &json!("wordpress")));
    assert_eq!(only(api.jobs().await), ("Logs", created.body["uid"].clone()));
    logs::answer(api, &asked, "my-test-shop", Vec::new()).await;

    let deleted = samples.send("delete.json").await;
    assert_eq!((deleted.status, &deleted.body["status"]), (StatusCode::ACCEPTED, &json!("Deleting")));
    assert_eq!(only(api.jobs().await), ("Teardown", created.body["uid"].clone()));

    // A notice and a delivery that nobody was hinted at.
    something_to_deliver(api).await;
    assert_eq!(sweep(&samples, "schedule.json").await, Swept { sent: 3, hints: 2 }, "all are long overdue");
    assert_eq!(api.jobs().await.len(), 3);

    batches(&samples, "fan-out.json", "deliver.json").await;

    let page = samples.page("dashboard.json").await;
    assert_eq!((page.status_code, page.headers["x-content-type-options"].as_str()), (200, "nosniff"));

    let there: BTreeSet<_> = fs::read_dir(Samples::folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(samples.sent.into_inner(), there, "a sample that no test sends may be wrong");
}

/// What a runner leaves of a store that is made.
pub(crate) async fn ready(api: &Api, id: &str) {
    let claim = take(api, id).await;
    let ready = Provisioning::new().ready("http://my-test-shop.example".into(), api.now());
    api.fixture.table.commit(&claim, &ready, &[], api.now()).await.unwrap();
}

/// What a runner leaves of a store that is busy.
async fn end_operation(api: &Api, id: &str) {
    let claim = take(api, id).await;
    let store = api.fixture.table.store(&Slug::parse(id).unwrap()).await.unwrap().unwrap();
    let outcome = Outcome::Succeeded(OperationResult::Restarted(Vec::new()));
    let ends = store.with_operation().unwrap().end(End { at: api.now(), outcome });
    api.fixture.table.commit(&claim, &ends, &[], api.now()).await.unwrap();
}

pub(crate) async fn take(api: &Api, id: &str) -> Claim {
    let table = &api.fixture.table;
    let store = table.store(&Slug::parse(id).unwrap()).await.unwrap().unwrap();
    table.acquire_lease(&store, "runner-1", api.now(), Duration::from_secs(30)).await.unwrap().claim
}

/// What a runner leaves of a store that can't be made, once it has taken its namespace away.
pub(crate) async fn fail(api: &Api, id: &str) {
    let (table, now, claim) = (&api.fixture.table, api.now(), take(api, id).await);
    let failure = failure(Step::WaitMysql, Cleanup::Pending);
    let failed = Provisioning::new().fail(failure.clone());
    for transition in [failed, Failed::of(failure).cleaned_up()] {
        table.commit(&claim, &transition, &[], now).await.unwrap();
    }
}

/// What the functions of webhooks make of batches whose hints lead to nothing any more: nothing of them comes back.
async fn batches(samples: &Samples, notices: &str, deliveries: &str) {
    let batch = |file: &str| serde_json::from_str::<Batch>(&samples.read(file)).unwrap();
    let fixture = &samples.api.fixture;
    let rights = Rights::of_function("FanOutFunction");
    let (table, _) = rights.over(fixture, &fixture.queue);
    let clock = Clock::system();
    let fan_out = FanOut { table, deliveries: rights.queue(fixture, &fixture.deliveries()), clock };
    assert_eq!(fan_out.run(batch(notices)).await.failures(), 0);
    let rights = Rights::of_function("DeliverFunction");
    let (table, _) = rights.over(fixture, &fixture.queue);
    let deliverer = Deliverer {
        table,
        deliveries: rights.queue(fixture, &fixture.deliveries()),
        client: Client::new(Trust::in_roots(RootCertStore::empty()).unwrap(), Limits::default()),
        policy: Policy::default(),
        key: Arc::new(KeyStore::given(PLATFORM_KEY.to_owned().into())),
        api: "https://api.example".into(),
        clock: Clock::system(),
        metrics: Metrics::new("deliver", |_| {}),
    };
    assert_eq!(deliverer.run(&RequestId::of("r-1"), batch(deliveries)).await.failures(), 0);
}

/// A notice that is to be handed on, and a delivery that is to be tried.
async fn something_to_deliver(api: &Api) {
    api.fixture.hint_queues().await;
    let hook = json!({ "url": "https://example.com/", "events": ["*"] });
    let made = api.call(Method::POST, "/v1/webhooks", Some(&api.admin), Some(hook)).await;
    let id = made.body["id"].as_str().unwrap();
    let test = format!("/v1/webhooks/{id}/actions/test");
    let tested = api.call(Method::POST, &test, Some(&api.admin), None).await;
    assert_eq!(tested.status, StatusCode::ACCEPTED);
    api.fixture.ready_store().await;
}

/// Ten minutes later, what the function `sweep` does when the schedule calls it.
async fn sweep(samples: &Samples, file: &str) -> Swept {
    let event: Value = serde_json::from_str(&samples.read(file)).unwrap();
    assert_eq!((&event["detail-type"], &event["source"]), (&json!("Scheduled Event"), &json!("aws.events")));
    let Fixture { queue, .. } = &samples.api.fixture;
    let rights = Rights::of_function("SweepFunction");
    let (table, queue) = rights.over(&samples.api.fixture, queue);
    let later = samples.api.now().plus(Duration::from_secs(600));
    let metrics = Metrics::new("sweep", |_| {});
    let hints = HintQueues {
        notices: rights.queue(&samples.api.fixture, &samples.api.fixture.notices()),
        deliveries: rights.queue(&samples.api.fixture, &samples.api.fixture.deliveries()),
    };
    let sweeper = Sweeper { table, queue, hints, clock: Clock::of(move || later), metrics };
    let swept = sweeper.run(RequestId::of("r-1"), Duration::from_secs(60)).await.unwrap();
    assert_eq!(rights.unused(), []);
    swept
}

fn only(jobs: Vec<Job>) -> (&'static str, Value) {
    assert_eq!(jobs.len(), 1);
    (jobs[0].kind().name(), json!(jobs[0].store().unwrap().1))
}

fn ids(list: &Answer) -> Vec<&str> {
    assert_eq!(list.status, StatusCode::OK, "{}", list.body);
    list.body["items"].as_array().unwrap().iter().map(|store| store["id"].as_str().unwrap()).collect()
}
