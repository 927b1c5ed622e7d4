//! The front as the runner's chart installs it, held against the front's own settings and against the stores.

use std::collections::BTreeSet;

use clap::CommandFactory as _;
use runner::{
    cli::{Cli, Command},
    front::config::FrontConfig,
    settings::{Routing, Tls},
};
use serde_json::{Value, json};

use crate::{chart::Chart, settings::config_of};

/// What it has in common with the runner, and has from the runner's settings.
const SHARED: [&str; 3] = ["LOG_FORMAT", "STORE_DOMAIN", "TABLE_NAME"];
/// The settings that are the chart's: they say where it is asked.
const OF_THE_CHART: [&str; 2] = ["FRONT_LISTEN", "LISTEN"];

/// The front's settings by their environment variables, each with its flag.
fn of_the_front() -> Vec<(String, String)> {
    let mut command = Cli::command();
    command.build();
    let front = command.find_subcommand("front").unwrap();
    let named = front
        .get_arguments()
        .filter_map(|arg| Some((arg.get_env()?.to_str()?.to_owned(), format!("--{}", arg.get_long()?))));
    named.collect()
}

/// What the front makes of the environment of its pod.
fn front_config_of(pod: &Value) -> FrontConfig {
    let known = of_the_front();
    let variables = pod["containers"][0]["env"].as_array().unwrap();
    let value = |name: &String| variables.iter().find(|variable| variable["name"] == **name);
    let mut arguments = vec!["runner".to_owned()];
    arguments.extend(
        pod["containers"][0]["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap().into()),
    );
    for (name, flag) in &known {
        arguments
            .extend(value(name).map(|variable| format!("{flag}={}", variable["value"].as_str().unwrap())));
    }
    let Command::Front(config) = Cli::read(arguments).unwrap().command else {
        panic!("it is another command")
    };
    config
}

#[test]
fn the_chart_knows_each_setting_of_the_front_and_no_other() {
    let schema = Chart::of_the_runner().json("values.schema.json");
    let settings = schema.pointer("/properties/front/properties/settings").unwrap();
    assert_eq!(settings["additionalProperties"], json!(false));
    let mut chart: BTreeSet<&str> =
        settings["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    let of_the_runner = schema.pointer("/properties/settings/properties").unwrap();
    for name in SHARED {
        assert!(of_the_runner.get(name).is_some(), "{name}");
    }
    chart.extend(SHARED.iter().chain(&OF_THE_CHART));
    let front = of_the_front();
    assert_eq!(chart, front.iter().map(|(name, _)| name.as_str()).collect());
}

#[test]
#[ignore = "needs the local stack: make test"]
fn it_starts_with_each_values_file_and_has_the_time_to_end() {
    let chart = Chart::of_the_runner();
    for values in chart.values_files() {
        let pod = chart.pod("shopwright", &values, "runner-front");
        let config = front_config_of(&pod);
        let grace = pod["terminationGracePeriodSeconds"].as_u64().unwrap();
        assert!(grace > config.drain().as_secs() + 2, "{grace} s");
        for (address, port) in [(config.front_listen, "visitors"), (config.listen, "http")] {
            assert!(address.ip().is_unspecified());
            let listens = json!({ "name": port, "containerPort": address.port() });
            assert!(pod["containers"][0]["ports"].as_array().unwrap().contains(&listens), "{port}");
        }
    }
}

#[test]
#[ignore = "needs the local stack: make test"]
fn a_wrong_value_is_refused_with_its_name() {
    Chart::of_the_runner().assert_refuses(&[
        ("{front: {settings: {FRONT_CACHE_SECONDS: 0}}}", "at '/front/settings/FRONT_CACHE_SECONDS'"),
        ("{front: {settings: {FRONT_CACHE_SECONDS: 61}}}", "at '/front/settings/FRONT_CACHE_SECONDS'"),
        ("{front: {settings: {FRONT_DRAIN_SECONDS: 301}}}", "at '/front/settings/FRONT_DRAIN_SECONDS'"),
        ("{front: {settings: {QUEUE_URL: 'http://a/b'}}}", "'QUEUE_URL' not allowed"),
        ("{front: {replicas: 0}}", "at '/front/replicas'"),
        ("{front: {enabled: maybe}}", "at '/front/enabled'"),
    ]);
}

/// Values of the runner that say how stores are reached, beside those of a values file.
fn ways() -> [Value; 8] {
    [
        json!({}),
        json!({ "STORE_DOMAIN": "a.example", "TLS": "none" }),
        json!({ "TLS": "wildcard" }),
        json!({ "ROUTING": "ingress", "TLS": "issuer" }),
        json!({
            "ROUTING": "ingress",
            "INGRESS_CLASS": "traefik",
            "INGRESS_NAMESPACE": "edge",
            "INGRESS_LABELS": "app.kubernetes.io/name=traefik,no=1",
        }),
        json!({ "ROUTING": "gateway" }),
        json!({ "ROUTING": "gateway", "TLS": "none", "WAY_IN_CIDRS": "10.0.0.0/16,192.0.2.7" }),
        json!({
            "ROUTING": "gateway", "GATEWAY_NAME": "shops", "GATEWAY_NAMESPACE": "edge", "GATEWAY_SECTION": "own",
        }),
    ]
}

#[test]
#[ignore = "needs the local stack: make test"]
fn it_is_reached_on_the_way_on_which_stores_are() {
    let chart = Chart::of_the_runner();
    for values in chart.values_files() {
        for way in ways() {
            let more = json!({ "settings": way, "front": { "enabled": true } }).to_string();
            let objects = chart.objects_with("shopwright", &values, &more);
            let named = |kind: &str, name: &str| {
                let is_it = |object: &&Value| object["kind"] == kind && object["metadata"]["name"] == name;
                objects.iter().find(is_it).unwrap_or_else(|| panic!("{kind} {name}: {more}"))
            };
            let runner = config_of(&named("Deployment", "runner")["spec"]["template"]["spec"]);
            let front = front_config_of(&named("Deployment", "runner-front")["spec"]["template"]["spec"]);
            assert_eq!(
                (&front.table_name, &front.store_domain),
                (&runner.table_name, &runner.store.store_domain)
            );

            let (ways, gateway) = (&runner.store.ingress, &runner.store.gateway);
            let every_host = format!("*.{}", front.store_domain);
            match gateway.routing {
                Routing::Ingress => {
                    let ingress = &named("Ingress", "runner-front")["spec"];
                    assert_eq!(ingress["ingressClassName"], ways.ingress_class.as_str(), "{more}");
                    assert_eq!(ingress["rules"][0]["host"], every_host.as_str(), "{more}");
                    assert_eq!(ingress.get("tls").is_some(), ways.tls == Tls::Wildcard, "{more}");
                }
                Routing::Gateway => {
                    let route = &named("HTTPRoute", "runner-front")["spec"];
                    assert_eq!(route["hostnames"], json!([every_host]), "{more}");
                    let parent = json!({
                        "group": "gateway.networking.k8s.io", "kind": "Gateway", "name": gateway.gateway_name,
                        "namespace": gateway.gateway_namespace, "sectionName": runner.store.gateway_section(),
                    });
                    assert_eq!(route["parentRefs"], json!([parent]), "{more}");
                    let redirects =
                        objects.iter().filter(|object| object["metadata"]["name"] == "runner-redirect");
                    assert_eq!(redirects.count(), usize::from(ways.tls != Tls::None), "{more}");
                }
            }

            let from = &named("NetworkPolicy", "runner-front")["spec"]["ingress"][0]["from"];
            if !gateway.way_in_cidrs.is_empty() {
                let blocks = gateway.way_in_cidrs.iter().map(|cidr| json!({ "ipBlock": { "cidr": cidr } }));
                assert_eq!(*from, Value::Array(blocks.collect()), "{more}");
                continue;
            }
            let from = &named("NetworkPolicy", "runner-front")["spec"]["ingress"][0]["from"][0];
            let namespace = json!({ "kubernetes.io/metadata.name": runner.store.way_in_namespace() });
            assert_eq!(from["namespaceSelector"]["matchLabels"], namespace, "{more}");
            let labels: serde_json::Map<_, _> =
                ways.ingress_labels.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
            let expected = if labels.is_empty() { Value::Null } else { labels.into() };
            assert_eq!(from["podSelector"]["matchLabels"], expected, "{more}");
        }
    }
}
