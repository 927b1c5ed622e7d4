//! What all of a store's objects are, and have in common.

use clap::Parser as _;
use domain::{store::admin_email::AdminEmail, store::name::StoreName, store::slug::Slug};
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
    Blueprint {
        id: Slug::parse("my-test-shop").unwrap(),
        uid: "0198f2a0-0000-7000-8000-000000000000".parse().unwrap(),
        name: StoreName::parse("My Test Shop").unwrap(),
        admin_email: AdminEmail::parse("owner@example.com").unwrap(),
        settings: StoreSettings::try_parse_from([&common[..], flags].concat()).unwrap(),
    }
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
        let twice = u32::try_from(2 * pods.len()).unwrap();
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
fn a_shop_that_may_not_call_out_is_told_so() {
    for (egress, rules, told) in [("internet", 3, false), ("closed", 2, true)] {
        let policy = find(&["--egress", egress], "NetworkPolicy-wordpress");
        assert_eq!(policy["spec"]["egress"].as_array().unwrap().len(), rules);
        let shop = find(&["--egress", egress], "Deployment-wordpress").to_string();
        assert_eq!(shop.contains("WORDPRESS_BLOCK_EXTERNAL"), told);
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

fn sorted(keys: impl Iterator<Item = String>) -> Vec<String> {
    let mut keys: Vec<_> = keys.collect();
    keys.sort();
    keys
}
