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

use crate::{chart::Chart, variants::variants};

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
