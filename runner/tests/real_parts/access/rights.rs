//! The runner's rights, which its chart grants: what it uses, and no others.

use std::{collections::BTreeSet, time::Duration};

use domain::{
    operation::{
        ExclusiveRequest, Guard, OperationStatus, RestartTarget,
        logs::{Component, LogExcerpt, LogQuery},
    },
    store::{Store, release::image::Image, status::Status},
    values::timestamp::Timestamp,
};
use k8s_openapi::{
    NamespaceResourceScope,
    api::{
        authorization::v1::{SelfSubjectRulesReview, SelfSubjectRulesReviewSpec},
        core::v1::{Namespace, Service},
    },
};
use kube::{
    Api, Resource, ResourceExt as _,
    api::{DeleteParams, PostParams},
};
use runner::{
    cluster::Object,
    health::HealthSweeper,
    loops::orphans::OrphanScan,
    resources::{Blueprint, CredentialObjects, StoreResources, WayIn, WorkloadObjects},
};
use serde_json::json;
use testkit::wait;
use uuid::Uuid;

use crate::{
    provisioning::certificates,
    provisioning::external_secrets,
    provisioning::routes,
    support::{
        audit_log::{Request, Right, requests_of},
        harness::{Harness, generated},
        ready_store::{cluster, operate, ready},
    },
};

/// What every account may ask about itself, by Kubernetes' own `system:basic-user`.
const SELF_REVIEWS: [&str; 2] = ["authentication.k8s.io", "authorization.k8s.io"];

/// What only API servers ask for that are newer than this one: the right to open a WebSocket to a command.
const OF_NEWER_SERVERS: [&str; 1] = ["create pods/exec"];

/// How long after its answer a request may come into the log, and a policy into force.
const PATIENCE: Duration = Duration::from_secs(10);

