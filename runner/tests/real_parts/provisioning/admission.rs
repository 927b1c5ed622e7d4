//! What the API server makes of a store's objects. Pod Security, limits and quota are enforced there, so it
//! is asked, and not a copy of its rules.

use std::{cell::Cell, sync::Arc, time::Duration};

use clap::Parser as _;
use k8s_openapi::api::core::v1::{
    Container, PersistentVolumeClaim, Pod, PodSpec, ResourceQuota, ServiceAccount,
};
use kube::{Api, ResourceExt as _, api::ObjectMeta};
use runner::{
    cluster::{Cluster, ClusterError},
    lease::LeaseGuard,
    observe::metrics::Metrics,
    resources::{Blueprint, Passwords, StoreResources, WorkloadObjects},
    settings::StoreSettings,
};
use serde_json::json;
use tokio::time::Instant;

use super::routes;
use crate::support::harness::{Harness, recorded};

pub(crate) const LOCAL: [&str; 2] = ["--profile", "local"];
/// With the storage class that is here.
pub(crate) const PRODUCTION: [&str; 8] = [
    "--profile",
    "production",
    "--store-domain",
    "shops.example.com",
    "--store-image",
    "r.example/store:1",
    "--storage-class",
    "standard",
];

/// A namespace with the limits of a store, in which nothing runs yet.
struct Furnished {
    harness: Harness,
    cluster: Cluster,
    resources: Box<StoreResources>,
    namespace: String,
}

impl Furnished {
    async fn by(profile: &[&str]) -> Self {
        let harness = Harness::new().await;
        let store = harness.fixture.store().await;
        let settings = StoreSettings::try_parse_from([&["settings"], profile].concat()).unwrap();
        let resources = Blueprint::new(&store, settings).resources(&Passwords::generate().unwrap());
        let resources = Box::new(resources);
        let hour = Duration::from_secs(3600);
        let hold = Arc::new(LeaseGuard::new(Instant::now(), hour));
        let cluster = Cluster::new(harness.admin.clone(), store.uid, hold, hour, Metrics::new());
        let namespace = resources.namespace.name_any();
        Box::pin(cluster.create_namespace(&resources.namespace)).await.unwrap();
        Box::pin(cluster.create(&resources.limit_range)).await.unwrap();
        Box::pin(cluster.create(&resources.resource_quota)).await.unwrap();
        // Until its controller has counted, the quota refuses everything.
        let quotas: Api<ResourceQuota> = Api::namespaced(harness.admin.clone(), &namespace);
        harness.until_counted(&quotas, "store").await;
        let accounts: Api<ServiceAccount> = Api::namespaced(harness.admin.clone(), &namespace);
        harness.eventually(async || accounts.get_opt("default").await.unwrap().is_some()).await;
        Self { harness, cluster, resources, namespace }
    }

    /// The pods of database, shop and setup job, as their templates have them.
    fn specs(&self) -> [PodSpec; 3] {
        let StoreResources { mysql, wordpress, setup_job, .. } = self.resources.as_ref();
        let of =
            |workload: &WorkloadObjects| workload.deployment.spec.clone().unwrap().template.spec.unwrap();
        [of(mysql), of(wordpress), setup_job.spec.clone().unwrap().template.spec.unwrap()]
    }

    async fn create_pod(&self, name: &str, spec: PodSpec) -> Result<(), ClusterError> {
        let metadata = ObjectMeta {
            name: Some(name.into()),
            namespace: Some(self.namespace.clone()),
            ..ObjectMeta::default()
        };
        let spec = PodSpec { restart_policy: Some("Never".into()), ..spec };
        let pod = Box::new(Pod { metadata, spec: Some(spec), ..Pod::default() });
        Box::pin(self.cluster.create(pod.as_ref())).await.map(drop)
    }

