//! A cluster in which nobody has installed the Gateway API, as many are that have an Ingress controller.

use std::sync::Arc;

use domain::{
    operation::{ExclusiveRequest, Guard, OperationResult, RestartTarget},
    store::power::Power,
    values::reason::Reason,
};
use kube::Client;
use runner::{cluster::client_builder, inspect::diff::differences, resources::Blueprint, settings::Routing};
use testkit::account::Account;

use super::power::{ingresses, result};
use crate::support::{
    harness::Harness,
    ready_store::{cluster, operate, ready},
};

/// The API server as it answers where the kinds of that API are unknown: the calls are for a version that it has none of.
async fn without_gateway_api(account: Account) -> Client {
    let other_version =
        tower::util::MapRequestLayer::new(|mut request: http::Request<kube::client::Body>| {
            let uri = request.uri().to_string();
            *request.uri_mut() = uri
                .replace("/gateway.networking.k8s.io/v1/", "/gateway.networking.k8s.io/v0/")
                .parse()
                .unwrap();
            request
        });
    client_builder(account.config().await).unwrap().with_layer(&other_version).build()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn where_nobody_has_installed_the_gateway_api_a_store_is_closed_and_opened_as_anywhere() {
    let mut harness = Harness::new().await;
    Arc::get_mut(&mut harness.runner).unwrap().client = without_gateway_api(Account::Runner).await;
    let store = ready(&harness).await;
    let suspend = ExclusiveRequest::Suspend { reason: Reason::parse("abuse").unwrap() };
    for (request, is_open) in [
        (ExclusiveRequest::Hibernate { guard: Guard::None }, false),
        (ExclusiveRequest::Resume, true),
        (suspend, false),
        (ExclusiveRequest::Unsuspend, true),
        (ExclusiveRequest::Restart { target: RestartTarget::All, guard: Guard::None }, true),
    ] {
        let operation = operate(&harness, &store, request).await;
        if let OperationResult::PowerChanged { power } = result(&operation) {
            assert_eq!(*power == Power::Running, is_open);
        }
        assert_eq!(ingresses(&harness, &store).await == 1, is_open, "{}", operation.request);
    }
    let cluster = cluster(&harness, &store);
    assert!(!cluster.has_way_in(&store.id.namespace(), Routing::Gateway).await.unwrap());
    let wanted = Blueprint::new(&store, harness.runner.settings.clone());
    let admin = without_gateway_api(Account::Administrator).await;
    assert!(differences(&admin, &wanted).await.unwrap().is_empty());
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_is_to_have_a_route_there_fails_with_what_is_missing() {
    let mut harness = Harness::with(&["--routing", "gateway", "--gateway-name", "local"]).await;
    Arc::get_mut(&mut harness.runner).unwrap().client = without_gateway_api(Account::Runner).await;
    let store = harness.fixture.store().await;
    harness.drive(&store).await.unwrap();
    let domain::store::state::State::Failed(failed) = harness.state(&store).await else { panic!("it is up") };
    let message = &failed.failure.message;
    assert!(message.contains("the cluster does not know HTTPRoute"), "{message}");
    harness.delete(&store).await;
}
