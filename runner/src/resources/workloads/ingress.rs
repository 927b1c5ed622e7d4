//! The way in.

use std::collections::BTreeMap;

use domain::operation::logs::Component;
use k8s_openapi::api::networking::v1::{
    HTTPIngressPath, HTTPIngressRuleValue, Ingress, IngressBackend, IngressRule, IngressServiceBackend,
    IngressSpec, IngressTLS, ServiceBackendPort,
};
use kube::api::ObjectMeta;

use crate::{
    resources::{blueprint::Blueprint, ports::HTTP_PORT},
    settings::Tls,
};

/// How ingress-nginx is told the greatest body. Its own default of 1 MiB is less than a photograph.
const BODY_SIZE: &str = "nginx.ingress.kubernetes.io/proxy-body-size";
/// How cert-manager is asked for the certificate that an Ingress names.
const ISSUER: &str = "cert-manager.io/cluster-issuer";
/// The Secret that cert-manager keeps a store's certificate in, and the Certificate that it makes for that.
pub const CERTIFICATE: &str = "wordpress-tls";

pub(in crate::resources) fn build(blueprint: &Blueprint) -> Ingress {
    let component = Component::Wordpress;
    let backend = IngressBackend {
        service: Some(IngressServiceBackend {
            name: component.as_str().into(),
            port: Some(ServiceBackendPort { number: Some(HTTP_PORT), name: None }),
        }),
        resource: None,
    };
    let path = HTTPIngressPath { backend, path: Some("/".into()), path_type: "Prefix".into() };
    let settings = &blueprint.settings.ingress;
    let mut annotations = BTreeMap::from([(BODY_SIZE.into(), format!("{}m", settings.upload_limit_mib))]);
    let certificate =
        |secret_name| Some(vec![IngressTLS { hosts: Some(vec![blueprint.host()]), secret_name }]);
    let tls = match settings.tls {
        Tls::None => None,
        // A host without a Secret of its own gets the controller's default certificate.
        Tls::Wildcard => certificate(None),
        Tls::Issuer => {
            annotations.insert(ISSUER.into(), settings.certificate_issuer.clone());
            certificate(Some(CERTIFICATE.into()))
        }
    };
    Ingress {
        metadata: ObjectMeta {
            annotations: Some(annotations),
            ..blueprint.metadata(component.as_str(), Some(component))
        },
        spec: Some(IngressSpec {
            ingress_class_name: Some(settings.ingress_class.clone()),
            rules: Some(vec![IngressRule {
                host: Some(blueprint.host()),
                http: Some(HTTPIngressRuleValue { paths: vec![path] }),
            }]),
            tls,
            ..IngressSpec::default()
        }),
        ..Ingress::default()
    }
}
