//! Webhooks in the table: what is written in which transaction, to whom, and what it costs.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use domain::{
    audit::{Actor, WebhookAction},
    auth::principal_name::PrincipalName,
    health::{Assessment, Health, HealthChange, Omitted},
    idempotency::{IdempotencyKey, KeyedRequest},
    operation::{
        End, ExclusiveRequest, Guard, OperationKind, OperationResult, Outcome, ReadOnlyRequest,
        RestartTarget,
        logs::{Component, LogQuery, Tail},
    },
    provisioning::{event::Event, step::Step},
    store::{
        Store,
        state::{Deleting, Provisioning},
    },
    table::{
        ClaimedDelivery, EndpointChange, EndpointError, HealthSweepLease, MOST_ENDPOINTS, NewEndpoint, Table,
    },
    values::{digest::Digest, reason::Reason, timestamp::Timestamp},
    webhook::{
        delivery::{Delivery, DeliveryState, Try},
        endpoint::{DisabledReason, Endpoint, EndpointState, Reception, Scope},
        event_type::EventType,
        notice::{Notice, NoticeSubject},
        occurrence::Occurrence,
        retry::Jitter,
    },
};
use testkit::{
    fixture::{Fixture, actor},
    meter::Meter,
};

const LEASE: Duration = Duration::from_secs(30);

fn scope(owner: &str) -> Scope {
    Scope::Owner(PrincipalName::parse(owner).unwrap())
}

fn endpoint(scope: Scope) -> Endpoint {
    let all = vec!["*".parse().unwrap()].try_into().unwrap();
    Endpoint::new(scope, "https://receiver.example/".into(), all, None, Timestamp::now())
}

async fn listen(table: &Table, scope: Scope) -> Result<Endpoint, EndpointError> {
    let (actor, endpoint) = (actor("ada"), endpoint(scope));
    let new = NewEndpoint { endpoint, actor: &actor, keyed: None };
    table.create_endpoint(new).await.map(|made| made.endpoint)
}

async fn recorded(table: &Table, owner: &str) -> Vec<Notice> {
    table.notices(&scope(owner), Timestamp::epoch(), 100, None).await.unwrap()
}

fn types(notices: &[Notice]) -> Vec<EventType> {
    notices.iter().map(|notice| notice.occurrence.event_type()).collect()
}

fn sequences(notices: &[Notice]) -> Vec<u64> {
    let of = |notice: &Notice| match notice.subject {
        NoticeSubject::Store { sequence, .. } => sequence,
        NoticeSubject::Webhook { .. } => panic!("{notice:?}"),
    };
    notices.iter().map(of).collect()
}

