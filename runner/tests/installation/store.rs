//! The chart of one store, held against what the runner makes: object by object, field by field.

use std::collections::{BTreeMap, BTreeSet};

use clap::Parser as _;
use domain::{
    store::{admin_email::AdminEmail, name::StoreName},
    values::{country::Country, currency::Currency, locale::Locale, market::Market},
};
use k8s_openapi::api::core::v1::Secret;
use runner::{
    inspect::drift::{Drift, drifts},
    resources::{Blueprint, Passwords},
    settings::StoreSettings,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::chart::Chart;

/// Names and addresses, some of which YAML would take for something else.
const STORES: [(&str, &str); 8] = [
    ("My Test Shop", "owner@example.com"),
    ("No", "o'neill+shop@example.com"),
    ("1e3", "{a}'%s@example.com"),
    ("Yes", "yes@example.com"),
    ("on", "on@example.com"),
    ("Null", "null@example.com"),
    ("0x1F", "0x1f@example.com"),
    ("Fifty characters are what a store name may have in", "a#b@example.com"),
];

/// A profile as the runner and the chart are told it.
struct Profile {
    flags: &'static [&'static str],
    values: &'static str,
}

const PROFILES: [Profile; 2] = [
    Profile { flags: &["--profile", "local"], values: "values-local.yaml" },
    Profile {
        flags: &[
            "--profile",
            "production",
            "--store-domain",
            "shops.example.com",
            "--store-image",
            "registry.example.com/shopwright/store:0.1.0",
        ],
        values: "values-production.yaml",
    },
];

/// Of the mail relay, as long as the passwords that are generated.
const PASSWORD: &str = "the relay's own of 32 characters";

