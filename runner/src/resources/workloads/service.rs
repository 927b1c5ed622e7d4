//! The names by which database and shop are reached inside the cluster.

use domain::operation::logs::Component;
use k8s_openapi::{
    api::core::v1::{Service, ServicePort, ServiceSpec},
    apimachinery::pkg::util::intstr::IntOrString,
};

use crate::resources::{
    blueprint::Blueprint,
    labels,
    ports::{HTTP_PORT, HTTP_PORT_NAME, MYSQL_PORT, MYSQL_PORT_NAME, WORDPRESS_PORT},
};

pub(in crate::resources) fn mysql(blueprint: &Blueprint) -> Service {
    build(blueprint, Component::Mysql, MYSQL_PORT_NAME, MYSQL_PORT, MYSQL_PORT)
}

pub(in crate::resources) fn wordpress(blueprint: &Blueprint) -> Service {
    build(blueprint, Component::Wordpress, HTTP_PORT_NAME, HTTP_PORT, WORDPRESS_PORT)
}

fn build(blueprint: &Blueprint, component: Component, port_name: &str, port: i32, target: i32) -> Service {
    Service {
        metadata: blueprint.metadata(component.as_str(), Some(component)),
        spec: Some(ServiceSpec {
            selector: Some(labels::selector_labels(component)),
            ports: Some(vec![ServicePort {
                name: Some(port_name.into()),
                protocol: Some("TCP".into()),
                port,
                target_port: Some(IntOrString::Int(target)),
                ..ServicePort::default()
            }]),
            ..ServiceSpec::default()
        }),
        ..Service::default()
    }
}
