//! The settings: each that a function reads is a parameter, with the default that the code has.

use std::{cell::RefCell, collections::BTreeSet};

use functions::{
    config::{Config, ConfigError, Places},
    dashboard,
    webhooks::settings::{DeliverPlaces, FanOutPlaces, HintPlaces, WebhookSettings},
};
use outbound::policy::Policy;
use serde_json::Value;
use testkit::template::Template;

/// What the functions read that is no decision of an operator's.
const GIVEN: [&str; 3] = ["TABLE_NAME", "QUEUE_URL", "AWS_LAMBDA_FUNCTION_NAME"];
/// The same of what has to do with webhooks.
const WEBHOOKS: [&str; 2] = ["DELIVERIES_QUEUE_URL", "WEBHOOK_KEY_SECRET"];
/// The one of them that Lambda sets.
const BY_LAMBDA: &str = "AWS_LAMBDA_FUNCTION_NAME";
/// What the library for logs reads, not our code.
const LOG: &str = "RUST_LOG";

/// The functions of the API.
const FUNCTIONS: [&str; 2] = ["CommandsFunction", "QueriesFunction"];

fn given(name: &str) -> Option<String> {
    GIVEN.contains(&name).then(|| "given".into())
}

/// Reads the settings of the function as deployed with no parameter set, and notes what it asked for.
fn deployed(template: &Template, function: &str) -> (Result<Config, ConfigError>, BTreeSet<String>) {
    let environment = template.environment(function);
    let asked = RefCell::new(BTreeSet::new());
    let config = Config::read(|name| {
        asked.borrow_mut().insert(name.to_owned());
        given(name).or_else(|| Some(default(template, environment.get(name)?)))
    });
    (config, asked.into_inner())
}

/// The default of the parameter that `value` refers to, as Lambda hands it over.
fn default(template: &Template, value: &Value) -> String {
    let parameter = value["Ref"].as_str().unwrap();
    let default = template.at(&format!("/Parameters/{parameter}/Default"));
    default.as_str().map_or_else(|| default.to_string(), str::to_owned)
}

/// `RATE_CREATES_PER_MINUTE` → `RateCreatesPerMinute`
fn parameter_of(variable: &str) -> String {
    let words = variable.split('_').map(|word| {
        let (first, rest) = word.split_at(1);
        format!("{first}{}", rest.to_lowercase())
    });
    words.collect()
}

#[test]
fn without_any_parameter_the_settings_are_those_of_the_code() {
    let template = Template::read();
    let unset = Config::read(given).unwrap();
    for function in FUNCTIONS {
        assert_eq!(deployed(&template, function).0.as_ref(), Ok(&unset), "{function}");
    }
}

#[test]
fn every_setting_is_the_parameter_of_its_name_and_nothing_else_is_set() {
    let template = Template::read();
    for function in FUNCTIONS {
        let environment = template.environment(function);
        let (_, mut asked) = deployed(&template, function);
        assert!(asked.remove(BY_LAMBDA));
        let set: BTreeSet<_> =
            environment.keys().filter(|name| **name != LOG).map(|name| (*name).to_owned()).collect();
        asked.extend(WEBHOOKS.map(str::to_owned));
        assert_eq!(set, asked, "{function}: what is set, and what the code reads");
        for (name, value) in environment {
            if given(name).is_none() && name != LOG && !WEBHOOKS.contains(&name) {
                assert_eq!(value["Ref"], parameter_of(name), "{function}");
            }
        }
    }
}

#[test]
fn the_sweep_has_what_it_reads_and_nothing_else() {
    let template = Template::read();
    let environment = template.environment("SweepFunction");
    let asked = RefCell::new(BTreeSet::new());
    let places = Places::read(|name| {
        asked.borrow_mut().insert(name.to_owned());
        (environment.contains_key(name) || name == BY_LAMBDA).then(|| "given".into())
    });
    assert!(places.is_ok(), "{places:?}");
    let places = HintPlaces::read(|name| {
        asked.borrow_mut().insert(name.to_owned());
        environment.contains_key(name).then(|| "given".into())
    });
    assert!(places.is_ok(), "{places:?}");
    let set: BTreeSet<_> = environment
        .keys()
        .chain([&BY_LAMBDA])
        .filter(|name| **name != LOG)
        .map(ToString::to_string)
        .collect();
    assert_eq!(set, asked.into_inner());
}

#[test]
fn the_dashboard_has_what_it_reads_and_no_right_but_its_log() {
    let template = Template::read();
    let environment = template.environment("DashboardFunction");
    let asked = RefCell::new(BTreeSet::new());
    let settings = dashboard::Settings::read(|name| {
        asked.borrow_mut().insert(name.to_owned());
        Some(default(&template, environment.get(name)?))
    });
    assert_eq!(settings, Ok(dashboard::Settings::default()), "without any parameter");
    let set: BTreeSet<_> =
        environment.keys().filter(|name| **name != LOG).map(|name| (*name).to_owned()).collect();
    assert_eq!(set, asked.into_inner());
    let role = template.properties("DashboardRole");
    let statements = role["Policies"][0]["PolicyDocument"]["Statement"].as_array().unwrap();
    let names: Vec<_> = statements.iter().map(|statement| &statement["Sid"]).collect();
    assert_eq!(names, ["Log"]);
}

/// What of the environment of the function `name` its code asks for.
fn asked(name: &str, read: impl Fn(&dyn Fn(&str) -> Option<String>)) -> (BTreeSet<String>, BTreeSet<String>) {
    let template = Template::read();
    let environment = template.environment(name);
    let asked = RefCell::new(BTreeSet::new());
    read(&|name| {
        let is_set = environment.contains_key(name);
        // What is read only where this is not Lambda is set nowhere here.
        if is_set {
            asked.borrow_mut().insert(name.to_owned());
        }
        (is_set || name == BY_LAMBDA).then(|| "given".into())
    });
    let set = environment.keys().filter(|name| **name != LOG).map(|name| (*name).to_owned()).collect();
    (set, asked.into_inner())
}

#[test]
fn the_functions_of_webhooks_have_what_they_read_and_nothing_else() {
    let (set, asked_for) = asked("FanOutFunction", |variable| {
        FanOutPlaces::read(variable).unwrap();
    });
    assert_eq!(set, asked_for);
    let (set, asked_for) = asked("DeliverFunction", |variable| {
        DeliverPlaces::read(variable).unwrap();
        let settings = WebhookSettings::read(variable).unwrap();
        assert_eq!(settings.policy, Policy::default(), "what is deployed calls public addresses only");
    });
    assert_eq!(set, asked_for);
}

#[test]
fn the_functions_of_webhooks_say_which_messages_failed_and_are_given_time_for_it() {
    let template = Template::read();
    for (function, queue) in [("FanOutFunction", "NoticesQueue"), ("DeliverFunction", "DeliveriesQueue")] {
        let properties = template.properties(function);
        let mapping = &properties["Events"]["Hints"]["Properties"];
        assert_eq!(mapping["FunctionResponseTypes"][0], "ReportBatchItemFailures");
        assert_eq!(mapping["Queue"]["Fn::GetAtt"], format!("{queue}.Arn"));
        let timeout = properties["Timeout"].as_u64().unwrap();
        let hidden = template.properties(queue)["VisibilityTimeout"].as_u64().unwrap();
        assert!(hidden >= 6 * timeout, "{queue}: a message must not come back while the function is at it");
        assert!(properties["ReservedConcurrentExecutions"].as_u64().unwrap() > 1);
    }
}
