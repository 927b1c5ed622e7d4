//! What a sweep finds of what leads visitors to stores, in both kinds. A test plays the Gateway's controller.

use domain::{health::Assessment, store::Store};
use k8s_openapi::api::networking::v1::Ingress;
use kube::{
    Api,
    api::{DeleteParams, PostParams},
};
use runner::{health::HealthSweeper, resources::WayIn};

use super::{sweep, told, verdict};
use crate::{
    provisioning::routes::{self, ACCEPTED},
    support::{ready_store::ready, scene::Scene},
};

const MISSING: &str = "Neither an Ingress nor an HTTPRoute leads visitors to it (way_in_missing).";

fn ingresses(scene: &Scene, store: &Store) -> Api<Ingress> {
    Api::namespaced(scene.admin.clone(), &store.id.namespace())
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_ingress_that_somebody_deletes_is_missed_until_it_is_there_again() {
    let scene = Scene::new().await;
    let store = ready(&scene).await;
    let mut watch = HealthSweeper::new(&scene.runner);
    sweep(&mut watch).await;
    assert_eq!(verdict(&scene, &store).await, (Assessment::Healthy, String::new()));
    ingresses(&scene, &store).delete("wordpress", &DeleteParams::default()).await.unwrap();
    sweep(&mut watch).await;
    assert_eq!(verdict(&scene, &store).await, (Assessment::Down, MISSING.to_owned()));
    assert_eq!(told(&scene, &store).await, [format!("Its health went from Healthy to Down. {MISSING}")]);

    let way_in = scene.resources(&store).way_in;
    let Some(WayIn::Ingress(ingress)) = way_in else { panic!("stores have ingresses: {way_in:?}") };
    ingresses(&scene, &store).create(&PostParams::default(), &ingress).await.unwrap();
    sweep(&mut watch).await;
    assert_eq!(verdict(&scene, &store).await, (Assessment::Healthy, String::new()));
    scene.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_route_that_its_gateway_no_longer_takes_or_that_is_gone_is_told_with_the_reason() {
    let scene = Scene::with(&routes::GATEWAY).await;
    let store = routes::ready(&scene).await;
    let mut watch = HealthSweeper::new(&scene.runner);
    sweep(&mut watch).await;
    assert_eq!(verdict(&scene, &store).await, (Assessment::Healthy, String::new()));

    let refused = [("Accepted", "False", "NotAllowedByListeners"), ACCEPTED[1]];
    routes::say(&scene, &store, refused).await;
    sweep(&mut watch).await;
    let why = "Its Gateway does not take its route (route_refused): NotAllowedByListeners: it says so.";
    assert_eq!(verdict(&scene, &store).await, (Assessment::Down, why.to_owned()));
    routes::say(&scene, &store, ACCEPTED).await;
    sweep(&mut watch).await;
    assert_eq!(verdict(&scene, &store).await.0, Assessment::Healthy);

    routes::of(&scene, &store).delete("wordpress", &DeleteParams::default()).await.unwrap();
    sweep(&mut watch).await;
    assert_eq!(verdict(&scene, &store).await, (Assessment::Down, MISSING.to_owned()));
    scene.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_still_has_the_other_kind_of_way_in_misses_none() {
    let scene = Scene::new().await;
    let store = ready(&scene).await;
    let changed = Scene::over(scene.fixture.clone(), &routes::GATEWAY).await;
    let mut watch = HealthSweeper::new(&changed.runner);
    sweep(&mut watch).await;
    assert_eq!(verdict(&scene, &store).await, (Assessment::Healthy, String::new()));
    scene.delete(&store).await;
}
