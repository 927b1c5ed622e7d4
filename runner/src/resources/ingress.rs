//! The way in.

use k8s_openapi::api::networking::v1::{
    HTTPIngressPath, HTTPIngressRuleValue, Ingress, IngressBackend, IngressRule, IngressServiceBackend,
    IngressSpec, ServiceBackendPort,
};

use super::{Blueprint, Component, HTTP_PORT};

pub(super) fn build(blueprint: &Blueprint) -> Ingress {
    let component = Component::Wordpress;
    let backend = IngressBackend {
        service: Some(IngressServiceBackend {
            name: component.as_str().into(),
            port: Some(ServiceBackendPort { number: Some(HTTP_PORT), name: None }),
        }),
        resource: None,
    };
    let path = HTTPIngressPath { backend, path: Some("/".into()), path_type: "Prefix".into() };
    Ingress {
        metadata: blueprint.metadata(component.as_str(), Some(component)),
        spec: Some(IngressSpec {
            ingress_class_name: Some(blueprint.settings.ingress_class.clone()),
            rules: Some(vec![IngressRule {
                host: Some(blueprint.host()),
                http: Some(HTTPIngressRuleValue { paths: vec![path] }),
            }]),
            ..IngressSpec::default()
        }),
        ..Ingress::default()
    }
}