/// Every other setting, as both are told it.
fn variants() -> Vec<(&'static [&'static str], Value)> {
    vec![
        (&["--tls", "none"], json!({ "ingress": { "tls": "none" } })),
        (&["--tls", "wildcard"], json!({ "ingress": { "tls": "wildcard" } })),
        (
            &["--routing", "ingress", "--tls", "wildcard"],
            json!({ "routing": "ingress", "ingress": { "tls": "wildcard" } }),
        ),
        (
            &["--routing", "ingress", "--tls", "issuer", "--certificate-issuer", "zerossl"],
            json!({ "routing": "ingress", "ingress": { "tls": "issuer", "issuer": "zerossl" } }),
        ),
        (
            &[
                "--routing",
                "ingress",
                "--ingress-class",
                "traefik",
                "--ingress-namespace",
                "kube-system",
                "--ingress-labels",
                "app.kubernetes.io/name=traefik,no=1",
                "--upload-limit-mib",
                "7",
            ],
            json!({ "routing": "ingress", "ingress": {
                "class": "traefik", "namespace": "kube-system", "uploadLimitMib": 7,
                "labels": { "app.kubernetes.io/name": "traefik", "no": "1" },
            } }),
        ),
        (
            &[
                "--routing",
                "ingress",
                "--ingress-flavour",
                "traefik",
                "--way-in-cidrs",
                "10.0.0.0/16,192.0.2.7",
            ],
            json!({
                "routing": "ingress",
                "ingress": { "flavour": "traefik", "cidrs": ["10.0.0.0/16", "192.0.2.7"] },
            }),
        ),
        (
            &["--routing", "ingress", "--ingress-flavour", "haproxy"],
            json!({ "routing": "ingress", "ingress": { "flavour": "haproxy" } }),
        ),
        (
            &["--routing", "ingress", "--ingress-flavour", "f5-nginx"],
            json!({ "routing": "ingress", "ingress": { "flavour": "f5-nginx" } }),
        ),
        (&["--runner-namespace", "shopwright"], json!({ "runner": { "namespace": "shopwright" } })),
        (
            &["--runner-namespace", "shopwright", "--runner-labels", "app.kubernetes.io/name=runner"],
            json!({ "runner": {
                "namespace": "shopwright", "labels": { "app.kubernetes.io/name": "runner" },
            } }),
        ),
        (&["--routing", "gateway"], json!({ "routing": "gateway" })),
        (
            &[
                "--routing",
                "gateway",
                "--gateway-name",
                "shops",
                "--gateway-namespace",
                "traefik",
                "--gateway-section",
                "stores",
            ],
            json!({
                "routing": "gateway",
                "gateway": { "name": "shops", "namespace": "traefik", "section": "stores" },
            }),
        ),
        (&["--database-start-seconds", "901"], json!({ "database": { "startSeconds": 901 } })),
        (&["--egress", "closed"], json!({ "egress": { "mode": "closed" } })),
        (
            &["--egress-except", "10.0.0.0/8", "--dns-namespace", "dns", "--dns-labels", "dns=yes"],
            json!({
                "egress": { "except": ["10.0.0.0/8"] },
                "dns": { "namespace": "dns", "labels": { "dns": "yes", "k8s-app": null } },
            }),
        ),
        (
            &["--dns-addresses", "169.254.20.10,fd00:10:96::a,10.96.0.0/24", "--dns-ports", "53,5353"],
            json!({ "dns": {
                "addresses": ["169.254.20.10", "fd00:10:96::a", "10.96.0.0/24"], "ports": [53, 5353],
            } }),
        ),
        (
            &[
                "--egress",
                "closed",
                "--smtp-host",
                "relay.mail.svc",
                "--smtp-port",
                "25",
                "--mail-from",
                "shops@example.com",
                "--smtp-user",
                "shops",
                "--smtp-password",
                PASSWORD,
                "--smtp-namespace",
                "mail",
                "--smtp-labels",
                "app=relay",
                "--smtp-pod-port",
                "2525",
            ],
            json!({
                "egress": { "mode": "closed" },
                "mail": {
                    "host": "relay.mail.svc", "port": 25, "from": "shops@example.com", "user": "shops",
                    "password": PASSWORD, "namespace": "mail", "labels": { "app": "relay" },
                    "podPort": 2525,
                },
            }),
        ),
        (
            &[
                "--smtp-host",
                "192.0.2.25",
                "--smtp-tls",
                "implicit",
                "--smtp-addresses",
                "192.0.2.25,2001:db8::/64",
                "--mail-from",
                "shops@example.com",
            ],
            json!({ "mail": {
                "host": "192.0.2.25", "port": 465, "tls": "implicit", "from": "shops@example.com",
                "addresses": ["192.0.2.25", "2001:db8::/64"],
            } }),
        ),
        (
            &[
                "--secrets",
                "external",
                "--smtp-host",
                "relay.example.com",
                "--smtp-user",
                "shops",
                "--smtp-namespace",
                "mail",
                "--mail-from",
                "shops@example.com",
            ],
            json!({
                "secrets": { "source": "external" },
                "mail": {
                    "host": "relay.example.com", "user": "shops", "namespace": "mail",
                    "from": "shops@example.com",
                },
            }),
        ),
        (
            &["--secrets", "external", "--secret-store", "vault", "--secret-path", "shops"],
            json!({ "secrets": { "source": "external", "store": "vault", "path": "shops" } }),
        ),
        (
            &[
                "--store-domain",
                "a.example",
                "--mysql-image",
                "mysql:9",
                "--image-pull-policy",
                "IfNotPresent",
            ],
            json!({ "domain": "a.example", "images": { "mysql": "mysql:9", "pullPolicy": "IfNotPresent" } }),
        ),
        (
            &["--storage-class", "longhorn", "--volume-size", "1Gi", "--quota-storage", "8Gi"],
            json!({ "storage": { "class": "longhorn", "size": "1Gi" }, "quota": { "storage": "8Gi" } }),
        ),
        (
            &[
                "--cpu-request",
                "1m",
                "--cpu-limit",
                "2m",
                "--memory-request",
                "3Mi",
                "--memory-limit",
                "4Mi",
                "--database-buffer-pool-mib",
                "8",
                "--quota-cpu-requests",
                "11",
                "--quota-cpu-limits",
                "12",
                "--quota-memory-requests",
                "13Gi",
                "--quota-memory-limits",
                "14Gi",
            ],
            json!({
                "resources": {
                    "requests": { "cpu": "1m", "memory": "3Mi" }, "limits": { "cpu": "2m", "memory": "4Mi" },
                },
                "database": { "bufferPoolMib": 8 },
                "quota": {
                    "requests": { "cpu": "11", "memory": "13Gi" }, "limits": { "cpu": "12", "memory": "14Gi" },
                },
            }),
        ),
    ]
}

