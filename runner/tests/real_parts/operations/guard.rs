//! What takes a shop from its customers waits for a quiet moment. A stand-in says what goes on in the shop.

use std::{env, fs, path::PathBuf, time::Duration};

use domain::{
    operation::{
        Activity, ExclusiveRequest, Guard, OperationResult, OperationStatus, PendingOperation, RestartTarget,
        Workload,
    },
    provisioning::{event::EventKind, failure::FailureCode},
    store::{Store, power::Power},
    values::timestamp::Timestamp,
};
use kube::api::{Patch, PatchParams};
use runner::reconcile::JobOutcome as Driven;
use serde_json::json;

use crate::{
    operations::power::{ingresses, result},
    support::{
        harness::Harness,
        ready_store::{deployments, failure, kept, operate, pods, ready},
    },
};

const LOOKS: [&str; 2] = ["--order-guard-look-seconds", "1"];
const NO_WAIT: [&str; 2] = ["--order-guard-wait-seconds", "0"];
const HIBERNATE: ExclusiveRequest = ExclusiveRequest::Hibernate { guard: Guard::Orders };
const BUSY: &str = r#"{"orders":2,"checkouts":1}"#;
const QUIET: &str = r#"{"orders":0,"checkouts":0}"#;

fn restart(guard: Guard) -> ExclusiveRequest {
    ExclusiveRequest::Restart { target: RestartTarget::Wordpress, guard }
}

fn restarted() -> OperationResult {
    OperationResult::Restarted(vec![Workload::Wordpress])
}

/// What the stand-in for the store's shop has under `name`.
fn stand_in(store: &Store, name: &str) -> PathBuf {
    let folder = env::var_os("WORDPRESS_STAND_IN").expect("this test needs the local stack");
    PathBuf::from(folder).join(format!("{}.store.127.0.0.1.nip.io.{name}", store.id))
}

fn says(store: &Store, activity: &str) {
    fs::write(stand_in(store, "activity"), activity).unwrap();
}

/// For how many seconds the shop was asked, each time that it was.
fn looks(store: &Store) -> Vec<String> {
    let looks = fs::read_to_string(stand_in(store, "looks")).unwrap_or_default();
    looks.lines().map(str::to_owned).collect()
}

/// The sentences of this kind in the store's timeline.
async fn messages_of(harness: &Harness, store: &Store, kind: EventKind) -> Vec<String> {
    let events = harness.events(store).await.into_iter();
    events.filter(|event| event.kind == kind).map(|event| event.message).collect()
}

