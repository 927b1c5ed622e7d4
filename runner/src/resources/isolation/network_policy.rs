//! Who may talk to whom. Ports are the pods', after a Service's translation.

use domain::operation::logs::Component;
use k8s_openapi::{
    api::networking::v1::{
        IPBlock, NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer,
        NetworkPolicyPort, NetworkPolicySpec,
    },
    apimachinery::pkg::{
        apis::meta::v1::{LabelSelector, LabelSelectorRequirement},
        util::intstr::IntOrString,
    },
};

use crate::{
    resources::{
        blueprint::Blueprint,
        labels::{self, COMPONENT},
        ports::{HTTP_PORT_NAME, MYSQL_PORT, MYSQL_PORT_NAME},
    },
    settings::{CheckSettings, Egress, EgressSettings, MailSettings},
};

/// Set on every namespace by the API server itself, so nobody can pretend to be in another one.
const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

pub(in crate::resources) fn build(blueprint: &Blueprint) -> Vec<NetworkPolicy> {
    vec![default_deny(blueprint), wordpress(blueprint)]
}

/// For every pod: nothing out, and nothing in but from the shop to the database and from the ingress
/// controller and the runner to the shop. Ports are given by name, so that each rule holds for the one pod that has
/// a port of that name.
pub(in crate::resources) fn default_deny(blueprint: &Blueprint) -> NetworkPolicy {
    let shop_to_mysql = NetworkPolicyIngressRule {
        from: Some(vec![pods(shop_selector())]),
        ports: Some(vec![port(IntOrString::String(MYSQL_PORT_NAME.into()))]),
    };
    let ingress_to_shop = NetworkPolicyIngressRule {
        from: Some(way_in(blueprint)),
        ports: Some(vec![port(IntOrString::String(HTTP_PORT_NAME.into()))]),
    };
    let everything = LabelSelector::default();
    let mut ingress = vec![shop_to_mysql, ingress_to_shop];
    ingress.extend(runner_to_shop(&blueprint.settings.checks));
    policy(blueprint, "default-deny", None, everything, ingress, Vec::new())
}

/// Where visitors come from: pods, or the addresses of a load balancer that goes past them.
fn way_in(blueprint: &Blueprint) -> Vec<NetworkPolicyPeer> {
    let (pods, cidrs) = (&blueprint.settings.ingress, &blueprint.settings.gateway.way_in_cidrs);
    if !cidrs.is_empty() {
        return cidrs.iter().map(|cidr| block(cidr, None)).collect();
    }
    vec![NetworkPolicyPeer {
        namespace_selector: Some(namespace(blueprint.settings.way_in_namespace())),
        pod_selector: (!pods.ingress_labels.is_empty()).then(|| labelled(&pods.ingress_labels)),
        ..NetworkPolicyPeer::default()
    }]
}

/// The runner, which asks whether the shop is there.
fn runner_to_shop(settings: &CheckSettings) -> Option<NetworkPolicyIngressRule> {
    let runner = NetworkPolicyPeer {
        namespace_selector: Some(namespace(settings.runner_namespace.as_ref()?)),
        pod_selector: (!settings.runner_labels.is_empty()).then(|| labelled(&settings.runner_labels)),
        ..NetworkPolicyPeer::default()
    };
    Some(NetworkPolicyIngressRule {
        from: Some(vec![runner]),
        ports: Some(vec![port(IntOrString::String(HTTP_PORT_NAME.into()))]),
    })
}

/// The shop also reaches out: to the database, the cluster's DNS, the mail relay and, where it may, the internet.
/// The setup job runs the same code and shares this.
fn wordpress(blueprint: &Blueprint) -> NetworkPolicy {
    let component = Component::Wordpress;
    let settings = &blueprint.settings.egress;
    let to_mysql = NetworkPolicyEgressRule {
        to: Some(vec![pods(labels::selector(Component::Mysql))]),
        ports: Some(vec![port(IntOrString::Int(MYSQL_PORT))]),
    };
    let to_internet = NetworkPolicyEgressRule {
        to: Some(vec![block("0.0.0.0/0", Some(settings.egress_except.clone()))]),
        ports: Some(vec![port(IntOrString::Int(80)), port(IntOrString::Int(443))]),
    };
    let mut egress = vec![to_mysql, to_dns(settings)];
    match settings.egress {
        Egress::Internet => egress.push(to_internet),
        Egress::Closed => {}
    }
    egress.extend(to_relay(&blueprint.settings.mail));
    policy(blueprint, component.as_str(), Some(component), shop_selector(), Vec::new(), egress)
}