/// A store's objects by kind and name.
type Objects = BTreeMap<String, Value>;

fn by_name(manifests: impl IntoIterator<Item = Value>) -> Objects {
    let named = |manifest: Value| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (format!("{}/{}", text(&manifest["kind"]), text(&manifest["metadata"]["name"])), manifest)
    };
    manifests.into_iter().map(named).collect()
}

const UID: &str = "0198f2a0-0000-7000-8000-000000000000";

/// What the runner makes of a store.
fn built(store: (&str, &str), flags: &[&str]) -> Objects {
    built_in(store, flags, Market::default())
}

/// The same of one that sells somewhere.
fn built_in((name, email): (&str, &str), flags: &[&str], market: Market) -> Objects {
    let settings = StoreSettings::try_parse_from([&["settings"], flags].concat()).unwrap();
    let (name, email) = (StoreName::parse(name).unwrap(), AdminEmail::parse(email).unwrap());
    let blueprint = Blueprint::draft(name, email, UID.parse::<Uuid>().unwrap(), settings).selling_in(market);
    by_name(blueprint.resources(&Passwords::generate().unwrap()).manifests().unwrap())
}

/// What the chart does.
fn rendered((name, email): (&str, &str), profile: &Profile, mut values: Value) -> Objects {
    let id = StoreName::parse(name).unwrap().slug();
    let store = [
        ("id", json!(id.to_string())),
        ("uid", json!(UID)),
        ("name", json!(name)),
        ("adminEmail", json!(email)),
    ];
    for (key, value) in store {
        values["store"][key] = value;
    }
    let chart = Chart::of_a_store();
    by_name(chart.objects_with("shopwright", &chart.folder.join(profile.values), &values.to_string()))
}

/// Takes the values of Secrets out, which are random in both, when they are as they should be.
fn without_secrets(mut objects: Objects) -> Objects {
    let mut values = BTreeSet::new();
    for object in objects.values_mut().filter(|object| object["kind"] == "Secret") {
        let data = serde_json::from_value::<Secret>(object.clone()).unwrap().data.unwrap();
        for (key, value) in data {
            assert!(value.0.len() == 32 && value.0.is_ascii(), "{key} is no password");
            assert!(values.insert(value.0), "{key} has the value of another");
            object["data"][&key] = "set".into();
        }
    }
    objects
}

/// Where the chart differs, by object and field.
fn differences(built: &Objects, rendered: &Objects) -> Vec<String> {
    let names: BTreeSet<_> = built.keys().chain(rendered.keys()).collect();
    let of = |name: &&String| match (built.get(*name), rendered.get(*name)) {
        (Some(built), Some(rendered)) => {
            let line = |drift: &Drift| format!("{name} {drift}");
            exact(built, rendered).iter().map(line).collect()
        }
        (Some(_), None) => vec![format!("{name} is missing in the chart")],
        (None, _) => vec![format!("{name} is in the chart only")],
    };
    names.iter().flat_map(of).collect()
}

fn exact(built: &Value, rendered: &Value) -> Vec<Drift> {
    drifts(built, rendered, &|_, _| false)
}

fn assert_same(store: (&str, &str), profile: &Profile, flags: &[&str], values: Value) {
    let built = without_secrets(built(store, flags));
    let rendered = without_secrets(rendered(store, profile, values));
    let differences = differences(&built, &rendered);
    assert!(differences.is_empty(), "{store:?} {} {flags:?}:\n{}", profile.values, differences.join("\n"));
}

#[test]
#[ignore = "needs the local stack: make test"]
fn the_chart_makes_of_every_store_in_either_profile_what_the_runner_does() {
    for profile in &PROFILES {
        for store in STORES {
            assert_same(store, profile, profile.flags, json!({}));
        }
    }
}