    /// The quota lets in `limit` of `resource`, which `create` makes, and then no more. Its controller may have counted
    /// anew before it knew of the last ones, so another one may slip in before one is refused.
    async fn assert_takes(
        &self,
        resource: &str,
        limit: u32,
        create: impl AsyncFn(&str) -> Result<(), ClusterError>,
    ) {
        for number in 1..=limit {
            create(&format!("number-{number}")).await.unwrap();
        }
        let tries = Cell::new(limit);
        let is_refused = async || {
            tries.update(|number| number + 1);
            match create(&format!("number-{}", tries.get())).await {
                Ok(()) => false,
                Err(ClusterError::Quota { message, .. }) => {
                    assert!(message.contains("exceeded quota: store"), "{message}");
                    assert!(message.contains(&format!("limited: {resource}={limit}")), "{message}");
                    true
                }
                Err(other) => panic!("{other}"),
            }
        };
        self.harness.eventually(is_refused).await;
    }

    async fn end(&self) {
        self.harness.discard(&self.namespace).await;
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_of_either_profile_is_made_without_a_warning() {
    for (profile, is_routed) in [(&LOCAL[..], false), (&PRODUCTION, true)] {
        let harness = Harness::with(profile).await;
        let store = harness.fixture.store().await;
        let accepted = async {
            if is_routed {
                routes::accept(&harness, &store).await;
            }
        };
        let (driven, ()) = tokio::join!(harness.drive(&store), accepted);
        driven.unwrap();
        harness.assert_ready(&store).await;
        let warnings = recorded(&harness.events(&store).await);
        let is_warning = |kind| kind == domain::provisioning::event::EventKind::ClusterWarning;
        assert!(!warnings.iter().any(|(kind, _)| is_warning(*kind)), "{warnings:?}");
        harness.delete(&store).await;
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_pods_of_a_store_and_one_surge_of_each_are_admitted_without_a_warning() {
    for profile in [&LOCAL[..], &PRODUCTION] {
        let furnished = Furnished::by(profile).await;
        for round in ["first", "surge"] {
            for (number, spec) in furnished.specs().into_iter().enumerate() {
                furnished.create_pod(&format!("{round}-{number}"), spec).await.unwrap();
            }
        }
        assert_eq!(furnished.cluster.take_warnings(), [""; 0]);
        furnished.end().await;
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn pod_security_refuses_a_pod_that_breaks_it_and_warns_of_such_a_deployment() {
    let furnished = Furnished::by(&LOCAL).await;
    let [mut spec, ..] = furnished.specs();
    spec.containers[0].security_context.as_mut().unwrap().allow_privilege_escalation = Some(true);
    let refused = furnished.create_pod("escalates", spec.clone()).await.unwrap_err();
    assert!(refused.to_string().contains("violates PodSecurity \"restricted:v1.34\""), "{refused}");

    let mut deployment = furnished.resources.mysql.deployment.clone();
    deployment.spec.as_mut().unwrap().template.spec = Some(spec);
    Box::pin(furnished.cluster.create(&deployment)).await.unwrap();
    let warnings = furnished.cluster.take_warnings();
    let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert!(
        warning.starts_with("Deployment mysql: would violate PodSecurity \"restricted:v1.34\""),
        "{warning}"
    );
    furnished.end().await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_eleventh_pod_and_a_fifth_volume_are_refused() {
    let furnished = Furnished::by(&LOCAL).await;
    let [.., setup] = furnished.specs();
    furnished
        .assert_takes("pods", 10, async |name| furnished.create_pod(name, tiny(setup.clone())).await)
        .await;
    furnished
        .assert_takes("persistentvolumeclaims", 4, async |name| {
            let mut claim: PersistentVolumeClaim = furnished.resources.mysql.volume_claim.clone();
            claim.metadata.name = Some(name.into());
            furnished.cluster.create(&claim).await.map(drop)
        })
        .await;
    furnished.end().await;
}

/// The same with next to no resources, so that the number of pods is what counts.
fn tiny(spec: PodSpec) -> PodSpec {
    let amounts = json!({ "cpu": "1m", "memory": "1Mi" });
    let resources = json!({ "requests": amounts, "limits": amounts });
    let shrunk = |container| Container {
        resources: Some(serde_json::from_value(resources.clone()).unwrap()),
        ..container
    };
    PodSpec { containers: spec.containers.into_iter().map(shrunk).collect(), ..spec }
}
