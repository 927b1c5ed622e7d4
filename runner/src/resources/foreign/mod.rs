//! Kinds of objects that others define: of each only what is used here.

mod certificate;
mod condition;
pub(super) mod external_secret;
pub(super) mod http_route;

use kube::Resource as _;

pub use self::{
    certificate::{CertificateObject, CertificateStatus},
    external_secret::ExternalSecret,
    http_route::{HttpRoute, RouteParents, RouteVerdict},
};

/// Makes a type with a field `metadata` a namespaced kind of the API: its group, version, kind and plural.
macro_rules! foreign_kind {
    ($type:ty, $group:literal, $version:literal, $kind:literal, $plural:literal) => {
        impl kube::Resource for $type {
            type DynamicType = ();
            type Scope = k8s_openapi::NamespaceResourceScope;

            fn kind((): &()) -> std::borrow::Cow<'_, str> {
                $kind.into()
            }

            fn group((): &()) -> std::borrow::Cow<'_, str> {
                $group.into()
            }

            fn version((): &()) -> std::borrow::Cow<'_, str> {
                $version.into()
            }

            fn plural((): &()) -> std::borrow::Cow<'_, str> {
                $plural.into()
            }

            fn meta(&self) -> &kube::api::ObjectMeta {
                &self.metadata
            }

            fn meta_mut(&mut self) -> &mut kube::api::ObjectMeta {
                &mut self.metadata
            }
        }
    };
}
use foreign_kind;

/// Whether the kinds of this API group are defined by others, so that a cluster may know none of them.
#[must_use]
pub fn is_foreign(group: &str) -> bool {
    [HttpRoute::group(&()), CertificateObject::group(&()), ExternalSecret::group(&())].contains(&group.into())
}
