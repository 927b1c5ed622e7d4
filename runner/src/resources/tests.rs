//! What all of a store's objects are, and have in common.

use clap::Parser as _;
use domain::store::{admin_email::AdminEmail, name::StoreName, release::image::Image};
use k8s_openapi::api::{apps::v1::Deployment, batch::v1::Job, core::v1::PodTemplateSpec};
use serde_json::{Value, json};

use super::*;
use crate::settings::{Quantity, StoreSettings};

const PRODUCTION: [&str; 8] = [
    "--profile",
    "production",
    "--secrets",
    "external",
    "--egress",
    "closed",
    "--ingress-labels",
    "app.kubernetes.io/name=ingress-nginx",
];

/// The blueprint of a store under these flags.
fn blueprint(flags: &[&str]) -> Blueprint {
    let images = ["--store-image", "shopwright/store:test", "--mysql-image", "mysql:test"];
    let common = [&["settings", "--store-domain", "store.example"], &images[..]].concat();
    Blueprint::draft(
        StoreName::parse("My Test Shop").unwrap(),
        AdminEmail::parse("owner@example.com").unwrap(),
        "0198f2a0-0000-7000-8000-000000000000".parse().unwrap(),
        StoreSettings::try_parse_from([&common[..], flags].concat()).unwrap(),
    )
}

/// Every object of a store, each under its kind and name, as Kubernetes gets it.
fn manifests(flags: &[&str]) -> Vec<(String, Value)> {
    let manifests = blueprint(flags).resources(&Passwords::fixed()).manifests().unwrap();
    let named = |manifest: Value| {
        let kind = manifest["kind"].as_str().unwrap();
        (format!("{kind}-{}", manifest["metadata"]["name"].as_str().unwrap()), manifest)
    };
    manifests.into_iter().map(named).collect()
}

fn find(flags: &[&str], name: &str) -> Value {
    manifests(flags).into_iter().find(|(found, _)| found == name).unwrap().1
}

#[test]
fn the_manifests_are_what_was_reviewed() {
    for (name, manifest) in manifests(&[]) {
        insta::assert_yaml_snapshot!(name, manifest);
    }
}

#[test]
fn what_another_profile_and_other_settings_change_is_what_was_reviewed() {
    let local = manifests(&[]);
    for (name, manifest) in manifests(&PRODUCTION) {
        if !local.contains(&(name.clone(), manifest.clone())) {
            insta::assert_yaml_snapshot!(format!("production-{name}"), manifest);
        }
    }
}

/// A shop as the cluster has it, and the Job that upgrades it.
fn upgrade(flags: &[&str]) -> (Deployment, Job) {
    let blueprint = blueprint(flags);
    let mut shop = blueprint.shop();
    shop.metadata.uid = Some("b1d5a5c8-0000-4000-8000-000000000000".into());
    let newer = blueprint.running(Image::from_record("shopwright/store:newer"));
    let operation = "0198f2a0-1111-7111-8111-111111111111".parse().unwrap();
    let job = newer.upgrade_job(operation, &shop);
    (shop, job)
}

#[test]
fn the_job_of_an_upgrade_is_what_was_reviewed() {
    insta::assert_yaml_snapshot!("Job-upgrade", upgrade(&[]).1);
    insta::assert_yaml_snapshot!("production-Job-upgrade", upgrade(&PRODUCTION).1);
}

#[test]
fn the_pod_of_an_upgrade_fits_into_the_quota_and_the_policies_of_stores_that_were_made_before() {
    for flags in [&[][..], &PRODUCTION] {
        let (shop, job) = upgrade(flags);
        let (shop, job) = (shop.spec.unwrap().template, job.spec.unwrap().template);
        let setup = find(flags, "Job-setup")["spec"]["template"]["metadata"]["labels"].clone();
        assert_eq!(
            json!(job.metadata.as_ref().unwrap().labels),
            setup,
            "what is let through is known by its labels"
        );
        // It takes the place of the shop's, which is stopped meanwhile.
        let resources = |pod: &PodTemplateSpec| pod.spec.as_ref().unwrap().containers[0].resources.clone();
        assert_eq!(resources(&job), resources(&shop));
        assert_eq!(job.spec.unwrap().containers.len(), 1);
    }
}