/// A life of a runner with all that it ever asks of the API server. What is new in it belongs here.
async fn live(harness: &Harness) {
    Box::pin(make_on_the_remains_of_another(harness)).await;
    Box::pin(have_secrets_made(harness)).await;
    Box::pin(have_a_certificate_issued(harness)).await;
    Box::pin(have_a_route_accepted(harness)).await;
    operate_on_one(harness).await;
    fail(harness).await;
    look_for_orphans(harness).await;
    HealthSweeper::new(&harness.runner).sweep(Timestamp::now()).await.unwrap();
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn every_right_is_used_and_none_is_missed() {
    let harness = Harness::new().await;
    Box::pin(live(&harness)).await;

    let granted = granted(&harness).await;
    let mut ticks = tokio::time::interval(Duration::from_millis(50));
    let logged = async {
        while used(&harness) != granted {
            ticks.tick().await;
        }
    };
    // Should they never be the same, what follows says why.
    let _ = tokio::time::timeout(PATIENCE, logged).await;
    let requests = requests_of(harness.agent());
    let refused = requests.iter().filter(|request| request.refused).map(|request| request.right.to_string());
    assert_eq!(refused.collect::<BTreeSet<_>>(), BTreeSet::new(), "asked for, and not granted");
    let unused: Vec<_> = granted.difference(&used(&harness)).map(Right::to_string).collect();
    assert_eq!(unused, Vec::<String>::new(), "granted, and never used");
}

/// Makes a store in whose namespace each object of an earlier incarnation lies, and takes it away.
async fn make_on_the_remains_of_another(harness: &Harness) {
    let store = harness.fixture.store().await;
    harness.own_namespace(&store).await;
    let earlier = Store { uid: Uuid::now_v7(), ..store.clone() };
    let StoreResources {
        namespace: _,
        network_policies,
        resource_quota,
        limit_range,
        credentials,
        mysql,
        setup_job,
        wordpress,
        way_in,
    } = harness.resources(&earlier);
    for policy in &network_policies {
        leave(harness, policy).await;
    }
    leave(harness, &resource_quota).await;
    leave(harness, &limit_range).await;
    for secret in generated(credentials) {
        leave(harness, &secret).await;
    }
    for WorkloadObjects { volume_claim, deployment, service } in [&mysql, &wordpress] {
        leave(harness, volume_claim).await;
        leave(harness, deployment).await;
        leave(harness, service).await;
    }
    leave(harness, &setup_job).await;
    match &way_in {
        Some(WayIn::Ingress(ingress)) => leave(harness, ingress.as_ref()).await,
        Some(WayIn::Route(route)) => leave(harness, route.as_ref()).await,
        None => panic!("it has a way in"),
    }

    harness.drive(&store).await.unwrap();
    harness.assert_ready(&store).await;
    harness.delete(&store).await;
    assert_eq!(harness.state(&store).await.status(), Status::Deleted);
}

/// Makes a store with a route, in whose namespace that of an earlier incarnation lies, and has it go to another Gateway.
async fn have_a_route_accepted(harness: &Harness) {
    let harness = Harness::over(harness.fixture.clone(), &["--routing", "gateway"]).await;
    let store = harness.fixture.store().await;
    harness.own_namespace(&store).await;
    let earlier = Store { uid: Uuid::now_v7(), ..store.clone() };
    let Some(WayIn::Route(route)) = harness.resources(&earlier).way_in else { panic!("stores have routes") };
    leave(&harness, route.as_ref()).await;
    let (driven, ()) = tokio::join!(harness.drive(&store), routes::accept(&harness, &store));
    driven.unwrap();
    assert_eq!(harness.state(&store).await.status(), Status::Ready);
    let flags = ["--routing", "gateway", "--gateway-name", "second", "--ingress-namespace", "elsewhere"];
    let elsewhere = Harness::over(harness.fixture.clone(), &flags).await;
    let store = harness.read(&store).await;
    let Some(WayIn::Route(route)) = elsewhere.resources(&store).way_in else { panic!("stores have routes") };
    cluster(&harness, &store).keep_gateway(&store.id.namespace(), &route).await.unwrap();
    let entry = Blueprint::new(&store, elsewhere.runner.settings.clone()).entry();
    cluster(&harness, &store).let_in_only(&entry).await.unwrap();
    harness.delete(&store).await;
}

/// Has external-secrets make a store's secrets, where an earlier incarnation had asked for its own.
async fn have_secrets_made(harness: &Harness) {
    let harness = Harness::over(harness.fixture.clone(), &["--secrets", "external"]).await;
    let store = harness.fixture.store().await;
    harness.own_namespace(&store).await;
    let earlier = Store { uid: Uuid::now_v7(), ..store.clone() };
    let CredentialObjects::External(secrets) = harness.resources(&earlier).credentials else {
        panic!("they are from outside")
    };
    for secret in &secrets {
        leave(&harness, secret).await;
    }
    let made = external_secrets::fetch(&harness, &store);
    let (driven, ()) = tokio::join!(harness.drive(&store), made);
    driven.unwrap();
    harness.delete(&store).await;
}

/// Makes a store that is opened once cert-manager has issued its certificate, and looks how it does.
async fn have_a_certificate_issued(harness: &Harness) {
    let harness =
        Harness::over(harness.fixture.clone(), &["--tls", "issuer", "--certificate-required"]).await;
    let store = harness.fixture.store().await;
    let (driven, ()) = tokio::join!(harness.drive(&store), certificates::issue(&harness, &store));
    driven.unwrap();
    let mut watch = HealthSweeper::new(&harness.runner);
    watch.sweep(Timestamp::now()).await.unwrap();
    watch.release().await;
    harness.delete(&store).await;
}

async fn leave<K>(harness: &Harness, object: &K)
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
{
    let api: Api<K> = Api::namespaced(harness.admin.clone(), &object.namespace().unwrap());
    api.create(&PostParams::default(), object).await.unwrap();
}

/// Does to a store that is up what can be asked for.
async fn operate_on_one(harness: &Harness) {
    let store = ready(harness).await;
    let restarted = operate(
        harness,
        &store,
        ExclusiveRequest::Restart { target: RestartTarget::All, guard: Guard::None },
    )
    .await;
    assert_eq!(restarted.status(), OperationStatus::Succeeded);
    let reset = operate(harness, &store, ExclusiveRequest::ResetPassword).await;
    assert_eq!(reset.status(), OperationStatus::Succeeded);
    let image = Image::from_record("shopwright/store:newer");
    let upgraded = operate(harness, &store, ExclusiveRequest::Upgrade { image, guard: Guard::None }).await;
    assert_eq!(upgraded.status(), OperationStatus::Succeeded);
    let query = LogQuery::of(Component::Mysql);
    cluster(harness, &store).log(&store.id, &query, LogExcerpt::MAX_BYTES).await.unwrap();
    harness.delete(&store).await;
}

/// Fails to make a store, whose pods are looked at for the reason.
async fn fail(harness: &Harness) {
    let failing = Harness::over(harness.fixture.clone(), &["--mysql-image", "chaos/image-pull:1"]).await;
    let store = failing.fixture.store().await;
    failing.drive(&store).await.unwrap();
    assert_eq!(failing.state(&store).await.status(), Status::Failed);
    failing.delete(&store).await;
}

async fn look_for_orphans(harness: &Harness) {
    let hour = Duration::from_secs(3600);
    let mut orphans = OrphanScan::new(&harness.runner).with_age(hour);
    orphans.scan(Timestamp::now()).await.unwrap();
}

fn used(harness: &Harness) -> BTreeSet<Right> {
    let requests = requests_of(harness.agent()).into_iter().filter(|request| !request.refused);
    requests
        .map(|Request { right, .. }| right)
        .filter(|right| !SELF_REVIEWS.contains(&right.group.as_str()))
        .collect()
}

async fn granted(harness: &Harness) -> BTreeSet<Right> {
    let review = SelfSubjectRulesReview {
        spec: SelfSubjectRulesReviewSpec { namespace: Some("default".into()) },
        ..SelfSubjectRulesReview::default()
    };
    let api: Api<SelfSubjectRulesReview> = Api::all(harness.runner.client.clone());
    let rules = api.create(&PostParams::default(), &review).await.unwrap().status.unwrap();
    assert!(!rules.incomplete);
    let changes = rules.non_resource_rules.iter().flat_map(|rule| &rule.verbs).filter(|verb| *verb != "get");
    assert_eq!(changes.count(), 0, "beside the objects it only reads");

    let mut granted = BTreeSet::new();
    for rule in rules.resource_rules {
        assert!(rule.resource_names.unwrap_or_default().is_empty());
        for group in rule.api_groups.unwrap_or_default() {
            for resource in rule.resources.iter().flatten() {
                let right = |verb: &String| Right {
                    group: group.clone(),
                    resource: resource.clone(),
                    verb: verb.clone(),
                };
                granted.extend(rule.verbs.iter().map(right));
            }
        }
    }
    granted.retain(|right| {
        !SELF_REVIEWS.contains(&right.group.as_str())
            && !OF_NEWER_SERVERS.contains(&right.to_string().as_str())
    });
    granted
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_lies_outside_of_stores_it_can_not_change() {
    let harness = Harness::new().await;
    let services: Api<Service> = Api::namespaced(harness.runner.client.clone(), "default");
    let namespaces: Api<Namespace> = Api::all(harness.runner.client.clone());
    let service = json!({ "metadata": { "name": "no-store" }, "spec": { "ports": [{ "port": 80 }] } });
    let namespace = json!({ "metadata": { "name": "no-store" } });
    let (service, namespace) =
        (serde_json::from_value(service).unwrap(), serde_json::from_value(namespace).unwrap());
    let create = PostParams { dry_run: true, ..PostParams::default() };
    let delete = DeleteParams { dry_run: true, ..DeleteParams::default() };
    // The policy is not in force at once: until it is, a dry run passes.
    let in_force = async || services.create(&create, &service).await.is_err();
    wait::until_within(PATIENCE, "the policy comes into force", in_force).await;

    for refusal in [
        services.create(&create, &service).await.map(drop).unwrap_err(),
        services.delete("kubernetes", &delete).await.map(drop).unwrap_err(),
        namespaces.create(&create, &namespace).await.map(drop).unwrap_err(),
        namespaces.delete("shopwright-system", &delete).await.map(drop).unwrap_err(),
    ] {
        let kube::Error::Api(status) = refusal else { panic!("{refusal}") };
        assert!(status.message.contains("the runner may change stores only"), "{}", status.message);
    }
}
