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
    settings::{IngressFlavour, Tls},
};

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
    let limit = format!("{}m", settings.upload_limit_mib);
    let mut annotations: BTreeMap<_, _> =
        body_size(settings.ingress_flavour).map(|name| (name.to_owned(), limit)).into_iter().collect();
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
            annotations: (!annotations.is_empty()).then_some(annotations),
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

/// The annotation that tells a controller the greatest body. The default of both that are descended from nginx is
/// 1 MiB, which is less than a photograph.
fn body_size(flavour: IngressFlavour) -> Option<&'static str> {
    match flavour {
        IngressFlavour::IngressNginx => Some("nginx.ingress.kubernetes.io/proxy-body-size"),
        IngressFlavour::Haproxy => Some("haproxy-ingress.github.io/proxy-body-size"),
        IngressFlavour::F5Nginx => Some("nginx.org/client-max-body-size"),
        IngressFlavour::Traefik | IngressFlavour::None => None,
    }
}
