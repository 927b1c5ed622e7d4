//! The settings that the runner's chart knows, held against the runner's own.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Arg, ArgAction, CommandFactory as _};
use runner::{
    cli::{Cli, Command},
    config::Config,
};
use serde_json::{Value, json};

use crate::chart::{Chart, text};

/// The settings that are none of the chart's values: it says itself where its probes ask and who its pods are, and a
/// password is in a Secret.
const OF_THE_CHART: [&str; 4] = ["LISTEN", "RUNNER_NAMESPACE", "RUNNER_LABELS", "SMTP_PASSWORD"];

/// The runner's settings by their environment variables, as `runner run --help` has them.
fn of_the_runner() -> BTreeMap<String, Arg> {
    let mut command = Cli::command();
    command.build();
    let run = command.find_subcommand("run").unwrap();
    let named =
        run.get_arguments().filter_map(|arg| Some((arg.get_env()?.to_str()?.to_owned(), arg.clone())));
    named.collect()
}

/// The settings that the chart's values may have, each with what its schema says.
fn of_the_chart() -> BTreeMap<String, Value> {
    let schema = Chart::of_the_runner().json("values.schema.json");
    let settings = &schema["properties"]["settings"];
    assert_eq!(settings["additionalProperties"], json!(false));
    let properties = settings["properties"].as_object().unwrap().clone().into_iter();
    properties.map(|(name, rule)| (name, resolved(&schema, rule))).collect()
}

/// A rule, or what it refers to.
fn resolved(schema: &Value, rule: Value) -> Value {
    match rule["$ref"].as_str() {
        Some(reference) => schema.pointer(reference.strip_prefix('#').unwrap()).unwrap().clone(),
        None => rule,
    }
}

/// What the runner makes of settings, or why it refuses them.
fn read(settings: &[(String, String)]) -> Result<Config, clap::Error> {
    let known = of_the_runner();
    let mut arguments = vec!["runner".to_owned(), "run".to_owned()];
    for (name, value) in settings {
        let arg = &known[name];
        let flag = format!("--{}", arg.get_long().unwrap());
        if !matches!(arg.get_action(), ArgAction::SetTrue) {
            arguments.push(format!("{flag}={value}"));
        } else if value == "true" {
            arguments.push(flag);
        }
    }
    let Command::Run(config) = Cli::read(arguments)?.command else { panic!("it is another command") };
    Ok(*config)
}

/// What the runner makes of the environment of its pod.
pub(crate) fn config_of(pod: &Value) -> Config {
    let known = of_the_runner();
    let variables = pod["containers"][0]["env"].as_array().unwrap().iter();
    let variables = variables.map(|variable| {
        (variable["name"].as_str().unwrap().to_owned(), variable["value"].as_str().unwrap().to_owned())
    });
    let settings: Vec<_> = variables.filter(|(name, _)| known.contains_key(name)).collect();
    read(&settings).unwrap_or_else(|error| panic!("{pod}: {error}"))
}

#[test]
fn the_chart_knows_each_setting_of_the_runner_and_no_other() {
    let mut runner: BTreeSet<_> = of_the_runner().into_keys().collect();
    assert!(OF_THE_CHART.iter().all(|name| runner.remove(*name)));
    let chart: BTreeSet<_> = of_the_chart().into_keys().collect();
    assert_eq!(runner.difference(&chart).collect::<Vec<_>>(), Vec::<&String>::new(), "missing in the chart");
    assert_eq!(
        chart.difference(&runner).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "no setting of the runner"
    );
}

#[test]
fn what_can_be_chosen_is_the_same_in_both() {
    let chart = of_the_chart();
    for (name, arg) in of_the_runner().into_iter().filter(|(name, _)| !OF_THE_CHART.contains(&name.as_str()))
    {
        let rule = &chart[&name];
        if matches!(arg.get_action(), ArgAction::SetTrue) {
            assert_eq!(*rule, json!({ "type": "boolean" }), "{name}");
            continue;
        }
        let choices: Vec<_> =
            arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
        let allowed = rule["enum"].as_array().cloned().unwrap_or_default();
        assert_eq!(json!(allowed), json!(choices), "{name}");
    }
}

/// Values of which most settings take none, or one.
const PROBES: [&str; 4] = ["", "0", "-1", "no such value"];

#[test]
#[ignore = "needs the local stack: make test"]
fn what_the_runner_refuses_the_chart_refuses_with_the_settings_name() {
    let chart = Chart::of_the_runner();
    let values = &chart.values_files()[0];
    let required = [("TABLE_NAME", "table"), ("QUEUE_URL", "https://sqs.example/queue")];
    for probe in PROBES {
        let mut probed = serde_json::Map::new();
        let mut refused = BTreeSet::new();
        for (name, rule) in of_the_chart() {
            if rule["type"] == "boolean" {
                continue;
            }
            let others = required.iter().filter(|(other, _)| *other != name);
            let mut settings: Vec<(String, String)> =
                others.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            settings.push((name.clone(), probe.to_owned()));
            if let Err(error) = read(&settings) {
                assert!(error.to_string().contains(&name.to_lowercase().replace('_', "-")), "{error}");
                refused.insert(name.clone());
            }
            let number = probe.parse::<i64>().ok().filter(|_| rule["type"] == "integer");
            probed.insert(name, number.map_or_else(|| json!(probe), |number| json!(number)));
        }
        let output = chart.template("shopwright", values, &json!({ "settings": probed }).to_string());
        assert!(!output.status.success());
        let message = text(&output.stderr);
        let named = message.lines().filter_map(|line| {
            let (name, _) = line.split_once("at '/settings/")?.1.split_once('\'')?;
            Some(name.to_owned())
        });
        let named: BTreeSet<_> = named.collect();
        let taken: Vec<_> = refused.difference(&named).collect();
        assert_eq!(taken, Vec::<&String>::new(), "`{probe}`: the runner would not start. {message}");
    }
}

#[test]
#[ignore = "needs the local stack: make test"]
fn a_wrong_value_is_refused_with_its_name() {
    Chart::of_the_runner().assert_refuses(&[
        ("{settings: {SLOTS: many}}", "at '/settings/SLOTS'"),
        ("{settings: {STORE_DOMAINS: shops.example}}", "'STORE_DOMAINS' not allowed"),
        ("{settings: {LISTEN: '0.0.0.0:80'}}", "'LISTEN' not allowed"),
        ("{settings: {PROFILE: production}}", "missing properties 'STORE_DOMAIN', 'STORE_IMAGE'"),
        ("{image: {reference: shopwright/runner}}", "at '/image/reference'"),
        ("{replicas: 0}", "at '/replicas'"),
        ("{keda: {minReplica: 1}}", "'minReplica' not allowed"),
        ("{networkPolicy: {egress: [{cidr: '::/0', ports: [443]}]}}", "at '/networkPolicy/egress/0'"),
        ("{resources: {limits: {memory: 128}}}", "at '/resources/limits/memory'"),
    ]);
}

#[test]
#[ignore = "needs the local stack: make test"]
fn a_runner_starts_with_each_values_file_and_has_the_time_to_end() {
    let chart = Chart::of_the_runner();
    for values in chart.values_files() {
        let pod = chart.pod("shopwright", &values, "runner");
        let config = config_of(&pod);
        let grace = pod["terminationGracePeriodSeconds"].as_u64().unwrap();
        assert!(grace > config.limits.shutdown_limit().as_secs(), "{grace} s");
        assert!(config.listen.ip().is_unspecified() && config.listen.port() == 9090, "its probes reach it");
    }
}
