//! Many stores. By itself, after all other tests of the runner, since so many keep the cluster busy.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod fleet;
#[path = "../support/in_process_runner.rs"]
mod in_process_runner;

use std::{
    collections::BTreeMap,
    env,
    sync::{Arc, atomic::Ordering},
};

use domain::{provisioning::event::EventKind, values::timestamp::Timestamp};
use k8s_openapi::api::{
    core::v1::{Namespace, PersistentVolumeClaim, Pod, ResourceQuota},
    networking::v1::Ingress,
};
use kube::{
    Api, Client, Resource,
    api::{DeleteParams, ListParams},
};
use runner::{
    health::{HealthSweep, HealthSweepReport, HealthSweeper, PAGE},
    resources::{HttpRoute, of_any_store, of_any_workload},
};
use serde::de::DeserializeOwned;
use testkit::{account::Account, fixture::Fixture, meter::Meter};

/// How many stores there are unless `STORES` says.
const STORES: usize = 200;

async fn sweep(watch: &mut HealthSweeper) -> HealthSweepReport {
    match watch.sweep(Timestamp::now()).await.unwrap() {
        HealthSweep::Here(report) => report,
        HealthSweep::Elsewhere(until) => panic!("another one makes the sweeps until {until}"),
    }
}

/// How many pages it takes to list what there is of `K`.
async fn pages<K>(admin: &Client, selector: &str) -> usize
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + std::fmt::Debug,
{
    let api: Api<K> = Api::all(admin.clone());
    let listed = api.list_metadata(&ListParams::default().labels(selector)).await.unwrap().items.len();
    listed.div_ceil(PAGE as usize).max(1)
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_sweep_over_many_stores_lists_pages_and_not_stores_and_writes_nothing_that_has_not_changed() {
    let count = env::var("STORES").ok().and_then(|text| text.parse().ok()).unwrap_or(STORES);
    let (meter, fixture) = Meter::over(&Fixture::new().await);
    let admin = fleet::client(Account::Administrator, &Arc::default()).await.unwrap();
    let (runner, requests) = fleet::runner(&fixture).await.unwrap();
    let stores = fleet::make(&fixture, &admin, &runner.settings, count).await.unwrap();
    let mut watch = HealthSweeper::new(&runner);
    fleet::settle(&mut watch, count).await.unwrap();

    let (workloads, any) = (of_any_workload(), of_any_store());
    let wanted = pages::<Pod>(&admin, &workloads).await
        + pages::<PersistentVolumeClaim>(&admin, &workloads).await
        + pages::<ResourceQuota>(&admin, &any).await
        + pages::<HttpRoute>(&admin, &any).await
        + pages::<Ingress>(&admin, &any).await
        + pages::<Namespace>(&admin, &any).await;
    for _ in 0..3 {
        let (_, asked) = (meter.take(), requests.load(Ordering::Relaxed));
        let report = sweep(&mut watch).await;
        assert_eq!(report.written, 0);
        assert_eq!(report.effort.pages, wanted, "{report:?}");
        assert_eq!(requests.load(Ordering::Relaxed) - asked, wanted, "and it asks for nothing else");
        assert_eq!(meter.take().write, 1.0, "its own item");
    }

    // One store changes: it is written, with its event, and no other.
    let pods: Api<Pod> = Api::namespaced(admin.clone(), &stores[0].id.namespace());
    pods.delete("mysql-1", &DeleteParams::default().grace_period(0)).await.unwrap();
    let report = sweep(&mut watch).await;
    assert_eq!((report.seen.down, report.written), (1, 1), "{report:?}");
    let mut went_down = BTreeMap::new();
    for store in &stores {
        let events = fixture.table.events(&store.id, store.uid).await.unwrap();
        let last = events.iter().rfind(|event| event.kind == EventKind::HealthChanged);
        // Its pods may not have been ready at the first sweep.
        *went_down.entry(last.is_some_and(|event| event.message.contains(" to Down."))).or_insert(0) += 1;
    }
    assert_eq!(went_down, BTreeMap::from([(true, 1), (false, count - 1)]));

    // Another runner takes over: it reads what was written, and has no news.
    watch.release().await;
    let mut next = HealthSweeper::new(&runner);
    let report = sweep(&mut next).await;
    assert_eq!((report.seen.down, report.written), (1, 0), "{report:?}");
    let namespaces: Api<Namespace> = Api::all(admin);
    for store in &stores {
        namespaces.delete(&store.id.namespace(), &DeleteParams::background()).await.unwrap();
    }
}
