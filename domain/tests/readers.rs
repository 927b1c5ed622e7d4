//! What `domain/TABLE.md` promises to those who read the table: its lines for the AWS command, each as it stands there,
//! and the attributes of each kind of item.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{collections::HashMap, process::Command, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    attention::Cause,
    health::{Assessment, AssessmentCounts, Health, HealthChange, Omitted},
    operation::{ExclusiveRequest, Guard, RestartTarget},
    provisioning::{event::Event, failure::Cleanup, step::Step},
    store::{Store, state::Provisioning},
    table::HealthSweepLease,
    values::timestamp::Timestamp,
};
use serde_json::Value;
use testkit::fixture::{Fixture, failure, named_store};

type Item = HashMap<String, AttributeValue>;

const PAGE: &str = include_str!("../TABLE.md");
const LEASE: Duration = Duration::from_secs(60);

/// Has `store` fail at its first step, with an event of that.
async fn fail(fixture: &Fixture, store: &Store) -> Store {
    let now = Timestamp::now();
    let taken = fixture.table.acquire_lease(store, "runner", now, LEASE).await.unwrap();
    let begins = Provisioning { step: None }.begin(Step::CreateNamespace);
    let events = [Event::started(Step::CreateNamespace, "It begins.")];
    fixture.table.commit(&taken.claim, &begins, &events, now).await.unwrap();
    let at_step = Provisioning { step: Some(Step::CreateNamespace) };
    let fails = at_step.fail(failure(Step::CreateNamespace, Cleanup::Done));
    fixture.table.commit(&taken.claim, &fails, &[], now).await.unwrap();
    fixture.read(store).await
}

/// The lines of the page that call `aws`.
fn lines() -> Vec<&'static str> {
    PAGE.lines().filter(|line| line.starts_with("aws ")).collect()
}

/// The words of `line` after `aws`, as a shell reads them for this table.
fn words(line: &str, table: &str) -> Vec<String> {
    let script = format!("set -eu\naws() {{ printf '%s\\0' \"$@\"; }}\n{line}");
    let run = Command::new("bash").args(["-c", &script]).env("TABLE_NAME", table).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let text = String::from_utf8(run.stdout).unwrap();
    text.split_terminator('\0').map(str::to_owned).collect()
}

fn attribute(value: &Value) -> AttributeValue {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    let value = value.as_str().unwrap().to_owned();
    match kind.as_str() {
        "S" => AttributeValue::S(value),
        "N" => AttributeValue::N(value),
        other => panic!("{other}"),
    }
}

/// What `line` answers: the call is made as its words say, and a word that is not known is a failure.
async fn answer(fixture: &Fixture, line: &str) -> Vec<Item> {
    let words = words(line, fixture.table.name());
    assert_eq!(words[..2], ["dynamodb", "query"]);
    let mut query = fixture.clients.dynamodb.query();
    for pair in words[2..].chunks(2) {
        let [option, value] = pair else { panic!("{line}: {pair:?}") };
        let object = || serde_json::from_str::<HashMap<String, Value>>(value).unwrap();
        query = match option.as_str() {
            "--table-name" => query.table_name(value),
            "--index-name" => query.index_name(value),
            "--key-condition-expression" => query.key_condition_expression(value),
            "--filter-expression" => query.filter_expression(value),
            "--expression-attribute-names" => object().iter().fold(query, |query, (name, of)| {
                query.expression_attribute_names(name, of.as_str().unwrap())
            }),
            "--expression-attribute-values" => object()
                .iter()
                .fold(query, |query, (name, of)| query.expression_attribute_values(name, attribute(of))),
            other => panic!("{line}: what is {other}?"),
        };
    }
    query.send().await.unwrap().items.unwrap_or_default()
}

