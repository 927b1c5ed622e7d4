//! What a store is made of, as the cluster has it.

use kube::{
    Api, Client,
    api::{DynamicObject, GroupVersionKind, ListParams, TypeMeta},
    core::{ApiResource, gvk::GroupVersion},
};

/// The kinds, with the plural that the API has them under.
const KINDS: [(&str, &str, &str); 10] = [
    ("", "Secret", "secrets"),
    ("", "Service", "services"),
    ("", "PersistentVolumeClaim", "persistentvolumeclaims"),
    ("", "ResourceQuota", "resourcequotas"),
    ("", "LimitRange", "limitranges"),
    ("apps", "Deployment", "deployments"),
    ("batch", "Job", "jobs"),
    ("networking.k8s.io", "NetworkPolicy", "networkpolicies"),
    ("networking.k8s.io", "Ingress", "ingresses"),
    ("gateway.networking.k8s.io", "HTTPRoute", "httproutes"),
];

/// All objects of these kinds in `namespace`, each with its kind, which the items of a list do not say.
pub(crate) async fn store_objects(admin: &Client, namespace: &str) -> Vec<(&'static str, DynamicObject)> {
    let listed = KINDS.map(|(group, kind, plural)| async move {
        let version = GroupVersion::gv(group, "v1");
        let gvk = GroupVersionKind::gvk(&version.group, &version.version, kind);
        let resource = ApiResource::from_gvk_with_plural(&gvk, plural);
        let api: Api<DynamicObject> = Api::namespaced_with(admin.clone(), namespace, &resource);
        let types = TypeMeta { api_version: resource.api_version.clone(), kind: kind.into() };
        let found = api.list(&ListParams::default()).await.unwrap().items;
        found.into_iter().map(move |object| (kind, DynamicObject { types: Some(types.clone()), ..object }))
    });
    futures_util::future::join_all(listed).await.into_iter().flatten().collect()
}
