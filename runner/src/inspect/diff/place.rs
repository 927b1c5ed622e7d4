//! Where in the cluster the object of a manifest lies.

use std::fmt;

use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject, GroupVersionKind, ListParams},
};
use serde_json::Value;

use super::DiffError;
use crate::cluster::{get_if_known, is_of_unknown_kind};

/// The place of one object.
#[derive(Clone, Debug)]
pub(super) struct Place {
    resource: ApiResource,
    namespace: Option<String>,
    name: String,
}

impl Place {
    /// Where the object of `manifest` lies.
    pub(super) fn of(manifest: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let metadata = &manifest["metadata"];
        Self {
            resource: resource(&text(&manifest["apiVersion"]), &text(&manifest["kind"])),
            namespace: metadata["namespace"].as_str().map(str::to_owned),
            name: text(&metadata["name"]),
        }
    }

    /// The place of objects of another kind beside it.
    pub(super) fn beside(&self, (api_version, kind): (&str, &str)) -> Self {
        Self { resource: resource(api_version, kind), ..self.clone() }
    }

    pub(super) fn kind(&self) -> &str {
        &self.resource.kind
    }

    pub(super) fn is(&self, kind: &str, name: &str) -> bool {
        self.kind() == kind && self.name == name
    }

    pub(super) fn is_namespaced(&self) -> bool {
        self.namespace.is_some()
    }

    /// The object as it is, if there is one.
    pub(super) async fn read(&self, client: &Client) -> Result<Option<Value>, DiffError> {
        let found = get_if_known(&self.api(client), &self.name, &self.resource.group).await;
        let found = found.map_err(|error| self.unread(error))?;
        Ok(found.map(serde_json::to_value).transpose()?)
    }

    /// All objects of its kind in its namespace.
    pub(super) async fn neighbours(&self, client: &Client) -> Result<Vec<DynamicObject>, DiffError> {
        match self.api(client).list(&ListParams::default()).await {
            Ok(found) => Ok(found.items),
            // The cluster does not know the kind.
            Err(kube::Error::Api(status)) if is_of_unknown_kind(&status, &self.resource.group) => {
                Ok(Vec::new())
            }
            Err(error) => Err(self.unread(error)),
        }
    }

    fn api(&self, client: &Client) -> Api<DynamicObject> {
        match &self.namespace {
            Some(namespace) => Api::namespaced_with(client.clone(), namespace, &self.resource),
            None => Api::all_with(client.clone(), &self.resource),
        }
    }

    fn unread(&self, source: kube::Error) -> DiffError {
        DiffError::Unread { object: self.to_string(), source: Box::new(source) }
    }
}

fn resource(api_version: &str, kind: &str) -> ApiResource {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind(), self.name)
    }
}