fn texts(items: &[Item], attribute: &str) -> Vec<String> {
    items.iter().map(|item| item[attribute].as_s().unwrap().clone()).collect()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn each_line_of_the_page_answers_what_is_said_of_it() {
    let fixture = Fixture::new().await;
    let [failed, timeline, due] = lines()[..] else { panic!("{:?}", lines()) };
    let broken = fixture.create(&named_store("My Test Shop", "ada")).await;
    assert_eq!(answer(&fixture, failed).await, []);
    assert_eq!(
        answer(&fixture, due).await,
        [],
        "a job was sent, and nobody need look before a minute is over"
    );
    let broken = fail(&fixture, &broken).await;
    fixture.ready_store().await;
    assert_eq!(texts(&answer(&fixture, failed).await, "id"), [broken.id.as_str()]);
    let events = answer(&fixture, timeline).await;
    assert_eq!(texts(&events, "message"), ["It begins."]);

    let abandoned = fixture.create(&named_store("Abandoned", "ada")).await;
    let long_ago = AttributeValue::N("1000".into());
    fixture.set_attribute((&format!("STORE#{}", abandoned.id), "STORE"), "dueAt", long_ago).await;
    assert_eq!(texts(&answer(&fixture, due).await, "id"), [abandoned.id.as_str()]);
}

/// The rows of the page's first table: what is promised, by the beginning of the sort key.
fn promises() -> Vec<(&'static str, &'static str, Vec<&'static str>)> {
    let rows = PAGE.lines().skip_while(|line| !line.contains("promised attributes")).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let quoted = |cell: &'static str| cell.split('`').skip(1).step_by(2).collect::<Vec<_>>();
    rows.map(|row| {
        let cells: Vec<_> = row.split('|').collect();
        let sort = quoted(cells[3])[0];
        (cells[1].trim(), sort.split(['<', '#']).next().unwrap(), quoted(cells[4]))
    })
    .collect()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn each_item_has_the_attributes_that_are_promised_of_its_kind() {
    let fixture = Fixture::new().await;
    let (table, now) = (&fixture.table, Timestamp::now());
    fail(&fixture, &fixture.create(&named_store("My Test Shop", "ada")).await).await;
    let up = fixture.ready_store().await;
    let taken = table.claim_health_sweep("runner", now, LEASE, LEASE).await.unwrap();
    let HealthSweepLease::Claimed(claim) = taken else { panic!("{taken:?}") };
    let health = Health {
        assessment: Assessment::Down,
        reasons: vec!["There is no pod of mysql.".into()],
        pods: Vec::new(),
        volumes: Vec::new(),
        quota: Vec::new(),
        page_failure: None,
        mail: None,
        omitted: Omitted::default(),
    };
    let change = HealthChange::between(None, health, (&up.id, up.uid, &up.owner), now).unwrap();
    assert!(table.record_health(&claim, &[change]).await.unwrap().is_empty());
    let (_, counts) = table.fleet().await.unwrap();
    table
        .end_health_sweep(&claim, now, (&AssessmentCounts::default(), &counts), now.plus(LEASE))
        .await
        .unwrap();
    fixture
        .request_operation(&up, ExclusiveRequest::Restart { target: RestartTarget::All, guard: Guard::None })
        .await;
    let found = table.attention(None, true, 9, None, now).await.unwrap().items;
    let causes: Vec<_> = found.iter().map(|entry| entry.attention.cause).collect();
    assert!(causes.contains(&Cause::Failed) && causes.contains(&Cause::Down), "{causes:?}");

    let items = fixture.clients.dynamodb.scan().table_name(table.name()).send().await.unwrap().items.unwrap();
    let promises = promises();
    assert_eq!(promises.len(), 7, "{promises:?}");
    for (what, sort, attributes) in promises {
        let of_kind: Vec<_> =
            items.iter().filter(|item| item["sk"].as_s().unwrap().split('#').next() == Some(sort)).collect();
        assert!(!of_kind.is_empty() && !attributes.is_empty(), "{what}: {sort}");
        for item in of_kind {
            for attribute in &attributes {
                assert!(item.contains_key(*attribute), "{what} has no {attribute}: {item:?}");
            }
        }
    }
}