#[test]
fn a_shop_is_changed_to_another_image_once_and_becomes_all_that_it_is_made_as_today() {
    let (mut shop, _) = upgrade(&[]);
    assert_eq!(release_change(&shop, &shop), None);
    let wanted = blueprint(&[]).running(Image::from_record("shopwright/store:newer")).shop();
    let change = release_change(&shop, &wanted).unwrap();
    assert_eq!(change["spec"]["template"]["spec"], json!(wanted.spec.clone().unwrap().template.spec));
    assert_eq!(change["spec"]["replicas"], 1);
    assert_eq!(change["spec"]["template"]["metadata"], Value::Null, "the mark of a restart stays");
    shop.spec = wanted.spec.clone();
    assert_eq!(release_change(&shop, &wanted), None);
    shop.spec.as_mut().unwrap().replicas = Some(0);
    assert!(release_change(&shop, &wanted).is_some(), "it is stopped");
}

#[test]
fn every_object_carries_the_stores_uid_and_lies_in_its_namespace() {
    for (name, manifest) in manifests(&[]).into_iter().chain(manifests(&PRODUCTION)) {
        let metadata = &manifest["metadata"];
        assert_eq!(metadata["labels"][STORE_UID], "0198f2a0-0000-7000-8000-000000000000", "{name}");
        if manifest["kind"] != "Namespace" {
            assert_eq!(metadata["namespace"], "store-my-test-shop", "{name}");
        }
    }
}

/// While a store is made its pods are there at the same time; init containers run before the others of
/// their pod, and ask for no more.
#[test]
fn the_quota_holds_all_pods_of_a_store_at_once_and_one_more_of_each() {
    let amount = |value: &Value| value.as_str().unwrap().parse::<Quantity>().unwrap();
    for flags in [&[][..], &PRODUCTION] {
        let hard = find(flags, "ResourceQuota-store")["spec"]["hard"].clone();
        let pods: Vec<_> = manifests(flags)
            .into_iter()
            .filter(|(_, manifest)| ["Deployment", "Job"].iter().any(|kind| manifest["kind"] == *kind))
            .map(|(_, manifest)| manifest["spec"]["template"]["spec"].clone())
            .collect();
        let running = pods.iter().filter_map(|pod| pod["containers"].as_array()).map(Vec::len);
        let twice = u32::try_from(2 * running.sum::<usize>()).unwrap();
        let groups = pods.iter().flat_map(|pod| [&pod["initContainers"], &pod["containers"]]);
        let containers = groups.filter_map(Value::as_array).flatten();
        for (container, kind) in
            containers.flat_map(|container| [(container, "requests"), (container, "limits")])
        {
            for resource in ["cpu", "memory"] {
                let (quota, each) =
                    (&hard[format!("{kind}.{resource}")], &container["resources"][kind][resource]);
                assert!(
                    amount(quota).holds(twice, &amount(each)),
                    "{quota} {kind} {resource} of {container}"
                );
            }
        }
    }
}

#[test]
fn what_a_merchant_typed_reaches_the_setup_job_as_environment_values_only() {
    let mut container = find(&[], "Job-setup")["spec"]["template"]["spec"]["containers"][0].clone();
    let environment = container["env"].take();
    let typed = |text: &str| text.contains("My Test Shop") || text.contains("owner@example.com");
    assert!(typed(&environment.to_string()) && !typed(&container.to_string()));
}

#[test]
fn no_password_is_anywhere_but_in_a_secret() {
    for (name, manifest) in manifests(&[]) {
        let manifest_text = manifest.to_string();
        assert!(!manifest_text.contains(Passwords::FIXED), "{name}");
        assert_eq!(
            manifest_text.contains(Passwords::FIXED_IN_BASE64),
            manifest["kind"] == "Secret",
            "{name}"
        );
    }
}

#[test]
fn tls_is_the_ingress_controllers_and_addresses_follow_it() {
    let ingress = |tls| find(&["--tls", tls], "Ingress-wordpress");
    let host = "my-test-shop.store.example";
    assert_eq!(ingress("none")["spec"]["tls"], Value::Null);
    assert_eq!(ingress("wildcard")["spec"]["tls"], json!([{ "hosts": [host] }]));
    let issued = ingress("issuer");
    assert_eq!(issued["spec"]["tls"], json!([{ "hosts": [host], "secretName": "wordpress-tls" }]));
    assert_eq!(issued["metadata"]["annotations"]["cert-manager.io/cluster-issuer"], "letsencrypt");
    for (tls, scheme) in [("none", "http"), ("wildcard", "https"), ("issuer", "https")] {
        assert_eq!(blueprint(&["--tls", tls]).url(), format!("{scheme}://{host}"));
    }
}

