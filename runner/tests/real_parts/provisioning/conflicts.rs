//! Others that change what the runner changes, at the same time.

use k8s_openapi::api::core::v1::ResourceQuota;
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use serde_json::json;

use crate::support::harness::Harness;

const STORES: usize = 4;
const WRITERS: usize = 8;

/// Changes the quota in `namespace` as fast as the API server takes it, whenever a request of the runner waits for its
/// answer. In between it rests: the cluster's own controllers make pods then, and one whose pods are refused again and
/// again tries them ever more seldom.
async fn write_quota(harness: &Harness, namespace: &str, writer: usize) {
    let quotas: Api<ResourceQuota> = Api::namespaced(harness.admin.clone(), namespace);
    let mark = format!("example.com/writer-{writer}");
    let mut unanswered = harness.unanswered.clone();
    for number in 0_u64.. {
        // The client that counts them is the harness's own.
        let _ = unanswered.wait_for(|count| *count > 0).await;
        let change = Patch::Merge(json!({ "metadata": { "annotations": { &mark: number.to_string() } } }));
        // It is not there before the store's is made.
        match quotas.patch("store", &PatchParams::default(), &change).await {
            Ok(_) => {}
            Err(kube::Error::Api(status)) => assert!([404, 409].contains(&status.code), "{status:?}"),
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_is_made_whoever_else_writes_its_quota() {
    for _ in 0..STORES {
        let harness = Harness::new().await;
        let store = harness.fixture.store().await;
        let namespace = store.id.namespace();
        let writers = (0..WRITERS).map(|writer| write_quota(&harness, &namespace, writer));
        tokio::select! {
            driven = harness.drive(&store) => { driven.unwrap(); }
            _ = futures_util::future::join_all(writers) => {}
        }
        harness.assert_ready(&store).await;
        harness.delete(&store).await;
    }
}
