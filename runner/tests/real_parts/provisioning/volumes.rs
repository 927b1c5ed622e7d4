//! What becomes of a store's volumes when it is deleted.

use domain::{
    provisioning::{event::EventKind, step::Step},
    store::{Store, status::Status},
};
use k8s_openapi::api::{core::v1::PersistentVolume, storage::v1::StorageClass};
use kube::{
    Api,
    api::{DeleteParams, PostParams},
};
use serde_json::json;
use uuid::Uuid;

use crate::support::harness::Harness;

/// A storage class that does this with volumes that nobody claims any more.
async fn class(harness: &Harness, policy: &str) -> String {
    let name = format!("test-{}", Uuid::now_v7());
    let class = json!({
        "metadata": { "name": name }, "provisioner": "kwok.x-k8s.io/volume", "reclaimPolicy": policy,
    });
    let classes: Api<StorageClass> = Api::all(harness.admin.clone());
    classes.create(&PostParams::default(), &serde_json::from_value(class).unwrap()).await.unwrap();
    name
}

/// Makes the volumes that the claims of `store` will be bound to, in the place of a provisioner: KWOK has one
/// for a single class.
async fn provide(harness: &Harness, store: &Store, class: &str, policy: &str) -> Vec<String> {
    let volumes: Api<PersistentVolume> = Api::all(harness.admin.clone());
    let mut names = Vec::new();
    for claim in ["mysql", "wordpress"] {
        let name = format!("{class}-{claim}");
        let volume = json!({
            "metadata": { "name": name },
            "spec": {
                "accessModes": ["ReadWriteOnce"], "capacity": { "storage": "5Gi" },
                "claimRef": { "namespace": store.id.namespace(), "name": claim },
                "hostPath": { "path": "/nowhere" }, "persistentVolumeReclaimPolicy": policy,
                "storageClassName": class,
            },
        });
        volumes.create(&PostParams::default(), &serde_json::from_value(volume).unwrap()).await.unwrap();
        names.push(name);
    }
    names
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn volumes_that_their_class_retains_are_named_when_a_store_is_deleted_and_others_are_not() {
    for policy in ["Retain", "Delete"] {
        let base = Harness::new().await;
        let class = class(&base, policy).await;
        let harness = Harness::over(base.fixture.clone(), &["--storage-class", &class]).await;
        let store = harness.fixture.store().await;
        let names = provide(&harness, &store, &class, policy).await;
        harness.drive(&store).await.unwrap();
        harness.assert_ready(&store).await;
        harness.delete(&store).await;
        assert_eq!(harness.state(&store).await.status(), Status::Deleted);

        let events = harness.events(&store).await;
        let recorded: Vec<_> =
            events.iter().filter(|event| event.kind == EventKind::VolumeRetained).collect();
        if policy == "Retain" {
            let [event] = recorded.as_slice() else { panic!("{events:?}") };
            assert_eq!(event.step, Some(Step::DeleteNamespace));
            assert!(event.message.contains(&class), "{}", event.message);
            assert!(names.iter().all(|name| event.message.contains(name)), "{}", event.message);
        } else {
            assert_eq!(recorded, Vec::<&domain::provisioning::event::Event>::new());
        }
        let classes: Api<StorageClass> = Api::all(harness.admin.clone());
        classes.delete(&class, &DeleteParams::background()).await.unwrap();
        let volumes: Api<PersistentVolume> = Api::all(harness.admin.clone());
        for name in &names {
            // One that is not retained may be gone by itself.
            let _ = volumes.delete(name, &DeleteParams::background()).await;
        }
    }
}
