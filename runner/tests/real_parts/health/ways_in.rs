//! What a sweep finds of what leads visitors to stores, in both kinds. A test plays the Gateway's controller.

use domain::{health::Assessment, store::Store};
use k8s_openapi::api::networking::v1::Ingress;
use kube::{
    Api,
    api::{DeleteParams, PostParams},
};
use runner::{health::HealthSweeper, resources::WayIn};

use super::{recorded, sweep, verdict};
use crate::{
    provisioning::routes::{self, ACCEPTED},
    support::{harness::Harness, ready_store::ready},
};

const MISSING: &str = "Neither an Ingress nor an HTTPRoute leads visitors to it (way_in_missing).";

fn ingresses(harness: &Harness, store: &Store) -> Api<Ingress> {
    Api::namespaced(harness.admin.clone(), &store.id.namespace())
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_ingress_that_somebody_deletes_is_missed_until_it_is_there_again() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let mut watch = HealthSweeper::new(&harness.runner);
    sweep(&mut watch).await;
    assert_eq!(verdict(&harness, &store).await, (Assessment::Healthy, String::new()));
    ingresses(&harness, &store).delete("wordpress", &DeleteParams::default()).await.unwrap();
    sweep(&mut watch).await;
    assert_eq!(verdict(&harness, &store).await, (Assessment::Down, MISSING.to_owned()));
    assert_eq!(
        recorded(&harness, &store).await,
        [format!("Its health went from Healthy to Down. {MISSING}")]
    );

    let way_in = harness.resources(&store).way_in;
    let Some(WayIn::Ingress(ingress)) = way_in else { panic!("stores have ingresses: {way_in:?}") };
    ingresses(&harness, &store).create(&PostParams::default(), &ingress).await.unwrap();
    sweep(&mut watch).await;
    assert_eq!(verdict(&harness, &store).await, (Assessment::Healthy, String::new()));
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_route_that_its_gateway_no_longer_takes_or_that_is_gone_is_reported_with_the_reason() {
    let harness = Harness::with(&routes::GATEWAY).await;
    let store = routes::ready(&harness).await;
    let mut watch = HealthSweeper::new(&harness.runner);
    sweep(&mut watch).await;
    assert_eq!(verdict(&harness, &store).await, (Assessment::Healthy, String::new()));

    let refused = [("Accepted", "False", "NotAllowedByListeners"), ACCEPTED[1]];
    routes::say(&harness, &store, refused).await;
    sweep(&mut watch).await;
    let why = "Its Gateway does not take its route (route_refused): NotAllowedByListeners: it says so.";
    assert_eq!(verdict(&harness, &store).await, (Assessment::Down, why.to_owned()));
    routes::say(&harness, &store, ACCEPTED).await;
    sweep(&mut watch).await;
    assert_eq!(verdict(&harness, &store).await.0, Assessment::Healthy);

    routes::of(&harness, &store).delete("wordpress", &DeleteParams::default()).await.unwrap();
    sweep(&mut watch).await;
    assert_eq!(verdict(&harness, &store).await, (Assessment::Down, MISSING.to_owned()));
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_still_has_the_other_kind_of_way_in_misses_none() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let changed = Harness::over(harness.fixture.clone(), &routes::GATEWAY).await;
    let mut watch = HealthSweeper::new(&changed.runner);
    sweep(&mut watch).await;
    assert_eq!(verdict(&harness, &store).await, (Assessment::Healthy, String::new()));
    harness.delete(&store).await;
}
