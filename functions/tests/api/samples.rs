//! The sample events in `events/`, as API Gateway and EventBridge send them: one story, told by all of them.

use std::{cell::RefCell, collections::BTreeSet, fs, path::Path, time::Duration};

use axum::http::{StatusCode, header};
use domain::{
    auth::principal::Role,
    lease::Claim,
    operation::{End, OperationResult, Outcome},
    provisioning::{failure::Cleanup, step::Step},
    queue::job::Job,
    store::{
        slug::Slug,
        state::{Failed, Provisioning},
    },
};
use functions::{
    auth::claims::ClaimSettings,
    clock::Clock,
    config::Settings,
    metrics::Metrics,
    request::id::RequestId,
    sweep::{Sweeper, Swept},
};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use testkit::{
    fixture::{Fixture, failure},
    rights::Rights,
};

use crate::api::{Answer, Api, assert_problem, often, token};
use crate::operations::{logs, read_only::tell};

/// What stands in the samples for a token, because no real one can.
const TOKEN: &str = "ADMIN_TOKEN";

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
        self.api.event(&serde_json::from_str(&event).unwrap()).await
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
    let reveal = samples.send("reveal-credentials.json").await;
    assert_eq!((reveal.status, &reveal.body["action"]), (StatusCode::ACCEPTED, &json!("reveal-credentials")));
    assert_eq!(only(api.jobs().await), ("RevealCredentials", created.body["uid"].clone()));
    // The sweep then removes what was told.
    tell(api, &reveal, "my-test-shop").await;

    let asked = samples.send("logs.json").await;
    assert_eq!((asked.status, &asked.body["component"]), (StatusCode::ACCEPTED, &json!("wordpress")));
    assert_eq!(only(api.jobs().await), ("Logs", created.body["uid"].clone()));
    logs::tell(api, &asked, "my-test-shop", Vec::new()).await;

    let deleted = samples.send("delete.json").await;
    assert_eq!((deleted.status, &deleted.body["status"]), (StatusCode::ACCEPTED, &json!("Deleting")));
    assert_eq!(only(api.jobs().await), ("Teardown", created.body["uid"].clone()));

    assert_eq!(sweep(&samples, "schedule.json").await, Swept { sent: 3 }, "all are long overdue");
    assert_eq!(api.jobs().await.len(), 3);

    let there: BTreeSet<_> = fs::read_dir(Samples::folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(samples.sent.into_inner(), there, "a sample that no test sends may be wrong");
}

/// What a runner leaves of a store that is made.
async fn ready(api: &Api, id: &str) {
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

async fn take(api: &Api, id: &str) -> Claim {
    let table = &api.fixture.table;
    let store = table.store(&Slug::parse(id).unwrap()).await.unwrap().unwrap();
    table.take_lease(&store, "runner-1", api.now(), Duration::from_secs(30)).await.unwrap().claim
}

/// What a runner leaves of a store that can't be made, once it has taken its namespace away.
async fn fail(api: &Api, id: &str) {
    let (table, now, claim) = (&api.fixture.table, api.now(), take(api, id).await);
    let failure = failure(Step::WaitMysql, Cleanup::Pending);
    let failed = Provisioning::new().fail(failure.clone());
    for transition in [failed, Failed { failure }.cleaned_up()] {
        table.commit(&claim, &transition, &[], now).await.unwrap();
    }
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
    let sweeper = Sweeper { table, queue, clock: Clock::of(move || later), metrics };
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