#[test]
fn a_store_has_one_way_in_and_a_route_is_what_was_reviewed() {
    for (flags, section) in [
        (&["--routing", "gateway"][..], "http"),
        (&["--routing", "gateway", "--tls", "wildcard"], "https"),
        (&["--routing", "gateway", "--gateway-section", "stores"], "stores"),
    ] {
        assert!(manifests(flags).iter().all(|(name, _)| name != "Ingress-wordpress"));
        let route = find(flags, "HTTPRoute-wordpress");
        assert_eq!(route["spec"]["parentRefs"][0]["sectionName"], section);
    }
    insta::assert_yaml_snapshot!(
        "HTTPRoute-wordpress",
        find(&["--routing", "gateway"], "HTTPRoute-wordpress")
    );
}

#[test]
fn each_controller_gets_the_greatest_body_as_it_asks_for_it() {
    for (flavour, annotations) in [
        ("ingress-nginx", json!({ "nginx.ingress.kubernetes.io/proxy-body-size": "40m" })),
        ("haproxy", json!({ "haproxy-ingress.github.io/proxy-body-size": "40m" })),
        ("f5-nginx", json!({ "nginx.org/client-max-body-size": "40m" })),
        ("traefik", Value::Null),
        ("none", Value::Null),
    ] {
        let ingress = find(&["--ingress-flavour", flavour], "Ingress-wordpress");
        assert_eq!(ingress["metadata"]["annotations"], annotations, "{flavour}");
    }
}

#[test]
fn visitors_come_from_addresses_where_those_are_given() {
    let policy = find(&["--way-in-cidrs", "10.0.0.0/16,192.0.2.7"], "NetworkPolicy-default-deny");
    let blocks = ["10.0.0.0/16", "192.0.2.7/32"].map(|cidr| json!({ "ipBlock": { "cidr": cidr } }));
    assert_eq!(policy["spec"]["ingress"][1]["from"], json!(blocks));
}

#[test]
fn a_shop_that_may_not_call_out_knows_it() {
    for (egress, rules, recorded) in [("internet", 3, false), ("closed", 2, true)] {
        let policy = find(&["--egress", egress], "NetworkPolicy-wordpress");
        assert_eq!(policy["spec"]["egress"].as_array().unwrap().len(), rules);
        let shop = find(&["--egress", egress], "Deployment-wordpress").to_string();
        assert_eq!(shop.contains("WORDPRESS_BLOCK_EXTERNAL"), recorded);
    }
}

#[test]
fn dns_is_reached_by_its_pods_and_addresses_on_its_ports_whatever_else_is_closed() {
    let pods = json!({
        "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "openshift-dns" } },
        "podSelector": { "matchLabels": { "dns.operator.openshift.io/daemonset-dns": "default" } },
    });
    let flags = [
        "--egress",
        "closed",
        "--dns-namespace",
        "openshift-dns",
        "--dns-labels",
        "dns.operator.openshift.io/daemonset-dns=default",
        "--dns-addresses",
        "169.254.20.10,fd00:10:96::a",
        "--dns-ports",
        "53,5353",
    ];
    let policy = find(&flags, "NetworkPolicy-wordpress");
    let ports = [53, 5353].map(|port| ["UDP", "TCP"].map(|by| json!({ "protocol": by, "port": port })));
    assert_eq!(
        policy["spec"]["egress"][1],
        json!({
            "to": [
                pods,
                { "ipBlock": { "cidr": "169.254.20.10/32" } },
                { "ipBlock": { "cidr": "fd00:10:96::a/128" } },
            ],
            "ports": ports.concat(),
        })
    );
    for wrong in [["--dns-addresses", "kube-dns"], ["--dns-addresses", "0.0.0.0/0"], ["--dns-ports", "0"]] {
        let refused = StoreSettings::try_parse_from([&["settings"], &wrong[..]].concat()).unwrap_err();
        assert!(refused.to_string().contains(wrong[0]), "{refused}");
    }
}

#[test]
fn external_secrets_have_the_names_and_keys_of_generated_ones() {
    let mut external = Vec::new();
    for (name, manifest) in manifests(&["--secrets", "external"]) {
        assert_ne!(manifest["kind"], "Secret", "none is generated");
        if manifest["kind"] == "ExternalSecret" {
            assert_eq!(manifest["spec"]["target"]["name"], manifest["metadata"]["name"]);
            let entries = manifest["spec"]["data"].as_array().unwrap();
            let keys = entries.iter().map(|entry| entry["secretKey"].as_str().unwrap().to_owned());
            external.push((name.replace("ExternalSecret", "Secret"), sorted(keys)));
        }
    }
    let secrets = manifests(&[]).into_iter().filter(|(_, manifest)| manifest["kind"] == "Secret");
    let generated: Vec<_> = secrets
        .map(|(name, secret)| (name, sorted(secret["data"].as_object().unwrap().keys().cloned())))
        .collect();
    assert_eq!(external, generated);
}