#[test]
#[ignore = "needs the local stack: make test"]
fn every_setting_means_the_same_to_the_chart_and_to_the_runner() {
    for profile in &PROFILES {
        for (flags, values) in variants() {
            // A flag that is given twice is an error: these replace the profile's own.
            let replaced = |flag: &str| flags.contains(&flag);
            let own: Vec<_> = profile.flags.chunks(2).filter(|pair| !replaced(pair[0])).flatten().collect();
            let own: Vec<&str> = own.into_iter().copied().collect();
            assert_same(STORES[0], profile, &[&own[..], flags].concat(), values);
        }
    }
}

#[test]
#[ignore = "needs the local stack: make test"]
fn a_store_that_speaks_and_sells_somehow_is_set_up_so_by_both() {
    let profile = &PROFILES[0];
    let markets = [
        [Some("de_DE"), Some("CH"), Some("CHF")],
        [None, Some("DE"), None],
        [None, None, Some("EUR")],
        [Some("pl_PL"), None, None],
    ];
    for [locale, country, currency] in markets {
        let market = Market {
            locale: locale.map(|code| Locale::parse(code).unwrap()),
            country: country.map(|code| Country::parse(code).unwrap()),
            currency: currency.map(|code| Currency::parse(code).unwrap()),
        };
        let said = [locale, country, currency].into_iter().flatten().count();
        let built = without_secrets(built_in(STORES[0], profile.flags, market));
        let named = built["Job/setup"].to_string().matches("STORE_").count();
        assert_eq!(named, said, "only what is known is said");
        let [locale, country, currency] = [locale, country, currency].map(Option::unwrap_or_default);
        let values = json!({ "store": { "locale": locale, "country": country, "currency": currency } });
        let differences = differences(&built, &without_secrets(rendered(STORES[0], profile, values)));
        assert!(differences.is_empty(), "{locale:?} {country:?} {currency:?}:\n{}", differences.join("\n"));
    }
}

/// That the tests above can fail: there is no field that they do not look at.
#[test]
#[ignore = "needs the local stack: make test"]
fn whichever_field_of_the_chart_is_changed_it_is_named() {
    let chart =
        without_secrets(rendered(STORES[0], &PROFILES[1], json!({ "secrets": { "source": "external" } })));
    let mut changed = 0;
    for (name, object) in &chart {
        for pointer in leaves(object) {
            let mut mutant = object.clone();
            let leaf = mutant.pointer_mut(&pointer).unwrap();
            *leaf = match leaf {
                Value::Bool(value) => json!(!*value),
                Value::Number(value) => json!(value.as_i64().unwrap() + 1),
                Value::String(text) => json!(format!("{text}x")),
                Value::Null | Value::Array(_) | Value::Object(_) => json!("x"),
            };
            let recorded = exact(object, &mutant);
            let [drift] = recorded.as_slice() else { panic!("{name} {pointer}: {recorded:?}") };
            assert_eq!(field(object, &pointer), drift.field, "{name}");
            changed += 1;
        }
    }
    assert!(changed > 400, "{changed} fields only");
}

/// The pointers to all values that hold no others.
fn leaves(value: &Value) -> Vec<String> {
    let below = |key: &str, value: &Value| {
        let key = key.replace('~', "~0").replace('/', "~1");
        leaves(value).into_iter().map(|leaf| format!("/{key}{leaf}")).collect::<Vec<_>>()
    };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.iter().flat_map(|(key, value)| below(key, value)).collect()
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().flat_map(|(index, item)| below(&index.to_string(), item)).collect()
        }
        Value::Object(_)
        | Value::Array(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_) => {
            vec![String::new()]
        }
    }
}

/// A pointer as a field is named.
fn field(object: &Value, pointer: &str) -> String {
    let mut at = object;
    let mut field = String::new();
    for key in pointer.split('/').skip(1).map(|key| key.replace("~1", "/").replace("~0", "~")) {
        if let Value::Array(items) = at {
            field.push_str(&format!("[{key}]"));
            at = &items[key.parse::<usize>().unwrap()];
        } else {
            let dot = if field.is_empty() { "" } else { "." };
            field.push_str(&format!("{dot}{key}"));
            at = &at[key.as_str()];
        }
    }
    field
}
