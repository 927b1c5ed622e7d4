//! What the API server only warns of, and what comes of it.

use std::{sync::Arc, time::Duration};

use domain::{
    provisioning::{
        event::EventKind,
        failure::{Cleanup, FailureCode},
        step::Step,
    },
    store::status::Status,
    values::timestamp::Timestamp,
};
use runner::{
    cluster::Cluster,
    lease::LeaseGuard,
    reconcile::provision::{Incarnations, provision},
    reconcile::step_runner::{Interruption, StepRunner},
    resources::{Blueprint, Passwords},
    runner::Runner,
    settings::CertificateNeed,
};
use tokio::time::Instant;

use crate::support::harness::Harness;

/// The API server takes such a Deployment, and says only to its ReplicaSet that no pod of it gets in.
#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_deployment_that_breaks_pod_security_is_warned_of_and_fails_the_store_at_once() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    let Runner { table, client, metrics, settings, .. } = harness.runner.as_ref();
    let mut resources = Blueprint::new(&store, settings.clone()).resources(&Passwords::generate().unwrap());
    let template = &mut resources.mysql.deployment.spec.as_mut().unwrap().template;
    let container = &mut template.spec.as_mut().unwrap().containers[0];
    container.security_context.as_mut().unwrap().allow_privilege_escalation = Some(true);

    let hour = Duration::from_secs(3600);
    let taken = table.acquire_lease(&store, "under-test", Timestamp::now(), hour).await.unwrap();
    let hold = Arc::new(LeaseGuard::new(Instant::now(), hour));
    let cluster = Cluster::new(client.clone(), store.uid, hold, hour, metrics.clone());
    let mut progress = StepRunner::new(table, &taken.claim, &cluster, metrics, Status::Provisioning, hour);
    let incarnations = Incarnations { table, store: &store.id };
    let made =
        Box::pin(provision(&mut progress, &cluster, resources, &incarnations, CertificateNeed::None)).await;

    let Err(Interruption::Failed(failed)) = made else { panic!("{made:?}") };
    let (failure, _) = failed.record(Cleanup::Pending);
    assert_eq!((failure.step, failure.code), (Step::WaitMysql, FailureCode::PodRefused));
    let recorded = "violates PodSecurity \"restricted:v1.34\": allowPrivilegeEscalation != false";
    assert!(failure.message.contains(recorded), "{}", failure.message);

    let events = harness.events(&store).await;
    let warned: Vec<_> = events.iter().filter(|event| event.kind == EventKind::ClusterWarning).collect();
    let [warning] = warned.as_slice() else { panic!("{events:?}") };
    assert_eq!(warning.step, Some(Step::DeployMysql));
    let recorded = "The cluster warns: Deployment mysql: would violate PodSecurity \"restricted:v1.34\"";
    assert!(warning.message.starts_with(recorded), "{}", warning.message);
    harness.discard(&store.id.namespace()).await;
}