const RELAY: [&str; 12] = [
    "--smtp-host",
    "relay.mail.svc",
    "--smtp-port",
    "25",
    "--mail-from",
    "shops@example.com",
    "--smtp-user",
    "shops",
    "--smtp-namespace",
    "mail",
    "--smtp-addresses",
    "192.0.2.25,2001:db8::/64",
];

#[test]
fn the_relay_alone_is_reached_whatever_else_is_closed() {
    let ports = |number: u16| json!([{ "protocol": "TCP", "port": number }]);
    let others = ["--egress", "closed", "--smtp-labels", "app=relay", "--smtp-pod-port", "2525"];
    let flags = [&RELAY[..], &others].concat();
    let rules = |flags: &[&str]| find(flags, "NetworkPolicy-wordpress")["spec"]["egress"].clone();
    let pods = json!([{
        "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "mail" } },
        "podSelector": { "matchLabels": { "app": "relay" } },
    }]);
    let blocks = json!([
        { "ipBlock": { "cidr": "192.0.2.25/32" } },
        { "ipBlock": { "cidr": "2001:db8::/64" } },
    ]);
    let closed = rules(&flags);
    assert_eq!(closed.as_array().unwrap().len(), 4);
    assert_eq!(closed[2], json!({ "to": pods, "ports": ports(2525) }));
    assert_eq!(closed[3], json!({ "to": blocks, "ports": ports(25) }));
    let open = rules(&[&RELAY[..], &["--smtp-tls", "implicit"]].concat());
    assert_eq!(open[3]["ports"], ports(25), "the relay's pods listen where its Service does");
    let none = rules(&["--egress", "closed", "--smtp-namespace", "mail"]);
    assert_eq!(none.as_array().unwrap().len(), 2, "without a relay nothing is opened");
    let by_address = [&RELAY[..8], &["--egress", "closed", "--smtp-addresses", "192.0.2.25"]].concat();
    assert_eq!(rules(&by_address).as_array().unwrap().len(), 3, "no rule is for nobody, which is everybody");
}

#[test]
fn a_shop_and_its_scheduled_work_know_the_relay_and_the_setup_does_not() {
    let word = "a relay's password";
    let flags = [&RELAY[..], &["--smtp-password", word]].concat();
    let environment = |manifest: &Value, container: usize| {
        let variables = &manifest["spec"]["template"]["spec"]["containers"][container]["env"];
        let is_mail = |name: &str| name.starts_with("SMTP_") || name == "MAIL_FROM";
        let named = variables.as_array().unwrap().iter();
        named.filter(|variable| is_mail(variable["name"].as_str().unwrap())).cloned().collect::<Vec<_>>()
    };
    let shop = find(&flags, "Deployment-wordpress");
    let key = json!({ "name": "wordpress-credentials", "key": "smtp-password", "optional": true });
    let recorded = [
        json!({ "name": "SMTP_HOST", "value": "relay.mail.svc" }),
        json!({ "name": "SMTP_PORT", "value": "25" }),
        json!({ "name": "SMTP_TLS", "value": "starttls" }),
        json!({ "name": "MAIL_FROM", "value": "shops@example.com" }),
        json!({ "name": "SMTP_USER", "value": "shops" }),
        json!({ "name": "SMTP_PASSWORD", "valueFrom": { "secretKeyRef": key } }),
    ];
    assert_eq!((environment(&shop, 0), environment(&shop, 1)), (recorded.to_vec(), recorded.to_vec()));
    assert_eq!(environment(&find(&flags, "Job-setup"), 0), [Value::Null; 0]);
    let secret = k8s_openapi::ByteString(word.into());
    for (name, manifest) in manifests(&flags) {
        assert!(!manifest.to_string().contains(word), "{name}");
        let encoded = serde_json::to_value(&secret).unwrap();
        let has = manifest["data"]["smtp-password"] == encoded;
        assert_eq!(has, name == "Secret-wordpress-credentials", "{name}");
    }
    assert_eq!(environment(&find(&[], "Deployment-wordpress"), 0), [Value::Null; 0]);
}

#[test]
fn external_secrets_have_the_relays_password_where_it_asks_for_one() {
    let keys = |flags: &[&str]| {
        let flags = [flags, &["--secrets", "external"]].concat();
        find(&flags, "ExternalSecret-wordpress-credentials")["spec"]["data"].to_string()
    };
    assert!(keys(&RELAY).contains("smtp-password") && !keys(&[]).contains("smtp-password"));
    assert!(!keys(&RELAY[..6]).contains("smtp-password"), "it asks for none");
}

fn sorted(keys: impl Iterator<Item = String>) -> Vec<String> {
    let mut keys: Vec<_> = keys.collect();
    keys.sort();
    keys
}
