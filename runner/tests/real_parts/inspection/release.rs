//! What a store is made of is the store's own.

use std::process::{Command, Output};

use domain::{
    operation::{ExclusiveRequest, Guard, RestartTarget},
    store::{Store, release::Release, status::Status},
    table::{Filter, MadeOf},
};
use runner::{inspect::diff::differences, resources::Blueprint};
use testkit::account::Account;

use crate::support::harness::Harness;

const NEWER: &str = "shopwright/store:newer";

/// `runner diff` of an operator whose setting is another image than the stores'.
fn diff(harness: &Harness, store: &Store) -> Output {
    Command::new(env!("CARGO_BIN_EXE_runner"))
        .args(["diff", store.id.as_str(), "--table-name", harness.fixture.table.name()])
        .env("KUBECONFIG", Account::Administrator.kubeconfig())
        .env("STORE_IMAGE", NEWER)
        .output()
        .unwrap()
}

/// As the record of a store is from before a release was written down.
async fn forget_release(harness: &Harness, store: &Store) {
    let fixture = &harness.fixture;
    let update = fixture.clients.dynamodb.update_item().table_name(fixture.table.name());
    let key = |name: &str| aws_sdk_dynamodb::types::AttributeValue::S(name.to_owned());
    let update = update.key("pk", key(&format!("STORE#{}", store.id))).key("sk", key("STORE"));
    update.update_expression("REMOVE #r").expression_attribute_names("#r", "release").send().await.unwrap();
    assert_eq!(harness.read(store).await.release, None);
}

async fn listed(harness: &Harness, made_of: MadeOf) -> Vec<String> {
    let filter = Filter { made_of: Some(made_of), ..Filter::default() };
    let page = harness.fixture.table.stores(&filter, 10, None).await.unwrap();
    page.items.into_iter().map(|store| store.id.to_string()).collect()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn another_setting_drifts_nobody_and_says_who_is_behind() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    harness.drive(&store).await.unwrap();
    let earlier = harness.runner.settings.release();
    let later = Harness::over(harness.fixture, &["--store-image", NEWER]).await;
    let today = later.runner.settings.release();
    assert_ne!(today, earlier);

    let up = later.read(&store).await;
    assert_eq!(up.release, Some(earlier.clone()));
    let blueprint = Blueprint::new(&up, later.runner.settings.clone());
    assert_eq!(differences(&later.admin, &blueprint).await.unwrap(), []);
    let printed = diff(&later, &up);
    assert_eq!((printed.status.code(), printed.stdout.len()), (Some(0), 0), "{printed:?}");

    assert!(later.runner.table.announce_release(&today).await.unwrap());
    assert!(!later.runner.table.announce_release(&today).await.unwrap(), "it is no news");
    assert_eq!(later.fixture.table.announced_release().await.unwrap(), Some(today.clone()));
    let new = later.fixture.store().await;
    later.drive(&new).await.unwrap();
    assert_eq!(listed(&later, MadeOf::Other(today.store.clone())).await, [up.id.to_string()]);
    assert_eq!(listed(&later, MadeOf::Image(today.store.clone())).await, [new.id.to_string()]);

    // A store from before that was written down counts as one that is behind until it is known; what runs is taken for it.
    forget_release(&later, &store).await;
    assert_eq!(listed(&later, MadeOf::Other(today.store)).await, [up.id.to_string()]);
    let printed = diff(&later, &up);
    assert_eq!((printed.status.code(), printed.stdout.len()), (Some(0), 0), "{printed:?}");
    let target = RestartTarget::Wordpress;
    let (asked, _) =
        later.fixture.request_operation(&up, ExclusiveRequest::Restart { target, guard: Guard::None }).await;
    later.drive(&asked).await.unwrap();
    assert_eq!(later.read(&store).await.release, Some(earlier));
    later.delete_all(&[up, new]).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_was_never_up_is_made_of_todays_when_it_is_tried_again() {
    let harness = Harness::with(&["--store-image", "chaos/image-pull:1"]).await;
    let store = harness.fixture.store().await;
    harness.drive(&store).await.unwrap();
    let failed = harness.read(&store).await;
    assert_eq!(failed.state.status(), Status::Failed);
    assert_eq!(failed.release, Some(harness.runner.settings.release()));

    let mended = Harness::over(harness.fixture, &[]).await;
    let again = mended.fixture.request_retry(&failed).await;
    assert_eq!(again.release, None::<Release>);
    mended.drive(&again).await.unwrap();
    mended.assert_ready(&store).await;
    assert_eq!(mended.read(&store).await.release, Some(mended.runner.settings.release()));
    mended.delete(&store).await;
}