/// The cluster's DNS, by its pods and by its addresses: a node's cache of it is no pod that labels select.
fn to_dns(settings: &EgressSettings) -> NetworkPolicyEgressRule {
    let pods = NetworkPolicyPeer {
        namespace_selector: Some(namespace(&settings.dns_namespace)),
        pod_selector: Some(labelled(&settings.dns_labels)),
        ..NetworkPolicyPeer::default()
    };
    let addresses = settings.dns_addresses.iter().map(|address| block(address, None));
    // Long answers come by TCP.
    let by_both = |number: &u16| {
        let tcp = port(IntOrString::Int(i32::from(*number)));
        [NetworkPolicyPort { protocol: Some("UDP".into()), ..tcp.clone() }, tcp]
    };
    NetworkPolicyEgressRule {
        to: Some(std::iter::once(pods).chain(addresses).collect()),
        ports: Some(settings.dns_ports.iter().flat_map(by_both).collect()),
    }
}

/// The mail relay alone, by its pods and by its addresses, whatever else is closed.
fn to_relay(settings: &MailSettings) -> Vec<NetworkPolicyEgressRule> {
    if settings.smtp_host.is_none() {
        return Vec::new();
    }
    let rule = |to: Vec<NetworkPolicyPeer>, number: u16| NetworkPolicyEgressRule {
        to: Some(to),
        ports: Some(vec![port(IntOrString::Int(number.into()))]),
    };
    let by_pods = settings.smtp_namespace.as_ref().map(|name| {
        let pods = NetworkPolicyPeer {
            namespace_selector: Some(namespace(name)),
            pod_selector: (!settings.smtp_labels.is_empty()).then(|| labelled(&settings.smtp_labels)),
            ..NetworkPolicyPeer::default()
        };
        rule(vec![pods], settings.smtp_pod_port.unwrap_or(settings.smtp_port))
    });
    let addresses: Vec<_> = settings.smtp_addresses.iter().map(|address| block(address, None)).collect();
    // A rule without anybody in it would be for everybody.
    let by_addresses = (!addresses.is_empty()).then(|| rule(addresses, settings.smtp_port));
    by_pods.into_iter().chain(by_addresses).collect()
}

fn policy(
    blueprint: &Blueprint,
    name: &str,
    component: Option<Component>,
    pod_selector: LabelSelector,
    ingress: Vec<NetworkPolicyIngressRule>,
    egress: Vec<NetworkPolicyEgressRule>,
) -> NetworkPolicy {
    NetworkPolicy {
        metadata: blueprint.metadata(name, component),
        spec: Some(NetworkPolicySpec {
            pod_selector: Some(pod_selector),
            policy_types: Some(vec!["Ingress".into(), "Egress".into()]),
            ingress: Some(ingress),
            egress: Some(egress),
        }),
    }
}

/// The pods that run the shop's code.
fn shop_selector() -> LabelSelector {
    let components = [Component::Wordpress, Component::Setup].map(|component| component.as_str().to_owned());
    LabelSelector {
        match_expressions: Some(vec![LabelSelectorRequirement {
            key: COMPONENT.into(),
            operator: "In".into(),
            values: Some(components.to_vec()),
        }]),
        ..LabelSelector::default()
    }
}

fn pods(selector: LabelSelector) -> NetworkPolicyPeer {
    NetworkPolicyPeer { pod_selector: Some(selector), ..NetworkPolicyPeer::default() }
}

fn block(cidr: &str, except: Option<Vec<String>>) -> NetworkPolicyPeer {
    NetworkPolicyPeer {
        ip_block: Some(IPBlock { cidr: cidr.into(), except }),
        ..NetworkPolicyPeer::default()
    }
}

fn namespace(name: &str) -> LabelSelector {
    labelled(&[(NAMESPACE_NAME.to_owned(), name.to_owned())])
}

fn labelled(labels: &[(String, String)]) -> LabelSelector {
    LabelSelector { match_labels: Some(labels.iter().cloned().collect()), ..LabelSelector::default() }
}

fn port(port: IntOrString) -> NetworkPolicyPort {
    NetworkPolicyPort { protocol: Some("TCP".into()), port: Some(port), ..NetworkPolicyPort::default() }
}