/// Brings a new store of `ada`'s up in ten steps, as a runner does.
async fn provision(fixture: &Fixture) -> Store {
    let (store, now) = (fixture.store().await, Timestamp::now());
    let claim = fixture.table.acquire_lease(&store, "runner", now, LEASE).await.unwrap().claim;
    let mut state = Provisioning::new();
    for step in Step::PROVISIONING {
        let events = [Event::started(step, "It begins.")];
        fixture.table.commit(&claim, &state.begin(step), &events, now).await.unwrap();
        state = Provisioning { step: Some(step) };
    }
    let ready = state.ready("https://my-shop.example".into(), now);
    fixture.table.commit(&claim, &ready, &[Event::ready("https://my-shop.example")], now).await.unwrap();
    fixture.read(&store).await
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn where_nobody_listens_nothing_more_is_written() {
    let (meter, fixture) = Meter::over(&Fixture::new().await);
    let units = async || {
        let _ = meter.take();
        let _ = fixture.store().await;
        let create = meter.take();
        let _ = provision(&fixture).await;
        let both = meter.take();
        println!("read units: {} of a create, {} of a provisioning", create.read, both.read - create.read);
        (create.write, both.write - create.write)
    };
    let silent = units().await;
    listen(&fixture.table, scope("eve")).await.unwrap();
    assert_eq!(units().await, silent, "somebody else's endpoint");
    listen(&fixture.table, scope("ada")).await.unwrap();
    let heard = units().await;
    println!(
        "write units of a create and of a provisioning: {silent:?} without an endpoint, {heard:?} with one"
    );
    assert_eq!(heard.0, silent.0, "a create emits nothing");
    assert!(heard.1 > silent.1);
    // Before there were webhooks it was this much, which is what it may cost and one more.
    assert!(silent.1 <= UNITS_OF_A_PROVISIONING + 1.0, "{silent:?}");
    assert_eq!(silent.0, UNITS_OF_A_CREATE);
}

/// What a create costs without webhooks, in write units.
const UNITS_OF_A_CREATE: f64 = 14.0;
/// What the provisioning above costs without webhooks, in write units.
const UNITS_OF_A_PROVISIONING: f64 = 115.0;

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn each_change_is_reported_once_with_a_number_to_whom_it_concerns() {
    let fixture = Fixture::new().await;
    let table = &fixture.table;
    let before = provision(&fixture).await;
    listen(table, scope("ada")).await.unwrap();
    let store = provision(&fixture).await;
    let (_, asked) = fixture
        .request_operation(
            &store,
            ExclusiveRequest::Restart { target: RestartTarget::All, guard: Guard::None },
        )
        .await;
    // A deletion in the middle ends it.
    let deleting = fixture.request_deletion(&store).await;
    let now = Timestamp::now();
    let claim = table.acquire_lease(&deleting, "runner", now, LEASE).await.unwrap().claim;
    let gone = Deleting { at: now }.gone(now);
    table.commit(&claim, &gone, &[Event::deleted()], now).await.unwrap();
    assert!(table.commit(&claim, &gone, &[Event::deleted()], now).await.is_err(), "it is emitted once");

    let notices = recorded(table, "ada").await;
    assert_eq!(
        types(&notices),
        [EventType::StoreReady, EventType::OperationFailed, EventType::StoreDeleted],
        "and nothing of {}, which was ready before anybody listened",
        before.id
    );
    assert_eq!(sequences(&notices), [1, 2, 3]);
    let text = serde_json::to_string(&notices[1].occurrence).unwrap();
    assert!(text.contains(&asked.id.to_string()), "{text}");
    assert_eq!(recorded(table, "eve").await, []);
    let overdue = table.overdue_notices(Timestamp::now()).await.unwrap();
    assert_eq!(overdue.len(), 3, "each is due until it was handed on");
    table.handed_on(&overdue[0].key, now).await.unwrap();
    assert!(!table.notice(&overdue[0].key).await.unwrap().unwrap().1);
    assert_eq!(table.overdue_notices(Timestamp::now()).await.unwrap().len(), 2);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_a_read_only_operation_and_a_health_sweep_come_to_is_reported_in_one_row_with_the_rest() {
    let fixture = Fixture::new().await;
    let table = &fixture.table;
    listen(table, Scope::All).await.unwrap();
    let store = provision(&fixture).await;
    let now = Timestamp::now();
    let HealthSweepLease::Claimed(claim) =
        table.claim_health_sweep("runner", now, LEASE, LEASE).await.unwrap()
    else {
        panic!("nobody else sweeps");
    };
    let seen = Health {
        assessment: Assessment::Down,
        reasons: Vec::new(),
        pods: Vec::new(),
        volumes: Vec::new(),
        quota: Vec::new(),
        page_failure: None,
        mail: None,
        omitted: Omitted::default(),
    };
    let change =
        HealthChange::between(None, seen.clone(), (&store.id, store.uid, &store.owner), now).unwrap();
    assert!(table.record_health(&claim, &[change]).await.unwrap().is_empty());
    let logs = LogQuery { component: Component::Mysql, tail: Tail::default(), since: None, previous: false };
    let key = fixture.request_read_only(&store, ReadOnlyRequest::Logs(logs)).await;
    let taken = table.claim_operation(&key, "runner", now, LEASE).await.unwrap();
    let failure = domain::operation::OperationFailure::cut_off();
    table.end_operation(&taken.claim, taken.operation, Err(failure), now).await.unwrap();
    let notices = recorded(table, "ada").await;
    let expected = [EventType::StoreReady, EventType::StoreHealthChanged, EventType::OperationFailed];
    assert_eq!(types(&notices), expected);
    assert_eq!(sequences(&notices), [1, 2, 3]);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn of_many_stores_that_go_down_at_once_each_is_reported_and_listed() {
    let fixture = Fixture::new().await;
    let (table, now) = (&fixture.table, Timestamp::now());
    listen(table, Scope::All).await.unwrap();
    let HealthSweepLease::Claimed(claim) =
        table.claim_health_sweep("runner", now, LEASE, LEASE).await.unwrap()
    else {
        panic!("nobody else sweeps");
    };
    let mut changes = Vec::new();
    // More than one transaction takes, of which each must have room for all that one change writes.
    for _ in 0..20 {
        let Store { id, uid, owner, .. } = fixture.ready_store().await;
        let (assessment, reasons) = (Assessment::Down, vec!["There is no pod of mysql.".to_owned()]);
        let (pods, volumes, quota) = (Vec::new(), Vec::new(), Vec::new());
        let seen = Health {
            assessment,
            reasons,
            pods,
            volumes,
            quota,
            page_failure: None,
            mail: None,
            omitted: Omitted::default(),
        };
        changes.push(HealthChange::between(None, seen, (&id, uid, &owner), now).unwrap());
    }
    let left_out = table.record_health(&claim, &changes).await.unwrap();
    assert!(left_out.is_empty(), "{left_out:?}");
    let listed = table.attention(None, false, 100, None, now).await.unwrap();
    assert_eq!(listed.items.len(), changes.len());
    for change in &changes {
        let recorded = table.notices(&scope(&change.owner), Timestamp::epoch(), 100, None).await.unwrap();
        let of_it = recorded.iter().filter(|notice| {
            matches!(&notice.subject, NoticeSubject::Store { store, .. } if *store == change.id)
                && notice.occurrence.event_type() == EventType::StoreHealthChanged
        });
        assert_eq!(of_it.count(), 1, "{}", change.id);
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn whatever_a_store_is_made_to_do_is_reported_under_its_name() {
    let fixture = Fixture::new().await;
    let table = &fixture.table;
    listen(table, scope("ada")).await.unwrap();
    let store = provision(&fixture).await;
    // What puts it to sleep and what wakes it change no status, and are emitted as all others are.
    let requests = [
        ExclusiveRequest::Restart { target: RestartTarget::All, guard: Guard::None },
        ExclusiveRequest::ResetPassword,
        ExclusiveRequest::Hibernate { guard: Guard::None },
        ExclusiveRequest::Resume,
        ExclusiveRequest::Suspend { reason: Reason::parse("Spam").unwrap() },
        ExclusiveRequest::Unsuspend,
    ];
    let mut expected = Vec::new();
    for request in requests {
        let action = OperationKind::from(request.kind()).row().name.to_owned();
        let (busy, asked) = fixture.request_operation(&store, request).await;
        let now = Timestamp::now();
        let claim = table.acquire_lease(&busy, "runner", now, LEASE).await.unwrap().claim;
        let outcome = Outcome::Succeeded(OperationResult::Restarted(Vec::new()));
        let ends = fixture.read(&store).await.with_operation().unwrap().end(End { at: now, outcome });
        table.commit(&claim, &ends, &[], now).await.unwrap();
        expected.push(Occurrence::OperationSucceeded { operation: asked.id, action });
    }
    let recorded: Vec<_> = recorded(table, "ada").await.into_iter().map(|notice| notice.occurrence).collect();
    assert_eq!(recorded[1..], expected);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn ten_endpoints_listen_to_an_owner_and_a_key_makes_one_once() {
    let fixture = Fixture::new().await;
    let (table, ada) = (&fixture.table, actor("ada"));
    let keyed = KeyedRequest {
        principal: ada.principal.name.clone(),
        key: IdempotencyKey::parse(b"k").unwrap(),
        digest: Digest::of(b"r"),
    };
    let create = async || {
        let new = NewEndpoint { endpoint: endpoint(scope("ada")), actor: &ada, keyed: Some(&keyed) };
        table.create_endpoint(new).await.unwrap()
    };
    let (first, again) = (create().await, create().await);
    assert_eq!((&first.endpoint, first.is_replay), (&again.endpoint, false));
    assert!(again.is_replay);
    let many: Vec<_> = (1..20)
        .map(|_| {
            let table = table.clone();
            tokio::spawn(async move { listen(&table, scope("ada")).await })
        })
        .collect();
    let mut made = 0;
    for one in many {
        made += usize::from(one.await.unwrap().is_ok());
    }
    assert_eq!(made, MOST_ENDPOINTS - 1);
    assert!(matches!(listen(table, scope("ada")).await, Err(EndpointError::TooMany)));
    listen(table, scope("eve")).await.unwrap();
    let page = table.endpoint_page(100, None).await.unwrap();
    assert_eq!(page.items.len(), MOST_ENDPOINTS + 1);

    let change =
        |action| EndpointChange { actor: &ada, now: Timestamp::now(), action, expected: None, keyed: None };
    let now = Timestamp::now();
    let id = first.endpoint.id;
    let deleted =
        table.change_endpoint(id, change(WebhookAction::Delete), |found| found.delete(now)).await.unwrap();
    assert_eq!(deleted.endpoint.url, "", "where it was may be a secret");
    assert_eq!(table.endpoints_of(&scope("ada")).await.unwrap().len(), MOST_ENDPOINTS - 1);
    let twice = table.change_endpoint(id, change(WebhookAction::Delete), |found| found.delete(now)).await;
    assert!(matches!(twice, Err(EndpointError::NotFound(_))));
    listen(table, scope("ada")).await.unwrap();
    for subject in table.audited().await.unwrap() {
        let checked = table.check_audit(&subject, now).await.unwrap().unwrap();
        assert_eq!(checked.fault, None, "{subject}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_delivery_is_made_once_and_tried_by_one_at_a_time() {
    let fixture = Fixture::new().await;
    let table = &fixture.table;
    let listener = listen(table, scope("ada")).await.unwrap();
    provision(&fixture).await;
    let notice = recorded(table, "ada").await.remove(0);
    let now = Timestamp::now();
    let delivery = Delivery::new(listener.id, notice.id, notice.occurrence.event_type(), now);
    assert!(table.create_delivery(&delivery, &notice).await.unwrap());
    assert!(!table.create_delivery(&delivery, &notice).await.unwrap(), "a double makes nothing new");

    let claim = async |now| table.claim_delivery(listener.id, notice.id, 4, now, LEASE).await.unwrap();
    let ClaimedDelivery::Claimed(stored, first) = claim(now).await else { panic!("it is due") };
    assert_eq!((&stored.delivery, &stored.notice), (&delivery, &notice));
    assert!(matches!(claim(now).await, ClaimedDelivery::Taken));
    // Whoever took it is gone: somebody else takes it up, and the first comes too late.
    let later = now.plus(LEASE);
    let ClaimedDelivery::Claimed(_, second) = claim(later).await else { panic!("the claim has ended") };
    let failed = Try::answered(later, Duration::from_secs(1), 500, "no");
    let tried = delivery.clone().tried(failed, None, Jitter::NONE);
    assert!(!table.delivery_tried(&tried, &first).await.unwrap());
    assert!(table.delivery_tried(&tried, &second).await.unwrap());
    let DeliveryState::Due { at } = tried.state else { panic!("it is tried again") };
    assert!(matches!(claim(later).await, ClaimedDelivery::NotYet { at: due } if due == at));
    assert_eq!(table.overdue_deliveries(later, 10).await.unwrap(), []);
    assert_eq!(table.overdue_deliveries(at, 10).await.unwrap().len(), 1);

    let ClaimedDelivery::Claimed(_, third) = claim(at).await else { panic!("it is due") };
    let received = tried.tried(Try::answered(at, Duration::ZERO, 204, ""), None, Jitter::NONE);
    assert!(table.delivery_tried(&received, &third).await.unwrap());
    assert!(matches!(claim(at.plus(LEASE)).await, ClaimedDelivery::NothingToDo));
    let page = table.delivery_page(listener.id, 10, None, at).await.unwrap();
    assert_eq!(page.items[0].delivery, received);
    assert_eq!(table.delivery_page(listener.id, 10, None, received.expires()).await.unwrap().items, []);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_endpoint_has_few_calls_to_answer_at_once() {
    let fixture = Fixture::new().await;
    let table = &fixture.table;
    let (slow, other) =
        (listen(table, scope("ada")).await.unwrap(), listen(table, scope("ada")).await.unwrap());
    provision(&fixture).await;
    let recorded = recorded(table, "ada").await.remove(0);
    let now = Timestamp::now();
    let mut claimed = Vec::new();
    for _ in 0..6 {
        let notice = Notice { id: uuid::Uuid::now_v7(), ..recorded.clone() };
        let delivery = Delivery::new(slow.id, notice.id, EventType::StoreReady, now);
        table.create_delivery(&delivery, &notice).await.unwrap();
        claimed.push((table.claim_delivery(slow.id, notice.id, 4, now, LEASE).await.unwrap(), delivery));
    }
    let is_claimed = |claimed: &ClaimedDelivery| matches!(claimed, ClaimedDelivery::Claimed(..));
    assert_eq!(claimed.iter().filter(|(claimed, _)| is_claimed(claimed)).count(), 4);
    let (ClaimedDelivery::Busy { delivery: waits, due }, _) = &claimed[5] else { panic!("it has enough") };
    assert_eq!(*due, now);
    // Who waits has a hint of its own for that: the sweep sends no other one meanwhile.
    let overdue = async |now| table.overdue_deliveries(now, 10).await.unwrap().len();
    assert_eq!(overdue(now).await, 2);
    table.delivery_waits(waits, now, now.plus(LEASE)).await.unwrap();
    assert_eq!((overdue(now).await, overdue(now.plus(LEASE - Duration::from_secs(1))).await), (1, 1));
    let delivery = Delivery::new(other.id, recorded.id, EventType::StoreReady, now);
    table.create_delivery(&delivery, &recorded).await.unwrap();
    assert!(is_claimed(&table.claim_delivery(other.id, recorded.id, 1, now, LEASE).await.unwrap()));

    let (ClaimedDelivery::Claimed(_, claim), delivery) = &claimed[0] else { panic!("the first is claimed") };
    let received = delivery.clone().tried(Try::answered(now, Duration::ZERO, 200, ""), None, Jitter::NONE);
    table.delivery_tried(&received, claim).await.unwrap();
    let waiting = claimed[5].1.notice;
    assert!(is_claimed(&table.claim_delivery(slow.id, waiting, 4, now, LEASE).await.unwrap()));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn who_is_gone_is_disabled_and_the_others_get_notices_of_it_and_of_its_return() {
    let fixture = Fixture::new().await;
    let table = &fixture.table;
    let gone = listen(table, scope("ada")).await.unwrap();
    let other = listen(table, scope("ada")).await.unwrap();
    let (platform, now): (Actor, _) = (actor("platform"), Timestamp::now());
    let tried = async |reception| table.endpoint_tried(gone.id, reception, &platform, now).await.unwrap();
    assert_eq!(tried(Reception::Received).await.version, gone.version, "no news is not written");
    let disabled = tried(Reception::Gone).await;
    assert_eq!(disabled.state, EndpointState::Disabled { at: now, reason: DisabledReason::Gone });
    tried(Reception::Gone).await;
    let ada = actor("ada");
    let action = WebhookAction::Enable;
    let change = EndpointChange { actor: &ada, now, action, expected: None, keyed: None };
    table.change_endpoint(gone.id, change, Endpoint::enable).await.unwrap();
    tried(Reception::Received).await;
    tried(Reception::Received).await;
    let notices = recorded(table, "ada").await;
    assert_eq!(types(&notices), [EventType::WebhookDisabled, EventType::WebhookRecovered]);
    for notice in &notices {
        assert!(notice.concerns(&other) && !notice.concerns(&gone));
    }
    for subject in table.audited().await.unwrap() {
        assert_eq!(table.check_audit(&subject, now).await.unwrap().unwrap().fault, None, "{subject}");
    }
}
