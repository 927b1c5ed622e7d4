//! The labels and annotations of a store's objects: the only place that names them.

use std::collections::BTreeMap;

use domain::{operation::Workload, operation::logs::Component, store::slug::Slug};
use k8s_openapi::{api::batch::v1::Job, apimachinery::pkg::apis::meta::v1::LabelSelector};
use kube::{Resource, ResourceExt};
use serde_json::{Value, json};
use strum::VariantArray as _;
use uuid::Uuid;

/// Which incarnation of a store an object belongs to. An object without it, or with another value,
/// is a stranger's.
pub const STORE_UID: &str = "shopwright.dev/store-uid";
const STORE: &str = "shopwright.dev/store";
/// What a component's pods are selected by; the well-known labels of
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/>.
pub(super) const COMPONENT: &str = "app.kubernetes.io/component";
const INSTANCE: &str = "app.kubernetes.io/instance";
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
const SHOPWRIGHT: &str = "shopwright";
const NAME: &str = "app.kubernetes.io/name";
const PART_OF: &str = "app.kubernetes.io/part-of";

/// The annotation that names the operation by which an object is as it is. A pod has those of the template
/// that it was made from.
pub(super) const OPERATION: &str = "shopwright.dev/operation";

/// The annotation that says of a Job which was stopped in the middle of an upgrade whether it may have changed the
/// database.
const UPGRADE_CHANGED: &str = "shopwright.dev/upgrade-changed";

/// The labels of an object, and of a component where it belongs to one.
pub(super) fn of(id: &Slug, uid: Uuid, component: Option<Component>) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::from([
        (INSTANCE.into(), id.to_string()),
        (MANAGED_BY.into(), SHOPWRIGHT.into()),
        (PART_OF.into(), "woocommerce-store".into()),
        (STORE.into(), id.to_string()),
        (STORE_UID.into(), uid.to_string()),
    ]);
    if let Some(component) = component {
        labels.insert(NAME.into(), component.as_str().into());
        labels.insert(COMPONENT.into(), component.as_str().into());
    }
    labels
}

/// Selects the pods of `component` in the store's namespace.
pub(super) fn selector(component: Component) -> LabelSelector {
    LabelSelector { match_labels: Some(selector_labels(component)), ..LabelSelector::default() }
}

/// The labels that select the pods of `component`.
pub(super) fn selector_labels(component: Component) -> BTreeMap<String, String> {
    BTreeMap::from([(COMPONENT.into(), component.as_str().into())])
}

/// Whether `object` was made for the incarnation `uid` of a store.
pub fn is_owned_by<K: Resource>(object: &K, uid: Uuid) -> bool {
    object.labels().get(STORE_UID).is_some_and(|label| *label == uid.to_string())
}

/// Which incarnation of the very store that `wanted` is for `found` says that it belongs to.
pub fn incarnation<K: Resource>(found: &K, wanted: &K) -> Option<Uuid> {
    let label = |object: &K, name| object.labels().get(name).cloned();
    let same_store = label(found, STORE).is_some_and(|store| Some(store) == label(wanted, STORE));
    label(found, STORE_UID).filter(|_| same_store)?.parse().ok()
}

/// Which incarnation of which store `object` says that it belongs to.
pub fn store_of<K: Resource>(object: &K) -> Option<(Slug, Uuid)> {
    let labels = object.labels();
    Some((Slug::parse(labels.get(STORE)?).ok()?, labels.get(STORE_UID)?.parse().ok()?))
}

/// The merge patch that stops the Job of an upgrade, and notes on it whether that `may_have_changed` the database: what is
/// known of its pods goes with them.
#[must_use]
pub fn upgrade_stop(may_have_changed: bool) -> Value {
    json!({
        "metadata": { "annotations": { UPGRADE_CHANGED: may_have_changed.to_string() } },
        "spec": { "activeDeadlineSeconds": 1 },
    })
}

/// Whether the upgrade by `job`, which was stopped, may have changed the database; `None` where it was not stopped.
#[must_use]
pub fn upgrade_changed(job: &Job) -> Option<bool> {
    job.annotations().get(UPGRADE_CHANGED).map(|changed| changed != "false")
}

/// What selects the pods of the Job `name`: the Job's controller labels them so.
#[must_use]
pub fn pods_of_job(name: &str) -> String {
    format!("batch.kubernetes.io/job-name={name}")
}

/// Selects what Shopwright has made for stores.
#[must_use]
pub fn of_any_store() -> String {
    format!("{MANAGED_BY}={SHOPWRIGHT},{STORE},{STORE_UID}")
}

/// The component that `object` belongs to, if it does to one.
pub fn component_of<K: Resource>(object: &K) -> Option<Component> {
    object.labels().get(COMPONENT)?.parse().ok()
}

/// Selects what it has made for the shops and databases of stores.
#[must_use]
pub fn of_any_workload() -> String {
    let names: Vec<_> = Workload::VARIANTS.iter().map(ToString::to_string).collect();
    format!("{},{COMPONENT} in ({})", of_any_store(), names.join(","))
}

/// Whether an object with `labels` belongs to a shop, or to a database.
pub fn workload_of(labels: &BTreeMap<String, String>) -> Option<Workload> {
    labels.get(COMPONENT)?.parse().ok()
}

/// What selects the pods behind `object`; nothing where it belongs to no component.
pub fn pods_of<K: Resource>(object: &K) -> Option<String> {
    object.labels().get(COMPONENT).map(|component| format!("{COMPONENT}={component}"))
}