async fn pending(harness: &Harness, store: &Store) -> PendingOperation {
    harness.read(store).await.operation.unwrap()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_busy_shop_stays_open_until_it_is_quiet_and_whichever_runner_comes_goes_on_with_the_wait() {
    let harness = Harness::with(&LOOKS).await;
    let store = ready(&harness).await;
    says(&store, BUSY);
    let before = pods(&harness, &store, "wordpress").await;
    let (asked, order) = harness.fixture.request_operation(&store, HIBERNATE).await;
    assert_eq!(harness.drive(&asked).await.unwrap(), Driven::Done);

    let waits = harness.read(&store).await;
    let waiting = waits.operation.as_ref().unwrap().waiting.unwrap();
    assert_eq!(waiting.activity(), Activity { orders: 2, checkouts: 1 });
    assert_eq!(waiting.until, order.requested.plus(Duration::from_secs(600)));
    assert_eq!((waits.lease.holder.as_ref(), waits.attempts), (None, 0), "a wait holds nothing");
    assert!(waits.due.is_some(), "should the next look's message be lost, a sweep finds it");
    let shown = kept(&harness, &store, &order).await;
    assert_eq!((shown.status(), shown.waiting), (OperationStatus::Pending, Some(waiting)));

    let other = Harness::over(harness.fixture.clone(), &LOOKS).await;
    assert_eq!(other.drive(&waits).await.unwrap(), Driven::Done);
    assert_eq!(pending(&harness, &store).await.waiting, Some(waiting), "it does not begin anew");
    assert_eq!(pods(&harness, &store, "wordpress").await, before);
    assert_eq!(ingresses(&harness, &store).await, 1, "customers still get in");
    let said = messages_of(&harness, &store, EventKind::OperationWaiting).await;
    let sentence = format!(
        "The hibernation of the store waits for a quiet moment until {}: the shop had 2 orders and 1 checkout in the last \
         120 s.",
        waiting.until
    );
    assert_eq!(said, [sentence], "once a wait, not once a look");

    says(&store, QUIET);
    assert_eq!(harness.drive(&waits).await.unwrap(), Driven::Done);
    let done = kept(&harness, &store, &order).await;
    assert_eq!(*result(&done), OperationResult::PowerChanged { power: Power::Hibernated });
    assert_eq!((done.waiting, looks(&store)), (None, vec!["120".to_owned(); 3]));
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_next_look_comes_by_itself() {
    let harness = Harness::with(&LOOKS).await;
    let store = ready(&harness).await;
    says(&store, BUSY);
    let (asked, _) = harness.fixture.request_operation(&store, HIBERNATE).await;
    assert_eq!(harness.drive(&asked).await.unwrap(), Driven::Done);
    let (wait, visibility) = (Duration::from_secs(10), Duration::from_secs(60));
    let received = harness.fixture.queue.receive(1, wait, visibility).await.unwrap().pop().unwrap();
    let job = received.job().unwrap();
    assert_eq!(job.store(), Some((&store.id, store.uid)));
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_shop_that_does_not_get_quiet_goes_on_as_it_was_and_an_operator_may_not_wait_for_it() {
    let harness = Harness::with(&NO_WAIT).await;
    let store = ready(&harness).await;
    says(&store, BUSY);
    let before = pods(&harness, &store, "wordpress").await;
    for request in [HIBERNATE, restart(Guard::Orders)] {
        let failed = operate(&harness, &store, request).await;
        let (code, message) = failure(&failed);
        assert_eq!(code, FailureCode::ShopBusy);
        assert_eq!(
            message,
            "The shop had 2 orders and 1 checkout in the last 120 s, and no quiet moment came within 0 s. Nothing was \
             changed. Ask for it again later, or with the guard none."
        );
        assert_eq!(harness.read(&store).await.state.power(), Some(Power::Running));
        assert_eq!(pods(&harness, &store, "wordpress").await, before);
    }
    let asked = looks(&store).len();
    let overridden = operate(&harness, &store, restart(Guard::None)).await;
    assert_eq!((result(&overridden), looks(&store).len()), (&restarted(), asked), "it was not asked");
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_shop_that_can_not_be_asked_holds_nothing_up_and_the_timeline_says_why() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    fs::write(stand_in(&store, "speechless"), "").unwrap();
    let done = operate(&harness, &store, restart(Guard::Orders)).await;
    assert_eq!(*result(&done), restarted());
    fs::remove_file(stand_in(&store, "speechless")).unwrap();
    says(&store, "PHP Warning: 7");
    operate(&harness, &store, restart(Guard::Orders)).await;
    let none = Patch::Merge(json!({ "spec": { "replicas": 0 } }));
    deployments(&harness, &store).patch("wordpress", &PatchParams::default(), &none).await.unwrap();
    harness.eventually(async || pods(&harness, &store, "wordpress").await.is_empty()).await;
    operate(&harness, &store, HIBERNATE).await;

    let said = messages_of(&harness, &store, EventKind::OperationUnguarded).await;
    let [failed, unreadable, down] = said.try_into().unwrap();
    assert!(
        failed.starts_with("The shop could not be asked for orders: `activity` in pod wordpress-"),
        "{failed}"
    );
    assert!(failed.contains("the database has gone away"), "{failed}");
    assert!(failed.ends_with("The restart of wordpress goes on without."), "{failed}");
    assert!(unreadable.contains("it answers what is no count of orders"), "{unreadable}");
    assert!(down.contains("none of its pods is ready"), "{down}");
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_has_begun_is_not_asked_about_again() {
    let harness = Harness::with(&NO_WAIT).await;
    let store = ready(&harness).await;
    says(&store, BUSY);
    let (asked, order) = harness.fixture.request_operation(&store, restart(Guard::Orders)).await;
    // What a runner leaves that died after its first write.
    let table = &harness.fixture.table;
    let dead = table.acquire_lease(&asked, "dead", Timestamp::now(), Duration::from_secs(30)).await.unwrap();
    let (_, begins) = dead.store.with_operation().unwrap().begin(Timestamp::now());
    table.commit(&dead.claim, &begins, &[], Timestamp::now()).await.unwrap();
    table.release_lease(&dead.claim, Timestamp::now()).await.unwrap();
    assert_eq!(harness.drive(&asked).await.unwrap(), Driven::Done);
    assert_eq!(*result(&kept(&harness, &store, &order).await), restarted());
    assert_eq!(looks(&store), [""; 0]);
    harness.delete(&store).await;
}
